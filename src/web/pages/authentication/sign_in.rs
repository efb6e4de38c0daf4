//! Signing in: by passkey, or with national ID and password.

use crate::web::layout::{About, FormPart, Layout};
use askama::Template;

/// The sign-in page. `passkey.js` gets its options from `{base}/passkey/options` and posts `csrf` and `response` to `{base}/passkey`.
#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignIn {
    /// The frame.
    pub layout: Layout,
    /// Posts `national_id`, `password`.
    pub form: FormPart,
    /// The agency that asks.
    pub agency: String,
    /// The signed-in person, where a new sign-in of this person is required (RFC 9470 §4).
    pub again: Option<String>,
    /// The form of the button back to the agency; `None` where no page of the agency waits for the person.
    pub cancel: Option<String>,
    /// Logo, policy and terms of the agency.
    pub about: About,
    /// The path of the interaction, `/interaction/{id}`.
    pub base: String,
    /// What was entered before, or what `login_hint` says.
    pub national_id: String,
}
