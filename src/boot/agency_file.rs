//! An agency file on disk.

use crate::boot::failure::Failure;
use crate::registration::agency_file::line::line_of;
use crate::registration::problem::Problem;
use crate::registration::{AgencyFile, Problems};
use std::path::Path;

/// The content of an agency file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = format!("{} cannot be read: {error}", path.display());
        Failure::new(what, "name an agency file that exists and can be read")
    })
}

/// Parses the text of the file at `path`.
pub(crate) fn parse(path: &Path, text: &str) -> Result<AgencyFile, Failure> {
    let name = path.display();
    AgencyFile::parse(text).map_err(|Problems(problems)| {
        let place =
            |problem: &Problem| line_of(text, &problem.key).map_or_else(|| name.to_string(), |line| format!("{name}:{line}"));
        let lines: Vec<String> = problems.iter().map(|problem| format!("{}: {problem}", place(problem))).collect();
        let remedy = "correct the problems above and apply the file again; `panjereh agency example` explains every key";
        Failure::new(format!("{name} is not valid, so nothing was changed\n{}", lines.join("\n")), remedy)
    })
}
