//! `GET` and `POST /logout`, and the person's answer (OpenID Connect RP-Initiated Logout 1.0).

use crate::app::App;
use crate::flows::session::log_out::{Asked, LogoutRefused, SignedOut, ask, confirm};
use crate::flows::session::session_end::LogoutScope;
use crate::oidc::logout::request::LogoutRequest;
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::web::answer::{broken, page, page_leading_to, page_with_frames, refuse_plainly, see_other};
use crate::web::cookies;
use crate::web::endpoints::resume_form::{park_form, taken_up};
use crate::web::layout::{FormPart, Link};
use crate::web::pages::logged_out::{Ended, LoggedOut};
use crate::web::pages::logout::Logout;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::agency_name;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Asks the person.
pub async fn get(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    answer(&app, &visitor, &Params::parse(query.as_deref().unwrap_or_default()), visitor.path()).await
}

/// Asks the person, too: §2 wants both methods. A form from another site comes without cookies, whoever sent it: it is looked at when the
/// browser brings them, or the person would be told to be signed out while the session lives.
pub async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Response {
    if visitor.is_unknown() {
        return park_form(&app, &visitor, paths::END_SESSION, &body).await;
    }
    answer(&app, &visitor, &Params::from_form(&body), paths::END_SESSION).await
}

/// `GET /logout/parked/{name}`: the browser comes for the answer to its form. Nothing is parked from here, so it ends.
pub async fn parked(State(app): State<Arc<App>>, visitor: Visitor, Path(name): Path<String>) -> Response {
    match taken_up(&app, paths::END_SESSION, &name).await {
        Ok(Some(form)) => answer(&app, &visitor, &form, paths::END_SESSION).await,
        // Asked for again: the question still stands, only the way back is not known any more.
        Ok(None) => see_other(paths::END_SESSION),
        Err(cause) => broken(&visitor, &cause),
    }
}

/// The language switch of the page goes to `path`.
async fn answer(app: &App, visitor: &Visitor, params: &Params, path: &str) -> Response {
    let request = match LogoutRequest::parse(params) {
        Ok(request) => request,
        Err(error) => {
            tracing::info!(reason = %error, "sign-out request refused");
            return refuse_plainly(visitor, RefusalKind::BadRequest);
        }
    };
    let layout = visitor.layout_at(&request.ui_locales, path);
    match ask(app, &request, visitor.session.as_ref()).await {
        Ok(Asked::Confirm { ticket, back }) => {
            let agency = back.as_ref().map(|back| agency_name(app, back.client.as_str(), layout.locale));
            let stay = back.as_ref().map_or_else(|| "/".to_owned(), |back| back.uri.clone());
            let form = FormPart::new("/logout/confirm", ticket);
            page_leading_to(StatusCode::OK, &Logout { layout, form, agency, stay }, back.as_ref().map(|back| back.uri.as_str()))
        }
        Ok(Asked::NobodyHere { back: Some(back) }) => see_other(&back.uri),
        Ok(Asked::NobodyHere { back: None }) => {
            page(StatusCode::OK, &LoggedOut { layout, ended: Ended::ThisSession, back: None, frames: Vec::new() })
        }
        Err(refused) => refuse(visitor, &refused),
    }
}

/// The person's answer.
pub async fn confirmed(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let (scope, ended) = match form.get("scope") {
        Some("all") => (LogoutScope::Everywhere, Ended::EverySession),
        _ => (LogoutScope::Session, Ended::ThisSession),
    };
    match confirm(&app, form.get("csrf").unwrap_or_default(), visitor.session.as_ref(), scope, visitor.origin).await {
        Ok(done) => {
            let mut response = signed_out(&app, &visitor, ended, done);
            cookies::Names::of(&app).clear_session(response.headers_mut());
            response
        }
        Err(refused) => refuse(&visitor, &refused),
    }
}

/// Whoever came from an agency goes back there at once, or when the frames of the other agencies are through; the others see that it
/// is done.
fn signed_out(app: &App, visitor: &Visitor, ended: Ended, done: SignedOut) -> Response {
    let layout = visitor.layout_at(&[], "/logout");
    match done.back {
        Some(back) if done.frames.is_empty() => see_other(&back.uri),
        back => {
            let back = back.map(|back| Link { name: agency_name(app, back.client.as_str(), layout.locale), uri: back.uri });
            page_with_frames(&LoggedOut { layout, ended, back, frames: done.frames.clone() }, &done.frames)
        }
    }
}

fn refuse(visitor: &Visitor, refused: &LogoutRefused) -> Response {
    match refused {
        LogoutRefused::Broken(cause) => broken(visitor, cause),
        LogoutRefused::BadRedirect(_) => refuse_plainly(visitor, RefusalKind::BadRedirect),
        LogoutRefused::BadHint | LogoutRefused::Forged => {
            tracing::info!(reason = %refused, "sign-out refused");
            refuse_plainly(visitor, RefusalKind::BadRequest)
        }
    }
}
