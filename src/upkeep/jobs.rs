//! What one instance does for all of them: expiry, key rotation, the clean-up of the outbox, the order of events.
//!
//! Every instance asks for the lease of every job every few seconds and renews those that it has, so one of them leads. A step
//! proves its lease in its own transaction ([`Tx::run_job`]): an instance that was suspended in a step and resumes later changes
//! nothing. A step is bounded. The next step does what is left, after a pause in which other transactions can write.

use crate::app::App;
use crate::app::noted_events::Take;
use crate::app::unavailable::Unavailable;
use crate::crypto::seal::MasterKey;
use crate::identity::id::InstanceId;
use crate::records::event::EventKind;
use crate::records::event::kind::Kept;
use crate::records::job::{Job, LEASE, Lease, RENEWED_EVERY};
use crate::records::principal::Principal;
use crate::settings::Events;
use crate::store::{StoreError, Tx};
use crate::time::Timestamp;
use crate::upkeep::noted_events::write_noted;
use crate::upkeep::rotate_keys::{Written, due_rotations};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// How many rows of a table one step removes. A step every tenth of a second removes twenty thousand rows of each table in a second:
/// many times what is added, and no step keeps other transactions waiting for long.
const SWEPT_AT_ONCE: u32 = 2_000;
/// How many clients that were never used one step removes.
const CLIENTS_AT_ONCE: u32 = 100;
/// How many events one step puts in order.
const PLACED_AT_ONCE: u32 = 1_000;
/// The pause between two turns when there is nothing left to do.
const PAUSE: Duration = Duration::from_secs(1);
/// The pause between two steps of a job that has more to do.
const SHORT_PAUSE: Duration = Duration::from_millis(100);

/// Whether a job has more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing until its next run.
    Done,
    /// More than fits into one step.
    More,
}

/// The outcome of a step.
enum Step {
    Ran(Progress),
    /// Another instance leads by now; nothing was changed.
    Lost,
}

/// A job that this instance leads.
#[derive(Clone, Copy)]
struct Led {
    lease: Lease,
    next_at: Timestamp,
}

/// The jobs as one instance sees them.
pub struct Jobs {
    holder: InstanceId,
    led: HashMap<Job, Led>,
    asked_at: Option<Timestamp>,
}

