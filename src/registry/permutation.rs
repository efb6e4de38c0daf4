//! A shuffled counter: numbers that look random and never repeat, without storing the ones already returned.

use crate::random::Random;

const ROUNDS: usize = 4;

/// A permutation of the numbers below a size: a balanced Feistel network over the next even number of bits, repeated until the
/// result is below the size (cycle walking). Not a cipher.
#[derive(Debug, Clone)]
pub(crate) struct Permutation {
    size: u64,
    half_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// One of the many permutations of `0..size`, drawn from `random`.
    pub(crate) fn new(size: u64, random: &Random) -> Self {
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        let keys = std::array::from_fn(|_| u64::from_le_bytes(random.bytes()));
        // At most 31 bits per half, so that every half and every sum of two fits; the sizes here have 30 bits in all.
        Self { size, half_bits: bits.div_ceil(2).clamp(1, 31), keys }
    }

    /// The number at a position; `None` if the position is not below the size.
    pub(crate) fn at(&self, place: u64) -> Option<u64> {
        if place >= self.size {
            return None;
        }
        // The domain is less than four times the size, so this usually ends after a step or two. It always ends, because
        // repeating a permutation of the domain leads back to the position itself.
        let mut number = self.shuffle(place);
        while number >= self.size {
            number = self.shuffle(number);
        }
        Some(number)
    }

    fn shuffle(&self, number: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (left, right) = self
            .keys
            .iter()
            .fold((number >> self.half_bits, number & mask), |(left, right), key| (right, left ^ (mix(right ^ key) & mask)));
        (left << self.half_bits) | right
    }
}

/// Mixes 64 bits.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_once_and_then_none() {
        for size in [1, 2, 3, 10, 1000, 4096, 65_537] {
            let shuffled = Permutation::new(size, &Random::seeded(size));
            let mut all: Vec<u64> = (0..size).filter_map(|place| shuffled.at(place)).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..size), "{size}");
            assert_eq!(shuffled.at(size), None);
        }
    }

    #[test]
    fn other_seeds_give_other_orders() {
        let order = |seed| {
            let shuffled = Permutation::new(1_000_000_000, &Random::seeded(seed));
            (0..20).filter_map(|place| shuffled.at(place)).collect::<Vec<_>>()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
