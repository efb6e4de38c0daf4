//! The window: what a person finds at `/`.

use crate::web::layout::{Layout, Link};
use askama::Template;

/// The window page. The signed-in person is in `layout.person`.
#[derive(Debug, Template)]
#[template(path = "pages/window.html")]
pub struct Window {
    /// The frame.
    pub layout: Layout,
    /// The services that this person used lately, the latest first.
    pub lately: Vec<Service>,
    /// The other services, or those that were searched for.
    pub list: ServiceList,
    /// The agencies that wait for this person's decision, each with the address of its question.
    pub waiting: Vec<Link>,
    /// The address where signing out starts.
    pub logout: String,
}

/// The part of the connected services that one page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceList {
    /// How to find one of many; `None` where all are on this page.
    pub finder: Option<Finder>,
    /// The services, agency by agency.
    pub groups: Vec<Group>,
    /// The other pages of the same list.
    pub pager: Option<Pager>,
}

/// The ways to find one service of many. All of them are plain links and a form that is fetched by GET: no script is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finder {
    /// What was searched for; empty if nothing was.
    pub query: String,
    /// The first letters of all services.
    pub letters: Vec<Letter>,
    /// How many services the list has, on all its pages.
    pub found: usize,
}

/// A first letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The letter.
    pub letter: String,
    /// The address of the services that begin with it.
    pub uri: String,
    /// Whether the page shows these.
    pub shown: Shown,
}

/// Whether a part of a list is the one on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is.
    Here,
    /// It is on another page.
    Elsewhere,
}

/// The services of one agency, or of several agencies with one each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name of the agency; `None` where its services name their agencies themselves.
    pub agency: Option<String>,
    /// The services on this page.
    pub services: Vec<Service>,
}

/// The place of a page in a list of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// The page, from 1.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
    /// The address of the page before.
    pub earlier: Option<String>,
    /// The address of the page after.
    pub later: Option<String>,
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
    /// The address of its logo. The reader's browser fetches it from the agency, so only a service has one that knows the person
    /// already.
    pub logo: Option<String>,
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

    /// What stands in the place of a logo: the first letter of its name.
    pub(crate) fn initial(&self) -> String {
        self.name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }
}

impl Letter {
    /// Whether the page shows its services.
    pub(crate) fn is_shown(&self) -> bool {
        self.shown == Shown::Here
    }
}

impl ServiceList {
    /// Whether there is no service at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.finder.is_none() && self.groups.is_empty()
    }

    /// Whether a search was made.
    pub(crate) fn is_searched(&self) -> bool {
        self.finder.as_ref().is_some_and(|finder| !finder.query.is_empty())
    }
}
