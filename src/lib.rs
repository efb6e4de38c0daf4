//! Panjereh (پنجره, the window): a national sign-in server.
//!
//! An adult is verified once against the civil registry; from then on one sign-in opens every connected agency, which trusts this
//! program as its OpenID Connect provider. This page is the map of the house.
//!
//! # Floors
//!
//! Imports point down only; `tests/it/floors.rs` checks it, and that each named package (axum, sqlx, redis …) stays in its one room.
//!
//! | floor | rooms | knows nothing of |
//! |---|---|---|
//! | 7 top | `main.rs`, [`cli`] (command line and environment), `demo` (a cargo feature, on by default) | |
//! | 6 boot | [`boot`]: assembles the program: stores, keys, telemetry, background tasks | pages |
//! | 5 web | [`web`]: HTTP and pages | SQL, Redis |
//! | 4 flows | [`flows`]: one file per story | HTTP, SQL, Redis |
//! | 3 world | [`store`], [`transient`], [`registry`], [`messaging`], [`outbound`]: requests of ours | flows, web, each other |
//! | 2 crypto | [`crypto`]: keys, tokens, seals, passwords, passkeys | storage, HTTP |
//! | 1 words | [`oidc`], [`identity`], [`settings`]: typed values, parsed from text | async, I/O, everything above |
//! | 0 ground | [`time`], [`random`], [`secret`], [`text`] | everything |
//!
//! Some files of floor 3 use [`store`]: `transient/embedded.rs` and `transient/table.rs`, which keep their tables beside the durable ones;
//! `transient/sessions.rs`, because a session begins in one transaction with its audit event; `registry/local.rs` and
//! `registry/import.rs`, whose persons are a table as well.
//!
//! # A sign-in on its way through the house
//!
//! 1. `GET /authorize` ([`web::endpoints::authorize`]) → [`oidc::authorization::AuthorizationRequest::parse`]: from here on no string
//!    is looked at twice → [`flows::authorize::authorize`]. With a live session and an existing consent nothing is missing
//!    ([`identity::interaction::missing_at_start`]) and the browser goes straight back with a code: single sign-on, the hot path.
//! 2. Otherwise an [`identity::interaction::Interaction`] begins. [`web::steps::show`] asks the dispatcher ([`flows::interact::next`])
//!    what is missing and shows that page; each step ([`flows::prove`], [`flows::sign_in`], [`flows::enroll`], [`flows::consent`])
//!    does its part and returns to the dispatcher. Steps never call each other.
//! 3. `POST /token` ([`web::endpoints::token`]) → [`oidc::token`], which reads the request → [`flows::authenticate_client`] →
//!    [`flows::redeem_code`], the story to read first → [`flows::grant_pipeline`], everything that the grant types have in common →
//!    [`flows::issue`], the only place that mints tokens.
//! 4. `GET /userinfo` ([`web::endpoints::userinfo`]) → [`flows::userinfo`].
//!
//! Where a person decides in another browser than the one that waits (a device without a keyboard, a counter), the same pages are walked
//! and [`flows::decoupled`] stands at their end: a decision that the client fetches, in the place of a redirect.
//!
//! A form that another site's page sends to us comes without cookies: [`flows::park`] sets it aside until the browser is back with them. However
//! a session ends, it goes through [`flows::session_end`].
//!
//! What another server must be told waits in the outbox ([`flows::delivery`]); what one instance does for all of them is a job with a lease
//! ([`flows::jobs`]). Every act is an event with an actor ([`identity::event`]).
//!
//! An authorization code is its own record: [`flows::code`] seals everything that `/token` needs into it, so that issuing one writes
//! nothing; redeeming one adds the grant under the code's id, of which there can be one.
//!
//! # Adding an endpoint
//!
//! 1. Its words and rules as types in [`oidc`].
//! 2. Its story in [`flows`]: guard, change, tell.
//! 3. A line in [`web::routes`] and a handler that reads the wire and answers.
//! 4. A story in `tests/it/stories/` whose name is a sentence.

pub mod app;
pub mod boot;
pub mod cli;
pub mod client;
pub mod crypto;
pub mod db;
#[cfg(feature = "demo")]
pub mod demo;
pub mod flows;
pub mod identity;
pub mod messaging;
pub mod oidc;
pub mod outbound;
pub mod random;
pub mod records;
pub mod registration;
pub mod registry;
pub mod secret;
pub mod settings;
pub mod store;
pub mod text;
pub mod time;
pub mod transient;
pub mod web;
