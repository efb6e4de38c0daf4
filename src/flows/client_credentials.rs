//! `grant_type=client_credentials`: a client acts for itself. RFC 6749 §4.4, RFC 9068.

use super::authenticate_client::AuthenticatedClient;
use super::dpop::ShownKey;
use super::issue::{issue_to_client, reach};
use super::{App, Broken};
use crate::oidc::client::{GrantType, TokenEndpointAuthMethod};
use crate::oidc::details::reach::{Allowed, Narrower};
use crate::oidc::details::types::Asker;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::resource::Granted;
use crate::oidc::scope::Scope;
use crate::oidc::token::TokenResponse;

/// Issues an access token to the client itself. It writes nothing: the token is its own record and carries no person.
///
/// Every scope that there is says something about a person. A client that asks for one hears so (RFC 6749 §3.3), because a token
/// without it must not look like one with it (§5.1).
pub fn client_credentials(
    app: &App,
    client: &AuthenticatedClient,
    (scopes, narrower): (Option<&[Scope]>, &Narrower),
    key: Option<ShownKey>,
) -> Result<TokenResponse, ClientCredentialsError> {
    let now = app.clock.now();
    let registered = client.client();
    if !registered.grant_types.contains(&GrantType::ClientCredentials) || registered.auth_method == TokenEndpointAuthMethod::None
    {
        return Err(ClientCredentialsError::NotAllowed);
    }
    if scopes.is_some_and(|scopes| !scopes.is_empty()) {
        return Err(ClientCredentialsError::ScopeOfAPerson);
    }
    let granted = Granted { registered: &registered.token_policy.resources, resources: &[], scopes: &[] };
    // RFC 9396 §6: what the client is registered for stands in the place of a grant.
    if let Some(details) = &narrower.details {
        let checked = app.directory.load().detail_types().check(details, registered, Asker::Client);
        checked.map_err(ClientCredentialsError::Target)?;
    }
    let allowed = Allowed { granted, details: narrower.details.as_ref() };
    let reach = reach(app, &allowed, narrower).map_err(ClientCredentialsError::Target)?;
    Ok(issue_to_client(app, registered, reach, key, now)?)
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub enum ClientCredentialsError {
    /// The client is not registered for this grant.
    #[error("not registered for client_credentials")]
    NotAllowed,
    /// It asks for a resource, or for details, that it is not registered for.
    #[error("{0}")]
    Target(OAuthError),
    /// It asks for a scope, and there is no person.
    #[error("a scope about a person, without a person")]
    ScopeOfAPerson,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 6749 §5.2.
impl From<&ClientCredentialsError> for OAuthError {
    fn from(error: &ClientCredentialsError) -> Self {
        match error {
            ClientCredentialsError::NotAllowed => {
                Self::new(OAuthErrorCode::UnauthorizedClient, "the client is not registered for grant_type client_credentials")
            }
            ClientCredentialsError::Target(error) => error.clone(),
            ClientCredentialsError::ScopeOfAPerson => {
                Self::new(OAuthErrorCode::InvalidScope, "a client that acts for itself gets no scope: leave scope out")
            }
            ClientCredentialsError::Broken(_) => Self::new(OAuthErrorCode::ServerError, "try again in a moment"),
        }
    }
}
