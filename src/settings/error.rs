//! What is wrong with the settings, where, and what to do.

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the settings file, on this line (1 is the first).
    File {
        /// The file's name, as the caller gave it.
        name: String,
        /// The line.
        line: usize,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// On the command line.
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}, line {line}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// One thing that is wrong: where, which key, which value, why, and the remedy. Values that may hold a secret are not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {subject} {problem}. {remedy}.")]
pub struct SettingsError {
    /// Where it was given.
    pub origin: Origin,
    /// The key, and the value where it may be shown: `server.listen = "here"`.
    pub subject: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}
