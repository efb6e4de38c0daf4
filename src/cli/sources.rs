//! The sources of a command's settings: the file, the environment, the command line.

use crate::boot::failure::Failure;
use crate::secret::Secret;
use crate::settings::{Settings, SettingsFile};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The settings file that is read if none is named.
const FILE: &str = "panjereh.toml";

/// The variable that the agency file of a stage may refer to; not a setting.
const BASE: &str = "CONFORMANCE_BASE";

/// What named the settings file.
#[cfg(feature = "demo")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    /// The flag `--config`.
    Flag,
    /// The environment, or nothing.
    Surroundings,
}

/// Environment and command line of the process.
pub(crate) struct Surroundings {
    /// Variables whose name begins with `PANJEREH_`.
    environment: BTreeMap<String, String>,
    /// The settings file that was named.
    config: Option<PathBuf>,
    /// Whether the command line named it.
    #[cfg(feature = "demo")]
    config_by: NamedBy,
    flags: Vec<(String, String)>,
    /// The URL of the conformance suite, from `CONFORMANCE_BASE`.
    pub(crate) conformance_base: Option<String>,
}

impl Surroundings {
    /// Reads the environment.
    pub(crate) fn read(config: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        // A value that is not UTF-8 is kept with replacement characters: no setting may contain them, so it is reported as a
        // problem.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        };
        let all = std::env::vars_os().filter_map(text);
        let mut environment: BTreeMap<String, String> =
            all.filter(|(name, _)| name.starts_with("PANJEREH_") || name == BASE).collect();
        let conformance_base = environment.remove(BASE).filter(|base| !base.is_empty());
        let named = environment.get("PANJEREH_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        #[cfg(feature = "demo")]
        let config_by = if config.is_some() { NamedBy::Flag } else { NamedBy::Surroundings };
        Self {
            config: config.or(named),
            #[cfg(feature = "demo")]
            config_by,
            environment,
            flags,
            conformance_base,
        }
    }

    /// Adds a setting from a flag of the command itself.
    pub(crate) fn flag(&mut self, name: &str, value: Option<String>) {
        self.flags.extend(value.map(|value| (name.to_owned(), value)));
    }

    /// The settings.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let file = self.file()?;
        let file = file.as_ref().map(|(name, text)| SettingsFile { name, text });
        Ok(Settings::load(file, self.environment.clone().into_iter(), &self.flags)?)
    }

    /// Settings of a program that decides most of them itself: over `base` come the file of `--config` and the flags. The environment
    /// and a `panjereh.toml` that happens to lie in the folder belong to a server and are not read.
    #[cfg(feature = "demo")]
    pub(crate) fn settings_over(&self, base: Settings) -> Result<Settings, Failure> {
        let file = if self.config_by == NamedBy::Flag { self.file()? } else { None };
        let file = file.as_ref().map(|(name, text)| SettingsFile { name, text });
        Ok(base.overridden(file, std::iter::empty(), &self.flags)?)
    }

    /// The file's name and content; `None` if none is named and the default one does not exist.
    fn file(&self) -> Result<Option<(String, String)>, Failure> {
        let path = self.config.as_deref().unwrap_or(Path::new(FILE));
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some((name, text))),
            Err(error) if error.kind() == ErrorKind::NotFound && self.config.is_none() => Ok(None),
            Err(error) => Err(Failure::new(
                format!("the settings file {name} cannot be read: {error}"),
                "name an existing file with --config; `panjereh config default` prints one",
            )),
        }
    }

    /// The sources of the settings, as text for people.
    pub(crate) fn described(&self) -> Result<String, Failure> {
        let file = self.file()?.map(|(name, _)| name);
        let variables = self.environment.keys().filter(|name| !name.starts_with("PANJEREH_TEST_")).cloned();
        let flags = self.flags.iter().map(|(name, _)| format!("--set {name}"));
        let sources: Vec<String> = file.into_iter().chain(variables).chain(flags).collect();
        Ok(if sources.is_empty() { "defaults only".to_owned() } else { sources.join(", ") })
    }

    /// `PANJEREH_MASTER_KEY`, if it is set.
    pub(crate) fn master_key(&self) -> Option<Secret<String>> {
        self.environment.get("PANJEREH_MASTER_KEY").filter(|key| !key.is_empty()).cloned().map(Secret::new)
    }
}
