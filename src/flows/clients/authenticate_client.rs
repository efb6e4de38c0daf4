//! Client authentication at the endpoints that clients call. RFC 6749 §2.3, OpenID Connect Core §9, RFC 7523 §3.

use crate::app::App;
use crate::app::client_keys::{NoKeys, PAUSE, client_keys};
use crate::app::throttle::{
    Throttled, after_client_failure, after_client_success, after_unknown_client, before_client_authentication, before_mark,
};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::client::words::{ClientId, TokenEndpointAuthMethod};
use crate::crypto::certificate::ClientCertificate;
use crate::crypto::jose::assertion::{AssertionError, AssertionExpectation, Strictness, verify_client_assertion};
use crate::crypto::jose::verify::key_named_by;
use crate::oidc::binding::CertificateThumbprint;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::paths;
use crate::oidc::token::credentials::PresentedCredentials;
use crate::records::address::CountedAddress;
use crate::records::origin::RequestOrigin;
use crate::secret::{TokenHash, same_bytes};
use crate::time::Timestamp;
use crate::transient::TransientError;
use std::sync::Arc;

/// A client that has authenticated with its registered method.
#[derive(Debug)]
pub(crate) struct AuthenticatedClient {
    client: Arc<Client>,
    origin: RequestOrigin,
}

impl AuthenticatedClient {
    /// Its id.
    pub(crate) fn id(&self) -> &ClientId {
        &self.client.id
    }

    /// Its registration.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Where its request came from, for the audit log.
    pub(crate) const fn origin(&self) -> RequestOrigin {
        self.origin
    }
}

/// Where a client's request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The address for which limits are counted.
    pub(crate) address: CountedAddress,
    /// Where the request came from, for the audit log.
    pub(crate) origin: RequestOrigin,
    /// The certificate with which the connection was made.
    pub(crate) certificate: Option<&'a ClientCertificate>,
}

/// Authenticates a client. Only the registered method is accepted: a secret does not replace a key.
pub(crate) async fn authenticate_client(
    app: &App,
    presented: &PresentedCredentials,
    caller: Caller<'_>,
) -> Result<AuthenticatedClient, ClientRefused> {
    let now = app.clock.now();
    let Some(client) = app.client_cache.load().client(presented.client_id()) else {
        after_unknown_client(app, caller.address, now).await?;
        return Err(ClientRefused::Wrong("unknown client"));
    };
    // No limit for a public client: it presents nothing that could be guessed, and many people share the address of one network.
    let before =
        if client.is_public() { None } else { Some(before_client_authentication(app, &client.id, caller.address, now).await?) };
    match check(app, &client, presented, caller, now).await {
        Ok(()) => {
            if let Some(before) = before {
                after_client_success(app, before, now).await?;
            }
            Ok(AuthenticatedClient { client, origin: caller.origin })
        }
        Err(refused) => {
            if refused.may_be_a_guess() {
                // Only failures are counted. Until the limit is reached the answer stays the same.
                after_client_failure(app, &client.id, caller.address, now).await?;
            }
            Err(refused)
        }
    }
}

async fn check(
    app: &App,
    client: &Client,
    presented: &PresentedCredentials,
    caller: Caller<'_>,
    now: Timestamp,
) -> Result<(), ClientRefused> {
    let profile = client.requests.profile;
    if !profile.allows_method(client.auth_method) {
        return Err(ClientRefused::Wrong("a method that FAPI 2.0 does not allow"));
    }
    match (presented, client.auth_method) {
        (PresentedCredentials::Basic { secret, .. }, TokenEndpointAuthMethod::ClientSecretBasic)
        | (PresentedCredentials::Post { secret, .. }, TokenEndpointAuthMethod::ClientSecretPost) => {
            let registered = client.secret_hash.ok_or(ClientRefused::Wrong("no secret registered"))?;
            let given = TokenHash::of(secret.expose());
            same_bytes(&given.0, &registered.0).then_some(()).ok_or(ClientRefused::Wrong("wrong secret"))?;
        }
        (PresentedCredentials::Assertion { jwt, .. }, TokenEndpointAuthMethod::PrivateKeyJwt) => {
            check_assertion(app, client, jwt.expose(), now).await?;
        }
        (PresentedCredentials::None { .. }, method) if method.needs_certificate() => {
            let certificate = caller.certificate.ok_or(ClientRefused::Wrong("no certificate"))?;
            check_certificate(app, client, certificate, now).await?;
        }
        (PresentedCredentials::None { .. }, TokenEndpointAuthMethod::None) => {}
        _ => return Err(ClientRefused::Wrong("not the registered method")),
    }
    Ok(())
}

