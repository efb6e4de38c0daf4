//! Room `store/` (floor 3): durable state, and the only room that says SQL.
//!
//! [`Store`] reads, each method one statement outside any transaction; [`Tx`] writes, and [`Tx::save`] resolves when it is on disk. One
//! file per concern, its SQL at the head. Rows never leave this room: they become the words of `identity/` and `oidc/`, or an error that
//! names table, column and row. Start with `grants.rs`; `db.rs` is the seam between SQLite and PostgreSQL.
//! On SQLite, what `transient/` decides in memory goes to disk here, with whatever is committed next: `short_lived.rs` and `journal.rs`.
//!
//! # The portable dialect
//!
//! Every text runs unchanged on both databases: types are `TEXT`, `BIGINT`, `BOOLEAN`, `BYTEA`; time is milliseconds, passed in; bytes
//! only as bound values; placeholders `$1…`; single use is `UPDATE … WHERE … IS NULL RETURNING`; no `now()`, no arrays, no row locks. The
//! conformance suite (`tests/it/store/`) prepares every statement and runs every method on both.

pub mod handle;

pub mod backchannel;
pub mod clients;
pub mod events;
pub mod expire;
pub mod grants;
pub mod jobs;
pub mod keys;
pub mod outbox;
pub mod people;
pub mod row_cache;
pub mod rows;
pub mod session_clients;
mod statements;
pub mod tx;

pub use crate::db::StoreOptions;
pub use crate::db::error::StoreError;
pub use crate::db::migrate::SchemaProblem;
pub use crate::store::clients::registration_tokens::RegistrationToken;
pub use crate::store::grants::issued::GRANT_EXISTS;
pub use crate::store::grants::refresh::{KeptRefresh, RefreshClaim};
pub use crate::store::handle::Store;
pub use crate::store::tx::Tx;
