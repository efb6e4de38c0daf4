//! `grant_type=refresh_token`: a refresh token works once and is replaced; its second use ends the grant. RFC 6749 §6, RFC 9700 §4.14.
//!
//! A response can be lost on the way; then the client has only the used token. For a short time it may use that token again, and
//! it gets the same new token as before, as long as the new one is unused. A replay gains nothing by this: only a client that
//! signs the request or its connection with a private key is answered so. If the request carries the token alone, or token and
//! secret, an attacker who saw it could repeat it; for such a client a token works once in every case.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::client::scope::Scope;
use crate::client::words::TokenEndpointAuthMethod;
use crate::flows::clients::authenticate_client::AuthenticatedClient;
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::encrypt_response::recipient;
use crate::flows::token::grant_pipeline::{Found, FoundGrant, Kept, NotIssued, Requester, TokenAnswer, answer};
use crate::flows::token::issue::RefreshToken;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::token::request::Refresh;
use crate::records::event::EventKind;
use crate::records::grant::Grant;
use crate::secret::{Secret, TokenHash};
use crate::store::{KeptRefresh, RefreshClaim, StoreError, Tx};
use crate::time::Timestamp;

/// Exchanges a refresh token.
pub(crate) async fn refresh(
    app: &App,
    client: &AuthenticatedClient,
    request: Refresh,
    key: Option<ShownKey>,
) -> Result<TokenAnswer, RefreshError> {
    let now = app.clock.now();
    // RFC 6749 §5.2: the token is not touched, so it works again if an operator registers the grant type again.
    if client.client().allowed(&[Scope::OfflineAccess]).is_empty() {
        return Err(RefreshError::NotAllowed);
    }

    // The client's keys may have to be fetched: a transaction must not wait for that.
    let recipient = recipient(app, client.client(), client.client().protection.id_token_encryption).await;

    // One statement decides which request used it first. The transaction is saved only if the whole request succeeds: a refused
    // request of another client does not use up the token.
    let mut tx = app.store.write().await?;
    let shown = ShownToken { token: &request.refresh_token, key: key.as_ref() };
    let (grant, next) = match claim(app, &mut tx, client, shown, now).await? {
        Claimed::Ours(grant, next) => (*grant, next),
        Claimed::Replayed(grant) => {
            tx.end_grant(grant.id, now).await?;
            let event = app.event(EventKind::RefreshTokenReplayed, now).by_client(client.id()).about(grant.account);
            tx.append_event(&event.of_grant(grant.id).from(client.origin())).await?;
            tx.save().await?;
            return Err(RefreshError::Replayed);
        }
    };
    bound_to(&grant, key.as_ref())?;
    let kept = Kept::Before { tx: Box::new(tx), refresh: next, recipient };
    let found = FoundGrant { grant, scopes: request.scopes.as_deref(), narrower: &request.narrower, kept };
    Ok(answer(app, Requester { client, key, now }, Found::Grant(Box::new(found))).await?)
}

/// What the client presents.
#[derive(Clone, Copy)]
struct ShownToken<'a> {
    /// The refresh token.
    token: &'a Secret<String>,
    /// The key of its proof or certificate.
    key: Option<&'a ShownKey>,
}

/// The result of a claim.
enum Claimed {
    /// This request may use the token.
    Ours(Box<Grant>, RefreshToken),
    /// The token was used before, and this request may not repeat that.
    Replayed(Box<Grant>),
}

async fn claim(
    app: &App,
    tx: &mut Tx,
    client: &AuthenticatedClient,
    ShownToken { token, key }: ShownToken<'_>,
    now: Timestamp,
) -> Result<Claimed, RefreshError> {
    let hash = TokenHash::of(token.expose());
    let rotates = !client.client().requests.profile.is_fapi2();
    let claim = if rotates { tx.claim_refresh(&hash, now).await? } else { look(tx, &hash, now).await? };
    match claim {
        RefreshClaim::First(grant) => {
            let grant = tx.grant(grant).await?.ok_or(RefreshError::Ended)?;
            belongs_to(&grant, client)?;
            let next = if rotates { RefreshToken::Next(app.refresh_chain.next(token)) } else { RefreshToken::Unchanged };
            Ok(Claimed::Ours(Box::new(grant), next))
        }
        RefreshClaim::Again { grant, used_at } => {
            let grant = tx.grant(grant).await?.ok_or(RefreshError::Unknown)?;
            belongs_to(&grant, client)?;
            let next = app.refresh_chain.next(token);
            let in_time = now < used_at.plus(app.settings.tokens.refresh_retry);
            let proven = proves_itself(&grant, client.client(), key);
            let repeat = rotates && in_time && proven && is_unused(tx, &next, now).await?;
            let grant = Box::new(grant);
            Ok(if repeat { Claimed::Ours(grant, RefreshToken::Again(next)) } else { Claimed::Replayed(grant) })
        }
        RefreshClaim::Expired | RefreshClaim::Unknown => Err(RefreshError::Unknown),
    }
}

