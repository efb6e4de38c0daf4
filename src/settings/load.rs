//! Reading the settings: defaults, then the file, then the environment, then flags.

use crate::settings::error::SettingsError;
use crate::settings::source;
use crate::settings::source::SettingsFile;
use crate::settings::values::Settings;

impl Settings {
    /// Reads the settings: defaults, then the file, then the environment (only variables that begin with `PANJEREH_`), then flags
    /// (`section.key` and value). Reports all mistakes at once, even in a value that a later place overrides.
    pub fn load(
        file: Option<SettingsFile<'_>>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Self, Vec<SettingsError>> {
        Self::default().overridden(file, environment, flags)
    }

    /// The same, over other values than the defaults.
    pub(crate) fn overridden(
        self,
        file: Option<SettingsFile<'_>>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Self, Vec<SettingsError>> {
        let places = [file.map(source::file).unwrap_or_default(), source::environment(environment), source::flags(flags)];
        let mut settings = self;
        let mut errors = Vec::new();
        for place in places {
            errors.extend(place.errors);
            for entry in place.entries {
                if let Err(refusal) = entry.key.set(&mut settings, &entry.given) {
                    let subject = entry.subject();
                    errors.push(SettingsError {
                        origin: entry.origin,
                        subject,
                        problem: refusal.problem,
                        remedy: refusal.remedy,
                    });
                }
            }
        }
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }
}
