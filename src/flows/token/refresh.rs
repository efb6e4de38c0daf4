//! `grant_type=refresh_token`. RFC 6749 §6, RFC 9700 §4.14.
//!
//! **A client that authenticates keeps its refresh token** (FAPI 2.0 Security Profile §5.3.2.1 item 10). Without its secret or key the
//! token is worth nothing to an attacker, and RFC 9700 §4.14.2 asks for rotation of public clients only. Rotation would cost sign-ins:
//! many applications refresh in several requests at once, and answers are lost on the way. A use writes its event, and once in a while
//! that the token lives longer.
//!
//! **A public client's refresh token works once** and is replaced; its second use ends the grant, because one of two users has stolen
//! it. A response can be lost, and then the client has only the used token. For a short time it may use that token again, if every
//! request shows the key that the token is bound to: it gets the same new token as before, as long as the new one is unused. An
//! attacker who saw a request without such a key could repeat it; there a token works once in every case.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::scope::Scope;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::encrypt_response::recipient;
use crate::flows::token::grant_pipeline::{Found, FoundGrant, Kept, Requester, TokenAnswer, answer};
use crate::flows::token::issue::RefreshToken;
use crate::flows::token::not_issued::NotIssued;
use crate::identity::account::Account;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::token::request::Refresh;
use crate::records::event::EventKind;
use crate::records::grant::Grant;
use crate::secret::{Secret, TokenHash};
use crate::store::{KeptRefresh, RefreshClaim, StoreError, Tx};
use crate::time::Timestamp;
use std::sync::Arc;

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
    let shown = ShownToken { token: &request.refresh_token, key: key.as_ref() };
    let (grant, kept) = if client.client().is_public() {
        let (grant, tx, refresh) = claim(app, client, shown, now).await?;
        (grant, Kept::Before { tx, refresh, recipient })
    } else {
        let (grant, account, expires_at) = look_up(app, client, shown, now).await?;
        let token = request.refresh_token.clone();
        (grant, Kept::Standing { account, refresh: RefreshToken::Same { token, expires_at }, recipient })
    };
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

/// The grant and account of a token that the client keeps, and when the token expires. Reads only. A token that was used up, before
/// the client began to authenticate or before this rule, is as stolen as it was then.
async fn look_up(
    app: &App,
    client: &AuthenticatedClient,
    shown: ShownToken<'_>,
    now: Timestamp,
) -> Result<(Grant, Arc<Account>, Timestamp), RefreshError> {
    let kept = app.store.refresh_token(&TokenHash::of(shown.token.expose())).await?.ok_or(RefreshError::Unknown)?;
    let KeptRefresh { grant, expires_at, used_at, .. } = kept;
    if used_at.is_none() && now >= expires_at {
        return Err(RefreshError::Unknown);
    }
    let (account, grant) = app.store.granted_account(grant).await?.ok_or(RefreshError::Ended)?;
    belongs_to(&grant, client)?;
    if used_at.is_some() {
        return Err(replayed(app, app.store.write().await?, client, &grant, now).await?);
    }
    bound_to(&grant, shown.key)?;
    Ok((Arc::unwrap_or_clone(grant), account, expires_at))
}

/// Claims a token that works once: one statement decides which request used it first. The transaction is saved only if the whole
/// request succeeds: a refused request of another client does not use up the token.
async fn claim(
    app: &App,
    client: &AuthenticatedClient,
    ShownToken { token, key }: ShownToken<'_>,
    now: Timestamp,
) -> Result<(Grant, Box<Tx>, RefreshToken), RefreshError> {
    let mut tx = app.store.write().await?;
    let next = app.refresh_chain.next(token);
    let (grant, refresh) = match tx.claim_refresh(&TokenHash::of(token.expose()), now).await? {
        RefreshClaim::First(grant) => {
            let grant = tx.grant(grant).await?.ok_or(RefreshError::Ended)?;
            belongs_to(&grant, client)?;
            (grant, RefreshToken::Next(next))
        }
        RefreshClaim::Again { grant, used_at } => {
            let grant = tx.grant(grant).await?.ok_or(RefreshError::Unknown)?;
            belongs_to(&grant, client)?;
            let in_time = now < used_at.plus(app.settings.tokens.refresh_retry);
            // RFC 9700 §4.14.2: an attacker who saw the request could not have made this one.
            let proven = grant.bound_to.is_some() && bound_to(&grant, key).is_ok();
            if !(in_time && proven && is_unused(&mut tx, &next, now).await?) {
                return Err(replayed(app, tx, client, &grant, now).await?);
            }
            (grant, RefreshToken::Again(next))
        }
        RefreshClaim::Expired | RefreshClaim::Unknown => return Err(RefreshError::Unknown),
    };
    bound_to(&grant, key)?;
    Ok((grant, Box::new(tx), refresh))
}

/// Ends the grant of a token that was used twice (RFC 9700 §4.14.2).
async fn replayed(
    app: &App,
    mut tx: Tx,
    client: &AuthenticatedClient,
    grant: &Grant,
    now: Timestamp,
) -> Result<RefreshError, Unavailable> {
    tx.end_grant(grant.id, now).await?;
    let event = app.event(EventKind::RefreshTokenReplayed, now).by_client(client.id()).about(grant.account);
    tx.append_event(&event.of_grant(grant.id).from(client.origin())).await?;
    tx.save().await?;
    Ok(RefreshError::Replayed)
}

/// Whether the token was issued and is unused: then its response may have been lost.
async fn is_unused(tx: &mut Tx, token: &Secret<String>, now: Timestamp) -> Result<bool, RefreshError> {
    let kept = tx.refresh_token(&TokenHash::of(token.expose())).await?;
    Ok(kept.is_some_and(|kept| kept.used_at.is_none() && now < kept.expires_at))
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
