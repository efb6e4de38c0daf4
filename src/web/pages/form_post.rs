//! The answer to an agency by `response_mode=form_post` (OAuth 2.0 Form Post Response Mode §2).

use crate::web::layout::Layout;
use askama::Template;

/// The page that posts itself, or by its button where scripts are off.
#[derive(Template)]
#[template(path = "pages/form_post.html")]
pub struct FormPost {
    /// The frame.
    pub layout: Layout,
    /// The agency that the reader returns to.
    pub agency: String,
    /// The redirect URI.
    pub action: String,
    /// The parameters of the response.
    pub fields: Vec<(String, String)>,
}
