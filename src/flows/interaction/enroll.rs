//! Makes an account for a proofed person, with a passkey or a password and recovery codes, in one transaction.
//!
//! If an account in the person's name exists that rests on less evidence, it is closed in the same transaction, with everything that
//! hung on it, and the person gets a new account. Its subjects are new: agencies have data of the previous holder under the old ones, which
//! are never given to another person (OpenID Connect Core §2). At no time is there an account without an authenticator, or two
//! accounts of one person.

use crate::app::App;
use crate::app::throttle::{budget_after_code, not_kept};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::words::ClientId;
use crate::crypto::passkey::PasskeyError;
use crate::crypto::password;
use crate::crypto::password::Password;
use crate::flows::interaction::open::{NotKept, Open};
use crate::flows::interaction::sign_in::{notify, signed_in};
use crate::flows::proofing::evidence::sealed;
use crate::flows::session::backchannel_logout;
use crate::flows::session::browser_session::{Authenticated, Begun};
use crate::identity::account::{Account, AccountStatus, PasskeyRecord, PasswordRecord};
use crate::identity::assurance::AuthenticationMethod;
use crate::identity::id::{AccountId, PasskeyId};
use crate::identity::person::Person;
use crate::identity::typed_code::plain_recovery_code;
use crate::records::ceremony::Ceremony;
use crate::records::delivery::DeliveryKind;
use crate::records::event::{Event, EventKind, What};
use crate::records::evidence::applicant::{Applicant, Replaced};
use crate::records::interaction::Pending;
use crate::records::origin::RequestOrigin;
use crate::secret::{Secret, TokenHash};
use crate::store::{StoreError, Tx};
use crate::time::Timestamp;
use crate::transient::{Paid, Taken, TransientError};

/// How many recovery codes a person gets: enough for a lost telephone and its replacement, few enough to be copied by hand.
pub(crate) const RECOVERY_CODES: usize = 5;

