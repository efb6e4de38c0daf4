//! What to say about a key that does not exist.

use crate::settings::error::{Origin, SettingsError};
use crate::settings::reference::names;
use crate::settings::table::SECTIONS;
use crate::text::distance;

/// Words in a key's name, or signs in its value, after which the value is not repeated: it may be a misplaced secret.
const SECRETIVE: [&str; 5] = ["secret", "password", "key", "token", "url"];

pub(crate) fn section(origin: Origin, name: &str) -> SettingsError {
    let known: Vec<&str> = SECTIONS.iter().map(|section| section.name()).collect();
    SettingsError {
        origin,
        subject: format!("[{name}]"),
        problem: "is no section".to_owned(),
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
    SettingsError { origin, subject: format!("{path} = {value}"), problem: "is no setting".to_owned(), remedy }
}

/// The known key that is closest, if one is close enough to have been meant.
fn nearest(path: &str) -> Option<String> {
    let same_name = |name: &String| name.split('.').nth(1) == path.split('.').next_back();
    let close = names().map(|name| (distance(&name, path), name)).min().filter(|(distance, _)| *distance <= 3);
    close.map(|(_, name)| name).or_else(|| names().find(same_name))
}
