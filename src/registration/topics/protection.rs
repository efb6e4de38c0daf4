//! How personal data for a client is signed and encrypted: the names of [`Protection`].

use crate::client::metadata::Client;
use crate::client::parts::protection::{ContentEncryption, Encryption, KeyManagement, Protection};
use crate::registration::access::{Access, Field, OptionalChoice, field, words};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, line};
use serde_json::Value;

/// Each `enc` comes after its `alg`, because the `alg` decides whether there is encryption at all.
pub(crate) const ROWS: &[Row] = &[
    by_both(
        "userinfo_signed_response_alg",
        &OptionalChoice(field!(protection.userinfo_signing_alg)),
        line(r#""…""#, "ES256 RS256 PS256 EdDSA; default: UserInfo is unsigned JSON"),
    ),
    by_both(
        USERINFO.alg,
        &EncryptionAlg(field!(protection.userinfo_encryption)),
        line(r#""…""#, "ECDH-ES ECDH-ES+A128KW ECDH-ES+A256KW RSA-OAEP-256; needs a key in jwks"),
    ),
    by_both(
        USERINFO.enc,
        &EncryptionEnc(field!(protection.userinfo_encryption)),
        line(r#""…""#, "A128CBC-HS256 (the default with alg) A256CBC-HS512 A128GCM A256GCM"),
    ),
    by_both(
        ID_TOKEN.alg,
        &EncryptionAlg(field!(protection.id_token_encryption)),
        line(r#""…""#, "as for UserInfo; also encrypts logout tokens"),
    ),
    by_both(ID_TOKEN.enc, &EncryptionEnc(field!(protection.id_token_encryption)), line(r#""…""#, "")),
];

/// The two names of one encryption.
struct Names {
    alg: &'static str,
    enc: &'static str,
}

const ID_TOKEN: Names = Names { alg: "id_token_encrypted_response_alg", enc: "id_token_encrypted_response_enc" };
const USERINFO: Names = Names { alg: "userinfo_encrypted_response_alg", enc: "userinfo_encrypted_response_enc" };

words!(KeyManagement, name);
words!(ContentEncryption, name);

/// `…_encrypted_response_alg`.
struct EncryptionAlg(Field<Option<Encryption>>);

impl Access for EncryptionAlg {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let alg = file.choice(name, &KeyManagement::ALL, KeyManagement::name);
        // OpenID Connect Registration §2: `enc` has a default.
        *(self.0.get_mut)(client) = alg.map(|alg| Encryption { alg, enc: ContentEncryption::default() });
    }

    fn write(&self, client: &Client) -> Value {
        (self.0.get)(client).map(|encryption| encryption.alg.name()).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        KeyManagement::RsaOaep256.name().into()
    }
}

/// `…_encrypted_response_enc`.
struct EncryptionEnc(Field<Option<Encryption>>);

impl Access for EncryptionEnc {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let enc = file.choice(name, &ContentEncryption::ALL, ContentEncryption::name);
        if let (Some(encryption), Some(enc)) = ((self.0.get_mut)(client), enc) {
            encryption.enc = enc;
        }
    }

    fn write(&self, client: &Client) -> Value {
        (self.0.get)(client).map(|encryption| encryption.enc.name()).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        ContentEncryption::A256Gcm.name().into()
    }
}

/// An `enc` without `alg` encrypts nothing (OpenID Connect Registration §2), and a client without a suitable key cannot get
/// encrypted data. The keys at a `jwks_uri` are not checked here: they are fetched when they are needed.
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let Protection { id_token_encryption, userinfo_encryption, .. } = client.protection;
    for (Names { alg: key, enc }, encryption) in [(ID_TOKEN, id_token_encryption), (USERINFO, userinfo_encryption)] {
        if file.has(enc) && !file.has(key) {
            file.refuse(enc, format!("leave it out, or write {key} too: without it nothing is encrypted"));
        }
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
