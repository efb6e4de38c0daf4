//! Wing `delivery/`: what others must be told reaches them, or gives up.
//!
//! A story writes a row into the outbox in the transaction of what it tells of (`outbox.rs`). The delivery loop of every instance
//! claims rows that are due and sends them ([`run`]), with places for each kind, so that a slow recipient of one kind does not delay
//! another. What is sent, and for how long it is tried, stands with its kind: `ping.rs` (CIBA), `letter.rs` (letters), and
//! [`crate::flows::session::backchannel_logout`].
//!
//! Text messages to citizens are rows of the same outbox; what is done with one is in `messaging/`. Start with [`run`].

pub(crate) mod letter;
pub(crate) mod outbox;
pub(crate) mod ping;
pub mod run;
