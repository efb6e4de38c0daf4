//! Assurance: how well it is known who somebody is, how well it was shown that it is them, and the `acr` that follows.

use serde::{Deserialize, Serialize};

/// How well it is known who an account's person is (the identity half of `acr`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityAssurance {
    /// The registry matched.
    Low,
    /// The registry matched, and possession of the SIM or the card was shown.
    Substantial,
    /// Checked in person or by chip.
    High,
}

/// One way in which somebody showed that it is them; `amr` values of RFC 8176 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// A passkey with user verification that cannot leave its device.
    Passkey,
    /// A passkey with user verification that its provider copies from device to device.
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
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Passkey => &["hwk", "user"],
            Self::SyncedPasskey => &["swk", "user"],
            Self::Password => &["pwd"],
            Self::SmsCode => &["sms", "otp"],
            Self::RecoveryCode => &["otp"],
        }
    }
}

/// The level of one sign-in, ordered: the lower of identity and authentication.
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

    /// The level that a value names, if it is one of ours.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.uri() == uri)
    }

    /// The level of an authentication by these methods of a person known this well: the lower of the two halves.
    pub fn of(identity: IdentityAssurance, methods: &[AuthenticationMethod]) -> Self {
        let identity = match identity {
            IdentityAssurance::Low => Self::Low,
            IdentityAssurance::Substantial => Self::Substantial,
            IdentityAssurance::High => Self::High,
        };
        identity.min(Self::of_methods(methods))
    }

    /// A passkey with user verification is two factors and phishing-resistant. One that is copied from device to device is no more than
    /// substantial: at the highest level the key cannot be exported (NIST SP 800-63B-4 §2.3.2). A password needs a code beside it.
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

/// The `amr` claim of these methods: each value once, `mfa` when there were two factors (RFC 8176 §2).
pub fn amr(methods: &[AuthenticationMethod]) -> Vec<&'static str> {
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
    fn rfc8176_2_mfa_is_said_when_there_were_two_factors() {
        assert_eq!(amr(&[Password, SmsCode]), ["pwd", "sms", "otp", "mfa"]);
        assert_eq!(amr(&[Password]), ["pwd"]);
        assert_eq!(amr(&[Passkey]), ["hwk", "user", "mfa"]);
        assert_eq!(amr(&[SyncedPasskey]), ["swk", "user", "mfa"]);
    }

    #[test]
    fn rfc8176_2_a_recovery_code_is_a_one_time_password_and_no_knowledge_about_a_person() {
        assert_eq!(amr(&[Password, RecoveryCode]), ["pwd", "otp", "mfa"]);
    }

    #[test]
    fn a_level_survives_its_uri_and_others_are_none() {
        for acr in Acr::ALL {
            assert_eq!(Acr::from_uri(acr.uri()), Some(acr));
        }
        assert_eq!(Acr::from_uri("urn:mace:incommon:iap:silver"), None);
    }

    proptest! {
        #[test]
        fn only_the_very_names_of_levels_are_levels(text in "urn:panjereh:acr:[a-z]{0,12}|.{0,40}") {
            prop_assert_eq!(Acr::from_uri(&text).map(Acr::uri), Acr::ALL.map(Acr::uri).into_iter().find(|uri| *uri == text));
        }
    }
}
