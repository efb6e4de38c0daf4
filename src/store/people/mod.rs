//! Tables about people: persons of the local registry and what changed of them, accounts, their evidence and what they began to get more of it, authenticators.

pub(crate) mod accounts;
pub(crate) mod authenticators;
pub(crate) mod evidence;
pub(crate) mod persons;
pub(crate) mod proofing;
pub(crate) mod registry_changes;
