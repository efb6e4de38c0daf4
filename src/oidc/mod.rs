//! Room `oidc/` (floor 1): what the standards say, as types and pure rules. No I/O, no async, nothing from above.
//!
//! Text from the wire becomes a type here once, with every rule that needs no memory applied; what needs memory (is the code
//! unused, is the session alive) is told in `flows/`. A reader comes for one standard:
//!
//! - [`authorization`]: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1; [`redirect`]: where an answer may go (RFC 6749 §3.1.2,
//!   RFC 8252); [`response`]: the answer (RFC 6749 §4.1.2, RFC 9207, form post)
//! - [`presented`]: a token shown to be ended or asked about (RFC 7009, RFC 7662); [`introspection`]: the answer (RFC 7662, RFC 9701)
//! - [`dpop`]: what a proof of possession must say (RFC 9449); [`mutual_tls`]: what a certificate must (RFC 8705); [`profile`]: FAPI 2.0
//! - [`details`]: what is asked for object by object (RFC 9396)
//! - [`exchange`]: a token for one that is for another agency (RFC 8693); [`grant_type`]: the ways to tokens
//! - [`device`]: RFC 8628; [`ciba`]: backchannel authentication; [`decoupled`]: what it shares with every request that a person answers elsewhere
//! - [`resource`]: what tokens are for; [`token_policy`]: what a client is registered for there; [`step_up`]: how strong and fresh the
//!   authentication behind them has to be (RFC 9470)
//! - [`token`]: RFC 6749 §4.1.3, §4.4, §6; [`credentials`]: how a client shows who it is (RFC 6749 §2.3, RFC 7521); [`pkce`]: RFC 7636
//! - [`claims`]: ID token, RFC 9068 access token; [`user_claims`]: UserInfo; [`claim_locale`]: in which language; [`scope`]; [`discovery`]; [`logout`]: RP-Initiated Logout; [`logout_token`]:
//!   Back- and Front-Channel Logout; [`session_state`]: Session Management
//! - [`client`]: what is registered; [`client_pages`]: what ours show of it; [`registration`]: the file that registers it; [`error`]: one table of codes; [`params`]
//! - [`claims_request`]: the `claims` parameter; [`pushed`]: RFC 9126; [`request_object`]: RFC 9101; [`request_rules`]: how a client's
//!   requests must arrive; [`protection`]: how it is answered; [`json`]: read strictly; [`jwk`]: clients' keys;
//!   [`interaction_id`]: the name of one call

pub mod authorization;
pub mod binding;
pub mod claims;
pub mod cross_device;
pub mod details;
pub mod discovery;
pub mod dpop;
pub mod error;
pub mod interaction_id;
pub mod json;
pub mod jwk;
pub mod logout;
pub mod params;
pub mod paths;
pub mod token;
