//! The authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1), parsed once; after this no string is checked again.
//!
//! The order of the checks is the standard's: until client and redirect URI are trusted, an error is shown as a page (RFC 6749
//! §3.1.2.4); from then on it goes back to the client.

pub(crate) use crate::oidc::authorization::prompt::{Display, Prompt, Prompts};

use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::resource::ResourceUri;
use crate::client::scope::{Scope, parse_scopes};
use crate::client::words::ClientId;
use crate::identity::assurance::Acr;
use crate::oidc::authorization::pkce::CodeChallenge;
use crate::oidc::authorization::redirect;
use crate::oidc::authorization::response_mode::ResponseMode;
use crate::oidc::binding::Jkt;
use crate::oidc::claims::locale::{ClaimLocale, language_tags};
use crate::oidc::claims::request;
use crate::oidc::claims::request::ClaimsRequest;
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::oidc::token::resource;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest `nonce`, `scope` and `acr_values`, in bytes.
const LONG: usize = 2048;
/// Longest of the short parameters, in bytes.
const SHORT: usize = 512;
/// Longest `id_token_hint`, in bytes.
const LONGEST_TOKEN: usize = 8192;

/// An authorization request of a registered client, with every rule applied that needs no stored state.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client that asks.
    pub(crate) client_id: ClientId,
    /// Where the response goes: a registered URI, or its loopback variant.
    pub redirect_uri: String,
    /// Known scopes that the client may ask for; `openid` is among them.
    pub scopes: Vec<Scope>,
    /// `state`, returned unchanged.
    #[serde(default)]
    pub state: Option<String>,
    /// `nonce`, repeated in the ID token.
    #[serde(default)]
    pub nonce: Option<String>,
    /// How the response is sent.
    pub(crate) response_mode: ResponseMode,
    /// The PKCE challenge, S256.
    #[serde(default)]
    pub code_challenge: Option<CodeChallenge>,
    /// `prompt`.
    pub(crate) prompt: Prompts,
    /// `max_age` in seconds.
    #[serde(default)]
    pub(crate) max_age: Option<u32>,
    /// `login_hint`: free text, used only to fill a form field.
    #[serde(default)]
    pub login_hint: Option<String>,
    /// `ui_locales`, most wanted first.
    #[serde(default)]
    pub ui_locales: Vec<String>,
    /// Known levels of `acr_values`, most wanted first.
    #[serde(default)]
    pub acr_values: Vec<Acr>,
    /// `id_token_hint`, not verified yet.
    #[serde(default)]
    pub(crate) id_token_hint: Option<String>,
    /// `display`.
    pub(crate) display: Display,
    /// `dpop_jkt`: only a client that has this key may redeem the code (RFC 9449 §10).
    #[serde(default)]
    pub(crate) dpop_jkt: Option<Jkt>,
    /// `resource`: what tokens will be for; the client is registered for each (RFC 8707 §2.1).
    #[serde(default)]
    pub resources: Vec<ResourceUri>,
    /// `authorization_details`: what is asked for object by object (RFC 9396). The caller checks their types.
    #[serde(default)]
    pub(crate) details: Option<AuthorizationDetails>,
    /// `claims` and `claims_locales`: single claims, in which languages, and demands on who signs in and how.
    #[serde(default)]
    pub(crate) claims: ClaimsRequest,
    /// The hash under which it was pushed, if it was: the stored request is taken from there when it is answered (RFC 9126 §4).
    #[serde(default)]
    pub(crate) pushed_as: Option<TokenHash>,
}

/// Why a request cannot be answered at its redirect URI; it is shown as a page (RFC 6749 §3.1.2.4, §4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageProblem {
    /// `client_id` is missing or given twice.
    #[error("the request does not say which client makes it")]
    MissingClientId,
    /// No such client.
    #[error("the client is not registered")]
    UnknownClient,
    /// `redirect_uri` is missing or given twice (OpenID Connect Core §3.1.2.1 demands one).
    #[error("the request does not say where to answer")]
    MissingRedirectUri,
    /// The redirect URI is not one of the client's.
    #[error("the redirect URI is not registered for this client")]
    BadRedirectUri,
    /// This client pushed no request under this `request_uri`, or the request has expired or was answered (RFC 9126 §4).
    #[error("the pushed request is unknown, expired or answered")]
    BadRequestUri,
}

