//! Tables about people: persons of the local registry and what changed of them, accounts, their evidence, authenticators.

pub(crate) mod accounts;
pub(crate) mod authenticators;
pub(crate) mod evidence;
pub(crate) mod persons;
pub(crate) mod registry_changes;
