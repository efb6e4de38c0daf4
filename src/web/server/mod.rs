//! The listener: connections, TLS, layers around every request.

pub mod certificate;
pub mod connection;
pub mod layers;
pub mod metrics;
pub mod serve;
pub mod tls;
