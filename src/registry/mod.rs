//! Room `registry/` (floor *world*): the civil registry, which says who a person is, and the service that says who owns a mobile
//! number.
//!
//! It is asked with a national ID and a birth date, and never lists. [`local`] answers from the table of persons in the own store;
//! [`remote`] asks another server, over the wire that [`wire`] describes; [`service`] answers such questions from the local table.
//! [`import`] fills that table from a file of an operator; [`generate`] makes synthetic persons for the demo and for tests.
//!
//! Not here: what follows from an answer (`flows/interaction/proofing.rs`), how persons are stored (`store/people/persons.rs`).
//!
//! Start with [`Registry`]: local table or remote service.

pub mod answer;

pub(crate) mod generate;
pub(crate) mod import;
pub mod local;
mod people;
mod permutation;
mod record;
pub mod remote;
pub mod service;
pub(crate) mod wire;

use crate::identity::birth_date::BirthDate;
use crate::identity::life_event::Change;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::RegistryAnswer;
use crate::registry::answer::{Answer, Asking, RegistryError, SimAnswer};
use crate::registry::local::LocalRegistry;
use crate::registry::remote::RemoteRegistry;

/// The civil registry that this installation asks.
#[derive(Clone)]
pub enum Registry {
    /// The table of persons in the own store.
    Local(LocalRegistry),
    /// A service of the country's registry.
    Remote(RemoteRegistry),
}

impl Registry {
    /// Looks up a person. Both the national ID and the birth date have to match.
    pub async fn ask(
        &self,
        id: &NationalId,
        birth: &BirthDate,
        asking: Asking<'_>,
    ) -> Result<Answer<RegistryAnswer>, RegistryError> {
        match self {
            Self::Local(local) => local.ask(id, birth, asking).await,
            Self::Remote(remote) => remote.ask(id, birth, asking).await,
        }
    }

    /// Whether a number is registered to this person.
    pub async fn owns_number(
        &self,
        id: &NationalId,
        number: &MobileNumber,
        asking: Asking<'_>,
    ) -> Result<Answer<SimAnswer>, RegistryError> {
        match self {
            Self::Local(local) => local.owns_number(id, number, asking).await,
            Self::Remote(remote) => remote.owns_number(id, number, asking).await,
        }
    }

    /// The life events after that number of the feed, the oldest first, at most `most` (500 at a remote registry). A number that is
    /// processed is given as `after` the next time; 0 is the beginning.
    pub async fn changes(&self, after: u64, most: u32, asking: Asking<'_>) -> Result<Vec<Answer<Change>>, RegistryError> {
        match self {
            Self::Local(local) => local.changes(after, most).await,
            Self::Remote(remote) => remote.changes(after, most, asking).await,
        }
    }

    /// Whether the registry is known to be down. Then nobody can be verified; who has an account signs in all the same.
    pub fn is_down(&self) -> bool {
        match self {
            Self::Local(_) => false,
            Self::Remote(remote) => remote.is_down(),
        }
    }
}