impl PageProblem {
    /// A stable name for pages, logs and tests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MissingClientId => "missing_client_id",
            Self::UnknownClient => "unknown_client",
            Self::MissingRedirectUri => "missing_redirect_uri",
            Self::BadRedirectUri => "bad_redirect_uri",
            Self::BadRequestUri => "bad_request_uri",
        }
    }
}

/// What to do with a request that is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeError {
    /// Show a page and send the browser nowhere.
    Page(PageProblem),
    /// The same, for a request object that cannot be verified (RFC 9101 §7). The error names the reason.
    Object(OAuthError),
    /// Answer the client.
    Redirect {
        /// A registered redirect URI.
        redirect_uri: String,
        /// The request's `state`.
        state: Option<String>,
        /// How the response is sent.
        response_mode: ResponseMode,
        /// The error.
        error: OAuthError,
    },
}

impl AuthorizeError {
    /// A request object that cannot be verified. The response goes where the parameters beside the object say, if that is a
    /// redirect URI of the client; otherwise a page is shown.
    pub(crate) fn beside_object(params: &Params, client: &Client, error: OAuthError) -> Self {
        match params.get("redirect_uri").filter(|uri| redirect::is_registered(client, uri)) {
            Some(redirect_uri) => answer_at(redirect_uri, params, error),
            None => Self::Object(error),
        }
    }

    /// The response to a request that was parsed and is rejected.
    pub(crate) fn answer_to(request: &AuthorizationRequest, error: OAuthError) -> Self {
        Self::Redirect {
            redirect_uri: request.redirect_uri.clone(),
            state: request.state.clone(),
            response_mode: request.response_mode,
            error,
        }
    }
}

fn answer_at(redirect_uri: &str, params: &Params, error: OAuthError) -> AuthorizeError {
    AuthorizeError::Redirect {
        redirect_uri: redirect_uri.to_owned(),
        state: params.get("state").map(str::to_owned),
        response_mode: params.get("response_mode").and_then(ResponseMode::from_name).unwrap_or_default(),
        error,
    }
}

/// Step one: which client asks? The caller looks it up, then parses the rest.
pub(crate) fn find_client_id(params: &Params) -> Result<ClientId, PageProblem> {
    let text = params.get("client_id").ok_or(PageProblem::MissingClientId)?;
    ClientId::parse(text).ok_or(PageProblem::UnknownClient)
}

impl AuthorizationRequest {
    /// Step two: the whole request of the client that [`find_client_id`] named.
    pub fn parse(params: &Params, client: &Client) -> Result<Self, AuthorizeError> {
        let redirect_uri = params.get("redirect_uri").ok_or(AuthorizeError::Page(PageProblem::MissingRedirectUri))?;
        if !redirect::is_registered(client, redirect_uri) {
            return Err(AuthorizeError::Page(PageProblem::BadRedirectUri));
        }
        Self::parse_trusted(params, client, redirect_uri).map_err(|error| answer_at(redirect_uri, params, error))
    }

