//! The reference service of the civil registry over HTTP (`panjereh registry serve`): the endpoints of `docs/registry.md`, for sign-in
//! servers that show a certificate of the configured authority. Browsers have no business here.

use crate::edge::server::tls::{Acceptor, TlsStream};
use crate::registry::answer::RegistryError;
use crate::registry::service::{RegistryService, ServiceError};
use crate::registry::wire::{CHANGES_PATH, KEYS_PATH, MEDIA_TYPE, NUMBER_PATH, PERSON_PATH};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use serde_json::{Value, json};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// The longest question, in bytes.
const LONGEST_QUESTION: usize = 4 * 1024;
/// How many questions are answered at once; further ones wait.
const AT_ONCE: usize = 128;
/// The longest time of an answer.
const SLOWEST: Duration = Duration::from_secs(10);
/// The longest time of a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many connections wait to be served after their handshake.
const WAITING: usize = 64;
/// How long accepting pauses after it failed for lack of a resource, such as open files.
const SHORTAGE: Duration = Duration::from_secs(1);

/// The endpoints.
pub fn routes(service: Arc<RegistryService>) -> Router {
    Router::new()
        .route(PERSON_PATH, post(person))
        .route(NUMBER_PATH, post(number))
        .route(CHANGES_PATH, get(changes))
        .route(KEYS_PATH, get(keys))
        .layer(DefaultBodyLimit::max(LONGEST_QUESTION))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, SLOWEST))
        .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
        .layer(CatchPanicLayer::new())
        .with_state(service)
}

async fn person(State(service): State<Arc<RegistryService>>, body: Bytes) -> Response {
    signed(service.person(&body).await)
}

async fn number(State(service): State<Arc<RegistryService>>, body: Bytes) -> Response {
    signed(service.number(&body).await)
}

async fn keys(State(service): State<Arc<RegistryService>>) -> Response {
    match service.keys() {
        Ok(keys) => json(StatusCode::OK, &keys),
        Err(cause) => {
            tracing::error!(%cause, "the keys could not be published");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `?after=NUMBER&limit=NUMBER`.
async fn changes(State(service): State<Arc<RegistryService>>, RawQuery(query): RawQuery) -> Response {
    let given = query.unwrap_or_default();
    let number = |name: &str, default: u64| {
        let mut values = url::form_urlencoded::parse(given.as_bytes()).filter(|(key, _)| key == name);
        values.next().map_or(Some(default), |(_, value)| value.parse().ok())
    };
    let (Some(after), Some(limit)) = (number("after", 0), number("limit", 100)) else {
        let what = "after and limit must be whole numbers";
        return json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_request", "error_description": what }));
    };
    match service.changes(after, u32::try_from(limit).unwrap_or(u32::MAX)).await {
        Ok(page) => json(StatusCode::OK, &page),
        Err(cause) => signed(Err(cause)),
    }
}

fn signed(answer: Result<String, ServiceError>) -> Response {
    match answer {
        Ok(token) => ([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], token).into_response(),
        Err(ServiceError::Question(what)) => {
            json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_request", "error_description": what }))
        }
        Err(ServiceError::Registry(RegistryError::FeedLost)) => {
            let what = "the changes after that number are not there: read all records again, and go on from the last number";
            json(StatusCode::GONE, &json!({ "error": "feed_lost", "error_description": what }))
        }
        Err(cause) => {
            tracing::error!(%cause, "a question could not be answered");
            let error = json!({ "error": "temporarily_unavailable", "error_description": "try again in a moment" });
            let mut answer = json(StatusCode::SERVICE_UNAVAILABLE, &error);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            answer
        }
    }
}

fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// Serves [`routes`] on a listener until `stop` resolves; then running requests are finished.
pub async fn serve(
    listener: TcpListener,
    acceptor: Acceptor,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let (shaken, connections) = mpsc::channel(WAITING);
    tokio::spawn(accept(listener, acceptor, shaken));
    axum::serve(Shaken { connections, address }, routes).with_graceful_shutdown(stop).await
}

/// Accepts connections and shakes hands with each in a task of its own, so that a client that is slow keeps no other one waiting.
async fn accept(listener: TcpListener, acceptor: Acceptor, shaken: mpsc::Sender<(TlsStream, SocketAddr)>) {
    while !shaken.is_closed() {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(cause) => {
                tracing::warn!(%cause, "no connection could be accepted");
                tokio::time::sleep(SHORTAGE).await;
                continue;
            }
        };
        let (acceptor, shaken) = (acceptor.clone(), shaken.clone());
        tokio::spawn(async move {
            // Where this option cannot be set, answers are only slower.
            let _ = stream.set_nodelay(true);
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // The receiver is gone when the service stops.
                Ok(Ok(stream)) => shaken.send((stream, peer)).await.unwrap_or(()),
                Ok(Err(cause)) => tracing::info!(%cause, "a TLS handshake failed"),
                Err(_) => tracing::info!("a TLS handshake took too long"),
            }
        });
    }
}

/// Connections after their handshake.
struct Shaken {
    connections: mpsc::Receiver<(TlsStream, SocketAddr)>,
    address: SocketAddr,
}

impl Listener for Shaken {
    type Io = TlsStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TlsStream, SocketAddr) {
        match self.connections.recv().await {
            Some(connection) => connection,
            // Nothing accepts any more: the service is about to stop.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
