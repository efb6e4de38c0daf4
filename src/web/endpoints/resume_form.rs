//! What the two endpoints that take a form from another site's page do with one that comes without cookies ([`crate::flows::interaction::resume_form`]).

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::app::unavailable::Broken;
use crate::flows::interaction::resume_form::{NotParked, park, take_up};
use crate::oidc::params::Params;
use crate::web::answer::{broken, refuse_plainly, see_other};
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use axum::response::Response;

/// Sets the form aside and sends the browser to come for the answer.
pub async fn park_form(app: &App, visitor: &Visitor, path: &str, form: &[u8]) -> Response {
    match park(app, path, form, &visitor.address).await {
        Ok(name) => see_other(&format!("{path}/parked/{}", name.expose())),
        Err(NotParked::TooLarge) => refuse_plainly(visitor, RefusalKind::TooLarge),
        Err(NotParked::Throttled(Throttled::TooMany { retry_after })) => {
            refuse_plainly(visitor, RefusalKind::TooManyTries { wait: retry_after })
        }
        Err(NotParked::Throttled(Throttled::Broken(cause)) | NotParked::Broken(cause)) => broken(visitor, &cause),
    }
}

/// The form that was set aside under this name, once.
pub async fn taken_up(app: &App, path: &str, name: &str) -> Result<Option<Params>, Broken> {
    Ok(take_up(app, path, name).await?.map(|form| Params::from_form(&form)))
}
