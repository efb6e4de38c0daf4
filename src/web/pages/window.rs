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
    pub services: Vec<Service>,
    /// The agencies that wait for this person's decision, each with the address of its question.
    pub waiting: Vec<Link>,
    /// Where signing out starts.
    pub logout: String,
}

/// One connected service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The element id of its link: `open-` and its `client_id`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The agency that runs it, where that is not its name already.
    pub agency: Option<String>,
    /// Where it opens.
    pub uri: String,
    /// As whom.
    pub arrival: Arrival,
}

/// How somebody arrives at a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It begins a sign-in at once (OpenID Connect Core §4).
    SignedIn,
    /// At its first page.
    AtTheDoor,
}

impl Service {
    /// Whether it begins a sign-in at once.
    pub fn signs_in(&self) -> bool {
        self.arrival == Arrival::SignedIn
    }
}
