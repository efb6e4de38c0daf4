//! Stories of the endpoints that clients call: tokens are issued, asked about, given back.

pub mod client_credentials;
pub mod dpop;
pub mod encrypt_response;
pub mod exchange;
pub mod grant_pipeline;
pub mod introspect;
pub mod issue;
pub mod redeem_code;
pub mod refresh;
pub mod revoke;
pub mod userinfo;
