//! The page for more evidence, and `POST …/card`, `…/letter`, `…/letter/code` and `…/wait`: the ways from it.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::proofing::card::{CardError, with_card};
use crate::flows::proofing::claim::{Notices, Waiting, wait, waiting};
use crate::flows::proofing::letter::{Asked, LetterError, may_send, send, under_way, with_code};
use crate::flows::proofing::seeker::{NotProved, Seeker, seeker};
use crate::identity::card::CardSerial;
use crate::oidc::params::Params;
use crate::records::outcome::{FormError, StepForm, Stop};
use crate::time::Timestamp;
use crate::web::layout::Field;
use crate::web::pages::authentication::more_evidence::{LetterSent, LetterWay, MoreEvidence, MoreReason, WaitingWay};
use crate::web::steps::Step;
use crate::web::steps::outcome::{Fault, status};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// The page.
pub(crate) async fn page(step: &Step<'_>, seeker: &Seeker) -> Result<Response, Response> {
    let now = step.app.clock.now();
    let broken = |cause: Unavailable| step.broken(&cause);
    let letter = letter_way(step, seeker, now).await.map_err(broken)?;
    let waiting = match waiting(step.app, seeker, now).await.map_err(broken)? {
        Waiting::Useless => WaitingWay::Useless,
        Waiting::Possible => WaitingWay::Possible(step.form("/wait", &[]), days(step.app.settings.proofing.takeover_wait)),
        Waiting::Until(at) => WaitingWay::Until(date(step, at)),
        Waiting::Objected => WaitingWay::Objected,
    };
    let desk = step.locale().pick(&step.app.settings.proofing.desk).to_owned();
    let page = MoreEvidence {
        layout: step.layout(&step.address("")),
        agency: step.agency(),
        reason: match seeker {
            Seeker::Holder(_) => MoreReason::Level,
            Seeker::Claimant(_) => MoreReason::Account(step.address("/sign-in")),
        },
        card: step.form("/card", &[StepForm::Card]),
        letter,
        desk: (!desk.is_empty()).then_some(desk),
        waiting,
        leave: step.form("/cancel", &[]),
    };
    Ok(step.page(status(page.faulty()), &page))
}

async fn letter_way(step: &Step<'_>, seeker: &Seeker, now: Timestamp) -> Result<Option<LetterWay>, Unavailable> {
    if step.app.settings.proofing.letter_folder.as_os_str().is_empty() {
        return Ok(None);
    }
    let newest = under_way(step.app, seeker, now).await?;
    let send = may_send(newest.as_ref(), now).then(|| step.form("/letter", &[]));
    let on_its_way = newest.map(|letter| LetterSent {
        form: step.form("/letter/code", &[StepForm::Letter]),
        on: date(step, letter.sent_at),
        until: date(step, letter.expires_at),
    });
    Ok(Some(LetterWay { send, sent: on_its_way }))
}

fn date(step: &Step<'_>, at: Timestamp) -> String {
    step.locale().date(step.app.settings.country_profile().today(at))
}

fn days(span: Duration) -> u64 {
    span.as_secs().div_ceil(24 * 60 * 60)
}

/// The seeker of a form, and the form's step.
async fn entered<'a>(app: &'a Arc<App>, visitor: &'a Visitor, id: &str, form: &Params) -> Result<(Step<'a>, Seeker), Response> {
    let step = Step::enter_by_form(app, visitor, id, form).await?;
    match seeker(app, &step.open, visitor.session.as_ref(), app.clock.now()).await {
        Ok(seeker) => Ok((step, seeker)),
        Err(NotProved::Unavailable(cause)) => Err(step.broken(&cause)),
        // The form a second time, or after the person went on in another tab.
        Err(_) => Err(step.on()),
    }
}

/// The serial of the card.
pub(crate) async fn card(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let (mut step, seeker) = entered(&app, &visitor, &id, &form).await?;
    let typed = Field::CardSerial.filled(form.get("serial").unwrap_or_default());
    let serial = match typed.and_then(|typed| CardSerial::parse(typed).ok_or(FormError::CardSerialWrong)) {
        Ok(serial) => serial,
        Err(error) => return Err(step.fail(StepForm::Card, error).await),
    };
    match with_card(&app, &mut step.open, seeker, &serial, visitor.address).await {
        Ok(()) => Ok(step.on()),
        Err(error) => {
            tracing::info!(reason = %error, "evidence rejected");
            Err(step.fail(StepForm::Card, card_fault(&error)).await)
        }
    }
}

/// Asks for a letter.
pub(crate) async fn letter(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let (mut step, seeker) = entered(&app, &visitor, &id, &form).await?;
    let asked = Asked { language: step.locale().tag(), from: visitor.address };
    match send(&app, &step.open, &seeker, asked).await {
        Ok(()) => Ok(step.on()),
        Err(error) => Err(step.fail(StepForm::Letter, letter_fault(&error)).await),
    }
}

/// The code of a letter.
pub(crate) async fn letter_code(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let (mut step, seeker) = entered(&app, &visitor, &id, &form).await?;
    let typed = match Field::LetterCode.filled(form.get("code").unwrap_or_default()) {
        Ok(typed) => typed,
        Err(error) => return Err(step.fail(StepForm::Letter, error).await),
    };
    match with_code(&app, &mut step.open, seeker, typed, visitor.address).await {
        Ok(()) => Ok(step.on()),
        Err(error) => {
            tracing::info!(reason = %error, "evidence rejected");
            Err(step.fail(StepForm::Letter, letter_fault(&error)).await)
        }
    }
}

/// Waits for an account in the person's name.
pub(crate) async fn wait_for_it(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let (mut step, seeker) = entered(&app, &visitor, &id, &form).await?;
    let now = app.clock.now();
    let until = date(&step, now.plus(app.settings.proofing.takeover_wait));
    let holder = step.locale().t_in_message("sms-account-claimed", &[("until", until.clone())]);
    let claimant = step.sms_notice("sms-claim-begun", &[("until", until)]);
    match wait(&app, &step.open, &seeker, Notices { holder: &holder, claimant: &claimant }, now).await {
        Ok(()) => Ok(step.on()),
        Err(error) => Err(step.fail(StepForm::Card, not_proved(&error)).await),
    }
}

fn card_fault(error: &CardError) -> Fault {
    match error {
        CardError::Wrong => FormError::CardSerialWrong.into(),
        CardError::Closed => FormError::CardSerialClosed.into(),
        CardError::Throttled(throttled) => throttled.into(),
        CardError::Registry(_) => Stop::RegistryUnavailable.into(),
        CardError::NotProved(error) => not_proved(error),
        CardError::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}

fn letter_fault(error: &LetterError) -> Fault {
    match error {
        LetterError::NotOffered => Fault::Overtaken,
        LetterError::Wrong => FormError::LetterCodeWrong.into(),
        LetterError::Closed => FormError::LetterCodeClosed.into(),
        LetterError::Throttled(throttled) => throttled.into(),
        LetterError::NotProved(error) => not_proved(error),
        LetterError::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}

fn not_proved(error: &NotProved) -> Fault {
    match error {
        NotProved::NothingAsked | NotProved::Closed => Fault::Overtaken,
        NotProved::NotKept(error) => error.into(),
        NotProved::Unavailable(cause) => Fault::Unavailable(cause.into()),
    }
}
