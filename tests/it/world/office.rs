//! An agency's own server: it answers at the addresses that the agency registered (`jwks_uri`, `backchannel_logout_uri`, …).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// A server on this machine. It answers each path as the test last set it, 404 otherwise, and records the requests.
pub struct Office {
    pub origin: String,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    answers: HashMap<String, (u16, String)>,
    /// `Cache-Control` of every answer.
    caching: Option<String>,
    visits: Vec<Visit>,
    /// Requests to these paths wait for ever.
    held: HashSet<String>,
    came: Arc<Notify>,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Visit {
    pub path: String,
    pub body: String,
    pub authorization: String,
}

impl Visit {
    /// A field of its form.
    pub fn field(&self, name: &str) -> String {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        fields.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

impl Office {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Mutex::new(Desk::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, desk }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on a path is answered like this.
    pub fn answers(&self, path: &str, status: u16, body: &Value) {
        self.desk.lock().unwrap().answers.insert(path.to_owned(), (status, body.to_string()));
    }

    /// From now on every answer has this `Cache-Control`.
    pub fn caches(&self, directives: &str) {
        self.desk.lock().unwrap().caching = Some(directives.to_owned());
    }

    /// From now on requests to a path are accepted and never answered.
    pub fn holds(&self, path: &str) {
        self.desk.lock().unwrap().held.insert(path.to_owned());
    }

    /// Waits until a path has had this many requests.
    pub async fn until_visited(&self, path: &str, times: usize) {
        let came = Arc::clone(&self.desk.lock().unwrap().came);
        let waiting = async {
            loop {
                let next = came.notified();
                if self.visits(path).len() >= times {
                    return;
                }
                next.await;
            }
        };
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, waiting)
            .await
            .unwrap_or_else(|_| panic!("{} of {times} came to {path}", self.visits(path).len()));
    }

    /// The requests to a path so far.
    pub fn visits(&self, path: &str) -> Vec<Visit> {
        self.desk.lock().unwrap().visits.iter().filter(|visit| visit.path == path).cloned().collect()
    }
}

#[derive(PartialEq, Eq)]
enum Told {
    Something,
    Nothing,
}

impl Desk {
    fn note(&mut self, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Told {
        let body = String::from_utf8_lossy(body).into_owned();
        let authorization = headers.get(header::AUTHORIZATION).map_or("", |value| value.to_str().unwrap()).to_owned();
        self.visits.push(Visit { path: uri.path().to_owned(), body, authorization });
        self.came.notify_one();
        if self.held.contains(uri.path()) { Told::Nothing } else { Told::Something }
    }
}

async fn answer(State(desk): State<Arc<Mutex<Desk>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let told = desk.lock().unwrap().note(&uri, &headers, &body);
    if told == Told::Nothing {
        std::future::pending::<()>().await;
    }
    let desk = desk.lock().unwrap();
    match desk.answers.get(uri.path()) {
        Some((status, body)) => {
            let status = StatusCode::from_u16(*status).unwrap();
            let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.clone()).into_response();
            if let Some(caching) = &desk.caching {
                response.headers_mut().insert(header::CACHE_CONTROL, caching.parse().unwrap());
            }
            response
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
