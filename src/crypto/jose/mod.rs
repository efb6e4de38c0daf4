//! JOSE: signed and encrypted JWTs, in and out (RFC 7515, RFC 7516, RFC 7517, RFC 7519).

pub mod agreement;
pub mod assertion;
pub mod backchannel_request;
pub mod client_jwt;
pub mod dpop;
pub mod jwe;
pub mod jwks;
pub mod jws;
pub mod key_pair;
pub mod request_object;
pub mod sign;
pub mod verify;
