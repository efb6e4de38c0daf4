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
    /// What came of the code that was typed.
    pub entered: Entered,
}

/// What came of the code from a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// None was typed.
    Nothing,
    /// No request has it.
    Wrong,
}
