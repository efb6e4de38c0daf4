//! What one access token gives access to: the resources that it is for, and what is allowed there object by object
//! (RFC 8707 §2.2, RFC 9396 §6, §9.1).

use crate::client::resource::{Audience, ResourceUri};
use crate::client::scope::Scope;
use crate::oidc::details::types::DetailTypes;
use crate::oidc::details::{AuthorizationDetails, invalid};
use crate::oidc::error::OAuthError;
use crate::oidc::token::resource::{Granted, audience, invalid_target};

/// What a token may give access to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed<'a> {
    /// The resources.
    pub(crate) granted: Granted<'a>,
    /// What was granted object by object.
    pub(crate) details: Option<&'a AuthorizationDetails>,
}

/// The part of that for which a token request asks; empty if it asks for all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrower {
    /// `resource` (RFC 8707 §2.2).
    pub resources: Vec<ResourceUri>,
    /// `authorization_details` (RFC 9396 §6).
    pub details: Option<AuthorizationDetails>,
}

/// What the token of one response gives access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The resources that it is for.
    pub(crate) audience: Audience,
    /// What it allows there.
    pub(crate) details: Option<AuthorizationDetails>,
}

impl Reach {
    /// The reach of a token. The resources of its details belong to its audience, and it holds no details for a resource outside
    /// its audience. A type that no resource declares any longer allows nothing.
    pub(crate) fn of(issuer: &str, types: &DetailTypes, allowed: &Allowed<'_>, asked: &Narrower) -> Result<Self, OAuthError> {
        let granted = &allowed.granted;
        let Some(details) = AuthorizationDetails::narrowed(allowed.details, asked.details.as_ref())? else {
            return Ok(Self { audience: audience(issuer, granted, &asked.resources)?, details: None });
        };
        let for_whom = |resources: &[ResourceUri]| {
            details.only(|detail| types.resource_of(detail).is_some_and(|resource| resources.contains(resource)))
        };
        let places = resources_of(types, allowed.details);
        let (audience, kept) = if asked.resources.is_empty() {
            let kept = for_whom(&places);
            let resources = each_once([granted.resources, &resources_of(types, kept.as_ref())].concat());
            let audience = audience(issuer, &Granted { resources: &resources, ..*granted }, &[])?;
            // A client that named no resource asked for UserInfo as well.
            let ours = granted.resources.is_empty() && granted.scopes.contains(&Scope::Openid) && !audience.names(issuer);
            (if ours { audience.and(issuer) } else { audience }, kept)
        } else {
            granted.check(issuer, &places, &asked.resources)?;
            (Audience::of_resources(&asked.resources), for_whom(&asked.resources))
        };
        if asked.details.is_some() && kept.as_ref() != Some(&details) {
            return Err(if asked.resources.is_empty() {
                invalid("authorization_details holds a type that no resource knows any more")
            } else {
                invalid_target("authorization_details holds an object for a resource that the parameter resource leaves out")
            });
        }
        Ok(Self { audience, details: kept })
    }
}

/// The resources that the objects are for.
fn resources_of(types: &DetailTypes, details: Option<&AuthorizationDetails>) -> Vec<ResourceUri> {
    let details = details.into_iter().flat_map(AuthorizationDetails::iter);
    each_once(details.filter_map(|detail| types.resource_of(detail).cloned()).collect())
}

fn each_once(mut resources: Vec<ResourceUri>) -> Vec<ResourceUri> {
    let mut known = Vec::new();
    resources.retain(|resource| {
        let new = !known.contains(resource);
        if new {
            known.push(resource.clone());
        }
        new
    });
    resources
}
