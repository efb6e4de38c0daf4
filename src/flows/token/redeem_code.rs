//! `grant_type=authorization_code`: one code in, one set of tokens out. RFC 6749 §4.1.3, RFC 7636 §4.6.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::grant_type::GrantType;
use crate::client::profile::CODE_LIFETIME;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::flows::authorization::authorization_code::{CodeContent, read_code};
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::grant_pipeline::{EndsWith, Found, FoundGrant, Kept, Requester, TokenAnswer, answer};
use crate::flows::token::not_issued::NotIssued;
use crate::oidc::authorization::pkce::verifier_fits;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::token::request::CodeRedemption;
use crate::records::event::EventKind;
use crate::records::grant::Grant;
use crate::time::Timestamp;
use std::time::Duration;

/// How long a used code is recognised after its expiry, so that a late replay still ends its grant.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Redeems a code.
pub(crate) async fn redeem_code(
    app: &App,
    client: &AuthenticatedClient,
    request: CodeRedemption,
    key: Option<ShownKey>,
) -> Result<TokenAnswer, RedeemError> {
    let now = app.clock.now();
    if !client.client().may_use(GrantType::AuthorizationCode) {
        return Err(RedeemError::NotAllowed);
    }

    // The code was made for this client, this redirect URI and this browser. All of that is in the code itself, so an attacker
    // with a stolen code cannot use it up.
    let code = read_code(app, request.code.expose(), now.minus(REMEMBERED)).ok_or(RedeemError::Unknown)?;
    made_for(&code, client, &request)?;
    if code.dpop_jkt.is_some() && code.dpop_jkt.as_ref() != key.as_ref().and_then(ShownKey::jkt) {
        return Err(RedeemError::WrongKey);
    }
    // FAPI 2.0 Security Profile §5.3.2.1 item 11, whatever lifetime the settings give to other clients.
    let too_old = client.client().requests.profile.is_fapi2() && now >= code.grant.created_at.plus(CODE_LIFETIME);
    if too_old || now >= code.expires_at {
        // Too late to be redeemed. If it was redeemed before, it was stolen, and its grant ends.
        return Err(if end_grant(app, client, &code.grant, now).await? { RedeemError::Replayed } else { RedeemError::Unknown });
    }

    let kept = Kept::New { remembered_until: code.expires_at.plus(REMEMBERED), ends_with: EndsWith::Session };
    let found = FoundGrant { grant: code.grant.clone(), scopes: None, narrower: &request.narrower, kept };
    match answer(app, Requester { client, key, now }, Found::Grant(Box::new(found))).await {
        // The grant has the code's id, which is unique: a code works once. A second redemption shows that the code was stolen, so the tokens
        // of the first are revoked (RFC 6749 §4.1.2).
        Err(NotIssued::Redeemed) => {
            end_grant(app, client, &code.grant, now).await?;
            Err(RedeemError::Replayed)
        }
        answered => Ok(answered?),
    }
}

fn made_for(code: &CodeContent, client: &AuthenticatedClient, request: &CodeRedemption) -> Result<(), RedeemError> {
    if code.grant.client != *client.id() {
        return Err(RedeemError::WrongClient);
    }
    // RFC 6749 §4.1.3: identical to the one of the authorization request, compared as strings.
    if request.redirect_uri != code.redirect_uri {
        return Err(RedeemError::WrongRedirect);
    }
    if !verifier_fits(code.challenge.as_ref(), request.verifier.as_ref()) {
        return Err(RedeemError::WrongVerifier);
    }
    Ok(())
}

/// Ends the grant of a code that was used again. Returns whether the code had been redeemed before.
async fn end_grant(app: &App, client: &AuthenticatedClient, grant: &Grant, now: Timestamp) -> Result<bool, Unavailable> {
    let event = app.event(EventKind::CodeReplayed, now).by_client(&grant.client).about(grant.account);
    let event = event.of_grant(grant.id).from(client.origin());
    let mut tx = app.store.write().await?;
    if tx.grant(grant.id).await?.is_none() {
        return Ok(false);
    }
    tx.end_grant(grant.id, now).await?;
    tx.append_event(&event).await?;
    tx.save().await?;
    Ok(true)
}

/// Why a code was not redeemed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RedeemError {
    /// The client is not, or is no longer, registered for this grant type.
    #[error("not registered for authorization_code")]
    NotAllowed,
    /// Not a code of this server, or expired.
    #[error("unknown or expired code")]
    Unknown,
    /// Used before.
    #[error("code used twice; its grant was ended")]
    Replayed,
    /// Made for another client.
    #[error("code of another client")]
    WrongClient,
    /// Sent to another redirect URI.
    #[error("redirect_uri differs from the one in the authorization request")]
    WrongRedirect,
    /// The PKCE verifier does not answer the challenge.
    #[error("code_verifier does not answer code_challenge")]
    WrongVerifier,
    /// Bound to another key, or no key was shown (RFC 9449 §10).
    #[error("no DPoP proof of the key in dpop_jkt")]
    WrongKey,
    /// The pipeline issued no tokens.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What the client is told about a code that is not valid; the log has the reason.
const GONE: &str = "the code is unknown, expired, already used, or was issued to another client";

/// RFC 6749 §5.2: the client gets `invalid_grant`; the log has the reason.
impl From<&RedeemError> for OAuthError {
    fn from(error: &RedeemError) -> Self {
        Self::invalid_grant(match error {
            RedeemError::Unavailable(cause) => return cause.into(),
            RedeemError::NotAllowed => {
                let description = "the client is not registered for the grant type authorization_code";
                return Self::new(OAuthErrorCode::UnauthorizedClient, description);
            }
            RedeemError::NotIssued(refused) => return refused.public(GONE),
            RedeemError::WrongVerifier => "code_verifier is missing or does not answer the code_challenge of this code",
            RedeemError::WrongKey => "this code needs a DPoP proof made with the key that dpop_jkt named",
            RedeemError::WrongRedirect => "redirect_uri differs from the one in the authorization request",
            RedeemError::Unknown | RedeemError::Replayed | RedeemError::WrongClient => GONE,
        })
    }
}
