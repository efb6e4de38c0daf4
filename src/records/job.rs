//! What one instance at a time does for all of them, and the lease by which it does.

use crate::identity::id::InstanceId;
use crate::time::Timestamp;
use std::time::Duration;

/// For how long an instance leads a job from its last renewal. Another one leads at latest so long after the leader died.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often a leader renews its lease, and another instance asks for it. Two renewals may fail before the lease is lost.
pub const RENEWED_EVERY: Duration = Duration::from_secs(3);

/// A job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Removes grants, refresh tokens and short-lived state that expired.
    Expiry,
    /// Replaces signing keys that are due, where the operator wants that.
    KeyRotation,
    /// Removes deliveries that gave up.
    DeliveryCleanUp,
    /// Gives events their place in the one order.
    EventOrder,
}

impl Job {
    /// All of them. The table `jobs` has a row for each.
    pub const ALL: [Self; 4] = [Self::Expiry, Self::KeyRotation, Self::DeliveryCleanUp, Self::EventOrder];

    /// The name of its row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::KeyRotation => "key_rotation",
            Self::DeliveryCleanUp => "delivery_clean_up",
            Self::EventOrder => "event_order",
        }
    }
}

/// An instance's hold on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: Job,
    /// The instance.
    pub holder: InstanceId,
    /// Until when.
    pub until: Timestamp,
    /// When a step of the job was last run, by any instance.
    pub last_run: Timestamp,
}
