//! Policies: what a place allows, one value for each rule. A level (a site, an area, a resource) says as much or as
//! little as it likes; what it leaves open the level above decides, and what nobody decides is not restricted.
//! This file holds the values and how levels meet; whether a booking keeps to them is asked in
//! [`decide`](crate::decide).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::booking::Buffers;
use crate::ids::GroupId;
use crate::interval::Interval;
use crate::limits::{BOOKING_MAX, BOOKING_MIN, CAPACITY_MAX};
use crate::mode::{Mode, Service};
use crate::resource::AttributeProblem;

/// Quotas of one policy at most.
pub const QUOTAS_MAX: usize = 16;
/// Groups that one rule of a policy names.
pub const GROUPS_MAX: usize = 32;
/// When a booking waits for a manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Never.
    Never,
    /// Always.
    Always,
    /// Only in these cases.
    When {
        /// It is longer than this.
        longer_than_minutes: Option<u32>,
        /// It is not within the opening hours, and would be refused otherwise.
        outside_hours: bool,
        /// It is for somebody in one of these groups: at most [`GROUPS_MAX`].
        groups: Vec<GroupId>,
    },
}

/// Over what a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaScope {
    /// The resource that is booked.
    Resource,
    /// All resources of its kind.
    Kind,
    /// All resources of its site.
    Site,
    /// Everything.
    Everything,
}

/// What a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaMeasure {
    /// Bookings that hold time and are not over.
    AtATime,
    /// Bookings that start in the same period.
    Bookings(QuotaPeriod),
    /// Minutes booked in the same period; a booking counts where it starts.
    Minutes(QuotaPeriod),
}

/// A stretch of the calendar, in the resource's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaPeriod {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// From the first to the last.
    Month,
}

/// How much one person may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Over what it counts.
    pub scope: QuotaScope,
    /// What it counts.
    pub measure: QuotaMeasure,
    /// How much of it is the most.
    pub max: u32,
}

/// How long a party stays, by its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnTime {
    /// For parties of up to so many.
    pub party_max: u32,
    /// So long.
    pub stay_minutes: u32,
}

