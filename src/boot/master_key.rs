//! The master key: from the environment or a file; made at the first start on a development machine.

use crate::boot::failure::Failure;
use crate::boot::stores::make_folder_of;
use crate::crypto::seal::MasterKey;
use crate::random::Random;
use crate::secret::Secret;
use crate::settings::Settings;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// The variable that holds the key itself.
const VARIABLE: &str = "PANJEREH_MASTER_KEY";

/// The master key of this deployment; `from_environment` is what [`VARIABLE`] holds. Where there is none, an issuer on localhost gets a
/// new one, in the file of the settings.
pub(crate) fn master_key(
    settings: &Settings,
    from_environment: Option<&Secret<String>>,
    random: &Random,
) -> Result<MasterKey, Failure> {
    if let Some(text) = from_environment {
        return parse(text, VARIABLE);
    }
    let path = settings.keys.master_key_file.as_path();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&Secret::new(text), &path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound && settings.is_local() => make(path, random),
        Err(error) => Err(Failure::new(
            format!("the master key file {} cannot be read: {error}", path.display()),
            format!("make one with `panjereh keys generate`, correct keys.master_key_file, or set {VARIABLE}"),
        )),
    }
}

fn parse(text: &Secret<String>, place: &str) -> Result<MasterKey, Failure> {
    MasterKey::parse_base64(text.expose()).map_err(|error| {
        let remedy =
            "put the key there that this deployment began with, from your backup: what is sealed under it opens with no other";
        Failure::new(format!("{place}: {error}"), remedy)
    })
}

/// Makes a key in a file that only its owner may read. A file that is there already is never replaced.
pub(crate) fn make(path: &Path, random: &Random) -> Result<MasterKey, Failure> {
    make_folder_of(path)?;
    let key = MasterKey::generate(random);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = key.to_base64();
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(key),
        Err(error) => Err(Failure::new(
            format!("the master key file {} cannot be made: {error}", path.display()),
            "name a place in keys.master_key_file that may be written and where no file is yet",
        )),
    }
}
