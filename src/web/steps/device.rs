//! `POST …/device`: whether the code on the page is the one that the device shows (RFC 8628 §3.3.1).

use crate::app::App;
use crate::flows::cross_device::device::{Comparison, compare};
use crate::flows::interaction::dispatcher::Next;
use crate::oidc::params::Params;
use crate::web::steps::{Step, answered};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// Anything but an explicit `mine` is a denial.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let comparison = if form.get("comparison") == Some("mine") { Comparison::Mine } else { Comparison::NotMine };
    let next = compare(&app, step.open.clone(), comparison).await.map_err(|gone| step.over(&gone))?;
    Ok(match next {
        Some(Next::Answered(how)) => answered(&step, how),
        _ => step.on(),
    })
}
