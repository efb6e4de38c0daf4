//! Stories of cross-device requests: device authorization (RFC 8628) and CIBA.

pub mod approve;
pub mod ciba;
pub mod decide;
pub mod device;
