//! Wing `token/`: the endpoints that clients call. Tokens are issued, introspected and revoked.
//!
//! Each grant type is a file that only finds and consumes what the client presents: [`redeem_code`], [`refresh`], [`exchange`],
//! [`client_credentials`] (and [`decide`](crate::flows::cross_device::decide) for cross-device requests). [`grant_pipeline`] has
//! everything that they share: narrow, mint, write, look again, answer. [`issue`] is the only place that mints tokens. [`introspect`],
//! [`revoke`] and [`userinfo`] take a token; [`dpop`] checks the proof beside it; [`encrypt_response`] encrypts for a client.
//!
//! Not here: who the client is (`clients/`), the form of requests and tokens (`oidc/token/`, `oidc/claims/`). Start with
//! [`redeem_code`].

pub(crate) mod client_credentials;
pub(crate) mod dpop;
pub(crate) mod encrypt_response;
pub(crate) mod exchange;
pub(crate) mod grant_pipeline;
pub(crate) mod introspect;
pub(crate) mod issue;
pub(crate) mod not_issued;
pub(crate) mod redeem_code;
pub(crate) mod refresh;
pub(crate) mod revoke;
pub(crate) mod userinfo;
