//! The recovery codes of a new account: on the page, and `GET …/recovery-codes`, the same as a file to keep.

use crate::app::App;
use crate::flows::interaction::enroll::new_codes;
use crate::identity::account::reference;
use crate::web::pages::authentication::recovery_codes::{RecoveryCodes, Sheet};
use crate::web::steps::Step;
use crate::web::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The page.
pub(crate) fn page(step: &Step<'_>) -> Response {
    let Some(sheet) = sheet(step) else { return step.on() };
    let (layout, form) = (step.layout(&step.address("")), step.form("/codes-kept", &[]));
    step.page(StatusCode::OK, &RecoveryCodes { layout, form, sheet, download: step.address("/recovery-codes") })
}

/// The file. It is there as long as the page is: until the person confirms that they have kept the codes.
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    let Some(sheet) = sheet(&step) else { return Ok(step.on()) };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"panjereh-recovery-codes.txt\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, sheet.text(&step.layout("/"))).into_response())
}

fn sheet(step: &Step<'_>) -> Option<Sheet> {
    let (codes, account) = new_codes(step.app, &step.open)?;
    let made_on = step.app.settings.country_profile().today(step.app.clock.now());
    Some(Sheet { codes, made_on, reference: reference(account), site: step.app.settings.issuer().to_owned() })
}
