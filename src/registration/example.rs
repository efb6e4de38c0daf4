//! The example agency file with every name, for `panjereh agency example`. The lines of its first client come from the table.

use crate::registration::row::{Example, Necessity};
use crate::registration::table::rows;
use std::fmt::Write as _;

/// The file without the lines of the table. [`PLACE`] marks where they go.
const FRAME: &str = include_str!("example.toml");
const PLACE: &str = "# TABLE\n";

/// The column at which notes begin, in characters.
const NOTES: usize = 52;

/// The example agency file with every name.
pub(crate) fn example() -> String {
    let lines: String = rows().map(|row| lines(row.name, &row.example)).collect();
    FRAME.replacen(PLACE, &lines, 1)
}

/// The line of a name, and further lines if its note is long.
fn lines(name: &str, example: &Example) -> String {
    let Example::Line { value, note, necessity } = example else { return String::new() };
    let mark = if *necessity == Necessity::Needed { "" } else { "# " };
    let code = format!("{mark}{name} = {value}");
    if note.is_empty() {
        return code + "\n";
    }
    let gap = if code.chars().count() < NOTES { "" } else { "   " };
    let mut notes = note.lines();
    let mut lines = format!("{code:NOTES$}{gap}# {}\n", notes.next().unwrap_or_default());
    for note in notes {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{:NOTES$}# {note}", "#");
    }
    lines
}
