//! Tables about people: persons of the local registry, accounts, authenticators.

pub(crate) mod accounts;
pub(crate) mod authenticators;
pub(crate) mod persons;
