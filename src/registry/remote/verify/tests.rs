//! Answers with the right signature, each with one thing wrong.

use super::*;
use crate::crypto::jose::jws::encode;
use crate::crypto::jose::key_pair::KeyPair;
use crate::registry::wire::{NumberQuestion, NumberSaid, PersonQuestion, TYP_CHANGE};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

struct Registry {
    pair: KeyPair,
    keys: Value,
}

impl Registry {
    fn new(alg: SigningAlg) -> Self {
        let pair = KeyPair::generate(alg).unwrap();
        let mut jwk = pair.public_jwk().unwrap();
        jwk["kid"] = "k1".into();
        Self { keys: json!({ "keys": [jwk] }), pair }
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        encode(typ, "k1", claims, &self.pair).unwrap()
    }

    /// The verdict on a right answer with these changes (null removes a member).
    fn verdict(&self, typ: &str, changes: &Value) -> Result<Answer<NumberSaid>, Refused> {
        let mut claims = claims();
        for (name, change) in changes.as_object().unwrap() {
            claims[name] = change.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        self.read(self.sign(typ, &claims))
    }

    fn read(&self, token: String) -> Result<Answer<NumberSaid>, Refused> {
        let question = question();
        let expected = Expected { keys: &self.keys, registry: "civil", question: &question, asked_at: NOW, now: NOW };
        read(token, &expected)
    }
}

fn question() -> NumberQuestion {
    NumberQuestion {
        asker: "https://window.example".to_owned(),
        nonce: "n".repeat(43),
        national_id: "0012345679".to_owned(),
        mobile: "+989121234567".to_owned(),
    }
}

fn claims() -> Value {
    let now = NOW.seconds();
    json!({ "iss": "civil", "aud": "https://window.example", "iat": now, "jti": "t1", "as_of": now - 86_400,
        "question": question(), "answer": { "result": "yes" } })
}

#[test]
fn a_right_answer_is_believed_under_each_algorithm_but_rs256() {
    for alg in SigningAlg::ALL {
        let verdict = Registry::new(alg).verdict(NumberQuestion::TYP, &json!({}));
        if alg == SigningAlg::RS256 {
            assert_eq!(verdict.err(), Some(Refused::Signature(ClientJwtError::WrongAlgorithm)));
            continue;
        }
        let answer = verdict.unwrap();
        assert!(matches!(answer.says, NumberSaid::Yes));
        assert_eq!((answer.provenance.transaction.as_str(), answer.provenance.registry.as_str()), ("t1", "civil"));
        assert_eq!(answer.provenance.as_of, Timestamp::from_seconds(NOW.seconds() - 86_400));
    }
}

#[test]
fn rfc7519_7_2_a_right_signature_over_anything_else_than_the_answer_to_this_question_is_refused() {
    let registry = Registry::new(SigningAlg::ES256);
    let other = |name: &str, value: &str| {
        let mut question = json!(question());
        question[name] = value.into();
        json!({ "question": question })
    };
    let now = NOW.seconds();
    for (changes, refused) in [
        (json!({ "iss": "another" }), Refused::Registry),
        (json!({ "iss": null }), Refused::Claims),
        (json!({ "aud": "https://elsewhere.example" }), Refused::Audience),
        (json!({ "aud": ["https://window.example"] }), Refused::Claims),
        (json!({ "aud": null }), Refused::Claims),
        (other("nonce", "another nonce of the same length"), Refused::OtherQuestion),
        (other("national_id", "1234567891"), Refused::OtherQuestion),
        (other("mobile", "+989121234568"), Refused::OtherQuestion),
        (other("asker", "https://elsewhere.example"), Refused::OtherQuestion),
        (other("more", "x"), Refused::Claims),
        (json!({ "question": null }), Refused::Claims),
        (json!({ "answer": null }), Refused::Claims),
        (json!({ "answer": { "result": "maybe" } }), Refused::Claims),
        (json!({ "answer": "yes" }), Refused::Claims),
        (json!({ "jti": "" }), Refused::Claims),
        (json!({ "jti": "x".repeat(129) }), Refused::Claims),
        (json!({ "jti": "a\nb" }), Refused::Claims),
        (json!({ "jti": null }), Refused::Claims),
        (json!({ "iat": now - 61 }), Refused::Time),
        (json!({ "iat": now + 61 }), Refused::Time),
        (json!({ "iat": "now" }), Refused::Claims),
        (json!({ "iat": null }), Refused::Claims),
        (json!({ "as_of": now + 61 }), Refused::Time),
        (json!({ "as_of": null }), Refused::Claims),
    ] {
        assert_eq!(registry.verdict(NumberQuestion::TYP, &changes).err(), Some(refused), "{changes}");
    }
    for fine in [json!({ "iat": now - 60 }), json!({ "iat": now + 60 }), json!({ "as_of": 0 }), json!({ "more": 1 })] {
        assert!(registry.verdict(NumberQuestion::TYP, &fine).is_ok(), "{fine}");
    }
}

#[test]
fn rfc8725_3_11_the_answer_to_one_kind_of_question_is_no_answer_to_another() {
    let registry = Registry::new(SigningAlg::EdDSA);
    for typ in [PersonQuestion::TYP, TYP_CHANGE, "JWT", "at+jwt", ""] {
        let refused = registry.verdict(typ, &json!({})).err();
        assert!(matches!(refused, Some(Refused::Signature(ClientJwtError::WrongType) | Refused::Type(_))), "{typ}: {refused:?}");
    }
    assert!(registry.verdict("Registry-Number+JWT", &json!({})).is_ok(), "media types have no case (RFC 7515 §4.1.9)");
}

#[test]
fn a_change_of_another_registry_time_or_place_is_refused() {
    let registry = Registry::new(SigningAlg::ES256);
    let person = json!({ "national_id": "0012345679", "birth_date": "1986-10-04", "gender": "female", "given_name": "سارا",
        "country": "IR", "locality": "یزد" });
    let verdict = |changes: Value| {
        let now = NOW.seconds();
        let mut claims = json!({ "iss": "civil", "iat": now, "jti": "c5", "as_of": now, "number": 5, "event": { "kind": "name" }, "person": person });
        for (name, change) in changes.as_object().unwrap() {
            claims[name] = change.clone();
        }
        let feed = Feed { keys: &registry.keys, registry: "civil", today: date(2027, 1, 15), now: NOW };
        read_changes(vec![registry.sign(TYP_CHANGE, &claims)], 4, &feed).map(|changes| changes.len())
    };
    assert_eq!(verdict(json!({})), Ok(1));
    assert_eq!(verdict(json!({ "number": 6 })), Err(Refused::Gap));
    assert_eq!(verdict(json!({ "number": 4 })), Err(Refused::Gap));
    assert_eq!(verdict(json!({ "iss": "another" })), Err(Refused::Registry));
    assert_eq!(verdict(json!({ "as_of": NOW.seconds() + 61 })), Err(Refused::Time));
    assert_eq!(verdict(json!({ "event": { "kind": "wedding" } })), Err(Refused::Claims));
    assert_eq!(verdict(json!({ "event": { "kind": "card_revoked" } })), Err(Refused::Claims));
    assert!(matches!(verdict(json!({ "person": { "national_id": "0012345679" } })), Err(Refused::Record(_))));
    assert_eq!(verdict(json!({ "jti": "" })), Err(Refused::Claims));
}

proptest! {
    #[test]
    fn no_text_is_believed_and_none_makes_the_reader_panic(text in "\\PC{0,200}|([A-Za-z0-9_-]{0,40}\\.){0,4}[A-Za-z0-9_-]{0,40}") {
        thread_local!(static REGISTRY: Registry = Registry::new(SigningAlg::ES256));
        prop_assert!(REGISTRY.with(|registry| registry.read(text).is_err()));
    }
}
