//! `GET /session/check`: the frame in which clients' pages learn that the session changed (OpenID Connect Session Management 1.0
//! §3.2).

use crate::edge::assets;
use crate::web::server::layers::Framable;
use crate::web::visitor::Visitor;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// One script of ours and nothing else. Any page may embed it: a page learns only whether the session state that it already has
/// is current.
const POLICY: &str = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

/// The frame.
pub(crate) async fn frame(visitor: Visitor) -> Result<Response, Response> {
    if visitor.is_framed_by_another_site() {
        tracing::info!(
            "the check_session frame was loaded by a page of another site: browsers that block third-party cookies answer error there; \
             back-channel logout works in all of them"
        );
    }
    let script = assets::url("check-session.js");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title></title><script src=\"{script}\"></script></head></html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    let mut response = (StatusCode::OK, headers, html).into_response();
    response.extensions_mut().insert(Framable);
    Ok(response)
}
