//! Room `identity/` (floor 1): the words of the country. Who a person is, what an account is, how well it is known.
//!
//! Typed values and rules, parsed from text at the edge; no I/O. Start with [`person`] and [`account`].

pub mod account;
pub mod age;
pub mod assurance;
pub mod birth_date;
pub mod id;
pub mod jalali;
pub mod mobile;
pub mod national_id;
pub mod person;
