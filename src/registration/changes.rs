//! What applying a file would change, told name by name and without a secret.

use crate::client::metadata::Client;
use crate::registration::table::rows_of_files;

/// One name whose value differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name in an agency file.
    pub field: &'static str,
    /// As it is registered.
    pub old: String,
    /// As it will be.
    pub new: String,
}

/// The agency that owns a client. In a file this is no name of the client's: it stands below its agency.
const AGENCY: &str = "agency";

/// The names in which two versions of a client differ, in the order of [`describe`]; none if they are the same.
pub fn changes(old: &Client, new: &Client) -> Vec<Change> {
    let moved = (old.agency != new.agency).then(|| Change { field: AGENCY, old: old.agency.clone(), new: new.agency.clone() });
    let changed = rows_of_files().filter(|row| !row.access.is_same(old, new)).map(|row| {
        let (before, after) = (row.access.show(old), row.access.show(new));
        // Two secrets look the same, and so may two key sets.
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
