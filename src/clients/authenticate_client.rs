//! Client authentication at the endpoints that clients call. RFC 6749 §2.3, OpenID Connect Core §9, RFC 7523 §3.

use crate::app::App;
use crate::app::client_keys::{NoKeys, PAUSE, with_keys};
use crate::app::throttle::{
    Throttled, after_client_failure, after_client_success, after_unknown_client, before_client_authentication, before_mark,
};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::client::words::{ClientId, TokenEndpointAuthMethod};
use crate::crypto::certificate::ClientCertificate;
use crate::crypto::jose::assertion::{AssertionError, AssertionExpectation, Strictness, verify_client_assertion};
use crate::crypto::jose::verify::key_named_by;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::paths;
use crate::oidc::token::credentials::PresentedCredentials;
use crate::records::address::CountedAddress;
use crate::records::event::EventKind;
use crate::records::origin::RequestOrigin;
use crate::records::principal::Principal;
use crate::time::Timestamp;
use crate::transient::TransientError;
use serde_json::Value;
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

/// Authenticates a client. A secret does not replace a key, and a key no secret.
pub(crate) async fn authenticate_client(
    app: &App,
    presented: &PresentedCredentials,
    caller: Caller<'_>,
) -> Result<AuthenticatedClient, ClientRefused> {
    let now = app.clock.now();
    let client = app.client_cache.load().client(presented.client_id());
    let outcome = authenticate(app, client.clone(), presented, caller, now).await;
    if let Some(reason) = outcome.as_ref().err().and_then(ClientRefused::in_log) {
        let event = app.event(EventKind::ClientFailed, now);
        // A name that no client has is a text of a stranger: it is not written down.
        let event = match client {
            Some(client) => event.by_client(&client.id),
            None => event.by(Principal::System),
        };
        app.note(event.from(caller.origin).because(reason));
    }
    outcome
}

async fn authenticate(
    app: &App,
    client: Option<Arc<Client>>,
    presented: &PresentedCredentials,
    caller: Caller<'_>,
    now: Timestamp,
) -> Result<AuthenticatedClient, ClientRefused> {
    let Some(client) = client else {
        after_unknown_client(app, caller.address, now).await?;
        return Err(ClientRefused::Unknown);
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
            if before.is_some() && refused.may_be_a_guess() {
                // Only guesses are counted. Until the limit is reached the answer stays the same.
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
    // A secret is compared first: a right one is no guess, whatever else is wrong.
    if let PresentedCredentials::Basic { secret, .. } | PresentedCredentials::Post { secret, .. } = presented {
        client.has_secret(secret).then_some(()).ok_or(ClientRefused::WrongSecret)?;
    }
    if !client.requests.profile.allows_method(client.auth_method) {
        return Err(ClientRefused::ForbiddenByProfile);
    }
    match (presented, client.auth_method) {
        (PresentedCredentials::Basic { .. } | PresentedCredentials::Post { .. }, registered) => {
            if !client.takes_secret_by(presented.method()) {
                return Err(ClientRefused::OtherMethod { presented: presented.method(), registered });
            }
        }
        (PresentedCredentials::Assertion { jwt, .. }, TokenEndpointAuthMethod::PrivateKeyJwt) => {
            check_assertion(app, client, jwt.expose(), now).await?;
        }
        (PresentedCredentials::None { .. }, method) if method.needs_certificate() => {
            let certificate = caller.certificate.ok_or(ClientRefused::Certificate("not shown"))?;
            check_certificate(app, client, certificate, now).await?;
        }
        (PresentedCredentials::None { .. }, TokenEndpointAuthMethod::None) => {}
        (PresentedCredentials::Assertion { .. } | PresentedCredentials::None { .. }, registered) => {
            return Err(ClientRefused::NotRegistered { presented: presented.method(), registered });
        }
    }
    Ok(())
}

/// RFC 7523 §3: signed by the client's key, for us, not expired, and never seen before.
async fn check_assertion(app: &App, client: &Client, jwt: &str, now: Timestamp) -> Result<(), ClientRefused> {
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
    let kid = key_named_by(jwt);
    let verify = |keys: &Value| verify_client_assertion(jwt, keys, &expected);
    let assertion = with_keys(app, client, kid.as_deref(), verify, |error| error.is_about_the_key()).await??;
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
            let among = |keys: &Value| shown.is_registered_in(keys).then_some(()).ok_or(());
            shown.is_valid_at(now) && with_keys(app, client, None, among, |()| true).await?.is_ok()
        }
        _ => false,
    };
    fits.then_some(()).ok_or(ClientRefused::Certificate("refused"))
}

