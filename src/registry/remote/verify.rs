//! Whether an answer may be believed: the registry signed it, and it answers this question, now.

use crate::client::words::SigningAlg;
use crate::crypto::jose::client_jwt::{CLOCK_SKEW, ClientJwtError, JwtKind, verified_payload};
use crate::identity::provenance::Provenance;
use crate::registry::answer::Answer;
use crate::registry::wire::{Question, Statement};
use crate::time::Timestamp;
use serde_json::Value;

/// The algorithms of a registry's signature: those of FAPI 2.0 Security Profile §5.4.1. `none` and every HMAC are absent, so that a
/// public key can never serve as a shared secret (RFC 8725 §3.1).
const ALGS: [SigningAlg; 3] = [SigningAlg::ES256, SigningAlg::PS256, SigningAlg::EdDSA];
/// The longest number of an answer that is kept.
const LONGEST_TRANSACTION: usize = 128;

/// What an answer must say.
pub(super) struct Expected<'a, Q> {
    /// The public keys of the registry: a JWK Set.
    pub(super) keys: &'a Value,
    /// The name of the registry: `iss`.
    pub(super) registry: &'a str,
    /// The question.
    pub(super) question: &'a Q,
    /// When it was asked.
    pub(super) asked_at: Timestamp,
    /// When its answer arrived.
    pub(super) now: Timestamp,
}

/// Why an answer is not believed. For the log: no reason repeats anything of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// The signature, or the form of the token.
    #[error("it is not signed as it must be: {0}")]
    Signature(#[from] ClientJwtError),
    /// `typ` is missing or names the answer to another kind of question.
    #[error("its typ is not {0}")]
    Type(&'static str),
    /// A member is missing or is of the wrong type.
    #[error("its claims are not those of an answer")]
    Claims,
    /// Another registry.
    #[error("its iss is not registry.name")]
    Registry,
    /// An answer to another server.
    #[error("its aud is not server.issuer")]
    Audience,
    /// An answer to another question: about another person, or recorded earlier.
    #[error("it answers another question")]
    OtherQuestion,
    /// Made before the question or in the future.
    #[error("it was made at another time than the question was asked; compare the clocks of both servers")]
    Time,
    /// The record is of another person than was asked about.
    #[error("its record is of another person")]
    OtherPerson,
    /// The record breaks a rule of the registry file.
    #[error("its record: {0}")]
    Record(crate::registry::record::LineProblem),
}

/// Reads an answer.
pub(super) fn read<Q: Question>(token: String, expected: &Expected<'_, Q>) -> Result<Answer<Q::Said>, Refused> {
    let kind = JwtKind { types: &[Q::TYP], algs: &ALGS };
    let payload = verified_payload(&token, expected.keys, kind)?;
    if !names_its_type(&token) {
        return Err(Refused::Type(Q::TYP));
    }
    let said: Statement<Q, Q::Said> = serde_json::from_str(payload.get()).map_err(|_| Refused::Claims)?;
    if said.jti.is_empty() || said.jti.len() > LONGEST_TRANSACTION || said.jti.chars().any(char::is_control) {
        return Err(Refused::Claims);
    }
    if said.iss != expected.registry {
        return Err(Refused::Registry);
    }
    if said.aud != expected.question.asker() {
        return Err(Refused::Audience);
    }
    if said.question != *expected.question {
        return Err(Refused::OtherQuestion);
    }
    let (made_at, as_of) = (said.iat.0.0, said.as_of.0.0);
    let latest = expected.now.plus(CLOCK_SKEW);
    // `iat` has whole seconds: rounded down, it may be before the question.
    if made_at < expected.asked_at.minus(CLOCK_SKEW) || made_at > latest || as_of > latest {
        return Err(Refused::Time);
    }
    let provenance = Provenance { registry: said.iss, transaction: said.jti, as_of, signed: Some(token) };
    Ok(Answer { says: said.answer, provenance })
}

/// [`verified_payload`] accepts a JWT without `typ`, which is plain; an answer of a registry is not.
fn names_its_type(token: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Header {
        typ: Option<String>,
    }
    crate::crypto::jose::jws::header_of::<Header>(token).is_some_and(|header| header.typ.is_some())
}
