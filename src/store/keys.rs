//! Signing keys: the public half as JSON, the private half sealed under the master key, and the period in which each one is used.

use crate::crypto::keyring::KeyRecord;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::records::job::Job;
use crate::store::rows::{RowPlace, json_of, time};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    KEYS = "SELECT kid, alg, created_at, signs_from, retired_at, removed_at, public_jwk, sealed_private FROM signing_keys \
        ORDER BY created_at, kid";
    INSERT_KEY = "INSERT INTO signing_keys (kid, alg, created_at, signs_from, retired_at, removed_at, public_jwk, sealed_private) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LOCK_KEYS = "UPDATE jobs SET progress = progress WHERE name = $1";
    UPDATE_KEY_TIMES = "UPDATE signing_keys SET signs_from = $2, retired_at = $3, removed_at = $4 WHERE kid = $1";
}

row! {
    struct KeyRow {
        kid: String,
        alg: String,
        created_at: i64,
        signs_from: i64,
        retired_at: Option<i64>,
        removed_at: Option<i64>,
        public_jwk: String,
        sealed_private: String,
    }
}

impl TryFrom<KeyRow> for KeyRecord {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let place = RowPlace { table: "signing_keys", row: &row.kid };
        Ok(Self {
            alg: place.named("alg", &row.alg)?,
            public_jwk: place.json("public_jwk", &row.public_jwk)?,
            created_at: time(row.created_at),
            signs_from: time(row.signs_from),
            retired_at: row.retired_at.map(time),
            removed_at: row.removed_at.map(time),
            sealed_private: row.sealed_private,
            kid: row.kid,
        })
    }
}

impl Store {
    /// All signing keys, the oldest first, removed ones included.
    pub async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let rows = sql!(self.db, KEYS => fetch_all KeyRow)?;
        rows.into_iter().map(KeyRecord::try_from).collect()
    }
}

impl Tx {
    /// Whether the signing keys are still those that the caller read and planned from. From here to the end of the transaction no
    /// other transaction that asks this changes them: it waits for the same row, that of the job which rotates keys.
    pub async fn keys_are_still(&mut self, read: &[KeyRecord]) -> Result<bool, StoreError> {
        sql!(self, LOCK_KEYS, Job::KeyRotation.name() => execute)?;
        let rows = sql!(self, KEYS => fetch_all KeyRow)?;
        let keys = rows.into_iter().map(KeyRecord::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(keys == read)
    }

    /// Adds a signing key.
    pub async fn insert_key(&mut self, key: &KeyRecord) -> Result<(), StoreError> {
        let jwk = json_of(&key.public_jwk)?;
        sql!(
            self, INSERT_KEY,
            key.kid.as_str(),
            key.alg.name(),
            key.created_at.millis(),
            key.signs_from.millis(),
            key.retired_at.map(Timestamp::millis),
            key.removed_at.map(Timestamp::millis),
            jwk,
            key.sealed_private.as_str()
            => execute
        )?;
        self.move_revision().await
    }

    /// Changes when a key starts to sign, stops signing and leaves the key set, and nothing else.
    pub async fn update_key_times(&mut self, key: &KeyRecord) -> Result<(), StoreError> {
        sql!(
            self, UPDATE_KEY_TIMES,
            key.kid.as_str(),
            key.signs_from.millis(),
            key.retired_at.map(Timestamp::millis),
            key.removed_at.map(Timestamp::millis)
            => execute
        )?;
        self.move_revision().await
    }
}
