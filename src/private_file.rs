//! Files that their owner alone reads: databases, keys, outboxes.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// The same options; a file that is created is for its owner alone, whatever the umask is.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Whether users other than the owner and the members of the file's group can read or write it. A group is what an operator makes for a
/// service and its helpers, and what a container's platform gives a mounted file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(file: &Path) -> Result<bool, io::Error> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::metadata(file)?.permissions().mode() & 0o006 != 0)
}

/// Other systems have no such users.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(file: &Path) -> Result<bool, io::Error> {
    std::fs::metadata(file).map(|_| false)
}
