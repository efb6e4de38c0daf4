//! A civil registry as a service: asked over HTTPS with mutual TLS, and believed only where it signed the answer to this very question
//! (`docs/registry.md`).
//!
//! - `verify.rs`: whether an answer may be believed.
//! - `breaker.rs`: no question while the registry is down.
//!
//! A question has one time limit, whatever happens in it: the wait for a free place, the tries and the pauses between them. So a
//! registry that is slow holds no citizen longer than that, and no more of them than there are places.

mod breaker;
mod verify;

use crate::identity::age::CountryProfile;
use crate::identity::birth_date::BirthDate;
use crate::identity::life_event::Change;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::RegistryAnswer;
use crate::outbound::{ConfiguredDoor, OutboundError};
use crate::registry::answer::{Answer, Asking, RegistryError, SimAnswer};
use crate::registry::remote::breaker::Breaker;
use crate::registry::remote::verify::{Expected, Feed, Refused, read, read_changes};
use crate::registry::wire::{
    CHANGES_PATH, ChangesPage, MEDIA_TYPE, MOST_CHANGES, NumberQuestion, NumberSaid, PersonQuestion, PersonSaid, Question,
};
use crate::time::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(crate) use crate::registry::remote::breaker::PAUSE;

/// The longest answer that is read. A signed record of the longest fields is half as long.
pub(crate) const LONGEST_ANSWER: usize = 32 * 1024;
/// The longest page of the feed that is read.
pub(crate) const LONGEST_PAGE: usize = 8 * 1024 * 1024;
/// The pause before the second try, at most; it doubles with each further one. The real pause is a random part of it, so that many
/// instances do not try again at the same moment.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How a registry is reached and recognised.
pub(crate) struct Remote {
    /// Its base URL, without a slash at the end.
    pub(crate) url: String,
    /// Its name: `iss` of its answers.
    pub(crate) name: String,
    /// Our issuer: `aud` of its answers.
    pub(crate) asker: String,
    /// Its public keys, a JWK Set.
    pub(crate) keys: Value,
    /// The way to it.
    pub(crate) door: ConfiguredDoor,
    /// The same for pages of its feed, which are longer than an answer.
    pub(crate) feed: ConfiguredDoor,
    /// The longest time of a question, with all tries.
    pub(crate) timeout: Duration,
    /// How often a question is sent at most.
    pub(crate) tries: u32,
    /// How many questions are under way at once.
    pub(crate) concurrency: usize,
    /// For the dates of a record.
    pub(crate) country: CountryProfile,
}

/// A registry that another server keeps.
#[derive(Clone)]
pub struct RemoteRegistry(Arc<Inner>);

struct Inner {
    remote: Remote,
    places: Semaphore,
    breaker: Breaker,
}

/// Why a question got no answer that can be used. The texts are for the log: none repeats a question or an answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Open(#[from] breaker::Open),
    #[error("all places are taken by questions that wait for their answer (registry.concurrency)")]
    Busy,
    #[error("no answer came within registry.timeout")]
    TimedOut,
    #[error(transparent)]
    Sent(#[from] OutboundError),
    #[error("the answer is not believed: {0}")]
    Refused(#[from] Refused),
    #[error("the question could not be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl Failure {
    /// Whether the registry is unreachable or overloaded. A registry that answers is not down, even if its answer is of no use: otherwise a
    /// stranger who knows one record that it cannot serve could stop the look-ups of everybody.
    const fn is_down(&self) -> bool {
        match self {
            Self::TimedOut | Self::Sent(OutboundError::Unreachable(_)) => true,
            Self::Sent(OutboundError::Status(status)) => *status >= 500 || *status == 429,
            _ => false,
        }
    }

    /// Whether the same question may succeed at once. Not after 429: the registry asks for fewer questions.
    const fn may_pass(&self) -> bool {
        self.is_down() && !matches!(self, Self::Sent(OutboundError::Status(429)) | Self::TimedOut)
    }

    const fn outcome(&self) -> &'static str {
        match self {
            Self::Open(_) => "not_sent",
            Self::Busy => "busy",
            Self::TimedOut => "timeout",
            Self::Sent(OutboundError::Status(_)) => "status",
            Self::Sent(OutboundError::TooLong) => "too_long",
            Self::Sent(_) => "unreachable",
            Self::Refused(_) => "refused",
            Self::Unwritable(_) => "unwritable",
        }
    }
}

