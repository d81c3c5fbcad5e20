//! Chance with a seed: the same seed gives the same workload. It is no source of secrets.

use std::hash::{BuildHasher as _, RandomState};

/// `SplitMix64` (Steele, Lea, Flood 2014): one addition and three multiplications a number, good enough for workloads.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that nobody chose, to be printed.
    pub fn fresh_seed() -> u64 {
        RandomState::new().hash_one(0) >> 16
    }

    /// A generator of its own for the `index`th of many workers, which don't share one sequence.
    #[must_use]
    pub fn fork(&self, index: u64) -> Self {
        let mut child = Self(self.0 ^ index.wrapping_mul(0xd605_1c4f_9a2b_7e35));
        child.next();
        child
    }

    /// The next 64 bits.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`; `bound` 0 counts as 1. The bias of the remainder is beyond what a workload can feel.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Like [`Self::below`], for indices.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number in `low..high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).unsigned_abs();
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    /// True in `percent` of 100 calls.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Puts the items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_sequence_and_forks_differ() {
        let (mut one, mut two) = (Random::new(7), Random::new(7));
        assert_eq!((one.next(), one.next()), (two.next(), two.next()));
        assert_ne!(one.fork(1).next(), one.fork(2).next());
    }

    #[test]
    fn numbers_stay_in_their_bounds_and_reach_them() {
        let mut random = Random::new(1);
        let drawn: Vec<i64> = (0..1000).map(|_| random.between(-2, 3)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-2), Some(&2)));
    }
}
