//! `grant_type=refresh_token`: a refresh token works once and is replaced; its second use ends the grant. RFC 6749 §6, RFC 9700 §4.14.
//!
//! An answer can be lost on the way, and then the client has only the used token. It may use that once more for a short while, gets the
//! same new token as before, and only as long as nobody has used the new one. No replay gains by it: only a client that signs this very
//! request, or its connection, with a private key is answered so. Where token and secret travel together, or the token alone, whoever saw
//! the request could repeat it; there a token works once, whatever happens.

use super::authenticate_client::AuthenticatedClient;
use super::dpop::ShownKey;
use super::issue::{Mint, issue, reach};
use super::protect::{NoRecipient, recipient};
use super::tell_clients;
use super::{App, Broken};
use crate::identity::account::TokenHash;
use crate::identity::consent::Grant;
use crate::identity::event::EventKind;
use crate::oidc::client::{Client, TokenEndpointAuthMethod};
use crate::oidc::details::reach::Allowed;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::resource::Granted;
use crate::oidc::scope::Scope;
use crate::oidc::token::{Refresh, TokenResponse, narrow};
use crate::secret::Secret;
use crate::store::{KeptRefresh, RefreshClaim, Tx};
use crate::time::Timestamp;

/// Exchanges a refresh token.
pub async fn refresh(
    app: &App,
    client: &AuthenticatedClient,
    request: Refresh,
    key: Option<ShownKey>,
) -> Result<TokenResponse, RefreshError> {
    let now = app.clock.now();
    // RFC 6749 §5.2: no token of the client's is looked at, so that it works again where an operator gives the grant type back.
    if client.client().allowed(&[Scope::OfflineAccess]).is_empty() {
        return Err(RefreshError::NotAllowed);
    }

    // Keys may have to be fetched for it, and nobody waits for a client inside a transaction.
    let recipient = recipient(app, client.client(), client.client().protection.id_token_encryption).await?;

    // One statement decides who used it first. Nothing of this is kept unless the whole story succeeds: a refused
    // request of another client does not use up the token.
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    let (grant, next) = match claim(app, &mut tx, client, (&request, key.as_ref()), now).await? {
        Claimed::Ours(grant, next) => (*grant, next),
        Claimed::Replayed(grant) => {
            tx.end_grant(grant.id, now).await.map_err(Broken::from)?;
            let event = app.event(EventKind::RefreshTokenReplayed, Some(grant.account), Some(client.id()), now);
            tx.append_event(&event).await.map_err(Broken::from)?;
            tx.save().await.map_err(Broken::from)?;
            return Err(RefreshError::Replayed);
        }
    };
    bound_to(&grant, key.as_ref())?;
    let grant = grant.within(client.client()).map_err(RefreshError::Target)?;
    let bound = key.map(ShownKey::into_binding);
    // OpenID Connect Core §12.2: an ID token beside a refreshed access token repeats no nonce.
    let narrowed = Grant { nonce: None, scopes: scopes_of_this_answer(&grant, &request)?, bound_to: bound, ..grant.clone() };
    let account = tx.account(grant.account).await.map_err(Broken::from)?;
    let account = account.filter(|account| account.honours(grant.auth_time)).ok_or(RefreshError::AccountClosed)?;

    let granted =
        Granted { registered: &client.client().token_policy.resources, resources: &grant.resources, scopes: &narrowed.scopes };
    let allowed = Allowed { granted, details: grant.details.as_ref() };
    let reach = reach(app, &allowed, &request.narrower).map_err(RefreshError::Target)?;
    let mint = Mint { account: &account, grant: &narrowed, reach: &reach, recipient: recipient.as_ref() };
    let mut tokens = issue(app, client.client(), mint, now)?;
    if let (Some(kept), Next::New(token)) = (&tokens.refresh, &next) {
        tx.insert_refresh(&TokenHash::of(token.expose()), grant.id, now, kept.expires_at).await.map_err(Broken::from)?;
    }
    tokens.response.refresh_token = tokens.response.refresh_token.and_then(|_| next.into_token());
    // A public client that begins to show a key gets refresh tokens that are bound to it from now on (RFC 9449 §5).
    if let Some(binding) = narrowed.bound_to.as_ref().filter(|_| grant.bound_to.is_none() && client.client().is_public()) {
        tx.bind_grant(grant.id, binding).await.map_err(Broken::from)?;
    }
    tell_clients::remember(&mut tx, client.client(), &grant, (tokens.lives_until, now)).await?;
    let event = app.event(EventKind::TokensRefreshed, Some(account.id), Some(client.id()), now);
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
    Ok(tokens.response)
}

