//! The clock and the source of ids: the two inputs from outside that a decision needs and that tests replace.
//! Nothing else in the workspace reads the time or draws a random number for an id.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Tells the time. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The operating system's clock, cut to whole microseconds: what both databases store.
    pub fn system() -> Self {
        Self::from_fn(|| {
            #[expect(clippy::disallowed_methods, reason = "this is the port")]
            let now = Timestamp::now();
            // Within jiff's own range: cutting towards zero can't leave it.
            Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
        })
    }

    /// A clock that tells what `now` returns; for tests.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now, UTC, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Makes ids. Cheap to clone.
#[derive(Clone)]
pub struct Ids(Arc<dyn Fn() -> Uuid + Send + Sync>);

impl Ids {
    /// Version 7 ids (RFC 9562): 48 bits of the clock's milliseconds, 74 random bits from the operating system.
    pub fn system(clock: Clock) -> Self {
        Self::from_fn(move || {
            let random = RANDOM.with_borrow_mut(RandomBytes::take);
            let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
            uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
        })
    }

    /// Ids that `next` makes; for tests.
    pub fn from_fn(next: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    /// A new id.
    pub fn next(&self) -> Uuid {
        (self.0)()
    }
}

thread_local! {
    static RANDOM: RefCell<RandomBytes> = const { RefCell::new(RandomBytes { bytes: [0; 640], used: 640 }) };
}

/// Random bytes of the operating system's, fetched for many ids at once: a request makes several. Ids are no secrets.
struct RandomBytes {
    bytes: [u8; 640],
    used: usize,
}

impl RandomBytes {
    fn take(&mut self) -> [u8; 10] {
        if self.used == self.bytes.len() {
            // Without random numbers nothing that this process makes is safe to use.
            getrandom::fill(&mut self.bytes).expect("the operating system gives random numbers");
            self.used = 0;
        }
        let mut random = [0; 10];
        random.copy_from_slice(&self.bytes[self.used..self.used + 10]);
        self.used += 10;
        random
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_of_version_7_and_never_the_same() {
        let ids = Ids::system(Clock::system());
        let made: HashSet<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_clock_tells_whole_microseconds() {
        assert_eq!(Clock::system().now().subsec_nanosecond() % 1_000, 0);
    }
}
