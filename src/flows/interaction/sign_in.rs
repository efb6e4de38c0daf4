//! Signing in with a password and a second factor. The answer and its time are the same whether or not an account exists.

use crate::app::App;
use crate::app::throttle::{Throttled, TriedFrom, after_right_guess, after_sign_in, before_session, before_sign_in};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::crypto::password;
use crate::flows::interaction::one_time_code::{CodeError, CodeTarget, SendError, SmsText};
use crate::flows::interaction::open::{NotKept, Open};
use crate::flows::interaction::{one_time_code, step_up};
use crate::flows::session::browser_session::{Authenticated, Begun, begin};
use crate::identity::account::{Account, AccountStatus, PasswordRecord};
use crate::identity::assurance::AuthenticationMethod::{Password, RecoveryCode, SmsCode};
use crate::identity::id::AccountId;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::typed_code::plain_recovery_code;
use crate::messaging::message::{NOTICE_LIFETIME, Notification};
use crate::records::delivery::message::Purpose;
use crate::records::event::{Event, EventKind, What};
use crate::records::interaction::{Pending, Proves, SentCode, Typed};
use crate::secret::{Secret, TokenHash};
use crate::store::StoreError;
use crate::time::Timestamp;
use std::sync::Arc;

/// What the sign-in form says.
pub struct Credentials<'a> {
    /// The person.
    pub national_id: NationalId,
    /// Password, as typed.
    pub password: Secret<String>,
    /// From where, for the limits.
    pub from: TriedFrom<'a>,
}

/// What the form for the one-time code says.
pub(crate) struct CodeAnswer<'a> {
    /// The code that is awaited.
    pub(crate) sent: &'a SentCode,
    /// The digits, as typed.
    pub(crate) digits: &'a str,
    /// From where, for the limits.
    pub(crate) from: TriedFrom<'a>,
}

/// What the form for a recovery code says.
pub(crate) struct RecoveryAnswer<'a> {
    /// The code, as typed.
    pub(crate) code: &'a str,
    /// From where, for the limits.
    pub(crate) from: TriedFrom<'a>,
    /// The SMS to the owner of the account when the code was right.
    pub(crate) notice: &'a str,
}

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, no password, or a wrong one: the page does not say which.
    #[error("wrong national ID or password")]
    Wrong,
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The second factor could not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The second factor was not accepted.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// No second factor was asked for.
    #[error("no second factor was asked for")]
    NothingAsked,
    /// Another request changed the interaction first, or it could not be stored.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(SignInError: StoreError);

/// First factor: the password. A code to the account's number follows.
pub async fn with_password(app: &App, open: &mut Open, credentials: &Credentials<'_>, text: &SmsText) -> Result<(), SignInError> {
    let now = app.clock.now();
    before_sign_in(app, &credentials.national_id, credentials.from, now).await?;
    let found = app.store.account_and_password(&credentials.national_id, &open.client.id).await?;
    let Some(account) = whose_password(app, found, &credentials.password).await? else {
        app.note(failed(app, open, EventKind::SignInFailed, now));
        return Err(SignInError::Wrong);
    };
    after_right_guess(app, &credentials.national_id, credentials.from, now).await?;
    let target = CodeTarget { to: account.mobile.clone(), proves: Proves::SecondFactor(account.id) };
    let sent = one_time_code::send(app, open, target, text, now).await;
    // If no code can be sent, a recovery code replaces it; a code that arrived before still works.
    if sent.is_err() && second_factor_of(open) != Some(account.id) {
        open.begin(app, Pending::SecondFactor(account.id), now).await?;
    }
    Ok(sent?)
}

/// Second factor: the code that was sent.
pub(crate) async fn with_code(
    app: &App,
    open: &mut Open,
    answer: &CodeAnswer<'_>,
    before: Option<&TokenHash>,
) -> Result<Begun, SignInError> {
    let now = app.clock.now();
    let CodeAnswer { sent, digits, from } = answer;
    let Proves::SecondFactor(account) = sent.proves else { return Err(SignInError::NothingAsked) };
    one_time_code::check(app, open, sent, digits).await?;
    let account = open_account(app, account).await?;
    // The code proves possession of a phone. If the account's number was replaced since, the old phone no longer counts.
    if account.mobile != sent.to || sent.sent_at < account.mobile_verified_at {
        return Err(SignInError::Wrong);
    }
    after_sign_in(app, &account, *from, now).await?;
    before_session(app, account.id, now).await?;
    signed_in(app, open, &Authenticated { account: account.id, methods: &[Password, SmsCode], before }, now)
        .await
        .map_err(Into::into)
}

