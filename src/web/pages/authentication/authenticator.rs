//! Setting up the next sign-in: a passkey, or a password.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The set-up page. `passkey.js` gets its options from `{base}/passkey/new` and posts `csrf` and `response` to the same path.
#[derive(Debug, Template)]
#[template(path = "pages/authenticator.html")]
pub struct Authenticator {
    /// The frame.
    pub layout: Layout,
    /// Posts `username` (for password managers, to be ignored) and `password`.
    pub form: FormPart,
    /// The path of the interaction, `/interaction/{id}`.
    pub base: String,
    /// The national ID, under which a password manager keeps the password.
    pub username: String,
    /// Which account it is for.
    pub account: Becomes,
}

/// The account that the person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// A new one.
    New,
    /// An existing one in their name, made by a person who proved less; it becomes theirs.
    Theirs,
}
