//! A grant: each sign-in creates one. Tokens belong to a grant and are revoked with it.

use crate::client::metadata::Client;
use crate::client::resource::ResourceUri;
use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::identity::assurance::{Acr, AuthenticationMethod};
use crate::identity::id::{AccountId, GrantId, SessionId};
use crate::oidc::binding::Binding;
use crate::oidc::claims::request::RequestedClaims;
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::error::OAuthError;
use crate::oidc::token::resource::not_granted;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One sign-in of one account at one client. Its tokens are revoked with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id. It is created with the code, so that a replayed code can revoke the grant.
    pub id: GrantId,
    /// The account that signed in.
    pub account: AccountId,
    /// The client at which it signed in.
    pub client: ClientId,
    /// The session it came from (`sid`).
    pub session: SessionId,
    /// Granted scopes.
    pub scopes: Vec<Scope>,
    /// When the person last authenticated (`auth_time`).
    pub auth_time: Timestamp,
    /// The methods of that authentication (`amr`).
    pub methods: Vec<AuthenticationMethod>,
    /// The level of that authentication (`acr`).
    pub acr: Acr,
    /// The request's `nonce`, for the first ID token of the grant.
    pub nonce: Option<String>,
    /// Claims that were granted one by one, in addition to the scopes.
    pub claims: RequestedClaims,
    /// When it was created.
    pub created_at: Timestamp,
    /// The key or certificate that its tokens are bound to (RFC 9449 §5, RFC 8705 §3). The store has it only for the refresh
    /// tokens of a public client; a client that authenticates may use another key each time.
    pub bound_to: Option<Binding>,
    /// The authorization details that the person allowed (RFC 9396).
    pub details: Option<AuthorizationDetails>,
    /// The resources that its tokens are for, in addition to UserInfo (RFC 8707 §2.1).
    pub resources: Vec<ResourceUri>,
}

impl Grant {
    /// The grant without what the client may no longer request: a change of the registration applies to earlier grants too. If
    /// the grant named resources and the client may use none of them any more, the result is the error `invalid_target`. It must
    /// not become a grant without resources, which is for UserInfo.
    pub(crate) fn within(mut self, client: &Client) -> Result<Self, OAuthError> {
        let named_some = !self.resources.is_empty();
        self.resources.retain(|resource| client.token_policy.resources.contains(resource));
        if named_some && self.resources.is_empty() {
            return Err(not_granted());
        }
        self.scopes = client.allowed(&self.scopes);
        self.claims = self.claims.within(client);
        let may_ask = &client.token_policy.authorization_details_types;
        self.details = self.details.and_then(|details| details.only(|detail| may_ask.contains(detail.kind())));
        Ok(self)
    }
}
