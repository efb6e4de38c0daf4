//! `POST …/cancel`: back to the client without signing in.

use crate::app::App;
use crate::flows::interaction::cancel::cancel;
use crate::flows::interaction::dispatcher::Next;
use crate::oidc::params::Params;
use crate::web::answer::to_client;
use crate::web::steps::{Step, answered};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// It takes a form with the interaction's CSRF token, so no other site can send a person away.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let next = cancel(&app, &step.open, visitor.session.as_ref()).await.map_err(|gone| step.over(&gone))?;
    Ok(match next {
        Some(Next::Respond(response)) => to_client(&response, step.layout("/"), step.agency()),
        Some(Next::Answered(how)) => answered(&step, how),
        _ => step.on(),
    })
}
