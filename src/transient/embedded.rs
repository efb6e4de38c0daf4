//! Short-lived state.
pub(crate) static STATEMENTS: &[&crate::store::db::Statement] = &[];
