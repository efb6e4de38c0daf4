//! The master key: from the environment, from a file, or made in development.

use super::start::Outcome;
use crate::crypto::seal::MasterKey;
use crate::random::Random;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Reads the file, or makes it, readable by its owner alone.
pub fn read_or_make(path: &Path, random: &Random) -> Outcome<MasterKey> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(MasterKey::parse_base64(text.trim())?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path, random),
        Err(error) => Err(format!("the master key {} cannot be read: {error}", path.display()).into()),
    }
}

fn make(path: &Path, random: &Random) -> Outcome<MasterKey> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let master = MasterKey::generate(random);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(master.to_base64().expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(master)
}
