//! Protocol errors: the only table from code to name and HTTP status.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal, $status:literal;)+) => {
        /// An error code of OAuth 2.0 or OpenID Connect, with its name on the wire and its HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum OAuthErrorCode {
            $($(#[$doc])* $code,)+
        }

        impl OAuthErrorCode {
            /// All of them, for the tests.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$code),+];

            /// The name on the wire.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// The HTTP status if the error is the response itself and not carried by a redirect.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status,)+ }
            }
        }
    };
}

codes! {
    /// Something is missing, repeated, malformed or contradictory (RFC 6749 §4.1.2.1, §5.2).
    InvalidRequest = "invalid_request", 400;
    /// Client authentication failed (RFC 6749 §5.2).
    InvalidClient = "invalid_client", 401;
    /// The code or refresh token is unknown, expired, used, or another client's (RFC 6749 §5.2).
    InvalidGrant = "invalid_grant", 400;
    /// The client is not registered for this (RFC 6749 §4.1.2.1, §5.2).
    UnauthorizedClient = "unauthorized_client", 400;
    /// A `grant_type` that is not offered (RFC 6749 §5.2).
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// A scope that is unknown, or more than was granted (RFC 6749 §4.1.2.1, §5.2).
    InvalidScope = "invalid_scope", 400;
    /// A `response_type` that is not offered (RFC 6749 §4.1.2.1).
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// The person or the server refused (RFC 6749 §4.1.2.1).
    AccessDenied = "access_denied", 400;
    /// An internal error (RFC 6749 §4.1.2.1).
    ServerError = "server_error", 500;
    /// Overloaded, or a dependency is not reachable (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// `prompt=none`, and a page would be needed (OpenID Connect Core §3.1.2.6).
    InteractionRequired = "interaction_required", 400;
    /// `prompt=none`, and no person is signed in, or not recently enough (OpenID Connect Core §3.1.2.6).
    LoginRequired = "login_required", 400;
    /// `prompt=none`, and an account would have to be chosen (OpenID Connect Core §3.1.2.6).
    AccountSelectionRequired = "account_selection_required", 400;
    /// `prompt=none`, and there is no consent yet (OpenID Connect Core §3.1.2.6).
    ConsentRequired = "consent_required", 400;
    /// `request_uri` does not lead to a request (OpenID Connect Core §3.1.2.6).
    InvalidRequestUri = "invalid_request_uri", 400;
    /// The request object is not valid (OpenID Connect Core §3.1.2.6).
    InvalidRequestObject = "invalid_request_object", 400;
    /// `request` is not offered (OpenID Connect Core §3.1.2.6).
    RequestNotSupported = "request_not_supported", 400;
    /// `request_uri` is not offered (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// `registration` is not offered (OpenID Connect Core §3.1.2.6).
    RegistrationNotSupported = "registration_not_supported", 400;
    /// The level that was demanded cannot be reached (OpenID Connect Core Unmet Authentication Requirements 1.0).
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    /// One of a new client's redirect URIs cannot be registered (RFC 7591 §3.2.2).
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// Other metadata of a new client cannot be registered (RFC 7591 §3.2.2).
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// The token is expired, revoked, malformed, or not an access token (RFC 6750 §3.1).
    InvalidToken = "invalid_token", 401;
    /// The access token's scope is not enough (RFC 6750 §3.1).
    InsufficientScope = "insufficient_scope", 403;
    /// The authentication behind the access token is too weak or too old (RFC 9470 §3).
    InsufficientUserAuthentication = "insufficient_user_authentication", 401;
    /// Authorization details that are malformed, unknown, not allowed to the client, or more than was granted (RFC 9396 §5, §8).
    InvalidAuthorizationDetails = "invalid_authorization_details", 400;
    /// Not a resource, or one that the client is not registered for (RFC 8707 §2).
    InvalidTarget = "invalid_target", 400;
    /// The DPoP proof is missing or invalid (RFC 9449 §5).
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// The DPoP proof needs the nonce that comes with this response (RFC 9449 §8).
    UseDpopNonce = "use_dpop_nonce", 400;
    /// The person has not decided yet (RFC 8628 §3.5).
    AuthorizationPending = "authorization_pending", 400;
    /// The same, to a client that polls too often (RFC 8628 §3.5).
    SlowDown = "slow_down", 400;
    /// The request expired before the person decided (RFC 8628 §3.5).
    ExpiredToken = "expired_token", 400;
    /// The hint identifies no person who can be asked (OpenID Connect CIBA Core §13).
    UnknownUserId = "unknown_user_id", 400;
    /// The binding message cannot be shown (OpenID Connect CIBA Core §13).
    InvalidBindingMessage = "invalid_binding_message", 400;
}

/// An error as the client sees it. The internal cause is logged elsewhere and is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.name())]
pub struct OAuthError {
    /// The code.
    pub code: OAuthErrorCode,
    /// `error_description`: a sentence for the client's developer, of the characters that RFC 6749 §5.2 allows.
    pub description: Cow<'static, str>,
    /// How long to wait before the next try, where that is known.
    pub(crate) retry_after: Option<RetryAfter>,
}

/// How long to wait before the next try, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    /// Too many attempts (RFC 6585 §4).
    TooMany(Duration),
    /// A dependency is not reachable (RFC 9110 §15.6.4).
    Unreachable(Duration),
}

impl RetryAfter {
    /// How long.
    pub(crate) const fn wait(self) -> Duration {
        match self {
            Self::TooMany(wait) | Self::Unreachable(wait) => wait,
        }
    }
}

