//! `grant_type=authorization_code`: one code in, one set of tokens out. RFC 6749 §4.1.3, RFC 7636 §4.6.

use super::authenticate_client::AuthenticatedClient;
use super::code::{CodeContent, read_code};
use super::issue::issue;
use super::{App, Broken};
use crate::identity::event::EventKind;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::token::{CodeRedemption, TokenResponse};
use crate::time::Timestamp;
use crate::transient::Claimed;
use std::time::Duration;

/// How long a used code is remembered beyond its life, so that a late replay still ends its grant.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Redeems a code.
pub async fn redeem_code(app: &App, client: &AuthenticatedClient, request: CodeRedemption) -> Result<TokenResponse, RedeemError> {
    let now = app.clock.now();

    // It was made for this client, this redirect and this browser. All of that is in the code itself, so a stranger
    // who holds a stolen code cannot use it up.
    let code = read_code(app, request.code.expose(), now.minus(REMEMBERED)).ok_or(RedeemError::Unknown)?;
    made_for(&code, client, &request)?;

    // A code works once. Whoever comes second has shown us a stolen code: what the first got is ended (RFC 6749 §4.1.2).
    let until = code.expires_at.plus(REMEMBERED);
    if app.transient.claim_code(&code.grant.id.bytes(), until, now).await.map_err(Broken::from)? == Claimed::Again {
        end_grant(app, &code, now).await?;
        return Err(RedeemError::Replayed);
    }
    if now >= code.expires_at {
        return Err(RedeemError::Unknown);
    }

    let account = app.store.account(code.grant.account).await.map_err(Broken::from)?;
    let account = account.filter(|account| account.honours(code.grant.auth_time)).ok_or(RedeemError::AccountClosed)?;
    let tokens = issue(app, client.client(), &account, &code.grant, now)?;

    // What we report as done is on disk before we report it.
    let event = app.event(EventKind::TokensIssued, Some(account.id), Some(client.id()), now);
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    tx.insert_grant(&code.grant, tokens.lives_until).await.map_err(Broken::from)?;
    if let Some(refresh) = &tokens.refresh {
        tx.insert_refresh(&refresh.hash, code.grant.id, now, refresh.expires_at).await.map_err(Broken::from)?;
    }
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
    Ok(tokens.response)
}

fn made_for(code: &CodeContent, client: &AuthenticatedClient, request: &CodeRedemption) -> Result<(), RedeemError> {
    if code.grant.client != *client.id() {
        return Err(RedeemError::WrongClient);
    }
    // RFC 6749 §4.1.3: identical to the one of the authorization request, compared as strings.
    if request.redirect_uri != code.redirect_uri {
        return Err(RedeemError::WrongRedirect);
    }
    match (&code.challenge, &request.verifier) {
        (Some(challenge), Some(verifier)) if challenge.answered_by(verifier) => Ok(()),
        // RFC 9700 §2.1.1: a verifier without a challenge is a downgrade.
        (None, None) => Ok(()),
        _ => Err(RedeemError::WrongVerifier),
    }
}

async fn end_grant(app: &App, code: &CodeContent, now: Timestamp) -> Result<(), Broken> {
    let event = app.event(EventKind::CodeReplayed, Some(code.grant.account), Some(&code.grant.client), now);
    let mut tx = app.store.write().await?;
    // Whoever came first may still be on the way to the store. Then it finds its grant there, ended.
    tx.insert_grant(&code.grant, code.expires_at.plus(REMEMBERED)).await?;
    tx.end_grant(code.grant.id, now).await?;
    tx.append_event(&event).await?;
    Ok(tx.save().await?)
}

/// Why a code was not redeemed.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// Not ours, or expired.
    #[error("unknown or expired code")]
    Unknown,
    /// Used before.
    #[error("code used twice; its grant was ended")]
    Replayed,
    /// Made for another client.
    #[error("code of another client")]
    WrongClient,
    /// Sent to another redirect URI.
    #[error("other redirect_uri than in the authorization request")]
    WrongRedirect,
    /// The PKCE verifier does not answer the challenge.
    #[error("code_verifier does not answer code_challenge")]
    WrongVerifier,
    /// The account was closed, or all its sessions ended, in between.
    #[error("account closed or every session ended")]
    AccountClosed,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 6749 §5.2: the client learns `invalid_grant`, the log the reason.
impl From<&RedeemError> for OAuthError {
    fn from(error: &RedeemError) -> Self {
        let description = match error {
            RedeemError::Broken(_) => return Self::new(OAuthErrorCode::ServerError, "try again in a moment"),
            RedeemError::WrongVerifier => "code_verifier is missing or does not answer the code_challenge of this code",
            RedeemError::WrongRedirect => "redirect_uri differs from the one in the authorization request",
            RedeemError::Unknown | RedeemError::Replayed | RedeemError::WrongClient | RedeemError::AccountClosed => {
                "the code is unknown, expired, already used, or was issued to another client"
            }
        };
        Self::new(OAuthErrorCode::InvalidGrant, description)
    }
}
