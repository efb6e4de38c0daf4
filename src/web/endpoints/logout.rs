//! `GET` and `POST /logout`, and the person's answer (OpenID Connect RP-Initiated Logout 1.0).

use crate::app::App;
use crate::flows::authorization::leave::Leave;
use crate::flows::session::log_out::{LogoutQuestion, LogoutRefused, SignedOut, WayBack, ask, confirm};
use crate::flows::session::session_end::LogoutScope;
use crate::oidc::logout::request::LogoutRequest;
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::web::answer::{broken, leaving, page, page_leading_to, page_with_frames, refuse_plainly, see_other};
use crate::web::cookies;
use crate::web::endpoints::resume_form::{resume_form, set_aside_form};
use crate::web::layout::{FormPart, Link};
use crate::web::pages::leaving::Onward;
use crate::web::pages::logged_out::{Ended, LoggedOut, Passing};
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
pub(crate) async fn get(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Response> {
    answer(&app, &visitor, &Params::parse(query.as_deref().unwrap_or_default()), visitor.path()).await
}

/// Asks the person, too: §2 requires both methods. A form from a page of another site carries no cookies, so it is set aside
/// until the browser returns with them. Otherwise the page would say that the person is signed out while the session lives.
pub(crate) async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<Response, Response> {
    if visitor.is_unknown() {
        return set_aside_form(&app, &visitor, paths::END_SESSION, &body).await;
    }
    answer(&app, &visitor, &Params::from_form(&body), paths::END_SESSION).await
}

/// `GET /logout/parked/{name}`: the browser comes for the answer to its form. This request never sets a form aside,
/// so there is no endless redirect.
pub(crate) async fn resumed(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Response> {
    match resume_form(&app, paths::END_SESSION, &name).await.map_err(|cause| broken(&visitor, &cause))? {
        Some(form) => answer(&app, &visitor, &form, paths::END_SESSION).await,
        // Loaded a second time: the person is asked again, only the way back to the client is not known any more.
        None => Ok(see_other(paths::END_SESSION)),
    }
}

/// Answers the request. The language switch of the page links to `path`.
async fn answer(app: &App, visitor: &Visitor, params: &Params, path: &str) -> Result<Response, Response> {
    let request = LogoutRequest::parse(params).map_err(|error| {
        tracing::info!(reason = %error, "sign-out request refused");
        refuse_plainly(visitor, RefusalKind::BadRequest)
    })?;
    let layout = visitor.layout_at(&request.ui_locales, path);
    Ok(match ask(app, &request, visitor.session.as_ref()).await.map_err(|refused| refuse(visitor, &refused))? {
        LogoutQuestion::Confirm { ticket, way } => {
            let back = way.back();
            let agency = back.map(|back| agency_name(app, back.client.as_str(), layout.locale));
            let stay = back.map_or_else(|| "/".to_owned(), |back| back.uri.clone());
            let form = FormPart::new("/logout/confirm", ticket);
            let unnamed = matches!(way, WayBack::ClientNotNamed);
            page_leading_to(StatusCode::OK, &Logout { layout, form, agency, unnamed, stay }, back.map(|back| back.uri.as_str()))
        }
        LogoutQuestion::NobodyHere { way: WayBack::To(back), leave: Leave::AtOnce } => see_other(&back.uri),
        LogoutQuestion::NobodyHere { way: WayBack::To(back), leave: Leave::AfterPage } => {
            let agency = agency_name(app, back.client.as_str(), layout.locale);
            leaving(layout, agency, Onward::Link(back.uri))
        }
        LogoutQuestion::NobodyHere { way, .. } => {
            let unnamed = matches!(way, WayBack::ClientNotNamed);
            let (ended, onward) = (Ended::ThisSession, Passing::Stays);
            page(StatusCode::OK, &LoggedOut { layout, ended, back: None, onward, unnamed, frames: Vec::new() })
        }
    })
}

/// What the person decided.
pub(crate) async fn confirmed(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let (scope, ended) = match form.get("scope") {
        Some("all") => (LogoutScope::Everywhere, Ended::EverySession),
        _ => (LogoutScope::Session, Ended::ThisSession),
    };
    let done = confirm(&app, form.get("csrf").unwrap_or_default(), visitor.session.as_ref(), scope, visitor.origin).await;
    let done = done.map_err(|refused| refuse(&visitor, &refused))?;
    let mut response = signed_out(&app, &visitor, ended, done);
    cookies::Names::of(&app).clear_session(response.headers_mut());
    Ok(response)
}

/// A person who came from an agency is sent back there: at once, or after the frames of the other agencies have loaded. Every
/// other person gets a page that confirms the sign-out.
fn signed_out(app: &App, visitor: &Visitor, ended: Ended, done: SignedOut) -> Response {
    let layout = visitor.layout_at(&[], "/logout");
    match done.back {
        Some(back) if done.frames.is_empty() && done.leave == Leave::AtOnce => see_other(&back.uri),
        back => {
            let back = back.map(|back| Link { name: agency_name(app, back.client.as_str(), layout.locale), uri: back.uri });
            let onward = match done.leave {
                Leave::AtOnce => Passing::Through,
                Leave::AfterPage => Passing::Stays,
            };
            let logged_out = LoggedOut { layout, ended, back, onward, unnamed: false, frames: done.frames.clone() };
            page_with_frames(&logged_out, &done.frames)
        }
    }
}

fn refuse(visitor: &Visitor, refused: &LogoutRefused) -> Response {
    match refused {
        LogoutRefused::Unavailable(cause) => broken(visitor, cause),
        LogoutRefused::BadRedirect(_) => {
            tracing::info!(reason = %refused, "sign-out refused");
            refuse_plainly(visitor, RefusalKind::BadRedirect)
        }
        LogoutRefused::Forged => {
            tracing::info!(reason = %refused, "sign-out refused");
            refuse_plainly(visitor, RefusalKind::BadRequest)
        }
    }
}