/// What the answer says of a refresh token.
enum Next {
    /// Nothing: the client goes on with the one it has.
    Same,
    /// The one that follows; it is kept when the answer is.
    New(Secret<String>),
    /// The one that follows, kept with an answer that was lost.
    Again(Secret<String>),
}

impl Next {
    fn into_token(self) -> Option<Secret<String>> {
        match self {
            Self::Same => None,
            Self::New(token) | Self::Again(token) => Some(token),
        }
    }
}

/// Whose turn it is.
enum Claimed {
    /// Ours.
    Ours(Box<Grant>, Next),
    /// Nobody's: the token was used before, and not by somebody who may repeat that.
    Replayed(Box<Grant>),
}

async fn claim(
    app: &App,
    tx: &mut Tx,
    client: &AuthenticatedClient,
    (request, key): (&Refresh, Option<&ShownKey>),
    now: Timestamp,
) -> Result<Claimed, RefreshError> {
    let hash = TokenHash::of(request.refresh_token.expose());
    let rotates = !client.client().requests.profile.is_fapi2();
    let claim = if rotates { tx.claim_refresh(&hash, now).await.map_err(Broken::from)? } else { look(tx, &hash, now).await? };
    match claim {
        RefreshClaim::First(grant) => {
            let grant = tx.grant(grant).await.map_err(Broken::from)?.ok_or(RefreshError::Ended)?;
            belongs_to(&grant, client)?;
            let next = if rotates { Next::New(app.refresh_chain.next(&request.refresh_token)) } else { Next::Same };
            Ok(Claimed::Ours(Box::new(grant), next))
        }
        RefreshClaim::Again { grant, used_at } => {
            let grant = tx.grant(grant).await.map_err(Broken::from)?.ok_or(RefreshError::Unknown)?;
            belongs_to(&grant, client)?;
            let next = app.refresh_chain.next(&request.refresh_token);
            let in_time = now < used_at.plus(app.settings.tokens.refresh_retry);
            let proven = proves_itself(&grant, client.client(), key);
            let repeat = rotates && in_time && proven && is_unused(tx, &next, now).await?;
            let grant = Box::new(grant);
            Ok(if repeat { Claimed::Ours(grant, Next::Again(next)) } else { Claimed::Replayed(grant) })
        }
        RefreshClaim::Expired | RefreshClaim::Unknown => Err(RefreshError::Unknown),
    }
}

/// Whether the client proved itself by a private key, so that nobody who saw its request could have made this one: by an assertion or a
/// certificate, or, without credentials, by the key that its refresh tokens are bound to (RFC 9700 §4.14.2).
fn proves_itself(grant: &Grant, client: &Client, key: Option<&ShownKey>) -> bool {
    match client.auth_method {
        TokenEndpointAuthMethod::PrivateKeyJwt
        | TokenEndpointAuthMethod::TlsClientAuth
        | TokenEndpointAuthMethod::SelfSignedTlsClientAuth => true,
        TokenEndpointAuthMethod::None => grant.bound_to.is_some() && bound_to(grant, key).is_ok(),
        TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost => false,
    }
}

