//! Files that others must not read: refused at start, because what they hold may have been read already.

use crate::boot::failure::Failure;
use crate::private_file::is_open_to_others;
use std::path::Path;

/// Refuses a file that every user of this machine can read or write. A file that is missing, or that cannot be looked at, is for its
/// reader to report.
pub(crate) fn refuse_open(path: &Path) -> Result<(), Failure> {
    if is_open_to_others(path).unwrap_or(false) {
        let file = path.display();
        return Err(Failure::new(
            format!("{file} can be read by every user of this machine"),
            format!("run `chmod 600 {file}`, and start again; if others may have read it, replace what it holds"),
        ));
    }
    Ok(())
}
