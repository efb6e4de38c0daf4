//! DPoP proofs: a JWT signed with the key that is in its own header (RFC 9449 §4.2), and the nonces that we issue for proofs.
//!
//! Only here does a token bring its own key. That is safe because a proof shows one thing only: its maker holds that key.

use crate::crypto::jose::jwks::{JwkError, VerifyingKey, is_private, thumbprint};
use crate::crypto::jose::jws::{UnverifiedHeader, VerifyError, header_of};
use crate::crypto::jose::verify::NumericDate;
use crate::oidc::binding::Jkt;
use crate::oidc::dpop::{ALGS, LONGEST_PROOF, Proof, ProofError};
use crate::secret::{Secret, same_bytes};
use crate::time::Timestamp;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// `typ` of a proof (RFC 9449 §4.2).
const TYP: &str = "dpop+jwt";
/// The longest `jti` that is stored, in bytes.
const LONGEST_JTI: usize = 256;

#[derive(Deserialize)]
struct BroughtKey {
    jwk: Value,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    exp: Option<NumericDate>,
    ath: Option<String>,
    nonce: Option<String>,
}

/// Reads a proof and checks its signature (RFC 9449 §4.3 items 2 to 7).
pub fn verify_proof(jwt: &str) -> Result<Proof, ProofError> {
    let header = Some(jwt).filter(|jwt| jwt.len() <= LONGEST_PROOF).and_then(|jwt| UnverifiedHeader::read(jwt).ok());
    let header = header.ok_or(ProofError::Malformed)?;
    // RFC 7515 §4.1.9: media types are compared without case.
    if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(TYP)) {
        return Err(ProofError::WrongType);
    }
    let alg = ALGS.into_iter().find(|alg| alg.name() == header.alg).ok_or(ProofError::WrongAlgorithm)?;
    let BroughtKey { jwk } =
        header_of(jwt).filter(|brought: &BroughtKey| !is_private(&brought.jwk)).ok_or(ProofError::WrongKey)?;
    let key = VerifyingKey::from_jwk(&jwk, alg).map_err(|_: JwkError| ProofError::WrongKey)?;
    let payload = key.payload_of(jwt).map_err(|error| match error {
        VerifyError::WrongSignature => ProofError::WrongSignature,
        _ => ProofError::Malformed,
    })?;
    let claims: Claims = serde_json::from_str(payload.get()).map_err(|_| ProofError::Malformed)?;
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err(ProofError::Malformed);
    }
    let jkt = thumbprint(&jwk).ok().and_then(|text| Jkt::parse(&text)).ok_or(ProofError::WrongKey)?;
    Ok(Proof {
        jkt,
        jti: claims.jti,
        method: claims.htm,
        uri: claims.htu,
        issued_at: claims.iat.0,
        not_before: claims.nbf.map(|from| from.0),
        expires_at: claims.exp.map(|until| until.0),
        access_token_hash: claims.ath,
        nonce: claims.nonce,
    })
}

/// The nonce in a proof that was already accepted; this verifies nothing.
pub(crate) fn nonce_of(jwt: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Nonce {
        nonce: Option<String>,
    }
    jsonwebtoken::dangerous::insecure_decode_claims::<Nonce>(jwt).ok()?.nonce
}

/// `ath` (RFC 9449 §4.2): SHA-256 of an access token, base64url.
pub(crate) fn access_token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}

/// How long one nonce is issued. Instances need not talk to each other: each computes the nonce from a shared key and the time.
const ROTATION: Duration = Duration::from_mins(2);

/// The nonces that we issue for proofs (RFC 9449 §8). None is stored.
pub(crate) struct DpopNonces(hmac::Key);

impl DpopNonces {
    /// From 32 secret bytes, [`MasterKey::derive_bytes`](crate::crypto::seal::MasterKey::derive_bytes) of `"dpop nonce"`.
    pub(crate) fn new(secret: &Secret<[u8; 32]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }

    /// The nonce to issue at `now`.
    pub(crate) fn current(&self, now: Timestamp) -> String {
        self.of(turn(now))
    }

