//! Room `upkeep/` (floor *flows*): what runs without a citizen and without a client.
//!
//! [`jobs`] (what one instance does for all), `noted_events.rs` (writes the events that were counted), [`rotate_keys`],
//! [`apply_agency_file`] (what an operator declares). It knows nothing of the stories in `flows/`. Start with [`jobs`].

pub(crate) mod apply_agency_file;
pub mod jobs;
mod noted_events;
pub mod rotate_keys;
