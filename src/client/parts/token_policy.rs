//! What a client is registered for beyond signing people in: asking about tokens, and binding them to keys.

use crate::client::detail_types::{DetailType, TypeName};
use crate::client::parts::mutual_tls::MutualTls;
use crate::client::resource::ResourceUri;
use crate::client::step_up::StepUp;
use crate::client::words::{NonceRule, SigningAlg};
use serde::{Deserialize, Serialize};

/// The part of a client's registration that is about access tokens. Nothing of it is needed by a client that only signs people in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenPolicy {
    /// `resource_identifier`: the resource that this client is. It may ask about tokens whose audience names it (RFC 7662 §4).
    pub resource_identifier: Option<ResourceUri>,
    /// `resources`: what it may get tokens for (RFC 8707 §2).
    pub resources: Vec<ResourceUri>,
    /// `introspection_signed_response_alg` (RFC 9701 §6): of introspection answers as JWT. As for ID tokens if left out.
    pub introspection_signing_alg: Option<SigningAlg>,
    /// `dpop_bound_access_tokens`: it gets no token without showing a key (RFC 9449 §5.2).
    pub dpop_bound: bool,
    /// `dpop_nonce`: whether its proofs need a nonce of ours.
    pub dpop_nonce: NonceRule,
    /// What it registered about its certificate (RFC 8705).
    pub mutual_tls: MutualTls,
    /// `authorization_details_types`: what it may ask for object by object (RFC 9396 §10).
    pub authorization_details_types: Vec<TypeName>,
    /// `details_type`: what its own API understands there.
    pub details_types: Vec<DetailType>,
    /// `userinfo_acr`, `userinfo_max_age`: what UserInfo demands of the authentication behind its tokens (RFC 9470).
    pub userinfo: StepUp,
}

impl TokenPolicy {
    /// Whether this client is a resource that the audience names.
    pub fn is_named_by(&self, audience: &crate::client::resource::Audience) -> bool {
        self.resource_identifier.as_ref().is_some_and(|resource| audience.names(resource.as_str()))
    }
}
