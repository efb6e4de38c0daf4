//! The errors for a section or a key that does not exist.

use crate::settings::error::{Origin, SettingsError};
use crate::settings::reference::names;
use crate::settings::table::SECTIONS;
use crate::text::distance;

/// If a key's name contains one of these words, the message does not show the value: it may be a misplaced secret.
const SECRETIVE: [&str; 5] = ["secret", "password", "key", "token", "url"];

pub(crate) fn section(origin: Origin, name: &str) -> SettingsError {
    let known: Vec<&str> = SECTIONS.iter().map(|section| section.name()).collect();
    SettingsError {
        origin,
        subject: format!("[{name}]"),
        problem: "is not a section".to_owned(),
        remedy: format!("Remove it, or use one of: {}", known.join(", ")),
    }
}

pub(crate) fn key(origin: Origin, path: &str, written: &str) -> SettingsError {
    let secretive = written.contains('@') || SECRETIVE.iter().any(|word| path.contains(word));
    let value = if secretive { "(hidden)" } else { written };
    let remedy = match nearest(path) {
        Some(name) => match &origin {
            Origin::Environment(_) => format!("Remove it, or write PANJEREH_{}", name.to_uppercase().replace('.', "_")),
            Origin::File { .. } | Origin::Flag => format!("Remove it, or write {name}"),
        },
        None => "Remove it; `panjereh config default` lists every key".to_owned(),
    };
    SettingsError { origin, subject: format!("{path} = {value}"), problem: "is not a setting".to_owned(), remedy }
}

/// The nearest known key, if it is near enough that it was probably meant.
fn nearest(path: &str) -> Option<String> {
    let same_name = |name: &String| name.split('.').nth(1) == path.split('.').next_back();
    let close = names().map(|name| (distance(&name, path), name)).min().filter(|(distance, _)| *distance <= 3);
    close.map(|(_, name)| name).or_else(|| names().find(same_name))
}
