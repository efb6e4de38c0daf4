//! Endpoints that clients call with their credentials. What they share (form, credentials, log) is in
//! [`client_endpoint`](crate::web::client_endpoint).

pub(crate) mod ciba;
pub(crate) mod device_authorization;
pub(crate) mod introspect;
pub(crate) mod par;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;
