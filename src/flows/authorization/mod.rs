//! Stories of the authorization endpoint: the request arrives, is resolved, is answered.

pub mod hint;

pub mod authorization_code;
pub mod authorization_response;
pub mod authorize;
pub mod par;
pub mod resolve_request;
