//! Room `oidc/` (floor *words*): what the standards say, as types and pure rules. No I/O, no async.
//!
//! Here: text from the wire becomes a type, once, with every rule that needs no memory. Not here: what needs memory (is this code
//! unused, does the session live), which is in `flows/`; how a client is registered (`client/`, `registration/`); signatures
//! (`crypto/jose/`).
//!
//! A reader comes for one standard:
//!
//! - [`authorization`]: the authorization request and response (RFC 6749 §4.1, OpenID Connect Core §3.1.2), PKCE (RFC 7636), pushed
//!   requests (RFC 9126), request objects (RFC 9101), redirect URIs (RFC 8252), response modes and JARM
//! - [`token`]: token requests and responses (RFC 6749 §4 to §6), client credentials on the wire (RFC 6749 §2.3, RFC 7521), token
//!   exchange (RFC 8693), introspection (RFC 7662, RFC 9701), resources (RFC 8707)
//! - [`claims`]: ID token, access token (RFC 9068), UserInfo, the `claims` parameter, languages
//! - [`details`]: rich authorization requests (RFC 9396); [`binding`] and [`dpop`]: tokens bound to a key (RFC 8705, RFC 9449)
//! - [`logout`]: RP-initiated, back-channel and front-channel logout, session management
//! - [`cross_device`]: device authorization (RFC 8628) and CIBA
//! - [`discovery`], [`paths`]; [`error`]: the one table from a code to a status; [`params`] and [`json`]: how text is read
//!
//! Start with [`authorization::request`]. [`error`] and [`params`] are used by all others.

pub mod authorization;
pub mod binding;
pub mod claims;
pub mod cross_device;
pub mod details;
pub(crate) mod discovery;
pub mod dpop;
pub mod error;
pub mod json;
pub(crate) mod logout;
pub mod params;
pub(crate) mod paths;
pub mod token;
