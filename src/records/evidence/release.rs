//! What may be released about a person at an identity level.
//!
//! Below *substantial* the account may have been made by a stranger who knows a national ID and a birth date. Then nothing is granted
//! that such a stranger did not type: the scopes of registry data are left out of the grant (RFC 6749 §3.3), its consent and its tokens, so
//! that they are not released later either without a consent page that showed them.

use crate::client::scope::Scope;
use crate::identity::assurance::IdentityAssurance;
use crate::oidc::claims::request::{AskedClaim, RequestedClaims, UserClaim};

/// Whether a claim may be released.
pub(crate) fn releases(level: IdentityAssurance, claim: UserClaim) -> bool {
    level.releases_registry_data() || (!claim.scope().is_of_registry() && claim != UserClaim::PhoneNumberVerified)
}

/// The scopes of a request that may be granted.
pub(crate) fn scopes(asked: &[Scope], level: IdentityAssurance) -> Vec<Scope> {
    let may = |scope: &Scope| level.releases_registry_data() || !scope.is_of_registry();
    asked.iter().copied().filter(may).collect()
}

/// The single claims of a request that may be granted.
pub(crate) fn claims(asked: &RequestedClaims, level: IdentityAssurance) -> RequestedClaims {
    let only = |asked: &[AskedClaim]| asked.iter().copied().filter(|asked| releases(level, asked.claim)).collect();
    RequestedClaims { id_token: only(&asked.id_token), userinfo: only(&asked.userinfo), locales: asked.locales.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdentityAssurance::{High, Low, Substantial};

    #[test]
    fn with_a_registry_match_alone_only_what_the_person_typed_is_granted() {
        assert_eq!(scopes(&Scope::ALL, Low), [Scope::Openid, Scope::Phone, Scope::OfflineAccess]);
        let asked: Vec<AskedClaim> = UserClaim::ALL.into_iter().map(AskedClaim::from).collect();
        let asked = RequestedClaims { id_token: asked.clone(), userinfo: asked, locales: Vec::new() };
        let granted = claims(&asked, Low);
        for place in [&granted.id_token, &granted.userinfo] {
            assert_eq!(place, &[AskedClaim::from(UserClaim::PhoneNumber)]);
        }
        for level in [Substantial, High] {
            assert_eq!(scopes(&Scope::ALL, level), Scope::ALL);
            assert_eq!(claims(&asked, level), asked);
        }
    }
}
