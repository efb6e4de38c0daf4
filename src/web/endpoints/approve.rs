//! `GET` and `POST /approve`, `GET /approve/{id}`: what agencies ask of a person (OpenID Connect CIBA Core §7.2).

use crate::app::App;
use crate::app::throttle::{Throttled, user_codes_closed};
use crate::flows::cross_device::approve::{Waiting, approval_of_typed, open_approval, waiting};
use crate::flows::cross_device::device::CodeRefused;
use crate::identity::id::ApprovalId;
use crate::locale::Locale;
use crate::oidc::params::Params;
use crate::records::outcome::Stop;
use crate::web::answer::{broken, page, refuse, refuse_plainly, see_other};
use crate::web::cookies;
use crate::web::layout::Link;
use crate::web::pages::approvals::{Approvals, Entered};
use crate::web::pages::decided::{Decided, Ending};
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::{in_language, name_of};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The requests that wait for the signed-in person, and the form for the code in a message. No code is read out of the URL, which
/// histories and logs of proxies keep, and which a picture on any site could open. A refused code is answered by a redirect to here (303, RFC 9110 §15.4.4), so that a reload counts no further attempt.
pub(crate) async fn list(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Response> {
    let query = Params::parse(query.as_deref().unwrap_or_default());
    let refused = query.get("refused");
    if refused == Some("closed")
        && let Some(wait) =
            user_codes_closed(&app, visitor.address, app.clock.now()).await.map_err(|cause| broken(&visitor, &cause))?
    {
        return Ok(refuse(visitor.layout(&[]), RefusalKind::Stopped(Stop::TooManyTries { wait }), Vec::new(), None));
    }
    let entered = if refused == Some("wrong") { Entered::Wrong } else { Entered::Nothing };
    let mut layout = visitor.layout(&[]);
    let asked = waiting(&app, visitor.session.as_ref()).await.map_err(|cause| broken(&visitor, &cause))?;
    let found = asked.map_or_else(Vec::new, |(account, found)| {
        layout.person = Some(name_of(&account, layout.locale));
        found
    });
    let waiting = links(&found, layout.locale);
    let status = if entered == Entered::Wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = page(status, &Approvals { layout, waiting, entered });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    Ok(response)
}

/// The typed code. It decides nothing, so it may come from a page of any site.
pub(crate) async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<Response, Response> {
    enter(&app, &visitor, Params::from_form(&body).get("code").unwrap_or_default()).await
}

async fn enter(app: &App, visitor: &Visitor, typed: &str) -> Result<Response, Response> {
    match approval_of_typed(app, typed, visitor.address).await {
        Ok(approval) => begin(app, visitor, approval).await,
        Err(CodeRefused::NoCode | CodeRefused::Unknown) => Err(see_other("/approve?refused=wrong")),
        Err(CodeRefused::Throttled(Throttled::TooMany { .. })) => Err(see_other("/approve?refused=closed")),
        Err(CodeRefused::Throttled(Throttled::Unavailable(cause)) | CodeRefused::Unavailable(cause)) => {
            Err(broken(visitor, &cause))
        }
    }
}

/// Opens one of them in an interaction of this browser.
pub(crate) async fn open(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let approval = id.parse::<ApprovalId>().map_err(|_| refuse_plainly(&visitor, RefusalKind::NothingAsked))?;
    begin(&app, &visitor, approval).await
}

async fn begin(app: &App, visitor: &Visitor, approval: ApprovalId) -> Result<Response, Response> {
    let nothing_asked = || refuse_plainly(visitor, RefusalKind::NothingAsked);
    let opened = open_approval(app, &visitor.browser(), approval).await.map_err(|error| match error {
        Throttled::TooMany { retry_after } => {
            refuse_plainly(visitor, RefusalKind::Stopped(Stop::TooManyTries { wait: retry_after }))
        }
        Throttled::Unavailable(cause) => broken(visitor, &cause),
    })?;
    let (id, browser) = opened.ok_or_else(nothing_asked)?;
    let mut response = see_other(&format!("/interaction/{id}"));
    if let Some(browser) = browser {
        cookies::Names::of(app).set_binding(response.headers_mut(), &browser);
    }
    Ok(response)
}

/// The last page after the person allowed it.
pub(crate) async fn allowed(visitor: Visitor) -> Result<Response, Response> {
    Ok(page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::AskAllowed }))
}

/// The last page after the person denied it.
pub(crate) async fn refused(visitor: Visitor) -> Result<Response, Response> {
    Ok(page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::AskRefused }))
}

/// The agencies that ask, each with the address of its question.
pub(crate) fn links(found: &[Waiting], locale: Locale) -> Vec<Link> {
    let link = |waiting: &Waiting| Link {
        name: in_language(&waiting.client.name, locale),
        uri: format!("/approve/{}", waiting.approval),
    };
    found.iter().map(link).collect()
}