/// Second factor without the phone: one of the recovery codes. The owner is notified by SMS (NIST SP 800-63B-4 §4.2), even if
/// another person may have the phone.
pub(crate) async fn with_recovery_code(
    app: &App,
    open: &mut Open,
    answer: &RecoveryAnswer<'_>,
    before: Option<&TokenHash>,
) -> Result<Begun, SignInError> {
    let now = app.clock.now();
    let account = open_account(app, second_factor_of(open).ok_or(SignInError::NothingAsked)?).await?;
    let person = &account.person.national_id;
    before_sign_in(app, person, answer.from, now).await?;
    let mut tx = app.store.write().await?;
    let hash = TokenHash::of(&plain_recovery_code(answer.code));
    if !tx.claim_recovery_code(account.id, &hash, now).await? {
        app.note(failed(app, open, EventKind::RecoveryCodeWrong, now).about(account.id));
        return Err(SignInError::Wrong);
    }
    let event = app.event(EventKind::RecoveryCodeUsed, now).by_citizen(account.id).about(account.id);
    let event = event.at_client(&open.client.id).from(open.origin);
    tx.append_event(&event).await?;
    tx.save().await?;
    after_right_guess(app, person, answer.from, now).await?;
    after_sign_in(app, &account, answer.from, now).await?;
    before_session(app, account.id, now).await?;
    notify(app, &account.mobile, answer.notice, now).await;
    let left = app.store.authenticators(account.id).await?.recovery_codes_left;
    open.interaction.pending = Pending::RecoveryCodeUsed { left };
    signed_in(app, open, &Authenticated { account: account.id, methods: &[Password, RecoveryCode], before }, now)
        .await
        .map_err(Into::into)
}

/// Tells the owner of a number by SMS what happened. A message that cannot be sent does not undo it.
pub(crate) async fn notify(app: &App, to: &MobileNumber, text: &str, now: Timestamp) {
    let notice = Notification { to, text, purpose: Purpose::Notice, lifetime: NOTICE_LIFETIME };
    if let Err(cause) = app.notify(notice, now).await {
        tracing::error!(%cause, "a notice about an account was not sent");
    }
}

/// The account whose second factor is awaited.
pub(crate) fn second_factor_of(open: &Open) -> Option<AccountId> {
    match open.interaction.pending {
        Pending::Code(SentCode { proves: Proves::SecondFactor(account), .. }) | Pending::SecondFactor(account) => Some(account),
        _ => None,
    }
}

/// The account, unless it was closed since the password was checked.
async fn open_account(app: &App, id: AccountId) -> Result<Arc<Account>, SignInError> {
    let account = app.store.account(id).await?;
    account.filter(|account| account.status == AccountStatus::Active).ok_or(SignInError::Wrong)
}

/// Begins a session, and notes in the interaction that a person authenticated here.
pub(crate) async fn signed_in(app: &App, open: &mut Open, how: &Authenticated<'_>, now: Timestamp) -> Result<Begun, NotKept> {
    if open.interaction.authenticated_at.is_none() {
        // The person who was to step up may have signed out since; then any person may sign in.
        open.interaction.step_up_of = step_up::asked_of(app, open, how.before, now).await?.map(|meant| meant.id);
    }
    open.interaction.authenticated_at = Some(now);
    open.interaction.typed = Typed::default();
    if !matches!(open.interaction.pending, Pending::RecoveryCodes(_) | Pending::RecoveryCodeUsed { .. }) {
        open.interaction.pending = Pending::Nothing;
    }
    // Stored before the session begins: a request that was overtaken signs no person in.
    open.keep(app, now).await?;
    let (begun, mut tx) = begin(app, how, open.origin, now).await?;
    let event = app.event(EventKind::SignedIn, now).by_citizen(how.account).about(how.account).at_client(&open.client.id);
    let event = event.with(What::Methods(how.methods.to_vec())).from(open.origin);
    tx.append_event(&event).await?;
    // An account in use is not given to a claimant by waiting.
    tx.object_to_claims(how.account, now).await?;
    tx.save().await?;
    Ok(begun)
}

fn failed(app: &App, open: &Open, kind: EventKind, now: Timestamp) -> Event {
    app.event(kind, now).by_citizen(None).at_client(&open.client.id).from(open.origin)
}

/// The account, if it is active and the password is its own. One password is hashed in every case, so that the time is the same.
async fn whose_password(
    app: &App,
    found: Option<(Arc<Account>, Option<PasswordRecord>)>,
    typed: &Secret<String>,
) -> Result<Option<Arc<Account>>, Unavailable> {
    let (account, record) = found.unzip();
    let record = record.flatten();
    let typed = typed.clone();
    let fits = app.hashing.run(move |workspace| {
        if let Some(record) = record {
            return password::verify(typed.expose(), record.phc.expose(), workspace);
        }
        password::waste_same_time(typed.expose(), workspace);
        false
    });
    let fits = fits.await?;
    Ok(account.filter(|account| fits && account.status == AccountStatus::Active))
}
