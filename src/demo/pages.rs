//! `/demo/…`: the outbox, the people and the clients. These pages exist in the demo alone.

use super::clients::DemoClients;
use super::people::DemoPeople;
use crate::flows::App;
use crate::messaging::Sms;
use crate::messaging::outbox::SentMessage;
use crate::web::answer::page;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// How many messages the outbox shows.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "outbox.html", config = "src/demo/askama.toml")]
struct OutboxPage {
    messages: Vec<SentMessage>,
    style: &'static str,
}

/// The routes of the demo.
pub fn routes(app: &Arc<App>, people: &DemoPeople, clients: &DemoClients) -> Router {
    let (people, clients) = (people.to_json().to_string(), clients.to_json().to_string());
    Router::new()
        .route("/demo/outbox", get(outbox))
        .route("/demo/people.json", get(move || std::future::ready(json(people.clone()))))
        .route("/demo/clients.json", get(move || std::future::ready(json(clients.clone()))))
        .with_state(Arc::clone(app))
}

async fn outbox(State(app): State<Arc<App>>) -> Response {
    let Sms::File(outbox) = &app.sms;
    match outbox.recent(SHOWN).await {
        Ok(messages) => page(StatusCode::OK, &OutboxPage { messages, style: crate::web::assets::url("app.css") }),
        Err(cause) => (StatusCode::INTERNAL_SERVER_ERROR, format!("the outbox cannot be read: {cause}\n")).into_response(),
    }
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}