impl OAuthError {
    /// An error with a sentence for the client's developer; characters outside RFC 6749 §5.2's set become `?`.
    pub(crate) fn new(code: OAuthErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        if description.bytes().all(is_allowed) {
            return Self { code, description, retry_after: None };
        }
        let cleaned =
            description.chars().map(|c| u8::try_from(c).ok().filter(|b| is_allowed(*b)).map_or('?', char::from)).collect();
        Self { code, description: Cow::Owned(cleaned), retry_after: None }
    }

    /// The same for a caller that tried too often: it also says when to try again (RFC 6585 §4).
    #[must_use]
    pub(crate) fn not_before(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(RetryAfter::TooMany(retry_after)), ..self }
    }

    /// The same for a dependency that did not answer: it also says when to try again.
    #[must_use]
    pub(crate) fn unreachable_for(self, wait: Duration) -> Self {
        Self { retry_after: Some(RetryAfter::Unreachable(wait)), ..self }
    }

    /// `invalid_request`.
    pub(crate) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, description)
    }

    /// `invalid_client`.
    pub(crate) fn invalid_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthErrorCode::InvalidClient, description)
    }

    /// `invalid_grant`.
    pub(crate) fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthErrorCode::InvalidGrant, description)
    }

    /// The HTTP status if the error is the response itself: the code's, or 429 for too many attempts (RFC 6585 §4).
    pub(crate) const fn status(&self) -> u16 {
        if matches!(self.retry_after, Some(RetryAfter::TooMany(_))) { 429 } else { self.code.status() }
    }

    /// The `WWW-Authenticate` header of this error, if it has one: for a failed client authentication (RFC 6749 §5.2) and for a
    /// rejected access token (RFC 6750 §3).
    pub(crate) fn challenge(&self, realm: &str) -> Option<String> {
        let scheme = match self.code {
            OAuthErrorCode::InvalidClient => "Basic",
            OAuthErrorCode::InvalidToken | OAuthErrorCode::InsufficientScope | OAuthErrorCode::InsufficientUserAuthentication => {
                "Bearer"
            }
            _ => return None,
        };
        Some(self.challenge_of(scheme, realm))
    }

    /// The challenge for a request to a protected resource that is rejected because of its form (RFC 6750 §3.1:
    /// `invalid_request`).
    pub(crate) fn bearer_challenge(&self, realm: &str) -> String {
        self.challenge_of("Bearer", realm)
    }

    fn challenge_of(&self, scheme: &str, realm: &str) -> String {
        let (realm, name) = (quotable(realm), self.code.name());
        format!(r#"{scheme} realm="{realm}", error="{name}", error_description="{}""#, self.description)
    }
}

/// The challenge for a request without any access token: it has no error (RFC 6750 §3).
pub(crate) fn bearer_challenge(realm: &str) -> String {
    format!(r#"Bearer realm="{}""#, quotable(realm))
}

fn quotable(text: &str) -> String {
    text.chars().filter(|c| u8::try_from(*c).is_ok_and(is_allowed)).collect()
}

/// `%x20-21 / %x23-5B / %x5D-7E` of RFC 6749 §5.2: visible ASCII and the space, without `"` and `\`.
const fn is_allowed(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// The JSON body of RFC 6749 §5.2.
impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("OAuthError", 2)?;
        body.serialize_field("error", self.code.name())?;
        body.serialize_field("error_description", &self.description)?;
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn rfc6749_5_2_an_error_is_a_json_object_of_code_and_description() {
        let json = serde_json::to_string(&OAuthError::invalid_grant("the code is not valid")).unwrap();
        assert_eq!(json, r#"{"error":"invalid_grant","error_description":"the code is not valid"}"#);
    }

    #[test]
    fn rfc6749_5_2_a_description_holds_allowed_characters_only() {
        assert_eq!(OAuthError::invalid_request("a\"b\\c\nd\u{6cc}").description, "a?b?c?d?");
    }

    #[test]
    fn rfc6749_5_2_a_client_that_failed_to_authenticate_is_challenged() {
        let error = OAuthError::invalid_client("wrong secret");
        assert_eq!(error.status(), 401);
        let header = r#"Basic realm="https://id.example", error="invalid_client", error_description="wrong secret""#;
        assert_eq!(error.challenge("https://id.example").as_deref(), Some(header));
        assert_eq!(OAuthError::invalid_grant("x").challenge("r"), None);
    }

    #[test]
    fn rfc6750_3_a_request_without_a_token_is_challenged_without_an_error() {
        assert_eq!(bearer_challenge("id\"x"), r#"Bearer realm="idx""#);
        assert!(OAuthError::new(OAuthErrorCode::InvalidToken, "expired").challenge("r").unwrap().starts_with("Bearer "));
    }

    #[test]
    fn rfc6585_4_too_many_attempts_have_a_status_of_their_own() {
        let error = OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, "wait");
        let second = Duration::from_secs(1);
        assert_eq!((error.status(), error.clone().not_before(second).status()), (503, 429));
        assert_eq!(error.unreachable_for(second).status(), 503, "it did not try too often");
    }

    #[test]
    fn every_code_has_a_name_of_its_own_and_an_error_status() {
        let names: HashSet<_> = OAuthErrorCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), OAuthErrorCode::ALL.len());
        assert!(OAuthErrorCode::ALL.iter().all(|code| (400..=503).contains(&code.status())));
    }

    proptest! {
        #[test]
        fn rfc6749_5_2_no_description_leaves_its_quotes_in_body_or_header(text in ".{0,80}", realm in ".{0,40}") {
            let error = OAuthError::new(OAuthErrorCode::InvalidToken, text);
            let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&error).unwrap()).unwrap();
            prop_assert_eq!(json["error_description"].as_str(), Some(error.description.as_ref()));
            let challenge = error.challenge(&realm).unwrap();
            prop_assert_eq!(challenge.matches('"').count(), 6);
            prop_assert!(challenge.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
    }
}
