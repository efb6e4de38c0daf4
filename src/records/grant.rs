//! The grant that each sign-in makes: tokens belong to it and end with it.

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

/// One sign-in of one account at one client: tokens belong to it and end with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id; made with the code, so that a replayed code can end it.
    pub id: GrantId,
    /// Who signed in.
    pub account: AccountId,
    /// Where.
    pub client: ClientId,
    /// The session it came from (`sid`).
    pub session: SessionId,
    /// Granted scopes.
    pub scopes: Vec<Scope>,
    /// When the person last authenticated (`auth_time`).
    pub auth_time: Timestamp,
    /// How (`amr`).
    pub methods: Vec<AuthenticationMethod>,
    /// At which level (`acr`).
    pub acr: Acr,
    /// The request's `nonce`, repeated in the first ID token of the grant.
    pub nonce: Option<String>,
    /// Single claims that were granted besides the scopes.
    pub claims: RequestedClaims,
    /// When it was made.
    pub created_at: Timestamp,
    /// The key or certificate that its tokens are bound to (RFC 9449 §5, RFC 8705 §3). In the store, the key of a public client's refresh tokens; a client that
    /// authenticates may come with another key each time.
    pub bound_to: Option<Binding>,
    /// What was allowed object by object (RFC 9396).
    pub details: Option<AuthorizationDetails>,
    /// The resources that its tokens are for, beside UserInfo (RFC 8707 §2.1).
    pub resources: Vec<ResourceUri>,
}

impl Grant {
    /// What is left of it where the client's registration has become narrower: what an operator takes away, no earlier grant keeps. A grant
    /// for resources of which none is left is for nothing (`invalid_target`), and not for whatever else there is.
    pub fn within(mut self, client: &Client) -> Result<Self, OAuthError> {
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
