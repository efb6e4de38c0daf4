//! Secrets: values that cannot be printed, are wiped when dropped, and are compared in constant time.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A value that must not appear in a log. Wrap it where it enters the program, and [`expose`](Self::expose) it where it is used.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A type that contains a secret can derive `Debug`; the secret stays hidden.
impl<T: Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        same_bytes(self.0.as_ref(), other.0.as_ref())
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// SHA-256 of an unguessable text (a token, a recovery code). The store has the hash and not the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// Hashes an unguessable text. Not for passwords, which can be guessed.
    pub fn of(text: &str) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[token hash]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_when_printed() {
        assert_eq!(format!("{:?}", Secret::new(String::from("hunter2"))), "[secret]");
    }

    #[test]
    fn secrets_are_equal_only_when_all_bytes_are() {
        assert!(Secret::new(vec![1_u8, 2]) == Secret::new(vec![1, 2]));
        assert!(Secret::new(vec![1_u8, 2]) != Secret::new(vec![1, 3]));
        assert!(Secret::new(vec![1_u8, 2]) != Secret::new(vec![1]));
    }
}
