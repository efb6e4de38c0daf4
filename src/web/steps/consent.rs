//! `POST …/consent`: what the person decided.

use super::{Step, answered, ended};
use crate::flows::App;
use crate::flows::consent::{Decision, decide};
use crate::flows::interact::Next;
use crate::oidc::params::Params;
use crate::web::answer::to_client;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// Anything but a clear yes is a no.
pub async fn submit(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let decision = if form.get("decision") == Some("allow") { Decision::Allow } else { Decision::Deny };
    match decide(&app, step.open.clone(), visitor.session.as_ref(), decision).await {
        Ok(Some(Next::Respond(response))) => to_client(&response, step.layout("/"), step.agency()),
        Ok(Some(Next::Answered(how))) => answered(&step, how),
        Ok(_) => step.on(),
        Err(gone) => ended(&visitor, &gone),
    }
}
