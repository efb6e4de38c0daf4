//! Room `crypto/`: keys, signatures, seals, passwords, passkeys. It computes; it stores nothing and sends nothing.
//!
//! - `seal.rs` the master key and what is sealed under it (codes, private keys) · `pairwise.rs` a `sub` per sector
//! - `refresh_chain.rs` which refresh token follows on which
//! - `key_pair.rs` one private key · `keyring.rs` all of ours, with their states · `rotation.rs` when they change
//! - `jws.rs` signing and checking a signature by `jsonwebtoken` (RFC 7515): the seam for keys in hardware
//! - `sign.rs` claims to token · `verify.rs` our tokens back to claims · `client_jwt.rs` a client's JWTs: `assertion.rs`
//!   (RFC 7523 §3), `request_object.rs` (RFC 9101) · `dpop.rs` a proof that brings its key, and the nonces for it (RFC 9449)
//! - `jwks.rs` public keys as JSON (RFC 7517, RFC 7638) · `jwe.rs` encrypting for a client (RFC 7516), `agreement.rs` on which
//!   curves
//! - `password.rs` what a password is, Argon2id · `passkey.rs` WebAuthn
//!
//! Start at `keyring.rs`. JWS is `jsonwebtoken`'s, the primitives are `aws-lc-rs`; no algorithm, key or type is ever chosen by what a
//! token says (RFC 8725).

pub mod certificate;
pub mod jose;
pub mod keyring;
pub mod pairwise;
pub mod passkey;
pub mod password;
pub mod refresh_chain;
pub mod rotation;
pub mod seal;
#[cfg(test)]
mod soft_authenticator;
