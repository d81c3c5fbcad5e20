//! What another version of the time zone database makes of what is booked. It says what would differ and moves nothing: what is
//! booked keeps its instants, and only the clock on the wall tells them otherwise from then on.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::interval::Interval;
use crate::mode::at;

/// When a booking would have to be to keep the time that it had on the wall, once the clock there goes by `new` and no more by `old`
/// rules; `None` where it tells the same time as before. Times that the clock skips or shows twice are those that a series would have.
pub fn kept_on_the_wall(interval: Interval, old: &TimeZone, new: &TimeZone) -> Option<Interval> {
    let kept = |time: Timestamp| {
        // The second of two hours that are called the same stays the second.
        if old.to_offset(time) == new.to_offset(time) {
            return Some(time);
        }
        let wall = old.to_datetime(time);
        at(new, wall.date(), wall.time())
    };
    let (start, end) = (kept(interval.start())?, kept(interval.end())?);
    // A clock that is set back in between may show the end before the start: then it lasts as long as it did.
    let lasting = || Interval::new(start, start.checked_add(interval.duration()).ok()?).ok();
    Interval::new(start, end).ok().or_else(lasting).filter(|kept| *kept != interval)
}
