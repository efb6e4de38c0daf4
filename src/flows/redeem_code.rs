//! `grant_type=authorization_code`: one code in, one set of tokens out. RFC 6749 §4.1.3, RFC 7636 §4.6.

use super::authenticate_client::AuthenticatedClient;
use super::code::{CodeContent, read_code};
use super::dpop::ShownKey;
use super::issue::{Issued, Mint, issue, reach, subject};
use super::protect::{NoRecipient, recipient};
use super::tell_clients;
use super::{App, Broken};
use crate::identity::consent::Grant;
use crate::identity::event::EventKind;
use crate::oidc::client::{Client, GrantType};
use crate::oidc::details::reach::Allowed;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::profile::CODE_LIFETIME;
use crate::oidc::resource::Granted;
use crate::oidc::token::{CodeRedemption, TokenResponse};
use crate::store::GRANT_EXISTS;
use crate::time::Timestamp;
use std::time::Duration;

/// How long a used code is remembered beyond its life, so that a late replay still ends its grant.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Redeems a code.
pub async fn redeem_code(
    app: &App,
    client: &AuthenticatedClient,
    request: CodeRedemption,
    key: Option<ShownKey>,
) -> Result<TokenResponse, RedeemError> {
    let now = app.clock.now();
    if !client.client().may_use(GrantType::AuthorizationCode) {
        return Err(RedeemError::NotAllowed);
    }

    // It was made for this client, this redirect and this browser. All of that is in the code itself, so a stranger
    // who holds a stolen code cannot use it up.
    let mut code = read_code(app, request.code.expose(), now.minus(REMEMBERED)).ok_or(RedeemError::Unknown)?;
    made_for(&code, client, &request)?;
    if code.dpop_jkt.is_some() && code.dpop_jkt.as_ref() != key.as_ref().and_then(ShownKey::jkt) {
        return Err(RedeemError::WrongKey);
    }
    code.grant =
        Grant { bound_to: key.map(ShownKey::into_binding), ..code.grant.within(client.client()).map_err(RedeemError::Target)? };
    // FAPI 2.0 Security Profile §5.3.2.1 item 11, whatever is set up for others.
    let too_old = client.client().requests.profile.is_fapi2() && now >= code.grant.created_at.plus(CODE_LIFETIME);
    if too_old || now >= code.expires_at {
        // Too late to be served; whoever was served before has lost the code to somebody.
        return Err(if end_grant(app, &code, now).await? { RedeemError::Replayed } else { RedeemError::Unknown });
    }

    let account = app.store.account(code.grant.account).await.map_err(Broken::from)?;
    let account = account.filter(|account| account.honours(code.grant.auth_time)).ok_or(RedeemError::AccountClosed)?;
    let registered = &client.client().token_policy.resources;
    let granted = Granted { registered, resources: &code.grant.resources, scopes: &code.grant.scopes };
    let allowed = Allowed { granted, details: code.grant.details.as_ref() };
    let reach = reach(app, &allowed, &request.narrower).map_err(RedeemError::Target)?;
    let recipient = recipient(app, client.client(), client.client().protection.id_token_encryption).await?;
    let mint = Mint { account: &account, grant: &code.grant, reach: &reach, recipient: recipient.as_ref() };
    let tokens = issue(app, client.client(), mint, now)?;
    // RFC 9449 §5: the refresh token of a public client is bound to its key; any other client authenticates to use its own.
    code.grant.bound_to = code.grant.bound_to.filter(|_| client.client().is_public());

    // What we report as done is on disk before we report it. The grant carries the code's id, and there is one of each: a code works
    // once, and who comes second has shown us a stolen code. What the first got is ended then (RFC 6749 §4.1.2).
    let remembered_until = tokens.lives_until.max(code.expires_at.plus(REMEMBERED));
    match keep(app, client.client(), &code.grant, (&tokens, remembered_until), now).await {
        // Asked after the grant is there: of a sign-out at the same time, either this sees it or it sees the grant.
        Ok(()) if !session_ended(app, &code.grant, now).await? => Ok(tokens.response),
        Ok(()) => {
            let mut tx = app.store.write().await.map_err(Broken::from)?;
            tx.end_grant(code.grant.id, now).await.map_err(Broken::from)?;
            tx.save().await.map_err(Broken::from)?;
            Err(RedeemError::SessionEnded)
        }
        Err(Broken::Store(error)) if error.conflict() == Some(GRANT_EXISTS) => {
            end_grant(app, &code, now).await?;
            Err(RedeemError::Replayed)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the session that a grant came from is over: it ended, or every session of the account did.
async fn session_ended(app: &App, grant: &Grant, now: Timestamp) -> Result<bool, Broken> {
    let account = app.store.account(grant.account).await?;
    let honoured = account.is_some_and(|account| account.honours(grant.auth_time));
    Ok(!honoured || app.transient.has_ended(grant.session, now).await?)
}

/// Adds a grant with its first tokens; what it was made from is remembered `until`.
pub(super) async fn keep(
    app: &App,
    client: &Client,
    grant: &Grant,
    (tokens, until): (&Issued, Timestamp),
    now: Timestamp,
) -> Result<(), Broken> {
    let mut tx = app.store.write().await?;
    tx.insert_grant(grant, until).await?;
    if let Some(refresh) = &tokens.refresh {
        tx.insert_refresh(&refresh.hash, grant.id, now, refresh.expires_at).await?;
    }
    if client.may_use(GrantType::Ciba) {
        tx.know_subject(&subject(app, client, grant.account), grant.account).await?;
    }
    tell_clients::remember(&mut tx, client, grant, (tokens.lives_until, now)).await?;
    tx.append_event(&app.event(EventKind::TokensIssued, Some(grant.account), Some(&grant.client), now)).await?;
    Ok(tx.save().await?)
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

/// Ends the grant of a code that was used again; says whether it had been used at all.
async fn end_grant(app: &App, code: &CodeContent, now: Timestamp) -> Result<bool, Broken> {
    let event = app.event(EventKind::CodeReplayed, Some(code.grant.account), Some(&code.grant.client), now);
    let mut tx = app.store.write().await?;
    if tx.grant(code.grant.id).await?.is_none() {
        return Ok(false);
    }
    tx.end_grant(code.grant.id, now).await?;
    tx.append_event(&event).await?;
    tx.save().await?;
    Ok(true)
}

/// Why a code was not redeemed.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The client is not registered for this grant, or is no more.
    #[error("not registered for authorization_code")]
    NotAllowed,
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
    /// For a resource, or with details, that were not granted.
    #[error("{0}")]
    Target(OAuthError),
    /// Bound to another key, or no key was shown (RFC 9449 §10).
    #[error("no DPoP proof of the key in dpop_jkt")]
    WrongKey,
    /// The account was closed, or all its sessions ended, in between.
    #[error("account closed or every session ended")]
    AccountClosed,
    /// The session that it was made out of ended in between.
    #[error("session ended")]
    SessionEnded,
    /// Nobody to encrypt the ID token for.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 6749 §5.2: the client learns `invalid_grant`, the log the reason.
impl From<&RedeemError> for OAuthError {
    fn from(error: &RedeemError) -> Self {
        let description = match error {
            RedeemError::Broken(_) => return Self::new(OAuthErrorCode::ServerError, "try again in a moment"),
            RedeemError::NotAllowed => {
                let description = "the client is not registered for the grant type authorization_code";
                return Self::new(OAuthErrorCode::UnauthorizedClient, description);
            }
            RedeemError::WrongVerifier => "code_verifier is missing or does not answer the code_challenge of this code",
            RedeemError::Target(error) => return error.clone(),
            RedeemError::Recipient(error) => return error.into(),
            RedeemError::WrongKey => "this code needs a DPoP proof made with the key that dpop_jkt named",
            RedeemError::WrongRedirect => "redirect_uri differs from the one in the authorization request",
            RedeemError::Unknown
            | RedeemError::Replayed
            | RedeemError::WrongClient
            | RedeemError::AccountClosed
            | RedeemError::SessionEnded => "the code is unknown, expired, already used, or was issued to another client",
        };
        Self::new(OAuthErrorCode::InvalidGrant, description)
    }
}
