//! The assertions of each target, one module for each, and what they share: one moment, one registered client, keys that are the
//! same in every run, checks that several targets make.
//!
//! The project's own tests (`tests/it/corpora.rs`) include these files as a module and replay the kept corpora through them, so
//! paths here begin with `super` or with a package, never with `crate`.

pub mod authorization_details;
pub mod authorization_request;
pub mod claims_parameter;
pub mod client_jwt;
pub mod client_metadata;
pub mod decoupled_request;
pub mod dpop_proof;
pub mod identity_input;
pub mod jwks;
pub mod own_token;
pub mod token_request;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::client::metadata::Client;
use panjereh::client::words::SigningAlg;
use panjereh::crypto::jose::jwks::thumbprint;
use panjereh::crypto::keyring::{KeyRecord, Keyring};
use panjereh::crypto::seal::MasterKey;
use panjereh::oidc::authorization::request::{AuthorizationRequest, AuthorizeError};
use panjereh::oidc::authorization::response::{error_params, to_query_redirect};
use panjereh::oidc::error::OAuthError;
use panjereh::oidc::params::Params;
use panjereh::random::Random;
use panjereh::registration::{AgencyFile, Resolution};
use panjereh::time::Timestamp;
use serde_json::{Value, json};

/// The *now* of every target.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
/// Our issuer.
pub const ISSUER: &str = "https://id.example";
/// Resources that the client may request.
pub const RESOURCES: [&str; 2] = ["https://records.example/api", "urn:example:land"];

/// What a target does with an input: it panics where an assertion fails.
pub type Check = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Check); 11] = [
    ("authorization_details", authorization_details::check),
    ("authorization_request", authorization_request::check),
    ("claims_parameter", claims_parameter::check),
    ("client_jwt", client_jwt::check),
    ("client_metadata", client_metadata::check),
    ("decoupled_request", decoupled_request::check),
    ("dpop_proof", dpop_proof::check),
    ("identity_input", identity_input::check),
    ("jwks", jwks::check),
    ("own_token", own_token::check),
    ("token_request", token_request::check),
];

/// Seeds of Ed25519: its signatures are deterministic, so a corpus stays valid for every run.
const OUR_SEED: [u8; 32] = [1; 32];
const CLIENT_SEED: [u8; 32] = [2; 32];

const AGENCY: &str = r#"
[[agency]]
slug = "tax"
name = { fa = "سازمان مالیات", en = "Tax Office" }
[[agency.client]]
client_id = "tax-web"
redirect_uris = ["https://tax.example/callback", "https://tax.example/second?keep=1"]
client_secret = "0123456789abcdef0123456789abcdef"
scope = "openid profile phone address offline_access"
resources = ["https://records.example/api", "urn:example:land"]
"#;

/// A confidential client that needs PKCE.
pub fn client() -> Client {
    let file = AgencyFile::parse(AGENCY).expect("the agency file is right");
    let declaration = file.agencies[0].1[0].clone();
    match declaration.resolve(None) {
        Resolution::Complete(client) => client,
        Resolution::SecretNeeded(_) => unreachable!("it has a secret"),
    }
}

/// An Ed25519 key of the targets.
pub struct Key(Ed25519KeyPair);

impl Key {
    /// Ours.
    pub fn ours() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&OUR_SEED).expect("32 bytes"))
    }

    /// The client's.
    pub fn of_the_client() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&CLIENT_SEED).expect("32 bytes"))
    }

    /// Its public half.
    pub fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref()) })
    }

    /// RFC 7638.
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.jwk()).expect("a key")
    }

    /// A JWS of any header and payload with a valid signature.
    pub fn signed(&self, header: &[u8], payload: &[u8]) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.0.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whether this is exactly the JWS that the key itself would have made of the text's first two parts.
    pub fn wrote(&self, token: &str) -> bool {
        let Some((message, signature)) = token.rsplit_once('.') else { return false };
        URL_SAFE_NO_PAD.encode(self.0.sign(message.as_bytes())) == signature
    }
}

/// A key ring with our one key.
pub fn keyring() -> Keyring {
    let (master, key) = (MasterKey::from_bytes([7; 32]), Key::ours());
    let kid = key.thumbprint();
    let pkcs8 = key.0.to_pkcs8().expect("a key");
    let sealed_private = master.derive(&format!("signing key {kid}")).seal(&Random::seeded(1), pkcs8.as_ref());
    let (created_at, signs_from) = (Timestamp::from_seconds(0), Timestamp::from_seconds(0));
    let mut public_jwk = key.jwk();
    public_jwk["kid"] = json!(kid);
    let record = KeyRecord {
        kid,
        alg: SigningAlg::EdDSA,
        created_at,
        signs_from,
        retired_at: None,
        removed_at: None,
        public_jwk,
        sealed_private,
    };
    Keyring::open(&[record], &master).expect("a ring")
}

