//! The local registry: answers from the table of persons in the own store, and fills it. The only file of this room that uses
//! `store/`.

use crate::identity::birth_date::BirthDate;
use crate::identity::life_event::Change;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::{Person, RegistryAnswer};
use crate::identity::provenance::Provenance;
use crate::registry::answer::{Answer, Asking, RegistryError, SimAnswer};
use crate::registry::import::{Import, ImportError, ImportReport};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

/// The registry in the own store.
#[derive(Clone)]
pub struct LocalRegistry {
    store: Store,
    name: Arc<str>,
    unreachable: Arc<HashSet<NationalId>>,
}

/// The name of the own table in the evidence of an account, unless `registry.name` gives another.
pub(crate) const LOCAL_NAME: &str = "local";

impl LocalRegistry {
    /// A registry over the persons of a store.
    pub fn new(store: Store) -> Self {
        Self { store, name: LOCAL_NAME.into(), unreachable: Arc::default() }
    }

    /// The same under another name in the evidence of accounts.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Answers "unavailable" for these national IDs: the demo and the tests use it to show a registry that is down.
    #[must_use]
    pub fn with_unreachable(self, ids: HashSet<NationalId>) -> Self {
        Self { unreachable: Arc::new(ids), ..self }
    }

    /// See [`super::Registry::ask`].
    pub(crate) async fn ask(
        &self,
        id: &NationalId,
        birth: &BirthDate,
        asking: Asking<'_>,
    ) -> Result<Answer<RegistryAnswer>, RegistryError> {
        let says = answer(self.person(id).await?, *birth);
        Ok(Answer { says, provenance: self.provenance(asking) })
    }

    /// See [`super::Registry::owns_number`].
    pub(crate) async fn owns_number(
        &self,
        id: &NationalId,
        number: &MobileNumber,
        asking: Asking<'_>,
    ) -> Result<Answer<SimAnswer>, RegistryError> {
        let says = sim_answer(self.person(id).await?.as_ref(), number);
        Ok(Answer { says, provenance: self.provenance(asking) })
    }

    /// See [`super::Registry::changes`]. A number is the transaction of a change.
    pub(crate) async fn changes(&self, after: u64, most: u32) -> Result<Vec<Answer<Change>>, RegistryError> {
        let unavailable = |error: StoreError| RegistryError::Unavailable(Some(Box::new(error)));
        let found = self.store.registry_changes(after, most).await.map_err(unavailable)?;
        let first = match found.first() {
            Some((change, _)) => change.number,
            None => self.store.last_registry_change().await.map_err(unavailable)? + 1,
        };
        // A reader behind what is kept, or ahead of what there is: what lies between is not known.
        if first != after + 1 {
            return Err(RegistryError::FeedLost);
        }
        let answer = |(change, as_of): (Change, Timestamp)| {
            let transaction = format!("change-{}", change.number);
            let provenance = Provenance { registry: self.name.to_string(), transaction, as_of, signed: None };
            Answer { says: change, provenance }
        };
        Ok(found.into_iter().map(answer).collect())
    }

    /// The own table signs nothing: who reads the answer reads the table as well.
    fn provenance(&self, asking: Asking<'_>) -> Provenance {
        let now = asking.clock.now();
        let transaction = URL_SAFE_NO_PAD.encode(asking.random.id(now));
        Provenance { registry: self.name.to_string(), transaction, as_of: now, signed: None }
    }

    async fn person(&self, id: &NationalId) -> Result<Option<Person>, RegistryError> {
        if self.unreachable.contains(id) {
            return Err(RegistryError::Unavailable(None));
        }
        self.store.person(id).await.map_err(|error| RegistryError::Unavailable(Some(Box::new(error))))
    }
}

fn answer(person: Option<Person>, birth: BirthDate) -> RegistryAnswer {
    match person {
        None => RegistryAnswer::NotFound,
        Some(person) if person.birth_date == birth => RegistryAnswer::Match(Box::new(person)),
        Some(_) => RegistryAnswer::Mismatch,
    }
}

fn sim_answer(person: Option<&Person>, number: &MobileNumber) -> SimAnswer {
    match person.and_then(|person| person.mobile.as_ref()) {
        None => SimAnswer::Unknown,
        Some(registered) if registered == number => SimAnswer::Yes,
        Some(_) => SimAnswer::No,
    }
}

/// Imports a registry file: all of its persons, or none if one line is bad, unless the good ones are kept. `progress` is called
/// repeatedly with the bytes and lines read so far. What a record changes in the one of before is recorded for those who follow.
///
/// Reads in the calling task: for the command line, not for a server with other requests.
pub(crate) async fn import<R: Read>(
    mut import: Import<'_, R>,
    store: &Store,
    now: Timestamp,
    mut progress: impl FnMut(u64, u64),
) -> Result<ImportReport, ImportError> {
    let mut tx = Some(store.begin_person_import().await.map_err(ImportError::store)?);
    while let Some(persons) = import.next_batch()? {
        if import.imports_nothing() {
            // Nothing will be imported: end the transaction, so that others can write, and read on for the report only.
            tx = None;
        }
        if let Some(tx) = &mut tx {
            tx.record_registry_changes(&persons, now).await.map_err(ImportError::store)?;
            tx.insert_persons(&persons).await.map_err(ImportError::store)?;
        }
        progress(import.bytes(), import.lines());
    }
    if let Some(tx) = tx {
        tx.save().await.map_err(ImportError::store)?;
    }
    Ok(import.finish())
}

