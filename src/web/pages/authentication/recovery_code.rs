//! A recovery code in place of the one-time code.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page that asks for a recovery code, after the password.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_code.html")]
pub struct RecoveryCode {
    /// The frame.
    pub layout: Layout,
    /// Posts `code`.
    pub form: FormPart,
    /// Where a person without a recovery code can go.
    pub back: BackTo,
    /// The reference that the right sheet of codes has.
    pub sheet: String,
}

/// The alternative to a recovery code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackTo {
    /// The one-time code that was sent.
    Code(String),
    /// The sign-in page: no code could be sent.
    SignIn(String),
}
