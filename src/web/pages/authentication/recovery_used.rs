//! After a recovery code was used: how many are left.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The page that says so before the person goes on.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_used.html")]
pub struct RecoveryUsed {
    /// The frame.
    pub layout: Layout,
    /// Posts nothing but the word that it was read.
    pub form: FormPart,
    /// How many codes are left.
    pub left: u32,
}