/// Adds persons in one transaction (a generated registry); a person with the same national ID is replaced. Returns how many were
/// added.
pub async fn add_all(store: &Store, persons: impl IntoIterator<Item = Person>) -> Result<u64, StoreError> {
    let mut persons = persons.into_iter();
    let mut tx = store.begin_person_import().await?;
    let mut added = 0;
    loop {
        let batch: Vec<Person> = persons.by_ref().take(super::import::BATCH).collect();
        if batch.is_empty() {
            break;
        }
        added += batch.len() as u64;
        tx.insert_persons(&batch).await?;
    }
    tx.save().await?;
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::registry::Registry;
    use crate::registry::generate::Generator;
    use crate::registry::import::{OnBadLines, write_header, write_row};
    use crate::time::Clock;
    use jiff::civil::date;

    async fn ask(registry: &Registry, id: &NationalId, birth: &BirthDate) -> Result<RegistryAnswer, RegistryError> {
        let (clock, random) = (Clock::frozen(Timestamp::from_seconds(1_800_000_000)), Random::seeded(1));
        let answer = registry.ask(id, birth, Asking { clock: &clock, random: &random }).await?;
        let Provenance { registry, transaction, as_of, signed } = answer.provenance;
        assert_eq!((registry.as_str(), transaction.len(), as_of, signed), (LOCAL_NAME, 22, clock.now(), None));
        Ok(answer.says)
    }

    async fn empty_store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("registry.sqlite").display())).await.expect("a store");
        store.migrate().await.expect("a schema");
        (folder, store)
    }

    fn people(count: usize) -> Vec<Person> {
        Generator::new(11, date(2026, 11, 23)).take(count).collect()
    }

    fn file_of(people: &[Person]) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        write_header(&mut writer).expect("a header");
        for person in people {
            write_row(&mut writer, person).expect("a row");
        }
        writer.into_inner().expect("a file")
    }

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn opened(file: &[u8]) -> Import<'_, &[u8]> {
        Import::open(file, date(2026, 11, 23), OnBadLines::ImportNothing).expect("a file")
    }

    #[tokio::test]
    async fn it_answers_match_mismatch_not_found_and_nothing_else() {
        let (_folder, store) = empty_store().await;
        let people = people(3);
        assert_eq!(add_all(&store, people[..2].to_vec()).await.expect("added"), 2);
        let known = &people[0];
        let registry = Registry::Local(LocalRegistry::new(store));
        let answer = ask(&registry, &known.national_id, &known.birth_date).await.expect("an answer");
        assert_eq!(answer, RegistryAnswer::Match(Box::new(known.clone())));
        let other_day = BirthDate::from_civil(known.birth_date.latest().yesterday().expect("a day"));
        assert_eq!(ask(&registry, &known.national_id, &other_day).await.expect("an answer"), RegistryAnswer::Mismatch);
        let stranger = &people[2];
        let answer = ask(&registry, &stranger.national_id, &stranger.birth_date).await.expect("an answer");
        assert_eq!(answer, RegistryAnswer::NotFound);
    }

    #[tokio::test]
    async fn a_registry_that_is_down_for_a_person_answers_unavailable() {
        let (_folder, store) = empty_store().await;
        let people = people(2);
        add_all(&store, people.clone()).await.expect("added");
        let down = HashSet::from([people[0].national_id.clone()]);
        let registry = Registry::Local(LocalRegistry::new(store).with_unreachable(down));
        assert!(ask(&registry, &people[0].national_id, &people[0].birth_date).await.is_err());
        assert!(ask(&registry, &people[1].national_id, &people[1].birth_date).await.is_ok());
    }

    #[test]
    fn a_number_is_the_persons_or_another_ones_or_unknown() {
        let (mine, other) = (MobileNumber::parse("09121234567").ok(), MobileNumber::parse("09121234568").ok());
        let (mine, other) = (mine.expect("a number"), other.expect("a number"));
        let person = Person { mobile: Some(mine.clone()), ..people(1).remove(0) };
        assert_eq!(sim_answer(Some(&person), &mine), SimAnswer::Yes);
        assert_eq!(sim_answer(Some(&person), &other), SimAnswer::No);
        assert_eq!(sim_answer(Some(&Person { mobile: None, ..person }), &mine), SimAnswer::Unknown);
        assert_eq!(sim_answer(None, &mine), SimAnswer::Unknown);
    }

    #[tokio::test]
    async fn a_good_file_is_imported_and_progress_is_reported() {
        let (_folder, store) = empty_store().await;
        let people = people(2500);
        let file = file_of(&people);
        let mut told = Vec::new();
        let report = import(opened(&file), &store, NOW, |bytes, lines| told.push((bytes, lines))).await.expect("a report");
        assert_eq!((report.rows, report.bad.len()), (2500, 0));
        assert_eq!(told.last(), Some(&(file.len() as u64, 2500)));
        assert!(told.len() > 2);
        assert_eq!(store.person_count().await.expect("a count"), 2500);
        assert_eq!(store.person(&people[2499].national_id).await.expect("an answer").as_ref(), people.last());
    }

    #[tokio::test]
    async fn one_bad_line_near_the_end_keeps_everything_out() {
        let (_folder, store) = empty_store().await;
        let mut file = file_of(&people(2500));
        file.extend_from_slice(b"this,is,no,person\n");
        let report = import(opened(&file), &store, NOW, |_, _| ()).await.expect("a report");
        assert_eq!((report.rows, report.bad.len(), report.bad[0].line), (0, 1, 2502));
        assert_eq!(store.person_count().await.expect("a count"), 0);
    }
}
