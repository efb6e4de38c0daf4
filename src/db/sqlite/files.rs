//! Who may read the files of a database: its owner. It holds every citizen's name, birth date and telephone number.

use crate::db::error::StoreError;
use crate::private_file::{is_open_to_others, private};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What SQLite puts beside the file of a database: the write-ahead log, its index, and the journal of other modes. They hold rows too.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Creates the file of a database if it is missing, and refuses one that every user of the machine can read. SQLite gives the files
/// beside it the permissions of the database.
pub(crate) fn prepare(path: &Path) -> Result<(), StoreError> {
    let unavailable = |error: std::io::Error| StoreError::Unavailable(Arc::new(error));
    match private(File::options().write(true).create_new(true)).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        // SQLite says what is wrong with the path.
        Err(_) => return Ok(()),
    }
    let beside = BESIDE.iter().map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    let open: Vec<String> = std::iter::once(path.to_owned())
        .chain(beside)
        .filter_map(|file| match is_open_to_others(&file) {
            Ok(false) => None,
            Ok(true) => Some(Ok(file.display().to_string())),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => Some(Err(unavailable(error))),
        })
        .collect::<Result<_, _>>()?;
    if open.is_empty() { Ok(()) } else { Err(StoreError::Readable(open.join(" "))) }
}
