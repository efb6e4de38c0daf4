//! Persons: the local civil registry, one record per national ID.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::national_id::NationalId;
use crate::identity::person::Person;
use crate::store::rows::{RowPlace, json_of};
use crate::store::{Store, StoreError, Tx};
use std::collections::{BTreeMap, HashMap};

statements! {
    PERSON = "SELECT record FROM persons WHERE national_id = $1";
    PERSONS_32 = "SELECT national_id, record FROM persons WHERE national_id IN ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16, \
        $17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32)";
    PERSON_COUNT = "SELECT COUNT(*) FROM persons";
    PUT_PERSON = "INSERT INTO persons (national_id, record) VALUES ($1, $2) \
        ON CONFLICT (national_id) DO UPDATE SET record = excluded.record";
    PUT_32_PERSONS = "INSERT INTO persons (national_id, record) VALUES \
        ($1,$2),($3,$4),($5,$6),($7,$8),($9,$10),($11,$12),($13,$14),($15,$16),($17,$18),($19,$20),($21,$22), \
        ($23,$24),($25,$26),($27,$28),($29,$30),($31,$32),($33,$34),($35,$36),($37,$38),($39,$40),($41,$42),($43,$44), \
        ($45,$46),($47,$48),($49,$50),($51,$52),($53,$54),($55,$56),($57,$58),($59,$60),($61,$62),($63,$64) \
        ON CONFLICT (national_id) DO UPDATE SET record = excluded.record";
}

/// How many rows [`PUT_32_PERSONS`] writes, and [`PERSONS_32`] reads, in one round trip.
const ROWS: usize = 32;

row! {
    struct PersonRow {
        record: String,
    }
}

row! {
    struct KnownPersonRow {
        national_id: String,
        record: String,
    }
}

impl Store {
    /// The record of a person.
    pub async fn person(&self, id: &NationalId) -> Result<Option<Person>, StoreError> {
        let Some(row) = sql!(self.db, PERSON, id.as_str() => fetch_optional PersonRow)? else { return Ok(None) };
        // Personal data must not be part of an error; the last digits are enough for an operator to find the row.
        let hint = format!("*******{}", &id.as_str()[id.as_str().len() - 3..]);
        RowPlace { table: "persons", row: &hint }.json("record", &row.record).map(Some)
    }

    /// How many persons the registry has. It counts all rows: not for the hot path.
    pub async fn person_count(&self) -> Result<u64, StoreError> {
        sql!(self.db, PERSON_COUNT => fetch_one (i64,)).map(|(count,)| u64::try_from(count).unwrap_or(0))
    }

    /// A transaction for an import: all of it is saved, or nothing. On SQLite no other transaction can write while it lasts.
    pub async fn begin_person_import(&self) -> Result<Tx, StoreError> {
        self.write().await
    }
}

impl Tx {
    /// The records that these persons have now.
    pub(crate) async fn persons_before(&mut self, persons: &[Person]) -> Result<HashMap<NationalId, Person>, StoreError> {
        let mut found = HashMap::new();
        for chunk in persons.chunks(ROWS) {
            // Of a short chunk the last ID is asked for more than once.
            let ids = chunk.iter().chain(chunk.last()).map(|person| person.national_id.as_str());
            let last = chunk.last().map_or("", |person| person.national_id.as_str());
            let ids: Vec<&str> = ids.chain(std::iter::repeat(last)).take(ROWS).collect();
            for row in sql!(self, PERSONS_32, in ids => fetch_all KnownPersonRow)? {
                let hint = format!("*******{}", &row.national_id[row.national_id.len().saturating_sub(3)..]);
                let person: Person = RowPlace { table: "persons", row: &hint }.json("record", &row.record)?;
                found.insert(person.national_id.clone(), person);
            }
        }
        Ok(found)
    }

    /// Adds persons, or replaces those with the same national ID; of two in one call, the later one is stored. Returns how many
    /// rows were written.
    pub async fn insert_persons(&mut self, persons: &[Person]) -> Result<u64, StoreError> {
        let mut written: u64 = 0;
        for chunk in persons.chunks(ROWS) {
            let mut rows = BTreeMap::new();
            for person in chunk {
                rows.insert(person.national_id.as_str(), json_of(person)?);
            }
            written += u64::try_from(rows.len()).unwrap_or(0);
            if rows.len() == ROWS {
                let values = rows.into_iter().flat_map(|(id, record)| [id.to_owned(), record]);
                sql!(self, PUT_32_PERSONS, in values => execute)?;
            } else {
                for (id, record) in rows {
                    sql!(self, PUT_PERSON, id, record => execute)?;
                }
            }
        }
        Ok(written)
    }
}
