//! Room `web/` (floor *web*): HTTP and pages; thin.
//!
//! [`routes`] is the one table of every URL. [`endpoints`] are the endpoints of the standards (those of clients in
//! `endpoints/clients/`), [`steps`] the pages under `/interaction/{id}`; each handler reads the wire, calls one story of `flows/` and
//! answers through [`answer`]. `pages/` has view models beside their templates, `layout/` the frame around them, `locales/` every
//! sentence, `assets/` what a page loads, `server/` the listener.
//!
//! Not here: decisions (`flows/`), rules of the protocol (`oidc/`). This room does not import `store/`, `transient/` or `db/`.
//!
//! Start with [`routes`], then [`visitor`] (what a handler knows of the browser) and [`answer`].

pub(crate) mod answer;
pub(crate) mod client_endpoint;
pub(crate) mod cookies;
pub(crate) mod dates;
pub(crate) mod endpoints;
pub(crate) mod faults;
pub mod layout;
pub mod pages;
pub mod server;
pub(crate) mod steps;
pub mod translate;
pub(crate) mod visitor;

use crate::app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// Every URL of the product.
pub fn routes(app: &Arc<App>) -> Router {
    use crate::oidc::paths;
    use crate::web::endpoints::clients::{ciba, device_authorization, introspect, par, register, revoke, token, userinfo};
    use crate::web::endpoints::{
        approve, authorize, check_session, developers, device as device_page, discovery, health, logout, notices, window,
    };
    use crate::web::server::head::page;
    Router::new()
        .route("/", get(window::window))
        .route(paths::DEVELOPERS, get(developers::first))
        .route("/developers/{name}", get(developers::other))
        .route("/privacy", get(notices::privacy))
        .route("/accessibility", get(notices::accessibility))
        .route("/password", get(notices::password))
        .route("/.well-known/change-password", get(notices::change_password))
        .route(paths::DISCOVERY, get(discovery::configuration))
        .route(paths::OAUTH_METADATA, get(discovery::configuration))
        .route(paths::JWKS, get(discovery::jwks))
        .route(paths::AUTHORIZE, page(authorize::get).post(authorize::post))
        .route("/authorize/parked/{name}", page(authorize::resumed))
        .route(paths::PAR, post(par::par))
        .route(paths::TOKEN, post(token::token))
        .route(paths::DEVICE_AUTHORIZATION, post(device_authorization::post))
        .route(paths::DEVICE, page(device_page::get).post(device_page::post))
        .route("/device/allowed", page(device_page::allowed))
        .route("/device/refused", page(device_page::refused))
        .route(paths::CIBA, post(ciba::post))
        .route(paths::APPROVE, page(approve::list).post(approve::post))
        .route("/approve/allowed", page(approve::allowed))
        .route("/approve/refused", page(approve::refused))
        .route("/approve/{id}", page(approve::open))
        .route(paths::REVOKE, post(revoke::revoke))
        .route(paths::INTROSPECT, post(introspect::introspect))
        .route(paths::USERINFO, get(userinfo::get).post(userinfo::post))
        .route(paths::END_SESSION, page(logout::get).post(logout::post))
        .route("/logout/parked/{name}", page(logout::resumed))
        .route("/logout/confirm", page(logout::get).post(logout::confirmed))
        .route(paths::CHECK_SESSION, get(check_session::frame))
        .route(paths::REGISTER, post(register::post))
        .route("/register/{client_id}", get(register::get).put(register::put).delete(register::delete))
        .merge(interaction_routes())
        .route("/assets/{name}", get(crate::edge::assets::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(crate::web::server::layers::not_found)
        .with_state(Arc::clone(app))
}

/// The pages of an interaction and their forms. A `GET` of a form's address, after a reload of what an older version answered there,
/// leads to the current page.
fn interaction_routes() -> Router<Arc<App>> {
    use crate::web::server::head::page;
    use crate::web::steps::{
        authenticator, cancel, code, consent, device, longer, more_evidence, outcome, passkey, proofing, recovery_codes, show,
        sign_in,
    };
    Router::new()
        .route("/interaction/{id}", page(show::show))
        .route("/interaction/{id}/longer", page(show::show).post(longer::submit))
        .route("/interaction/{id}/stopped", page(outcome::stopped))
        .route("/interaction/{id}/sign-in", page(sign_in::form).post(sign_in::password))
        .route("/interaction/{id}/recovery", page(sign_in::recovery_form).post(sign_in::recovery))
        .route("/interaction/{id}/passkey/options", page(passkey::options))
        .route("/interaction/{id}/passkey", page(show::show).post(passkey::submit))
        .route("/interaction/{id}/cancel", page(show::show).post(cancel::submit))
        .route("/interaction/{id}/prove", page(proofing::form).post(proofing::submit))
        .route("/interaction/{id}/code", page(show::show).post(code::submit))
        .route("/interaction/{id}/code/again", page(show::show).post(code::again))
        .route("/interaction/{id}/authenticator", page(show::show).post(authenticator::password))
        .route("/interaction/{id}/passkey/new", page(authenticator::options).post(authenticator::passkey))
        .route("/interaction/{id}/card", page(show::show).post(more_evidence::card))
        .route("/interaction/{id}/letter", page(show::show).post(more_evidence::letter))
        .route("/interaction/{id}/letter/code", page(show::show).post(more_evidence::letter_code))
        .route("/interaction/{id}/wait", page(show::show).post(more_evidence::wait_for_it))
        .route("/interaction/{id}/recovery-codes", page(recovery_codes::download))
        .route("/interaction/{id}/codes-kept", page(show::show).post(authenticator::kept))
        .route("/interaction/{id}/device", page(show::show).post(device::submit))
        .route("/interaction/{id}/consent", page(show::show).post(consent::submit))
}

/// What surrounds every route, the demo's own included.
pub fn surround(app: &Arc<App>, routes: Router) -> Router {
    routes
        .layer(DefaultBodyLimit::max(app.settings.server.body_limit))
        .layer(CatchPanicLayer::custom(crate::web::server::layers::caught))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.settings.server.request_timeout))
        .layer(from_fn_with_state(Arc::clone(app), crate::web::server::layers::around))
}
