//! Introspection: what a resource server learns about a token (RFC 7662 §2.2), and the same as a signed JWT (RFC 9701).

use crate::client::resource::Audience;
use crate::client::words::ClientId;
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation};
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::token::exchange::Actor;
use crate::oidc::token::request::TokenType;
use serde::Serialize;

/// The media type of a response as JWT (RFC 9701 §4).
pub const JWT_MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The response. A token that is unknown, expired, revoked, or not for the caller is inactive, and the response says nothing more
/// (RFC 7662 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Introspection {
    active: bool,
    #[serde(flatten)]
    facts: Option<TokenFacts>,
}

impl Introspection {
    /// `{"active":false}`.
    pub(crate) const INACTIVE: Self = Self { active: false, facts: None };

    /// A token that is accepted.
    pub(crate) const fn active(facts: TokenFacts) -> Self {
        Self { active: true, facts: Some(facts) }
    }
}

/// What the response says about a token that is accepted. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TokenFacts {
    /// Granted scopes, space-separated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    /// The client that it was issued to.
    pub(crate) client_id: ClientId,
    /// How it is used; a refresh token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_type: Option<TokenType>,
    /// When it expires.
    pub(crate) exp: i64,
    /// When it was issued.
    pub(crate) iat: i64,
    /// When it becomes valid: when it was issued.
    pub(crate) nbf: i64,
    /// The person, as the token's client sees them; in a client's own token this is the client.
    pub(crate) sub: String,
    /// The resources that it is for.
    pub(crate) aud: Audience,
    /// Issuer.
    pub(crate) iss: String,
    /// `jti`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jti: Option<String>,
    /// When the person last authenticated (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auth_time: Option<i64>,
    /// The level of that authentication (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<&'static str>,
    /// What it is bound to (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cnf: Option<Confirmation>,
    /// The client that acts for the person (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Actor>,
    /// What it allows object by object, as far as that is for the caller (RFC 9396 §9.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorization_details: Option<AuthorizationDetails>,
}

impl From<AccessTokenClaims> for TokenFacts {
    fn from(token: AccessTokenClaims) -> Self {
        let token_type = Some(TokenType::of(token.jkt()));
        Self {
            scope: token.scope,
            client_id: token.client_id,
            token_type,
            exp: token.exp,
            iat: token.iat,
            nbf: token.iat,
            sub: token.sub,
            aud: token.aud,
            iss: token.iss,
            jti: Some(token.jti),
            auth_time: token.auth_time,
            acr: token.acr.map(crate::identity::assurance::Acr::uri),
            cnf: token.cnf,
            act: token.act,
            authorization_details: token.authorization_details,
        }
    }
}

/// The claims of a response as JWT (RFC 9701 §5). It has no `sub` and no `exp`, so that it cannot be used as an access token.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct IntrospectionJwt<'a> {
    /// Issuer.
    pub(crate) iss: &'a str,
    /// The resource server that asked.
    pub(crate) aud: &'a ClientId,
    /// Issued at, seconds since the epoch.
    pub(crate) iat: i64,
    /// The response.
    pub(crate) token_introspection: &'a Introspection,
}

/// Whether an `Accept` header asks for the response as JWT (RFC 9701 §4): the type must be named, a wildcard means JSON.
pub(crate) fn wants_jwt(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(JWT_MEDIA_TYPE));
        // RFC 9110 §12.4.2: a weight of zero means "not this".
        let refused = parts.filter_map(|part| part.split_once('=')).any(|(name, weight)| {
            name.trim().eq_ignore_ascii_case("q") && weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0)
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc7662_2_2_an_inactive_token_has_no_other_member() {
        assert_eq!(serde_json::to_string(&Introspection::INACTIVE).unwrap(), r#"{"active":false}"#);
    }

    #[test]
    fn rfc9701_4_a_jwt_is_returned_if_the_accept_header_names_it() {
        for accept in [
            JWT_MEDIA_TYPE,
            "Application/Token-Introspection+JWT",
            "application/json;q=0.5, application/token-introspection+jwt;q=0.9",
        ] {
            assert!(wants_jwt(accept), "{accept}");
        }
        for accept in
            ["", "*/*", "application/*", "application/json", "application/jwt", "application/token-introspection+jwt; q=0"]
        {
            assert!(!wants_jwt(accept), "{accept}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(accept in ".{0,120}") {
            let _ = wants_jwt(&accept);
        }
    }
}