/// The authenticator that the person makes.
pub(crate) enum NewAuthenticator {
    /// A password.
    Password(Password),
    /// The browser's answer to [`passkey_options`].
    Passkey(String),
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrollError {
    /// No person is proofed in this interaction.
    #[error("no person is proofed in this interaction")]
    NotProofed,
    /// An account for this person was made a moment ago.
    #[error("the person has an account already")]
    HasAccount,
    /// The passkey was not accepted.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// Another request changed the interaction first, or it could not be stored.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(EnrollError: StoreError, TransientError);

/// Options for the browser to make a passkey; `residentKey` and user verification are required.
pub(crate) async fn passkey_options(app: &App, open: &Open) -> Result<serde_json::Value, EnrollError> {
    let now = app.clock.now();
    let applicant = applicant(open)?;
    let account = AccountId::new(&app.random, now);
    let name = passkey_name(applicant);
    let (options, state) = app.passkeys.start_registration(account, &name, &name, &[])?;
    let until = open.interaction.ends_at();
    let paid = Paid { until, by: &budget_after_code(app) };
    app.transient
        .put_ceremony(open.interaction.id, &Ceremony::Registration { account, state }, paid, now)
        .await
        .map_err(not_kept)?;
    Ok(options)
}

/// The name that the person's device shows for the passkey: of the registry's data only where it may be shown.
fn passkey_name(applicant: &Applicant) -> String {
    let Person { name, national_id, .. } = &applicant.person;
    if applicant.assurance().releases_registry_data() { name.full() } else { national_id.as_str().to_owned() }
}

/// Makes the account and signs the person in. `notice` is the SMS to the number of the account's previous holder, if there is
/// one.
pub(crate) async fn enroll(
    app: &App,
    open: &mut Open,
    authenticator: NewAuthenticator,
    before: Option<&TokenHash>,
    notice: &str,
) -> Result<Begun, EnrollError> {
    let now = app.clock.now();
    let applicant = applicant(open)?.clone();
    let (made, method) = match authenticator {
        NewAuthenticator::Password(password) => (with_password(app, password, now).await?, AuthenticationMethod::Password),
        NewAuthenticator::Passkey(response) => with_passkey(app, open, &response, now).await?,
    };
    let codes = recovery_codes(app);
    let account = made.account;
    let codes_kept: Vec<TokenHash> = codes.iter().map(|code| TokenHash::of(&plain_recovery_code(code))).collect();
    let client = open.client.id.clone();
    let enrolment = Enrolment { applicant: &applicant, made, codes: codes_kept, client, origin: open.origin };
    match applicant.replaces {
        None => insert(app, &enrolment, now).await?,
        Some(replaced) => replace(app, &enrolment, Replacing { replaced, notice }, now).await?,
    }
    let sealed = app.seals.recovery.seal(&app.random, codes.join("\n").as_bytes());
    open.interaction.pending = Pending::RecoveryCodes(sealed);
    open.interaction.newcomer = Some(account);
    let how = Authenticated { account, methods: &[method, AuthenticationMethod::SmsCode], before };
    Ok(signed_in(app, open, &how, now).await?)
}

/// The recovery codes that the person has not confirmed yet, and the account that they are of.
pub(crate) fn new_codes(app: &App, open: &Open) -> Option<(Vec<String>, AccountId)> {
    let Pending::RecoveryCodes(sealed) = &open.interaction.pending else { return None };
    let text = app.seals.recovery.open(sealed).unwrap_or_default();
    let codes = String::from_utf8(text).unwrap_or_default().lines().map(str::to_owned).collect();
    open.interaction.newcomer.map(|account| (codes, account))
}

/// The person confirms that they kept the codes, or have read how many are left.
pub(crate) async fn codes_kept(app: &App, open: &mut Open) -> Result<(), NotKept> {
    if matches!(open.interaction.pending, Pending::RecoveryCodes(_) | Pending::RecoveryCodeUsed { .. }) {
        open.begin(app, Pending::Nothing, app.clock.now()).await?;
    }
    Ok(())
}

struct Made {
    account: AccountId,
    password: Option<PasswordRecord>,
    passkey: Option<PasskeyRecord>,
}

/// What is stored as an account in one transaction, and what its events say.
struct Enrolment<'a> {
    applicant: &'a Applicant,
    made: Made,
    codes: Vec<TokenHash>,
    client: ClientId,
    origin: RequestOrigin,
}

impl Enrolment<'_> {
    fn account(&self, now: Timestamp) -> Account {
        let Applicant { person, mobile, proofed_at, .. } = self.applicant.clone();
        Account {
            id: self.made.account,
            person,
            mobile,
            mobile_verified_at: now,
            number: self.applicant.number(),
            assurance: self.applicant.assurance(),
            proofed_at,
            status: AccountStatus::Active,
            sessions_valid_from: now,
            created_at: now,
        }
    }

    fn event(&self, app: &App, kind: EventKind, now: Timestamp) -> Event {
        let account = self.made.account;
        app.event(kind, now).by_citizen(account).about(account).at_client(&self.client).from(self.origin)
    }
}

fn applicant(open: &Open) -> Result<&Applicant, EnrollError> {
    match &open.interaction.pending {
        Pending::Authenticator(applicant) => Ok(applicant),
        _ => Err(EnrollError::NotProofed),
    }
}

async fn with_password(app: &App, password: Password, now: Timestamp) -> Result<Made, EnrollError> {
    let random = app.random.clone();
    let phc: Secret<String> = app.hashing.run(move |workspace| password::hash(&password, &random, workspace)).await?;
    let password = Some(PasswordRecord { phc, set_at: now });
    let account = AccountId::new(&app.random, now);
    Ok(Made { account, password, passkey: None })
}

async fn with_passkey(
    app: &App,
    open: &Open,
    response: &str,
    now: Timestamp,
) -> Result<(Made, AuthenticationMethod), EnrollError> {
    let (account, state) = match app.transient.take_ceremony(open.interaction.id, now).await? {
        Taken::First(Ceremony::Registration { account, state }) => (account, state),
        // A challenge to sign in is none to register a passkey.
        Taken::First(Ceremony::SignIn(_)) => return Err(PasskeyError::WrongChallenge.into()),
        Taken::Again | Taken::Unknown => return Err(EnrollError::NotProofed),
    };
    let new = app.passkeys.finish_registration(response, &state)?;
    let passkey = Some(PasskeyRecord {
        id: PasskeyId::new(&app.random, now),
        credential_id: new.credential_id,
        credential: new.credential,
        created_at: now,
        used_at: None,
    });
    Ok((Made { account, password: None, passkey }, new.method))
}

