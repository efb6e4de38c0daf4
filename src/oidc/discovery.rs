//! Discovery (OpenID Connect Discovery 1.0 §3, RFC 8414 §2): what this server offers. It is made from the enums that the parsers
//! use, so it cannot announce what no parser accepts.

use crate::client::grant_type::GrantType;
use crate::client::parts::ciba::DeliveryMode;
use crate::client::parts::protection::{ContentEncryption, KeyManagement};
use crate::client::profile::Profile;
use crate::client::scope::Scope;
use crate::client::words::{SigningAlg, SubjectType, TokenEndpointAuthMethod};
use crate::identity::assurance::Acr;
use crate::oidc::authorization::prompt::Prompt;
use crate::oidc::authorization::response_mode::{Protection, ResponseMode};
use crate::oidc::claims::locale::ClaimLocale;
use crate::oidc::claims::user::claims_of;
use crate::oidc::{dpop, paths};
use serde::Serialize;
use std::collections::BTreeMap;

/// The languages of the pages, preferred first.
pub(crate) const UI_LOCALES: [&str; 2] = ["fa", "en"];

/// The discovery document.
///
/// Each field is the metadata value of that name in OpenID Connect Discovery §3 and RFC 8414 §2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the standard's document says yes or no to each of these")]
pub(crate) struct ProviderMetadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) pushed_authorization_request_endpoint: String,
    pub(crate) device_authorization_endpoint: String,
    pub(crate) backchannel_authentication_endpoint: String,
    pub(crate) backchannel_token_delivery_modes_supported: Vec<&'static str>,
    pub(crate) backchannel_authentication_request_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) backchannel_user_code_parameter_supported: bool,
    pub(crate) userinfo_endpoint: String,
    pub(crate) jwks_uri: String,
    pub(crate) end_session_endpoint: String,
    pub(crate) check_session_iframe: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registration_endpoint: Option<String>,
    pub(crate) revocation_endpoint: String,
    pub(crate) revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    pub(crate) revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) introspection_endpoint: String,
    pub(crate) introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    pub(crate) introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) introspection_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) dpop_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_client_certificate_bound_access_tokens: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) mtls_endpoint_aliases: BTreeMap<&'static str, String>,
    pub(crate) service_documentation: String,
    pub(crate) scopes_supported: Vec<&'static str>,
    pub(crate) response_types_supported: Vec<&'static str>,
    pub(crate) response_modes_supported: Vec<&'static str>,
    pub(crate) grant_types_supported: Vec<&'static str>,
    pub(crate) subject_types_supported: Vec<&'static str>,
    pub(crate) id_token_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) authorization_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) id_token_encryption_alg_values_supported: Vec<&'static str>,
    pub(crate) id_token_encryption_enc_values_supported: Vec<&'static str>,
    pub(crate) userinfo_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) userinfo_encryption_alg_values_supported: Vec<&'static str>,
    pub(crate) userinfo_encryption_enc_values_supported: Vec<&'static str>,
    pub(crate) token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub(crate) token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) code_challenge_methods_supported: Vec<&'static str>,
    pub(crate) acr_values_supported: Vec<&'static str>,
    pub(crate) prompt_values_supported: Vec<&'static str>,
    pub(crate) display_values_supported: Vec<&'static str>,
    pub(crate) claim_types_supported: Vec<&'static str>,
    pub(crate) claims_supported: Vec<&'static str>,
    pub(crate) claims_locales_supported: Vec<&'static str>,
    pub(crate) ui_locales_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) authorization_details_types_supported: Vec<String>,
    pub(crate) claims_parameter_supported: bool,
    pub(crate) request_parameter_supported: bool,
    pub(crate) request_object_signing_alg_values_supported: Vec<&'static str>,
    pub(crate) require_signed_request_object: bool,
    pub(crate) request_uri_parameter_supported: bool,
    pub(crate) require_request_uri_registration: bool,
    pub(crate) require_pushed_authorization_requests: bool,
    pub(crate) authorization_response_iss_parameter_supported: bool,
    pub(crate) backchannel_logout_supported: bool,
    pub(crate) backchannel_logout_session_supported: bool,
    pub(crate) frontchannel_logout_supported: bool,
    pub(crate) frontchannel_logout_session_supported: bool,
}

