//! One client's metadata: its defaults, and the rules between its keys.

use super::DescribedBy;
use super::backchannel::{self, backchannel};
use super::logout::{self, logout_uris};
use super::mutual_tls;
use super::pages;
use super::profile;
use super::protection;
use super::reader::Reader;
use super::requests;
use super::sector::sector;
use super::token_policy;
use crate::identity::account::TokenHash;
use crate::identity::agency::Agency;
use crate::identity::assurance::Acr;
use crate::oidc::client::{
    ApplicationType, Client, ClientId, GrantType, LocalName, Pkce, SigningAlg, SubjectType, TokenEndpointAuthMethod,
};
use crate::oidc::jwk;
use crate::oidc::redirect::check_registrable;
use crate::oidc::scope::{Scope, parse_scopes};
use serde_json::Value;

const KEYS: &[&str] = &[
    "client_id",
    "client_name",
    "client_secret",
    "client_uri",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "application_type",
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "scope",
    "subject_type",
    "sector_identifier",
    "id_token_signed_response_alg",
    "pkce",
    "min_acr",
];

/// Keys of a client's own description that only an operator decides.
const NOT_ASKED_FOR: [&str; 5] = ["client_id", "client_secret", "sector_identifier", "pkce", "min_acr"];

/// Whether a client may describe itself with this key.
pub(super) fn may_be_asked_for(key: &str) -> bool {
    KEYS.contains(&key) && !NOT_ASKED_FOR.contains(&key)
}

/// A secret is kept as a plain SHA-256, which is safe only for one that nobody can guess.
const SHORTEST_SECRET: usize = 32;

/// The client that a table describes; `None` where it has no usable `client_id`. Whether it may be used, the problems tell.
pub(super) fn client(mut reader: Reader<'_, '_>, agency: &Agency, described_by: DescribedBy) -> Option<Client> {
    let file = &mut reader;
    let before = file.problems();
    file.known(
        &[
            KEYS,
            &logout::KEYS,
            &backchannel::KEYS,
            requests::KEYS,
            token_policy::KEYS,
            &mutual_tls::KEYS,
            protection::KEYS,
            &pages::KEYS,
        ]
        .concat(),
    );
    let id = file.required_text("client_id", "a name for the client, such as tax-web").map(ClientId::parse);
    if id == Some(None) {
        file.refuse("client_id", "use 1 to 128 characters out of A-Z a-z 0-9 - . _ ~ :");
    }
    let auth_method = file.choice("token_endpoint_auth_method", &TokenEndpointAuthMethod::ALL, TokenEndpointAuthMethod::name);
    let application_type = file.choice("application_type", &ApplicationType::ALL, ApplicationType::name);
    let application_type = application_type.unwrap_or(ApplicationType::Web);
    let scopes = scopes(file);
    let grant_types = grant_types(file, scopes.as_deref().unwrap_or_default());
    let redirect_uris = uris(file, "redirect_uris", application_type);
    // A client without a usable name is read to its end too, under a stand-in, so that all its problems are told.
    let named = id.flatten();
    let id = named.clone().or_else(|| ClientId::parse("unnamed"))?;
    let client = Client {
        sector: sector(file, &id, (&redirect_uris, &grant_types), described_by),
        id,
        agency: agency.slug.clone(),
        name: file.name("client_name").unwrap_or_else(|| agency.name.clone()),
        secret_hash: secret(file),
        auth_method: auth_method.unwrap_or(TokenEndpointAuthMethod::ClientSecretBasic),
        jwks: jwks(file),
        self_registered: None,
        logout: logout_uris(file, &redirect_uris),
        jwks_uri: web_address(file, "jwks_uri"),
        application_type,
        redirect_uris,
        post_logout_redirect_uris: uris(file, "post_logout_redirect_uris", application_type),
        scopes: scopes.unwrap_or_else(|| default_scopes(&grant_types)),
        grant_types,
        subject_type: file.choice("subject_type", &SubjectType::ALL, SubjectType::name).unwrap_or(SubjectType::Pairwise),
        signing_alg: file.choice("id_token_signed_response_alg", &SigningAlg::ALL, SigningAlg::name).unwrap_or(SigningAlg::ES256),
        pkce: file.choice("pkce", &Pkce::ALL, Pkce::name).unwrap_or(Pkce::Required),
        min_acr: file.choice("min_acr", &Acr::ALL, Acr::uri).unwrap_or(Acr::Low),
        client_uri: web_address(file, "client_uri"),
        pages: pages::pages(file),
        token_policy: token_policy::token_policy(file),
        requests: requests::rules(file),
        backchannel: backchannel(file),
        protection: protection::protection(file),
    };
    // How keys fit together can be said only of keys that are right.
    if file.problems() == before {
        check_together(&client, file, described_by);
    }
    named.map(|_| client)
}

