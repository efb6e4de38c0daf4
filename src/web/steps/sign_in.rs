//! `GET` and `POST …/sign-in`: national ID and password. `GET` and `POST …/recovery`: a recovery code instead of the text message.

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::flows::interaction::one_time_code::SendError;
use crate::flows::interaction::sign_in::{Credentials, RecoveryAnswer, SignInError, with_password, with_recovery_code};
use crate::identity::national_id::{NationalId, NationalIdError};
use crate::oidc::params::Params;
use crate::records::interaction::Typed;
use crate::secret::Secret;
use crate::web::layout::FormError;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::show::recovery_page;
use crate::web::steps::{Fault, Step, show, typed};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// The form. It is there while a code is awaited, too: somebody may have typed another person's number, or prefer a passkey.
pub async fn form(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Response {
    match Step::enter(&app, &visitor, &id).await {
        Ok(step) if step.open.interaction.is_before_sign_in() => show::sign_in(&step, &[]).await,
        Ok(step) => step.on(),
        Err(response) => response,
    }
}

/// First factor: the password.
pub async fn password(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let mut step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let typed = Typed { national_id: typed(&form, "national_id"), ..step.open.interaction.typed.clone() };
    let national_id = NationalId::parse(&typed.national_id);
    if let Err(cause) = step.open.keep_typed(&app, typed).await {
        return step.broken(&cause);
    }
    let national_id = match national_id {
        Ok(national_id) => national_id,
        Err(error) => return show::sign_in(&step, &[national_id_error(error)]).await,
    };
    let password = Secret::new(form.get("password").unwrap_or_default().to_owned());
    let credentials = Credentials { national_id, password, from: visitor.tried_from() };
    let text = step.sms_text();
    match with_password(&app, &mut step.open, &credentials, &text).await {
        Ok(()) => step.on(),
        Err(error) => match fault(&error) {
            Fault::Form(error) => show::sign_in(&step, &[error]).await,
            Fault::Page(kind) => step.refuse(kind, Some(step.address(""))),
            Fault::Overtaken => step.on(),
            Fault::Broken(cause) => step.broken(&cause),
        },
    }
}

/// What is wrong with a national ID as typed.
pub fn national_id_error(error: NationalIdError) -> FormError {
    match error {
        NationalIdError::NotTenDigits => FormError::NationalIdShape,
        NationalIdError::WrongCheckDigit => FormError::NationalIdCheckDigit,
    }
}

/// What a fault of either factor means.
pub fn fault(error: &SignInError) -> Fault {
    match error {
        SignInError::Wrong => Fault::Form(FormError::CredentialsWrong),
        SignInError::Throttled(throttled) => throttled.into(),
        SignInError::Send(error) => not_sent(error),
        SignInError::Code(error) => error.into(),
        SignInError::NotKept(error) => error.into(),
        SignInError::NothingAsked => Fault::Page(RefusalKind::InteractionGone),
        SignInError::Broken(cause) => Fault::Broken(cause.to_string()),
    }
}

/// Why a second factor could not be sent: another one stands in for it.
pub fn not_sent(error: &SendError) -> Fault {
    match error {
        SendError::Throttled(Throttled::TooMany { retry_after }) => Fault::Page(RefusalKind::NoMoreCodes { wait: *retry_after }),
        other => other.into(),
    }
}

/// The form for a recovery code.
pub async fn recovery_form(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Response {
    match Step::enter(&app, &visitor, &id).await {
        Ok(step) => recovery_page(&step, &[]),
        Err(response) => response,
    }
}

/// Second factor without the phone.
pub async fn recovery(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let mut step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let (code, notice) = (form.get("code").unwrap_or_default(), step.locale().t("sms-recovery-code-used"));
    let answer = RecoveryAnswer { code, from: visitor.tried_from(), notice: &notice };
    match with_recovery_code(&app, &mut step.open, &answer, visitor.session.as_ref()).await {
        Ok(begun) => step.on_signed_in(&begun),
        Err(SignInError::Wrong) => recovery_page(&step, &[FormError::RecoveryCodeWrong]),
        Err(SignInError::NothingAsked) => step.on(),
        Err(error) => match fault(&error) {
            Fault::Form(error) => recovery_page(&step, &[error]),
            Fault::Page(kind) => step.refuse(kind, Some(step.address(""))),
            Fault::Overtaken => step.on(),
            Fault::Broken(cause) => step.broken(&cause),
        },
    }
}
