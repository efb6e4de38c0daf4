//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`: an agency that has a citizen's token gets one for another agency. RFC 8693.
//!
//! The new token is for that agency alone, names the citizen as that agency knows them, keeps who acted, and ends with the sign-in that it
//! came from. Which agencies a client may call, an operator registers (`resources`).

use super::authenticate_client::AuthenticatedClient;
use super::directory::is_registered;
use super::dpop::ShownKey;
use super::issue::{issue_exchanged, subject};
use super::{App, Broken};
use crate::crypto::keyring::TYP_ACCESS_TOKEN;
use crate::crypto::verify::verify_own;
use crate::identity::event::EventKind;
use crate::oidc::claims::AccessTokenClaims;
use crate::oidc::client::{Client, GrantType};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::exchange::{Actor, Exchange, LONGEST_CHAIN, Target, unknown_target};
use crate::oidc::scope::{Scope, parse_scopes};
use crate::oidc::token::{TokenResponse, narrow};
use std::sync::Arc;

/// What an exchanged token says beside what every access token says.
pub struct Exchanged<'a> {
    /// The token that is exchanged.
    pub from: &'a AccessTokenClaims,
    /// Whom the new one is for.
    pub target: &'a Client,
    /// The person, as the target knows them.
    pub subject: &'a str,
    /// What it allows.
    pub scopes: &'a [Scope],
    /// Who acts.
    pub actor: Actor,
}

/// Exchanges a token.
pub async fn exchange(
    app: &App,
    client: &AuthenticatedClient,
    request: Exchange,
    key: Option<ShownKey>,
) -> Result<TokenResponse, ExchangeError> {
    let now = app.clock.now();
    if client.client().is_public() || !client.client().may_use(GrantType::TokenExchange) {
        return Err(ExchangeError::NotAllowed);
    }
    let token = verify_own::<AccessTokenClaims>(&app.keyring.load(), request.subject_token.expose(), TYP_ACCESS_TOKEN, now)
        .map_err(|_| ExchangeError::SubjectToken)?;
    // It has the token, or was called with it: anybody else has found one.
    let has = token.client_id == *client.id() || client.client().token_policy.is_named_by(&token.aud);
    if !has || token.iss != app.settings.issuer() {
        return Err(ExchangeError::SubjectToken);
    }
    let target = target(app, client.client(), &request.target)?;
    let mut scopes = narrow(&parse_scopes(&token.scope), request.scopes.as_deref()).map_err(|_| ExchangeError::WiderScope)?;
    // What these two allow is between the citizen, us and the first agency.
    scopes.retain(|scope| !matches!(scope, Scope::Openid | Scope::OfflineAccess));
    let actor = Actor { sub: client.id().clone(), act: token.act.clone().map(Box::new) };
    if actor.depth() > LONGEST_CHAIN {
        return Err(ExchangeError::TooManyActors);
    }

    let given_back = token.is_given_back_alone() && app.transient.is_revoked(&token.jti, now).await.map_err(Broken::from)?;
    let grant = token.gid.filter(|_| !given_back).ok_or(ExchangeError::SubjectToken)?;
    let granted = app.store.granted_account(grant).await.map_err(Broken::from)?;
    let (account, grant) = granted.ok_or(ExchangeError::SubjectToken)?;
    // RFC 7592 §2.3: neither who has it nor who the person signed in to may be gone.
    if !is_registered(app, &token.client_id) || !is_registered(app, &grant.client) {
        return Err(ExchangeError::SubjectToken);
    }

    let subject = subject(app, &target, account.id);
    let exchanged = Exchanged { from: &token, target: &target, subject: &subject, scopes: &scopes, actor };
    let response = issue_exchanged(app, client.client(), exchanged, key, now)?;
    let event = app.event(EventKind::TokenExchanged, Some(account.id), Some(client.id()), now);
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
    Ok(response)
}

/// The agency that is called: a registered client that is a resource, and one that this client may call.
fn target(app: &App, client: &Client, target: &Target) -> Result<Arc<Client>, ExchangeError> {
    let directory = app.directory.load();
    let found = match target {
        Target::Resource(resource) => directory.resource(resource),
        Target::Client(id) => directory.client(id),
    };
    let may_call = |found: &Arc<Client>| {
        let resource = found.token_policy.resource_identifier.as_ref();
        resource.is_some_and(|resource| client.token_policy.resources.contains(resource))
    };
    found.filter(may_call).ok_or(ExchangeError::Target)
}

/// Why a token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The client is not registered for this grant.
    #[error("not registered for token exchange")]
    NotAllowed,
    /// No token of a person that works and that this client has or was called with.
    #[error("subject token not valid for this client")]
    SubjectToken,
    /// Too many stand behind each other.
    #[error("too many actors")]
    TooManyActors,
    /// Nobody, or nobody whom this client may call.
    #[error("unknown or forbidden target")]
    Target,
    /// More than the subject token allows.
    #[error("wider scope than the subject token's")]
    WiderScope,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 8693 §2.2.2.
impl From<&ExchangeError> for OAuthError {
    fn from(error: &ExchangeError) -> Self {
        match error {
            ExchangeError::NotAllowed => {
                Self::new(OAuthErrorCode::UnauthorizedClient, "the client is not registered for the grant type token-exchange")
            }
            ExchangeError::SubjectToken => Self::invalid_request(
                "subject_token is no working access token of a person that was issued to this client or is for its resource",
            ),
            ExchangeError::TooManyActors => Self::invalid_request("the chain of actors is too long"),
            ExchangeError::Target => unknown_target(),
            ExchangeError::WiderScope => {
                Self::new(OAuthErrorCode::InvalidScope, "scope asks for more than the subject token has")
            }
            ExchangeError::Broken(_) => Self::new(OAuthErrorCode::ServerError, "try again in a moment"),
        }
    }
}
