//! Assurance: how well a person's identity was verified, how strong their sign-in was, and the `acr` that follows from both.

use serde::{Deserialize, Serialize};

/// How well the identity of an account's person was verified (the identity half of `acr`). [`IdentityAssurance::of`] computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityAssurance {
    /// The registry matched. Knowing a national ID and a birth date is enough for it.
    Low,
    /// The registry matched, and the person proved possession of something that the registry or the SIM service vouches for.
    Substantial,
    /// Checked in person or by chip.
    High,
}

impl IdentityAssurance {
    /// The name in the event log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }
}

/// What an identity level rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The civil registry knows the national ID with this birth date, and the person as alive.
    RegistryMatch,
    /// The person has the telephone whose number the SIM service or the registry vouches for.
    OwnedNumber,
    /// The person knows the serial of the national card, and the registry confirms it.
    CardSerial,
    /// The person entered the code of a letter to the address of record.
    LetterCode,
    /// An officer compared the person with a document.
    InPerson,
}

impl EvidenceKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::RegistryMatch, Self::OwnedNumber, Self::CardSerial, Self::LetterCode, Self::InPerson];

    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegistryMatch => "registry_match",
            Self::OwnedNumber => "owned_number",
            Self::CardSerial => "card_serial",
            Self::LetterCode => "letter_code",
            Self::InPerson => "in_person",
        }
    }
}

/// The rules of the identity levels, the highest first: a level holds if the account has all evidence of one of its rows.
const RULES: [(IdentityAssurance, &[EvidenceKind]); 5] = [
    (IdentityAssurance::High, &[EvidenceKind::RegistryMatch, EvidenceKind::InPerson]),
    (IdentityAssurance::Substantial, &[EvidenceKind::RegistryMatch, EvidenceKind::OwnedNumber]),
    (IdentityAssurance::Substantial, &[EvidenceKind::RegistryMatch, EvidenceKind::CardSerial]),
    (IdentityAssurance::Substantial, &[EvidenceKind::RegistryMatch, EvidenceKind::LetterCode]),
    (IdentityAssurance::Low, &[EvidenceKind::RegistryMatch]),
];

impl IdentityAssurance {
    /// The level of an account with this evidence (NIST SP 800-63A-4 §4.1, §4.2). Without any it is the lowest.
    pub fn of(evidence: &[EvidenceKind]) -> Self {
        let holds = |needed: &[EvidenceKind]| needed.iter().all(|kind| evidence.contains(kind));
        RULES.iter().find(|(_, needed)| holds(needed)).map_or(Self::Low, |(level, _)| *level)
    }

    /// Whether the registry's data about the person may be shown and released. Below, the person may be anybody who knows a
    /// national ID and a birth date.
    pub(crate) const fn releases_registry_data(self) -> bool {
        matches!(self, Self::Substantial | Self::High)
    }
}

/// A method by which a person authenticates; its `amr` values are those of RFC 8176 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// A passkey with user verification, bound to one device.
    Passkey,
    /// A passkey with user verification that its provider synchronises between devices.
    SyncedPasskey,
    /// A password.
    Password,
    /// A one-time code by SMS.
    SmsCode,
    /// A recovery code.
    RecoveryCode,
}

impl AuthenticationMethod {
    /// The `amr` values this method adds (RFC 8176 §2).
    pub(crate) const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Passkey => &["hwk", "user"],
            Self::SyncedPasskey => &["swk", "user"],
            Self::Password => &["pwd"],
            Self::SmsCode => &["sms", "otp"],
            Self::RecoveryCode => &["otp"],
        }
    }
}

/// The level of one sign-in: the lower of the identity's and the authentication's level. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acr {
    /// `urn:panjereh:acr:low`
    Low,
    /// `urn:panjereh:acr:substantial`
    Substantial,
    /// `urn:panjereh:acr:high`
    High,
}

impl Acr {
    /// All levels, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Substantial, Self::High];

    /// The value in requests and tokens.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Low => "urn:panjereh:acr:low",
            Self::Substantial => "urn:panjereh:acr:substantial",
            Self::High => "urn:panjereh:acr:high",
        }
    }

    /// The level that an `acr` value names, if this server has such a level.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.uri() == uri)
    }

    /// The level of a sign-in: the lower of the level of the identity and the level of the authentication methods.
    pub(crate) fn of(identity: IdentityAssurance, methods: &[AuthenticationMethod]) -> Self {
        let identity = match identity {
            IdentityAssurance::Low => Self::Low,
            IdentityAssurance::Substantial => Self::Substantial,
            IdentityAssurance::High => Self::High,
        };
        identity.min(Self::of_methods(methods))
    }

    /// A passkey with user verification has two factors and resists phishing. A synchronised passkey is at most substantial: the
    /// highest level requires a key that cannot be exported (NIST SP 800-63B-4 §2.3.2). A password needs a code as second factor.
    fn of_methods(methods: &[AuthenticationMethod]) -> Self {
        use AuthenticationMethod::{Passkey, Password, RecoveryCode, SmsCode, SyncedPasskey};
        let has = |method| methods.contains(&method);
        if has(Passkey) {
            Self::High
        } else if has(SyncedPasskey) || (has(Password) && (has(SmsCode) || has(RecoveryCode))) {
            Self::Substantial
        } else {
            Self::Low
        }
    }
}

