//! The window: what a person finds at `/`.

use crate::web::layout::{Layout, Link};
use askama::Template;

/// The window page. Who is signed in stands in `layout.person`.
#[derive(Debug, Template)]
#[template(path = "pages/window.html")]
pub struct Window {
    /// The frame.
    pub layout: Layout,
    /// The connected services, in the order in which they are shown.
    pub services: Vec<Link>,
    /// The agencies that wait for this person's decision, each with the address of its question.
    pub waiting: Vec<Link>,
    /// Where signing out starts.
    pub logout: String,
}
