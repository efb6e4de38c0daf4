//! `/demo/…`: the outbox, the people (`pages/cast.rs` has their page) and the clients. These pages exist only in the demo and on a stage.

use crate::app::App;
use crate::demo::agency_page::{Language, Texts};
use crate::demo::clients::DemoClients;
use crate::demo::people::DemoPeople;
use crate::identity::age::CountryProfile;
use crate::messaging::Sms;
use crate::messaging::outbox::SentMessage;
use crate::web::answer::page;
use crate::web::cookies;
use crate::web::layout::Layout;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

mod cast;

/// How many messages the outbox shows.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "outbox.html", config = "src/demo/askama.toml")]
struct OutboxPage {
    layout: Layout,
    t: &'static Texts,
    messages: Vec<SentMessage>,
}

/// Hour, minute and second of the day in Iran; the text as it is if it cannot be parsed.
fn time(message: &SentMessage) -> String {
    let at: Result<jiff::Timestamp, _> = message.at.parse();
    at.map_or_else(|_| message.at.clone(), clock_in_iran)
}

fn clock_in_iran(at: jiff::Timestamp) -> String {
    let east = i32::from(CountryProfile::IRAN.utc_offset_minutes) * 60;
    let local = jiff::tz::Offset::from_seconds(east).unwrap_or(jiff::tz::Offset::UTC).to_datetime(at);
    format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
}

/// The routes of the demo.
pub(crate) fn routes(app: &Arc<App>, people: &DemoPeople) -> Router {
    let cast = cast::routes(people);
    let people = people.to_json().to_string();
    cast.route("/demo/outbox", get(outbox))
        .route("/demo/people.json", get(move || std::future::ready(json(people.clone()))))
        .with_state(Arc::clone(app))
}

/// The clients with their secrets.
pub(crate) fn clients(clients: &DemoClients) -> Router {
    let clients = clients.to_json().to_string();
    Router::new().route("/demo/clients.json", get(move || std::future::ready(json(clients.clone()))))
}

async fn outbox(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let layout = visitor.layout(&[]);
    let sent = match &app.sms {
        Sms::File(outbox) => outbox.recent(SHOWN).await,
        Sms::Providers(_) => Ok(Vec::new()),
    };
    match (sent, Texts::of(Language::from(layout.locale))) {
        (Ok(messages), Some(t)) => finished(page(StatusCode::OK, &OutboxPage { layout, t, messages }), &visitor),
        (Ok(_), None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        (Err(cause), _) => (StatusCode::INTERNAL_SERVER_ERROR, format!("the outbox cannot be read: {cause}\n")).into_response(),
    }
}

/// A page, with the language that the reader switched to.
pub(crate) fn finished(mut response: Response, visitor: &Visitor) -> Response {
    if let Some(locale) = visitor.switched {
        cookies::set_language(response.headers_mut(), locale);
    }
    response
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}
