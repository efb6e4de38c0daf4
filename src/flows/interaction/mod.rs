//! Wing `interaction/`: the pages between an authorization request and its answer.
//!
//! [`dispatcher`] reads what an interaction still lacks and says which page is next, or ends it. [`open`] opens an interaction for the
//! browser that holds its cookie, and keeps a change only if no other request was faster. Each step is one file: [`sign_in`],
//! [`passkey_sign_in`], [`one_time_code`], [`proofing`] (a citizen against the civil registry), [`enroll`] (a first authenticator),
//! [`consent`], [`step_up`], [`cancel`]. Steps return to the dispatcher and never call each other. [`arrival`] serves a browser that comes
//! back to an interaction that is over, by its Back button. [`resume_form`] keeps a form that
//! came without cookies.
//!
//! Not here: how a page looks (`web/pages/`), its handler (`web/steps/`), the record and its rules (`records/interaction.rs`). Start
//! with [`dispatcher`].

pub mod open;

pub(crate) mod arrival;
pub(crate) mod cancel;
pub(crate) mod consent;
pub(crate) mod dispatcher;
pub(crate) mod enroll;
pub mod one_time_code;
pub(crate) mod passkey_sign_in;
pub(crate) mod proofing;
pub(crate) mod resume_form;
pub mod sign_in;
pub(crate) mod step_up;
