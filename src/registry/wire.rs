//! The wire between this program and a civil registry: questions in JSON, answers as signed JWTs. `docs/registry.md` specifies it for
//! other implementations; [`super::remote`] speaks one side of it and [`super::service`] the other.
//!
//! An answer repeats the whole question, with its nonce: so the answer to another question, about another person or to another asker
//! is recognised, and one that was recorded earlier as well.

use crate::crypto::jose::verify::NumericDate;
use crate::identity::life_event::LifeEvent;
use crate::identity::person::Person;
use crate::registry::record::{HEADER, LineProblem, fields_of, person_of};
use csv::StringRecord;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a person is looked up.
pub(crate) const PERSON_PATH: &str = "/v1/person";
/// Where the owner of a number is looked up.
pub(crate) const NUMBER_PATH: &str = "/v1/number";
/// Where the life events are read.
pub(crate) const CHANGES_PATH: &str = "/v1/changes";
/// `typ` of the header of a life event.
pub(crate) const TYP_CHANGE: &str = "registry-change+jwt";
/// How many life events a page has at most.
pub(crate) const MOST_CHANGES: u32 = 500;
/// Where a registry publishes its keys (RFC 7517 §5).
pub(crate) const KEYS_PATH: &str = "/v1/keys";
/// The media type of an answer (RFC 7519 §10.3.1).
pub(crate) const MEDIA_TYPE: &str = "application/jwt";

/// A question to a registry. `typ` keeps the answers to different kinds of questions apart (RFC 8725 §3.11).
pub(crate) trait Question: Serialize + for<'de> Deserialize<'de> + PartialEq {
    /// What the registry can say.
    type Said: Serialize + for<'de> Deserialize<'de>;
    /// `typ` of the answer's header.
    const TYP: &'static str;
    /// The path of the endpoint.
    const PATH: &'static str;
    /// The name of the question in metrics.
    const NAME: &'static str;
    /// Who asks: the audience of the answer.
    fn asker(&self) -> &str;
}

/// Does this birth date belong to this national ID, and who is it?
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonQuestion {
    /// The issuer of the sign-in server that asks.
    pub(crate) asker: String,
    /// Unguessable, new for each question.
    pub(crate) nonce: String,
    /// National ID.
    pub(crate) national_id: String,
    /// `YYYY-MM-DD`; `YYYY-MM` or `YYYY` where no more is known.
    pub(crate) birth_date: String,
}

/// Is this mobile number registered to this national ID?
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberQuestion {
    /// The issuer of the sign-in server that asks.
    pub(crate) asker: String,
    /// Unguessable, new for each question.
    pub(crate) nonce: String,
    /// National ID.
    pub(crate) national_id: String,
    /// The number in E.164 form.
    pub(crate) mobile: String,
}

impl Question for PersonQuestion {
    type Said = PersonSaid;
    const TYP: &'static str = "registry-person+jwt";
    const PATH: &'static str = PERSON_PATH;
    const NAME: &'static str = "person";
    fn asker(&self) -> &str {
        &self.asker
    }
}

impl Question for NumberQuestion {
    type Said = NumberSaid;
    const TYP: &'static str = "registry-number+jwt";
    const PATH: &'static str = NUMBER_PATH;
    const NAME: &'static str = "number";
    fn asker(&self) -> &str {
        &self.asker
    }
}

/// What a registry says about a national ID and a birth date.
#[derive(Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum PersonSaid {
    /// They belong together.
    Match {
        /// The record.
        person: WirePerson,
    },
    /// The national ID is known with another birth date.
    Mismatch,
    /// The national ID is not known.
    NotFound,
}

/// What a registry says about a national ID and a number.
#[derive(Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum NumberSaid {
    /// The number is registered to this person.
    Yes,
    /// Another number is.
    No,
    /// No number is registered to this person.
    Unknown,
}

/// A record: the columns of a registry file ([`HEADER`]) that are not empty, as members of an object.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct WirePerson(BTreeMap<String, String>);

impl WirePerson {
    /// The record of a person.
    pub(crate) fn of(person: &Person) -> Self {
        let fields = HEADER.into_iter().zip(fields_of(person)).filter(|(_, value)| !value.is_empty());
        Self(fields.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The person, read by the rules of a registry file; members that are not known are ignored.
    pub(crate) fn read(&self, today: Date) -> Result<Person, LineProblem> {
        let row: StringRecord = HEADER.iter().map(|name| self.0.get(*name).map_or("", String::as_str)).collect();
        person_of(&row, today)
    }
}

/// The claims of an answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Statement<Q, S> {
    /// The registry.
    pub(crate) iss: String,
    /// Who asked.
    pub(crate) aud: String,
    /// When the answer was made, in seconds.
    pub(crate) iat: Seconds,
    /// The registry's number of the answer.
    pub(crate) jti: String,
    /// The moment for which it holds, in seconds: earlier than `iat` where a copy was asked.
    pub(crate) as_of: Seconds,
    /// The question, as it was asked.
    pub(crate) question: Q,
    /// What the registry says.
    pub(crate) answer: S,
}

/// A page of the feed.
#[derive(Serialize, Deserialize)]
pub(crate) struct ChangesPage {
    /// Signed JWTs, each with a [`ChangeStatement`], in the order of their numbers.
    pub(crate) changes: Vec<String>,
}

/// The claims of a life event. It is for everybody who follows the feed, so it has no audience.
#[derive(Serialize, Deserialize)]
pub(crate) struct ChangeStatement {
    /// The registry.
    pub(crate) iss: String,
    /// When it was signed, in seconds.
    pub(crate) iat: Seconds,
    /// The registry's number of the statement.
    pub(crate) jti: String,
    /// When it was recorded, in seconds.
    pub(crate) as_of: Seconds,
    /// Its place in the feed: one more than that of the event before. So an event that is left out, or sent again, is noticed.
    pub(crate) number: u64,
    /// What changed.
    pub(crate) event: LifeEvent,
    /// The record after the change.
    pub(crate) person: WirePerson,
}

/// `NumericDate` (RFC 7519 §2), read as strictly as in other tokens and written in whole seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seconds(pub(crate) NumericDate);

impl Serialize for Seconds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.0.seconds())
    }
}
