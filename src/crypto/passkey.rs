//! Passkeys (W3C Web Authentication Level 3): discoverable, with user verification, bound to one origin. `webauthn-rs` applies
//! the rules of the ceremony; this file configures it and converts its results to our types.
//!
//! Keep the state between the two halves of a ceremony on the server, use it once, and delete it with the interaction.

use crate::identity::assurance::AuthenticationMethod;
use crate::identity::id::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::{Host, Url};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// The relying party of every passkey ceremony: one RP ID, one origin.
#[derive(Debug, Clone)]
pub(crate) struct Passkeys(Webauthn);

/// A passkey that was just registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPasskey {
    /// Its credential id.
    pub(crate) credential_id: Vec<u8>,
    /// Its record for [`Passkeys::finish_authentication`] (JSON): public key, counter, backup state.
    pub(crate) credential: String,
    /// Whether it is bound to its device or synced.
    pub(crate) method: AuthenticationMethod,
}

/// A passkey that has just authenticated its user, with user verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Used {
    /// The record to store from now on, if counter or backup state have changed.
    pub(crate) credential: Option<String>,
    /// Whether it is bound to its device or synced.
    pub(crate) method: AuthenticationMethod,
}

/// Why a ceremony failed. Only the first variant is the operator's to repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// RP ID and origin do not go together, or no browser would offer passkeys there.
    #[error("passkeys need https, or http on localhost, and an RP ID that is the origin's host or a parent domain of it")]
    Configuration,
    /// Response, state or credential cannot be parsed.
    #[error("the {0} of the passkey ceremony cannot be read")]
    Unreadable(&'static str),
    /// Made for another origin (§7.1 step 9, §7.2 step 12), as in a phishing attack.
    #[error("the passkey was used on another origin")]
    WrongOrigin,
    /// Made for another ceremony: a replayed response, or one of another tab.
    #[error("the response answers another challenge")]
    WrongChallenge,
    /// The authenticator did not verify its user by PIN, finger or face.
    #[error("the user was not verified by the authenticator")]
    UserNotVerified,
    /// The browser says that the passkey is not discoverable, so it could not be used to sign in without typing a name.
    #[error("the passkey is not discoverable")]
    NotDiscoverable,
    /// The signature counter went backwards: there may be a second copy of the key.
    #[error("the signature counter went backwards; the passkey may have been copied")]
    PerhapsCopied,
    /// Anything else: signature, RP ID hash, flags, algorithm, one of the excluded credentials. The text is for the log.
    #[error("the passkey was refused: {0}")]
    Refused(String),
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::Configuration => Self::Configuration,
            WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => Self::WrongOrigin,
            WebauthnError::MismatchedChallenge => Self::WrongChallenge,
            WebauthnError::UserNotVerified => Self::UserNotVerified,
            WebauthnError::CredentialPossibleCompromise => Self::PerhapsCopied,
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Passkeys {
    /// Serves passkeys of `rp_id` to pages of exactly `origin`: scheme, host and port. `rp_name` is what authenticators show.
    pub(crate) fn new(rp_id: &str, origin: &Url, rp_name: &str) -> Result<Self, PasskeyError> {
        // Elsewhere the browser has no `navigator.credentials` (Secure Contexts §3.1), so it is rejected at start-up.
        let local = origin.scheme() == "http" && origin.host() == Some(Host::Domain("localhost"));
        if origin.scheme() != "https" && !local {
            return Err(PasskeyError::Configuration);
        }
        Ok(Self(WebauthnBuilder::new(rp_id, origin)?.rp_name(rp_name).build()?))
    }

    /// Starts a registration: the argument of `navigator.credentials.create()` (binary members in base64url), and the state to
    /// store. `user_name` and `display_name` are shown by the authenticator; `existing` are the account's credential ids.
    pub(crate) fn start_registration(
        &self,
        account: AccountId,
        user_name: &str,
        display_name: &str,
        existing: &[Vec<u8>],
    ) -> Result<(Value, String), PasskeyError> {
        let user_handle = Uuid::from_bytes(account.bytes());
        let exclude = existing.to_vec();
        let (options, state) = self.0.start_passkey_registration(user_handle, user_name, display_name, Some(exclude))?;
        let mut options = written(&options, "options")?;
        // The library leaves discoverability to the authenticator; sign-in without typing a name needs it.
        options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
        options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok((options, written(&state, "state")?.to_string()))
    }

    /// Finishes a registration: the browser's `PublicKeyCredential` (JSON, binary members in base64url) and the stored state.
    pub(crate) fn finish_registration(&self, response_json: &str, state: &str) -> Result<NewPasskey, PasskeyError> {
        let response: RegisterPublicKeyCredential = read(response_json, "response")?;
        let state: PasskeyRegistration = read(state, "state")?;
        // `credProps` is not signed and may be missing. But a browser gains nothing by a false `rk: false`, so it is believed.
        if response.extensions.cred_props.as_ref().is_some_and(|told| told.rk == Some(false)) {
            return Err(PasskeyError::NotDiscoverable);
        }
        let passkey = self.0.finish_passkey_registration(&response, &state)?;
        let credential_id = passkey.cred_id().clone();
        let credential = written(&passkey, "credential")?;
        Ok(NewPasskey { credential_id, method: method_of(&credential), credential: credential.to_string() })
    }

    /// Starts a sign-in with any passkey that the person chooses: the argument of `navigator.credentials.get()`, to which a page
    /// that wants autofill adds `mediation: "conditional"`, and the state to store.
    pub(crate) fn start_authentication(&self) -> Result<(Value, String), PasskeyError> {
        let (options, state) = self.0.start_discoverable_authentication()?;
        let options = json!({ "publicKey": written(&options, "options")?["publicKey"] });
        Ok((options, written(&state, "state")?.to_string()))
    }

    /// The account (user handle, if there is one) and the credential that a response claims. Nothing is verified yet: look up the
    /// credential, check that it belongs to this account, then call [`finish_authentication`](Self::finish_authentication).
    pub(crate) fn read_response(response_json: &str) -> Result<(Option<AccountId>, Vec<u8>), PasskeyError> {
        let response: PublicKeyCredential = read(response_json, "response")?;
        let handle = response.get_user_unique_id().map(<[u8; 16]>::try_from).transpose();
        let account = handle.map_err(|_| PasskeyError::Unreadable("user handle"))?.map(AccountId::from_bytes);
        Ok((account, response.get_credential_id().to_vec()))
    }

    /// Finishes a sign-in: the response must be by `credential` (as stored), for this origin and challenge, the user verified.
    pub(crate) fn finish_authentication(&self, response_json: &str, state: &str, credential: &str) -> Result<Used, PasskeyError> {
        let response: PublicKeyCredential = read(response_json, "response")?;
        let state: DiscoverableAuthentication = read(state, "state")?;
        let mut passkey: Passkey = read(credential, "credential")?;
        let result = self.0.finish_discoverable_authentication_v2(&response, state, DiscoverableKey::from(&passkey))?;
        // The library rejects this by the policy in the state. It is checked again, because two factors depend on it.
        if !result.user_verified() {
            return Err(PasskeyError::UserNotVerified);
        }
        let changed = passkey.update_credential(&result) == Some(true);
        let credential = written(&passkey, "credential")?;
        let method = if result.backup_eligible() { AuthenticationMethod::SyncedPasskey } else { method_of(&credential) };
        Ok(Used { method, credential: changed.then(|| credential.to_string()) })
    }
}

/// WebAuthn Level 3 §6.1.3: backup eligibility is fixed when a passkey is made. A passkey counts as synced unless it is known
/// that it cannot be backed up.
fn method_of(credential: &Value) -> AuthenticationMethod {
    match credential["cred"]["backup_eligible"].as_bool() {
        Some(false) => AuthenticationMethod::Passkey,
        _ => AuthenticationMethod::SyncedPasskey,
    }
}

fn read<T: DeserializeOwned>(json: &str, what: &'static str) -> Result<T, PasskeyError> {
    serde_json::from_str(json).map_err(|_| PasskeyError::Unreadable(what))
}

fn written(value: &impl Serialize, what: &'static str) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|_| PasskeyError::Unreadable(what))
}

#[cfg(test)]
#[path = "passkey_tests.rs"]
mod tests;
