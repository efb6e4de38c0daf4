//! Whether a remote civil registry answers, and whether its answer is believed.

use super::Finding;
use crate::boot::registry::open_registry;
use crate::identity::birth_date::BirthDate;
use crate::identity::national_id::NationalId;
use crate::random::Random;
use crate::registry::answer::{Asking, RegistryError};
use crate::settings::{RegistrySource, Settings};
use crate::store::Store;
use crate::time::Clock;
use std::error::Error as _;

const PART: &str = "registry";

/// Asks about a national ID that no register gives out: the answer is signed all the same. Nothing where the registry is local.
pub(super) async fn examine(settings: &Settings, store: &Store) -> Option<Finding> {
    if settings.registry.source == RegistrySource::Local {
        return None;
    }
    let registry = match open_registry(settings, store) {
        Ok(registry) => registry,
        Err(failure) => return Some(Finding::failed(PART, &failure)),
    };
    let (id, birth) = (NationalId::from_nine_digits(1)?, BirthDate::parse_iso("1850-01-01")?);
    Some(match registry.ask(&id, &birth, Asking { clock: &Clock::System, random: &Random::Os }).await {
        Ok(_) => Finding::good(PART, "it answers, and its signature is that of a key in registry.keys"),
        Err(error) => Finding::wrong(
            PART,
            error.source().map_or_else(|| error.to_string(), ToString::to_string),
            match error {
                RegistryError::FeedLost => "ask the registry's operator",
                RegistryError::Unavailable(_) => {
                    "check [registry]: url, name and keys must be the registry's, certificate one that it knows, and the clocks equal"
                }
            },
        ),
    })
}
