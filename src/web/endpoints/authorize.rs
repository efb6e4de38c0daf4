//! `GET` and `POST /authorize` (OpenID Connect Core §3.1.2.1).

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::flows::authorization::authorize::{AuthorizeRefusal, Authorized, authorize};
use crate::oidc::authorization::request::PageProblem;
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::web::answer::{broken, refuse_plainly, see_other, to_client};
use crate::web::cookies;
use crate::web::endpoints::resume_form::{park_form, taken_up};
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::agency_name;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

/// By redirect.
pub async fn get(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    answer(&app, &visitor, &Params::parse(query.as_deref().unwrap_or_default())).await
}

/// By form. One from another site comes without cookies, whoever sent it: it is looked at when the browser brings them, and until then it
/// gets none that would take the place of one that it has.
pub async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Response {
    if visitor.is_unknown() {
        return park_form(&app, &visitor, paths::AUTHORIZE, &body).await;
    }
    answer(&app, &visitor, &Params::from_form(&body)).await
}

/// `GET /authorize/parked/{name}`: the browser comes for the answer to its form. Nothing is parked from here, so it ends.
pub async fn parked(State(app): State<Arc<App>>, visitor: Visitor, Path(name): Path<String>) -> Response {
    match taken_up(&app, paths::AUTHORIZE, &name).await {
        Ok(Some(form)) => answer(&app, &visitor, &form).await,
        Ok(None) => refuse_plainly(&visitor, RefusalKind::RequestGone),
        Err(cause) => broken(&visitor, &cause),
    }
}

async fn answer(app: &App, visitor: &Visitor, params: &Params) -> Response {
    match authorize(app, &visitor.browser(), params).await {
        Ok(Authorized::Respond(response)) => {
            let layout = visitor.layout_at(&[], "/");
            let agency = params.get("client_id").map(|id| agency_name(app, id, layout.locale)).unwrap_or_default();
            to_client(&response, layout, agency)
        }
        Ok(Authorized::Interact { id, browser }) => {
            let mut response = see_other(&format!("/interaction/{id}"));
            if let Some(browser) = browser {
                cookies::Names::of(app).set_binding(response.headers_mut(), &browser);
            }
            response
        }
        Err(AuthorizeRefusal::Request(problem)) => {
            tracing::info!(problem = problem.name(), "authorization request refused");
            let kind = match problem {
                PageProblem::MissingClientId | PageProblem::UnknownClient => RefusalKind::UnknownClient,
                PageProblem::MissingRedirectUri | PageProblem::BadRedirectUri => RefusalKind::BadRedirect,
                PageProblem::BadRequestUri => RefusalKind::RequestGone,
            };
            refuse_plainly(visitor, kind)
        }
        Err(AuthorizeRefusal::Object(reason)) => {
            tracing::info!(%reason, "authorization request refused");
            refuse_plainly(visitor, RefusalKind::BadRequest)
        }
        Err(AuthorizeRefusal::Throttled(Throttled::TooMany { retry_after })) => {
            refuse_plainly(visitor, RefusalKind::TooManyTries { wait: retry_after })
        }
        Err(AuthorizeRefusal::Throttled(Throttled::Broken(cause)) | AuthorizeRefusal::Broken(cause)) => broken(visitor, &cause),
    }
}
