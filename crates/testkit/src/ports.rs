//! A clock that stands still until a test moves it, and ids that count up. Neither reads anything from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use bronya_store::ports::{Clock, Ids};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// When every test begins: a Monday morning, UTC.
pub const START: &str = "2026-11-23T09:00:00Z";

/// A clock that stands still. Clones show the same time.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<AtomicI64>);

impl Default for FakeClock {
    fn default() -> Self {
        let start: Timestamp = START.parse().expect("the constant above is a time");
        Self(Arc::new(AtomicI64::new(start.as_microsecond())))
    }
}

impl FakeClock {
    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).expect("a test stays within the years 1 to 9999")
    }

    /// Moves it on, or back.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).expect("a test moves by less than 292,000 years");
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves it on by whole seconds.
    pub fn advance_secs(&self, seconds: i64) {
        self.advance(SignedDuration::from_secs(seconds));
    }

    /// The time that is so many minutes after what it shows, as it stands on the wire.
    pub fn in_minutes(&self, minutes: i64) -> String {
        self.now().checked_add(SignedDuration::from_mins(minutes)).expect("a test stays in time").to_string()
    }

    /// As the port that a server takes.
    pub fn port(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || clock.now())
    }
}

/// `UUIDv7` of the clock's time with a counter where chance would stand: each is greater than those before it.
pub fn fake_ids(clock: &FakeClock) -> Ids {
    let (clock, counter) = (clock.clone(), AtomicU64::new(1));
    Ids::from_fn(move || {
        let millis = u64::try_from(clock.now().as_millisecond()).expect("tests play after 1970");
        let mut random = [0_u8; 10];
        random[2..].copy_from_slice(&counter.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        // The builder overwrites the topmost bits of bytes 0 and 2 with the version and the variant.
        Uuid::from_bytes(*uuid::Builder::from_unix_timestamp_millis(millis, &random).as_uuid().as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_7_and_count_up() {
        let clock = FakeClock::default();
        let ids = fake_ids(&clock);
        let (first, second) = (ids.next(), ids.next());
        clock.advance_secs(1);
        let third = ids.next();
        assert!(first < second && second < third);
        assert_eq!((first.get_version_num(), first.get_variant()), (7, uuid::Variant::RFC4122));
    }
}
