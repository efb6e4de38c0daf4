//! Public keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2): writing ours, reading clients', thumbprints (RFC 7638).

use crate::client::jwk::{check_set, is_meant_for};
use crate::client::parts::protection::KeyManagement;
use crate::client::words::SigningAlg;
use crate::crypto::jose::jws::{VerifyError, verified_payload};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) use crate::client::jwk::JwkError;
pub(crate) use crate::client::jwk::{decoded, is_private, keys_of, member};

/// The thumbprint (RFC 7638 §3): SHA-256 over the required members in lexicographic order, base64url.
pub fn thumbprint(jwk: &Value) -> Result<String, JwkError> {
    let required: &[&'static str] = match member(jwk, "kty")? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        "OKP" => &["crv", "kty", "x"],
        _ => return Err(JwkError::Unsupported),
    };
    let members = required.iter().map(|name| Ok((*name, member(jwk, name)?))).collect::<Result<BTreeMap<_, _>, JwkError>>()?;
    let text = serde_json::to_vec(&members).map_err(|_| JwkError::Unsupported)?;
    Ok(URL_SAFE_NO_PAD.encode(digest(&SHA256, &text)))
}

/// A public key, checked once, that verifies one algorithm only. No algorithm is ever taken from a token (RFC 8725 §3.1).
#[derive(Debug)]
pub struct VerifyingKey {
    alg: SigningAlg,
    key: DecodingKey,
}

impl VerifyingKey {
    /// Reads a JWK as a key for `alg`; its type, curve and size must fit `alg` (RFC 8725 §3.1, §3.2). The library would notice a
    /// misfit only when it verifies, and would report a wrong signature.
    pub fn from_jwk(jwk: &Value, alg: SigningAlg) -> Result<Self, JwkError> {
        let key = match (alg, member(jwk, "kty")?) {
            (SigningAlg::ES256, "EC") if member(jwk, "crv")? == "P-256" => {
                let point = [[4].as_slice(), &bytes::<32>(jwk, "x")?, &bytes::<32>(jwk, "y")?].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(|_| JwkError::Invalid("x"))?;
                DecodingKey::from_ec_der(&point)
            }
            (SigningAlg::RS256 | SigningAlg::PS256, "RSA") => {
                let rsa = rsa_components(jwk)?;
                rsa.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).map_err(|_| JwkError::Invalid("n"))?;
                DecodingKey::from_rsa_raw_components(&rsa.n, &rsa.e)
            }
            (SigningAlg::EdDSA, "OKP") if member(jwk, "crv")? == "Ed25519" => DecodingKey::from_ed_der(&bytes::<32>(jwk, "x")?),
            _ => return Err(JwkError::Unsupported),
        };
        Ok(Self { alg, key })
    }

    /// The one algorithm it verifies.
    pub(crate) const fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The payload of a token that this key signed.
    pub(crate) fn payload_of(&self, token: &str) -> Result<Box<RawValue>, VerifyError> {
        verified_payload(token, &self.key, self.alg)
    }

    /// Whether this key made `signature` over `message`, which need not be a token.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = URL_SAFE_NO_PAD.encode(signature);
        jsonwebtoken::crypto::verify(&signature, message, &self.key, self.alg.into()).unwrap_or(false)
    }
}

/// Checks a client's key set: its form ([`check_set`]), and that each key for signatures is a point on its curve.
pub fn check_client_jwks(jwks: &Value) -> Result<(), JwkError> {
    check_set(jwks)?;
    for jwk in keys_of(jwks).unwrap_or_default() {
        let algs = SigningAlg::ALL.into_iter().filter(|alg| is_meant_for(jwk, *alg));
        for result in algs.map(|alg| VerifyingKey::from_jwk(jwk, alg)) {
            match result {
                Ok(_) | Err(JwkError::Unsupported) => {}
                Err(other) => return Err(other),
            }
        }
    }
    Ok(())
}

/// The members of a published set that are of use: public keys that verify, that can be encrypted for, or that name a certificate.
/// Every other one is ignored (RFC 7517 §5), a private or symmetric one too, at most `most` are kept. `None` if none is left.
pub(crate) fn useful_keys(jwks: &Value, most: usize) -> Option<Value> {
    let kept: Vec<&Value> = keys_of(jwks)?.iter().filter(|jwk| is_of_use(jwk)).take(most).collect();
    (!kept.is_empty()).then(|| json!({ "keys": kept }))
}

