//! Wing `authorization/`: the authorization endpoint. A request arrives, is resolved and is answered (RFC 6749 §4.1, OpenID Connect
//! Core §3.1.2).
//!
//! [`authorize`] is the story. [`resolve_request`] finds the request wherever it is: in the parameters, pushed before (`par.rs`, RFC
//! 9126), or in a signed request object (RFC 9101). [`hint`] compares `id_token_hint` with the session. [`leave`]
//! decides whether a browser may leave for a client before the person has done anything. [`authorization_code`] makes
//! and reads the code, which is its own sealed record; [`authorization_response`] signs the answer where the client asks for JARM.
//!
//! Not here: the pages between request and answer, which are the wing `interaction/`. Start with [`authorize`].

pub(crate) mod hint;
pub(crate) mod leave;

pub(crate) mod authorization_code;
pub(crate) mod authorization_response;
pub(crate) mod authorize;
pub(crate) mod par;
pub(crate) mod resolve_request;
