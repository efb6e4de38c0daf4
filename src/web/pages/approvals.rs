//! The requests that wait for the person's decision.

use crate::web::layout::{Layout, Link};
use askama::Template;

/// The list. The signed-in person is in `layout.person`.
#[derive(Debug, Template)]
#[template(path = "pages/approvals.html")]
pub struct Approvals {
    /// The frame.
    pub layout: Layout,
    /// The agencies that ask, each with the address of its question.
    pub waiting: Vec<Link>,
}
