//! An agency's own server: what answers at the addresses that it registered (`jwks_uri`, `backchannel_logout_uri`, …).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A server on this machine. It answers each path as it was last told, 404 where it was not, and writes down who came.
pub struct Office {
    pub origin: String,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    answers: HashMap<String, (u16, String)>,
    visits: Vec<Visit>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Visit {
    pub path: String,
    pub body: String,
    pub authorization: String,
}

impl Visit {
    /// A field of the form that came.
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

    /// From now on a path is answered so.
    pub fn answers(&self, path: &str, status: u16, body: &Value) {
        self.desk.lock().unwrap().answers.insert(path.to_owned(), (status, body.to_string()));
    }

    /// Who came to a path so far.
    pub fn visits(&self, path: &str) -> Vec<Visit> {
        self.desk.lock().unwrap().visits.iter().filter(|visit| visit.path == path).cloned().collect()
    }
}

async fn answer(State(desk): State<Arc<Mutex<Desk>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut desk = desk.lock().unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    let authorization = headers.get(header::AUTHORIZATION).map_or("", |value| value.to_str().unwrap()).to_owned();
    desk.visits.push(Visit { path: uri.path().to_owned(), body, authorization });
    match desk.answers.get(uri.path()) {
        Some((status, body)) => {
            let status = StatusCode::from_u16(*status).unwrap();
            (status, [(header::CONTENT_TYPE, "application/json")], body.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