fn is_of_use(jwk: &Value) -> bool {
    let verifies = |alg| is_meant_for(jwk, alg) && VerifyingKey::from_jwk(jwk, alg).is_ok();
    let names_certificate = ["x5c", "x5t#S256"].iter().any(|name| jwk.get(name).is_some());
    !is_private(jwk)
        && (SigningAlg::ALL.into_iter().any(verifies)
            || KeyManagement::ALL.into_iter().any(|alg| alg.fits(jwk))
            || names_certificate)
}

/// The keys of a set that may verify `alg`; with `kid`, only those of that name.
pub(crate) fn candidates<'a>(jwks: &'a Value, alg: SigningAlg, kid: Option<&'a str>) -> impl Iterator<Item = &'a Value> {
    let named = move |jwk: &&Value| kid.is_none() || jwk.get("kid").and_then(Value::as_str) == kid;
    keys_of(jwks).unwrap_or_default().iter().filter(named).filter(move |jwk| is_meant_for(jwk, alg))
}

/// Modulus and exponent of an RSA key.
pub(crate) fn rsa_components(jwk: &Value) -> Result<RsaPublicKeyComponents<Vec<u8>>, JwkError> {
    let (n, e) = (decoded(jwk, "n")?, decoded(jwk, "e")?);
    // 2048 to 8192 bits. aws-lc-rs has the same limit, but would report it only at the first signature.
    if !(256..=1024).contains(&n.len()) {
        return Err(JwkError::Unsupported);
    }
    Ok(RsaPublicKeyComponents { n, e })
}

