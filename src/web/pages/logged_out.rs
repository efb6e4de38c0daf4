//! Signed out.

use crate::web::layout::{Layout, Link};
use askama::Template;

/// What was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The session of this browser.
    ThisSession,
    /// Every session of the person.
    EverySession,
}

/// The page that says so.
#[derive(Debug, Template)]
#[template(path = "pages/logged_out.html")]
pub struct LoggedOut {
    /// The frame.
    pub layout: Layout,
    /// What was ended.
    pub ended: Ended,
    /// Back to the agency, if one asked and registered an address for it.
    pub back: Option<Link>,
}