/// Does the jobs that this instance leads until `stop` is ready; then another instance may take them at once.
pub async fn keep_running(app: Arc<App>, master: MasterKey, stop: impl Future<Output = ()>) {
    let mut jobs = Jobs::new(&app);
    let mut stop = std::pin::pin!(stop);
    loop {
        let pause = match jobs.turn(&app, &master).await {
            Progress::Done => PAUSE,
            Progress::More => SHORT_PAUSE,
        };
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Err(cause) = write_noted(&app, Take::All).await {
        tracing::warn!(%cause, "events of the last minute could not be written");
    }
    if let Err(cause) = jobs.release(&app).await {
        tracing::warn!(%cause, "the leases of jobs could not be released; they expire by themselves");
    }
}

impl Jobs {
    /// The jobs of a new instance, which leads none yet.
    pub fn new(app: &App) -> Self {
        Self { holder: InstanceId::new(&app.random, app.clock.now()), led: HashMap::new(), asked_at: None }
    }

    /// Whether this instance leads a job, as far as it knows.
    pub fn leads(&self, job: Job) -> bool {
        self.led.contains_key(&job)
    }

    /// Writes the events that this instance counted, asks for the leases when that is due, and does one step of each job that this instance leads and that is due. A job that
    /// fails is retried a few seconds later.
    pub async fn turn(&mut self, app: &App, master: &MasterKey) -> Progress {
        if let Err(cause) = write_noted(app, Take::Due(app.clock.now())).await {
            tracing::warn!(%cause, "counted events could not be written; this is retried");
        }
        self.ask_for_leases(app).await;
        let mut all = Progress::Done;
        for job in Job::ALL {
            let now = app.clock.now();
            let due = self.led.get(&job).copied().filter(|led| led.next_at <= now && now < led.lease.until);
            let Some(led) = due else { continue };
            match run(app, master, &led.lease, now).await {
                Ok(Step::Lost) | Err(Unavailable::Store(StoreError::Locked)) => {
                    self.led.remove(&job);
                }
                Ok(Step::Ran(progress)) => {
                    let pause = if progress == Progress::More { Duration::ZERO } else { period(job) };
                    self.led.insert(job, Led { next_at: now.plus(pause), ..led });
                    all = if progress == Progress::More { progress } else { all };
                }
                Err(cause) => {
                    tracing::warn!(job = job.name(), %cause, "a job failed; it is retried");
                    self.led.insert(job, Led { next_at: now.plus(RENEWED_EVERY), ..led });
                }
            }
        }
        all
    }

    /// Releases the leases of this instance.
    pub async fn release(&mut self, app: &App) -> Result<(), Unavailable> {
        self.led.clear();
        Ok(app.store.release_jobs(self.holder).await?)
    }

    async fn ask_for_leases(&mut self, app: &App) {
        let now = app.clock.now();
        if self.asked_at.is_some_and(|asked_at| now.since(asked_at) < RENEWED_EVERY) {
            return;
        }
        self.asked_at = Some(now);
        for job in Job::ALL {
            match app.store.lead(job, self.holder, now.plus(LEASE), now).await {
                Ok(Some(lease)) => {
                    let next_at = self.led.get(&job).map_or_else(|| lease.last_run.plus(period(job)), |led| led.next_at);
                    self.led.insert(job, Led { lease, next_at });
                }
                // Where the row is locked, another instance is in a step of this job.
                Ok(None) | Err(StoreError::Locked) => {
                    self.led.remove(&job);
                }
                // The instance keeps its leases until they expire.
                Err(cause) => tracing::warn!(job = job.name(), %cause, "a lease could not be renewed"),
            }
        }
    }
}

/// How often a job runs.
const fn period(job: Job) -> Duration {
    match job {
        Job::Expiry | Job::DeliveryCleanUp => Duration::from_secs(20),
        Job::KeyRotation => Duration::from_hours(1),
        Job::EventOrder => Duration::from_secs(1),
    }
}

async fn run(app: &App, master: &MasterKey, lease: &Lease, now: Timestamp) -> Result<Step, Unavailable> {
    match lease.job {
        Job::Expiry => step(app, lease, now, async |tx| expire(app, tx, now).await).await,
        Job::DeliveryCleanUp => {
            let clean = async |tx: &mut Tx| {
                let given_up = tx.expire_deliveries(now, SWEPT_AT_ONCE).await?;
                Ok(given_up + tx.expire_messages(now, SWEPT_AT_ONCE).await?)
            };
            step(app, lease, now, clean).await
        }
        Job::KeyRotation => rotation(app, master, lease, now).await,
        Job::EventOrder => order(app, lease, now).await,
    }
}

/// Removes what expired, events that were kept long enough, and clients that registered themselves and were never used.
async fn expire(app: &App, tx: &mut Tx, now: Timestamp) -> Result<usize, StoreError> {
    let rows = tx.expire(now, SWEPT_AT_ONCE).await?;
    let unused = tx.expire_unused_clients(now, CLIENTS_AT_ONCE).await?;
    for client in &unused {
        tx.append_event(&app.event(EventKind::ClientRemoved, now).by(Principal::System).at_client(client)).await?;
    }
    let changes = tx.trim_changes(app.client_cache.load().revision, SWEPT_AT_ONCE).await?;
    let mut events = 0;
    for class in Kept::ALL {
        events += tx.expire_events(class, now.minus(kept_for(&app.settings.events, class)), SWEPT_AT_ONCE).await?;
    }
    Ok(rows + unused.len() + changes + events)
}

/// How long the events of a class are kept.
const fn kept_for(settings: &Events, class: Kept) -> Duration {
    match class {
        Kept::Identity => settings.keep_identity,
        Kept::Use => settings.keep_use,
        Kept::Attempts => settings.keep_attempts,
    }
}

/// One step that removes expired rows. It does not wait for the disk: if a crash undoes it, a later step removes the same rows.
async fn step(
    app: &App,
    lease: &Lease,
    now: Timestamp,
    remove: impl AsyncFnOnce(&mut Tx) -> Result<usize, StoreError>,
) -> Result<Step, Unavailable> {
    let mut tx = app.store.write().await?;
    if tx.run_job(lease, now).await?.is_none() {
        return Ok(Step::Lost);
    }
    let removed = remove(&mut tx).await?;
    tx.save_relaxed().await?;
    Ok(Step::Ran(progress(removed, SWEPT_AT_ONCE)))
}

async fn rotation(app: &App, master: &MasterKey, lease: &Lease, now: Timestamp) -> Result<Step, Unavailable> {
    let due = due_rotations(app, master, now).await?;
    let mut tx = app.store.write().await?;
    if tx.run_job(lease, now).await?.is_none() {
        return Ok(Step::Lost);
    }
    if due.write(&mut tx).await? == Written::KeysChanged {
        // An operator changed the keys meanwhile: the next step plans anew.
        return Ok(Step::Ran(Progress::More));
    }
    tx.save().await?;
    Ok(Step::Ran(Progress::Done))
}

/// Gives places to events in the transaction that stores the last place, under the lock of the job's row: two leaders never give
/// the same place, and a step that fails leaves no gap.
async fn order(app: &App, lease: &Lease, now: Timestamp) -> Result<Step, Unavailable> {
    if !app.store.has_event_without_place().await? {
        return Ok(Step::Ran(Progress::Done));
    }
    let mut tx = app.store.write().await?;
    let Some(last) = tx.run_job(lease, now).await? else { return Ok(Step::Lost) };
    let placed = tx.place_events(last, PLACED_AT_ONCE).await?;
    tx.set_progress(lease.job, last.saturating_add(i64::try_from(placed).unwrap_or(i64::MAX))).await?;
    tx.save().await?;
    Ok(Step::Ran(progress(placed, PLACED_AT_ONCE)))
}

fn progress(done: usize, at_once: u32) -> Progress {
    if u32::try_from(done).is_ok_and(|done| done < at_once) { Progress::Done } else { Progress::More }
}
