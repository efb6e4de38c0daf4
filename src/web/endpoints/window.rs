//! `GET /`: the window, where a person finds every connected service.

use crate::app::App;
use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::flows::cross_device::approve::waiting;
use crate::flows::session::lately_used::lately_used;
use crate::locale::Locale;
use crate::web::answer::{Beyond, broken, page_reaching};
use crate::web::cookies;
use crate::web::endpoints::approve::links;
use crate::web::endpoints::services::{Asked, Listed, part};
use crate::web::pages::window::{Arrival, Service, Window};
use crate::web::steps::{in_language, name_of};
use crate::web::visitor::Visitor;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The most services that the page begins with because they were used lately.
const MOST_LATELY: usize = 6;

/// The window.
pub(crate) async fn window(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let (mut layout, asked) = (visitor.layout(&[]), Asked::of(query.as_deref()));
    let (mut found, mut used) = (Vec::new(), Vec::new());
    let here = waiting(&app, visitor.session.as_ref()).await.map_err(|cause| broken(&visitor, &cause))?;
    if let Some((account, waiting)) = here {
        layout.person = Some(name_of(&account, layout.locale));
        found = links(&waiting, layout.locale);
        used = lately_used(&app, account.id).await.map_err(|cause| broken(&visitor, &cause))?;
    }
    let most = if asked.is_everything() { MOST_LATELY } else { 0 };
    let (lately, others) = lately_and_others(&app, layout.locale, &used, most);
    let list = part(others, &asked);
    let shown = lately.iter().chain(list.groups.iter().flat_map(|group| &group.services));
    let logos: Vec<String> = shown.filter_map(|service| service.logo.clone()).collect();
    let window = Window { layout, lately, list, waiting: found, logout: "/logout".to_owned() };
    let mut response = page_reaching(StatusCode::OK, &window, Beyond { images: &logos, ..Beyond::default() });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    Ok(response)
}

/// The services that the person used lately, in that order and `most` of them, and all the others. Those that were used have
/// their logos.
fn lately_and_others(app: &App, locale: Locale, used: &[ClientId], most: usize) -> (Vec<Service>, Vec<Listed>) {
    let (mut lately, mut others) = (Vec::new(), Vec::new());
    for client in app.client_cache.load().services() {
        let Some(mut listed) = listed(app, &client, locale) else { continue };
        let at = used.iter().position(|id| *id == client.id);
        if at.is_some() {
            listed.service.logo = client.pages.logo.as_ref().map(|logo| locale.pick(logo).to_owned());
        }
        match at.filter(|at| *at < most) {
            Some(at) => lately.push((at, listed.service)),
            None => others.push(listed),
        }
    }
    lately.sort_by_key(|(at, _)| *at);
    (lately.into_iter().map(|(_, service)| service).collect(), others)
}

/// A client as a service of the window. The link is the same for every reader, signed in or not: an agency learns about a person
/// only from the sign-in that it then starts.
fn listed(app: &App, client: &Client, locale: Locale) -> Option<Listed> {
    let name = in_language(&client.name, locale);
    let client_cache = app.client_cache.load();
    let owner = client_cache.agency(&client.agency);
    let agency = owner.map(|agency| in_language(&agency.name, locale)).unwrap_or_default();
    let begun = client.pages.begin_sign_in(app.settings.issuer(), client.client_uri.as_deref());
    let (uri, arrival) = match begun {
        Some(begun) => (begun, Arrival::SignedIn),
        None => (client.client_uri.clone()?, Arrival::AtTheDoor),
    };
    let names = [Some(&client.name), owner.map(|agency| &agency.name)].into_iter().flatten();
    let names = names.flat_map(|name| [name.fa.clone(), name.en.clone()]).collect();
    let id = format!("open-{}", client.id);
    let other_name = Some(agency.clone()).filter(|agency| !agency.is_empty() && *agency != name);
    Some(Listed { service: Service { id, name, agency: other_name, uri, arrival, logo: None }, agency, names })
}
