//! The clock and the source of ids: the two inputs from outside that a decision needs and that tests replace.
//! Nothing else in the workspace reads the time or draws a random number for an id.

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
            let mut random = [0_u8; 10];
            // Without random numbers nothing that this process makes is safe to use.
            getrandom::fill(&mut random).expect("the operating system gives random numbers");
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

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
