//! `GET` and `POST /device`: where a person types the code that a device shows (RFC 8628 §3.3), and the last pages.

use crate::app::App;
use crate::app::throttle::{Throttled, user_codes_closed};
use crate::flows::cross_device::device::{CodeRefused, enter_code};
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::records::outcome::Stop;
use crate::web::answer::{broken, page, refuse, see_other};
use crate::web::cookies;
use crate::web::layout::{Field, FormError, FormPart};
use crate::web::pages::decided::{Decided, Ending};
use crate::web::pages::device::Device;
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// How much of a wrong code the form shows again.
const SHOWN: usize = 32;

/// The form for the code. With the code in the URL (`verification_uri_complete`, §3.3.1): the step after it. A refused code is
/// answered by a redirect to here (303, RFC 9110 §15.4.4), so that a reload counts no further attempt.
pub(crate) async fn get(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Response> {
    let query = Params::parse(query.as_deref().unwrap_or_default());
    match (query.get("user_code").filter(|typed| !typed.is_empty()), query.get("refused")) {
        (Some(typed), _) => enter(&app, &visitor, typed).await,
        (None, Some("closed")) => closed(&app, &visitor).await,
        (None, Some("empty")) => Ok(form(&visitor, "", Some(FormError::Empty(Field::UserCode)))),
        (None, Some(_)) => Ok(form(&visitor, query.get("typed").unwrap_or_default(), Some(FormError::UserCodeWrong))),
        (None, None) => Ok(form(&visitor, "", None)),
    }
}

/// The page that says how long no code is accepted from this address.
async fn closed(app: &App, visitor: &Visitor) -> Result<Response, Response> {
    let wait = user_codes_closed(app, visitor.address, app.clock.now()).await.map_err(|cause| broken(visitor, &cause))?;
    Ok(match wait {
        Some(wait) => refuse(visitor.layout(&[]), RefusalKind::Stopped(Stop::TooManyTries { wait }), Vec::new(), None),
        None => see_other(paths::DEVICE),
    })
}

/// The typed code. It decides nothing, so it may come from a page of any site: the next page asks the person.
pub(crate) async fn post(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    enter(&app, &visitor, form.get("user_code").unwrap_or_default()).await
}

/// The last page after the person allowed the device.
pub(crate) async fn allowed(visitor: Visitor) -> Result<Response, Response> {
    Ok(page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::DeviceAllowed }))
}

/// The last page after the person denied the device.
pub(crate) async fn refused(visitor: Visitor) -> Result<Response, Response> {
    Ok(page(StatusCode::OK, &Decided { layout: visitor.layout(&[]), ending: Ending::DeviceRefused }))
}

async fn enter(app: &App, visitor: &Visitor, typed: &str) -> Result<Response, Response> {
    let typed = Field::UserCode.filled(typed).map_err(|_| see_other(&format!("{}?refused=empty", paths::DEVICE)))?;
    let entered = enter_code(app, &visitor.browser(), typed, visitor.address).await;
    let (id, browser) = entered.map_err(|error| not_entered(visitor, typed, &error))?;
    let mut response = see_other(&format!("/interaction/{id}"));
    if let Some(browser) = browser {
        cookies::Names::of(app).set_binding(response.headers_mut(), &browser);
    }
    Ok(response)
}

fn not_entered(visitor: &Visitor, typed: &str, error: &CodeRefused) -> Response {
    match error {
        CodeRefused::NoCode | CodeRefused::Unknown => {
            // Letters only: what else was typed by mistake, such as a national ID, does not belong in a URL.
            let letters = typed.chars().filter(|letter| letter.is_ascii_alphabetic() || *letter == '-');
            let typed: String = letters.take(SHOWN).collect();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("refused", "wrong")
                .append_pair("typed", &typed)
                .finish();
            see_other(&format!("{}?{query}", paths::DEVICE))
        }
        CodeRefused::Throttled(Throttled::TooMany { .. }) => see_other(&format!("{}?refused=closed", paths::DEVICE)),
        CodeRefused::Throttled(Throttled::Unavailable(cause)) | CodeRefused::Unavailable(cause) => broken(visitor, cause),
    }
}

fn form(visitor: &Visitor, typed: &str, error: Option<FormError>) -> Response {
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = FormPart::new(paths::DEVICE, "").with(error.as_slice());
    let mut response =
        page(status, &Device { layout: visitor.layout(&[]), form, user_code: typed.chars().take(SHOWN).collect() });
    if let Some(locale) = visitor.switched {
        cookies::set_language(response.headers_mut(), locale);
    }
    response
}
