//! A display at the door of a resource: what it may do, and what it shows. It belongs to nobody; whoever stands before it acts by it.

use crate::ids::{DisplayId, ResourceId, UserId};
use crate::limits::TITLE_CHARS_MAX;
use crate::resource::AttributeProblem;
use crate::text;
use jiff::Timestamp;

/// The lengths that are booked at a door, in minutes.
pub const BOOKED_MINUTES: [u32; 3] = [15, 30, 60];
/// How much longer something is made at once at most, in minutes.
pub const EXTENDED_MINUTES_MAX: u32 = 60;
/// Digits of a PIN.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// What a display tells of bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// When it is taken.
    Busy,
    /// Titles as well.
    Titles,
    /// Titles, and whose it is.
    People,
}

/// What somebody who manages the resource decided for a display.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and any of them goes with any other")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorSettings {
    /// What it is called: one line, 1 to 200 characters.
    pub name: String,
    /// Whether one can book at it.
    pub may_book: bool,
    /// Whether one can check in, also a little early.
    pub may_check_in: bool,
    /// Whether one can stay longer.
    pub may_extend: bool,
    /// Whether one can end what is running.
    pub may_end: bool,
    /// What it tells.
    pub shows: Shows,
    /// Its language; `None`: that of its site.
    pub language: Option<String>,
    /// Whether it is dark or light; `None`: as the tablet has it.
    pub is_dark: Option<bool>,
}

impl DoorSettings {
    /// Everything that is wrong with them; empty where they can stand.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        if let Err(problem) = text::required_line(&self.name, TITLE_CHARS_MAX) {
            problems.push(AttributeProblem { attribute: "name", detail: problem.to_string() });
        }
        if self.language.as_deref().is_some_and(|tag| !crate::place::is_locale(tag)) {
            let detail = "must be a language tag, such as de or pt-BR".to_owned();
            problems.push(AttributeProblem { attribute: "language", detail });
        }
        problems
    }
}

/// A display as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display {
    /// Its id.
    pub id: DisplayId,
    /// At whose door it is.
    pub resource: ResourceId,
    /// What it may.
    pub settings: DoorSettings,
    /// A hash of the PIN that is asked for before anything is changed; `None`: it is not.
    pub pin: Option<[u8; 32]>,
    /// Counts its edits: its entity tag.
    pub version: i64,
    /// Who paired it.
    pub created_by: UserId,
    /// When it was paired.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it last asked for something, to the minute.
    pub seen_at: Option<Timestamp>,
}

impl Display {
    /// The id that it goes by where people act: in the log, and as who made a booking.
    pub fn actor(&self) -> UserId {
        UserId(self.id.0)
    }
}
