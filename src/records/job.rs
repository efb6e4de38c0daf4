//! Jobs that one instance at a time runs for all instances, and the lease that decides which one.

use crate::identity::id::InstanceId;
use crate::time::Timestamp;
use std::time::Duration;

/// How long a lease is valid after its last renewal. If the leader of a job dies, another instance takes over when
/// its lease has expired: after this time, and at most one [`RENEWED_EVERY`] more.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often the leader renews its lease, and how often other instances try to get it. Two renewals in a row can fail before the
/// lease expires.
pub(crate) const RENEWED_EVERY: Duration = Duration::from_secs(3);

/// A job that one instance at a time runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Removes grants, refresh tokens and short-lived state that expired.
    Expiry,
    /// Replaces signing keys that are due, if the operator has switched this on.
    KeyRotation,
    /// Removes deliveries that were given up.
    DeliveryCleanUp,
    /// Assigns sequence numbers to events.
    EventOrder,
}

impl Job {
    /// All jobs. The table `jobs` has a row for each.
    pub const ALL: [Self; 4] = [Self::Expiry, Self::KeyRotation, Self::DeliveryCleanUp, Self::EventOrder];

    /// The name of its row.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::KeyRotation => "key_rotation",
            Self::DeliveryCleanUp => "delivery_clean_up",
            Self::EventOrder => "event_order",
        }
    }
}

/// An instance's lease on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: Job,
    /// The instance that leads the job.
    pub holder: InstanceId,
    /// When the lease expires.
    pub until: Timestamp,
    /// When an instance last ran a step of the job.
    pub last_run: Timestamp,
}
