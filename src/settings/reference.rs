//! The reference file: every key with its meaning, its bounds and its default, made from the same table as the parser.

use super::key::{Key, Section};
use super::{SECTIONS, Settings};
use std::fmt::Write;

const HEAD: &str = "\
# Panjereh's settings: every key, with its default. Made by `panjereh config default`; check yours with `panjereh config check`.
#
# Stronger than this file is the environment (section server, key listen: PANJEREH_SERVER_LISTEN), and stronger still are flags.
# Durations are a number and a unit: s, m, h or d. Relative paths start at the working directory.
";

/// The commented file with all defaults, as `panjereh config default` prints it.
pub fn default_text() -> String {
    let defaults = Settings::default();
    let mut text = HEAD.to_owned();
    for section in &SECTIONS {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}[{}]\n", comment(section.about), section.name);
        for key in section.keys {
            let _ = writeln!(text, "\n{}{} = {}", about(key), key.name, key.kind.literal(&defaults));
        }
    }
    text
}

fn about(key: &Key) -> String {
    match key.kind.bounds() {
        Some(bounds) => comment(&format!("{}\nTakes {bounds}.", key.about)),
        None => comment(key.about),
    }
}

fn comment(lines: &str) -> String {
    lines.lines().fold(String::new(), |text, line| text + "# " + line + "\n")
}

/// The names of all keys, `section.key`.
pub(super) fn names() -> impl Iterator<Item = String> {
    SECTIONS.iter().flat_map(|section: &Section| section.keys.iter().map(|key| format!("{}.{}", section.name, key.name)))
}
