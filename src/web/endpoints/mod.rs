//! The endpoints of the standards. Each file is the wire of the story of the same name in `flows/`.

pub(crate) mod approve;
pub(crate) mod authorize;
pub(crate) mod check_session;
pub(crate) mod clients;
pub(crate) mod developers;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod health;
pub(crate) mod logout;
pub(crate) mod notices;
pub(crate) mod resume_form;
pub(crate) mod services;
pub(crate) mod window;
