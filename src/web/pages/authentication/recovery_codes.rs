//! The recovery codes, shown once.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page that shows the codes. It is never shown again, and must not be cached.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodes {
    /// The frame.
    pub layout: Layout,
    /// Posts only the confirmation that the codes were saved.
    pub form: FormPart,
    /// The codes in the groups in which they are typed.
    pub codes: Vec<String>,
}

impl RecoveryCodes {
    /// A code letter by letter, so that a screen reader spells it.
    #[expect(clippy::unused_self, reason = "templates reach functions through their page")]
    fn spelled(&self, code: &str) -> String {
        code.chars().filter(char::is_ascii_alphanumeric).map(String::from).collect::<Vec<_>>().join(" ")
    }
}