/// The `amr` claim of these methods: each value once, and `mfa` if there were two factors (RFC 8176 §2).
pub(crate) fn amr(methods: &[AuthenticationMethod]) -> Vec<&'static str> {
    let mut values: Vec<&'static str> = Vec::new();
    for value in methods.iter().flat_map(|method| method.amr()) {
        if !values.contains(value) {
            values.push(value);
        }
    }
    if Acr::of_methods(methods) > Acr::Low {
        values.push("mfa");
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use AuthenticationMethod::{Passkey, Password, RecoveryCode, SmsCode, SyncedPasskey};
    use proptest::prelude::*;

    #[test]
    fn the_level_is_the_lower_of_identity_and_authentication() {
        assert_eq!(Acr::of(IdentityAssurance::Low, &[Passkey]), Acr::Low);
        assert_eq!(Acr::of(IdentityAssurance::Substantial, &[Passkey]), Acr::Substantial);
        assert_eq!(Acr::of(IdentityAssurance::High, &[Passkey]), Acr::High);
        assert_eq!(Acr::of(IdentityAssurance::High, &[SyncedPasskey]), Acr::Substantial);
        assert_eq!(Acr::of(IdentityAssurance::Low, &[SyncedPasskey]), Acr::Low);
        assert_eq!(Acr::of(IdentityAssurance::High, &[Password]), Acr::Low);
        assert_eq!(Acr::of(IdentityAssurance::High, &[Password, SmsCode]), Acr::Substantial);
        assert_eq!(Acr::of(IdentityAssurance::Substantial, &[Password, RecoveryCode]), Acr::Substantial);
    }

    #[test]
    fn rfc8176_2_amr_has_mfa_when_there_were_two_factors() {
        assert_eq!(amr(&[Password, SmsCode]), ["pwd", "sms", "otp", "mfa"]);
        assert_eq!(amr(&[Password]), ["pwd"]);
        assert_eq!(amr(&[Passkey]), ["hwk", "user", "mfa"]);
        assert_eq!(amr(&[SyncedPasskey]), ["swk", "user", "mfa"]);
    }

    #[test]
    fn rfc8176_2_the_amr_of_a_recovery_code_is_otp_and_not_kba() {
        assert_eq!(amr(&[Password, RecoveryCode]), ["pwd", "otp", "mfa"]);
    }

    #[test]
    fn a_level_survives_its_uri_and_other_uris_name_no_level() {
        for acr in Acr::ALL {
            assert_eq!(Acr::from_uri(acr.uri()), Some(acr));
        }
        assert_eq!(Acr::from_uri("urn:mace:incommon:iap:silver"), None);
    }

    #[test]
    fn a_level_is_never_above_its_evidence() {
        use EvidenceKind::{CardSerial, InPerson, LetterCode, OwnedNumber, RegistryMatch};
        use IdentityAssurance::{High, Low, Substantial};
        assert_eq!(IdentityAssurance::of(&[]), Low);
        assert_eq!(IdentityAssurance::of(&[RegistryMatch]), Low);
        for proof in [OwnedNumber, CardSerial, LetterCode] {
            assert_eq!(IdentityAssurance::of(&[RegistryMatch, proof]), Substantial, "{proof:?}");
            assert_eq!(IdentityAssurance::of(&[proof]), Low, "{proof:?} without the registry");
        }
        assert_eq!(IdentityAssurance::of(&[OwnedNumber, CardSerial, LetterCode]), Low);
        assert_eq!(IdentityAssurance::of(&[InPerson, RegistryMatch]), High);
        assert_eq!(IdentityAssurance::of(&[InPerson]), Low);
    }

    #[test]
    fn the_name_of_evidence_in_the_store_is_its_serde_name() {
        for kind in EvidenceKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    proptest! {
        #[test]
        fn more_evidence_never_lowers_a_level(all in proptest::sample::subsequence(EvidenceKind::ALL.to_vec(), 0..=5), n in 0_usize..6) {
            let some = &all[..n.min(all.len())];
            prop_assert!(IdentityAssurance::of(some) <= IdentityAssurance::of(&all));
            prop_assert!(all.contains(&EvidenceKind::RegistryMatch) || IdentityAssurance::of(&all) == IdentityAssurance::Low);
        }

        #[test]
        fn only_the_exact_names_of_levels_are_levels(text in "urn:panjereh:acr:[a-z]{0,12}|.{0,40}") {
            prop_assert_eq!(Acr::from_uri(&text).map(Acr::uri), Acr::ALL.map(Acr::uri).into_iter().find(|uri| *uri == text));
        }
    }
}
