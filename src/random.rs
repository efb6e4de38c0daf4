//! Randomness: the only source of ids, codes and tokens. `clippy.toml` forbids every other source.

use crate::secret::Secret;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::{Arc, Mutex, PoisonError};

/// The source of randomness: the operating system, or a test's seed.
#[derive(Clone, Debug)]
pub enum Random {
    /// The operating system's generator.
    Os,
    /// A repeatable sequence for tests, not for real secrets. All clones draw from one sequence.
    Seeded(Arc<Mutex<u64>>),
}

impl Random {
    /// A repeatable sequence for tests.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(seed)))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A secret of 256 bits, base64url without padding (43 characters): session cookies, refresh tokens, client secrets.
    pub fn token(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }

    /// A uniform number below `bound`, which must not be zero.
    pub fn below(&self, bound: u64) -> u64 {
        // Values above the last multiple of `bound` are drawn again: with a remainder alone, small values would be more likely.
        let limit = u64::MAX - u64::MAX % bound.max(1);
        loop {
            let drawn = u64::from_le_bytes(self.bytes());
            if drawn < limit {
                return drawn % bound.max(1);
            }
        }
    }

    /// Six uniform decimal digits, leading zeros kept.
    pub(crate) fn six_digits(&self) -> Secret<String> {
        Secret::new(format!("{:06}", self.below(1_000_000)))
    }

    /// A 128-bit id. Its first 48 bits are the time, so that an index grows at one end; the other 80 bits are random.
    pub fn id(&self, now: Timestamp) -> [u8; 16] {
        let mut id = self.bytes::<16>();
        id[..6].copy_from_slice(&now.millis().to_be_bytes()[2..]);
        id
    }

    fn fill(&self, bytes: &mut [u8]) {
        match self {
            Self::Os => fill_from_os(bytes),
            Self::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&split_mix(&mut state).to_le_bytes()[..chunk.len()]);
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the only call of the operating system's generator")]
#[expect(clippy::panic, reason = "nothing here is safe without randomness, so the program must stop")]
fn fill_from_os(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the operating system's random generator failed: {error}");
    }
}

/// SplitMix64, for tests only: a uniform, repeatable sequence from any seed.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence() {
        assert_eq!(Random::seeded(7).bytes::<20>(), Random::seeded(7).bytes::<20>());
        assert_ne!(Random::seeded(7).bytes::<20>(), Random::seeded(8).bytes::<20>());
    }

    #[test]
    fn an_id_made_later_sorts_later() {
        let random = Random::seeded(1);
        let early = random.id(Timestamp::from_millis(1_700_000_000_000));
        let late = random.id(Timestamp::from_millis(1_700_000_000_001));
        assert!(early < late);
    }

    #[test]
    fn a_code_always_has_six_digits() {
        let random = Random::seeded(3);
        for _ in 0..1000 {
            let code = random.six_digits();
            assert!(code.expose().len() == 6 && code.expose().bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