impl RemoteRegistry {
    /// A registry that is reached and recognised like this.
    pub(crate) fn new(remote: Remote) -> Self {
        let places = Semaphore::new(remote.concurrency);
        Self(Arc::new(Inner { remote, places, breaker: Breaker::default() }))
    }

    /// See [`super::Registry::ask`].
    pub(crate) async fn ask(
        &self,
        id: &NationalId,
        birth: &BirthDate,
        asking: Asking<'_>,
    ) -> Result<Answer<RegistryAnswer>, RegistryError> {
        let question = PersonQuestion {
            asker: self.0.remote.asker.clone(),
            nonce: nonce(asking),
            national_id: id.as_str().to_owned(),
            birth_date: birth.to_string(),
        };
        let answered = self.answer_to(&question, asking, |said, now| {
            Ok(match said {
                PersonSaid::Match { person } => {
                    let person = person.read(self.0.remote.country.today(now)).map_err(Refused::Record)?;
                    // The question is signed along, and this is the half of the answer that it does not bind.
                    if person.national_id != *id || person.birth_date != *birth {
                        return Err(Refused::OtherPerson);
                    }
                    RegistryAnswer::Match(Box::new(person))
                }
                PersonSaid::Mismatch => RegistryAnswer::Mismatch,
                PersonSaid::NotFound => RegistryAnswer::NotFound,
            })
        });
        answered.await
    }

    /// See [`super::Registry::owns_number`].
    pub(crate) async fn owns_number(
        &self,
        id: &NationalId,
        number: &MobileNumber,
        asking: Asking<'_>,
    ) -> Result<Answer<SimAnswer>, RegistryError> {
        let question = NumberQuestion {
            asker: self.0.remote.asker.clone(),
            nonce: nonce(asking),
            national_id: id.as_str().to_owned(),
            mobile: number.e164().to_owned(),
        };
        let answered = self.answer_to(&question, asking, |said, _| {
            Ok(match said {
                NumberSaid::Yes => SimAnswer::Yes,
                NumberSaid::No => SimAnswer::No,
                NumberSaid::Unknown => SimAnswer::Unknown,
            })
        });
        answered.await
    }

    /// See [`super::Registry::changes`]. A page is asked for once: the next poll comes in a moment.
    pub(crate) async fn changes(&self, after: u64, most: u32, asking: Asking<'_>) -> Result<Vec<Answer<Change>>, RegistryError> {
        let read = self.page(after, most.clamp(1, MOST_CHANGES), asking).await;
        let outcome = read.as_ref().err().map_or("answered", Failure::outcome);
        metrics::counter!("panjereh_registry_questions_total", "question" => "changes", "outcome" => outcome).increment(1);
        read.map_err(|failure| match failure {
            Failure::Sent(OutboundError::Status(410)) => RegistryError::FeedLost,
            // A feed that is not answered says nothing of the look-ups, so it does not count for the breaker.
            failure => {
                tracing::warn!(cause = %failure, "the changes of the civil registry could not be read");
                RegistryError::Unavailable(Some(Box::new(failure)))
            }
        })
    }

    async fn page(&self, after: u64, most: u32, asking: Asking<'_>) -> Result<Vec<Answer<Change>>, Failure> {
        let Remote { url, keys, name, feed, country, .. } = &self.0.remote;
        let page = feed.get_json(&format!("{url}{CHANGES_PATH}?after={after}&limit={most}")).await?;
        let page: ChangesPage = serde_json::from_value(page).map_err(|_| Refused::Claims)?;
        let now = asking.clock.now();
        Ok(read_changes(page.changes, after, &Feed { keys, registry: name, today: country.today(now), now })?)
    }

    /// Whether the registry is taken to be down.
    pub(crate) fn is_down(&self) -> bool {
        self.0.breaker.is_open()
    }

