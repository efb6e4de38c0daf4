//! What device and CIBA requests share: a client asks, a person decides in a browser of their own, the client polls for the
//! tokens.

use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::resource::ResourceUri;
use crate::client::scope::{Scope, parse_scopes};
use crate::identity::assurance::Acr;
use crate::oidc::authorization::prompt::{Display, Prompts};
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::authorization::response_mode::ResponseMode;
use crate::oidc::claims::request::ClaimsRequest;
use crate::oidc::details;
use crate::oidc::details::reach::Narrower;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::token::resource;
use crate::secret::Secret;
use std::time::Duration;

/// How much is added to a client's polling interval each time that it asks too early (RFC 8628 §3.5).
pub(crate) const SLOWER_BY: Duration = Duration::from_secs(5);
/// Longest `scope`, in bytes.
const LONGEST_SCOPE: usize = 2048;
/// Longest `device_code` or `auth_req_id` at the token endpoint, in bytes; ours have 43.
const LONGEST_NAME: usize = 512;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Known scopes that it may have.
    pub scopes: Vec<Scope>,
    /// `resource`: what tokens will be for (RFC 8707 §2).
    pub resources: Vec<ResourceUri>,
    /// Known levels of `acr_values`, most wanted first.
    pub acr_values: Vec<Acr>,
}

impl Wanted {
    /// Reads `scope` and `resource`. Scopes that are not known or not registered are left out, as in an authorization request.
    pub fn parse(form: &Params, client: &Client) -> Result<Self, OAuthError> {
        form.sound()?;
        if form.get("authorization_details").is_some() {
            return Err(details::invalid("authorization_details are not offered here: leave them out"));
        }
        let resources = resource::asked_for(form)?;
        resource::within(&client.token_policy.resources, &resources)?;
        let scopes = client.allowed(&parse_scopes(form.at_most("scope", LONGEST_SCOPE)?.unwrap_or_default()));
        Ok(Self { scopes, resources, acr_values: Vec::new() })
    }

    /// The same as the pages see it: an authorization request that is answered only at the token endpoint.
    pub fn into_request(self, client: &Client) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: client.id.clone(),
            redirect_uri: String::new(),
            scopes: self.scopes,
            state: None,
            nonce: None,
            response_mode: ResponseMode::default(),
            code_challenge: None,
            prompt: Prompts::default(),
            max_age: client.requests.default_max_age,
            login_hint: None,
            ui_locales: Vec::new(),
            acr_values: if self.acr_values.is_empty() { client.requests.default_acr_values.clone() } else { self.acr_values },
            id_token_hint: None,
            display: Display::default(),
            dpop_jkt: None,
            resources: self.resources,
            details: None,
            claims: ClaimsRequest::default(),
            pushed_as: None,
        }
    }
}

/// A client asks for the tokens of its request (RFC 8628 §3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The grant type: that of RFC 8628 or of CIBA.
    pub grant_type: GrantType,
    /// The `device_code` or `auth_req_id` of the request, which only this client has.
    pub name: Secret<String>,
    /// `resource`: what the access token is for, if for less than was granted (RFC 8707 §2.2).
    pub narrower: Narrower,
}

impl Poll {
    /// Reads the form of a device (RFC 8628 §3.4).
    pub(crate) fn of_device(form: &Params) -> Result<Self, OAuthError> {
        Self::parse(form, GrantType::DeviceCode, "device_code")
    }

    /// Reads the form of a client that asked a person (OpenID Connect CIBA Core §10.1).
    pub(crate) fn of_ciba(form: &Params) -> Result<Self, OAuthError> {
        Self::parse(form, GrantType::Ciba, "auth_req_id")
    }

    fn parse(form: &Params, grant_type: GrantType, parameter: &'static str) -> Result<Self, OAuthError> {
        let name = Secret::new(form.required(parameter, LONGEST_NAME)?.to_owned());
        Ok(Self { grant_type, name, narrower: Narrower { resources: resource::asked_for(form)?, details: None } })
    }
}
