//! Signing in with a password and a second factor. The answer and its time are the same whether or not an account exists.

use super::interact::{NotKept, Open};
use super::one_time_code::{self, CodeError, SendError, SmsText};
use super::session::{Begun, begin};
use super::step_up;
use super::throttle::{Throttled, after_sign_in, before_sign_in};
use super::{App, Broken};
use crate::crypto::password;
use crate::identity::account::{Account, AccountStatus, TokenHash};
use crate::identity::assurance::AuthenticationMethod::{self, Password, RecoveryCode, SmsCode};
use crate::identity::event::EventKind;
use crate::identity::id::AccountId;
use crate::identity::interaction::{Pending, Proves, SentCode};
use crate::identity::national_id::NationalId;
use crate::secret::Secret;
use crate::time::Timestamp;

/// What the sign-in form says.
pub struct Credentials {
    /// Who.
    pub national_id: NationalId,
    /// Password, as typed.
    pub password: Secret<String>,
    /// The client's address, for its limit.
    pub address: String,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, no password, or another one: nobody learns which.
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
    #[error("there is nothing to answer")]
    NothingAsked,
    /// Another request was faster, or it could not be kept.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// First factor: the password. A code to the account's number follows.
pub async fn with_password(app: &App, open: &mut Open, credentials: &Credentials, text: &SmsText) -> Result<(), SignInError> {
    let now = app.clock.now();
    before_sign_in(app, &credentials.national_id, &credentials.address, now).await?;
    let account = app.store.account_by_national_id(&credentials.national_id).await.map_err(Broken::from)?;
    let Some(account) = password_fits(app, account, &credentials.password).await? else {
        tell(app, open, EventKind::SignInFailed, None, now).await?;
        return Err(SignInError::Wrong);
    };
    let proves = Proves::SecondFactor(account.id);
    one_time_code::send(app, open, (account.mobile, proves), text, now).await?;
    Ok(())
}

/// Second factor: the code that was sent.
pub async fn with_code(
    app: &App,
    open: &mut Open,
    sent: &SentCode,
    answer: &str,
    before: Option<&TokenHash>,
) -> Result<Begun, SignInError> {
    let now = app.clock.now();
    let Proves::SecondFactor(account) = sent.proves else { return Err(SignInError::NothingAsked) };
    one_time_code::check(app, sent, answer, now).await?;
    let account = open_account(app, account).await?;
    after_sign_in(app, &account.person.national_id, sent.to.e164()).await?;
    signed_in(app, open, account.id, (&[Password, SmsCode], before), now).await.map_err(Into::into)
}

/// Second factor without the phone: one of the recovery codes.
pub async fn with_recovery_code(
    app: &App,
    open: &mut Open,
    answer: &str,
    before: Option<&TokenHash>,
    address: &str,
) -> Result<Begun, SignInError> {
    let now = app.clock.now();
    let Pending::Code(SentCode { proves: Proves::SecondFactor(account), .. }) = open.interaction.pending else {
        return Err(SignInError::NothingAsked);
    };
    let person = open_account(app, account).await?.person;
    before_sign_in(app, &person.national_id, address, now).await?;
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    let hash = TokenHash::of(&super::enroll::plain_recovery_code(answer));
    if !tx.claim_recovery_code(account, &hash, now).await.map_err(Broken::from)? {
        return Err(SignInError::Wrong);
    }
    let event = app.event(EventKind::RecoveryCodeUsed, Some(account), Some(&open.client.id), now);
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
    signed_in(app, open, account, (&[Password, RecoveryCode], before), now).await.map_err(Into::into)
}

/// The account, unless it was closed since the password was checked.
async fn open_account(app: &App, id: AccountId) -> Result<Account, SignInError> {
    let account = app.store.account(id).await.map_err(Broken::from)?;
    account.filter(|account| account.status == AccountStatus::Active).ok_or(SignInError::Wrong)
}

/// A session begins, and the interaction knows that somebody authenticated here.
pub async fn signed_in(
    app: &App,
    open: &mut Open,
    account: AccountId,
    how: (&[AuthenticationMethod], Option<&TokenHash>),
    now: Timestamp,
) -> Result<Begun, NotKept> {
    let (methods, before) = how;
    if open.interaction.authenticated_at.is_none() {
        // Whoever was to step up may have signed out since; then anybody may sign in.
        open.interaction.step_up_of = step_up::asked_of(app, open, before, now).await?.map(|meant| meant.id);
    }
    open.interaction.authenticated_at = Some(now);
    if !matches!(open.interaction.pending, Pending::RecoveryCodes(_)) {
        open.interaction.pending = Pending::Nothing;
    }
    // First: whoever was overtaken has signed in nobody.
    open.keep(app, now).await?;
    tell(app, open, EventKind::SignedIn, Some(account), now).await?;
    Ok(begin(app, account, methods, before, now).await?)
}

async fn tell(app: &App, open: &Open, kind: EventKind, account: Option<AccountId>, now: Timestamp) -> Result<(), Broken> {
    let mut tx = app.store.write().await?;
    tx.append_event(&app.event(kind, account, Some(&open.client.id), now)).await?;
    Ok(tx.save().await?)
}

/// The account, if it is open and the password is its own. One password is hashed in every case.
async fn password_fits(app: &App, account: Option<Account>, typed: &Secret<String>) -> Result<Option<Account>, Broken> {
    let record = match &account {
        Some(account) => app.store.authenticators(account.id).await?.password,
        None => None,
    };
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
