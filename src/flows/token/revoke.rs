//! Revocation: a client revokes a token that it no longer needs. RFC 7009.
//!
//! Revoking a token of a grant, refresh or access, ends the whole grant: the client no longer needs the others either (§2.1 says
//! SHOULD for a refresh token and MAY for an access token). UserInfo and introspection look up the grant anyway, so no request
//! pays for a list of revoked tokens. A token without a grant of its own (a client's own, an exchanged one) is marked as revoked
//! until it expires.

use crate::app::App;
use crate::app::throttle::before_mark;
use crate::app::unavailable::Unavailable;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::crypto::jose::verify::verify_own;
use crate::crypto::keyring::TYP_ACCESS_TOKEN;
use crate::identity::id::GrantId;
use crate::oidc::claims::token::AccessTokenClaims;
use crate::oidc::token::presented::PresentedToken;
use crate::records::event::EventKind;
use crate::time::Timestamp;

/// Revokes a token of this client. A malformed or expired token, or one of another client, changes nothing, and the answer is the
/// same (§2.2).
pub(crate) async fn revoke(app: &App, client: &AuthenticatedClient, token: &PresentedToken) -> Result<(), Unavailable> {
    let now = app.clock.now();
    match token {
        PresentedToken::Refresh(hash) => {
            let kept = app.store.refresh_token(hash).await?.filter(|kept| now < kept.expires_at);
            // Also a used one: a client that lost the response to its use has no other token to revoke.
            if let Some(kept) = kept { end_grant(app, client, kept.grant, now).await } else { Ok(()) }
        }
        PresentedToken::Access(jwt) => {
            let claims = verify_own::<AccessTokenClaims>(&app.keyring.load(), jwt.expose(), TYP_ACCESS_TOKEN, now);
            match claims.ok().filter(|claims| claims.client_id == *client.id()) {
                Some(claims) if claims.is_given_back_alone() => end_token(app, client, &claims, now).await,
                Some(AccessTokenClaims { gid: Some(grant), .. }) => end_grant(app, client, grant, now).await,
                Some(_) | None => Ok(()),
            }
        }
    }
}

async fn end_grant(app: &App, client: &AuthenticatedClient, grant: GrantId, now: Timestamp) -> Result<(), Unavailable> {
    let mut tx = app.store.write().await?;
    let Some(grant) = tx.grant(grant).await?.filter(|grant| grant.client == *client.id()) else { return Ok(()) };
    tx.end_grant(grant.id, now).await?;
    let event = app.event(EventKind::TokenRevoked, now).by_client(client.id()).from(client.origin());
    tx.append_event(&event.about(grant.account).of_grant(grant.id)).await?;
    Ok(tx.save().await?)
}

async fn end_token(
    app: &App,
    client: &AuthenticatedClient,
    token: &AccessTokenClaims,
    now: Timestamp,
) -> Result<(), Unavailable> {
    before_mark(app, now)?;
    app.transient.revoke_token(&token.jti, Timestamp::from_seconds(token.exp), now).await?;
    let mut tx = app.store.write().await?;
    tx.append_event(&app.event(EventKind::TokenRevoked, now).by_client(client.id()).from(client.origin())).await?;
    Ok(tx.save().await?)
}
