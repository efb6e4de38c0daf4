//! Signing out: here, or everywhere.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page that asks whether to sign out. Both buttons are named `scope`: `session` comes first, then `all`.
#[derive(Debug, Template)]
#[template(path = "pages/logout.html")]
pub struct Logout {
    /// The frame.
    pub layout: Layout,
    /// Posts `scope`.
    pub form: FormPart,
    /// The agency that asks, if one does.
    pub agency: Option<String>,
    /// Whether the request asked for a way back and did not say which client asks.
    pub unnamed: bool,
    /// Where a person goes who stays signed in.
    pub stay: String,
}
