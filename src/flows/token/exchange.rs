//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`: an agency that has a citizen's token gets one for another
//! agency. RFC 8693.
//!
//! The new token is for that agency alone, names the citizen by that agency's `sub`, lists the clients that acted, and ends with
//! the sign-in that it came from. An operator registers which agencies a client may call (`resources`).

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::scope::{Scope, parse_scopes};
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::crypto::jose::verify::verify_own;
use crate::crypto::keyring::TYP_ACCESS_TOKEN;
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::grant_pipeline::{Found, Requester, TokenAnswer, answer, person_behind};
use crate::flows::token::issue::Exchanged;
use crate::flows::token::not_issued::NotIssued;
use crate::oidc::claims::token::AccessTokenClaims;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::token::exchange::{Actor, Exchange, LONGEST_CHAIN, Target, unknown_target};
use crate::oidc::token::request::narrow;
use std::sync::Arc;

/// Exchanges a token.
pub(crate) async fn exchange(
    app: &App,
    client: &AuthenticatedClient,
    request: Exchange,
    key: Option<ShownKey>,
) -> Result<TokenAnswer, ExchangeError> {
    let now = app.clock.now();
    if client.client().is_public() || !client.client().may_use(GrantType::TokenExchange) {
        return Err(ExchangeError::NotAllowed);
    }
    let token = verify_own::<AccessTokenClaims>(&app.keyring.load(), request.subject_token.expose(), TYP_ACCESS_TOKEN, now)
        .map_err(|_| ExchangeError::SubjectToken)?;
    // The token was issued to this client, or this client was called with it. No other client may use it.
    let has = token.client_id == *client.id() || client.client().token_policy.is_named_by(&token.aud);
    if !has || token.iss != app.settings.issuer() {
        return Err(ExchangeError::SubjectToken);
    }
    let target = target(app, client.client(), &request.target)?;
    let mut scopes = narrow(&parse_scopes(&token.scope), request.scopes.as_deref()).map_err(|_| ExchangeError::WiderScope)?;
    // These two scopes concern the citizen, this server and the first agency only.
    scopes.retain(|scope| !matches!(scope, Scope::Openid | Scope::OfflineAccess));
    let actor = Actor { sub: client.id().clone(), act: token.act.clone().map(Box::new) };
    if actor.depth() > LONGEST_CHAIN {
        return Err(ExchangeError::TooManyActors);
    }

    let account = person_behind(app, &token, now).await?.ok_or(ExchangeError::SubjectToken)?;
    let found = Exchanged { from: token, target, account, scopes, actor };
    match answer(app, Requester { client, key, now }, Found::Token(Box::new(found))).await {
        // The subject token became invalid while the new one was made.
        Err(NotIssued::SignedOut) => Err(ExchangeError::SubjectToken),
        answered => Ok(answered?),
    }
}

/// The agency that is called: a registered client that is a resource, and one that this client may call.
fn target(app: &App, client: &Client, target: &Target) -> Result<Arc<Client>, ExchangeError> {
    let client_cache = app.client_cache.load();
    let found = match target {
        Target::Resource(resource) => client_cache.resource(resource),
        Target::Client(id) => client_cache.client(id),
    };
    let may_call = |found: &Arc<Client>| {
        let resource = found.token_policy.resource_identifier.as_ref();
        resource.is_some_and(|resource| client.token_policy.resources.contains(resource))
    };
    found.filter(may_call).ok_or(ExchangeError::Target)
}

/// Why a token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// The client is not registered for this grant.
    #[error("not registered for token exchange")]
    NotAllowed,
    /// Not a valid token of a person that this client was issued or called with.
    #[error("subject token not valid for this client")]
    SubjectToken,
    /// The chain of actors is too long.
    #[error("too many actors")]
    TooManyActors,
    /// The target is unknown, or this client may not call it.
    #[error("unknown or forbidden target")]
    Target,
    /// More than the subject token allows.
    #[error("wider scope than the subject token's")]
    WiderScope,
    /// The pipeline issued no tokens.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What the client is told about a subject token that is not valid, or that it may not use.
const NO_SUBJECT: &str =
    "subject_token is not a valid access token of a person that was issued to this client or is for its resource";

/// RFC 8693 §2.2.2.
impl From<&ExchangeError> for OAuthError {
    fn from(error: &ExchangeError) -> Self {
        match error {
            ExchangeError::NotAllowed => {
                Self::new(OAuthErrorCode::UnauthorizedClient, "the client is not registered for the grant type token-exchange")
            }
            ExchangeError::SubjectToken => Self::invalid_request(NO_SUBJECT),
            ExchangeError::NotIssued(refused) => refused.public(NO_SUBJECT),
            ExchangeError::TooManyActors => Self::invalid_request("the chain of actors is too long"),
            ExchangeError::Target => unknown_target(),
            ExchangeError::WiderScope => {
                Self::new(OAuthErrorCode::InvalidScope, "scope asks for more than the subject token has")
            }
            ExchangeError::Unavailable(cause) => cause.into(),
        }
    }
}
