//! Room `edge/` (floor *web*): what a stranger can use up before a handler runs, and who the stranger is.
//!
//! Connections have slots ([`slots`]), a head has one bound of size and of time on every version of HTTP ([`frames`] follows the bytes,
//! [`watched`] holds the clock), bodies have a time and all of them together a place in memory ([`bodies`], [`memory`]). Each of
//! these is counted for a network ([`shares`]). [`host`] says whether a head names one host, [`forwarded`] whose address a request
//! behind proxies counts for.
//!
//! [`server`]: one connection with its TLS and the certificate of its client.
//!
//! [`registry_service`]: the reference service of the civil registry, a listener of its own.
//!
//! [`assets`]: files that a page loads, which ask nothing of the rest. [`cors`], [`dpop`], [`interaction_id`]: headers of requests and
//! answers.
//!
//! Not here: the loop that accepts and serves (`web/server/`), limits of what a handler does (`app/throttle/`).
//!
//! Start with [`slots`]; `docs/operating.md` ("What a stranger can use up") has the bounds, `tests/it/edge/` the attacks.

pub mod assets;
pub(crate) mod bodies;
pub(crate) mod cors;
pub(crate) mod dpop;
pub(crate) mod forwarded;
pub(crate) mod frames;
pub(crate) mod host;
pub(crate) mod interaction_id;
pub(crate) mod memory;
pub(crate) mod metrics;
pub mod registry_service;
pub mod server;
pub(crate) mod shares;
pub(crate) mod slots;
pub(crate) mod watched;
