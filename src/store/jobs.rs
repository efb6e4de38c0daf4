//! Leases of jobs: work that is done once for all instances is done by one instance at a time.
//!
//! A lease is taken and renewed by one conditional statement, so that one of several instances gets it. A step of a job begins
//! with [`Tx::run_job`]. It returns nothing if another instance has the lease by then, and on PostgreSQL it keeps the row locked
//! until the step is committed, so that the next leader begins after it. An instance that has lost its lease without knowing it
//! therefore changes nothing.

use crate::db::{sql, statements};
use crate::identity::id::InstanceId;
use crate::records::job::{Job, Lease};
use crate::store::rows::time;
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    LEAD = "UPDATE jobs SET holder = $1, lease_until = $2 WHERE name = $3 AND (holder = $1 OR lease_until <= $4) RETURNING last_run";
    RUN_JOB = "UPDATE jobs SET last_run = $1 WHERE name = $2 AND holder = $3 AND lease_until > $1 RETURNING progress";
    SET_PROGRESS = "UPDATE jobs SET progress = $1 WHERE name = $2";
    RELEASE = "UPDATE jobs SET lease_until = 0 WHERE holder = $1 AND lease_until > 0";
}

impl Store {
    /// Takes a job that no other instance leads at `now`, or renews the lease of the instance that leads it; it lasts until
    /// `until`. It is not awaited on disk: if the machine fails, only the lease is lost.
    pub async fn lead(
        &self,
        job: Job,
        holder: InstanceId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        let mut tx = self.db.write_one().await?;
        let row = sql!(
            tx, LEAD,
            &holder.bytes()[..],
            until.millis(),
            job.name(),
            now.millis()
            => fetch_optional (i64,)
        )?;
        tx.save_relaxed().await?;
        Ok(row.map(|(last_run,)| Lease { job, holder, until, last_run: time(last_run) }))
    }

    /// Releases every job that this instance leads, for a clean stop: another instance can take them at once.
    pub async fn release_jobs(&self, holder: InstanceId) -> Result<(), StoreError> {
        let mut tx = self.db.write_one().await?;
        sql!(tx, RELEASE, &holder.bytes()[..] => execute)?;
        tx.save().await
    }
}

impl Tx {
    /// Begins a step of a job: records that it ran at `now`, and returns its progress. `None` if the lease has expired or another
    /// instance has it; then the step must do nothing.
    pub async fn run_job(&mut self, lease: &Lease, now: Timestamp) -> Result<Option<i64>, StoreError> {
        self.at_leisure();
        let holder = lease.holder.bytes();
        let row = sql!(self, RUN_JOB, now.millis(), lease.job.name(), &holder[..] => fetch_optional (i64,))?;
        Ok(row.map(|(progress,)| progress))
    }

    /// Records the progress of a job. Only within a step that [`Tx::run_job`] began.
    pub async fn set_progress(&mut self, job: Job, progress: i64) -> Result<(), StoreError> {
        sql!(self, SET_PROGRESS, progress, job.name() => execute)
    }
}
