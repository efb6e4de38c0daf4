//! Room `flows/` (floor 4): one file per story, top to bottom.
//!
//! A story takes the [`App`](crate::app::App), who asks and what is asked; it asks the clock once, first refuses, then writes, then answers.
//! It knows nothing of HTTP and nothing of SQL. Start with [`token::redeem_code`], then [`authorization::authorize`] and [`interaction::sign_in`].

pub mod apply_agency_file;
pub mod authorization;
pub mod clients;
pub mod cross_device;
pub mod delivery;
pub mod interaction;
pub mod jobs;
pub mod rotate_keys;
pub mod session;
pub mod token;