/// RFC 7523 §3: signed by the client's key, for us, not expired, and never seen before.
async fn check_assertion(app: &App, client: &Client, jwt: &str, now: Timestamp) -> Result<(), ClientRefused> {
    let keys = client_keys(app, client, key_named_by(jwt).as_deref()).await?;
    let audiences = audiences(app);
    let audiences: Vec<_> = audiences.iter().map(String::as_str).collect();
    // FAPI 2.0 Security Profile §5.3.2.1 item 8: the issuer alone.
    let (audiences, strictness) = if client.requests.profile.is_fapi2() {
        (&audiences[..1], Strictness::Fapi2)
    } else {
        (&audiences[..], Strictness::Rfc7523)
    };
    let alg = client.requests.assertion_alg;
    let expected = AssertionExpectation { client_id: &client.id, audiences, strictness, alg, now };
    let assertion = verify_client_assertion(jwt, &keys, &expected)?;
    before_mark(app, now)?;
    let fresh = app.transient.claim_jti(&client.id, &assertion.jti, assertion.usable_until, now).await?;
    fresh.then_some(()).ok_or(ClientRefused::SeenBefore)
}

/// The accepted `aud` values of an assertion: first the issuer, then each endpoint at which clients authenticate (RFC 7523 §3,
/// RFC 9126 §2), also under its mutual-TLS address (RFC 8705 §5).
fn audiences(app: &App) -> Vec<String> {
    const ENDPOINTS: [&str; 6] =
        [paths::TOKEN, paths::PAR, paths::DEVICE_AUTHORIZATION, paths::CIBA, paths::INTROSPECT, paths::REVOKE];
    let bases = [app.settings.issuer(), app.settings.tls.mutual_url.as_str()];
    let endpoints = bases.into_iter().filter(|base| !base.is_empty());
    let endpoints = endpoints.flat_map(|base| ENDPOINTS.map(|path| paths::url(base, path)));
    std::iter::once(app.settings.issuer().to_owned()).chain(endpoints).collect()
}

/// RFC 8705 §2: a trusted authority issued the certificate to the registered name, or the certificate itself is registered.
async fn check_certificate(app: &App, client: &Client, shown: &ClientCertificate, now: Timestamp) -> Result<(), ClientRefused> {
    let fits = match &client.token_policy.mutual_tls.subject {
        Some(subject) if client.auth_method == TokenEndpointAuthMethod::TlsClientAuth => {
            let vouched = app.authorities.as_ref().is_some_and(|authorities| authorities.vouch_for(shown, now));
            vouched && shown.is_of(subject)
        }
        _ if client.auth_method == TokenEndpointAuthMethod::SelfSignedTlsClientAuth => {
            let thumbprint = shown.thumbprint();
            let name = thumbprint.as_ref().map(CertificateThumbprint::as_str);
            let keys = client_keys(app, client, name).await?;
            shown.is_valid_at(now) && shown.is_registered_in(&keys)
        }
        _ => false,
    };
    fits.then_some(()).ok_or(ClientRefused::Wrong("certificate refused"))
}

/// Why a client was not authenticated. The client gets `invalid_client`. It also gets the reason if only its own developer can
/// act on it. For a wrong secret, certificate or `client_id` it gets no reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientRefused {
    /// The client is unknown, or the credentials are not the registered ones.
    #[error("client authentication: {0}")]
    Wrong(&'static str),
    /// The assertion is not valid.
    #[error("client assertion: {0}")]
    Assertion(#[from] AssertionError),
    /// The assertion was used before.
    #[error("client assertion: seen before")]
    SeenBefore,
    /// The client has no keys, or they cannot be fetched.
    #[error("client authentication: {0}")]
    Keys(#[from] NoKeys),
    /// Too many failures.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(ClientRefused: TransientError);

impl ClientRefused {
    /// Whether the failure may be a guess. If the client's own keys could not be read, the credentials were not checked at all.
    const fn may_be_a_guess(&self) -> bool {
        matches!(self, Self::Wrong(_) | Self::Assertion(_) | Self::SeenBefore)
    }
}

/// RFC 6749 §5.2.
impl From<&ClientRefused> for OAuthError {
    fn from(error: &ClientRefused) -> Self {
        match error {
            ClientRefused::Wrong(_) => Self::invalid_client(
                "client authentication failed: check client_id, the registered token_endpoint_auth_method and the secret or key",
            ),
            ClientRefused::Assertion(reason) => Self::invalid_client(format!("client_assertion is refused: {reason}")),
            ClientRefused::SeenBefore => {
                Self::invalid_client("client_assertion is refused: its jti was used before; make a new one for each request")
            }
            ClientRefused::Keys(reason) if reason.may_pass() => {
                let description = "the client's jwks_uri could not be read; try again in a moment";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).unreachable_for(PAUSE)
            }
            ClientRefused::Keys(reason) => Self::invalid_client(format!("client authentication failed: {reason}")),
            ClientRefused::Throttled(Throttled::TooMany { retry_after }) => {
                let description = "too many failed client authentications; wait before the next";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).not_before(*retry_after)
            }
            ClientRefused::Throttled(Throttled::Unavailable(cause)) | ClientRefused::Unavailable(cause) => cause.into(),
        }
    }
}
