//! Computes the refresh token that follows another. A client that did not receive a response sends the old token again and must
//! get the same new one, but only hashes of refresh tokens are stored. So the new token is computed from the old one, under a key
//! that only this server has.

use crate::secret::Secret;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The secret under which the next refresh token is made. If it changes, a lost response cannot be repeated.
#[derive(Clone)]
pub(crate) struct RefreshChain(hmac::Key);

impl RefreshChain {
    /// From 32 secret bytes, usually [`MasterKey::derive_bytes`](super::seal::MasterKey::derive_bytes) of `"refresh chain"`.
    pub(crate) fn new(secret: &Secret<[u8; 32]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }

    /// The refresh token that follows `token`: 43 characters of base64url. Without the key they look like 256 random bits.
    pub(crate) fn next(&self, token: &Secret<String>) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, token.expose().as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_token_is_always_the_same_one_and_another_under_another_key() {
        let chain = RefreshChain::new(&Secret::new([1; 32]));
        let first = Secret::new("first".to_owned());
        let next = chain.next(&first);
        assert_eq!(next.expose().len(), 43);
        assert!(next == chain.next(&first));
        assert!(next != chain.next(&next));
        assert!(next != RefreshChain::new(&Secret::new([2; 32])).next(&first));
    }
}
