//! What waits for the person's decision.

use crate::web::layout::{Layout, Link};
use askama::Template;

/// The list. Who is signed in stands in `layout.person`.
#[derive(Debug, Template)]
#[template(path = "pages/approvals.html")]
pub struct Approvals {
    /// The frame.
    pub layout: Layout,
    /// The agencies that ask, each with the address of its question.
    pub waiting: Vec<Link>,
}
