//! The page after signing out.

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

/// Whether the page leads on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// It leads to the agency by itself.
    Through,
    /// The reader decides.
    Stays,
}

impl LoggedOut {
    /// Whether the person only passes through: the agency that asked waits for them.
    pub(crate) fn is_on_the_way(&self) -> bool {
        self.back.is_some() && self.onward == Passing::Through
    }
}

/// The page that confirms it.
#[derive(Debug, Template)]
#[template(path = "pages/logged_out.html")]
pub struct LoggedOut {
    /// The frame.
    pub layout: Layout,
    /// What was ended.
    pub ended: Ended,
    /// Back to the agency, if one asked and registered an address for it.
    pub back: Option<Link>,
    /// Whether it leads there by itself.
    pub onward: Passing,
    /// Whether the request asked for a way back and did not say which client asks.
    pub unnamed: bool,
    /// Addresses of agencies that learn of it when the page loads them in frames (OpenID Connect Front-Channel Logout 1.0).
    pub frames: Vec<String>,
}
