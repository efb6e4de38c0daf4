//! Room `store/` (floor *world*): durable state, in SQL. Other SQL is in `db/` and `transient/table.rs` only.
//!
//! [`Store`] reads, each method one statement outside any transaction. [`Tx`] writes, and [`Tx::save`] resolves when everything is on
//! disk. One file per group of tables, its statements at the head. Rows never leave this room: they become values of `identity/`,
//! `client/` and `records/`, or an error that names table, column and row. On SQLite what is read on every request is cached
//! (`row_cache.rs`).
//!
//! Not here: short-lived state (`transient/`); the drivers and the engine (`db/`); the order in which stories write (`flows/`).
//!
//! Start with `grants/issued.rs`. To add a table: a migration, a file here, a line in `statements.rs`, a test in `tests/it/store/`.
//!
//! # The portable dialect
//!
//! Every statement runs unchanged on both databases: types are `TEXT`, `BIGINT`, `BOOLEAN`, `BYTEA`; time is milliseconds, passed in;
//! bytes only as bound values; placeholders `$1…`; single use is `UPDATE … WHERE … IS NULL RETURNING`; no `now()`, no arrays, no row
//! locks. The conformance suite (`tests/it/store/`) prepares every statement and runs every method on both.

pub(crate) mod handle;

pub(crate) mod clients;
pub(crate) mod events;
pub(crate) mod expire;
pub(crate) mod grants;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod known_subjects;
pub mod messages;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod readiness;
pub(crate) mod row_cache;
pub(crate) mod rows;
pub(crate) mod session_clients;
mod statements;
pub(crate) mod tx;

pub use crate::db::error::StoreError;
pub use crate::db::migrate::SchemaProblem;
pub use crate::db::options::StoreOptions;
pub use crate::store::clients::registration_tokens::RegistrationToken;
pub use crate::store::events::reading::{ReadEvent, Stretch};
pub use crate::store::grants::issued::GRANT_EXISTS;
pub use crate::store::grants::refresh::{KeptRefresh, RefreshClaim};
pub use crate::store::handle::Store;
pub use crate::store::people::proofing::NewClaim;
pub use crate::store::tx::Tx;
