//! The reference file: every key with its description, its bounds and its default. It is made from the table that the parser
//! uses.

use crate::settings::table::{AnyKey, SECTIONS};
use crate::settings::values::Settings;
use std::fmt::Write;

const HEAD: &str = "\
# Panjereh's settings: every key, with its default. Made by `panjereh config default`; check yours with `panjereh config check`.
#
# Environment variables override this file (section server, key listen: PANJEREH_SERVER_LISTEN), and flags override both.
# A duration is a number and a unit (s, m, h or d), or several of them (1h 30m). Relative paths start at the working directory.
";

/// The commented file with all defaults, as `panjereh config default` prints it.
pub(crate) fn default_text() -> String {
    let defaults = Settings::default();
    let mut text = HEAD.to_owned();
    for section in SECTIONS {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}[{}]\n", comment(section.about()), section.name());
        for key in AnyKey::all_of(section) {
            let _ = writeln!(text, "\n{}{} = {}", about(key), key.name(), key.literal(&defaults));
        }
    }
    text
}

fn about(key: AnyKey) -> String {
    match key.bounds() {
        Some(bounds) => comment(&format!("{}\nTakes {bounds}.", key.about())),
        None => comment(key.about()),
    }
}

fn comment(lines: &str) -> String {
    lines.lines().fold(String::new(), |text, line| text + "# " + line + "\n")
}

/// The names of all keys, `section.key`.
pub(crate) fn names() -> impl Iterator<Item = String> {
    SECTIONS.iter().copied().flat_map(AnyKey::all_of).map(|key| format!("{}.{}", key.section.name(), key.name()))
}
