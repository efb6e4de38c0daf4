//! How a command fails: one sentence says what happened, one says what to do.

use crate::settings::SettingsError;
use crate::store::{SchemaProblem, StoreError};
use crate::transient::TransientError;
use std::fmt;

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    what: String,
    remedy: String,
}

impl Failure {
    /// What happened, and what to do; each a sentence without a full stop at its end.
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

impl Failure {
    /// What happened.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// What to do.
    pub(crate) fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\nto do: {}", self.what, self.remedy)
    }
}

impl std::error::Error for Failure {}

impl From<Vec<SettingsError>> for Failure {
    fn from(errors: Vec<SettingsError>) -> Self {
        let many = if errors.len() == 1 { "a setting is" } else { "some settings are" };
        let lines: Vec<String> = errors.iter().map(|error| format!("  {error}")).collect();
        Self::new(
            format!("{many} not usable\n{}", lines.join("\n")),
            "correct the problems above; `panjereh config check` checks again, `panjereh config default` explains every setting",
        )
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let remedy = match &error {
            StoreError::Unavailable(_) | StoreError::Locked | StoreError::Aborted => {
                "check that the database of database.url exists, can be written and has space, and try again"
            }
            StoreError::Corrupt { .. } => "restore that row from a backup, or run the version of panjereh that wrote it",
            StoreError::Conflict(_) => "another command or instance changed the same data at the same time: try again",
            StoreError::Served(_) => {
                "stop that process or use another database; several can share PostgreSQL (docs/operating.md, several instances)"
            }
            StoreError::Full | StoreError::Busy => "make space or end the other writes, and try again",
            StoreError::Pooler => "set database.pooler to \"transaction\" (docs/operating.md, PgBouncer)",
            StoreError::Unprotected(_) => {
                "set database.tls_ca to the authority that issues its certificate, and leave sslmode out of database.url; on a network \
                 that no other machine can reach, database.tls = \"plain-text-over-the-network\" says that no TLS is wanted"
            }
            StoreError::Readable(files) => {
                return Self::new(error.to_string(), format!("run `chmod 600 {files}`, and start again"));
            }
            StoreError::BadAddress(_) => "correct database.url",
        };
        Self::new(error.to_string(), remedy)
    }
}

impl From<SchemaProblem> for Failure {
    fn from(problem: SchemaProblem) -> Self {
        match problem {
            SchemaProblem::Missing(names) => {
                Self::new(format!("the database lacks {}", names.join(", ")), "run `panjereh migrate`")
            }
            SchemaProblem::Unknown(names) => Self::new(
                format!("the database has migrations that this version of panjereh does not know: {}", names.join(", ")),
                "run the newer version of panjereh that made them",
            ),
            SchemaProblem::Changed(names) => Self::new(
                format!("these migrations of the database differ from what this version of panjereh knows: {}", names.join(", ")),
                "restore the database from a backup, or run the version of panjereh that made them",
            ),
            SchemaProblem::Store(error) => error.into(),
        }
    }
}

impl From<TransientError> for Failure {
    fn from(error: TransientError) -> Self {
        let remedy = "check transient.url and [transient] tls, and that its server answers (TLS: rediss://), and try again";
        Self::new(error.to_string(), remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_happened_and_what_to_do() {
        let failure = Failure::from(SchemaProblem::Missing(vec!["0001_persons".to_owned(), "0002_accounts".to_owned()]));
        assert_eq!(failure.to_string(), "error: the database lacks 0001_persons, 0002_accounts\nto do: run `panjereh migrate`");
    }
}
