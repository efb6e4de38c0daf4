//! Room `flows/` (floor *flows*): one file per story, top to bottom.
//!
//! A story takes the [`App`](crate::app::App), the caller, and the request. It asks the clock once. Then it reads guard, change, tell:
//! first what can refuse, then what is written, then what is answered. It knows nothing of HTTP and nothing of SQL. Its errors are one
//! enum, and what a client may learn of them stands right below.
//!
//! Wings: [`authorization`] and [`interaction`] (the citizen's browser), [`token`] (requests of clients),
//! [`cross_device`], [`session`], [`delivery`], [`proofing`] (a person shows more about who they are).
//!
//! Not here: what runs by itself or for an operator (`upkeep/`), who a client is (`clients/`), parsing (`oidc/`), pages and status codes (`web/`), statements (`store/`).
//!
//! Start with [`token::redeem_code`], then [`token::grant_pipeline`], [`authorization::authorize`] and [`interaction::sign_in`].

pub(crate) mod authorization;
pub(crate) mod cross_device;
pub mod delivery;
pub mod interaction;
pub(crate) mod proofing;
pub(crate) mod session;
pub(crate) mod token;
