//! The master key: from the environment or a file; generated at the first start on a development machine.

use crate::boot::failure::Failure;
use crate::boot::private::refuse_open;
use crate::boot::stores::make_folder_of;
use crate::crypto::seal::MasterKey;
use crate::private_file::private;
use crate::random::Random;
use crate::secret::Secret;
use crate::settings::Settings;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// The environment variable that holds the key itself.
const VARIABLE: &str = "PANJEREH_MASTER_KEY";

/// The master key of this deployment; `from_environment` is the content of [`VARIABLE`]. If there is no key, an issuer on
/// localhost generates one and writes it to the key file of the settings.
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
        Ok(text) => {
            refuse_open(path)?;
            parse(&Secret::new(text), &path.display().to_string())
        }
        Err(error) if error.kind() == ErrorKind::NotFound && settings.is_local() => make(path, random),
        Err(error) => Err(Failure::new(
            format!("the master key file {} cannot be read: {error}", path.display()),
            format!("generate one with `panjereh keys generate`, correct keys.master_key_file, or set {VARIABLE}"),
        )),
    }
}

fn parse(text: &Secret<String>, place: &str) -> Result<MasterKey, Failure> {
    MasterKey::parse_base64(text.expose()).map_err(|error| {
        let remedy = "restore the master key that this deployment began with, from your backup: no other key opens its data";
        Failure::new(format!("{place}: {error}"), remedy)
    })
}

/// Generates a key and writes it to a file that only its owner may read. An existing file is never replaced.
pub(crate) fn make(path: &Path, random: &Random) -> Result<MasterKey, Failure> {
    make_folder_of(path)?;
    let key = MasterKey::generate(random);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let text = key.to_base64();
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(key),
        Err(error) => Err(Failure::new(
            format!("the master key file {} cannot be created: {error}", path.display()),
            "set keys.master_key_file to a path that can be written and has no file yet",
        )),
    }
}
