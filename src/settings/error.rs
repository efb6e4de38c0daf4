//! A mistake in the settings: its place, the problem and the remedy.

/// The place where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the settings file, on this line (1 is the first).
    File {
        /// The file's name, from the caller.
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

/// One mistake in the settings: place, key, value, problem and remedy. A value that may be a secret is not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {subject} {problem}. {remedy}.")]
pub struct SettingsError {
    /// The place of the setting.
    pub(crate) origin: Origin,
    /// The key, and the value if it may be shown: `server.listen = "here"`.
    pub(crate) subject: String,
    /// What is wrong with the value.
    pub(crate) problem: String,
    /// What the operator has to do.
    pub(crate) remedy: String,
}
