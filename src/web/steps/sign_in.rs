//! `GET` and `POST …/sign-in`: national ID and password. `GET` and `POST …/recovery`: a recovery code instead of the text message.

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::flows::interaction::one_time_code::SendError;
use crate::flows::interaction::sign_in::{Credentials, RecoveryAnswer, SignInError, with_password, with_recovery_code};
use crate::flows::interaction::step_up::asked_of;
use crate::identity::national_id::{NationalId, NationalIdError};
use crate::oidc::params::Params;
use crate::records::delivery::message::Purpose;
use crate::records::interaction::Typed;
use crate::records::outcome::{FormError, StepForm, Stop, Told};
use crate::secret::Secret;
use crate::web::layout::Field;
use crate::web::steps::outcome::Fault;
use crate::web::steps::show::recovery_page;
use crate::web::steps::{Step, show, typed};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// The form. It is available while a code is awaited, too: the person may have typed another person's national ID, or prefer a
/// passkey.
pub(crate) async fn form(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    if step.open.interaction.is_before_sign_in() { show::sign_in(&step).await } else { Ok(step.on()) }
}

/// First factor: the password.
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let asked = asked_of(&app, &step.open, visitor.session.as_ref(), app.clock.now()).await;
    let asked = asked.map_err(|cause| step.broken(&cause))?;
    let national_id = if let Some(account) = &asked {
        // The page named the person and asked for no national ID (WCAG 2.2 §3.3.7); one that is sent in spite of that does not count.
        Ok(account.person.national_id.clone())
    } else {
        let typed = Typed { national_id: typed(&form, "national_id"), ..step.open.interaction.typed.clone() };
        step.open.interaction.typed = typed;
        national_id(&step.open.interaction.typed.national_id)
    };
    let password = Field::Password.filled(form.get("password").unwrap_or_default());
    let (national_id, password) = match (national_id, password) {
        (Ok(national_id), Ok(password)) => (national_id, Secret::new(password.to_owned())),
        (national_id, password) => {
            let faults = [national_id.err(), password.err()].into_iter().flatten().collect();
            return Err(step.tell(StepForm::SignIn, Told::Faults(faults)).await);
        }
    };
    let credentials = Credentials { national_id, password, from: visitor.tried_from() };
    let text = step.sms_text(Purpose::SignIn);
    match with_password(&app, &mut step.open, &credentials, &text).await {
        Ok(()) => Ok(step.on()),
        Err(SignInError::Wrong) if asked.is_some() => Err(step.fail(StepForm::SignIn, FormError::PasswordWrong).await),
        Err(error) => Err(step.fail(StepForm::SignIn, fault(&error)).await),
    }
}

/// The national ID, or what is wrong with it as typed.
pub(crate) fn national_id(typed: &str) -> Result<NationalId, FormError> {
    NationalId::parse(Field::NationalId.filled(typed)?).map_err(|error| match error {
        NationalIdError::WrongLength => FormError::NationalIdShape,
        NationalIdError::WrongCheckDigit => FormError::NationalIdCheckDigit,
    })
}

/// The consequence of a failure of either factor.
pub(crate) fn fault(error: &SignInError) -> Fault {
    match error {
        SignInError::Wrong => Fault::Form(FormError::CredentialsWrong),
        SignInError::Throttled(throttled) => throttled.into(),
        SignInError::Send(error) => not_sent(error),
        SignInError::Code(error) => error.into(),
        SignInError::NotKept(error) => error.into(),
        SignInError::NothingAsked => Fault::Overtaken,
        SignInError::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}

/// Why a second factor could not be sent: a recovery code can replace it.
pub(crate) fn not_sent(error: &SendError) -> Fault {
    match error {
        SendError::Throttled(Throttled::TooMany { retry_after }) => Fault::Stop(Stop::NoMoreCodes { wait: *retry_after }),
        other => other.into(),
    }
}

/// The form for a recovery code.
pub(crate) async fn recovery_form(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    Ok(recovery_page(&step))
}

/// The second factor without the telephone.
pub(crate) async fn recovery(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let code = match Field::RecoveryCode.filled(form.get("code").unwrap_or_default()) {
        Ok(code) => code,
        Err(error) => return Err(step.fail(StepForm::Recovery, error).await),
    };
    let notice = step.sms_notice("sms-recovery-code-used", &[]);
    let answer = RecoveryAnswer { code, from: visitor.tried_from(), notice: &notice };
    match with_recovery_code(&app, &mut step.open, &answer, visitor.session.as_ref()).await {
        Ok(begun) => Ok(step.on_signed_in(&begun)),
        Err(SignInError::Wrong) => Err(step.fail(StepForm::Recovery, FormError::RecoveryCodeWrong).await),
        Err(error) => Err(step.fail(StepForm::Recovery, fault(&error)).await),
    }
}