    /// Sends a question, and reads its answer by `understand`.
    async fn answer_to<Q: Question, A>(
        &self,
        question: &Q,
        asking: Asking<'_>,
        understand: impl FnOnce(Q::Said, Timestamp) -> Result<A, Refused>,
    ) -> Result<Answer<A>, RegistryError> {
        let asked_at = asking.clock.now();
        let received = self.exchange(question, asking).await;
        let now = asking.clock.now();
        let answered = received.and_then(|token| {
            let Remote { keys, name, .. } = &self.0.remote;
            let answer = read(token, &Expected { keys, registry: name, question, asked_at, now })?;
            Ok(Answer { says: understand(answer.says, now)?, provenance: answer.provenance })
        });
        let outcome = answered.as_ref().err().map_or("answered", Failure::outcome);
        metrics::counter!("panjereh_registry_questions_total", "question" => Q::NAME, "outcome" => outcome).increment(1);
        metrics::histogram!("panjereh_registry_question_seconds", "question" => Q::NAME)
            .record(now.since(asked_at).as_secs_f64());
        answered.map_err(|failure| self.told(failure, now))
    }

    /// Logs a failure and counts it for the breaker.
    fn told(&self, failure: Failure, now: Timestamp) -> RegistryError {
        match &failure {
            // An answer that lies is an attack or a wrong key: an operator must look at it.
            Failure::Refused(cause) => tracing::error!(%cause, "an answer of the civil registry was refused"),
            Failure::Open(_) => {}
            cause => tracing::warn!(%cause, "the civil registry gave no answer"),
        }
        if failure.is_down() && self.0.breaker.failed(now) {
            tracing::error!(pause = ?PAUSE, "the civil registry is down: questions wait, one at a time tries again");
            metrics::gauge!("panjereh_registry_down").set(1);
        }
        RegistryError::Unavailable(Some(Box::new(failure)))
    }

    /// The text of an answer, from the first try that has one.
    async fn exchange<Q: Question>(&self, question: &Q, asking: Asking<'_>) -> Result<String, Failure> {
        let (url, body) = (format!("{}{}", self.0.remote.url, Q::PATH), serde_json::to_vec(question)?);
        let asked = tokio::time::timeout(self.0.remote.timeout, self.ask_in_a_place(&url, &body, asking));
        let answer = asked.await.unwrap_or(Err(Failure::TimedOut))?;
        if self.0.breaker.answered() {
            tracing::info!("the civil registry answers again");
            metrics::gauge!("panjereh_registry_down").set(0);
        }
        Ok(answer)
    }

    async fn ask_in_a_place(&self, url: &str, body: &[u8], asking: Asking<'_>) -> Result<String, Failure> {
        // A question that waits for a place must still have time for its answer.
        let place = tokio::time::timeout(self.0.remote.timeout / 2, self.0.places.acquire()).await;
        let _place = place.map_err(|_| Failure::Busy)?.map_err(|_| Failure::Busy)?;
        self.0.breaker.admit(asking.clock.now())?;
        self.tries(url, body, asking).await
    }

    async fn tries(&self, url: &str, body: &[u8], asking: Asking<'_>) -> Result<String, Failure> {
        // While the registry is taken to be down, one try says whether it still is.
        let tries = if self.is_down() { 1 } else { self.0.remote.tries };
        let mut longest = FIRST_PAUSE;
        for _ in 1..tries {
            match self.one_try(url, body).await {
                Err(failure) if failure.may_pass() => {}
                last => return last,
            }
            let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
            tokio::time::sleep(Duration::from_millis(asking.random.below(millis.max(1)))).await;
            longest *= 2;
        }
        self.one_try(url, body).await
    }

    async fn one_try(&self, url: &str, body: &[u8]) -> Result<String, Failure> {
        Ok(self.0.remote.door.post_for_text(url, body.to_vec(), MEDIA_TYPE).await?)
    }
}

/// 256 random bits.
fn nonce(asking: Asking<'_>) -> String {
    asking.random.token().expose().clone()
}
