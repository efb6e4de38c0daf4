//! Signing in with a passkey: discoverable, user verification required, by button or by the browser's autofill.

use crate::app::App;
use crate::app::throttle::{Kept, Payer, Throttled, after_passkey, before_passkey, before_session, budget};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::crypto::passkey::{PasskeyError, Passkeys};
use crate::flows::interaction::open::{NotKept, Open};
use crate::flows::interaction::sign_in::signed_in;
use crate::flows::session::browser_session::{Authenticated, Begun};
use crate::identity::account::AccountStatus;
use crate::records::address::CountedAddress;
use crate::records::ceremony::Ceremony;
use crate::secret::TokenHash;
use crate::store::StoreError;
use crate::transient::{Paid, Taken, TransientError};

/// Why a sign-in by passkey failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasskeySignInError {
    /// Unknown passkey, closed account, or a wrong answer: the page does not say which.
    #[error("the passkey was not accepted: {0}")]
    Refused(String),
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Another request changed the interaction first, or it could not be stored.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(PasskeySignInError: StoreError, TransientError);

impl From<PasskeyError> for PasskeySignInError {
    fn from(error: PasskeyError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A challenge for the browser. It names no account, so it does not reveal which accounts exist.
pub(crate) async fn options(app: &App, open: &Open, address: CountedAddress) -> Result<serde_json::Value, PasskeySignInError> {
    let now = app.clock.now();
    let (options, state) = app.passkeys.start_authentication()?;
    let until = open.interaction.ends_at();
    let paid = Paid { until, by: &budget(app, &Payer::Address(address), Kept::Challenge) };
    app.transient.put_ceremony(open.interaction.id, &Ceremony::SignIn(state), paid, now).await.map_err(Throttled::from)?;
    Ok(options)
}

/// Checks the browser's answer. The challenge is consumed first: it allows one try.
pub(crate) async fn with_passkey(
    app: &App,
    open: &mut Open,
    response: &str,
    before: Option<&TokenHash>,
    address: CountedAddress,
) -> Result<Begun, PasskeySignInError> {
    let now = app.clock.now();
    before_passkey(app, address, now).await?;
    let taken = app.transient.take_ceremony(open.interaction.id, now).await?;
    // A challenge to register a passkey is none to sign in with one.
    let Taken::First(Ceremony::SignIn(state)) = taken else {
        return Err(PasskeySignInError::Refused("no challenge to sign in was open".to_owned()));
    };
    let (handle, credential_id) = Passkeys::read_response(response)?;
    let found = app.store.passkey(&credential_id).await?;
    let Some((account, record)) = found else { return Err(PasskeySignInError::Refused("unknown credential".to_owned())) };
    if handle.is_some_and(|handle| handle != account) {
        return Err(PasskeySignInError::Refused("the user handle is another account's".to_owned()));
    }
    let used = app.passkeys.finish_authentication(response, &state, &record.credential)?;
    let open_account = app.store.account(account).await?.filter(|a| a.status == AccountStatus::Active);
    if open_account.is_none() {
        return Err(PasskeySignInError::Refused("the account is closed".to_owned()));
    }

    let mut tx = app.store.write().await?;
    if !tx.passkey_used(&credential_id, used.credential.as_deref(), now).await? {
        return Err(PasskeySignInError::Refused("removed meanwhile".to_owned()));
    }
    tx.save().await?;
    after_passkey(app, address, now).await?;
    before_session(app, account, now).await?;
    Ok(signed_in(app, open, &Authenticated { account, methods: &[used.method], before }, now).await?)
}
