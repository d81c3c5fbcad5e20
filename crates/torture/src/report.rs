//! Plain lines for people and for CI: what passed, what failed and why, and the sum at the end. It decides nothing.

#![expect(clippy::print_stdout, reason = "this is the output of the program")]

use crate::checker::Violation;
use std::fmt::Display;

/// Violations that are printed one by one; the rest is counted.
const VIOLATIONS_SHOWN_MAX: usize = 10;

/// Counts as it prints.
#[derive(Debug, Default)]
pub struct Report {
    passed: u32,
    failed: u32,
}

impl Report {
    /// Something worth reading that is neither right nor wrong.
    pub fn note(&self, text: impl Display) {
        println!("      {text}");
    }

    /// One claim, with what was seen.
    pub fn check(&mut self, claim: &str, holds: bool, seen: impl Display) {
        if holds {
            self.passed += 1;
            println!("pass  {claim}: {seen}");
        } else {
            self.failed += 1;
            println!("FAIL  {claim}: {seen}");
        }
    }

    /// What the checker says of a history.
    pub fn violations(&mut self, claim: &str, found: &[Violation], events: usize) {
        self.check(claim, found.is_empty(), format_args!("{} violations in {events} operations", found.len()));
        for violation in found.iter().take(VIOLATIONS_SHOWN_MAX) {
            self.note(violation);
        }
    }

    /// Prints the sum; true if nothing failed and something passed: a run that checked nothing proves nothing.
    pub fn finish(&self) -> bool {
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0 && self.passed > 0
    }

    /// How many claims failed so far.
    pub fn failed(&self) -> u32 {
        self.failed
    }
}

/// A sorted set of latencies.
#[derive(Debug, Clone, Default)]
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// From nanoseconds, in any order.
    pub fn new(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        Self(nanoseconds)
    }

    /// The latency that this share (in thousandths) of all calls did not exceed, in milliseconds; 0 if there was none.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    pub fn milliseconds(&self, thousandths: usize) -> f64 {
        let rank = (self.0.len() * thousandths).div_ceil(1000).max(1);
        self.0.get(rank - 1).map_or(0.0, |nanoseconds| *nanoseconds as f64 / 1e6)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_pass_is_no_success() {
        let mut report = Report::default();
        assert!(!report.finish());
        report.check("something", true, 1);
        assert!(report.finish());
        report.check("something", false, 0);
        assert!(!report.finish());
    }

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let latencies = Latencies::new((1..=200).rev().map(|n| n * 1_000_000).collect());
        let seen = [500, 990, 1000].map(|thousandths| format!("{:.1}", latencies.milliseconds(thousandths)));
        assert_eq!(seen, ["100.0", "198.0", "200.0"]);
        assert_eq!(format!("{:.1}", Latencies::default().milliseconds(500)), "0.0");
    }
}
