//! Panjereh (پنجره, the window): a national sign-in server.
//!
//! An adult is verified once against the civil registry. From then on one sign-in opens every connected agency, which trusts this
//! program as its OpenID Connect provider. This page is the map of the code. `docs/architecture.md` walks three requests through it,
//! function by function; `CONTRIBUTING.md` has the commands.
//!
//! # Floors
//!
//! Imports point down only. On one floor a room uses the rooms before it in this table and never one after it. No two files import each
//! other, not even in a circle. `tests/it/floors.rs` checks this, and that each named package (axum, sqlx, redis …) stays in its home.
//!
//! | floor | rooms | knows nothing of |
//! |---|---|---|
//! | top | `demo`: sample agencies and people (a cargo feature, on by default); [`cli`]: command line and environment; `main.rs` | |
//! | boot | [`boot`]: opens stores and keys, assembles [`app::App`], starts listeners and background tasks | pages |
//! | web | [`edge`]: bounds of connections and requests, TLS, the address of a client, the registry's reference service; [`web`]: HTTP and pages | SQL, Redis, the stores |
//! | flows | [`upkeep`]: what runs without a citizen; [`clients`]: who a client is; [`flows`]: one file per story, in wings | HTTP, SQL, Redis |
//! | app | [`app`]: [`app::App`], client cache, clients' keys, hashing, limits | stories |
//! | world | [`store`]: tables; [`transient`]: short-lived state; [`registry`]: the civil registry; [`messaging`]: SMS | stories, pages |
//! | tools | [`db`]: the driver seam and the SQLite engine; [`crypto`]: keys, tokens, seals; [`outbound`]: requests of ours | tables, stories |
//! | records | [`records`]: grant, consent, session, interaction, event, job | I/O |
//! | words | [`client`], [`oidc`], [`registration`], [`settings`]: typed values, parsed from text; [`guide`]: the pages for developers | async, I/O |
//! | country | [`identity`]: national ID, birth date, calendar, mobile number, person, assurance; [`locale`]: the languages | the protocol |
//! | ground | [`time`], [`secret`], [`random`], [`text`], `private_file` | everything |
//!
//! # A sign-in on its way through the rooms
//!
//! 1. `GET /authorize` ([`web::endpoints::authorize`]) reads the parameters and calls [`flows::authorization::authorize`], which parses
//!    them into an [`oidc::authorization::request::AuthorizationRequest`]: after that no string is checked again.
//! 2. [`records::interaction::missing_at_start`] says what is missing. With a live session and an existing consent nothing is: the
//!    browser goes straight back to the client with a code. This is single sign-on, the hot path; it writes nothing, except
//!    every few minutes when the session was last used.
//! 3. Otherwise an [`records::interaction::Interaction`] begins, bound to the browser by a cookie. `GET /interaction/{id}`
//!    ([`web::steps::show`]) asks [`flows::interaction::dispatcher`] what is still missing and shows that page. Each step
//!    ([`flows::interaction::proofing`], [`flows::interaction::enroll`], [`flows::interaction::sign_in`],
//!    [`flows::interaction::consent`]) does its part and returns to the dispatcher. Steps never call each other.
//! 4. `POST /token` ([`web::endpoints::clients::token`]) authenticates the client ([`clients::authenticate_client`]), finds the
//!    grant ([`flows::token::redeem_code`] is the story to read first) and passes it to [`flows::token::grant_pipeline`], which every
//!    grant type shares: narrow, mint ([`flows::token::issue`]), write, check that the session still lives, answer.
//! 5. `GET /userinfo` ([`web::endpoints::clients::userinfo`]) → [`flows::token::userinfo`].
//!
//! Beside that way:
//!
//! - An authorization code is its own record: [`flows::authorization::authorization_code`] seals everything that `/token` needs into
//!   it. Redeeming it adds the grant under the code's id, which is unique: so a code works once.
//! - A citizen may decide in another browser than the one that waits (a device without a keyboard, a counter). The pages are the same;
//!   [`flows::cross_device`] stands at their end, and the client fetches the decision in the place of a redirect.
//! - A form that another site's page sends comes without our cookies (`SameSite`). [`flows::interaction::resume_form`] keeps it until
//!   the browser is back with them.
//! - Every end of a session goes through [`flows::session::session_end`].
//! - Who has shown too little for the agency comes to [`flows::proofing`]: card, letter, waiting. Whose an account is, is decided there.
//! - What others must be told is a row of one outbox ([`flows::delivery`]). What one instance does for all of them is a job
//!   with a lease ([`upkeep::jobs`]). Every act is an event with an actor ([`records::event`]), written in the transaction of the act.
//!
//! # How to add …
//!
//! `CONTRIBUTING.md` has each of these with its tests.
//!
//! - **an endpoint**: its words and rules as types in [`oidc`]; its path in [`oidc::paths`]; its story in a wing of [`flows`]; a
//!   handler in [`web::endpoints`] and a line in [`web::routes`]; a test in `tests/it/stories/`.
//! - **a claim about a person**: [`oidc::claims::request::UserClaim`] and [`oidc::claims::user`]; a sentence for the consent page in
//!   both files of `web/locales/`.
//! - **a setting**: a field, its default and a row in the section's table, in one file of [`settings::sections`]; then `just
//!   reference`.
//! - **a name of client metadata**: a row in a file of [`registration::topics`] and a field of [`client::metadata::Client`].
//! - **a table**: a file in `migrations/`, a file in [`store`] with its statements at the head, a line in `store/statements.rs`, and a
//!   test in `tests/it/store/`.
//! - **a page**: a view model and a template of the same name in [`web::pages`], its sentences in both locales, and an entry in
//!   `tests/it/gallery/`.

// Ground.
pub(crate) mod private_file;
pub mod random;
pub mod secret;
pub mod text;
pub mod time;

// Country.
pub mod identity;
pub mod locale;

// Words.
pub mod client;
pub mod guide;
pub mod oidc;
pub mod registration;
pub mod settings;

// Records.
pub mod records;

// Tools.
pub mod crypto;
pub mod db;
pub mod outbound;

// World.
pub mod messaging;
pub mod registry;
pub mod store;
pub mod transient;

// App.
pub mod app;

// Flows.
pub mod clients;
pub mod flows;
pub mod upkeep;

// Web.
pub mod edge;
pub mod web;

// Boot.
pub mod boot;

// Top.
pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
