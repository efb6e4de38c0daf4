//! `GET` and `POST /authorize` (OpenID Connect Core §3.1.2.1).

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::client::words::ClientId;
use crate::flows::authorization::authorize::{AuthorizeRefusal, Authorized, authorize};
use crate::flows::authorization::leave::Leave;
use crate::oidc::authorization::prompt::Display;
use crate::oidc::authorization::request::PageProblem;
use crate::oidc::authorization::response::{AuthorizationResponse, to_query_redirect};
use crate::oidc::authorization::response_mode::Carrier;
use crate::oidc::claims::locale::language_tags;
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::records::outcome::Stop;
use crate::web::answer::{broken, leaving, refuse_plainly, see_other, to_client};
use crate::web::cookies;
use crate::web::endpoints::resume_form::{resume_form, set_aside_form};
use crate::web::pages::leaving::Onward;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::{agency_name, in_language};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

/// The request as a redirect (GET).
pub(crate) async fn get(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Response> {
    answer(&app, &visitor, &Params::parse(query.as_deref().unwrap_or_default())).await
}

/// The request as a form (POST). A form from a page of another site carries no cookies (SameSite), so it is set aside until the
/// browser returns with its cookies. Before that no cookie is set: it would replace one that the browser has.
pub(crate) async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    visitor.shows(display(&form));
    if visitor.is_unknown() {
        return set_aside_form(&app, &visitor, paths::AUTHORIZE, &body).await;
    }
    answer(&app, &visitor, &form).await
}

/// `GET /authorize/parked/{name}`: the browser comes for the answer to its form. This request never sets a form
/// aside, so there is no endless redirect.
pub(crate) async fn resumed(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Response> {
    let form = resume_form(&app, paths::AUTHORIZE, &name).await.map_err(|cause| broken(&visitor, &cause))?;
    let form = form.ok_or_else(|| refuse_plainly(&visitor, RefusalKind::RequestGone))?;
    answer(&app, &visitor, &form).await
}

async fn answer(app: &App, visitor: &Visitor, params: &Params) -> Result<Response, Response> {
    visitor.shows(display(params));
    match authorize(app, &visitor.browser(), params).await.map_err(|refusal| refused(visitor, params, &refusal))? {
        Authorized::Respond { response, display } => {
            visitor.shows(display);
            let layout = visitor.layout_at(&[], "/");
            let agency = params.get("client_id").map(|id| agency_name(app, id, layout.locale)).unwrap_or_default();
            Ok(to_client(&response, layout, agency))
        }
        Authorized::Unasked { response, leave, client, display } => {
            visitor.shows(display);
            let layout = visitor.layout_at(&language_tags(params.get("ui_locales")), visitor.path());
            let agency = in_language(&client.name, layout.locale);
            Ok(match leave {
                Leave::AtOnce => to_client(&response, layout, agency),
                Leave::AfterPage => leaving(layout, agency, onward(&response)),
            })
        }
        Authorized::Interact { id, browser, display } => {
            visitor.shows(display);
            let mut response = see_other(&format!("/interaction/{id}"));
            if let Some(browser) = browser {
                cookies::Names::of(app).set_binding(response.headers_mut(), &browser);
            }
            Ok(response)
        }
    }
}

/// The same way to the client, at a press.
fn onward(response: &AuthorizationResponse) -> Onward {
    match response.carrier {
        Carrier::Query => Onward::Link(to_query_redirect(&response.redirect_uri, &response.params)),
        Carrier::Form => Onward::Form { action: response.redirect_uri.clone(), fields: response.fields() },
    }
}

/// The wish for the look of the pages, where it stands in the parameters themselves.
fn display(params: &Params) -> Display {
    Display::from_name(params.get("display"))
}

fn refused(visitor: &Visitor, params: &Params, refusal: &AuthorizeRefusal) -> Response {
    // An id of another form may be anything: it is not repeated.
    let client = params.get("client_id").and_then(ClientId::parse);
    let client = client.as_ref().map(tracing::field::display);
    match refusal {
        AuthorizeRefusal::Request(problem) => {
            tracing::info!(client, problem = problem.name(), reason = %problem, "authorization request rejected");
            let kind = match problem {
                PageProblem::MissingClientId | PageProblem::UnknownClient => RefusalKind::UnknownClient,
                PageProblem::MissingRedirectUri | PageProblem::BadRedirectUri => RefusalKind::BadRedirect,
                PageProblem::BadRequestUri => RefusalKind::RequestGone,
            };
            refuse_plainly(visitor, kind)
        }
        AuthorizeRefusal::Object(reason) => {
            tracing::info!(client, %reason, "authorization request rejected");
            refuse_plainly(visitor, RefusalKind::BadRequest)
        }
        AuthorizeRefusal::Throttled(Throttled::TooMany { retry_after }) => {
            refuse_plainly(visitor, RefusalKind::Stopped(Stop::TooManyTries { wait: *retry_after }))
        }
        AuthorizeRefusal::Throttled(Throttled::Unavailable(cause)) | AuthorizeRefusal::Unavailable(cause) => {
            broken(visitor, cause)
        }
    }
}
