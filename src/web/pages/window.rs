//! The window: what a person finds at `/`.

use crate::web::layout::{Layout, Link};
use askama::Template;

/// The window page. The signed-in person is in `layout.person`.
#[derive(Debug, Template)]
#[template(path = "pages/window.html")]
pub struct Window {
    /// The frame.
    pub layout: Layout,
    /// The connected services, in the order in which they are shown.
    pub services: Vec<Service>,
    /// The agencies that wait for this person's decision, each with the address of its question.
    pub waiting: Vec<Link>,
    /// The address where signing out starts.
    pub logout: String,
}

/// One connected service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The element id of its link: `open-` and its `client_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The agency that runs it, where the names differ.
    pub agency: Option<String>,
    /// The address that it opens at.
    pub uri: String,
    /// How the person arrives there.
    pub arrival: Arrival,
}

/// How a person arrives at a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The service starts a sign-in at once (OpenID Connect Core §4).
    SignedIn,
    /// The person arrives at its first page.
    AtTheDoor,
}

impl Service {
    /// Whether the service starts a sign-in at once.
    pub(crate) fn signs_in(&self) -> bool {
        self.arrival == Arrival::SignedIn
    }
}