fn check_together(client: &Client, file: &mut Reader<'_, '_>, described_by: DescribedBy) {
    check_authentication(client, file);
    check_grants(client, file);
    mutual_tls::check(client, file);
    profile::check(client, file);
    backchannel::check(client, file);
    pages::check(client, file, described_by);
}

/// A name that is never seen: it stands in for one that was refused.
pub(super) const fn no_name() -> LocalName {
    LocalName { fa: String::new(), en: String::new() }
}

/// `scope` (RFC 7591 §2). Here, unlike in a request, an unknown scope is a mistake.
fn scopes(file: &mut Reader<'_, '_>) -> Option<Vec<Scope>> {
    let list = file.text("scope")?;
    if let Some(unknown) = list.split_whitespace().find(|name| Scope::from_name(name).is_none()) {
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.name()).collect();
        file.refuse("scope", format!("{unknown} is not a scope; use some of {}, separated by spaces", known.join(" ")));
    }
    Some(parse_scopes(&list.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// A client that signs people in needs `openid`; one that only acts for itself needs no scope.
fn default_scopes(grant_types: &[GrantType]) -> Vec<Scope> {
    if grant_types.iter().any(|grant_type| grant_type.is_of_a_person()) { vec![Scope::Openid] } else { Vec::new() }
}

/// `grant_types` (RFC 7591 §2): the code grant, and refresh tokens for whoever may ask for `offline_access`.
fn grant_types(file: &mut Reader<'_, '_>, scopes: &[Scope]) -> Vec<GrantType> {
    let offline = scopes.contains(&Scope::OfflineAccess).then_some(GrantType::RefreshToken);
    file.choices("grant_types", &GrantType::ALL, GrantType::name)
        .unwrap_or_else(|| [Some(GrantType::AuthorizationCode), offline].into_iter().flatten().collect())
}

fn uris(file: &mut Reader<'_, '_>, key: &str, application_type: ApplicationType) -> Vec<String> {
    let mut uris: Vec<String> = Vec::new();
    for (at, uri) in file.texts(key).into_iter().enumerate() {
        match check_registrable(uri, application_type) {
            Ok(()) if uris.iter().any(|known| known == uri) => {
                file.refuse_entry(key, at, uri, "it is in the list already: leave it out");
            }
            Ok(()) => uris.push(uri.to_owned()),
            Err(problem) => file.refuse_entry(key, at, uri, problem.to_string()),
        }
    }
    uris
}

fn secret(file: &mut Reader<'_, '_>) -> Option<TokenHash> {
    let secret = file.text("client_secret")?;
    if !(SHORTEST_SECRET..=256).contains(&secret.len()) || !secret.bytes().all(|b| b.is_ascii_graphic()) {
        let remedy =
            format!("use {SHORTEST_SECRET} to 256 random visible ASCII characters, or leave it out: one is made and shown once");
        file.refuse("client_secret", remedy);
    } else if secret.contains(['+', '%']) {
        // RFC 6749 §2.3.1 has it form-encoded before it goes into the header, and many clients forget that: with these two signs alone it
        // arrives as another secret then.
        let remedy = "use no + and no %: clients that do not form-encode it (RFC 6749 2.3.1) could not authenticate; to keep a secret that \
                      is registered already, leave it out";
        file.refuse("client_secret", remedy);
    }
    Some(TokenHash::of(secret))
}

/// An address of the client's that a browser opens or that we call.
pub(super) fn web_address(file: &mut Reader<'_, '_>, key: &str) -> Option<String> {
    let uri = file.text(key)?;
    if let Err(problem) = check_registrable(uri, ApplicationType::Web) {
        file.refuse(key, problem.to_string());
    }
    Some(uri.to_owned())
}

/// `jwks` (RFC 7591 §2), as a TOML table or as the JSON that key generators write.
fn jwks(file: &mut Reader<'_, '_>) -> Option<Value> {
    let jwks = match file.value("jwks")? {
        Value::String(json) => serde_json::from_str(json).ok(),
        table => Some(table.clone()),
    };
    if let Err(problem) = jwk::check_set(jwks.as_ref().unwrap_or(&Value::Null)) {
        file.refuse("jwks", problem.to_string());
    }
    jwks
}

/// How the client authenticates decides what else it has (OpenID Connect Core §9, RFC 6749 §2.1).
fn check_authentication(client: &Client, file: &mut Reader<'_, '_>) {
    let method = client.auth_method;
    if client.secret_hash.is_some() && !method.needs_secret() {
        file.refuse(
            "client_secret",
            format!("leave it out: a client with token_endpoint_auth_method = \"{}\" has no secret", method.name()),
        );
    }
    if file.has("jwks") && file.has("jwks_uri") {
        file.refuse("jwks_uri", "leave it out, or jwks: only one of the two may say which keys count (RFC 7591 2)");
    }
    if method == TokenEndpointAuthMethod::PrivateKeyJwt && !file.has("jwks") && !file.has("jwks_uri") {
        file.refuse("jwks", "is missing: private_key_jwt needs the public keys that verify the client's assertions, or jwks_uri");
    }
    if method == TokenEndpointAuthMethod::PrivateKeyJwt && client.jwks.as_ref().is_some_and(|jwks| !jwk::some_verify(jwks)) {
        file.refuse(
            "jwks",
            "add a key that verifies the client's assertions: EC P-256, OKP Ed25519, or RSA of 2048 bits or more",
        );
    }
    requests::check(client, file);
    protection::check(client, file);
    if client.application_type == ApplicationType::Native && method.needs_secret() {
        let remedy = "write none: whoever has the application has its secret too (RFC 8252 8.4)";
        file.refuse("token_endpoint_auth_method", remedy);
    }
    if client.is_public() && client.pkce == Pkce::Optional {
        file.refuse("pkce", "a public client needs PKCE (RFC 9700 2.1.1): leave it out, or write required");
    }
    if client.is_public() && client.may_use(GrantType::TokenExchange) {
        file.refuse("grant_types", "token-exchange needs a client that authenticates: leave it out");
    }
    if client.is_public() && client.may_use(GrantType::ClientCredentials) {
        file.refuse("grant_types", "client_credentials needs a client that authenticates (RFC 6749 4.4): leave it out");
    }
}

/// Grant types, redirect URIs and scopes have to fit together (RFC 7591 §2.1).
fn check_grants(client: &Client, file: &mut Reader<'_, '_>) {
    let signs_people_in = client.may_use(GrantType::AuthorizationCode);
    if client.grant_types.is_empty() {
        file.refuse("grant_types", "name at least one grant type, or leave it out");
    }
    if signs_people_in && client.redirect_uris.is_empty() {
        file.refuse("redirect_uris", "write at least one: authorization_code needs a place to answer (RFC 6749 3.1.2.2)");
    }
    if signs_people_in && !client.scopes.contains(&Scope::Openid) {
        file.refuse("scope", "add openid: without it nobody can sign in");
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
