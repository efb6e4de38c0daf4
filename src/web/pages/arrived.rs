//! The page of a browser that went back to the pages of a sign-in that is over.

use crate::web::layout::Layout;
use askama::Template;

/// The page. The signed-in person is in `layout.person`.
#[derive(Debug, Template)]
#[template(path = "pages/arrived.html")]
pub struct Arrived {
    /// The frame.
    pub layout: Layout,
    /// The agency that the person was taken to.
    pub agency: String,
    /// Where the person goes on at the agency, if it registered an address for that.
    pub onward: Option<String>,
}
