//! A relying party without a keyboard: device authorization (RFC 8628), on the `openidconnect` crate as well.

use crate::demo::relying_party::{RelyingError, RelyingParty, SignedIn, untrusted};
use openidconnect::core::CoreDeviceAuthorizationResponse;
use openidconnect::{DeviceCodeErrorResponseType, RequestTokenError, Scope};
use url::Url;

/// A device that shows its code and waits.
pub(crate) struct Waiting(CoreDeviceAuthorizationResponse);

/// Why a sign-in on a device failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceError {
    /// The person refused.
    #[error("the person refused")]
    Denied,
    /// No decision came in time.
    #[error("no decision came in time")]
    Expired,
    /// Something else.
    #[error(transparent)]
    Relying(#[from] RelyingError),
}

impl Waiting {
    /// What a person types or compares.
    pub(crate) fn user_code(&self) -> &str {
        self.0.user_code().secret()
    }

    /// Where they type it.
    pub(crate) fn verification_uri(&self) -> &Url {
        self.0.verification_uri().url()
    }

    /// The same address with the code in it, for a QR (RFC 8628 §3.3.1).
    pub(crate) fn verification_uri_complete(&self) -> Option<&str> {
        self.0.verification_uri_complete().map(|uri| uri.secret().as_str())
    }
}

impl RelyingParty {
    /// Asks for a code to show (RFC 8628 §3.1).
    pub(crate) async fn begin_on_device(&self) -> Result<Waiting, RelyingError> {
        let provider = self.provider().await?;
        let endpoint = provider.additional_metadata().additional_metadata.device_authorization_endpoint.clone();
        let endpoint = endpoint.ok_or_else(|| untrusted("the provider has no device_authorization_endpoint"))?;
        let client = self.client(&provider)?.set_device_authorization_url(endpoint);
        let scopes = self.registration().scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let request = client.exchange_device_code().add_scopes(scopes);
        let answer = request.request_async(self.http()).await.map_err(|error| RelyingError::Unreachable(error.to_string()))?;
        Ok(Waiting(answer))
    }

    /// Polls at the provider's interval until the person has decided (RFC 8628 §3.4, §3.5).
    pub(crate) async fn wait_for_decision(&self, waiting: &Waiting) -> Result<SignedIn, DeviceError> {
        let provider = self.provider().await?;
        let client = self.client(&provider)?;
        let request = client.exchange_device_access_token(&waiting.0).map_err(untrusted)?;
        let tokens = request.request_async(self.http(), tokio::time::sleep, None).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => match refusal.error() {
                DeviceCodeErrorResponseType::AccessDenied => DeviceError::Denied,
                DeviceCodeErrorResponseType::ExpiredToken => DeviceError::Expired,
                other => RelyingError::Refused(other.to_string()).into(),
            },
            other => RelyingError::Unreachable(other.to_string()).into(),
        })?;
        Ok(self.accept(provider, &tokens, None).await?)
    }
}