/// Why a client was not authenticated. The client gets `invalid_client`. It also gets the reason if only its own developer can
/// act on it: who presents the right secret or a right signature is that developer. For a wrong secret, certificate or `client_id` it
/// gets no reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientRefused {
    /// No client has this `client_id`.
    #[error("client authentication: unknown client")]
    Unknown,
    /// The secret is not the registered one, or the client has none.
    #[error("client authentication: wrong secret")]
    WrongSecret,
    /// The secret is right, and the client's entry names the other method.
    #[error("client authentication: the secret is right, but came by {}, and the entry says {}", presented.name(), registered.name())]
    OtherMethod {
        /// The method of the request.
        presented: TokenEndpointAuthMethod,
        /// The registered one.
        registered: TokenEndpointAuthMethod,
    },
    /// The client authenticates in another way than the request does, and presents no secret.
    #[error("client authentication: {} instead of {}", presented.name(), registered.name())]
    NotRegistered {
        /// The method of the request.
        presented: TokenEndpointAuthMethod,
        /// The registered one.
        registered: TokenEndpointAuthMethod,
    },
    /// The profile of the client does not allow its registered method (FAPI 2.0 Security Profile §5.3.2.1 item 6).
    #[error("client authentication: the registered method is one that FAPI 2.0 does not allow")]
    ForbiddenByProfile,
    /// The certificate is missing or is not the client's.
    #[error("client authentication: certificate {0}")]
    Certificate(&'static str),
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
    /// The reason in the event log; a limit has an event of its own.
    const fn in_log(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("unknown_client"),
            Self::WrongSecret => Some("wrong_secret"),
            Self::OtherMethod { .. } | Self::NotRegistered { .. } => Some("other_method"),
            Self::ForbiddenByProfile => Some("forbidden_by_profile"),
            Self::Certificate(_) => Some("certificate"),
            Self::Assertion(_) => Some("assertion"),
            Self::SeenBefore => Some("seen_before"),
            Self::Keys(_) => Some("keys"),
            Self::Throttled(_) | Self::Unavailable(_) => None,
        }
    }

    /// Whether the failure may be a guess: the secret is wrong, or the signature is. A right secret, an assertion that the client's own
    /// key signed (expired, for another audience, sent twice), a certificate, whose key the TLS handshake proved, and a request that
    /// presents nothing are none, so a client whose setup or clock is wrong never closes itself.
    const fn may_be_a_guess(&self) -> bool {
        match self {
            Self::WrongSecret => true,
            Self::Assertion(reason) => !reason.is_after_the_signature(),
            _ => false,
        }
    }
}

/// What to change if the secret is right and the client's entry names one method (RFC 6749 §2.3.1).
fn other_way(registered: TokenEndpointAuthMethod) -> String {
    let (way, not) = match registered {
        TokenEndpointAuthMethod::ClientSecretPost => {
            ("in the form, as client_id and client_secret", "in the Authorization header")
        }
        _ => ("in the Authorization header (HTTP Basic)", "in the form"),
    };
    format!(
        "the secret is right, but this client's entry says token_endpoint_auth_method = {}: send it {way}, not {not}; \
         or have that name taken out of the entry, then both ways are accepted",
        registered.name()
    )
}

/// RFC 6749 §5.2.
impl From<&ClientRefused> for OAuthError {
    fn from(error: &ClientRefused) -> Self {
        match error {
            ClientRefused::Unknown
            | ClientRefused::WrongSecret
            | ClientRefused::NotRegistered { .. }
            | ClientRefused::Certificate(_) => Self::invalid_client(
                "client authentication failed: check client_id, the registered token_endpoint_auth_method and the secret or key",
            ),
            ClientRefused::OtherMethod { registered, .. } => Self::invalid_client(other_way(*registered)),
            ClientRefused::ForbiddenByProfile => Self::invalid_client(
                "this client is held to FAPI 2.0, which allows private_key_jwt and mutual TLS only: register one of them",
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
