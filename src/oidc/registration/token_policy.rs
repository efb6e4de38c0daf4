//! The keys of a client's [`TokenPolicy`] in an agency file.

use super::reader::Reader;
use super::{details, mutual_tls};
use crate::identity::assurance::Acr;
use crate::oidc::client::SigningAlg;
use crate::oidc::details::TypeName;
use crate::oidc::dpop::NonceRule;
use crate::oidc::resource::ResourceUri;
use crate::oidc::step_up::StepUp;
use crate::oidc::token_policy::TokenPolicy;

pub(super) const KEYS: &[&str] = &[
    "resource_identifier",
    "resources",
    "introspection_signed_response_alg",
    "dpop_bound_access_tokens",
    "dpop_nonce",
    details::MAY_ASK,
    details::DECLARES,
    "userinfo_acr",
    "userinfo_max_age",
];

/// A minute, in which people type a code, to a month.
const USERINFO_MAX_AGE: std::ops::RangeInclusive<u64> = 60..=2_592_000;

/// Whether a client may describe itself with this key; the others say what it may do, which an operator decides.
pub(super) fn may_be_asked_for(key: &str) -> bool {
    matches!(key, "introspection_signed_response_alg" | "dpop_bound_access_tokens" | details::MAY_ASK)
        || mutual_tls::KEYS.contains(&key)
}

/// Reads them.
pub(super) fn token_policy(file: &mut Reader<'_, '_>) -> TokenPolicy {
    TokenPolicy {
        resource_identifier: resource_identifier(file),
        resources: resources(file),
        introspection_signing_alg: file.choice("introspection_signed_response_alg", &SigningAlg::ALL, SigningAlg::name),
        dpop_bound: file.flag("dpop_bound_access_tokens").unwrap_or_default(),
        dpop_nonce: file.choice("dpop_nonce", &NonceRule::ALL, NonceRule::name).unwrap_or_default(),
        mutual_tls: mutual_tls::mutual_tls(file),
        authorization_details_types: details::may_ask(file),
        details_types: details::declared(file),
        userinfo: StepUp {
            acr: file.choice("userinfo_acr", &Acr::ALL, Acr::uri),
            max_age: file.number("userinfo_max_age", USERINFO_MAX_AGE).and_then(|seconds| seconds.try_into().ok()),
        },
    }
}

fn resource_identifier(file: &mut Reader<'_, '_>) -> Option<ResourceUri> {
    let resource = ResourceUri::parse(file.text("resource_identifier")?);
    if resource.is_none() {
        file.refuse("resource_identifier", "write an absolute URI without a fragment, such as https://api.tax.example");
    }
    resource
}

fn resources(file: &mut Reader<'_, '_>) -> Vec<ResourceUri> {
    let mut resources = Vec::new();
    for (at, text) in file.texts("resources").into_iter().enumerate() {
        match ResourceUri::parse(text) {
            Some(resource) => resources.push(resource),
            None => file.refuse_entry("resources", at, text, "write an absolute URI without a fragment (RFC 8707 2)"),
        }
    }
    resources
}

/// Every field by its key, for showing what a file changes.
pub(super) fn describe(policy: &TokenPolicy) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("resource_identifier", policy.resource_identifier.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("resources", policy.resources.iter().map(ResourceUri::as_str).collect::<Vec<_>>().join(" ")),
        (
            "introspection_signed_response_alg",
            policy.introspection_signing_alg.map(SigningAlg::name).unwrap_or_default().to_owned(),
        ),
        ("dpop_bound_access_tokens", policy.dpop_bound.to_string()),
        ("dpop_nonce", policy.dpop_nonce.name().to_owned()),
        (details::MAY_ASK, policy.authorization_details_types.iter().map(TypeName::as_str).collect::<Vec<_>>().join(" ")),
        (details::DECLARES, policy.details_types.iter().map(details::described).collect::<Vec<_>>().join(" ")),
        ("userinfo_acr", policy.userinfo.acr.map(Acr::uri).unwrap_or_default().to_owned()),
        ("userinfo_max_age", policy.userinfo.max_age.map(|seconds| seconds.to_string()).unwrap_or_default()),
    ];
    fields.extend(mutual_tls::describe(&policy.mutual_tls));
    fields
}
