//! How a client authenticates, and the keys for what it signs.

use crate::client::jwk;
use crate::client::metadata::Client;
use crate::client::words::{ApplicationType, SecretMethods, TokenEndpointAuthMethod};
use crate::registration::access::{Access, Address, OptionalChoice, field};
use crate::registration::reader::Reader;
use crate::registration::row::{Example, Row, by_both, by_operator, line};
use crate::secret::TokenHash;
use serde_json::Value;

pub(crate) const ROWS: &[Row] = &[
    by_both(
        "token_endpoint_auth_method",
        &Method,
        line(
            r#""…""#,
            "default: client_secret_basic (in the header) and client_secret_post (in the form)\n\
             are both taken; to allow one way alone: client_secret_basic, client_secret_post,\n\
             private_key_jwt, tls_client_auth, self_signed_tls_client_auth, none",
        ),
    ),
    by_both(
        ASSERTION_ALG,
        &OptionalChoice(field!(requests.assertion_alg)),
        line(r#""…""#, "for its assertions: ES256 RS256 PS256 EdDSA; default: any of them"),
    ),
    by_both(
        "jwks_uri",
        &Address(field!(jwks_uri)),
        line(r#""…""#, "address of the keys for private_key_jwt; or jwks, see below"),
    ),
    by_both("jwks", &KeySet, Example::Below),
    by_operator("client_secret", &Secret, line(r#""…""#, "if left out, one is made and shown once")),
];

pub(crate) const ASSERTION_ALG: &str = "token_endpoint_auth_signing_alg";

/// `token_endpoint_auth_method`. A client whose entry names none is a `client_secret_basic` one (RFC 7591 §2) whose secret is taken
/// from the form as well.
struct Method;

impl Access for Method {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        if let Some(method) = file.choice(name, &TokenEndpointAuthMethod::ALL, TokenEndpointAuthMethod::name) {
            (client.auth_method, client.secret_methods) = (method, SecretMethods::Named);
        }
    }

    fn write(&self, client: &Client) -> Value {
        client.auth_method.name().into()
    }

    fn show(&self, client: &Client) -> String {
        let all = TokenEndpointAuthMethod::ALL.into_iter().filter(|method| client.takes_secret_by(*method));
        all.map(TokenEndpointAuthMethod::name).collect::<Vec<_>>().join(" or ")
    }

    fn is_same(&self, old: &Client, new: &Client) -> bool {
        self.show(old) == self.show(new)
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        TokenEndpointAuthMethod::None.name().into()
    }
}

/// In characters. The store has the plain SHA-256 of a secret, which is safe only if an attacker cannot guess the secret.
const SHORTEST_SECRET: usize = 32;

/// `client_secret`. Only its hash is stored, so it is read and never written.
struct Secret;

impl Access for Secret {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(secret) = file.text(name) else { return };
        if !(SHORTEST_SECRET..=256).contains(&secret.len()) || !secret.bytes().all(|b| b.is_ascii_graphic()) {
            let remedy = format!(
                "use {SHORTEST_SECRET} to 256 random visible ASCII characters, or leave it out: one is made and shown once"
            );
            file.refuse(name, remedy);
        } else if secret.contains(['+', '%']) {
            // RFC 6749 §2.3.1: a secret is form-encoded before it goes into the header. Many clients omit that, and then these
            // two characters are decoded to something else.
            let remedy = "use no + and no %: clients that do not form-encode it (RFC 6749 2.3.1) could not authenticate; \
                          to keep the registered secret, leave it out";
            file.refuse(name, remedy);
        }
        client.secret_hash = Some(TokenHash::of(secret));
    }

    fn write(&self, _: &Client) -> Value {
        Value::Null
    }

    fn show(&self, client: &Client) -> String {
        if client.secret_hash.is_some() { "set".to_owned() } else { "none".to_owned() }
    }

    fn is_same(&self, old: &Client, new: &Client) -> bool {
        old.secret_hash == new.secret_hash
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        "0123456789abcdef0123456789abcdef".into()
    }
}

/// `jwks` (RFC 7591 §2), as a TOML table or as the JSON that key generators write.
struct KeySet;

impl Access for KeySet {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let jwks = match file.value(name) {
            None => return,
            Some(Value::String(json)) => serde_json::from_str(json).ok(),
            Some(table) => Some(table.clone()),
        };
        if let Err(problem) = jwk::check_set(jwks.as_ref().unwrap_or(&Value::Null)) {
            file.refuse(name, problem.to_string());
        }
        client.jwks = jwks;
    }

    fn write(&self, client: &Client) -> Value {
        client.jwks.clone().unwrap_or_default()
    }

    /// The key ids.
    fn show(&self, client: &Client) -> String {
        let keys = client.jwks.as_ref().and_then(|jwks| jwks.get("keys")).and_then(Value::as_array);
        let name = |key: &Value| key.get("kid").and_then(Value::as_str).unwrap_or("without kid").to_owned();
        match keys {
            Some(keys) => format!("{} key(s): {}", keys.len(), keys.iter().map(name).collect::<Vec<_>>().join(", ")),
            None => "none".to_owned(),
        }
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let signs = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "kid": "signs", "x": x });
        let encrypts = serde_json::json!({ "kty": "RSA", "use": "enc", "kid": "is encrypted for", "n": x, "e": "AQAB" });
        serde_json::json!({ "keys": [signs, encrypts] })
    }
}

/// The authentication method decides which other names a client has (OpenID Connect Core §9, RFC 6749 §2.1).
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let method = client.auth_method;
    if client.secret_hash.is_some() && !method.needs_secret() {
        file.refuse(
            "client_secret",
            format!("leave it out: a client with token_endpoint_auth_method = \"{}\" has no secret", method.name()),
        );
    }
    if file.has("jwks") && file.has("jwks_uri") {
        file.refuse("jwks_uri", "leave out this or jwks: only one of the two may be present (RFC 7591 2)");
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
    if client.requests.assertion_alg.is_some() && method != TokenEndpointAuthMethod::PrivateKeyJwt {
        file.refuse(
            ASSERTION_ALG,
            "leave it out, or write token_endpoint_auth_method = \"private_key_jwt\": other methods have no signed assertion",
        );
    }
    if client.application_type == ApplicationType::Native && method.needs_secret() {
        let remedy = "write none: every copy of the application has its secret (RFC 8252 8.4)";
        file.refuse("token_endpoint_auth_method", remedy);
    }
}