/// A header and a payload out of one input: the first line and the rest.
pub fn header_and_payload(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = data.iter().position(|byte| *byte == b'\n')?;
    Some((&data[..at], &data[at + 1..]))
}

/// An input as instructions to damage a text: at the place that the first two bytes name, cut out so many bytes and insert the
/// rest.
pub fn damaged(text: &str, data: &[u8]) -> Option<String> {
    let [high, low, cut, put @ ..] = data else { return None };
    let at = usize::from(u16::from_be_bytes([*high, *low])) % (text.len() + 1);
    let until = (at + usize::from(*cut)).min(text.len());
    Some(format!("{}{}{}", text.get(..at)?, std::str::from_utf8(put).ok()?, text.get(until..)?))
}

/// The payload of an accepted JWT, read by another implementation.
pub fn payload_of(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

/// RFC 6749 §5.2: the characters that an `error_description` may contain.
#[track_caller]
pub fn assert_printable(error: &OAuthError) {
    let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(error.description.bytes().all(allowed) && error.description.len() < 8192, "{error}");
}

/// Asserts everything that must hold for an authorization request of the client, accepted or rejected.
pub fn check_authorization(params: &Params, client: &Client) {
    match AuthorizationRequest::parse(params, client) {
        Ok(request) => check_accepted(&request, params, client),
        Err(AuthorizeError::Redirect { redirect_uri, state, error, .. }) => {
            assert_printable(&error);
            // No open redirector: an answer, also an error, goes to a registered URI only.
            assert!(client.redirect_uris.contains(&redirect_uri));
            assert!(state.is_none() || state.as_deref() == params.get("state"));
            let target = to_query_redirect(&redirect_uri, &error_params(&error, state.as_deref(), ISSUER));
            let target = url::Url::parse(&target).expect("a URL");
            let said: Vec<_> = target.query_pairs().filter(|(name, _)| name == "state" || name == "error").collect();
            assert_eq!(said.len(), 1 + usize::from(state.is_some()), "no parameter is smuggled in by state");
            assert!(target.fragment().is_none());
        }
        Err(AuthorizeError::Page(_) | AuthorizeError::Object(_)) => {
            assert!(params.get("redirect_uri").is_none_or(|uri| !client.redirect_uris.iter().any(|known| known == uri)));
        }
    }
}

fn check_accepted(request: &AuthorizationRequest, params: &Params, client: &Client) {
    assert_eq!(params.defect(), None);
    assert!(client.redirect_uris.contains(&request.redirect_uri));
    assert_eq!(params.get("redirect_uri"), Some(request.redirect_uri.as_str()));
    assert_eq!(params.get("response_type"), Some("code"));
    assert_eq!((params.get("state"), params.get("nonce")), (request.state.as_deref(), request.nonce.as_deref()));
    assert!(request.scopes.iter().all(|scope| client.scopes.contains(scope)));
    assert!(request.code_challenge.is_some() && params.get("code_challenge_method") == Some("S256"));
    let challenge = request.code_challenge.map(|challenge| challenge.to_string());
    assert_eq!(challenge.as_deref(), params.get("code_challenge"), "one spelling of a challenge only");
    assert!(request.resources.iter().all(|one| RESOURCES.contains(&one.as_str())) && request.resources.len() <= 8);
    assert!(request.ui_locales.len() <= 10 && request.acr_values.len() <= 3);
    let longest = [&request.state, &request.nonce, &request.login_hint].into_iter().flatten().map(String::len).max();
    assert!(longest.is_none_or(|longest| longest <= 2048));
    assert!(params.get("request").is_none() || params.get("request_uri").is_none());
    // It is kept while the person signs in, and is read back the same.
    let kept = serde_json::to_vec(request).expect("JSON");
    assert!(serde_json::from_slice::<AuthorizationRequest>(&kept).expect("what was kept") == *request);
    let kept = postcard::to_allocvec(request).expect("bytes");
    assert!(postcard::from_bytes::<AuthorizationRequest>(&kept).expect("what was kept") == *request);
}
