//! Room `records/`: what is kept about sign-ins, as plain values: grants, consents, sessions, interactions, events.
//!
//! What is here: the records and the rules that need nothing but them. What is not: how they are stored (`store/`, `transient/`).
//! Start with [`grant`] and [`interaction`].

pub mod consent;
pub mod cross_device;
pub mod delivery;
pub mod event;
pub mod grant;
pub mod interaction;
pub mod job;
pub mod origin;
pub mod principal;
pub mod session;
pub mod token_claims;
