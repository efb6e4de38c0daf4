//! Scopes: the standard ones (RFC 6749 §3.3, OpenID Connect Core §5.4, §11) and this server's own.

use serde::{Deserialize, Serialize};

/// A scope that the server knows. Unknown scopes in a request are ignored (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Makes the request an OpenID Connect request.
    Openid,
    /// Names, birth date, gender.
    Profile,
    /// Mobile number.
    Phone,
    /// Address.
    Address,
    /// A refresh token.
    OfflineAccess,
    /// The national ID.
    NationalId,
    /// The claim `age_over_18` only, for clients that do not need the birth date.
    #[serde(rename = "age_over_18")]
    AgeOver18,
}

impl Scope {
    /// All, in the order in which discovery and the consent page list them.
    pub const ALL: [Self; 7] =
        [Self::Openid, Self::Profile, Self::Phone, Self::Address, Self::NationalId, Self::AgeOver18, Self::OfflineAccess];

    /// The value on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Profile => "profile",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::OfflineAccess => "offline_access",
            Self::NationalId => "national_id",
            Self::AgeOver18 => "age_over_18",
        }
    }

    /// Whether it gives data of the civil registry about the person. The mobile number is not: the person typed it, and a one-time
    /// code confirmed it.
    pub(crate) const fn is_of_registry(self) -> bool {
        match self {
            Self::Profile | Self::Address | Self::NationalId | Self::AgeOver18 => true,
            Self::Openid | Self::Phone | Self::OfflineAccess => false,
        }
    }

    /// The scope of that name, if it is known.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The known scopes of a space-separated list, each once, in the order of [`Scope::ALL`].
pub(crate) fn parse_scopes(list: &str) -> Vec<Scope> {
    Scope::ALL.into_iter().filter(|scope| list.split(' ').any(|name| name == scope.name())).collect()
}

/// The space-separated list on the wire.
pub(crate) fn scope_list(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc6749_3_3_scopes_are_separated_by_spaces_and_compared_with_case() {
        assert_eq!(parse_scopes("phone openid phone Profile unknown"), [Scope::Openid, Scope::Phone]);
        assert_eq!(parse_scopes("openid,phone"), []);
        assert_eq!(scope_list(&parse_scopes("phone openid")), "openid phone");
    }

    #[test]
    fn the_name_on_the_wire_is_the_name_in_the_store() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
        }
    }

    proptest! {
        #[test]
        fn a_list_contains_only_scopes_that_it_names_between_spaces(list in "(openid|phone|Phone|profile|x| |,|\\t){0,12}") {
            let scopes = parse_scopes(&list);
            prop_assert!(scopes.iter().all(|scope| list.split(' ').any(|name| name == scope.name())));
            prop_assert_eq!(parse_scopes(&scope_list(&scopes)), scopes);
        }
    }
}
