//! Pairwise subject identifiers (OpenID Connect Core §8.1): each sector sees its own `sub`, and two sectors cannot match theirs.

use crate::client::words::ClientId;
use crate::identity::id::{AccountId, SessionId};
use crate::secret::Secret;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The sector of clients with `subject_type=public`: they all see the same identifier.
pub(crate) const PUBLIC_SECTOR: &str = "";

/// The secret under which subjects are made. If it changes, every agency sees every citizen as a new person.
#[derive(Clone)]
pub(crate) struct PairwiseSalt(hmac::Key);

impl PairwiseSalt {
    /// From 32 secret bytes, usually [`MasterKey::derive_bytes`](super::seal::MasterKey::derive_bytes) of `"pairwise"`.
    pub(crate) fn new(secret: &Secret<[u8; 32]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }

    /// `sub` of `account` for `sector`: 43 characters of base64url, always the same for the same salt, sector and account
    /// (OpenID Connect Core §2 allows 255 ASCII characters).
    pub(crate) fn subject(&self, sector: &str, account: AccountId) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        // The account has a fixed length and comes last, so two different pairs never give the same bytes.
        context.update(sector.as_bytes());
        context.update(&account.bytes());
        URL_SAFE_NO_PAD.encode(context.sign())
    }

    /// `sid` of a session for a client. Two clients cannot see from theirs that they share a person's browser (OpenID Connect
    /// Front-Channel Logout 1.0 §3 requires it to be unique for issuer and client only).
    pub(crate) fn session(&self, client: &ClientId, session: SessionId) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        // No sector contains a NUL, so a subject never has this input.
        context.update(b"\0sid\0");
        context.update(client.as_str().as_bytes());
        context.update(&session.bytes());
        URL_SAFE_NO_PAD.encode(&context.sign().as_ref()[..16])
    }
}

impl std::fmt::Debug for PairwiseSalt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[pairwise salt]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salt(byte: u8) -> PairwiseSalt {
        PairwiseSalt::new(&Secret::new([byte; 32]))
    }

    const SOMEBODY: AccountId = AccountId::from_bytes([1; 16]);
    const SOMEBODY_ELSE: AccountId = AccountId::from_bytes([2; 16]);

    #[test]
    fn openid_core_8_1_a_subject_differs_per_sector_account_and_salt_and_is_stable() {
        let subject = salt(1).subject("tax.example.gov", SOMEBODY);
        assert_eq!(subject, salt(1).subject("tax.example.gov", SOMEBODY));
        assert_ne!(subject, salt(1).subject("health.example.gov", SOMEBODY));
        assert_ne!(subject, salt(1).subject(PUBLIC_SECTOR, SOMEBODY));
        assert_ne!(subject, salt(1).subject("tax.example.gov", SOMEBODY_ELSE));
        assert_ne!(subject, salt(2).subject("tax.example.gov", SOMEBODY));
    }

    #[test]
    fn openid_core_2_a_subject_is_ascii_and_short_and_does_not_show_the_account() {
        let subject = salt(1).subject("tax.example.gov", SOMEBODY);
        assert!(subject.is_ascii() && subject.len() == 43);
        assert!(!subject.contains(&SOMEBODY.to_string()));
    }

    #[test]
    fn a_session_has_another_name_at_every_client() {
        let (tax, health) = (ClientId::parse("tax").unwrap(), ClientId::parse("health").unwrap());
        let (one, other) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let sid = salt(1).session(&tax, one);
        assert_eq!(sid, salt(1).session(&tax, one));
        assert!(sid.len() == 22 && !sid.contains(&one.to_string()));
        for another in [salt(1).session(&health, one), salt(1).session(&tax, other), salt(2).session(&tax, one)] {
            assert_ne!(sid, another);
        }
    }

    #[test]
    fn a_sector_cannot_borrow_bytes_from_the_account() {
        let shifted = AccountId::from_bytes([b'b'; 16]);
        assert_ne!(salt(1).subject("a", shifted), salt(1).subject("ab", shifted));
    }
}
