//! JOSE: signed and encrypted JWTs, in and out (RFC 7515, RFC 7516, RFC 7517, RFC 7519).
//!
//! [`jws`] is the only file that signs a token or checks a signature; the rules that the library does not have stand around it. Ours:
//! [`sign`], [`verify`]. Of clients: [`client_jwt`] for what [`assertion`], [`request_object`] and [`ciba_request`] share, [`dpop`] for
//! proofs that bring their key. [`jwe`] encrypts for a client; nothing is ever decrypted.

pub(crate) mod agreement;
pub mod assertion;
pub mod ciba_request;
pub(crate) mod client_jwt;
pub mod dpop;
pub mod jwe;
pub mod jwks;
pub(crate) mod jws;
pub(crate) mod key_pair;
pub mod request_object;
pub mod sign;
pub mod verify;
