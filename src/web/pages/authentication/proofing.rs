//! Proofing: the three things that are checked against the civil registry.

use crate::web::layout::{FormPart, Layout};
use askama::Template;

/// The proofing page.
#[derive(Debug, Template)]
#[template(path = "pages/prove.html")]
pub struct Prove {
    /// The frame.
    pub layout: Layout,
    /// Posts `national_id`, `birth_date`, `mobile`.
    pub form: FormPart,
    /// The agency that asks.
    pub agency: String,
    /// The path of the interaction, `/interaction/{id}`.
    pub base: String,
    /// What was entered before.
    pub national_id: String,
    /// What was entered before, as it was typed.
    pub birth_date: String,
    /// What was entered before, as it was typed.
    pub mobile: String,
}
