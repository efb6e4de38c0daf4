//! `/developers`: the guide for agencies' developers ([`crate::guide`]), served by the program itself. The guide is in English; the
//! frame around it is in the reader's language.

use crate::app::App;
use crate::guide::address::{FIRST, uri};
use crate::guide::pages::{GUIDE, Page};
use crate::guide::search;
use crate::oidc::discovery::ProviderMetadata;
use crate::oidc::paths;
use crate::web::answer::{page, refuse_plainly};
use crate::web::cookies;
use crate::web::endpoints::discovery::metadata;
use crate::web::pages::developers::{Content, Developers, Entry, Value};
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// What the search form sends.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

/// `GET /developers`: the first page with this deployment's addresses, or the answer to a search.
pub(crate) async fn first(State(app): State<Arc<App>>, Query(asked): Query<Asked>, visitor: Visitor) -> Response {
    let query = search::readable(&asked.q);
    let issuer = app.settings.issuer();
    if query.is_empty() {
        let deployment = values(&metadata(&app));
        return answer(&visitor, FIRST, shown(&GUIDE[0], issuer, deployment));
    }
    let found = search::search(&GUIDE, &query, issuer);
    answer(&visitor, "", Content::Found { query, found })
}

/// `GET /developers/{name}`.
pub(crate) async fn other(State(app): State<Arc<App>>, Path(name): Path<String>, visitor: Visitor) -> Response {
    match GUIDE.iter().find(|page| page.name == name && page.name != FIRST) {
        Some(found) => answer(&visitor, found.name, shown(found, app.settings.issuer(), Vec::new())),
        None => refuse_plainly(&visitor, RefusalKind::NotFound),
    }
}

fn shown(page: &Page, issuer: &str, deployment: Vec<Value>) -> Content {
    Content::Page { title: page.rendered.title.clone(), html: page.rendered.html_for(issuer), deployment }
}

fn answer(visitor: &Visitor, name: &str, shown: Content) -> Response {
    let pages = contents(name);
    let mut response = page(StatusCode::OK, &Developers { layout: visitor.layout(&[]), pages, shown });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    response
}

/// Every page of the guide, and of the one that is open its sections too.
fn contents(open: &str) -> Vec<Entry> {
    let entry = |page: &Page| {
        let is_open = page.name == open;
        let sections = page.rendered.sections.iter().filter(|section| is_open && !section.anchor.is_empty());
        Entry {
            uri: uri(page.name),
            title: page.rendered.title.clone(),
            is_open,
            sections: sections.map(|section| (section.anchor.clone(), section.heading.clone())).collect(),
        }
    };
    GUIDE.iter().map(entry).collect()
}

/// What a library asks for that does not read the discovery document: this deployment's addresses, by their names in it.
fn values(metadata: &ProviderMetadata) -> Vec<Value> {
    let discovery = paths::url(&metadata.issuer, paths::DISCOVERY);
    let named = [
        ("issuer", &metadata.issuer),
        ("discovery", &discovery),
        ("authorization_endpoint", &metadata.authorization_endpoint),
        ("token_endpoint", &metadata.token_endpoint),
        ("userinfo_endpoint", &metadata.userinfo_endpoint),
        ("jwks_uri", &metadata.jwks_uri),
        ("end_session_endpoint", &metadata.end_session_endpoint),
    ];
    let optional = metadata.registration_endpoint.as_ref().map(|uri| ("registration_endpoint", uri));
    named.into_iter().chain(optional).map(|(name, uri)| Value { name, uri: uri.clone() }).collect()
}
