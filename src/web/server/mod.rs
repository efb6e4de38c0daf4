//! The listener: connections, TLS, layers around every request. What bounds them is in `edge/`.

pub(crate) mod certificate;
pub(crate) mod connection;
pub(crate) mod layers;
pub mod serve;
pub mod tls;
