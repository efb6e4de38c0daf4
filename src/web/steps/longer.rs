//! `POST …/longer`: more time before the interaction ends (WCAG 2.2 §2.2.1), by one press, with and without scripts.

use crate::app::App;
use crate::flows::interaction::open::NotKept;
use crate::oidc::params::Params;
use crate::web::answer::{json_no_store, see_other};
use crate::web::layout::TimeLeft;
use crate::web::steps::Step;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

/// The pages that the form returns to: those of `GET`.
const PAGES: [&str; 5] = ["", "/sign-in", "/prove", "/recovery", "/stopped"];

/// More time. A script gets the new end and leaves the page as it is; without a script the page is loaded again.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    // The outcome of the last form stays: the page that shows it is shown again.
    let mut step = Step::enter_by_form_that_changes_nothing(&app, &visitor, &id, &form).await?;
    match step.open.extend(&app).await {
        Ok(()) | Err(NotKept::Overtaken) => {}
        Err(NotKept::Unavailable(cause)) => return Err(step.broken(&cause)),
    }
    if form.get("by") == Some("script") {
        let layout = step.layout(&step.address(""));
        let (left, ends) = layout.time.map_or((0, String::new()), |TimeLeft { seconds, ends, .. }| (seconds, ends));
        return Ok(json_no_store(StatusCode::OK, &json!({ "left": left, "ends": ends })));
    }
    let page = form.get("page").unwrap_or_default();
    let page = PAGES.iter().map(|known| step.address(known)).find(|known| known == page);
    Ok(page.map_or_else(|| step.on(), |page| see_other(&page)))
}
