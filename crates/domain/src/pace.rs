//! Pacing: how many people start within the same quarter of an hour, over a whole site. A kitchen that can cook for twenty
//! at once is not helped by forty free seats.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::booking::{Booking, Status};
use crate::ids::{BookingId, ResourceId, SiteId};
use crate::interval::Interval;
use crate::resource::Resource;

/// The length of what starts are counted in. Every clock on a wall is whole quarters of an hour away from UTC, so the
/// quarters of UTC are those of every place.
pub const QUARTER: SignedDuration = SignedDuration::from_mins(15);
/// How far around a start quarters with room are looked for.
pub const NEAR_QUARTERS: i32 = 8;

/// Over what starts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaceScope {
    /// All resources of a site.
    Site(SiteId),
    /// A resource that has no site.
    Resource(ResourceId),
}

impl PaceScope {
    /// Where starts on `resource` are counted.
    pub fn of(resource: &Resource) -> Self {
        resource.attributes.site.map_or(Self::Resource(resource.id), Self::Site)
    }
}

/// One start: of which booking is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// How many people.
    pub covers: u32,
    /// Where the booking stands.
    pub status: Status,
    /// When it lapses.
    pub lapses_at: Option<Timestamp>,
}

impl Start {
    /// How a booking counts.
    pub fn of(booking: &Booking) -> Self {
        Self {
            at: booking.interval.start(),
            covers: covers(booking.details.party_size, booking.quantity),
            status: booking.status,
            lapses_at: booking.lapses_at,
        }
    }

    /// Whether it still counts: who was refused, has cancelled or never came keeps nobody busy.
    fn counts_at(&self, now: Timestamp) -> bool {
        let lapsed = self.lapses_at.is_some_and(|lapses_at| lapses_at <= now);
        match self.status {
            Status::Pending | Status::Held => !lapsed,
            Status::Confirmed | Status::CheckedIn | Status::Completed => true,
            Status::Rejected | Status::Cancelled | Status::Expired | Status::NoShow => false,
        }
    }
}

/// How many people a booking brings; where nobody said, one for each unit.
pub fn covers(party_size: Option<u32>, quantity: u32) -> u32 {
    party_size.unwrap_or(quantity)
}

/// Who starts when in one scope, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    starts: BTreeMap<(Timestamp, BookingId), Start>,
    at: HashMap<BookingId, Timestamp>,
    known: Vec<Interval>,
}

impl Pace {
    /// Says that every start in `window` was or will be [added](Self::insert).
    pub fn mark_known(&mut self, window: Interval) {
        if !self.knows(window) {
            self.known.push(window);
        }
    }

    /// Whether every start in `window` is known.
    pub fn knows(&self, window: Interval) -> bool {
        self.known.iter().any(|known| known.contains(window))
    }

    /// Adds the start of a booking, in place of where it started before.
    pub fn insert(&mut self, id: BookingId, start: Start) {
        self.remove(id);
        self.at.insert(id, start.at);
        self.starts.insert((start.at, id), start);
    }

    /// Takes a booking away that starts here no longer.
    pub fn remove(&mut self, id: BookingId) {
        if let Some(at) = self.at.remove(&id) {
            self.starts.remove(&(at, id));
        }
    }

    /// How many people start in the quarter that begins at `quarter`, without those of one booking.
    pub fn covers_in(&self, quarter: Timestamp, now: Timestamp, without: Option<BookingId>) -> u32 {
        let nil = BookingId(uuid::Uuid::nil());
        let end = quarter.checked_add(QUARTER).unwrap_or(Timestamp::MAX);
        let counted = self.starts.range((quarter, nil)..(end, nil));
        counted
            .filter(|((_, id), start)| Some(*id) != without && start.counts_at(now))
            .fold(0_u32, |sum, (_, start)| sum.saturating_add(start.covers))
    }
}

/// The beginning of the quarter of an hour that `time` falls into.
pub fn quarter_of(time: Timestamp) -> Timestamp {
    let length = QUARTER.as_secs();
    Timestamp::from_second(time.as_second().div_euclid(length) * length).unwrap_or(Timestamp::MIN)
}

/// The quarter that is so many later, or earlier.
pub fn quarters_from(quarter: Timestamp, count: i32) -> Timestamp {
    let end = if count < 0 { Timestamp::MIN } else { Timestamp::MAX };
    quarter.checked_add(QUARTER * count).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-27T{time}Z").parse().unwrap()
    }

    fn id(number: u128) -> BookingId {
        BookingId(Uuid::from_u128(number))
    }

    #[test]
    fn a_quarter_begins_on_the_clock() {
        for (time, quarter) in [
            ("18:00:00", "18:00:00"),
            ("18:14:59.999999", "18:00:00"),
            ("18:15:00", "18:15:00"),
            ("18:59:00", "18:45:00"),
        ] {
            assert_eq!(quarter_of(at(time)), at(quarter), "{time}");
        }
        // Also before 1970, and at the ends of time.
        let early: Timestamp = "1969-12-31T23:50:00Z".parse().unwrap();
        assert_eq!(quarter_of(early).to_string(), "1969-12-31T23:45:00Z");
        for end in [Timestamp::MIN, Timestamp::MAX] {
            assert!(quarter_of(end) <= end);
        }
        assert_eq!(quarters_from(at("18:00:00"), -2), at("17:30:00"));
        assert_eq!(quarters_from(Timestamp::MAX, 1), Timestamp::MAX);
    }

    #[test]
    fn what_counts() {
        let (now, past, ahead) = (at("12:00:00"), Some(at("11:00:00")), Some(at("12:05:00")));
        for (status, lapses_at, counts) in [
            (Status::Pending, None, true),
            (Status::Pending, ahead, true),
            (Status::Pending, past, false),
            (Status::Held, ahead, true),
            (Status::Held, past, false),
            (Status::Confirmed, None, true),
            (Status::CheckedIn, None, true),
            (Status::Completed, None, true),
            (Status::Rejected, None, false),
            (Status::Cancelled, None, false),
            (Status::Expired, None, false),
            (Status::NoShow, None, false),
        ] {
            let mut pace = Pace::default();
            pace.insert(id(1), Start { at: at("18:05:00"), covers: 4, status, lapses_at });
            assert_eq!(
                pace.covers_in(at("18:00:00"), now, None),
                if counts { 4 } else { 0 },
                "{status:?} {lapses_at:?}"
            );
        }
    }

    #[test]
    fn each_booking_counts_once_where_it_starts() {
        let now = at("12:00:00");
        let start = |time, covers| Start { at: at(time), covers, status: Status::Confirmed, lapses_at: None };
        let mut pace = Pace::default();
        pace.insert(id(1), start("18:00:00", 2));
        pace.insert(id(2), start("18:14:59", 3));
        pace.insert(id(3), start("18:15:00", 5));
        let people = |pace: &Pace, quarter, without| pace.covers_in(at(quarter), now, without);
        assert_eq!((people(&pace, "18:00:00", None), people(&pace, "18:15:00", None)), (5, 5));
        assert_eq!(people(&pace, "18:00:00", Some(id(2))), 2);
        // One moves, one brings more, one goes.
        pace.insert(id(1), start("18:20:00", 2));
        pace.insert(id(2), start("18:14:59", u32::MAX));
        pace.remove(id(3));
        assert_eq!((people(&pace, "18:00:00", None), people(&pace, "18:15:00", None)), (u32::MAX, 2));
        assert_eq!((covers(Some(4), 2), covers(None, 2)), (4, 2));
    }
}
