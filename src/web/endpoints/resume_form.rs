//! A form from a page of another site that came without cookies, at the two endpoints that accept one
//! ([`crate::flows::interaction::resume_form`]).

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::app::unavailable::Unavailable;
use crate::flows::interaction::resume_form::{NotSetAside, set_aside, take_up};
use crate::oidc::params::Params;
use crate::records::outcome::Stop;
use crate::web::answer::{broken, refuse_plainly, see_other};
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use axum::response::Response;

/// Sets the form aside and redirects the browser to the address of its answer.
pub(crate) async fn set_aside_form(app: &App, visitor: &Visitor, path: &str, form: &[u8]) -> Result<Response, Response> {
    let name = set_aside(app, path, form, visitor.address).await.map_err(|error| match error {
        NotSetAside::TooLarge => refuse_plainly(visitor, RefusalKind::TooLarge),
        NotSetAside::Throttled(Throttled::TooMany { retry_after }) => {
            refuse_plainly(visitor, RefusalKind::Stopped(Stop::TooManyTries { wait: retry_after }))
        }
        NotSetAside::Throttled(Throttled::Unavailable(cause)) | NotSetAside::Unavailable(cause) => broken(visitor, &cause),
    })?;
    Ok(see_other(&format!("{path}/parked/{}", name.expose())))
}

/// The form that was set aside under this name; it is returned once.
pub(crate) async fn resume_form(app: &App, path: &str, name: &str) -> Result<Option<Params>, Unavailable> {
    Ok(take_up(app, path, name).await?.map(|form| Params::from_form(&form)))
}
