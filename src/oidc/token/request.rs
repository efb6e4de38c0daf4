//! The token endpoint: requests (RFC 6749 §4.1.3, §4.4.2, §6) and the successful response (§5.1, OpenID Connect Core §3.1.3.3).

use crate::client::grant_type::GrantType;
use crate::client::scope::{Scope, parse_scopes};
use crate::oidc::authorization::pkce::CodeVerifier;
use crate::oidc::binding::{Binding, Jkt};
use crate::oidc::cross_device::request::Poll;
use crate::oidc::details;
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::details::reach::Narrower;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::oidc::token::exchange::Exchange;
use crate::oidc::token::resource;
use crate::secret::Secret;
use serde::Serialize;

/// Longest code, in bytes. A code is its own record: it contains redirect URI, nonce, resources, details and claims. Each of them
/// is bounded, and together they are shorter than this when sealed. So every code that was issued can be redeemed.
pub const LONGEST_CODE: usize = 24_576;
/// Longest refresh token, in bytes.
const LONGEST_REFRESH_TOKEN: usize = 512;

/// A request at the token endpoint, with a grant type that is offered. Which client makes it is in `credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRequest {
    /// `grant_type=authorization_code`.
    AuthorizationCode(CodeRedemption),
    /// `grant_type=refresh_token`.
    RefreshToken(Refresh),
    /// `grant_type=client_credentials`.
    ClientCredentials(ClientCredentials),
    /// Token exchange (RFC 8693).
    Exchange(Exchange),
    /// A client asks for the tokens of what a person decided elsewhere (RFC 8628 §3.4, OpenID Connect CIBA Core §10.1).
    CrossDevice(Poll),
}

/// The redemption of a code (RFC 6749 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRedemption {
    /// The code.
    pub code: Secret<String>,
    /// The redirect URI of the authorization request. OpenID Connect Core §3.1.2.1 demands one there, hence it is demanded here.
    pub redirect_uri: String,
    /// The PKCE verifier (RFC 7636 §4.5).
    pub verifier: Option<CodeVerifier>,
    /// `resource` and `authorization_details`: what the access token gives access to, if to less than was granted.
    pub(crate) narrower: Narrower,
}

/// The use of a refresh token (RFC 6749 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// The refresh token.
    pub refresh_token: Secret<String>,
    /// The scopes it asks for, if fewer are wanted than were granted.
    pub(crate) scopes: Option<Vec<Scope>>,
    /// `resource` and `authorization_details`: what the access token gives access to, if to less than was granted.
    pub(crate) narrower: Narrower,
}

/// A client asks for a token of its own (RFC 6749 §4.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The scopes it asks for, if it names any.
    pub scopes: Option<Vec<Scope>>,
    /// `resource` and `authorization_details`.
    pub narrower: Narrower,
}

/// The grant type that a request names, of those that are offered (RFC 6749 §5.2). It is the first thing that is read of a request,
/// before its client authenticates: what nobody can get here is no question of who asks.
pub(crate) fn grant_type(form: &Params) -> Result<GrantType, OAuthError> {
    let name = form.get("grant_type").ok_or_else(|| OAuthError::invalid_request("grant_type is missing"))?;
    GrantType::ALL.into_iter().find(|offered| offered.name() == name).ok_or_else(|| {
        let description = "this grant_type is not offered: grant_types_supported in the discovery document lists those that are";
        OAuthError::new(OAuthErrorCode::UnsupportedGrantType, description)
    })
}

impl TokenRequest {
    /// Reads the form of a token request. Errors: `invalid_request`, `unsupported_grant_type`, `invalid_scope`, `invalid_target`,
    /// `invalid_authorization_details`; and `invalid_grant` for a malformed code verifier.
    pub fn parse(form: &Params) -> Result<Self, OAuthError> {
        form.sound()?;
        match grant_type(form)? {
            GrantType::AuthorizationCode => CodeRedemption::parse(form).map(Self::AuthorizationCode),
            GrantType::RefreshToken => Ok(Self::RefreshToken(Refresh {
                refresh_token: Secret::new(form.required("refresh_token", LONGEST_REFRESH_TOKEN)?.to_owned()),
                scopes: known_scopes(form)?,
                narrower: narrower(form)?,
            })),
            GrantType::ClientCredentials => {
                Ok(Self::ClientCredentials(ClientCredentials { scopes: known_scopes(form)?, narrower: narrower(form)? }))
            }
            // Authorization details are granted to one client. An exchange must not seem to pass them on.
            GrantType::TokenExchange if form.get("authorization_details").is_some() => {
                Err(details::invalid("a token exchange passes no authorization_details on: leave them out"))
            }
            GrantType::TokenExchange => Exchange::parse(form, known_scopes(form)?).map(Self::Exchange),
            GrantType::Ciba => Poll::of_ciba(form).map(Self::CrossDevice),
            GrantType::DeviceCode => Poll::of_device(form).map(Self::CrossDevice),
        }
    }
}

