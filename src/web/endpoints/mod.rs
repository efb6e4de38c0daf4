//! The endpoints of the standards: each file is the wire of the flow of the same name.

pub mod approve;
pub mod authorize;
pub mod check_session;
pub mod ciba;
pub mod device;
pub mod device_authorization;
pub mod discovery;
pub mod health;
pub mod introspect;
pub mod logout;
pub mod par;
pub mod parked;
pub mod register;
pub mod revoke;
pub mod token;
pub mod userinfo;
pub mod window;
