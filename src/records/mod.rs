//! Room `records/` (floor *records*): what is kept about sign-ins, as plain values.
//!
//! Here: grant, consent, browser session, interaction and what its last form led to, cross-device request, event with its actor and
//! origin, client address as limits count it, job with its lease, delivery of the outbox, what became of a text message; and the rules that need nothing but these
//! values, for instance what an interaction still lacks ([`interaction::missing_at_start`]).
//!
//! Not here: how they are stored (`store/`, `transient/`), and what happens to them (`flows/`). It uses the words of `client/` and
//! `oidc/`; they do not know it.
//!
//! Start with [`grant`] and [`interaction`]; [`event`] shows how an act is recorded.

pub mod address;
pub mod ceremony;
pub mod consent;
pub mod cross_device;
pub mod delivery;
pub mod event;
pub mod evidence;
pub mod grant;
pub(crate) mod interaction;
pub mod job;
pub mod origin;
pub mod outcome;
pub mod principal;
pub mod session;
pub(crate) mod token_claims;
