//! Room `guide/` (floor *words*): the guide for agencies' developers, as pages that can be shown and searched.
//!
//! The pages are the files of `docs/connect`, whose programs the tests run. [`markdown`] renders each once, [`pages`] holds them
//! all and knows their order, [`search`] finds words in them. What the tests' demo has as its address, a reader sees as the issuer
//! of this very deployment.
//!
//! Not here: the frame around a page and its handlers (`web/endpoints/developers.rs`).
//!
//! Start with [`pages`].

pub(crate) mod address;
pub(crate) mod markdown;
pub(crate) mod pages;
pub mod search;