pub(crate) fn bytes<const N: usize>(jwk: &Value, name: &'static str) -> Result<[u8; N], JwkError> {
    decoded(jwk, name)?.try_into().map_err(|_| JwkError::Invalid(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn rfc7638_key() -> Value {
        let n = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn6",
            "4tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9",
            "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        );
        json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" })
    }

    fn ed25519_key() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    fn p256_key() -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" })
    }

    /// Whether this key signed the compact JWS: checked over its bytes, and in the way that every token is checked.
    fn signed_by(jwk: &Value, alg: SigningAlg, jws: &str) -> bool {
        let (message, signature) = jws.rsplit_once('.').unwrap();
        let key = VerifyingKey::from_jwk(jwk, alg).unwrap();
        let by_bytes = key.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap());
        // The payload of RFC 8037 appendix A.4 is not JSON, which is reported only after its signature was accepted.
        let refusal = key.payload_of(jws).err();
        assert_eq!(by_bytes, !matches!(refusal, Some(VerifyError::WrongSignature | VerifyError::WrongAlgorithm)));
        by_bytes
    }

    #[test]
    fn rfc7638_3_1_the_thumbprint_of_the_rsa_example() {
        assert_eq!(thumbprint(&rfc7638_key()).as_deref(), Ok("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    #[test]
    fn rfc8037_a_3_the_thumbprint_of_the_ed25519_example() {
        assert_eq!(thumbprint(&ed25519_key()).as_deref(), Ok("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    }

    #[test]
    fn rfc7515_a_2_the_rs256_example_verifies_and_no_other_does() {
        let n = concat!(
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1",
            "W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQ",
            "Y4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        );
        let jws = concat!(
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcA",
            "cQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHW",
            "EsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        );
        let key = json!({ "kty": "RSA", "n": n, "e": "AQAB" });
        assert!(signed_by(&key, SigningAlg::RS256, jws));
        assert!(!signed_by(&key, SigningAlg::PS256, jws));
        assert!(!signed_by(&rfc7638_key(), SigningAlg::RS256, jws));
        assert!(!signed_by(&key, SigningAlg::RS256, &jws.replace("eyJpc3Mi", "eyJpc3Mj")));
    }

    #[test]
    fn rfc7515_a_3_the_es256_example_verifies() {
        let jws = concat!(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        );
        assert!(signed_by(&p256_key(), SigningAlg::ES256, jws));
        assert!(!signed_by(&p256_key(), SigningAlg::ES256, &jws.replace("eyJpc3Mi", "eyJpc3Mj")));
    }

    #[test]
    fn rfc8037_a_4_the_eddsa_example_verifies() {
        let jws = concat!(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        );
        assert!(signed_by(&ed25519_key(), SigningAlg::EdDSA, jws));
        assert!(!signed_by(&ed25519_key(), SigningAlg::EdDSA, &jws.replace("RXhh", "RXhi")));
    }

    #[test]
    fn rfc8725_3_1_a_key_serves_only_the_algorithms_of_its_type() {
        for (jwk, fits) in [
            (p256_key(), vec![SigningAlg::ES256]),
            (ed25519_key(), vec![SigningAlg::EdDSA]),
            (rfc7638_key(), vec![SigningAlg::RS256, SigningAlg::PS256]),
        ] {
            for alg in SigningAlg::ALL {
                assert_eq!(VerifyingKey::from_jwk(&jwk, alg).is_ok(), fits.contains(&alg), "{jwk} {alg:?}");
            }
        }
    }

    #[test]
    fn a_point_off_the_curve_a_short_rsa_key_and_broken_base64_are_refused() {
        let mut off_curve = p256_key();
        off_curve["y"] = off_curve["x"].clone();
        assert!(VerifyingKey::from_jwk(&off_curve, SigningAlg::ES256).is_err());
        let short = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xff; 128]), "e": "AQAB" });
        assert_eq!(VerifyingKey::from_jwk(&short, SigningAlg::RS256).unwrap_err(), JwkError::Unsupported);
        let mut broken = ed25519_key();
        broken["x"] = json!("***");
        assert_eq!(VerifyingKey::from_jwk(&broken, SigningAlg::EdDSA).unwrap_err(), JwkError::Invalid("x"));
    }

    #[test]
    fn a_client_registers_public_usable_keys_only() {
        assert_eq!(check_client_jwks(&json!({ "keys": [p256_key(), { "kty": "later" }] })), Ok(()));
        assert_eq!(check_client_jwks(&json!({ "keys": [] })), Err(JwkError::NotASet));
        assert_eq!(check_client_jwks(&json!([p256_key()])), Err(JwkError::NotASet));
        assert_eq!(check_client_jwks(&json!({ "keys": [{ "kty": "later" }] })), Err(JwkError::Unsupported));
        let mut private = p256_key();
        private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        assert_eq!(check_client_jwks(&json!({ "keys": [private] })), Err(JwkError::Private));
        assert_eq!(check_client_jwks(&json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] })), Err(JwkError::Private));
    }

    #[test]
    fn rfc7517_4_2_a_key_meant_for_encryption_or_another_algorithm_is_no_candidate() {
        let mut keys = [p256_key(), p256_key(), p256_key()];
        keys[0]["use"] = json!("enc");
        keys[1]["alg"] = json!("ECDH-ES");
        keys[2]["key_ops"] = json!(["sign"]);
        assert_eq!(candidates(&json!({ "keys": keys }), SigningAlg::ES256, None).count(), 0);
        assert_eq!(candidates(&json!({ "keys": [p256_key()] }), SigningAlg::ES256, None).count(), 1);
        assert_eq!(candidates(&json!({ "keys": [p256_key()] }), SigningAlg::ES256, Some("other")).count(), 0);
    }

    proptest! {
        #[test]
        fn rfc7638_3_a_thumbprint_is_of_the_required_members_whatever_stands_beside_them(
            x in any::<[u8; 32]>(),
            kid in ".{0,20}",
        ) {
            let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(x) });
            let mut dressed = jwk.clone();
            (dressed["kid"], dressed["use"], dressed["x5c"]) = (json!(kid), json!("sig"), json!([kid]));
            prop_assert_eq!(thumbprint(&dressed), thumbprint(&jwk));
            for alg in SigningAlg::ALL.into_iter().filter(|alg| *alg != SigningAlg::EdDSA) {
                prop_assert_eq!(VerifyingKey::from_jwk(&dressed, alg).err(), Some(JwkError::Unsupported));
            }
        }

        #[test]
        fn no_member_of_any_form_makes_a_key_that_verifies_what_it_did_not_sign(
            kty in "EC|RSA|OKP|oct|.{0,4}",
            crv in "P-256|Ed25519|P-384|.{0,4}",
            x in "[A-Za-z0-9_=-]{0,50}",
            y in "[A-Za-z0-9_-]{43}|.{0,10}",
        ) {
            let jwk = json!({ "kty": kty, "crv": crv, "x": x, "y": y, "n": x, "e": "AQAB" });
            for alg in SigningAlg::ALL {
                if let Ok(key) = VerifyingKey::from_jwk(&jwk, alg) {
                    prop_assert!(!key.verify(b"message", &[1; 64]));
                }
            }
            prop_assert!(thumbprint(&jwk).is_ok() == matches!(kty.as_str(), "EC" | "RSA" | "OKP"));
        }
    }
}
