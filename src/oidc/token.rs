//! The token endpoint: requests (RFC 6749 §4.1.3, §4.4.2, §6) and the successful response (§5.1, OpenID Connect Core §3.1.3.3).

use super::error::{OAuthError, OAuthErrorCode};
use super::params::Params;
use super::pkce::CodeVerifier;
use super::scope::{Scope, parse_scopes};
use crate::secret::Secret;
use serde::Serialize;

/// Longest code, in bytes.
const LONGEST_CODE: usize = 8192;
/// Longest refresh token, in bytes.
const LONGEST_REFRESH_TOKEN: usize = 512;

/// A request at the token endpoint, of a grant that is offered. Which client makes it is in `credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRequest {
    /// `grant_type=authorization_code`.
    AuthorizationCode(CodeRedemption),
    /// `grant_type=refresh_token`.
    RefreshToken(Refresh),
    /// `grant_type=client_credentials`.
    ClientCredentials {
        /// The scopes it asks for, if it names any.
        scopes: Option<Vec<Scope>>,
    },
}

/// A code on its way to becoming tokens (RFC 6749 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRedemption {
    /// The code.
    pub code: Secret<String>,
    /// The redirect URI of the authorization request. OpenID Connect Core §3.1.2.1 demands one there, hence it is demanded here.
    pub redirect_uri: String,
    /// The PKCE verifier (RFC 7636 §4.5).
    pub verifier: Option<CodeVerifier>,
}

/// A refresh token on its way to becoming new tokens (RFC 6749 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// The refresh token.
    pub refresh_token: Secret<String>,
    /// The scopes it asks for, if fewer are wanted than were granted.
    pub scopes: Option<Vec<Scope>>,
}

impl TokenRequest {
    /// Reads the form of a token request. Errors: `invalid_request`, `unsupported_grant_type`, `invalid_scope`; and
    /// `invalid_grant` for a code verifier that cannot be one.
    pub fn parse(form: &Params) -> Result<Self, OAuthError> {
        form.sound()?;
        match form.required("grant_type", 128)? {
            "authorization_code" => CodeRedemption::parse(form).map(Self::AuthorizationCode),
            "refresh_token" => Ok(Self::RefreshToken(Refresh {
                refresh_token: Secret::new(form.required("refresh_token", LONGEST_REFRESH_TOKEN)?.to_owned()),
                scopes: known_scopes(form)?,
            })),
            "client_credentials" => Ok(Self::ClientCredentials { scopes: known_scopes(form)? }),
            _ => Err(OAuthError::new(OAuthErrorCode::UnsupportedGrantType, "this grant_type is not supported")),
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
            redirect_uri: form.required("redirect_uri", super::redirect::MOST_BYTES)?.to_owned(),
            verifier,
        })
    }
}

/// RFC 6749 §6: a refresh asks for the granted scopes or fewer; without `scope` for all of them.
pub fn narrow(granted: &[Scope], asked: Option<&[Scope]>) -> Result<Vec<Scope>, OAuthError> {
    let Some(asked) = asked else { return Ok(granted.to_vec()) };
    if asked.iter().all(|scope| granted.contains(scope)) {
        return Ok(asked.to_vec());
    }
    Err(OAuthError::new(OAuthErrorCode::InvalidScope, "scope holds more than was granted"))
}

/// Unlike in an authorization request, a scope that nobody knows is an error here: it cannot have been granted (RFC 6749 §5.2, §6).
fn known_scopes(form: &Params) -> Result<Option<Vec<Scope>>, OAuthError> {
    let Some(list) = form.at_most("scope", 2048)? else { return Ok(None) };
    if list.split(' ').any(|name| !name.is_empty() && Scope::from_name(name).is_none()) {
        return Err(OAuthError::new(OAuthErrorCode::InvalidScope, "scope holds a value that is not known"));
    }
    Ok(Some(parse_scopes(list)).filter(|scopes| !scopes.is_empty()))
}

/// `token_type`: how access tokens are used (RFC 6749 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// Whoever has it may use it (RFC 6750).
    Bearer,
}

/// The successful response (RFC 6749 §5.1). It must never be cached.
#[derive(Debug, Clone, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret<String>,
    /// How it is used.
    pub token_type: TokenType,
    /// Its life in seconds.
    pub expires_in: u64,
    /// The refresh token, if `offline_access` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret<String>>,
    /// The granted scopes, space-separated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The ID token, where a person is involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret<String>>,
}
