//! The claims of one resource, as far as they are known: which unit is taken when, and by what.
//! On one unit claims never overlap, so they are totally ordered and neighbours are found by a look to the left.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ids::{BlockId, BookingId};
use crate::interval::Interval;

/// What a claim belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A booking that holds its time.
    Booking(BookingId),
    /// Time that is blocked.
    Block(BlockId),
}

/// One unit of a resource, taken for an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which unit, from 1 to the resource's quantity.
    pub unit: u32,
    /// When.
    pub interval: Interval,
    /// By what.
    pub holder: Holder,
    /// From this instant on it stands in nobody's way, though it may still be there; `None`: it does not run out.
    pub lapses_at: Option<Timestamp>,
}

impl Claim {
    /// Whether it has run out at `now`.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        self.lapses_at.is_some_and(|lapses_at| lapses_at <= now)
    }
}

/// The known claims of one resource.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    claims: BTreeMap<(u32, Timestamp), Claim>,
    /// Every claim that overlaps one of these is known.
    known: Vec<Interval>,
    /// Whether a claim that can lapse was ever among them.
    lapsing: bool,
}

impl Calendar {
    /// Says that every claim overlapping `window` is among those that were or will be [added](Self::insert).
    pub fn mark_known(&mut self, window: Interval) {
        if !self.knows(window) {
            self.known.retain(|known| !window.contains(*known));
            self.known.push(window);
        }
    }

    /// Whether every claim that overlaps `window` is known.
    pub fn knows(&self, window: Interval) -> bool {
        self.known.iter().any(|known| known.contains(window))
    }

    /// Adds a claim, or the same claim again.
    pub fn insert(&mut self, claim: Claim) {
        self.lapsing |= claim.lapses_at.is_some();
        self.claims.insert((claim.unit, claim.interval.start()), claim);
    }

    /// Whether nothing in it can run out by itself, which is the ordinary case.
    pub fn never_lapses(&self) -> bool {
        !self.lapsing
    }

    /// Takes a claim away.
    pub fn remove(&mut self, claim: Claim) {
        self.claims.remove(&(claim.unit, claim.interval.start()));
    }

    /// The claims on one unit that overlap `window`, the latest first.
    pub fn on_unit(&self, unit: u32, window: Interval) -> impl Iterator<Item = &Claim> {
        self.claims
            .range((unit, Timestamp::MIN)..(unit, window.end()))
            .rev()
            .map(|(_, claim)| claim)
            .take_while(move |claim| claim.interval.end() > window.start())
    }

    /// The claims on any unit up to `quantity` that overlap `window`, in order of their start, then unit.
    pub fn overlapping(&self, quantity: u32, window: Interval) -> Vec<Claim> {
        let mut claims: Vec<Claim> = (1..=quantity).flat_map(|unit| self.on_unit(unit, window).copied()).collect();
        claims.sort_by_key(|claim| (claim.interval.start(), claim.unit));
        claims
    }
}

/// The most of `claims` that stand at one instant of `window`.
pub fn peak(claims: &[Claim], window: Interval) -> usize {
    // Sweep the starts and ends; at one instant ends come first, for intervals are half-open.
    let mut edges: Vec<(Timestamp, bool)> = claims
        .iter()
        .filter(|claim| claim.interval.overlaps(window))
        .flat_map(|claim| [(claim.interval.start().max(window.start()), true), (claim.interval.end(), false)])
        .collect();
    edges.sort_unstable();
    let (mut standing, mut most) = (0_usize, 0);
    for (_, starts) in edges {
        if starts {
            standing += 1;
            most = most.max(standing);
        } else {
            standing -= 1;
        }
    }
    most
}
