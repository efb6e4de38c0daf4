//! Introspection: what a resource server learns about a token (RFC 7662 §2.2), and the same as a signed JWT (RFC 9701).

use crate::client::resource::Audience;
use crate::client::words::ClientId;
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation};
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::token::exchange::Actor;
use crate::oidc::token::request::TokenType;
use serde::Serialize;

/// The media type of an answer as JWT (RFC 9701 §4).
pub const JWT_MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// The answer. A token that is unknown, expired, ended, or not for the one who asks is inactive, and nothing more is said (RFC 7662
/// §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Introspection {
    active: bool,
    #[serde(flatten)]
    facts: Option<TokenFacts>,
}

impl Introspection {
    /// `{"active":false}`.
    pub const INACTIVE: Self = Self { active: false, facts: None };

    /// A token that works.
    pub const fn active(facts: TokenFacts) -> Self {
        Self { active: true, facts: Some(facts) }
    }
}

/// What is told about a token that works. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenFacts {
    /// Granted scopes, space-separated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// Whose token it is.
    pub client_id: ClientId,
    /// How it is used; a refresh token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    /// When it stops working.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// From when it works: from its issue on.
    pub nbf: i64,
    /// The person, as the token's client sees them; of a client's own token the client.
    pub sub: String,
    /// The resources that it is for.
    pub aud: Audience,
    /// Who issued it.
    pub iss: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// When the person last authenticated (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// At which level (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<&'static str>,
    /// What it is bound to (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// What it allows object by object, as far as that is for the one who asks (RFC 9396 §9.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
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

/// The claims of an answer as JWT (RFC 9701 §5). There is no `sub` and no `exp` beside them, so that it is no access token.
#[derive(Debug, Clone, Serialize)]
pub struct IntrospectionJwt<'a> {
    /// Issuer.
    pub iss: &'a str,
    /// Who asked.
    pub aud: &'a ClientId,
    /// When, seconds since the epoch.
    pub iat: i64,
    /// The answer.
    pub token_introspection: &'a Introspection,
}

/// Whether an `Accept` header asks for the answer as JWT (RFC 9701 §4): it has to be named, a wildcard means JSON.
pub fn wants_jwt(accept: &str) -> bool {
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
    fn rfc7662_2_2_of_a_token_that_does_not_work_nothing_else_is_told() {
        assert_eq!(serde_json::to_string(&Introspection::INACTIVE).unwrap(), r#"{"active":false}"#);
    }

    #[test]
    fn rfc9701_4_a_jwt_is_given_to_who_names_it() {
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
