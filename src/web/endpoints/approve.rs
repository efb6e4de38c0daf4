//! `GET /approve` and `GET /approve/{id}`: what agencies ask of a person (OpenID Connect CIBA Core §7.2).

use crate::app::App;
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

/// What waits for whoever is signed in.
pub async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let mut layout = visitor.layout(&[]);
    let found = match waiting(&app, visitor.session.as_ref()).await {
        Ok(Some((account, found))) => {
            layout.person = Some(name_of(&account.person, layout.locale));
            found
        }
        Ok(None) => Vec::new(),
        Err(cause) => return broken(&visitor, &cause),
    };
    let waiting = links(&found, layout.locale);
    let mut response = page(StatusCode::OK, &Approvals { layout, waiting });
    if let Some(switched) = visitor.switched {
        cookies::set_language(response.headers_mut(), switched);
    }
    response
}

/// One of them, in an interaction of this browser.
pub async fn open(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Response {
    let Ok(approval) = id.parse::<ApprovalId>() else { return refuse_plainly(&visitor, RefusalKind::NothingAsked) };
    match open_approval(&app, &visitor.browser(), approval).await {
        Ok(Some((id, browser))) => {
            let mut response = see_other(&format!("/interaction/{id}"));
            if let Some(browser) = browser {
                cookies::Names::of(&app).set_binding(response.headers_mut(), &browser);
            }
            response
        }
        Ok(None) => refuse_plainly(&visitor, RefusalKind::NothingAsked),
        Err(cause) => broken(&visitor, &cause),
    }
}

/// Where a person ends who allowed it.
pub async fn allowed(visitor: Visitor) -> Response {
    page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::AskAllowed })
}

/// Where a person ends who did not.
pub async fn refused(visitor: Visitor) -> Response {
    page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::AskRefused })
}

/// The agencies that ask, each with the address of its question.
pub fn links(found: &[Waiting], locale: Locale) -> Vec<Link> {
    let link = |waiting: &Waiting| Link {
        name: in_language(&waiting.client.name, locale),
        uri: format!("/approve/{}", waiting.approval),
    };
    found.iter().map(link).collect()
}