    /// Whether a nonce is accepted at `now`: that of this turn, of the turn before, or, from an instance whose clock is ahead, of
    /// the next.
    pub(crate) fn knows(&self, nonce: &str, now: Timestamp) -> bool {
        let turns = [-1, 0, 1].map(|step| self.of(turn(now) + step));
        // All are compared, so that the time of the check does not show which one matched.
        turns.iter().fold(false, |found, known| found | same_bytes(known.as_bytes(), nonce.as_bytes()))
    }

    /// The new nonce for a client that uses the nonce of the turn before, which is still accepted but expires soon
    /// (RFC 9449 §8.2).
    pub(crate) fn renewal_of(&self, nonce: &str, now: Timestamp) -> Option<String> {
        let is_ageing = same_bytes(self.of(turn(now) - 1).as_bytes(), nonce.as_bytes());
        is_ageing.then(|| self.current(now))
    }

    /// The time at which every nonce that is accepted at `now` has expired.
    pub(crate) fn known_until(now: Timestamp) -> Timestamp {
        now.plus(ROTATION * 3)
    }

    fn of(&self, turn: i64) -> String {
        URL_SAFE_NO_PAD.encode(&hmac::sign(&self.0, &turn.to_be_bytes()).as_ref()[..16])
    }
}

fn turn(now: Timestamp) -> i64 {
    now.seconds().div_euclid(i64::try_from(ROTATION.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::words::SigningAlg;
    use crate::crypto::jose::key_pair::KeyPair;
    use jsonwebtoken::signature::Signer as _;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn made(header: &Value, claims: &Value, pair: &KeyPair) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = pair.try_sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(alg: SigningAlg, pair: &KeyPair) -> Value {
        json!({ "typ": "dpop+jwt", "alg": alg.name(), "jwk": pair.public_jwk().unwrap() })
    }

    fn claims() -> Value {
        json!({ "jti": "once", "htm": "POST", "htu": "https://id.example/token", "iat": NOW.seconds() })
    }

    #[test]
    fn rfc9449_4_2_the_example_of_the_standard_is_read() {
        let jwt = concat!(
            "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldW",
            "QVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjI",
            "iwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj",
            "8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
        );
        let proof = verify_proof(jwt).unwrap();
        // The thumbprint of that key, from RFC 9449 §6.1.
        assert_eq!(proof.jkt.as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!((proof.jti.as_str(), proof.method.as_str()), ("-BwC3ESc6acc2lTc", "POST"));
    }

    #[test]
    fn rfc9449_4_3_5_only_offered_algorithms_and_keys_that_fit_them_count() {
        for alg in SigningAlg::ALL {
            let pair = KeyPair::generate(alg).unwrap();
            let read = verify_proof(&made(&header(alg, &pair), &claims(), &pair));
            assert_eq!(read.is_ok(), ALGS.contains(&alg), "{alg:?}");
        }
        let pair = KeyPair::generate(SigningAlg::ES256).unwrap();
        for alg in ["none", "HS256", "RS256", "es256", ""] {
            let mut header = header(SigningAlg::ES256, &pair);
            header["alg"] = json!(alg);
            assert_eq!(verify_proof(&made(&header, &claims(), &pair)), Err(ProofError::WrongAlgorithm), "{alg}");
        }
        let mut confused = header(SigningAlg::ES256, &pair);
        confused["alg"] = json!("PS256");
        assert_eq!(verify_proof(&made(&confused, &claims(), &pair)), Err(ProofError::WrongKey));
    }

    #[test]
    fn rfc9449_4_3_the_header_is_typed_brings_a_public_key_and_is_signed_by_it() {
        let (pair, other) = (KeyPair::generate(SigningAlg::ES256).unwrap(), KeyPair::generate(SigningAlg::ES256).unwrap());
        let good = header(SigningAlg::ES256, &pair);
        assert_eq!(verify_proof(&made(&good, &claims(), &other)), Err(ProofError::WrongSignature));
        let mut private = good.clone();
        private["jwk"]["d"] = json!("AAAA");
        for (name, value, error) in [
            ("typ", json!("JWT"), ProofError::WrongType),
            ("typ", json!(null), ProofError::WrongType),
            ("jwk", json!(null), ProofError::WrongKey),
            ("jwk", json!({ "kty": "oct", "k": "AAAA" }), ProofError::WrongKey),
            ("jwk", private["jwk"].clone(), ProofError::WrongKey),
            ("crit", json!(["x"]), ProofError::Malformed),
        ] {
            let mut header = good.clone();
            header[name] = value.clone();
            assert_eq!(verify_proof(&made(&header, &claims(), &pair)), Err(error), "{name}={value}");
        }
    }

    #[test]
    fn rfc9449_4_3_3_every_claim_that_is_needed_is_needed_in_its_type() {
        let pair = KeyPair::generate(SigningAlg::ES256).unwrap();
        let header = header(SigningAlg::ES256, &pair);
        for (name, value) in [
            ("jti", json!(null)),
            ("jti", json!("")),
            ("jti", json!("j".repeat(257))),
            ("jti", json!(1)),
            ("htm", json!(null)),
            ("htu", json!(["https://id.example/token"])),
            ("iat", json!("1800000000")),
            ("iat", json!(null)),
            ("iat", json!(-1)),
            ("nonce", json!(1)),
        ] {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(verify_proof(&made(&header, &claims, &pair)), Err(ProofError::Malformed), "{name}={value}");
        }
        for text in ["", "a", "a.b", "a.b.c", "a.b.c.d.e", &"a".repeat(LONGEST_PROOF + 1)] {
            assert_eq!(verify_proof(text), Err(ProofError::Malformed));
        }
    }

    #[test]
    fn rfc9449_8_a_nonce_is_known_for_minutes_and_only_under_its_key() {
        let (nonces, others) = (DpopNonces::new(&Secret::new([1; 32])), DpopNonces::new(&Secret::new([2; 32])));
        let nonce = nonces.current(NOW);
        assert!(
            nonces.knows(&nonce, NOW) && nonces.knows(&nonce, NOW.plus(ROTATION)) && nonces.knows(&nonce, NOW.minus(ROTATION))
        );
        assert!(!nonces.knows(&nonce, NOW.plus(ROTATION * 2)) && !others.knows(&nonce, NOW) && !nonces.knows("", NOW));
        assert_ne!(nonce, nonces.current(NOW.plus(ROTATION)));
        assert!(!nonces.knows(&nonce, DpopNonces::known_until(NOW)));
        // Renewed only in the last turn in which it is accepted.
        let next = nonces.current(NOW.plus(ROTATION));
        assert_eq!(nonces.renewal_of(&nonce, NOW.plus(ROTATION)), Some(next));
        for at in [NOW, NOW.minus(ROTATION), NOW.plus(ROTATION * 2)] {
            assert_eq!(nonces.renewal_of(&nonce, at), None);
        }
        assert_eq!(nonces.renewal_of("", NOW.plus(ROTATION)), None);
    }

    proptest! {
        #[test]
        fn a_proof_is_of_the_key_that_it_brings_and_says_what_was_signed(
            jti in "\\PC{0,20}",
            htm in "[A-Z]{0,6}",
            htu in "\\PC{0,40}",
            iat in 0_i64..4_000_000_000,
            place in 0_usize..200,
        ) {
            let pair = KeyPair::generate(SigningAlg::EdDSA).unwrap();
            let jwt = made(&header(SigningAlg::EdDSA, &pair), &json!({ "jti": jti, "htm": htm, "htu": htu, "iat": iat }), &pair);
            let read = verify_proof(&jwt);
            prop_assert_eq!(read.is_ok(), !jti.is_empty());
            if let Ok(proof) = read {
                prop_assert_eq!(thumbprint(&pair.public_jwk().unwrap()).unwrap(), proof.jkt.as_str());
                prop_assert_eq!((proof.jti, proof.method, proof.uri, proof.issued_at.seconds()), (jti, htm, htu, iat));
            }
            let place = place % jwt.len();
            let changed = format!("{}{}{}", &jwt[..place], if jwt.as_bytes()[place] == b'A' { 'B' } else { 'A' }, &jwt[place + 1..]);
            prop_assert!(verify_proof(&changed).is_err(), "{}", place);
        }
    }
}
