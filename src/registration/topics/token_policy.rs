//! The rules for a client's access tokens: the names of
//! [`TokenPolicy`](crate::client::parts::token_policy::TokenPolicy), except those of certificates.

use crate::client::metadata::Client;
use crate::client::resource::ResourceUri;
use crate::client::words::NonceRule;
use crate::registration::access::{Access, Choice, Flag, Number, OptionalChoice, field, words};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, by_operator, line};
use crate::registration::topics::details;
use serde_json::{Value, json};

/// What a client may do with tokens is set by an operator only. How its tokens are protected may also be set by the client.
pub(crate) const ROWS: &[Row] = &[
    by_operator(
        "userinfo_acr",
        &OptionalChoice(field!(token_policy.userinfo.acr)),
        line(r#""…""#, "UserInfo requires a sign-in of this level behind the token (RFC 9470)"),
    ),
    // From a minute, the time in which people type a code, to a month.
    by_operator(
        "userinfo_max_age",
        &Number(field!(token_policy.userinfo.max_age), 60..=2_592_000),
        line("…", "and a sign-in that is at most this many seconds ago"),
    ),
    by_operator(
        "id_token_claims",
        &Flag(field!(token_policy.id_token_claims)),
        line("false", "true: ID tokens have the claims of the scopes, too; for libraries that never ask UserInfo"),
    ),
    by_operator(
        "resource_identifier",
        &Resource,
        line(r#""…""#, "the audience of tokens for this client's API; it may introspect them"),
    ),
    details::MAY_ASK_ROW,
    details::DECLARES_ROW,
    by_operator("resources", &Resources, line("[]", "resource_identifier of each API that it may get tokens for (RFC 8707)")),
    by_both(
        "dpop_bound_access_tokens",
        &Flag(field!(token_policy.dpop_bound)),
        line("false", "true: no token without a DPoP proof (RFC 9449)"),
    ),
    by_operator(
        "dpop_nonce",
        &Choice(field!(token_policy.dpop_nonce)),
        line(r#""optional""#, "required: its proofs need a nonce from this server"),
    ),
    by_both(
        "introspection_signed_response_alg",
        &OptionalChoice(field!(token_policy.introspection_signing_alg)),
        line(r#""…""#, "default: id_token_signed_response_alg"),
    ),
];

words!(NonceRule, name);

/// `resource_identifier`: the resource that this client is.
struct Resource;

impl Access for Resource {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(text) = file.text(name) else { return };
        client.token_policy.resource_identifier = ResourceUri::parse(text);
        if client.token_policy.resource_identifier.is_none() {
            file.refuse(name, "write an absolute URI without a fragment, such as https://api.tax.example");
        }
    }

    fn write(&self, client: &Client) -> Value {
        client.token_policy.resource_identifier.as_ref().map(ResourceUri::as_str).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        "https://api.tax.example".into()
    }
}

/// `resources`: the resources for which it may get tokens (RFC 8707 §2).
struct Resources;

impl Access for Resources {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        for (at, text) in file.texts(name).into_iter().enumerate() {
            match ResourceUri::parse(text) {
                Some(resource) => client.token_policy.resources.push(resource),
                None => file.refuse_entry(name, at, text, "write an absolute URI without a fragment (RFC 8707 2)"),
            }
        }
    }

    fn write(&self, client: &Client) -> Value {
        json!(client.token_policy.resources)
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        json!(["https://records.example/api", "urn:example:land"])
    }
}