    fn parse_trusted(params: &Params, client: &Client, redirect_uri: &str) -> Result<Self, OAuthError> {
        params.sound()?;
        refuse_what_is_not_offered(params)?;
        let response_mode = response_mode(params)?;
        if !client.may_use(GrantType::AuthorizationCode) {
            let description = "the client is not registered for the authorization code grant";
            return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, description));
        }
        let (mut claims, wished) = match params.at_most("claims", request::LONGEST)? {
            Some(text) => ClaimsRequest::parse(text, client)?,
            None => Default::default(),
        };
        let resources = resources(params, client)?;
        let levels = params.at_most("acr_values", LONG)?.unwrap_or_default();
        let details = AuthorizationDetails::asked_for(params)?;
        let for_resources = !resources.is_empty() || details.is_some() || !client.token_policy.userinfo.is_none();
        if for_resources && !levels.is_empty() && claims.acr.is_empty() {
            claims.acr = demanded_levels(levels)?;
        }
        // OpenID Connect Registration §2: what the request itself says, in `acr_values` or `claims`, replaces the default.
        let acr_values = match &client.requests.default_acr_values {
            default if levels.is_empty() && wished.is_empty() && claims.acr.is_empty() => default.clone(),
            _ => acr_values(levels, &wished),
        };
        claims.deliver.locales = ClaimLocale::of_list(&language_tags(params.get("claims_locales")));
        let owned = |name, most| params.at_most(name, most).map(|value| value.map(str::to_owned));
        Ok(Self {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scopes: scopes(params, client)?,
            // RFC 6749 §4.1.2, §4.1.2.1: returned as it was sent. Its bound is that of the whole request.
            state: params.get("state").map(str::to_owned),
            nonce: owned("nonce", LONG)?,
            response_mode,
            code_challenge: code_challenge(params, client)?,
            prompt: Prompts::parse(params.at_most("prompt", SHORT)?.unwrap_or_default())?,
            max_age: max_age(params)?.or(client.requests.default_max_age),
            login_hint: hint_of(params, "login_hint", SHORT),
            ui_locales: language_tags(params.get("ui_locales")),
            acr_values,
            id_token_hint: hint_of(params, "id_token_hint", LONGEST_TOKEN),
            display: Display::from_name(params.get("display")),
            dpop_jkt: dpop_jkt(params)?,
            resources,
            details,
            claims,
            pushed_as: None,
        })
    }

    /// Whether an authentication at `auth_time` is not enough for a request that arrived at `asked_at`: the client wants a new
    /// one (`prompt=login`, and `max_age=0`, which means the same), or a more recent one (`max_age`). An authentication after the
    /// request arrived is always enough, however long the pages take.
    pub(crate) fn needs_authentication(&self, auth_time: Timestamp, asked_at: Timestamp) -> bool {
        let age = asked_at.since(auth_time);
        let wants_new = self.prompt.has(Prompt::Login) || self.max_age == Some(0);
        let too_old = self.max_age.is_some_and(|seconds| age > Duration::from_secs(seconds.into()));
        auth_time < asked_at && (wants_new || too_old)
    }
}

/// Hints are personal data: `Debug` shows only whether they are present.
impl std::fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.scopes)
            .field("response_mode", &self.response_mode)
            .field("prompt", &self.prompt)
            .field("max_age", &self.max_age)
            .field("acr_values", &self.acr_values)
            .field("has_login_hint", &self.login_hint.is_some())
            .field("has_id_token_hint", &self.id_token_hint.is_some())
            .finish_non_exhaustive()
    }
}

/// Not offered: references that would have to be fetched, registration in the request (OpenID Connect Core §3.1.2.6), and every
/// flow but the code flow (RFC 9700 §2.1.2).
fn refuse_what_is_not_offered(params: &Params) -> Result<(), OAuthError> {
    let unsupported = [
        ("request_uri", OAuthErrorCode::RequestUriNotSupported, "request_uri must be one that was pushed (RFC 9126)"),
        ("registration", OAuthErrorCode::RegistrationNotSupported, "registration is not supported"),
    ];
    if let Some((_, code, description)) = unsupported.into_iter().find(|(name, ..)| params.get(name).is_some()) {
        return Err(OAuthError::new(code, description));
    }
    match params.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(OAuthError::new(OAuthErrorCode::UnsupportedResponseType, "the only response_type offered is code")),
        None => Err(OAuthError::invalid_request("response_type is missing")),
    }
}

