//! The endpoints of the standards: each file is the wire of the flow of the same name.

pub mod approve;
pub mod authorize;
pub mod check_session;
pub mod clients;
pub mod device;
pub mod discovery;
pub mod health;
pub mod logout;
pub mod resume_form;
pub mod window;
