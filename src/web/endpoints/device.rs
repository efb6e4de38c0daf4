//! `GET` and `POST /device`: where a person types the code that a device shows (RFC 8628 §3.3), and where they end.

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::flows::cross_device::device::{CodeRefused, enter_code};
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::web::answer::{broken, page, refuse, see_other};
use crate::web::cookies;
use crate::web::layout::{FormError, FormPart};
use crate::web::pages::decided::{Decided, Ending};
use crate::web::pages::device::Device;
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The form; with the code in the address (`verification_uri_complete`, §3.3.1) what comes after it.
pub async fn get(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let query = Params::parse(query.as_deref().unwrap_or_default());
    match query.get("user_code") {
        Some(typed) => enter(&app, &visitor, typed).await,
        None => form(&visitor, "", None),
    }
}

/// A code that was typed. It decides nothing, so it may come from anywhere: the page behind it asks.
pub async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    enter(&app, &visitor, form.get("user_code").unwrap_or_default()).await
}

/// Where a person ends who let a device in.
pub async fn allowed(visitor: Visitor) -> Response {
    page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::DeviceAllowed })
}

/// Where a person ends who did not.
pub async fn refused(visitor: Visitor) -> Response {
    page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::DeviceRefused })
}

async fn enter(app: &App, visitor: &Visitor, typed: &str) -> Response {
    match enter_code(app, &visitor.browser(), typed, &visitor.address).await {
        Ok((id, browser)) => {
            let mut response = see_other(&format!("/interaction/{id}"));
            if let Some(browser) = browser {
                cookies::Names::of(app).set_binding(response.headers_mut(), &browser);
            }
            response
        }
        Err(CodeRefused::NoCode | CodeRefused::Unknown) => form(visitor, typed, Some(FormError::UserCodeWrong)),
        Err(CodeRefused::Throttled(Throttled::TooMany { retry_after })) => {
            let kind = RefusalKind::TooManyTries { wait: retry_after };
            refuse(visitor.layout_at(&[], paths::DEVICE), kind, Some(paths::DEVICE.to_owned()), None)
        }
        Err(CodeRefused::Throttled(Throttled::Broken(cause)) | CodeRefused::Broken(cause)) => broken(visitor, &cause),
    }
}

fn form(visitor: &Visitor, typed: &str, error: Option<FormError>) -> Response {
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = FormPart::new(paths::DEVICE, "").with(error.as_slice());
    let mut response = page(
        status,
        &Device { layout: visitor.layout_at(&[], paths::DEVICE), form, user_code: typed.chars().take(32).collect() },
    );
    if let Some(locale) = visitor.switched {
        cookies::set_language(response.headers_mut(), locale);
    }
    response
}
