//! Files and folders: whether others can read them, and whether the disk has room.

use super::{Finding, Patient};
use crate::crypto::seal::MasterKey;
use crate::private_file::is_open_to_others;
use crate::secret::Secret;
use crate::settings::{Settings, TlsMode};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A disk with less free space than this is reported.
const ROOM: u64 = 1 << 30;

/// The permissions of every private file, and the free space where the database is.
pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let database = database_file(settings);
    let mut private: Vec<&Path> = vec![&settings.keys.master_key_file, &settings.sms.outbox];
    private.extend(settings.sms.providers.iter().map(PathBuf::as_path));
    private.extend(database.as_deref());
    if settings.tls.mode != TlsMode::Off {
        private.push(&settings.tls.key);
    }
    let open: Vec<_> = private.into_iter().filter(|path| is_open_to_others(path).unwrap_or(false)).collect();
    let mut found: Vec<_> = open
        .iter()
        .map(|path| {
            let path = path.display();
            let what = format!("{path} can be read by every user of this machine");
            Finding::wrong(
                "permissions",
                what,
                format!("run `chmod 600 {path}`; if others may have read it, replace what it holds"),
            )
        })
        .collect();
    if found.is_empty() {
        found.push(Finding::good("permissions", "no private file can be read by others"));
    }
    found.extend(database.as_deref().map(disk));
    found
}

fn database_file(settings: &Settings) -> Option<PathBuf> {
    settings.database.url.expose().strip_prefix("sqlite:").map(|path| PathBuf::from(path.trim_start_matches("//")))
}

fn disk(database: &Path) -> Finding {
    const PART: &str = "disk";
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Err(error) => Finding::warning(PART, format!("{} cannot be examined: {error}", folder.display()), "create the folder"),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let what = format!("{} MiB are free at {}", free >> 20, folder.display());
            if free < ROOM {
                Finding::warning(PART, what, "make room, or move the database to a larger disk: without space nobody signs in")
            } else {
                Finding::good(PART, what)
            }
        }
    }
}

/// The master key, if it can be read.
pub(super) fn master_key(patient: &Patient<'_>) -> (Option<MasterKey>, Finding) {
    const PART: &str = "master key";
    let path = &patient.settings.keys.master_key_file;
    let (text, place) = match patient.master_key {
        Some(text) => (Ok(text.clone()), "PANJEREH_MASTER_KEY".to_owned()),
        None => (std::fs::read_to_string(path).map(Secret::new), path.display().to_string()),
    };
    match text.map(|text| MasterKey::parse_base64(text.expose())) {
        Ok(Ok(key)) => {
            (Some(key), Finding::good(PART, format!("{place} holds one; keep a copy apart from the database's backups")))
        }
        Ok(Err(error)) => (None, Finding::wrong(PART, format!("{place}: {error}"), "restore the master key from your backup")),
        Err(error) if error.kind() == ErrorKind::NotFound && patient.settings.is_local() => {
            (None, Finding::good(PART, "there is none yet; an issuer on localhost makes one at its first start"))
        }
        Err(error) => {
            let remedy = "generate one with `panjereh keys generate`, or correct keys.master_key_file";
            (None, Finding::wrong(PART, format!("{place} cannot be read: {error}"), remedy))
        }
    }
}
