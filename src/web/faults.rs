//! Answers to requests that no handler answered: an unknown path, a method that the path does not support, a body that is too
//! large, a timeout, a panic. A person gets a page in their language with the reference number, a client gets a JSON error (RFC
//! 6749 §5.2).

use crate::app::App;
use crate::edge::bodies::BodyFault;
use crate::locale::Locale;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::paths;
use crate::web::answer::{json_no_store, refuse};
use crate::web::cookies;
use crate::web::layout::Layout;
use crate::web::pages::refusal::{BREATH, RefusalKind};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use std::sync::Arc;

/// The kind of reader of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// A person in a browser.
    Person,
    /// A client.
    Client,
    /// An operator's tool, which reads the status.
    Tool,
}

/// Where clients look for documents (RFC 8615), and where clients call. What is below such an address is theirs too: a client that
/// writes `/token/` reads no page.
const FOR_CLIENTS: [&str; 10] = [
    paths::TOKEN,
    paths::PAR,
    paths::DEVICE_AUTHORIZATION,
    paths::CIBA,
    paths::REVOKE,
    paths::INTROSPECT,
    paths::USERINFO,
    paths::REGISTER,
    paths::JWKS,
    "/.well-known",
];

fn reader_of(path: &str) -> Reader {
    let is_below = |place: &str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match path {
        "/healthz" | "/readyz" => Reader::Tool,
        // A browser opens this one for a person (Well-Known URL for Changing Passwords).
        "/.well-known/change-password" => Reader::Person,
        _ if FOR_CLIENTS.iter().any(|place| is_below(place)) => Reader::Client,
        _ => Reader::Person,
    }
}

/// What is kept of a request until it is answered.
pub(crate) struct RequestSummary {
    reader: Reader,
    method: Method,
    uri: Uri,
    /// The cookies and the preferred languages of a person's request; empty for a client.
    headers: HeaderMap,
    reference: String,
    app: Arc<App>,
}

impl RequestSummary {
    /// Keeps what the answer may need of a request with this number.
    pub(crate) fn of(app: &Arc<App>, request: &Request, reference: &str) -> Self {
        let reader = reader_of(request.uri().path());
        let mut headers = HeaderMap::new();
        if reader == Reader::Person {
            for name in [header::COOKIE, header::ACCEPT_LANGUAGE] {
                for value in request.headers().get_all(&name) {
                    headers.append(name.clone(), value.clone());
                }
            }
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { reader, method, uri, headers, reference: reference.to_owned(), app: Arc::clone(app) }
    }

    fn layout(&self) -> Layout {
        let switched = self.uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("lang="));
        let preferred = self.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let chosen = cookies::find(&self.headers, cookies::LANGUAGE);
        let locale = switched.and_then(Locale::from_tag).unwrap_or_else(|| Locale::negotiate(&[], chosen, preferred));
        let path = if self.method == Method::GET { self.uri.path_and_query().map(ToString::to_string) } else { None };
        let path = path.unwrap_or_else(|| "/".to_owned());
        Layout::now(&self.app, locale, &self.reference, &path)
    }

    /// The answer: a bare one is replaced by one for its reader.
    pub(crate) fn answered(&self, bare: Response) -> Response {
        let status = bare.status();
        if self.reader == Reader::Tool || !is_bare(&bare) {
            return bare;
        }
        let fault = bare.extensions().get::<BodyFault>();
        if fault == Some(&BodyFault::NoMemory) {
            tracing::info!("server.request_memory is used up, or the share of one network: a large request was refused");
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!("a request took longer than server.request_timeout");
        }
        let mut response = match self.reader {
            Reader::Client => error(status),
            Reader::Person | Reader::Tool => refuse(self.layout(), kind(status), Vec::new(), None),
        };
        *response.status_mut() = status;
        // RFC 9110 §15.5.6.
        if let Some(allow) = bare.headers().get(header::ALLOW) {
            response.headers_mut().insert(header::ALLOW, allow.clone());
        }
        response
    }
}

/// Whether the framework made it, without text for its reader. A 401 says everything in its header (RFC 6750 §3.1).
fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_text = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    is_text && (status.is_client_error() || status.is_server_error()) && status != StatusCode::UNAUTHORIZED
}

fn kind(status: StatusCode) -> RefusalKind {
    match status {
        StatusCode::NOT_FOUND => RefusalKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => RefusalKind::OtherMethod,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => RefusalKind::TooLarge,
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => RefusalKind::TooSlow,
        status if status.is_server_error() => RefusalKind::Server,
        _ => RefusalKind::BadRequest,
    }
}

fn error(status: StatusCode) -> Response {
    let error = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            OAuthError::invalid_request("this endpoint does not support this method; the Allow header lists the methods")
        }
        StatusCode::NOT_FOUND => OAuthError::invalid_request("there is no endpoint at this address: see the discovery document"),
        StatusCode::PAYLOAD_TOO_LARGE => OAuthError::invalid_request("the request is larger than this endpoint accepts"),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            OAuthError::invalid_request("the header lines of the request are longer or more than this server accepts")
        }
        StatusCode::REQUEST_TIMEOUT => OAuthError::invalid_request("the request did not come in whole in time; send it again"),
        StatusCode::SERVICE_UNAVAILABLE => OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, "try again in a moment"),
        status if status.is_server_error() => OAuthError::new(OAuthErrorCode::ServerError, "try again in a moment"),
        _ => OAuthError::invalid_request("the request cannot be read"),
    };
    let mut response = json_no_store(status, &error);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(BREATH.as_secs()));
    }
    response
}
