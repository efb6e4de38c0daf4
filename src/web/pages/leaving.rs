//! The page in between: a client that nobody vouches for wants the browser, and the reader has done nothing yet.

use crate::web::layout::Layout;
use askama::Template;

/// The page. It works without scripts: a link, or a form with one button.
#[derive(Template)]
#[template(path = "pages/leaving.html")]
pub struct Leaving {
    /// The frame.
    pub layout: Layout,
    /// The name that the client gave itself.
    pub agency: String,
    /// Where the browser would go: a host, or the name of an application on the device.
    pub place: String,
    /// How it would go there.
    pub onward: Onward,
}

/// How the browser would go on.
pub enum Onward {
    /// By a link.
    Link(String),
    /// By a form.
    Form {
        /// The address.
        action: String,
        /// Its fields.
        fields: Vec<(String, String)>,
    },
}
