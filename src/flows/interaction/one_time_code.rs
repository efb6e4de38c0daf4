//! One-time codes by SMS: six digits, five minutes, five tries, once. NIST SP 800-63B-4 §3.1.3.

use crate::app::App;
use crate::app::throttle::{Throttled, before_sending_code};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::interaction::open::{NotKept, Open};
use crate::identity::id::{AccountId, DeliveryId};
use crate::identity::mobile::MobileNumber;
use crate::messaging::message::{SmsError, SmsMessage};
use crate::records::delivery::message::{MessageState, Purpose};
use crate::records::event::EventKind;
use crate::records::interaction::{Pending, Proves, SentCode};
use crate::secret::{Secret, TokenHash, same_bytes};
use crate::time::Timestamp;
use crate::transient::{Taken, TransientError};
use std::time::Duration;

/// How long a code works.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_mins(5);
/// How many answers are compared.
pub(crate) const CODE_TRIES: u64 = 5;

/// Why a code could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Too many codes to this number.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The gateway refused it.
    #[error("sms: {0}")]
    Sms(#[from] SmsError),
    /// Another request changed the interaction first, or it could not be stored.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(SendError: TransientError);

/// Why an answer was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// Wrong digits.
    #[error("wrong digits")]
    Wrong {
        /// Tries left.
        tries_left: u64,
    },
    /// Five wrong answers: the code is invalid.
    #[error("too many tries")]
    TooManyTries,
    /// Older than five minutes.
    #[error("expired")]
    Expired,
    /// It has been used.
    #[error("used before")]
    Used,
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(CodeError: TransientError);

/// The text around the code, in the reader's language: `{code}` stands for the digits.
pub struct SmsText(pub String);

/// Where a code goes and what its answer proves.
pub(crate) struct CodeTarget {
    /// The number that it is sent to.
    pub(crate) to: MobileNumber,
    /// What the right answer proves.
    pub(crate) proves: Proves,
}

/// Sends a code and makes its answer the interaction's next step.
pub(crate) async fn send(
    app: &App,
    open: &mut Open,
    target: CodeTarget,
    text: &SmsText,
    now: Timestamp,
) -> Result<(), SendError> {
    let CodeTarget { to, proves } = target;
    before_sending_code(app, to.e164(), &proves, now).await?;
    let code = app.settings.demo.one_time_code().map_or_else(|| app.random.six_digits(), |fixed| Secret::new(fixed.to_owned()));
    let key = app.random.token().expose().clone();
    app.transient.put_otp(&key, &hash(&key, code.expose()), now.plus(CODE_LIFETIME), now).await?;
    let (id, purpose, account) = (DeliveryId::new(&app.random, now), purpose(&proves), account_of(&proves));
    let sent = SentCode { key, to: to.clone(), sent_at: now, proves, message: Some(id) };
    let before = open.interaction.pending.clone();
    // Stored before it is sent: of two requests at once only one goes on, so every code that is sent works.
    open.begin(app, Pending::Code(sent), now).await?;
    let text = text.0.replace("{code}", code.expose());
    let message = SmsMessage { id, to, text, code: Some(code), purpose, lifetime: CODE_LIFETIME };
    if let Err(error) = app.sms.send(&message, now).await {
        // A code that arrived before still works.
        open.begin(app, before, now).await?;
        return Err(error.into());
    }
    let event = app.event(EventKind::MessageSent, now).by_citizen(None).about(account).at_client(&open.client.id);
    app.note(event.from(open.origin).because(purpose.name()));
    Ok(())
}

/// What the message with a code is for.
pub(crate) const fn purpose(proves: &Proves) -> Purpose {
    match proves {
        Proves::SecondFactor(_) => Purpose::SignIn,
        Proves::Number(_) => Purpose::Verify,
    }
}

/// What became of the message with a code. `None` where that is not known.
pub(crate) async fn message_state(app: &App, sent: &SentCode, now: Timestamp) -> Result<Option<MessageState>, Unavailable> {
    match sent.message {
        Some(id) => Ok(app.sms.state(id, now).await?),
        None => Ok(None),
    }
}

/// Sends a new code for the same purpose and invalidates the old one. This gives a guesser few new tries, because the number of
/// codes to one phone is limited.
pub(crate) async fn send_again(app: &App, open: &mut Open, text: &SmsText) -> Result<(), SendError> {
    let now = app.clock.now();
    let Pending::Code(sent) = open.interaction.pending.clone() else { return Ok(()) };
    send(app, open, CodeTarget { to: sent.to, proves: sent.proves }, text, now).await?;
    // Not before: a person who is refused a new code may still use the old one.
    app.transient.take_otp(&sent.key, now).await?;
    Ok(())
}

/// Checks an answer. The try is counted before the digits are compared, and the right answer takes the code: of two right answers
/// at once, one wins.
pub(crate) async fn check(app: &App, open: &Open, sent: &SentCode, answer: &str) -> Result<(), CodeError> {
    let now = app.clock.now();
    let checked = compare(app, sent, answer, now).await;
    let reason = match &checked {
        Ok(()) | Err(CodeError::Unavailable(_)) => return checked,
        Err(CodeError::Wrong { .. }) => "wrong_digits",
        Err(CodeError::TooManyTries) => "too_many_tries",
        Err(CodeError::Expired) => "expired",
        Err(CodeError::Used) => "used_before",
    };
    let event = app.event(EventKind::CodeWrong, now).by_citizen(None).about(account_of(&sent.proves));
    app.note(event.at_client(&open.client.id).from(open.origin).because(reason));
    checked
}

/// The account that a code is the second factor of.
const fn account_of(proves: &Proves) -> Option<AccountId> {
    match proves {
        Proves::SecondFactor(account) => Some(*account),
        Proves::Number(_) => None,
    }
}

async fn compare(app: &App, sent: &SentCode, answer: &str, now: Timestamp) -> Result<(), CodeError> {
    let tries = app.transient.count_otp_try(&sent.key, CODE_LIFETIME * 2, now).await?;
    if tries > CODE_TRIES {
        return Err(CodeError::TooManyTries);
    }
    let Some(expected) = app.transient.otp(&sent.key, now).await? else {
        return Err(gone(app, sent, now).await?);
    };
    if !same_bytes(&hash(&sent.key, answer).0, &expected.0) {
        let tries_left = CODE_TRIES - tries;
        return Err(if tries_left == 0 { CodeError::TooManyTries } else { CodeError::Wrong { tries_left } });
    }
    match app.transient.take_otp(&sent.key, now).await? {
        Taken::First(_) => Ok(()),
        Taken::Again => Err(CodeError::Used),
        Taken::Unknown => Err(CodeError::Expired),
    }
}

async fn gone(app: &App, sent: &SentCode, now: Timestamp) -> Result<CodeError, Unavailable> {
    Ok(match app.transient.take_otp(&sent.key, now).await? {
        Taken::Again if now < sent.sent_at.plus(CODE_LIFETIME) => CodeError::Used,
        _ => CodeError::Expired,
    })
}

/// Hashed together with the key, so that the same digits of two people have different hashes.
fn hash(key: &str, digits: &str) -> TokenHash {
    TokenHash::of(&format!("{key}:{digits}"))
}
