//! `grant_type=client_credentials`: a client acts for itself. RFC 6749 §4.4, RFC 9068.

use crate::app::App;
use crate::client::detail_types::Asker;
use crate::client::grant_type::GrantType;
use crate::client::words::TokenEndpointAuthMethod;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::grant_pipeline::{Found, Requester, TokenAnswer, answer};
use crate::flows::token::not_issued::NotIssued;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::token::request::ClientCredentials;

/// Issues an access token to the client itself. It writes nothing: the token is its own record and names no person.
///
/// Every scope is about a person. A request with a scope is rejected (RFC 6749 §3.3), because a token without the scope must not
/// look like one with it (§5.1).
pub(crate) async fn client_credentials(
    app: &App,
    client: &AuthenticatedClient,
    request: ClientCredentials,
    key: Option<ShownKey>,
) -> Result<TokenAnswer, ClientCredentialsError> {
    let now = app.clock.now();
    let registered = client.client();
    if !registered.grant_types.contains(&GrantType::ClientCredentials) || registered.auth_method == TokenEndpointAuthMethod::None
    {
        return Err(ClientCredentialsError::NotAllowed);
    }
    if request.scopes.is_some_and(|scopes| !scopes.is_empty()) {
        return Err(ClientCredentialsError::ScopeOfAPerson);
    }
    if let Some(details) = &request.narrower.details {
        let checked = app.client_cache.load().detail_types().check(details, registered, Asker::Client);
        checked.map_err(ClientCredentialsError::Details)?;
    }
    Ok(answer(app, Requester { client, key, now }, Found::Registration(&request.narrower)).await?)
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientCredentialsError {
    /// The client is not registered for this grant.
    #[error("not registered for client_credentials")]
    NotAllowed,
    /// It asks for details that it is not registered for.
    #[error("{0}")]
    Details(OAuthError),
    /// It asks for a scope, and there is no person.
    #[error("a scope was asked for, but there is no person")]
    ScopeOfAPerson,
    /// The pipeline issued no token.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
}

/// RFC 6749 §5.2.
impl From<&ClientCredentialsError> for OAuthError {
    fn from(error: &ClientCredentialsError) -> Self {
        match error {
            ClientCredentialsError::NotAllowed => {
                Self::new(OAuthErrorCode::UnauthorizedClient, "the client is not registered for grant_type client_credentials")
            }
            ClientCredentialsError::Details(error) => error.clone(),
            ClientCredentialsError::ScopeOfAPerson => {
                Self::new(OAuthErrorCode::InvalidScope, "a client that acts for itself gets no scope: leave scope out")
            }
            ClientCredentialsError::NotIssued(refused) => refused.public("the client's registration allows no token"),
        }
    }
}
