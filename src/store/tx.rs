//! A transaction of the durable store: the database's transaction, and the changes that the row cache learns when it is saved.

use crate::db;
use crate::db::error::StoreError;
use crate::db::sqlite::pending::Pending;
use crate::db::{Statement, Step};
use crate::records::consent::Consent;
use crate::records::grant::Grant;
use crate::store::row_cache::{Notes, RowCache, Touched};
use crate::time::Timestamp;
use std::sync::Arc;

/// A transaction. If it is dropped without [`Tx::save`], it is rolled back. Await only the database while holding one.
pub struct Tx {
    db: db::Tx,
    /// The changes for the row cache, if there is one.
    notes: Option<(Arc<RowCache>, Notes)>,
}

impl Tx {
    pub(crate) fn new(db: db::Tx, cache: Option<Arc<RowCache>>) -> Self {
        Self { db, notes: cache.map(|cache| (cache, Notes::default())) }
    }

    /// For `sql!`: see [`db::Tx::step`].
    pub(crate) async fn step(&mut self, statement: &'static Statement) -> Result<Step<'_>, StoreError> {
        self.db.step(statement).await
    }

    /// For `sql!`: see [`db::Tx::later`].
    pub(crate) async fn later(&mut self, statement: &'static Statement) -> Result<Option<&mut Pending>, StoreError> {
        self.db.later(statement).await
    }

    /// Gives each statement more time: see [`db::Tx::at_leisure`].
    pub(crate) fn at_leisure(&mut self) {
        self.db.at_leisure();
    }

    /// The row cache, if the database has one.
    pub(crate) fn cache(&self) -> Option<&RowCache> {
        self.notes.as_ref().map(|(cache, _)| cache.as_ref())
    }

    /// Removes expired rows from memory: see [`db::Tx::expire_in_memory`].
    pub(crate) fn expire_in_memory(&self, now: Timestamp) -> usize {
        self.db.expire_in_memory(now)
    }

    /// Records that this transaction changes a row that may be cached.
    pub(crate) fn touch(&mut self, touched: Touched) {
        if let Some((_, notes)) = &mut self.notes {
            notes.touch(touched);
        }
    }

    /// Records that this transaction adds a grant.
    pub(crate) fn note_grant(&mut self, grant: &Grant) {
        if let Some((cache, notes)) = &mut self.notes {
            notes.new_grant(cache, grant);
        }
    }

    /// Records that this transaction replaces a consent.
    pub fn note_consent(&mut self, consent: &Consent) {
        if let Some((cache, notes)) = &mut self.notes {
            notes.put_consent(cache, consent);
        }
    }

    /// Resolves when the writes are on disk. Many transactions share one commit.
    ///
    /// Fails with [`StoreError::Aborted`] if one of its statements failed.
    pub async fn save(self) -> Result<(), StoreError> {
        let Self { db, notes } = self;
        let Some((cache, notes)) = notes else { return db.save().await };
        let (must_be_told, runtime) = (notes.touches(), db.runtime());
        let save = async move {
            let outcome = db.save().await;
            notes.tell(&cache, &outcome);
            outcome
        };
        if must_be_told {
            // In a task of its own: if the caller's future were dropped between the two steps, a stale value would stay in the
            // cache.
            runtime.spawn(save).await.unwrap_or(Err(StoreError::Aborted))
        } else {
            save.await
        }
    }

    /// Returns at once on SQLite: see [`db::Tx::save_relaxed`].
    pub(crate) async fn save_relaxed(self) -> Result<(), StoreError> {
        match &self.notes {
            Some((_, notes)) if notes.touches() => self.save().await,
            _ => self.db.save_relaxed().await,
        }
    }
}
