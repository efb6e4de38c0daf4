//! A client's grant types and scopes, and how people sign in to it.

use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::scope::{Scope, parse_scopes, scope_list};
use crate::client::words::{ApplicationType, Pkce, SubjectType};
use crate::registration::access::{Access, Choice, Choices, field, words};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, by_operator, by_operator_told, line};
use crate::registration::topics::sector;
use serde_json::Value;

pub(crate) const ROWS: &[Row] = &[
    by_both("application_type", &Choice(field!(application_type)), line(r#""web""#, "native")),
    by_both(
        "grant_types",
        &Choices(field!(grant_types)),
        line(
            r#"["authorization_code"]"#,
            "refresh_token (needed for offline_access), client_credentials,\n\
             urn:ietf:params:oauth:grant-type:device_code (a device without a keyboard),\n\
             urn:openid:params:grant-type:ciba (a counter or a call centre),\n\
             urn:ietf:params:oauth:grant-type:token-exchange (for `resources`)",
        ),
    ),
    by_both("scope", &Scopes, line(r#""openid""#, "profile phone address national_id age_over_18 offline_access")),
    by_both("subject_type", &Choice(field!(subject_type)), line(r#""pairwise""#, "public")),
    sector::ROW,
    by_both("id_token_signed_response_alg", &Choice(field!(signing_alg)), line(r#""ES256""#, "RS256 PS256 EdDSA")),
    by_operator_told("pkce", &Choice(field!(pkce)), line(r#""required""#, "optional: for a library that cannot do PKCE (S256)")),
    by_operator(
        "min_acr",
        &Choice(field!(min_acr)),
        line(
            r#""urn:panjereh:acr:substantial""#,
            "urn:panjereh:acr:high, or urn:panjereh:acr:low: then who knows a national ID and\na birth date can be taken for that person; no data of the registry is released",
        ),
    ),
];

words!(ApplicationType, name);
words!(GrantType, name);
words!(SubjectType, name);
words!(Pkce, name);

/// `scope` (RFC 7591 §2). An unknown scope is rejected here; in an authorization request it is ignored.
struct Scopes;

impl Access for Scopes {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(list) = file.text(name) else { return };
        if let Some(unknown) = list.split_whitespace().find(|name| Scope::from_name(name).is_none()) {
            let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.name()).collect();
            file.refuse(name, format!("{unknown} is not a scope; use some of {}, separated by spaces", known.join(" ")));
        }
        client.scopes = parse_scopes(&list.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    fn write(&self, client: &Client) -> Value {
        scope_list(&client.scopes).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        "openid profile offline_access".into()
    }
}

/// The defaults that depend on each other (RFC 7591 §2). `grant_types`: the code grant, and refresh tokens for a client that may
/// request `offline_access`. `scope`: `openid` for a client that signs people in, none for a client that only acts for itself.
pub(crate) fn complete(client: &mut Client, file: &Reader<'_, '_>) {
    if !file.has("grant_types") {
        let offline = client.scopes.contains(&Scope::OfflineAccess).then_some(GrantType::RefreshToken);
        client.grant_types = [Some(GrantType::AuthorizationCode), offline].into_iter().flatten().collect();
    }
    if !file.has("scope") && client.grant_types.iter().any(|grant_type| grant_type.is_of_a_person()) {
        client.scopes = vec![Scope::Openid];
    }
}

/// What a public client must have and must not have (RFC 6749 §2.1).
pub(crate) fn check_public(client: &Client, file: &mut Reader<'_, '_>) {
    if !client.is_public() {
        return;
    }
    if client.pkce == Pkce::Optional {
        file.refuse("pkce", "a public client needs PKCE (RFC 9700 2.1.1): leave it out, or write required");
    }
    if client.may_use(GrantType::TokenExchange) {
        file.refuse("grant_types", "token-exchange needs a client that authenticates: leave it out");
    }
    if client.may_use(GrantType::ClientCredentials) {
        file.refuse("grant_types", "client_credentials needs a client that authenticates (RFC 6749 4.4): leave it out");
    }
}

/// Grant types, redirect URIs and scopes have to fit together (RFC 7591 §2.1).
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let signs_people_in = client.may_use(GrantType::AuthorizationCode);
    if client.grant_types.is_empty() {
        file.refuse("grant_types", "name at least one grant type, or leave it out");
    }
    if signs_people_in && client.redirect_uris.is_empty() {
        file.refuse("redirect_uris", "write at least one: authorization_code sends its response there (RFC 6749 3.1.2.2)");
    }
    if signs_people_in && !client.scopes.contains(&Scope::Openid) {
        file.refuse("scope", "add openid: without it no person can sign in");
    }
    if !signs_people_in && !client.redirect_uris.is_empty() {
        file.refuse("redirect_uris", "leave them out, or add authorization_code to grant_types");
    }
    if client.may_use(GrantType::RefreshToken) && !client.grant_types.iter().any(|grant_type| grant_type.is_of_a_person()) {
        file.refuse(
            "grant_types",
            "refresh_token goes with authorization_code, device_code or ciba: add one, or leave refresh_token out",
        );
    }
    if client.scopes.contains(&Scope::OfflineAccess) && !client.may_use(GrantType::RefreshToken) {
        file.refuse("grant_types", "add refresh_token, or take offline_access out of scope");
    }
}
