//! The guide for agencies' developers: one page of it, or what a search found in it.

use crate::guide::search::Hit;
use crate::web::layout::Layout;
use askama::Template;

/// A page of the guide.
#[derive(Debug, Template)]
#[template(path = "pages/developers.html")]
pub struct Developers {
    /// The frame.
    pub layout: Layout,
    /// Every page of the guide.
    pub pages: Vec<Entry>,
    /// What is shown of it.
    pub shown: Content,
}

/// A page of the guide in its list of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its address.
    pub uri: String,
    /// Its title.
    pub title: String,
    /// Whether it is the page that is shown.
    pub is_open: bool,
    /// Anchors and headings of the page that is shown.
    pub sections: Vec<(String, String)>,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A page.
    Page {
        /// Its title, in English.
        title: String,
        /// Its content below the title, in English: HTML that this program made from a file of its own.
        html: String,
        /// This deployment's addresses; empty on all pages but the first.
        deployment: Vec<Value>,
    },
    /// The answer to a search.
    Found {
        /// What was asked.
        query: String,
        /// The places, the best first.
        found: Vec<Hit>,
    },
}

/// An address of this deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its name in the discovery document.
    pub name: &'static str,
    /// The address.
    pub uri: String,
}

impl Value {
    /// The parts of its name, between which a line may break.
    pub(crate) fn name_parts(&self) -> impl Iterator<Item = &'static str> {
        self.name.split_inclusive('_')
    }

    /// The parts of the address, between which a line may break.
    pub(crate) fn uri_parts(&self) -> impl Iterator<Item = &str> {
        self.uri.split_inclusive(['/', '.', ':', '_'])
    }
}

impl Developers {
    /// The title of the page, in the language of the guide or of the frame.
    pub(crate) fn title(&self) -> String {
        match &self.shown {
            Content::Page { title, .. } => title.clone(),
            Content::Found { query, .. } => self.layout.t_with("developers-found-title", &[("query", query.as_str())]),
        }
    }

    /// What the search field holds.
    pub(crate) fn query(&self) -> &str {
        match &self.shown {
            Content::Page { .. } => "",
            Content::Found { query, .. } => query,
        }
    }
}
