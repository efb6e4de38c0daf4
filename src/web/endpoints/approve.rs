//! `GET /approve` and `GET /approve/{id}`: what agencies ask of a person (OpenID Connect CIBA Core §7.2).

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::flows::cross_device::approve::{Waiting, open_approval, waiting};
use crate::identity::id::ApprovalId;
use crate::web::answer::{broken, page, refuse_plainly, see_other};
use crate::web::cookies;
use crate::web::layout::Link;
use crate::web::locale::Locale;
use crate::web::pages::approvals::Approvals;
use crate::web::pages::decided::{Decided, Ending};
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::{in_language, name_of};
use crate::web::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The requests that wait for the signed-in person.
pub(crate) async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let mut layout = visitor.layout(&[]);
    let asked = waiting(&app, visitor.session.as_ref()).await.map_err(|cause| broken(&visitor, &cause))?;
    let found = asked.map_or_else(Vec::new, |(account, found)| {
        layout.person = Some(name_of(&account, layout.locale));
        found
    });
    let waiting = links(&found, layout.locale);
    let mut response = page(StatusCode::OK, &Approvals { layout, waiting });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    Ok(response)
}

/// Opens one of them in an interaction of this browser.
pub(crate) async fn open(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let nothing_asked = || refuse_plainly(&visitor, RefusalKind::NothingAsked);
    let approval = id.parse::<ApprovalId>().map_err(|_| nothing_asked())?;
    let opened = open_approval(&app, &visitor.browser(), approval).await.map_err(|error| match error {
        Throttled::TooMany { retry_after } => refuse_plainly(&visitor, RefusalKind::TooManyTries { wait: retry_after }),
        Throttled::Unavailable(cause) => broken(&visitor, &cause),
    })?;
    let (id, browser) = opened.ok_or_else(nothing_asked)?;
    let mut response = see_other(&format!("/interaction/{id}"));
    if let Some(browser) = browser {
        cookies::Names::of(&app).set_binding(response.headers_mut(), &browser);
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
