//! A client's registration for access tokens: introspection, resources, binding to keys, authorization details.

use crate::client::detail_types::{DetailType, TypeName};
use crate::client::parts::mutual_tls::MutualTls;
use crate::client::resource::ResourceUri;
use crate::client::step_up::StepUp;
use crate::client::words::{NonceRule, SigningAlg};
use serde::{Deserialize, Serialize};

/// The part of a client's registration that is about access tokens. A client that only signs people in needs none of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenPolicy {
    /// `resource_identifier`: set if this client is a resource. It may introspect tokens whose audience has this name (RFC 7662
    /// §4).
    pub resource_identifier: Option<ResourceUri>,
    /// `resources`: the resources for which it may get tokens (RFC 8707 §2).
    pub resources: Vec<ResourceUri>,
    /// `introspection_signed_response_alg` (RFC 9701 §6): for introspection responses as JWT. If absent, that of its ID tokens.
    pub introspection_signing_alg: Option<SigningAlg>,
    /// `dpop_bound_access_tokens`: it gets no token without a DPoP proof (RFC 9449 §5.2).
    pub dpop_bound: bool,
    /// `dpop_nonce`: whether its proofs need a nonce from this server.
    pub dpop_nonce: NonceRule,
    /// What it registered about its certificate (RFC 8705).
    pub mutual_tls: MutualTls,
    /// `authorization_details_types`: the types of authorization details that it may request (RFC 9396 §10).
    pub authorization_details_types: Vec<TypeName>,
    /// `details_type`: the types of authorization details that its own API declares.
    pub details_types: Vec<DetailType>,
    /// `id_token_claims`: its ID tokens have the claims of the granted scopes, too. Without it they come from UserInfo alone (OpenID
    /// Connect Core §5.4).
    pub id_token_claims: bool,
    /// `userinfo_acr`, `userinfo_max_age`: what UserInfo requires of the authentication behind its tokens (RFC 9470).
    pub userinfo: StepUp,
}

impl TokenPolicy {
    /// Whether this client is a resource and the audience has its name.
    pub(crate) fn is_named_by(&self, audience: &crate::client::resource::Audience) -> bool {
        self.resource_identifier.as_ref().is_some_and(|resource| audience.names(resource.as_str()))
    }
}
