//! The authorization endpoint's words: the request, how it may arrive, and the response (RFC 6749 §4.1, OpenID Connect Core §3.1.2).

pub mod pkce;
pub mod prompt;
pub mod pushed;
pub mod redirect;
pub mod request;
pub mod request_object;
pub mod response;
pub(crate) mod response_mode;
