//! What a person allowed a client, and the grant that each sign-in makes.

use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::identity::id::AccountId;
use crate::oidc::claims::request::UserClaim;
use crate::time::Timestamp;

/// Scopes that a person allowed a client, remembered until withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who allowed it.
    pub account: AccountId,
    /// To whom.
    pub client: ClientId,
    /// What.
    pub scopes: Vec<Scope>,
    /// Single claims besides.
    pub claims: Vec<UserClaim>,
    /// When it was last changed.
    pub given_at: Timestamp,
}
