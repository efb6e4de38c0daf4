//! Room `registry/` (floor 3): the civil registry, which says who a person is, and the service that says whose a number is.
//!
//! Asked with a national ID and a birth date; it never lists. [`local`] answers from the table of the own store; [`import`] and
//! [`generate`] make what that table holds. Start with [`Registry`].

pub mod answer;

pub mod generate;
pub mod import;
pub mod local;
mod people;
mod permutation;
mod record;

use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::RegistryAnswer;
use crate::registry::answer::{RegistryError, SimAnswer};
use crate::registry::local::LocalRegistry;

/// The civil registry that this installation asks.
#[derive(Clone)]
pub enum Registry {
    /// The table of persons in the own store.
    Local(LocalRegistry),
}

impl Registry {
    /// Who somebody is. Both the national ID and the birth date must be theirs.
    pub async fn ask(&self, id: &NationalId, birth: &BirthDate) -> Result<RegistryAnswer, RegistryError> {
        match self {
            Self::Local(local) => local.ask(id, birth).await,
        }
    }

    /// Whether a number is registered to this person.
    pub async fn owns_number(&self, id: &NationalId, number: &MobileNumber) -> Result<SimAnswer, RegistryError> {
        match self {
            Self::Local(local) => local.owns_number(id, number).await,
        }
    }
}
