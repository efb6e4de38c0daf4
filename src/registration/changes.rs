//! What applying an agency file would change: a list of names with the old and the new value, without secrets.

use crate::client::metadata::Client;
use crate::registration::table::rows_of_files;

/// One name whose value differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name in an agency file.
    pub(crate) field: &'static str,
    /// The registered value.
    pub(crate) old: String,
    /// The value in the file.
    pub(crate) new: String,
}

/// The agency that owns a client. An agency file has no such name: there, a client stands below its agency.
const AGENCY: &str = "agency";

/// The names whose values differ between two versions of a client, in the order of [`describe`].
pub fn changes(old: &Client, new: &Client) -> Vec<Change> {
    let moved = (old.agency != new.agency).then(|| Change { field: AGENCY, old: old.agency.clone(), new: new.agency.clone() });
    let changed = rows_of_files().filter(|row| !row.access.is_same(old, new)).map(|row| {
        let (before, after) = (row.access.show(old), row.access.show(new));
        // Two different secrets are shown alike, and two different key sets can be.
        let after = if before == after { "replaced".to_owned() } else { after };
        Change { field: row.name, old: before, new: after }
    });
    moved.into_iter().chain(changed).collect()
}

/// Every value of a client by its name in an agency file, without secrets.
pub fn describe(client: &Client) -> Vec<(&'static str, String)> {
    let shown = rows_of_files().map(|row| (row.name, row.access.show(client)));
    [(AGENCY, client.agency.clone())].into_iter().chain(shown).collect()
}