impl CodeRedemption {
    fn parse(form: &Params) -> Result<Self, OAuthError> {
        let verifier = match form.get("code_verifier") {
            Some(text) => Some(CodeVerifier::parse(text).ok_or_else(|| {
                OAuthError::invalid_grant("code_verifier must have 43 to 128 characters out of A-Z a-z 0-9 - . _ ~")
            })?),
            None => None,
        };
        Ok(Self {
            code: Secret::new(form.required("code", LONGEST_CODE)?.to_owned()),
            redirect_uri: form.required("redirect_uri", crate::oidc::authorization::redirect::MOST_BYTES)?.to_owned(),
            verifier,
            narrower: narrower(form)?,
        })
    }
}

fn narrower(form: &Params) -> Result<Narrower, OAuthError> {
    Ok(Narrower { resources: resource::asked_for(form)?, details: AuthorizationDetails::asked_for(form)? })
}

/// RFC 6749 §6: a refresh asks for the granted scopes or fewer; without `scope` it asks for all of them.
pub(crate) fn narrow(granted: &[Scope], asked: Option<&[Scope]>) -> Result<Vec<Scope>, OAuthError> {
    let Some(asked) = asked else { return Ok(granted.to_vec()) };
    if asked.iter().all(|scope| granted.contains(scope)) {
        return Ok(asked.to_vec());
    }
    Err(OAuthError::new(OAuthErrorCode::InvalidScope, "scope holds more than was granted"))
}

/// Unlike in an authorization request, an unknown scope is an error here: it cannot have been granted (RFC 6749 §5.2, §6).
fn known_scopes(form: &Params) -> Result<Option<Vec<Scope>>, OAuthError> {
    let Some(list) = form.at_most("scope", 2048)? else { return Ok(None) };
    if list.split(' ').any(|name| !name.is_empty() && Scope::from_name(name).is_none()) {
        return Err(OAuthError::new(OAuthErrorCode::InvalidScope, "scope holds a value that is not known"));
    }
    Ok(Some(parse_scopes(list)).filter(|scopes| !scopes.is_empty()))
}

/// `token_type`: how access tokens are used (RFC 6749 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum TokenType {
    /// The sender needs nothing but the token (RFC 6750).
    Bearer,
    /// The sender must also prove possession of the key that the token is bound to (RFC 9449 §5).
    DPoP,
}

impl TokenType {
    /// How a token with this confirmation is used.
    pub(crate) const fn of(key: Option<&Jkt>) -> Self {
        if key.is_some() { Self::DPoP } else { Self::Bearer }
    }

    /// How a token with this binding is used: one that is bound to a certificate like any bearer token, over TLS (RFC 8705 §3).
    pub(crate) const fn bound_to(binding: Option<&Binding>) -> Self {
        if matches!(binding, Some(Binding::Key(_))) { Self::DPoP } else { Self::Bearer }
    }
}

