//! The listener: connections, TLS, layers around every request.

pub(crate) mod certificate;
pub(crate) mod connection;
pub(crate) mod layers;
pub(crate) mod metrics;
pub mod serve;
pub mod tls;
