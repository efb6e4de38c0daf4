//! Endpoints that clients call with their credentials.

pub mod ciba;
pub mod device_authorization;
pub mod introspect;
pub mod par;
pub mod register;
pub mod revoke;
pub mod token;
pub mod userinfo;
