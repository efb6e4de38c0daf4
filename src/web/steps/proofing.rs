//! `GET` and `POST …/prove`: a citizen against the civil registry.

use crate::app::App;
use crate::flows::interaction::proofing::{Claimed, ProveError, prove};
use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::oidc::params::Params;
use crate::records::delivery::message::Purpose;
use crate::records::interaction::Typed;
use crate::records::outcome::{FormError, StepForm, Stop, Told};
use crate::web::layout::Field;
use crate::web::pages::authentication::proofing::Prove;
use crate::web::steps::outcome::{Fault, status};
use crate::web::steps::sign_in::national_id;
use crate::web::steps::{Step, typed};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// The form.
pub(crate) async fn form(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    Ok(prove_page(&step))
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
    step.open.interaction.typed = typed;
    let claimed = match claimed(&step) {
        Ok(claimed) => claimed,
        Err(faults) => return Err(step.tell(StepForm::Prove, Told::Faults(faults)).await),
    };
    let text = step.sms_text(Purpose::Verify);
    match prove(&app, &mut step.open, &claimed, &text).await {
        Ok(()) => Ok(step.on()),
        Err(error) => {
            tracing::info!(reason = %error, "proofing rejected");
            Err(step.fail(StepForm::Prove, fault(&error)).await)
        }
    }
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
    if birth_date.earliest() > today { Err(FormError::BirthDateAhead) } else { Ok(birth_date) }
}

fn mobile(typed: &str) -> Result<MobileNumber, FormError> {
    MobileNumber::parse(Field::Mobile.filled(typed)?).map_err(|_| FormError::MobileUnreadable)
}

/// The consequence of a rejected proofing for the page.
pub(crate) fn fault(error: &ProveError) -> Fault {
    match error {
        ProveError::Mismatch => Fault::Form(FormError::Mismatch),
        ProveError::UnderAge { adult_from } => Fault::Stop(Stop::UnderAge { adult_from: *adult_from }),
        ProveError::Deceased => Fault::Stop(Stop::Deceased),
        ProveError::NumberNotTheirs => Fault::Form(FormError::NumberNotYours),
        ProveError::Registry(_) => Fault::Stop(Stop::RegistryUnavailable),
        ProveError::Throttled(throttled) => throttled.into(),
        ProveError::Send(error) => error.into(),
        ProveError::Code(error) => error.into(),
        ProveError::NotKept(error) => error.into(),
        ProveError::HasAccount => Fault::Stop(Stop::AlreadyRegistered),
        ProveError::NothingAsked => Fault::Overtaken,
        ProveError::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}

fn prove_page(step: &Step<'_>) -> Response {
    let form = step.form("/prove", &[StepForm::Prove]);
    let status = status(&form);
    let Typed { national_id, birth_date, mobile } = step.open.interaction.typed.clone();
    let prove = Prove {
        layout: step.layout(&step.address("/prove")),
        form,
        agency: step.agency(),
        base: step.address(""),
        national_id,
        birth_date,
        mobile,
    };
    step.page(status, &prove)
}