/// Sixteen characters out of 32: 80 bits, more than NIST SP 800-63B-4 §4.2.1.1 requires; in groups of four for reading.
fn recovery_codes(app: &App) -> Vec<String> {
    const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";
    let code = || {
        let letters: Vec<char> =
            app.random.bytes::<16>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

/// Inserts a new account.
async fn insert(app: &App, enrolment: &Enrolment<'_>, now: Timestamp) -> Result<(), EnrollError> {
    let mut tx = app.store.write().await?;
    add(app, &mut tx, enrolment, now).await?;
    Ok(tx.save().await?)
}

/// The account that is closed, and the SMS to its number.
#[derive(Clone, Copy)]
struct Replacing<'a> {
    replaced: Replaced,
    notice: &'a str,
}

/// Closes the account that was made in the person's name, with everything that hung on it, and inserts the person's own. A closed
/// account ends its sessions, grants and refresh tokens: each is honoured only for an active account. A sign-in of the previous holder
/// that is under way finds the account closed.
async fn replace(app: &App, enrolment: &Enrolment<'_>, old: Replacing<'_>, now: Timestamp) -> Result<(), EnrollError> {
    let Replaced { account, at_most } = old.replaced;
    let found = app.store.account(account).await?;
    let Some(closed) = found else { return Err(EnrollError::HasAccount) };
    let mut tx = app.store.write().await?;
    // With no more evidence than the account's, it was waiting that decided. The holder may have signed in since that was looked at.
    let waited = enrolment.applicant.assurance() <= at_most;
    if waited && !tx.take_claim(closed.id, &enrolment.applicant.claimant(), now).await? {
        return Err(EnrollError::HasAccount);
    }
    if !tx.retire_account(closed.id, at_most, now).await? {
        return Err(EnrollError::HasAccount);
    }
    tx.remove_authenticators(closed.id).await?;
    tx.withdraw_consents(closed.id).await?;
    tx.end_claims(closed.id).await?;
    let holders = tx.take_clients_of_account(closed.id).await?;
    backchannel_logout::write_down(app, &mut tx, &holders, now).await?;
    let event = app.event(EventKind::AccountTakenOver, now).by_citizen(enrolment.made.account).about(closed.id);
    tx.append_event(&event.at_client(&enrolment.client).from(enrolment.origin)).await?;
    add(app, &mut tx, enrolment, now).await?;
    tx.save().await?;
    app.wake.of(DeliveryKind::LogoutToken).notify_one();
    notify(app, &closed.mobile, old.notice, now).await;
    Ok(())
}

/// Adds the account with its evidence and its authenticators.
async fn add(app: &App, tx: &mut Tx, enrolment: &Enrolment<'_>, now: Timestamp) -> Result<(), EnrollError> {
    match tx.insert_account(&enrolment.account(now)).await {
        Ok(()) => {}
        Err(StoreError::Conflict(_)) => return Err(EnrollError::HasAccount),
        Err(error) => return Err(error.into()),
    }
    for proof in &enrolment.applicant.proofs {
        tx.add_evidence(&sealed(app, enrolment.made.account, proof)?).await?;
    }
    add_authenticators(app, tx, enrolment, now).await?;
    Ok(tx.append_event(&enrolment.event(app, EventKind::AccountCreated, now)).await?)
}

async fn add_authenticators(app: &App, tx: &mut Tx, enrolment: &Enrolment<'_>, now: Timestamp) -> Result<(), Unavailable> {
    let Enrolment { made, codes, .. } = enrolment;
    if let Some(password) = &made.password {
        tx.set_password(made.account, password).await?;
        tx.append_event(&enrolment.event(app, EventKind::PasswordSet, now)).await?;
    }
    if let Some(passkey) = &made.passkey {
        tx.insert_passkey(made.account, passkey).await?;
        let event = enrolment.event(app, EventKind::PasskeyAdded, now).with(What::Passkey(passkey.id));
        tx.append_event(&event).await?;
    }
    Ok(tx.replace_recovery_codes(made.account, codes).await?)
}
