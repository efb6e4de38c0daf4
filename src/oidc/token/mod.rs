//! The words of the endpoints that clients call with credentials: token, introspection, revocation (RFC 6749 §3.2, RFC 7662, RFC 8693).

pub mod credentials;
pub mod exchange;
pub mod introspection;
pub(crate) mod presented;
pub mod request;
pub(crate) mod resource;
