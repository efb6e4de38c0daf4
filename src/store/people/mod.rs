//! Tables about people: the local registry's persons, accounts, authenticators.

pub mod accounts;
pub mod authenticators;
pub mod persons;
