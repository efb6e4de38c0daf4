//! Room `identity/` (floor *country*): who a person is, what an account is, and how well it is known.
//!
//! Here: the national ID, dates of birth in both calendars, adulthood, mobile numbers, the person and the account, levels of assurance,
//! and the 128-bit ids of everything that is kept. Typed values and rules, parsed from text at the edge; no I/O, no async.
//!
//! Not here: the protocol (`oidc/`), what the civil registry answers over the wire (`registry/`), tables (`store/`). This room knows
//! nothing above it: what another country would have to change is in this room and in the section `[country]` of the settings
//! (`docs/adr/0008-country-rules.md`).
//!
//! Start with [`person`] and [`account`]; [`national_id`] shows how a value is parsed.

pub mod account;
pub(crate) mod age;
pub mod assurance;
pub mod birth_date;
pub(crate) mod card;
pub mod id;
pub mod jalali;
pub mod life_event;
pub mod mobile;
pub mod national_id;
pub mod person;
pub mod provenance;
pub(crate) mod typed_code;
