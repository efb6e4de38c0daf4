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
    /// Back to the one-time code.
    pub back: String,
}