/// Whether the token was issued and nobody has used it: then its answer may have been lost.
async fn is_unused(tx: &mut Tx, token: &Secret<String>, now: Timestamp) -> Result<bool, RefreshError> {
    let kept = tx.refresh_token(&TokenHash::of(token.expose())).await.map_err(Broken::from)?;
    Ok(kept.is_some_and(|kept| kept.used_at.is_none() && now < kept.expires_at))
}

/// FAPI 2.0 Security Profile §5.3.2.1 item 10: no rotation. These clients authenticate by a key, so a token alone is worth nothing to a
/// thief, and an answer that is lost costs nobody a sign-in.
async fn look(tx: &mut Tx, hash: &TokenHash, now: Timestamp) -> Result<RefreshClaim, RefreshError> {
    Ok(match tx.refresh_token(hash).await.map_err(Broken::from)? {
        None => RefreshClaim::Unknown,
        Some(KeptRefresh { grant, used_at: Some(used_at), .. }) => RefreshClaim::Again { grant, used_at },
        Some(kept) if now >= kept.expires_at => RefreshClaim::Expired,
        Some(kept) => RefreshClaim::First(kept.grant),
    })
}

fn belongs_to(grant: &Grant, client: &AuthenticatedClient) -> Result<(), RefreshError> {
    (grant.client == *client.id()).then_some(()).ok_or(RefreshError::WrongClient)
}

/// RFC 9449 §5, RFC 8705 §4: a refresh token that is bound to a key or certificate is used with it.
fn bound_to(grant: &Grant, key: Option<&ShownKey>) -> Result<(), RefreshError> {
    let fits = grant.bound_to.is_none() || grant.bound_to.as_ref() == key.map(ShownKey::binding);
    fits.then_some(()).ok_or(RefreshError::WrongKey)
}

/// RFC 6749 §6: the scope may be narrowed for this access token, never widened; the refresh token keeps the grant's, so
/// `offline_access` stays.
fn scopes_of_this_answer(grant: &Grant, request: &Refresh) -> Result<Vec<Scope>, RefreshError> {
    let mut scopes = narrow(&grant.scopes, request.scopes.as_deref()).map_err(|_| RefreshError::WiderScope)?;
    if grant.scopes.contains(&Scope::OfflineAccess) && !scopes.contains(&Scope::OfflineAccess) {
        scopes.push(Scope::OfflineAccess);
    }
    Ok(scopes)
}

/// Why a refresh token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The client is not registered for refresh tokens, or is no more.
    #[error("not registered for refresh_token")]
    NotAllowed,
    /// Not ours, or expired.
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
    /// For a resource, or with details, that were not granted.
    #[error("{0}")]
    Target(OAuthError),
    /// More was asked than granted.
    #[error("wider scope than granted")]
    WiderScope,
    /// The account was closed, or all its sessions ended.
    #[error("account closed or every session ended")]
    AccountClosed,
    /// Nobody to encrypt the ID token for.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 6749 §5.2.
impl From<&RefreshError> for OAuthError {
    fn from(error: &RefreshError) -> Self {
        match error {
            RefreshError::NotAllowed => {
                let description = "the client is not registered for the grant type refresh_token with the scope offline_access";
                Self::new(OAuthErrorCode::UnauthorizedClient, description)
            }
            RefreshError::Broken(_) => Self::new(OAuthErrorCode::ServerError, "try again in a moment"),
            RefreshError::WiderScope => Self::new(OAuthErrorCode::InvalidScope, "scope asks for more than was granted"),
            RefreshError::Target(error) => error.clone(),
            RefreshError::Recipient(error) => error.into(),
            RefreshError::WrongKey => Self::invalid_grant(
                "this refresh token needs a DPoP proof made with the key, or the certificate, that it is bound to",
            ),
            _ => Self::new(OAuthErrorCode::InvalidGrant, "the refresh token is unknown, expired, already used, or revoked"),
        }
    }
}
