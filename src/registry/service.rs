//! The reference service: it answers the questions of [`super::wire`] from the local table, and signs what it says. HTTP and TLS are
//! around it (`web/registry_service.rs`).

use crate::crypto::jose::jwks::{JwkError, thumbprint};
use crate::crypto::jose::jws::encode;
use crate::crypto::jose::key_pair::KeyPair;
use crate::crypto::jose::verify::NumericDate;
use crate::identity::birth_date::BirthDate;
use crate::identity::life_event::Change;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::RegistryAnswer;
use crate::random::Random;
use crate::registry::answer::{Answer, Asking, RegistryError, SimAnswer};
use crate::registry::local::LocalRegistry;
use crate::registry::wire::{ChangeStatement, ChangesPage, MOST_CHANGES, TYP_CHANGE};
use crate::registry::wire::{NumberQuestion, NumberSaid, PersonQuestion, PersonSaid, Question, Seconds, Statement, WirePerson};
use crate::time::{Clock, Timestamp};
use serde_json::{Value, json};

/// A registry that answers others.
pub struct RegistryService {
    local: LocalRegistry,
    key: KeyPair,
    kid: String,
    clock: Clock,
    random: Random,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// It is not the JSON of such a question, or a value in it is malformed; says which.
    #[error("{0}")]
    Question(&'static str),
    /// The table cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The answer could not be signed.
    #[error("the answer could not be signed")]
    Sign,
}

impl RegistryService {
    /// A service over a table. It signs with this key.
    pub fn new(local: LocalRegistry, key: KeyPair, clock: Clock, random: Random) -> Result<Self, JwkError> {
        let kid = thumbprint(&key.public_jwk()?)?;
        Ok(Self { local, key, kid, clock, random })
    }

    /// The public key with which answers are verified, as a JWK Set.
    pub(crate) fn keys(&self) -> Result<Value, JwkError> {
        let mut jwk = self.key.public_jwk()?;
        jwk["kid"] = self.kid.as_str().into();
        jwk["use"] = "sig".into();
        Ok(json!({ "keys": [jwk] }))
    }

    /// Answers [`PersonQuestion`].
    pub(crate) async fn person(&self, body: &[u8]) -> Result<String, ServiceError> {
        let question: PersonQuestion = parsed(body)?;
        let id = national_id(&question.national_id)?;
        let birth = BirthDate::from_wire(&question.birth_date)
            .ok_or(ServiceError::Question("birth_date must be YYYY-MM-DD, or YYYY-MM or YYYY where no more is known"))?;
        let answer = self.local.ask(&id, &birth, self.asking()).await?;
        let answer = answer.map(|says| match says {
            RegistryAnswer::Match(person) => PersonSaid::Match { person: WirePerson::of(&person) },
            RegistryAnswer::Mismatch => PersonSaid::Mismatch,
            RegistryAnswer::NotFound => PersonSaid::NotFound,
        });
        self.signed(question, answer)
    }

    /// Answers [`NumberQuestion`].
    pub(crate) async fn number(&self, body: &[u8]) -> Result<String, ServiceError> {
        let question: NumberQuestion = parsed(body)?;
        let id = national_id(&question.national_id)?;
        let number = MobileNumber::from_e164(question.mobile.clone());
        let number = number.map_err(|_| ServiceError::Question("mobile must be a number in E.164 form, with +"))?;
        let answer = self.local.owns_number(&id, &number, self.asking()).await?;
        let answer = answer.map(|says| match says {
            SimAnswer::Yes => NumberSaid::Yes,
            SimAnswer::No => NumberSaid::No,
            SimAnswer::Unknown => NumberSaid::Unknown,
        });
        self.signed(question, answer)
    }

    /// A page of the feed.
    pub(crate) async fn changes(&self, after: u64, limit: u32) -> Result<Value, ServiceError> {
        let found = self.local.changes(after, limit.clamp(1, MOST_CHANGES)).await?;
        let signed: Result<Vec<String>, ServiceError> = found.into_iter().map(|change| self.signed_change(change)).collect();
        serde_json::to_value(ChangesPage { changes: signed? }).map_err(|_| ServiceError::Sign)
    }

    fn signed_change(&self, change: Answer<Change>) -> Result<String, ServiceError> {
        let statement = ChangeStatement {
            iss: change.provenance.registry,
            iat: seconds(self.clock.now()),
            jti: change.provenance.transaction,
            as_of: seconds(change.provenance.as_of),
            number: change.says.number,
            event: change.says.event,
            person: WirePerson::of(&change.says.person),
        };
        encode(TYP_CHANGE, &self.kid, &statement, &self.key).map_err(|_| ServiceError::Sign)
    }

    fn signed<Q: Question>(&self, question: Q, answer: Answer<Q::Said>) -> Result<String, ServiceError> {
        let statement = Statement {
            iss: answer.provenance.registry,
            aud: question.asker().to_owned(),
            iat: seconds(self.clock.now()),
            jti: answer.provenance.transaction,
            as_of: seconds(answer.provenance.as_of),
            question,
            answer: answer.says,
        };
        encode(Q::TYP, &self.kid, &statement, &self.key).map_err(|_| ServiceError::Sign)
    }

    const fn asking(&self) -> Asking<'_> {
        Asking { clock: &self.clock, random: &self.random }
    }
}

const fn seconds(at: Timestamp) -> Seconds {
    Seconds(NumericDate(at))
}

/// Reads a question. Whatever is wrong with it is said by the name of what is expected, never by repeating it.
fn parsed<Q: Question>(body: &[u8]) -> Result<Q, ServiceError> {
    let expected = "the body must be a JSON object with exactly the members that docs/registry.md names, all of them texts";
    let question: Q = serde_json::from_slice(body).map_err(|_| ServiceError::Question(expected))?;
    Ok(question)
}

fn national_id(text: &str) -> Result<NationalId, ServiceError> {
    NationalId::parse(text).ok().filter(|id| id.as_str() == text).ok_or(ServiceError::Question("national_id is not well-formed"))
}