fn response_mode(params: &Params) -> Result<ResponseMode, OAuthError> {
    let Some(name) = params.get("response_mode") else { return Ok(ResponseMode::Query) };
    ResponseMode::from_name(name)
        .ok_or_else(|| OAuthError::invalid_request("response_mode must be query, form_post, jwt, query.jwt or form_post.jwt"))
}

/// Known scopes that the client may have. Others are ignored, but without `openid` the request is rejected.
fn scopes(params: &Params, client: &Client) -> Result<Vec<Scope>, OAuthError> {
    let scopes = client.allowed(&parse_scopes(params.at_most("scope", LONG)?.unwrap_or_default()));
    if scopes.contains(&Scope::Openid) {
        return Ok(scopes);
    }
    Err(OAuthError::new(OAuthErrorCode::InvalidScope, "scope must contain openid, and the client must be registered for it"))
}

/// RFC 7636 §4.4.1: S256 only. A missing method would mean `plain` (§4.3), which is rejected.
fn code_challenge(params: &Params, client: &Client) -> Result<Option<CodeChallenge>, OAuthError> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (None, None) if client.demands_pkce() => Err(OAuthError::invalid_request("code_challenge is required")),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(OAuthError::invalid_request("code_challenge_method without code_challenge")),
        (Some(challenge), Some("S256")) => CodeChallenge::parse(challenge)
            .map(Some)
            .ok_or_else(|| OAuthError::invalid_request("code_challenge must be a SHA-256 in base64url, 43 characters")),
        (Some(_), _) => Err(OAuthError::invalid_request("code_challenge_method must be S256")),
    }
}

/// RFC 8707 §2.1.
fn resources(params: &Params, client: &Client) -> Result<Vec<ResourceUri>, OAuthError> {
    let asked = resource::asked_for(params)?;
    resource::within(&client.token_policy.resources, &asked)?;
    Ok(asked)
}

/// RFC 9449 §10.
fn dpop_jkt(params: &Params) -> Result<Option<Jkt>, OAuthError> {
    let Some(text) = params.get("dpop_jkt") else { return Ok(None) };
    let wrong = || OAuthError::invalid_request("dpop_jkt must be a SHA-256 thumbprint in base64url, 43 characters");
    Jkt::parse(text).map(Some).ok_or_else(wrong)
}

/// OpenID Connect Core §3.1.2.1. More than a century of seconds means that an authentication of any age will do.
fn max_age(params: &Params) -> Result<Option<u32>, OAuthError> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    // `parse` alone would also accept a plus sign.
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(OAuthError::invalid_request("max_age must be a whole number of seconds, zero or more"));
    }
    // All are digits, so it is only too large.
    Ok(Some(text.parse().unwrap_or(u32::MAX)))
}

/// A hint is only a wish: one that is too long to be what it should be is ignored.
fn hint_of(params: &Params, name: &str, most: usize) -> Option<String> {
    params.get(name).filter(|hint| hint.len() <= most).map(str::to_owned)
}

/// RFC 9470 §5: in a request for tokens of a resource, `acr_values` are a demand, because the resource may have demanded them. It
/// would reject a token below these levels, and the client would send the person here again and again.
fn demanded_levels(list: &str) -> Result<Vec<Acr>, OAuthError> {
    let levels = acr_values(list, &[]);
    if levels.is_empty() {
        let description = "no level in acr_values can be reached here, and the request is for a resource";
        return Err(OAuthError::new(OAuthErrorCode::UnmetAuthenticationRequirements, description));
    }
    Ok(levels)
}

/// Known levels in the order of the list, then those that `claims` names as voluntary, each once. Unknown ones are ignored (`acr`
/// is a voluntary claim, OpenID Connect Core §5.5.1.1).
fn acr_values(list: &str, wished: &[Acr]) -> Vec<Acr> {
    let mut levels = Vec::new();
    for level in list.split(' ').filter_map(Acr::from_uri).chain(wished.iter().copied()) {
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    levels
}

#[cfg(test)]
mod tests;
