//! Room `boot/` (floor *boot*): assembles the program, once for `serve`, `demo` and the tests.
//!
//! - `program.rs`: the order of a start: log and metrics, stores, keys, then [`App`](crate::app::App), then serving until told to stop.
//! - `start.rs`: [`Parts`](start::Parts) become an `App`; the background tasks.
//! - `stores.rs`, `master_key.rs`, `signing_keys.rs`, `messages.rs`, `tls.rs`, `listeners.rs`, `telemetry.rs`: one part each, opened as
//!   the settings say.
//! - `registry.rs`: the civil registry, local or remote, and the key of the reference service.
//! - `private.rs`: files that others must not read.
//! - `agency_file.rs`: an agency file, read from disk.
//! - `doctor.rs`: what is wrong with a deployment (`panjereh doctor`).
//! - `failure.rs`: why a start or a command failed, and what the operator can do.
//!
//! It reads files and makes those that a development machine lacks. Not here: the command line and the environment (`cli/`), printing,
//! pages. Start with `program.rs`.

pub(crate) mod agency_file;
pub(crate) mod doctor;
pub(crate) mod failure;
pub(crate) mod listeners;
pub(crate) mod master_key;
pub(crate) mod messages;
pub(crate) mod private;
pub(crate) mod program;
pub mod registry;
pub(crate) mod signing_keys;
pub mod start;
pub(crate) mod stores;
pub(crate) mod telemetry;
pub mod tls;
