//! `POST …/cancel`: back to the client without signing in.

use crate::app::App;
use crate::flows::interaction::cancel::cancel;
use crate::flows::interaction::dispatcher::Next;
use crate::oidc::params::Params;
use crate::web::answer::to_client;
use crate::web::steps::{Step, answered, ended};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// By a form with the interaction's token: no other site sends anybody away.
pub async fn submit(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match cancel(&app, &step.open).await {
        Ok(Some(Next::Respond(response))) => to_client(&response, step.layout("/"), step.agency()),
        Ok(Some(Next::Answered(how))) => answered(&step, how),
        Ok(_) => step.on(),
        Err(gone) => ended(&visitor, &gone),
    }
}
