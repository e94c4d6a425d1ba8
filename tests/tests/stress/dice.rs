//! Chance that can be repeated: numbers that follow from a seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// A generator for any number of threads (SplitMix64). What the threads do with its numbers depends on their order.
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn number(&self) -> u64 {
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    /// A place in something of this length.
    pub(crate) fn place(&self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// `true` so many times in a thousand.
    pub(crate) fn is(&self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub(crate) fn one_of<T: Copy>(&self, things: &[T]) -> T {
        things[self.place(things.len())]
    }

    /// One of these, each as likely as its weight.
    pub(crate) fn weighed<T: Copy>(&self, things: &[(u64, T)]) -> T {
        let mut left = self.below(things.iter().map(|(weight, _)| weight).sum());
        let drawn = things.iter().find(|(weight, _)| {
            let is_here = left < *weight;
            left = left.wrapping_sub(*weight);
            is_here
        });
        drawn.expect("the weights are not all 0").1
    }

    /// A size: mostly small, now and then large.
    pub(crate) fn size(&self) -> usize {
        let limit = self.weighed(&[(5, 100), (60, 2_000), (30, 60_000), (5, 600_000)]);
        self.place(limit)
    }

    /// Sleeps at most this long.
    pub(crate) fn doze(&self, longest: Duration) {
        thread::sleep(longest.mul_f64(self.below(1000) as f64 / 1000.0));
    }
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