/// Whether the client proved possession of a private key, so that an attacker who saw its request could not have made this one:
/// by an assertion or a certificate, or, for a public client, by the key that its refresh tokens are bound to (RFC 9700 §4.14.2).
fn proves_itself(grant: &Grant, client: &Client, key: Option<&ShownKey>) -> bool {
    match client.auth_method {
        TokenEndpointAuthMethod::PrivateKeyJwt
        | TokenEndpointAuthMethod::TlsClientAuth
        | TokenEndpointAuthMethod::SelfSignedTlsClientAuth => true,
        TokenEndpointAuthMethod::None => grant.bound_to.is_some() && bound_to(grant, key).is_ok(),
        TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost => false,
    }
}

/// Whether the token was issued and is unused: then its response may have been lost.
async fn is_unused(tx: &mut Tx, token: &Secret<String>, now: Timestamp) -> Result<bool, RefreshError> {
    let kept = tx.refresh_token(&TokenHash::of(token.expose())).await?;
    Ok(kept.is_some_and(|kept| kept.used_at.is_none() && now < kept.expires_at))
}

/// FAPI 2.0 Security Profile §5.3.2.1 item 10: no rotation. These clients authenticate with a key, so a token alone is worth
/// nothing to an attacker, and a lost response costs no new sign-in.
async fn look(tx: &mut Tx, hash: &TokenHash, now: Timestamp) -> Result<RefreshClaim, RefreshError> {
    Ok(match tx.refresh_token(hash).await? {
        None => RefreshClaim::Unknown,
        Some(KeptRefresh { grant, used_at: Some(used_at), .. }) => RefreshClaim::Again { grant, used_at },
        Some(kept) if now >= kept.expires_at => RefreshClaim::Expired,
        Some(kept) => RefreshClaim::First(kept.grant),
    })
}

fn belongs_to(grant: &Grant, client: &AuthenticatedClient) -> Result<(), RefreshError> {
    (grant.client == *client.id()).then_some(()).ok_or(RefreshError::WrongClient)
}

/// RFC 9449 §5, RFC 8705 §4: a refresh token that is bound to a key or certificate must be used with it.
fn bound_to(grant: &Grant, key: Option<&ShownKey>) -> Result<(), RefreshError> {
    let fits = grant.bound_to.is_none() || grant.bound_to.as_ref() == key.map(ShownKey::binding);
    fits.then_some(()).ok_or(RefreshError::WrongKey)
}

/// Why a refresh token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshError {
    /// The client is not, or is no longer, registered for refresh tokens.
    #[error("not registered for refresh_token")]
    NotAllowed,
    /// Not a refresh token of this server, or expired.
    #[error("unknown or expired refresh token")]
    Unknown,
    /// Used before.
    #[error("refresh token used twice; its grant was ended")]
    Replayed,
    /// Its grant was ended.
    #[error("grant ended")]
    Ended,
    /// Issued to another client.
    #[error("refresh token of another client")]
    WrongClient,
    /// Bound to another key, or no key was shown.
    #[error("no DPoP proof of the refresh token's key")]
    WrongKey,
    /// The pipeline issued no tokens.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(RefreshError: StoreError);

/// What the client is told about a refresh token that is not valid; the log has the reason.
const GONE: &str = "the refresh token is unknown, expired, already used, or revoked";

/// RFC 6749 §5.2.
impl From<&RefreshError> for OAuthError {
    fn from(error: &RefreshError) -> Self {
        match error {
            RefreshError::NotAllowed => {
                let description = "the client is not registered for the grant type refresh_token with the scope offline_access";
                Self::new(OAuthErrorCode::UnauthorizedClient, description)
            }
            RefreshError::Unavailable(cause) => cause.into(),
            RefreshError::NotIssued(refused) => refused.public(GONE),
            RefreshError::WrongKey => Self::invalid_grant(
                "this refresh token needs a DPoP proof made with the key, or the certificate, that it is bound to",
            ),
            RefreshError::Unknown | RefreshError::Replayed | RefreshError::Ended | RefreshError::WrongClient => {
                Self::invalid_grant(GONE)
            }
        }
    }
}
