//! Resources: what access tokens are for (RFC 8707 §2, RFC 9068 §2.2, RFC 7519 §4.1.3).

use crate::client::resource::{Audience, ResourceUri};
use crate::client::scope::Scope;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;

/// Most resources in one request.
const MOST: usize = 8;

/// `resource` of a request, each once (RFC 8707 §2). A value that cannot be a resource is `invalid_target`.
pub(crate) fn asked_for(params: &Params) -> Result<Vec<ResourceUri>, OAuthError> {
    let mut resources = Vec::new();
    for text in params.all("resource") {
        let resource =
            ResourceUri::parse(text).ok_or_else(|| invalid_target("resource must be an absolute URI without a fragment"))?;
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    if resources.len() > MOST { Err(invalid_target("resource is given too often")) } else { Ok(resources) }
}

/// Rejects resources that are not allowed: `invalid_target`.
pub(crate) fn within(allowed: &[ResourceUri], asked: &[ResourceUri]) -> Result<(), OAuthError> {
    if asked.iter().all(|resource| allowed.contains(resource)) { Ok(()) } else { Err(not_granted()) }
}

/// `invalid_target` for a resource that is not allowed.
pub(crate) fn not_granted() -> OAuthError {
    invalid_target("resource names one that was not granted, or that the client is not registered for")
}

/// The audience of the access token of one response. A token request that names resources gets a token for those alone. Otherwise
/// the token is for the resources that the authorization request named, or else for UserInfo. A resource server sees the token
/// that is for it, and must not be able to learn from UserInfo who the person is (RFC 8707 §3). A client that needs a token for
/// both also names the issuer.
pub(crate) fn audience(issuer: &str, granted: &Granted<'_>, asked: &[ResourceUri]) -> Result<Audience, OAuthError> {
    granted.check(issuer, &[], asked)?;
    let named = if asked.is_empty() { granted.resources } else { asked };
    Ok(if named.is_empty() { Audience::one(issuer) } else { Audience::of_resources(named) })
}

/// What a token can be for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Granted<'a> {
    /// What the client is registered for.
    pub(crate) registered: &'a [ResourceUri],
    /// The resources of the grant.
    pub(crate) resources: &'a [ResourceUri],
    /// The scopes of the token.
    pub(crate) scopes: &'a [Scope],
}

impl Granted<'_> {
    /// Whether a token request may name these (RFC 8707 §2.2): those of the grant, and `more`; a grant that names none leaves all
    /// that the client is registered for. UserInfo, which has the issuer's name, is included with the scope `openid`.
    pub(crate) fn check(&self, issuer: &str, more: &[ResourceUri], asked: &[ResourceUri]) -> Result<(), OAuthError> {
        let by_grant = if self.resources.is_empty() { self.registered } else { self.resources };
        let userinfo = |resource: &ResourceUri| resource.as_str() == issuer && self.scopes.contains(&Scope::Openid);
        let fits = |resource: &ResourceUri| by_grant.contains(resource) || more.contains(resource) || userinfo(resource);
        if asked.iter().all(fits) { Ok(()) } else { Err(not_granted()) }
    }
}

/// `invalid_target` (RFC 8707 §2).
pub(crate) fn invalid_target(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidTarget, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn rfc8707_2_a_resource_is_an_absolute_uri_without_a_fragment() {
        for good in ["https://api.health.example", "https://api.health.example/records?v=1", "urn:example:registry"] {
            assert_eq!(ResourceUri::parse(good).unwrap().as_str(), good);
        }
        let long = format!("https://a.example/{}", "a".repeat(500));
        for bad in [
            "",
            "api",
            "/records",
            "//a.example",
            "https://a.example#x",
            "https://a.example/#",
            "https://u@a.example",
            "https://a b",
            &long,
        ] {
            assert_eq!(ResourceUri::parse(bad), None, "{bad}");
        }
    }

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    #[test]
    fn rfc8707_2_resource_may_be_repeated_and_each_has_to_be_one() {
        let asked = |query: &str| asked_for(&Params::parse(query)).map_err(|error| error.code.name());
        assert_eq!(asked("a=b&resource="), Ok(vec![]));
        let [one, two] = [uri("https://a.example"), uri("https://b.example")];
        assert_eq!(asked("resource=https://a.example&resource=https://b.example&resource=https://a.example"), Ok(vec![one, two]));
        let many = (0..9).map(|n| format!("resource=https://a{n}.example")).collect::<Vec<_>>().join("&");
        for bad in ["resource=/x", "resource=https://a.example%23x", "resource=https://a.example&resource=x", &many] {
            assert_eq!(asked(bad), Err("invalid_target"), "{bad}");
        }
    }

    #[test]
    fn rfc8707_2_2_a_token_is_for_what_was_granted_or_for_fewer_of_it() {
        let registered = [uri("https://a.example"), uri("https://b.example"), uri("https://c.example")];
        let [a, b, c] = &registered;
        let (both, none) = ([a.clone(), b.clone()], []);
        let of = |resources: &[ResourceUri], scopes: &[Scope], asked: &[&ResourceUri]| {
            let asked: Vec<_> = asked.iter().copied().cloned().collect();
            let audience = audience("https://id.example", &Granted { registered: &registered, resources, scopes }, &asked);
            audience.map(|audience| audience.0.join(" ")).map_err(|error| error.code.name())
        };
        let openid = [Scope::Openid];
        assert_eq!(of(&none, &openid, &[]).unwrap(), "https://id.example");
        assert_eq!(of(&none, &[], &[]).unwrap(), "https://id.example");
        assert_eq!(of(&both, &openid, &[]).unwrap(), "https://a.example https://b.example", "it is not for UserInfo");
        assert_eq!(of(&both, &[Scope::Phone], &[]).unwrap(), "https://a.example https://b.example");
        assert_eq!(of(&both, &openid, &[a]).unwrap(), "https://a.example");
        let issuer = uri("https://id.example");
        assert_eq!(of(&both, &openid, &[&issuer]).unwrap(), "https://id.example");
        assert_eq!(of(&both, &openid, &[a, &issuer]).unwrap(), "https://a.example https://id.example");
        assert_eq!(of(&both, &[Scope::Phone], &[&issuer]), Err("invalid_target"), "nothing would be told there");
        assert_eq!(of(&both, &openid, &[a, c]), Err("invalid_target"));
        assert_eq!(of(&none, &openid, &[c]).unwrap(), "https://c.example");
        assert_eq!(of(&none, &openid, &[&uri("https://d.example")]), Err("invalid_target"));
    }

    #[test]
    fn rfc7519_4_1_3_one_audience_is_a_text_and_several_are_a_list() {
        for (audience, wire) in
            [(Audience::one("a"), json!("a")), (Audience::of(["a".to_owned(), "b".to_owned()]), json!(["a", "b"]))]
        {
            assert_eq!(serde_json::to_value(&audience).unwrap(), wire);
            assert_eq!(serde_json::from_value::<Audience>(wire).unwrap(), audience);
            assert!(audience.names("a") && !audience.names("A"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_a_panic_and_kept_as_it_is(text in ".{0,80}") {
            if let Some(uri) = ResourceUri::parse(&text) {
                prop_assert_eq!(uri.as_str(), text);
            }
        }
    }
}
