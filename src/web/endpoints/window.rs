//! `GET /`: the window, where a person finds every connected service.

use crate::app::App;
use crate::client::metadata::Client;
use crate::flows::cross_device::approve::waiting;
use crate::web::answer::{broken, page};
use crate::web::cookies;
use crate::web::endpoints::approve::links;
use crate::web::locale::Locale;
use crate::web::pages::window::{Arrival, Service, Window};
use crate::web::steps::{in_language, name_of};
use crate::web::visitor::Visitor;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The window.
pub(crate) async fn window(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let mut layout = visitor.layout(&[]);
    let mut found = Vec::new();
    let asked = waiting(&app, visitor.session.as_ref()).await.map_err(|cause| broken(&visitor, &cause))?;
    if let Some((account, asked)) = asked {
        layout.person = Some(name_of(&account.person, layout.locale));
        found = links(&asked, layout.locale);
    }
    let services = app.client_cache.load().services();
    let services = services.iter().filter_map(|client| service(&app, client, layout.locale)).collect();
    let mut response = page(StatusCode::OK, &Window { layout, services, waiting: found, logout: "/logout".to_owned() });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    Ok(response)
}

/// A client as a service of the window. The link is the same for every reader, signed in or not: an agency learns about a person
/// only from the sign-in that it then starts.
fn service(app: &App, client: &Client, locale: Locale) -> Option<Service> {
    let name = in_language(&client.name, locale);
    let client_cache = app.client_cache.load();
    let agency = client_cache.agency(&client.agency).map(|agency| in_language(&agency.name, locale));
    let begun = client.pages.begin_sign_in(app.settings.issuer(), client.client_uri.as_deref());
    let (uri, arrival) = match begun {
        Some(begun) => (begun, Arrival::SignedIn),
        None => (client.client_uri.clone()?, Arrival::AtTheDoor),
    };
    Some(Service { id: format!("open-{}", client.id), agency: agency.filter(|agency| *agency != name), name, uri, arrival })
}
