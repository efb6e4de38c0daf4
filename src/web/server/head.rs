//! `HEAD` asks about an address and changes nothing (RFC 9110 §9.2.1, §9.3.2).
//!
//! The router would answer it by the handler of `GET`. But a `GET` of a page is a step of a sign-in here: it may issue a code, use up a
//! pushed request, begin an interaction. Link scanners and mail programs send `HEAD` to links that they find. So a page is routed by
//! [`page`], which runs no handler for `HEAD`. Plain `get` is for what only reads.

use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::{MethodRouter, get};

/// Routes `GET` to a handler that may change something, and `HEAD` to none.
pub(crate) fn page<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    get(handler).head(unchanged)
}

/// A page is there. What it would say is found out by its step only.
async fn unchanged() -> [(HeaderName, HeaderValue); 2] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]
}
