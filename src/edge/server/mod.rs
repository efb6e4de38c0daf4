//! One connection to this program: its TLS, the client's certificate, the requests on it. The loop that accepts connections is in
//! `web/server/`.

pub(crate) mod certificate;
pub(crate) mod connection;
pub mod tls;
