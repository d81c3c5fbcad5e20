//! The bounds that hold where no policy is set, each with its unit in its name.

use jiff::SignedDuration;

/// The shortest booking.
pub const BOOKING_MIN: SignedDuration = SignedDuration::from_mins(1);
/// The longest booking: 366 days.
pub const BOOKING_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How far in the past a booking may start: clocks differ, and a form takes a moment to send.
pub const START_GRACE: SignedDuration = SignedDuration::from_mins(1);
/// How far ahead a booking or a block may start: ten years of 366 days, so that "in ten years" is always within it.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(3_660 * 24);
/// The longest block: as long as the horizon.
pub const BLOCK_MAX: SignedDuration = HORIZON;

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
/// Conflicts that a refusal lists.
pub const CONFLICTS_MAX: usize = 100;
/// Alternatives that a refusal offers.
pub const ALTERNATIVES_MAX: usize = 5;
/// Active bookings that one command may cancel or move to another unit.
pub const AFFECTED_MAX: usize = 10_000;
