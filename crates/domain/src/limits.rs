//! The bounds that hold where no policy is set, each with its unit in its name.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// The shortest booking.
pub const BOOKING_MIN: SignedDuration = SignedDuration::from_mins(1);
/// The longest booking: 366 days.
pub const BOOKING_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How far in the past a booking may start: clocks differ, and a form takes a moment to send.
pub const START_GRACE: SignedDuration = SignedDuration::from_mins(1);
/// How far ahead a booking or a block may start, by the calendar in UTC: the same day and time so many years later.
pub const HORIZON_YEARS: i64 = 10;
/// No longer than that, whichever years these are.
pub const HORIZON_AT_LEAST: SignedDuration = SignedDuration::from_hours(HORIZON_YEARS * 365 * 24);
/// The longest block: ten years of 366 days.
pub const BLOCK_MAX: SignedDuration = SignedDuration::from_hours(3_660 * 24);

/// How long a check-in, an end or a no-show can be taken back.
pub const UNDO_MAX: SignedDuration = SignedDuration::from_mins(60);

/// How long after its end somebody who was checked in, and of whom nobody has said that they have gone, is thought to sit there still.
pub const OVERSTAY_MAX: SignedDuration = SignedDuration::from_hours(6);

/// The latest time that a booking or a block may start, seen from `now`.
pub fn latest_start(now: Timestamp) -> Timestamp {
    let years = Span::new().try_years(HORIZON_YEARS).and_then(|span| now.to_zoned(TimeZone::UTC).checked_add(span));
    // At the end of time there is nothing that could be too far ahead.
    years.map_or(Timestamp::MAX, |latest| latest.timestamp())
}

/// Characters in a resource's name or a booking's title.
pub const TITLE_CHARS_MAX: usize = 200;
/// Characters in a resource's kind.
pub const KIND_CHARS_MAX: usize = 64;
/// Characters in notes and descriptions.
pub const NOTES_CHARS_MAX: usize = 4_000;
/// Characters in a block's reason.
pub const REASON_CHARS_MAX: usize = 500;
/// People that a resource can seat.
pub const CAPACITY_MAX: u32 = 100_000;
/// Interchangeable units of one resource.
pub const QUANTITY_MAX: u32 = 1_000;
/// Parts that a resource is made of, and resources that one booking takes along.
pub const PARTS_MAX: usize = 50;
/// Conflicts that a refusal lists.
pub const CONFLICTS_MAX: usize = 100;
/// Alternatives that a refusal offers.
pub const ALTERNATIVES_MAX: usize = 5;
/// Active bookings that one command may cancel or move to another unit.
pub const AFFECTED_MAX: usize = 10_000;
/// Bytes in an expression of opening hours.
pub const HOURS_BYTES_MAX: usize = 1_000;
/// The longest window in which opening hours are asked for: that of the longest booking.
pub const HOURS_WINDOW_MAX: SignedDuration = BOOKING_MAX;
/// Occurrences of one series, and the largest `COUNT` of a rule.
pub const SERIES_OCCURRENCES_MAX: usize = 366;
/// How long after its first occurrence a series may go on, by the calendar.
pub const SERIES_YEARS_MAX: i64 = 2;
/// The largest `INTERVAL` of a rule.
pub const RULE_INTERVAL_MAX: i64 = 1_000;
/// Bytes in the text of a rule.
pub const RULE_BYTES_MAX: usize = 1_000;
/// Times that are taken out of a series (`EXDATE`), and as many that are added (`RDATE`).
pub const EXCEPTIONS_MAX: usize = 366;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_are_ten_years_by_the_calendar() {
        for (now, latest) in [
            ("2026-11-23T09:00:00.000001Z", "2036-11-23T09:00:00.000001Z"),
            ("2028-02-29T12:00:00Z", "2038-02-28T12:00:00Z"),
            ("9995-01-01T00:00:00Z", "9999-12-30T22:00:00.999999999Z"),
        ] {
            assert_eq!(latest_start(now.parse().unwrap()).to_string(), latest, "{now}");
        }
    }
}
