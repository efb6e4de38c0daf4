//! `GET /`: the window, where a person finds every connected service.

use super::approve::links;
use crate::flows::App;
use crate::flows::approve::waiting;
use crate::web::answer::{broken, page};
use crate::web::cookies;
use crate::web::layout::Link;
use crate::web::pages::window::Window;
use crate::web::steps::{in_language, name_of};
use crate::web::visitor::Visitor;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The window.
pub async fn window(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let mut layout = visitor.layout(&[]);
    let mut found = Vec::new();
    match waiting(&app, visitor.session.as_ref()).await {
        Ok(Some((account, asked))) => {
            layout.person = Some(name_of(&account.person, layout.locale));
            found = links(&asked, layout.locale);
        }
        Ok(None) => {}
        Err(cause) => return broken(&visitor, &cause),
    }
    let services = app.directory.load().services();
    let link = |client: &Arc<crate::oidc::client::Client>| {
        Some(Link { name: in_language(&client.name, layout.locale), uri: client.client_uri.clone()? })
    };
    let services = services.iter().filter_map(link).collect();
    let mut response = page(StatusCode::OK, &Window { layout, services, waiting: found, logout: "/logout".to_owned() });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    response
}
