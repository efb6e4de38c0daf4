//! Cross-device requests: a client asks, the person decides in another browser (RFC 8628, OpenID Connect CIBA Core).

pub mod ciba;
pub mod device;
pub mod request;
