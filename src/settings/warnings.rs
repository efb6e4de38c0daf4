//! What is permitted in the settings and yet not right for citizens: `config check` and the start of the server warn of it.

use crate::settings::values::Settings;

impl Settings {
    /// One sentence each.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let missing = self.support.missing();
        if missing.is_empty() {
            return Vec::new();
        }
        let keys: Vec<String> = missing.iter().map(|key| format!("support.{key}")).collect();
        vec![format!("pages and text messages say \"contact support\", but do not say how: set {}", keys.join(", "))]
    }
}
