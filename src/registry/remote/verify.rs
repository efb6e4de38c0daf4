//! Whether an answer may be believed: the registry signed it, and it answers this question, now.

use crate::client::words::SigningAlg;
use crate::crypto::jose::client_jwt::{CLOCK_SKEW, ClientJwtError, JwtKind, verified_payload};
use crate::identity::life_event::Change;
use crate::identity::provenance::Provenance;
use crate::registry::answer::Answer;
use crate::registry::wire::{ChangeStatement, Question, Statement, TYP_CHANGE};
use crate::time::Timestamp;
use jiff::civil::Date;
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
    /// An event is missing in the feed, or one was sent again.
    #[error("its number is not the next one of the feed")]
    Gap,
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

/// Reads a page of the feed: signed events whose numbers follow `after` one by one.
pub(super) fn read_changes(tokens: Vec<String>, after: u64, from: &Feed<'_>) -> Result<Vec<Answer<Change>>, Refused> {
    tokens.into_iter().zip(after + 1..).map(|(token, number)| read_change(token, number, from)).collect()
}

/// Whose feed is read, and when.
pub(super) struct Feed<'a> {
    /// The public keys of the registry: a JWK Set.
    pub(super) keys: &'a Value,
    /// The name of the registry: `iss`.
    pub(super) registry: &'a str,
    /// The civil date in the country.
    pub(super) today: Date,
    /// When the page arrived.
    pub(super) now: Timestamp,
}

fn read_change(token: String, number: u64, from: &Feed<'_>) -> Result<Answer<Change>, Refused> {
    let payload = verified_payload(&token, from.keys, JwtKind { types: &[TYP_CHANGE], algs: &ALGS })?;
    if !names_its_type(&token) {
        return Err(Refused::Type(TYP_CHANGE));
    }
    let said: ChangeStatement = serde_json::from_str(payload.get()).map_err(|_| Refused::Claims)?;
    if said.iss != from.registry {
        return Err(Refused::Registry);
    }
    if said.number != number {
        return Err(Refused::Gap);
    }
    if !is_transaction(&said.jti) {
        return Err(Refused::Claims);
    }
    let (latest, as_of) = (from.now.plus(CLOCK_SKEW), said.as_of.0.0);
    if said.iat.0.0 > latest || as_of > latest {
        return Err(Refused::Time);
    }
    let person = said.person.read(from.today).map_err(Refused::Record)?;
    let provenance = Provenance { registry: said.iss, transaction: said.jti, as_of, signed: Some(token) };
    Ok(Answer { says: Change { number, event: said.event, person }, provenance })
}

fn is_transaction(jti: &str) -> bool {
    !jti.is_empty() && jti.len() <= LONGEST_TRANSACTION && !jti.chars().any(char::is_control)
}

/// Reads an answer.
pub(super) fn read<Q: Question>(token: String, expected: &Expected<'_, Q>) -> Result<Answer<Q::Said>, Refused> {
    let kind = JwtKind { types: &[Q::TYP], algs: &ALGS };
    let payload = verified_payload(&token, expected.keys, kind)?;
    if !names_its_type(&token) {
        return Err(Refused::Type(Q::TYP));
    }
    let said: Statement<Q, Q::Said> = serde_json::from_str(payload.get()).map_err(|_| Refused::Claims)?;
    if !is_transaction(&said.jti) {
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

#[cfg(test)]
mod tests;