macro_rules! policy {
    ($($(#[$doc:meta])* $rule:ident: $type:ty,)+) => {
        /// What one level says. `None` says nothing: the level above decides.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Policy {
            $($(#[$doc])* pub $rule: Option<$type>,)+
        }

        impl Policy {
            /// The names of all rules.
            pub const RULES: &[&str] = &[$(stringify!($rule)),+];

            /// What is in force where this level stands below `wider`.
            #[must_use]
            pub fn over(&self, wider: &Self) -> Self {
                Self { $($rule: self.$rule.clone().or_else(|| wider.$rule.clone()),)+ }
            }

            /// Whether this level says something about each of the [`RULES`](Self::RULES).
            pub fn says(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
                [$((stringify!($rule), self.$rule.is_some())),+].into_iter()
            }
        }
    };
}

policy! {
    /// The shortest booking.
    duration_minutes_min: u32,
    /// The longest booking.
    duration_minutes_max: u32,
    /// Bookings start at multiples of this after midnight, in the resource's time zone.
    start_step_minutes: u32,
    /// Time that is kept free before a booking.
    buffer_before_minutes: u32,
    /// Time that is kept free after a booking.
    buffer_after_minutes: u32,
    /// Whether the time kept after one booking may be the time kept before the next.
    buffers_overlap: bool,
    /// How long before its start a booking has to be made.
    book_notice_minutes_min: u32,
    /// How far ahead a booking may start.
    book_ahead_minutes_max: u32,
    /// Until how long before its start a booking may be moved.
    move_notice_minutes_min: u32,
    /// Until how long before its start a booking may be taken back by its owner.
    cancel_notice_minutes_min: u32,
    /// The smallest party.
    party_min: u32,
    /// The largest party, where that is less than what can be seated.
    party_max: u32,
    /// Whether the number of people has to be said.
    party_required: bool,
    /// Whether a booking that left the resource open may go to another one that would do, before it starts, when that lets
    /// one more in.
    reseating: bool,
    /// When a booking waits for a manager.
    approval: Approval,
    /// How long a request waits for a manager before it lapses.
    pending_minutes_max: u32,
    /// How long a time is held while a form is filled.
    hold_minutes_max: u32,
    /// How long before its start somebody may check in.
    check_in_opens_minutes: u32,
    /// How long after its start a booking lapses unless somebody has checked in. Where it is not set nobody has to.
    check_in_closes_minutes: u32,
    /// What one person may have.
    quotas: Vec<Quota>,
    /// How long parties stay, from the smallest to the largest; decides the end where a booking doesn't say.
    turn_times: Vec<TurnTime>,
    /// How many people may start within the same quarter of an hour, over the whole site; see [`pace`](crate::pace).
    pacing_max: u32,
    /// Only who is in one of these groups may book; whoever, where there is none.
    groups: Vec<GroupId>,
    /// In which pieces time is given out.
    mode: Mode,
    /// When guests are seated; at any time, where there is none.
    services: Vec<Service>,
}

/// So many minutes.
pub fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(count))
}

/// How long a request waits where no policy says: three days.
pub const PENDING_MINUTES_MAX: u32 = 72 * 60;
/// How long a time is held where no policy says.
pub const HOLD_MINUTES_MAX: u32 = 10;
/// How long before its start somebody may check in where no policy says.
pub const CHECK_IN_OPENS_MINUTES: u32 = 15;
/// A day.
const DAY: u32 = 24 * 60;
/// The longest booking: 366 days.
const LONGEST: u32 = 366 * DAY;
/// The longest notice, and the furthest that people can book ahead: ten years of 366 days.
const FURTHEST: u32 = 10 * LONGEST;

impl Policy {
    /// What holds where no level says anything; `None` where nothing is restricted.
    pub fn built_in() -> Self {
        let in_minutes = |span: SignedDuration| u32::try_from(span.as_mins()).unwrap_or(u32::MAX);
        Self {
            duration_minutes_min: Some(in_minutes(BOOKING_MIN)),
            duration_minutes_max: Some(in_minutes(BOOKING_MAX)),
            buffer_before_minutes: Some(0),
            buffer_after_minutes: Some(0),
            buffers_overlap: Some(false),
            book_notice_minutes_min: Some(0),
            move_notice_minutes_min: Some(0),
            cancel_notice_minutes_min: Some(0),
            party_required: Some(false),
            reseating: Some(false),
            approval: Some(Approval::Never),
            pending_minutes_max: Some(PENDING_MINUTES_MAX),
            hold_minutes_max: Some(HOLD_MINUTES_MAX),
            check_in_opens_minutes: Some(CHECK_IN_OPENS_MINUTES),
            quotas: Some(Vec::new()),
            turn_times: Some(Vec::new()),
            groups: Some(Vec::new()),
            mode: Some(Mode::Free),
            services: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.says().all(|(_, said)| !said)
    }

    /// Everything in it that can't stand; empty where it can. What two levels say together is not looked at.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        let mut refuse = |attribute, detail: String| problems.push(AttributeProblem { attribute, detail });
        let spans = [
            ("duration_minutes_min", self.duration_minutes_min, 1, LONGEST),
            ("duration_minutes_max", self.duration_minutes_max, 1, LONGEST),
            ("start_step_minutes", self.start_step_minutes, 1, DAY),
            ("buffer_before_minutes", self.buffer_before_minutes, 0, DAY),
            ("buffer_after_minutes", self.buffer_after_minutes, 0, DAY),
            ("book_notice_minutes_min", self.book_notice_minutes_min, 0, FURTHEST),
            ("book_ahead_minutes_max", self.book_ahead_minutes_max, 0, FURTHEST),
            ("move_notice_minutes_min", self.move_notice_minutes_min, 0, FURTHEST),
            ("cancel_notice_minutes_min", self.cancel_notice_minutes_min, 0, FURTHEST),
            ("party_min", self.party_min, 1, CAPACITY_MAX),
            ("party_max", self.party_max, 1, CAPACITY_MAX),
            ("pending_minutes_max", self.pending_minutes_max, 1, FURTHEST),
            ("hold_minutes_max", self.hold_minutes_max, 1, DAY),
            ("check_in_opens_minutes", self.check_in_opens_minutes, 0, DAY),
            ("check_in_closes_minutes", self.check_in_closes_minutes, 1, DAY),
            ("pacing_max", self.pacing_max, 1, CAPACITY_MAX),
        ];
        for (rule, value, min, max) in spans {
            if value.is_some_and(|value| value < min || max < value) {
                refuse(rule, format!("must be from {min} to {max}"));
            }
        }
        let pairs = [
            ("duration_minutes_max", self.duration_minutes_min, self.duration_minutes_max, "duration_minutes_min"),
            ("party_max", self.party_min, self.party_max, "party_min"),
        ];
        for (rule, min, max, other) in pairs {
            if let (Some(min), Some(max)) = (min, max)
                && max < min
            {
                refuse(rule, format!("must not be less than {other}"));
            }
        }
        if let Some(Approval::When { longer_than_minutes: Some(longest), .. }) = self.approval
            && LONGEST < longest
        {
            refuse("approval", format!("must name a length of at most {LONGEST} minutes"));
        }
        let named = |groups: &[GroupId]| {
            if GROUPS_MAX < groups.len() { Err(format!("must name at most {GROUPS_MAX} groups")) } else { Ok(()) }
        };
        if let Some(Approval::When { groups, .. }) = &self.approval
            && let Err(detail) = named(groups)
        {
            refuse("approval", detail);
        }
        if let Some(Err(detail)) = self.groups.as_deref().map(named) {
            refuse("groups", detail);
        }
        if self.quotas.as_ref().is_some_and(|quotas| quotas.len() > QUOTAS_MAX) {
            refuse("quotas", format!("must be at most {QUOTAS_MAX}"));
        }
        if let Some(turns) = &self.turn_times {
            let rising = turns.windows(2).all(|pair| pair[0].party_max < pair[1].party_max);
            let fitting = |turn: &TurnTime| {
                (1..=CAPACITY_MAX).contains(&turn.party_max) && (1..=LONGEST).contains(&turn.stay_minutes)
            };
            if QUOTAS_MAX < turns.len() || !rising || !turns.iter().all(fitting) {
                let detail = format!("must be at most {QUOTAS_MAX}, from the smallest party to the largest");
                refuse("turn_times", detail);
            }
        }
        if let Some(detail) = self.mode.as_ref().and_then(Mode::problem) {
            refuse("mode", detail);
        }
        if let Some(detail) = self.services.as_deref().and_then(Service::problem) {
            refuse("services", detail);
        }
        problems
    }

    /// What is kept free around a booking. Where two neighbours may share it, what lies between them is the larger of the
    /// two times, and that is the same as keeping the larger one after each.
    pub fn buffers(&self) -> Buffers {
        let before = minutes(self.buffer_before_minutes.unwrap_or(0));
        let after = minutes(self.buffer_after_minutes.unwrap_or(0));
        if self.buffers_overlap.unwrap_or(false) {
            Buffers { before: SignedDuration::ZERO, after: before.max(after) }
        } else {
            Buffers { before, after }
        }
    }

    /// Every group that it names.
    pub fn named_groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        let asked = match &self.approval {
            Some(Approval::When { groups, .. }) => groups.as_slice(),
            _ => &[],
        };
        asked.iter().chain(self.groups.iter().flatten()).copied()
    }

    /// The pieces in which time is given out; `None` where it may be any stretch.
    pub fn pieces(&self) -> Option<&Mode> {
        self.mode.as_ref().filter(|mode| !mode.is_free())
    }

    /// When a booking ends that starts at `start` and does not say for how long: after one piece of the mode, or after the turn time
    /// of the party. `None` where the place has neither.
    pub fn end(&self, zone: &TimeZone, start: Timestamp, party_size: Option<u32>) -> Option<Timestamp> {
        if let Some(mode) = self.pieces() {
            return mode.from(zone, start).map(Interval::end);
        }
        start.checked_add(self.stay(party_size?)?).ok()
    }

    /// How long a party of this size stays; `None` where no turn time is set or it is larger than all of them.
    pub fn stay(&self, party_size: u32) -> Option<SignedDuration> {
        let turns = self.turn_times.as_deref().unwrap_or_default();
        turns.iter().find(|turn| party_size <= turn.party_max).map(|turn| minutes(turn.stay_minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_level_decides_each_value_by_itself() {
        let site = Policy {
            duration_minutes_max: Some(480),
            party_min: Some(2),
            approval: Some(Approval::Always),
            ..Policy::default()
        };
        let table = Policy { duration_minutes_max: Some(120), ..Policy::default() };
        let in_force = table.over(&site);
        assert_eq!(in_force.duration_minutes_max, Some(120));
        assert_eq!((in_force.party_min, in_force.approval), (Some(2), Some(Approval::Always)));
        assert_eq!(in_force.duration_minutes_min, None);
        assert_eq!(Policy::default().over(&Policy::default()), Policy::default());
    }

    #[test]
    fn what_can_not_stand_is_named() {
        let turn = |party_max| TurnTime { party_max, stay_minutes: 60 };
        let bad = Policy {
            duration_minutes_min: Some(60),
            duration_minutes_max: Some(30),
            start_step_minutes: Some(0),
            buffer_after_minutes: Some(25 * 60),
            party_min: Some(0),
            turn_times: Some(vec![turn(4), turn(2)]),
            ..Policy::default()
        };
        let named: Vec<&str> = bad.check().iter().map(|problem| problem.attribute).collect();
        let expected =
            ["start_step_minutes", "buffer_after_minutes", "party_min", "duration_minutes_max", "turn_times"];
        assert_eq!(named, expected);
        assert!(Policy::default().check().is_empty());
    }

    #[test]
    fn turn_times_by_party() {
        let turns = [(2, 90), (6, 120)].map(|(party_max, stay_minutes)| TurnTime { party_max, stay_minutes });
        let policy = Policy { turn_times: Some(turns.to_vec()), ..Policy::default() };
        let stays = [1, 2, 3, 6, 7].map(|party| policy.stay(party).map(|stay| stay.as_mins()));
        assert_eq!(stays, [Some(90), Some(90), Some(120), Some(120), None]);
    }
}
