//! A person's consent for a client.

use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::identity::id::AccountId;
use crate::oidc::claims::request::UserClaim;
use crate::time::Timestamp;

/// What a person allowed a client. It is valid until the person withdraws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The account of the person.
    pub account: AccountId,
    /// The client that got the consent.
    pub client: ClientId,
    /// The allowed scopes.
    pub scopes: Vec<Scope>,
    /// Claims that were allowed one by one, in addition to the scopes.
    pub claims: Vec<UserClaim>,
    /// When it was last changed.
    pub given_at: Timestamp,
}
