//! `grant_type=refresh_token`: a refresh token works once and is replaced; its second use ends the grant. RFC 6749 §6, RFC 9700 §4.14.

use super::authenticate_client::AuthenticatedClient;
use super::dpop::ShownKey;
use super::issue::{Mint, issue};
use super::protect::{NoRecipient, recipient};
use super::tell_clients;
use super::{App, Broken};
use crate::identity::account::TokenHash;
use crate::identity::consent::Grant;
use crate::identity::event::EventKind;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::resource::{Granted, audience};
use crate::oidc::scope::Scope;
use crate::oidc::token::{Refresh, TokenResponse, narrow};
use crate::store::RefreshClaim;
use crate::time::Timestamp;

/// Exchanges a refresh token.
pub async fn refresh(
    app: &App,
    client: &AuthenticatedClient,
    request: Refresh,
    key: Option<ShownKey>,
) -> Result<TokenResponse, RefreshError> {
    let now = app.clock.now();
    let hash = TokenHash::of(request.refresh_token.expose());

    // Keys may have to be fetched for it, and nobody waits for a client inside a transaction.
    let recipient = recipient(app, client.client(), client.client().protection.id_token_encryption).await?;

    // One statement decides who used it first. Nothing of this is kept unless the whole story succeeds: a refused
    // request of another client does not use up the token.
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    let rotates = !client.client().requests.profile.is_fapi2();
    let claim = if rotates { tx.claim_refresh(&hash, now).await.map_err(Broken::from)? } else { look(app, &hash, now).await? };
    let grant_id = match claim {
        RefreshClaim::First(grant) => grant,
        RefreshClaim::Again(grant) => {
            let grant = tx.grant(grant).await.map_err(Broken::from)?.ok_or(RefreshError::Unknown)?;
            belongs_to(&grant, client)?;
            tx.end_grant(grant.id, now).await.map_err(Broken::from)?;
            let event = app.event(EventKind::RefreshTokenReplayed, Some(grant.account), Some(client.id()), now);
            tx.append_event(&event).await.map_err(Broken::from)?;
            tx.save().await.map_err(Broken::from)?;
            return Err(RefreshError::Replayed);
        }
        RefreshClaim::Expired | RefreshClaim::Unknown => return Err(RefreshError::Unknown),
    };
    let grant = tx.grant(grant_id).await.map_err(Broken::from)?.ok_or(RefreshError::Ended)?;
    belongs_to(&grant, client)?;
    bound_to(&grant, key.as_ref())?;
    let bound = key.map(ShownKey::into_binding);
    let narrowed = Grant { scopes: scopes_of_this_answer(&grant, &request)?, bound_to: bound, ..grant.clone() };
    let account = app.store.account(grant.account).await.map_err(Broken::from)?;
    let account = account.filter(|account| account.honours(grant.auth_time)).ok_or(RefreshError::AccountClosed)?;

    let granted =
        Granted { registered: &client.client().token_policy.resources, resources: &grant.resources, scopes: &narrowed.scopes };
    let audience = audience(app.settings.issuer(), &granted, &request.resources).map_err(RefreshError::Target)?;
    let mint = Mint { account: &account, grant: &narrowed, audience: &audience, recipient: recipient.as_ref() };
    let mut tokens = issue(app, client.client(), mint, now)?;
    if !rotates {
        (tokens.refresh, tokens.response.refresh_token) = (None, None);
    }
    if let Some(refresh) = &tokens.refresh {
        tx.insert_refresh(&refresh.hash, grant.id, now, refresh.expires_at).await.map_err(Broken::from)?;
    }
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

/// FAPI 2.0 Security Profile §5.3.2.1 item 10: no rotation. These clients authenticate by a key, so a token alone is worth nothing to a
/// thief, and an answer that is lost costs nobody a sign-in.
async fn look(app: &App, hash: &TokenHash, now: Timestamp) -> Result<RefreshClaim, RefreshError> {
    Ok(match app.store.refresh_token(hash).await.map_err(Broken::from)? {
        None => RefreshClaim::Unknown,
        Some(kept) if kept.used_at.is_some() => RefreshClaim::Again(kept.grant),
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
    /// For a resource that was not granted.
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
