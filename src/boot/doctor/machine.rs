//! The machine: its clock and the limits that it sets.

use super::Finding;
use crate::crypto::keyring::KeyRecord;
use crate::settings::Settings;
use crate::time::Timestamp;
use std::path::Path;
use std::time::Duration;

/// Files that a running time service keeps.
const TIME_SERVICES: [&str; 5] = [
    "/run/systemd/timesync/synchronized",
    "/run/chrony/chronyd.pid",
    "/run/ntpd.pid",
    "/run/openntpd.sock",
    "/var/lib/ntp/ntp.drift",
];

/// Files that the program opens beside its connections.
const OTHER_FILES: u64 = 200;

/// The clock: tokens are judged by it.
pub(super) fn clock(keys: &[KeyRecord], settings: &Settings, now: Timestamp) -> Finding {
    const PART: &str = "clock";
    let newest = keys.iter().map(|key| key.created_at).max();
    if newest.is_some_and(|made| made > now.plus(Duration::from_mins(1))) {
        let what = "a signing key was made later than this machine's clock says it is";
        return Finding::wrong(PART, what, "set the clock, and run a time service such as chrony");
    }
    if settings.is_local() || TIME_SERVICES.iter().any(|file| Path::new(file).exists()) {
        return Finding::good(PART, format!("{}", now.seconds()));
    }
    Finding::warning(
        PART,
        "there is no sign of a time service",
        "run one, such as chrony: agencies reject tokens from a wrong clock",
    )
}

/// What the system permits the program.
pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let needed = u64::try_from(settings.server.connections).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let finding = match limit {
        Some(limit) if limit < needed => Finding::warning(
            "files",
            format!("this shell may open {limit} files, and server.connections needs {needed}"),
            "raise LimitNOFILE of the service (`ulimit -n` of the shell), or lower server.connections",
        ),
        _ => Finding::good("files", "enough can be open for server.connections"),
    };
    vec![finding]
}
