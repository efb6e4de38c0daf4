//! `GET` and `POST …/sign-in`: national ID and password. `GET` and `POST …/recovery`: a recovery code instead of the text message.

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::flows::interaction::one_time_code::SendError;
use crate::flows::interaction::sign_in::{Credentials, RecoveryAnswer, SignInError, with_password, with_recovery_code};
use crate::identity::national_id::{NationalId, NationalIdError};
use crate::oidc::params::Params;
use crate::records::interaction::Typed;
use crate::secret::Secret;
use crate::web::layout::{Field, FormError};
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::show::recovery_page;
use crate::web::steps::{Fault, Step, show, typed};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// The form. It is available while a code is awaited, too: the person may have typed another person's national ID, or prefer a
/// passkey.
pub(crate) async fn form(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    if step.open.interaction.is_before_sign_in() { show::sign_in(&step, &[]).await } else { Ok(step.on()) }
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
    let typed = Typed { national_id: typed(&form, "national_id"), ..step.open.interaction.typed.clone() };
    let national_id = national_id(&typed.national_id);
    step.open.keep_typed(&app, typed).await.map_err(|error| step.not_kept(&error))?;
    let password = Field::Password.filled(form.get("password").unwrap_or_default());
    let (national_id, password) = match (national_id, password) {
        (Ok(national_id), Ok(password)) => (national_id, Secret::new(password.to_owned())),
        (national_id, password) => {
            let errors: Vec<_> = [national_id.err(), password.err()].into_iter().flatten().collect();
            return show::sign_in(&step, &errors).await;
        }
    };
    let credentials = Credentials { national_id, password, from: visitor.tried_from() };
    let text = step.sms_text();
    match with_password(&app, &mut step.open, &credentials, &text).await {
        Ok(()) => Ok(step.on()),
        Err(error) => refused(&step, fault(&error)).await,
    }
}

/// What a fault of the first factor leads to.
pub(crate) async fn refused(step: &Step<'_>, fault: Fault) -> Result<Response, Response> {
    match fault {
        Fault::Form(error) => show::sign_in(step, &[error]).await,
        Fault::Page(kind) => Err(step.refuse(kind, Some(step.address("")))),
        Fault::Overtaken => Ok(step.on()),
        Fault::Unavailable(cause) => Err(step.broken(cause)),
    }
}

/// The national ID, or what is wrong with it as typed.
pub(crate) fn national_id(typed: &str) -> Result<NationalId, FormError> {
    NationalId::parse(Field::NationalId.filled(typed)?).map_err(|error| match error {
        NationalIdError::NotTenDigits => FormError::NationalIdShape,
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
        SignInError::NothingAsked => Fault::Page(RefusalKind::InteractionGone),
        SignInError::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}

/// Why a second factor could not be sent: a recovery code can replace it.
pub(crate) fn not_sent(error: &SendError) -> Fault {
    match error {
        SendError::Throttled(Throttled::TooMany { retry_after }) => Fault::Page(RefusalKind::NoMoreCodes { wait: *retry_after }),
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
    Ok(recovery_page(&step, &[]))
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
    let code = Field::RecoveryCode.filled(form.get("code").unwrap_or_default());
    let code = code.map_err(|error| recovery_page(&step, &[error]))?;
    let notice = step.locale().t("sms-recovery-code-used");
    let answer = RecoveryAnswer { code, from: visitor.tried_from(), notice: &notice };
    match with_recovery_code(&app, &mut step.open, &answer, visitor.session.as_ref()).await {
        Ok(begun) => Ok(step.on_signed_in(&begun)),
        Err(SignInError::Wrong) => Err(recovery_page(&step, &[FormError::RecoveryCodeWrong])),
        Err(SignInError::NothingAsked) => Ok(step.on()),
        Err(error) => match fault(&error) {
            Fault::Form(error) => Err(recovery_page(&step, &[error])),
            Fault::Page(kind) => Err(step.refuse(kind, Some(step.address("")))),
            Fault::Overtaken => Ok(step.on()),
            Fault::Unavailable(cause) => Err(step.broken(cause)),
        },
    }
}
