//! Room `client/` (words): a registered client and the words of its registration (RFC 7591 §2, OpenID Connect Registration §2).
//!
//! What is here: [`metadata::Client`] and the parts that it is made of. What is not: reading metadata from a file or a request
//! (`registration/`), and the protocol that clients speak (`oidc/`). Start with [`metadata`].

pub mod agency;
pub mod detail_types;
pub mod grant_type;
pub mod held_to;
pub mod metadata;
pub mod parts;
pub mod profile;
pub mod resource;
pub mod scope;
pub mod step_up;
pub mod words;
