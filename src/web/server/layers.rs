//! What surrounds every handler: a request id, security headers, limits, a catch for panics, metrics.

use crate::app::App;
use crate::edge::bodies::{BodyFault, RequestHold};
use crate::edge::cors;
use crate::edge::metrics::{TurnedAway, turn_away};
use crate::random::Random;
use crate::web::faults::RequestSummary;
use crate::web::visitor::{Opener, Reference};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tracing::Instrument as _;

/// Crockford's base 32: its letters are hard to confuse when a number is read over the telephone.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ten letters, 50 bits: enough to find one request among a year's.
fn new_reference(random: &Random) -> String {
    random.bytes::<10>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// Gives a request its number, and the answer its headers.
pub(crate) async fn around(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = app.clock.now();
    let reference = new_reference(&app.random);
    request.extensions_mut().insert(Reference(reference.clone()));
    let opener = Opener::default();
    request.extensions_mut().insert(opener.clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    // Every log line of this request carries the number.
    let span = span_of(&reference);
    let asked = RequestSummary::of(&app, &request, &reference);
    let open_to = cors::open_to(request.uri().path());
    let hold = request.extensions().get::<RequestHold>().cloned();
    let mut response = match open_to.filter(|_| cors::is_preflight(&method, request.headers())) {
        _ if request.extensions().get::<TurnedAway>().is_some() => turn_away(request, next).await,
        Some(methods) => cors::preflight(methods),
        None => next.run(request).instrument(span.clone()).await,
    };
    if let Some(fault) = hold.and_then(|hold| hold.fault()) {
        response = body_fault(fault);
    }
    response = span.in_scope(|| asked.answered(response));
    if open_to.is_some() {
        cors::open(response.headers_mut());
    }
    harden(&app, &mut response, &reference, &opener);

    let route = route.as_ref().map_or("other", MatchedPath::as_str).to_owned();
    let took = app.clock.now().since(began);
    tracing::debug!(parent: &span, %method, route, status = response.status().as_u16(), ms = took.as_millis(), "answered");
    let class = match response.status().as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("panjereh_http_requests_total", "route" => route.clone(), "status" => class).increment(1);
    metrics::histogram!("panjereh_http_request_seconds", "route" => route).record(took.as_secs_f64());
    response
}

/// The answer to a request whose body did not come in, whatever its handler made of what came.
fn body_fault(fault: BodyFault) -> Response {
    let status = match fault {
        BodyFault::Slow => StatusCode::REQUEST_TIMEOUT,
        BodyFault::NoMemory => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = status.into_response();
    response.extensions_mut().insert(fault);
    response
}

/// The level is ERROR: a span below the level of the log is disabled, and an error would be logged without its number.
fn span_of(reference: &str) -> tracing::Span {
    tracing::error_span!("request", request = reference)
}

/// Marks the one answer that pages of other sites may embed in a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Framable;

fn harden(app: &App, response: &mut Response, reference: &str, opener: &Opener) {
    let framable = response.extensions().get::<Framable>().is_some();
    let headers = response.headers_mut();
    // HTML §7.1.3: a page of another origin has no handle on ours, unless it opened the popup that it asked for.
    let opener = if opener.is_kept() { "unsafe-none" } else { "same-origin" };
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), opener),
        (HeaderName::from_static("permissions-policy"), "publickey-credentials-get=(self), publickey-credentials-create=(self)"),
    ];
    for (name, value) in fixed {
        if !(framable && name == header::X_FRAME_OPTIONS) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Some(strict) = strict_transport(app) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, strict);
    }
    if let Ok(reference) = HeaderValue::from_str(reference) {
        headers.insert(HeaderName::from_static("x-request-id"), reference);
    }
}

/// From the first answer on, a browser uses https only (RFC 6797 §7.1; FAPI 2.0 Security Profile §5.2). Not on localhost: the
/// rule holds for a host and not for a port, so it would block the developer's other servers.
fn strict_transport(app: &App) -> Option<HeaderValue> {
    let max_age = app.settings.server.hsts_max_age.as_secs();
    let is_told = max_age > 0 && app.settings.issuer().starts_with("https://") && !app.settings.is_local();
    is_told.then(|| HeaderValue::from_str(&format!("max-age={max_age}")).ok()).flatten()
}

/// There is nothing at this address. `faults` says so to the reader, a person or a client.
pub(crate) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// Turns a panic into a bare answer, which `faults` replaces by one for its reader. This log line carries the number; the default
/// hook has logged the place already.
pub(crate) fn caught(_panic: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