impl ProviderMetadata {
    /// The document of an issuer (without a `/` at its end) that has keys for these algorithms.
    #[expect(clippy::too_many_lines, reason = "the discovery document is one list and reads best as one")]
    pub(crate) fn new(issuer: &str, signing_algs: &[SigningAlg]) -> Self {
        let endpoint = |path: &str| paths::url(issuer, path);
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: endpoint(paths::AUTHORIZE),
            token_endpoint: endpoint(paths::TOKEN),
            pushed_authorization_request_endpoint: endpoint(paths::PAR),
            device_authorization_endpoint: endpoint(paths::DEVICE_AUTHORIZATION),
            backchannel_authentication_endpoint: endpoint(paths::CIBA),
            backchannel_token_delivery_modes_supported: names(&DeliveryMode::ALL, DeliveryMode::name),
            backchannel_authentication_request_signing_alg_values_supported: names(&SigningAlg::ALL, SigningAlg::name),
            backchannel_user_code_parameter_supported: false,
            userinfo_endpoint: endpoint(paths::USERINFO),
            jwks_uri: endpoint(paths::JWKS),
            end_session_endpoint: endpoint(paths::END_SESSION),
            check_session_iframe: endpoint(paths::CHECK_SESSION),
            registration_endpoint: None,
            revocation_endpoint: endpoint(paths::REVOKE),
            revocation_endpoint_auth_methods_supported: without_certificates(),
            revocation_endpoint_auth_signing_alg_values_supported: names(&SigningAlg::ALL, SigningAlg::name),
            introspection_endpoint: endpoint(paths::INTROSPECT),
            introspection_endpoint_auth_methods_supported: confidential_methods(),
            introspection_endpoint_auth_signing_alg_values_supported: names(&SigningAlg::ALL, SigningAlg::name),
            introspection_signing_alg_values_supported: names(signing_algs, SigningAlg::name),
            dpop_signing_alg_values_supported: names(&dpop::ALGS, SigningAlg::name),
            tls_client_certificate_bound_access_tokens: None,
            mtls_endpoint_aliases: BTreeMap::new(),
            service_documentation: endpoint(paths::DEVELOPERS),
            scopes_supported: names(&Scope::ALL, Scope::name),
            response_types_supported: vec!["code"],
            response_modes_supported: names(&ResponseMode::ALL, ResponseMode::name),
            grant_types_supported: names(&GrantType::ALL, GrantType::name),
            subject_types_supported: names(&SubjectType::ALL, SubjectType::name),
            id_token_signing_alg_values_supported: names(signing_algs, SigningAlg::name),
            authorization_signing_alg_values_supported: names(signing_algs, SigningAlg::name),
            id_token_encryption_alg_values_supported: names(&KeyManagement::ALL, KeyManagement::name),
            id_token_encryption_enc_values_supported: names(&ContentEncryption::ALL, ContentEncryption::name),
            userinfo_signing_alg_values_supported: names(signing_algs, SigningAlg::name),
            userinfo_encryption_alg_values_supported: names(&KeyManagement::ALL, KeyManagement::name),
            userinfo_encryption_enc_values_supported: names(&ContentEncryption::ALL, ContentEncryption::name),
            token_endpoint_auth_methods_supported: without_certificates(),
            token_endpoint_auth_signing_alg_values_supported: names(&SigningAlg::ALL, SigningAlg::name),
            code_challenge_methods_supported: vec!["S256"],
            acr_values_supported: names(&Acr::ALL, Acr::uri),
            prompt_values_supported: names(&Prompt::ALL, Prompt::name),
            display_values_supported: vec!["page", "popup", "touch"],
            claim_types_supported: vec!["normal"],
            claims_supported: claims_supported(),
            claims_locales_supported: names(&ClaimLocale::ALL, ClaimLocale::tag),
            ui_locales_supported: UI_LOCALES.to_vec(),
            authorization_details_types_supported: Vec::new(),
            claims_parameter_supported: true,
            request_parameter_supported: true,
            request_object_signing_alg_values_supported: names(&SigningAlg::ALL, SigningAlg::name),
            require_signed_request_object: false,
            // RFC 9126 §5: a pushed `request_uri` works whatever this says, and any other would have to be fetched.
            request_uri_parameter_supported: false,
            require_request_uri_registration: false,
            require_pushed_authorization_requests: false,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            frontchannel_logout_supported: true,
            frontchannel_logout_session_supported: true,
        }
    }
}

impl ProviderMetadata {
    /// The same for an issuer where clients register themselves.
    #[must_use]
    pub(crate) fn with_registration(self) -> Self {
        let registration_endpoint = Some(format!("{}{}", self.issuer, paths::REGISTER));
        Self { registration_endpoint, ..self }
    }
}

