//! Whether the database takes what a sign-in writes.

use crate::db::{Db, sql, statements};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use std::time::Duration;

statements! {
    PROVE = "INSERT INTO transient (key, value, uses, expires_at) VALUES ($1, $2, 0, $3) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
    REMOVE_PROOF = "DELETE FROM transient WHERE key = $1";
}

/// How long a proof lives that is not removed, because its instance ended.
const KEPT: Duration = Duration::from_mins(2);
/// How long a connection is tried for the reason why the pool gives none.
const LOOKED_AT: Duration = Duration::from_millis(400);

/// What an instance writes to prove that it can.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The instance.
    pub(crate) instance: [u8; 16],
    /// How often it has tried.
    pub(crate) turn: u64,
    /// Bytes that cannot be compressed: they need space of their own, as a sign-in does.
    pub(crate) bytes: Vec<u8>,
}

impl Proof {
    fn key(&self, turn: u64) -> Vec<u8> {
        [b"ready:".as_slice(), &self.instance, &[u8::from(turn.is_multiple_of(2))]].concat()
    }
}

impl Store {
    /// Writes and commits a row of some size, and removes the one before. The row of before is removed after the new one is written, so
    /// that the new one needs free space.
    pub async fn prove_writable(&self, proof: &Proof, now: Timestamp) -> Result<(), StoreError> {
        let written = self.write_proof(proof, now).await;
        let Db::Postgres(db) = &self.db else { return written };
        match written {
            Ok(()) => db.check_space(),
            Err(error) if error.is_of_the_pool() => Err(db.why_not(LOOKED_AT).await.unwrap_or(error)),
            Err(error) => Err(error),
        }
    }

    async fn write_proof(&self, proof: &Proof, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let (new, old) = (proof.key(proof.turn), proof.key(proof.turn.wrapping_add(1)));
        sql!(tx, PROVE, &new[..], &proof.bytes[..], now.plus(KEPT).millis() => execute)?;
        sql!(tx, REMOVE_PROOF, &old[..] => execute)?;
        tx.save().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Executor as _;

    #[tokio::test]
    async fn a_database_that_cannot_grow_is_not_ready_and_says_that_its_disk_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("panjereh.sqlite").display())).await.unwrap();
        store.migrate().await.unwrap();
        let Db::Sqlite(db) = &store.db else { panic!("it is SQLite") };
        let limit = async |text: &'static str| {
            db.alone().await.unwrap().connection.execute(text).await.unwrap();
        };
        let prove = async |instance: u8, turn: u64| {
            let proof = Proof { instance: [instance; 16], turn, bytes: vec![instance; 8192] };
            store.prove_writable(&proof, Timestamp::from_seconds(1)).await
        };
        for turn in 0..5 {
            prove(0, turn).await.unwrap();
        }
        limit("PRAGMA max_page_count = 1").await;
        // Others use up what is free within the file.
        let mut others = 1..=u8::MAX;
        let full = loop {
            if let Err(full) = prove(others.next().expect("the file has little free space"), 0).await {
                break full;
            }
        };
        assert_eq!(full.reason(), "its disk is full");
        assert_eq!(prove(0, 5).await.unwrap_err().reason(), "its disk is full");
        limit("PRAGMA max_page_count = 1000000").await;
        prove(0, 5).await.unwrap();
    }
}
