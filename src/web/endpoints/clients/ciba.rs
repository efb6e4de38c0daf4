//! `POST /ciba` (OpenID Connect CIBA Core §7).

use crate::app::App;
use crate::flows::cross_device::ciba::{ApprovalText, ask_person};
use crate::locale::Locale;
use crate::messaging::agency_name::in_a_message;
use crate::oidc::cross_device::ciba::CibaResponse;
use crate::web::answer::json_no_store;
use crate::web::client_endpoint::{Refused, client_and_form};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Answers with an `auth_req_id`, or with an error in JSON.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    let answer = answer(&app, &visitor, &headers, &body).await.map_err(|refused| refused.answer(&app))?;
    Ok(json_no_store(StatusCode::OK, &answer))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<CibaResponse, Refused> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    // The person's language is not known here, so the text is in the default language.
    let locale = Locale::default();
    let agency = in_a_message(locale.pick(&client.client().name)).unwrap_or_else(|| locale.t("sms-an-agency"));
    let text = locale.t_in_message("sms-approval", &[("agency", agency), ("code", "{code}".to_owned())]);
    ask_person(app, &client, &form, &ApprovalText(text)).await.map_err(|error| Refused::because(&error).of(client.id()))
}
