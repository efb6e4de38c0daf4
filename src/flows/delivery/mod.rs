//! Wing `delivery/`: what other servers must be told reaches them, or gives up. A story writes a row into the outbox in the transaction of
//! what it tells of (`outbox.rs`); the delivery loop of every instance claims rows that are due and sends them (`run.rs`). What is
//! said to a client, and how, stands with its kind: `ping.rs`, and [`crate::flows::session::backchannel_logout`].

pub(crate) mod outbox;
pub(crate) mod ping;
pub mod run;
