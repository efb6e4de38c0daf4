//! Room `clients/` (floor *flows*): clients themselves. They authenticate, and they register.
//!
//! [`authenticate_client`] turns credentials into an `AuthenticatedClient` (RFC 6749 §2.3, RFC 7523, RFC 8705); every story of an
//! endpoint for clients takes that type, so that none can be called without it. [`register_client`] is dynamic registration and its
//! management (RFC 7591, RFC 7592).
//!
//! Not here: metadata and its rules (`registration/`), clients declared by an operator (`upkeep/apply_agency_file.rs`). Start with
//! [`authenticate_client`].

pub(crate) mod authenticate_client;
pub(crate) mod first_use;
pub mod register_client;
