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
    /// Who is signed in and is asked to show it once more (RFC 9470 §4).
    pub again: Option<String>,
    /// Posts that the person goes back to the agency; none where no page of the agency waits for them.
    pub cancel: Option<String>,
    /// What else is shown of it.
    pub about: About,
    /// The path of the interaction, `/interaction/{id}`.
    pub base: String,
    /// What was entered before, or what `login_hint` says.
    pub national_id: String,
}