/// The successful response (RFC 6749 §5.1). It must never be cached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TokenResponse {
    /// The access token.
    pub(crate) access_token: Secret<String>,
    /// How it is used.
    pub(crate) token_type: TokenType,
    /// Its life in seconds.
    pub(crate) expires_in: u64,
    /// The refresh token, if `offline_access` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<Secret<String>>,
    /// The granted scopes, space-separated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    /// The ID token, if one is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<Secret<String>>,
    /// What the access token allows object by object (RFC 9396 §7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorization_details: Option<AuthorizationDetails>,
    /// What an exchange issued (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issued_token_type: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(form: &str) -> Result<TokenRequest, OAuthError> {
        TokenRequest::parse(&Params::parse(form))
    }

    fn refusal(form: &str) -> &'static str {
        parse(form).unwrap_err().code.name()
    }

    const CODE: &str = "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Ftax.example%2Fcb";

    #[test]
    fn rfc6749_4_1_3_a_code_comes_with_its_redirect_uri_and_its_verifier() {
        let verifier = "a".repeat(43);
        let TokenRequest::AuthorizationCode(redemption) = parse(&format!("{CODE}&code_verifier={verifier}")).unwrap() else {
            panic!("this redeems a code")
        };
        assert_eq!((redemption.code.expose().as_str(), redemption.redirect_uri.as_str()), ("c", "https://tax.example/cb"));
        assert_eq!(redemption.verifier, CodeVerifier::parse(&verifier));
    }

    #[test]
    fn rfc6749_4_1_3_code_and_redirect_uri_are_required() {
        assert_eq!(refusal("grant_type=authorization_code&redirect_uri=https%3A%2F%2Fa"), "invalid_request");
        assert_eq!(refusal("grant_type=authorization_code&code=c"), "invalid_request");
        assert_eq!(refusal(&format!("{CODE}&code=d")), "invalid_request");
        assert_eq!(refusal(&CODE.replace("code=c", &format!("code={}", "c".repeat(LONGEST_CODE + 1)))), "invalid_request");
    }

    #[test]
    fn rfc7636_4_6_a_verifier_that_cannot_be_one_is_invalid_grant() {
        assert_eq!(refusal(&format!("{CODE}&code_verifier=short")), "invalid_grant");
    }

    #[test]
    fn rfc6749_6_a_refresh_may_ask_for_fewer_scopes_and_for_no_other() {
        let TokenRequest::RefreshToken(refresh) = parse("grant_type=refresh_token&refresh_token=r&scope=phone+openid").unwrap()
        else {
            panic!("this is a refresh")
        };
        let granted = [Scope::Openid, Scope::Profile, Scope::Phone];
        assert_eq!(narrow(&granted, refresh.scopes.as_deref()).unwrap(), [Scope::Openid, Scope::Phone]);
        assert_eq!(narrow(&granted, None).unwrap(), granted);
        assert_eq!(narrow(&granted, Some(&[Scope::Address])).unwrap_err().code, OAuthErrorCode::InvalidScope);
        assert_eq!(refusal("grant_type=refresh_token&refresh_token=r&scope=admin"), "invalid_scope");
        assert_eq!(refusal("grant_type=refresh_token"), "invalid_request");
    }

    #[test]
    fn rfc6749_4_4_2_a_client_may_ask_for_itself() {
        assert_eq!(
            parse("grant_type=client_credentials").unwrap(),
            TokenRequest::ClientCredentials(ClientCredentials { scopes: None, narrower: Narrower::default() })
        );
    }

    #[test]
    fn rfc6749_5_2_other_grant_types_are_unsupported_and_none_is_an_error() {
        for other in [
            "password",
            "implicit",
            "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer",
            "Authorization_Code",
            &"x".repeat(200),
        ] {
            assert_eq!(refusal(&format!("grant_type={other}")), "unsupported_grant_type", "{other}");
        }
        assert_eq!(refusal("code=c"), "invalid_request");
    }

    #[test]
    fn rfc6749_5_1_the_response_leaves_out_what_there_is_not() {
        let response = TokenResponse {
            access_token: Secret::new("at".to_owned()),
            token_type: TokenType::Bearer,
            expires_in: 300,
            refresh_token: None,
            scope: "openid".to_owned(),
            id_token: None,
            authorization_details: None,
            issued_token_type: None,
        };
        let json = serde_json::to_string(&response).unwrap();
        assert_eq!(json, r#"{"access_token":"at","token_type":"Bearer","expires_in":300,"scope":"openid"}"#);
        assert!(!format!("{response:?}").contains("at\""));
    }

    proptest! {
        #[test]
        fn any_form_is_parsed_without_a_panic(
            grant_type in prop::sample::select(vec!["authorization_code", "refresh_token", "client_credentials", "x"]),
            rest in ".{0,200}",
        ) {
            let _ = parse(&format!("grant_type={grant_type}&{rest}"));
        }
    }
}
