//! After a recovery code was used: how many are left.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page that shows it before the person continues.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_used.html")]
pub struct RecoveryUsed {
    /// The frame.
    pub layout: Layout,
    /// Posts only the confirmation that the page was read.
    pub form: FormPart,
    /// How many codes are left.
    pub left: u32,
}
