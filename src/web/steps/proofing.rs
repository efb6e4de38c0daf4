//! `GET` and `POST …/prove`: a citizen against the civil registry.

use crate::app::App;
use crate::flows::interaction::proofing::{Claimed, ProveError, prove};
use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::oidc::params::Params;
use crate::records::interaction::Typed;
use crate::web::layout::{Field, FormError};
use crate::web::pages::authentication::proofing::Prove;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::sign_in::national_id;
use crate::web::steps::{Fault, Step, typed};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The form.
pub(crate) async fn form(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    Ok(prove_page(&step, &[]))
}

/// What was entered.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let typed = |name| typed(&form, name);
    let typed = Typed { national_id: typed("national_id"), birth_date: typed("birth_date"), mobile: typed("mobile") };
    step.open.keep_typed(&app, typed).await.map_err(|error| step.not_kept(&error))?;
    let claimed = claimed(&step).map_err(|errors| prove_page(&step, &errors))?;
    let text = step.sms_text();
    prove(&app, &mut step.open, &claimed, &text).await.map_err(|error| refused(&step, &error))?;
    Ok(step.on())
}

/// All three fields are read, so that every fault is shown at once.
fn claimed(step: &Step<'_>) -> Result<Claimed, Vec<FormError>> {
    let typed = &step.open.interaction.typed;
    let national_id = national_id(&typed.national_id);
    let birth_date = birth_date(step, &typed.birth_date);
    let mobile = mobile(&typed.mobile);
    match (national_id, birth_date, mobile) {
        (Ok(national_id), Ok(birth_date), Ok(mobile)) => {
            Ok(Claimed { national_id, birth_date, mobile, address: step.visitor.address })
        }
        (national_id, birth_date, mobile) => {
            Err([national_id.err(), birth_date.err(), mobile.err()].into_iter().flatten().collect())
        }
    }
}

fn birth_date(step: &Step<'_>, typed: &str) -> Result<BirthDate, FormError> {
    let birth_date = BirthDate::parse(Field::BirthDate.filled(typed)?).map_err(|_| FormError::BirthDateUnreadable)?;
    let today = step.app.settings.country_profile().today(step.app.clock.now());
    if birth_date.civil() > today { Err(FormError::BirthDateAhead) } else { Ok(birth_date) }
}

fn mobile(typed: &str) -> Result<MobileNumber, FormError> {
    MobileNumber::parse(Field::Mobile.filled(typed)?).map_err(|_| FormError::MobileUnreadable)
}

fn refused(step: &Step<'_>, error: &ProveError) -> Response {
    tracing::info!(reason = %error, "proofing rejected");
    let again = Some(step.address("/prove"));
    match fault(error) {
        Fault::Form(error) => prove_page(step, &[error]),
        Fault::Page(kind @ (RefusalKind::UnderAge { .. } | RefusalKind::Deceased)) => step.refuse(kind, None),
        Fault::Page(RefusalKind::AlreadyRegistered) => step.refuse(RefusalKind::AlreadyRegistered, Some(step.address(""))),
        Fault::Page(kind) => step.refuse(kind, again),
        Fault::Overtaken => step.on(),
        Fault::Unavailable(cause) => step.broken(cause),
    }
}

/// The consequence of a rejected proofing for the page.
pub(crate) fn fault(error: &ProveError) -> Fault {
    match error {
        ProveError::Mismatch => Fault::Form(FormError::Mismatch),
        ProveError::UnderAge { adult_from } => Fault::Page(RefusalKind::UnderAge { adult_from: *adult_from }),
        ProveError::Deceased => Fault::Page(RefusalKind::Deceased),
        ProveError::NumberNotTheirs => Fault::Form(FormError::NumberNotYours),
        ProveError::Registry(_) => Fault::Page(RefusalKind::RegistryUnavailable),
        ProveError::Throttled(throttled) => throttled.into(),
        ProveError::Send(error) => error.into(),
        ProveError::Code(error) => error.into(),
        ProveError::NotKept(error) => error.into(),
        ProveError::HasAccount => Fault::Page(RefusalKind::AlreadyRegistered),
        ProveError::NothingAsked => Fault::Page(RefusalKind::InteractionGone),
        ProveError::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}

fn prove_page(step: &Step<'_>, errors: &[FormError]) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let Typed { national_id, birth_date, mobile } = step.open.interaction.typed.clone();
    let prove = Prove {
        layout: step.layout(&step.address("/prove")),
        form: step.form("/prove", errors),
        agency: step.agency(),
        base: step.address(""),
        national_id,
        birth_date,
        mobile,
    };
    step.page(status, &prove)
}