impl ProviderMetadata {
    /// The document without what a profile forbids, for a server that applies the profile to every client.
    #[must_use]
    pub(crate) fn held_to(mut self, profile: Profile) -> Self {
        let allowed = |name: &&'static str| {
            TokenEndpointAuthMethod::ALL.iter().any(|method| method.name() == *name && profile.allows_method(*method))
        };
        self.token_endpoint_auth_methods_supported.retain(allowed);
        self.revocation_endpoint_auth_methods_supported.retain(allowed);
        self.introspection_endpoint_auth_methods_supported.retain(allowed);
        let allowed = |name: &&'static str| SigningAlg::ALL.iter().any(|alg| alg.name() == *name && profile.allows_alg(*alg));
        for supported in [
            &mut self.token_endpoint_auth_signing_alg_values_supported,
            &mut self.revocation_endpoint_auth_signing_alg_values_supported,
            &mut self.introspection_endpoint_auth_signing_alg_values_supported,
            &mut self.introspection_signing_alg_values_supported,
            &mut self.dpop_signing_alg_values_supported,
            &mut self.id_token_signing_alg_values_supported,
            &mut self.userinfo_signing_alg_values_supported,
            &mut self.authorization_signing_alg_values_supported,
            &mut self.request_object_signing_alg_values_supported,
            &mut self.backchannel_authentication_request_signing_alg_values_supported,
        ] {
            supported.retain(allowed);
        }
        self.require_pushed_authorization_requests |= profile.is_fapi2();
        // Message Signing §5.3.1, §5.4.1: requests and responses are signed (RFC 9101 §10.5).
        self.require_signed_request_object |= profile.signs_messages();
        let allowed = |name: &&'static str| {
            ResponseMode::from_name(name).is_some_and(|mode| !profile.signs_messages() || mode.protection() != Protection::None)
        };
        self.response_modes_supported.retain(allowed);
        self
    }
}

/// How clients can use certificates (RFC 8705).
#[derive(Debug, Clone, Copy)]
pub(crate) struct CertificatesTaken<'a> {
    /// The base URL at which connections ask for certificates; empty if it is the issuer's.
    pub(crate) url: &'a str,
    /// What clients can do with them: `tls_client_auth` needs authorities.
    pub(crate) methods: &'a [TokenEndpointAuthMethod],
}

impl ProviderMetadata {
    /// The same for an issuer that accepts client certificates (RFC 8705 §2, §3.3, §5).
    #[must_use]
    pub(crate) fn with_certificates(mut self, taken: CertificatesTaken<'_>) -> Self {
        let methods = [
            &mut self.token_endpoint_auth_methods_supported,
            &mut self.revocation_endpoint_auth_methods_supported,
            &mut self.introspection_endpoint_auth_methods_supported,
        ];
        for supported in methods {
            supported.extend(taken.methods.iter().map(|method| method.name()));
        }
        self.tls_client_certificate_bound_access_tokens = Some(true);
        if !taken.url.is_empty() {
            let alias = |path: &str| paths::url(taken.url, path);
            self.mtls_endpoint_aliases = BTreeMap::from([
                ("token_endpoint", alias(paths::TOKEN)),
                ("pushed_authorization_request_endpoint", alias(paths::PAR)),
                ("device_authorization_endpoint", alias(paths::DEVICE_AUTHORIZATION)),
                ("backchannel_authentication_endpoint", alias(paths::CIBA)),
                ("userinfo_endpoint", alias(paths::USERINFO)),
                ("revocation_endpoint", alias(paths::REVOKE)),
                ("introspection_endpoint", alias(paths::INTROSPECT)),
            ]);
        }
        self
    }
}

fn names<T: Copy>(values: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    values.iter().copied().map(name).collect()
}

/// The authentication methods that need no certificate, without `none`, for endpoints where `none` is not enough.
fn confidential_methods() -> Vec<&'static str> {
    without_certificates().into_iter().filter(|method| *method != TokenEndpointAuthMethod::None.name()).collect()
}

/// The methods that need no certificate.
fn without_certificates() -> Vec<&'static str> {
    TokenEndpointAuthMethod::ALL
        .into_iter()
        .filter(|method| !method.needs_certificate())
        .map(TokenEndpointAuthMethod::name)
        .collect()
}

fn claims_supported() -> Vec<&'static str> {
    let of_tokens = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"];
    Scope::ALL.into_iter().flat_map(claims_of).copied().chain(of_tokens).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> serde_json::Value {
        serde_json::to_value(ProviderMetadata::new("https://id.example", &SigningAlg::ALL)).unwrap()
    }

    #[test]
    fn oidc_discovery_3_everything_that_is_required_is_there() {
        let document = document();
        for name in [
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
        ] {
            assert!(document.get(name).is_some_and(|value| !value.is_null()), "{name}");
        }
        assert_eq!(document["authorization_endpoint"], "https://id.example/authorize");
    }

    #[test]
    fn oidc_discovery_3_request_uri_has_to_be_denied_aloud_because_its_default_is_true() {
        let document = document();
        assert_eq!(document["request_uri_parameter_supported"], false);
    }

    #[test]
    fn rfc9207_3_and_rfc8414_2_issuer_and_pkce_are_announced() {
        let document = document();
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    }

    #[test]
    fn only_algorithms_that_have_a_key_are_listed() {
        let metadata = ProviderMetadata::new("https://id.example", &[SigningAlg::RS256]);
        assert_eq!(metadata.id_token_signing_alg_values_supported, ["RS256"]);
    }
}
