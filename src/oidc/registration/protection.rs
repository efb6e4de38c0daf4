//! How a client's answers are protected: the keys of [`Protection`].

use super::reader::Reader;
use crate::oidc::client::{Client, SigningAlg};
use crate::oidc::protection::{ContentEncryption, Encryption, KeyManagement, Protection};
use serde_json::Value;

/// The keys.
pub(super) const KEYS: &[&str] = &[ID_TOKEN.0, ID_TOKEN.1, "userinfo_signed_response_alg", USERINFO.0, USERINFO.1];

const ID_TOKEN: (&str, &str) = ("id_token_encrypted_response_alg", "id_token_encrypted_response_enc");
const USERINFO: (&str, &str) = ("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc");

/// What a client's table says about it.
pub(super) fn protection(file: &mut Reader<'_, '_>) -> Protection {
    Protection {
        id_token_encryption: encryption(file, ID_TOKEN),
        userinfo_signing_alg: file.choice("userinfo_signed_response_alg", &SigningAlg::ALL, SigningAlg::name),
        userinfo_encryption: encryption(file, USERINFO),
    }
}

/// OpenID Connect Registration §2: `enc` has a default and is nothing without `alg`.
fn encryption(file: &mut Reader<'_, '_>, (alg, enc): (&str, &str)) -> Option<Encryption> {
    if file.has(enc) && !file.has(alg) {
        file.refuse(enc, format!("leave it out, or write {alg} too: without it nothing is encrypted"));
    }
    let enc = file.choice(enc, &ContentEncryption::ALL, ContentEncryption::name).unwrap_or_default();
    let alg = file.choice(alg, &KeyManagement::ALL, KeyManagement::name)?;
    Some(Encryption { alg, enc })
}

/// Nothing can be encrypted for a client that has no key for it. What a `jwks_uri` holds is seen when it is needed.
pub(super) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let Protection { id_token_encryption, userinfo_encryption, .. } = client.protection;
    for (key, encryption) in [(ID_TOKEN.0, id_token_encryption), (USERINFO.0, userinfo_encryption)] {
        let Some(Encryption { alg, .. }) = encryption.filter(|_| client.jwks_uri.is_none()) else { continue };
        let keys = client.jwks.as_ref().and_then(|jwks| jwks.get("keys")).and_then(Value::as_array);
        if !keys.is_some_and(|keys| keys.iter().any(|jwk| alg.fits(jwk))) {
            let kind = if alg == KeyManagement::RsaOaep256 { "RSA" } else { "EC (P-256, P-384, P-521) or OKP X25519" };
            let remedy = format!(
                "needs a public {kind} key in jwks with use = \"enc\" (or none) and alg = \"{}\" (or none), or jwks_uri",
                alg.name()
            );
            file.refuse(key, remedy);
        }
    }
}
