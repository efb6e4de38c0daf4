//! Room `client/` (floor *words*): a registered client, and the words of its registration (RFC 7591 §2, OpenID Connect Registration
//! §2).
//!
//! Here: [`metadata::Client`] and the parts that it is made of (`parts/`); the closed sets of names (ids, grant types, scopes,
//! algorithms, methods) as enums; the agency that owns clients; the name under which a client is shown ([`display_name`]); its public
//! keys as JSON ([`jwk`]); FAPI 2.0 as a profile that a client is held to.
//!
//! Not here: reading metadata from a file or a request, and writing it (`registration/`); the messages that clients send (`oidc/`); the
//! copy in memory that every request reads (`app/client_cache.rs`).
//!
//! Start with [`metadata`], then [`words`].

pub mod agency;
pub mod detail_types;
pub mod display_name;
pub mod grant_type;
pub(crate) mod held_to;
pub(crate) mod jwk;
pub mod metadata;
pub mod parts;
pub mod profile;
pub mod resource;
pub mod scope;
pub mod step_up;
pub mod words;
