//! Room `crypto/` (floor *tools*): keys, tokens, seals, passwords, passkeys. It computes; it stores nothing and sends nothing.
//!
//! - `seal.rs`: the master key, and what is sealed under it (codes, private keys) · `pairwise.rs`: a `sub` for each sector ·
//!   `refresh_chain.rs`: which refresh token follows on which
//! - `keyring.rs`: our signing keys with their states · `rotation.rs`: when they change
//! - `jose/`: JWTs. `jws.rs` signs and verifies by `jsonwebtoken` (RFC 7515), the seam for keys in hardware; `sign.rs`, `verify.rs`:
//!   our own tokens; `client_jwt.rs`: JWTs of clients; `dpop.rs`; `jwks.rs`; `jwe.rs`: encryption for a client (RFC 7516)
//! - `password.rs`: Argon2id · `passkey.rs`: WebAuthn · `certificate.rs`: certificates of clients (RFC 8705) · `server_tls.rs`: TLS to
//!   servers of our own
//!
//! Not here: the rules of a protocol that need no key (`oidc/`), where keys are kept (`store/keys.rs`), fetching clients' keys
//! (`app/client_keys.rs`).
//!
//! Primitives are those of `aws-lc-rs`. A token never chooses the algorithm, key or type by which it is checked (RFC 8725). Start with
//! `keyring.rs`, then `jose/jws.rs`; why JWS is a library's and JWE is not: `docs/adr/0002-jws-by-jsonwebtoken.md` and
//! `0003-jwe-is-ours.md`.

pub mod certificate;
pub mod jose;
pub mod keyring;
pub(crate) mod pairwise;
pub(crate) mod passkey;
pub mod password;
pub(crate) mod refresh_chain;
pub mod rotation;
pub mod seal;
pub(crate) mod server_tls;
#[cfg(test)]
mod soft_authenticator;
