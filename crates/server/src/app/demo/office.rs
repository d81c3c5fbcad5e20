//! The office of the samples: three floors of rooms and desks, and a month of meetings.

use bronya_domain::booking::Details;
use bronya_domain::command::{Close, Command};
use bronya_domain::floor_plan::ShapeKind::{Bar, Door, Label, Plant, Stairs, Wall, Window, Zone};
use bronya_domain::ids::{ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::{FieldValue, Values};
use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday};

use super::plans::{self, At, Seen, placed};
use super::restaurant::guest;
use super::things::{self, Sample};
use super::{DAYS_AHEAD, DAYS_BACK, Stage, minus, on};
use crate::app::Result;

/// What stands on a floor: its name, kind, seats, units, whether it needs approval, whether it has a screen, and where it is.
type There = (&'static str, &'static str, Option<u32>, u32, bool, bool, At);

/// Each floor is sixteen metres by nine.
const SIDES: (u32, u32) = (1_600, 900);
const FLOORS: [(&str, &[There]); 3] = [
    (
        "Ground floor",
        &[
            ("Board room", "room", Some(16), 1, true, true, (280, 190, 480, 300, 0)),
            ("Room Ada", "room", Some(4), 1, false, true, (680, 160, 260, 240, 0)),
            ("Room Curie", "room", Some(6), 1, false, true, (980, 160, 280, 240, 0)),
            ("Focus booth", "booth", Some(1), 3, false, false, (1_240, 120, 160, 160, 0)),
            ("Projector", "equipment", None, 3, false, false, (1_465, 120, 220, 90, 0)),
        ],
    ),
    (
        "First floor",
        &[
            ("Room Noether", "room", Some(8), 1, false, true, (220, 180, 360, 280, 0)),
            ("Room Lovelace", "room", Some(6), 1, false, true, (600, 160, 300, 240, 0)),
            ("Room Hopper", "room", Some(4), 1, false, false, (930, 160, 260, 240, 0)),
            ("Workshop", "room", Some(20), 1, false, true, (1_330, 200, 440, 320, 0)),
        ],
    ),
    (
        "Second floor",
        &[
            ("Room Turing", "room", Some(8), 1, false, true, (220, 180, 360, 280, 0)),
            ("Room Meitner", "room", Some(4), 1, false, true, (570, 160, 260, 240, 0)),
            ("Room Kovalevskaya", "room", Some(10), 1, false, true, (930, 180, 380, 280, 0)),
            ("Quiet room", "room", Some(2), 1, false, false, (1_240, 140, 160, 200, 0)),
        ],
    ),
];
const WALLS: &[Seen] = &[
    (Wall, (800, 8, 1_600, 16, 0), ""),
    (Wall, (800, 892, 1_600, 16, 0), ""),
    (Wall, (8, 450, 16, 900, 0), ""),
    (Wall, (1_592, 450, 16, 900, 0), ""),
    (Window, (500, 892, 300, 16, 0), ""),
    (Window, (1_000, 892, 300, 16, 0), ""),
    (Zone, (600, 700, 1_080, 340, 0), ""),
    (Stairs, (1_430, 720, 220, 180, 0), ""),
    (Door, (1_592, 480, 16, 110, 0), ""),
    (Plant, (80, 470, 56, 56, 0), ""),
    (Plant, (1_220, 560, 56, 56, 0), ""),
    (Bar, (1_430, 560, 200, 60, 0), "Coffee"),
    (Label, (600, 482, 500, 40, 0), "Desks"),
];

/// A desk of eight on a floor.
fn desk(nth: u32) -> At {
    let (column, row) = (nth % 4, nth / 4);
    (190 + column * 270, 620 + row * 170, 150, 76, 0)
}

/// A meeting: the room, hour, minute, minutes, title, people, and on which of seven days it is not.
type Meeting = (&'static str, i8, i8, i64, &'static str, u32, usize);

const MEETINGS: &[Meeting] = &[
    ("Room Ada", 9, 0, 30, "Stand-up", 4, 9),
    ("Room Ada", 11, 0, 60, "Design review", 4, 2),
    ("Room Ada", 14, 30, 45, "One to one", 2, 5),
    ("Room Curie", 10, 0, 90, "Sprint planning", 6, 4),
    ("Room Curie", 14, 0, 60, "Interview", 3, 1),
    ("Room Curie", 16, 0, 60, "Планёрка", 5, 3),
    ("Room Noether", 13, 0, 45, "Lunch and learn", 8, 0),
    ("Room Noether", 15, 30, 60, "Customer call", 5, 6),
    ("Room Noether", 9, 30, 60, "Architecture", 6, 2),
    ("Room Lovelace", 9, 0, 45, "Support stand-up", 5, 9),
    ("Room Lovelace", 11, 30, 90, "Ретроспектива", 6, 1),
    ("Room Lovelace", 15, 0, 60, "Roadmap", 5, 5),
    ("Room Hopper", 10, 0, 30, "One to one", 2, 0),
    ("Room Hopper", 13, 30, 60, "Interview", 3, 4),
    ("Workshop", 10, 0, 180, "Onboarding", 14, 3),
    ("Workshop", 15, 0, 120, "Training", 18, 6),
    ("Room Turing", 9, 0, 60, "周会", 6, 2),
    ("Room Turing", 14, 0, 90, "Security review", 7, 4),
    ("Room Meitner", 11, 0, 45, "One to one", 2, 1),
    ("Room Meitner", 16, 0, 60, "Собеседование", 3, 6),
    ("Room Kovalevskaya", 10, 30, 120, "Quarterly review", 10, 5),
    ("Room Kovalevskaya", 15, 0, 60, "All hands rehearsal", 9, 0),
];

/// What is said of a booking: its title.
fn titled(title: &str) -> Details {
    Details { title: Some(title.to_owned()), ..Details::default() }
}

impl Stage<'_> {
    pub(super) async fn office(&mut self) -> Result<()> {
        let oleg = self.person(2);
        let hours = "Mo-Fr 07:00-21:00; Sa-Su 09:00-18:00";
        let (name, address) = (("Office am Ufer", "office-am-ufer"), "Am Ufer 3, 10999 Berlin");
        let site = things::site(self.app, name, address, (hours, Vec::new()), oleg).await?;
        let mut rooms: Vec<(&'static str, ResourceId)> = Vec::new();
        let mut desks = Vec::new();
        let mut nth = 0;
        for (floor, (name, list)) in FLOORS.iter().enumerate() {
            let area = things::area(self.app, site, name, floor).await?;
            let mut there = Vec::new();
            for (name, kind, seats, quantity, requires_approval, screen, at) in *list {
                let mut values = Values::new();
                if *kind == "room" {
                    values.insert("screen".to_owned(), FieldValue::Flag(*screen));
                    values.insert("floor".to_owned(), FieldValue::Number(i64::try_from(floor).unwrap_or(0)));
                }
                let sample = Sample {
                    name: (*name).to_owned(),
                    kind,
                    seats: *seats,
                    quantity: *quantity,
                    requires_approval: *requires_approval,
                    values,
                };
                let id = self.resource(oleg, (site, area), sample, nth).await?;
                nth += 1;
                there.push(placed(id, *at, false));
                rooms.push((name, id));
            }
            for desk_nth in 0..8 {
                let sample = Sample {
                    name: format!("Desk {floor}.{:02}", desk_nth + 1),
                    kind: "desk",
                    seats: Some(1),
                    quantity: 1,
                    requires_approval: false,
                    values: Values::new(),
                };
                let id = self.resource(oleg, (site, area), sample, nth).await?;
                nth += 1;
                there.push(placed(id, desk(desk_nth), false));
                desks.push(id);
            }
            plans::draw(self.app, (site, area), SIDES, there, WALLS).await?;
        }
        self.month(&rooms, &desks)
    }

    fn month(&mut self, rooms: &[(&'static str, ResourceId)], desks: &[ResourceId]) -> Result<()> {
        let room = |name: &str| rooms.iter().find(|it| it.0 == name).map(|it| it.1);
        for day in -DAYS_BACK..=DAYS_AHEAD {
            let date = self.date(day)?;
            if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                continue;
            }
            let shift = usize::try_from(day + DAYS_BACK).unwrap_or(0);
            for (number, (name, hour, minute, minutes, title, people, off)) in MEETINGS.iter().enumerate() {
                if shift % 7 == *off {
                    continue;
                }
                let Some(room) = room(name) else { continue };
                let window = self.hours(date, Time::constant(*hour, *minute, 0, 0), *minutes)?;
                let details = Details { party_size: Some(*people), ..titled(title) };
                self.meet((self.booker(number + shift), room), window, details, 1, number + shift);
            }
            let taken = desks.iter().enumerate().map(|(number, desk)| (number * 7 + shift * 3, *desk));
            for (nth, (seed, desk)) in taken.filter(|(seed, _)| seed % 5 < 2).enumerate() {
                // Nobody sits at two of them: those who book, one each, and people of the house who have no account.
                let (user, details) = if nth < 4 {
                    (self.booker(nth + shift), titled("Desk"))
                } else {
                    (self.person(2), Details { guest: Some(guest(nth + shift)), ..titled("Desk") })
                };
                let window = self.day(date)?;
                self.meet((user, desk), window, details, 1, seed);
            }
            let window = self.hours(date, Time::constant(10, 0, 0, 0), 120)?;
            if let Some(projector) = room("Projector") {
                self.meet((self.person(4), projector), window, titled("Projector for the planning"), 2, shift);
            }
        }
        let board = self.hours(self.workday(3)?, Time::constant(10, 0, 0, 0), 180)?;
        if let Some(room) = room("Board room") {
            self.meet((self.person(4), room), board, Details { party_size: Some(12), ..titled("Board meeting") }, 1, 0);
        }
        Ok(())
    }

    /// From eight to six.
    fn day(&self, date: Date) -> Result<Interval> {
        self.hours(date, Time::constant(8, 0, 0, 0), 10 * 60)
    }

    /// The first workday so many days ahead or later.
    fn workday(&self, days_ahead: i64) -> Result<Date> {
        let mut date = self.date(days_ahead)?;
        while matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            date = date.tomorrow().map_err(|error| crate::app::AppError::internal(error.to_string()))?;
        }
        Ok(date)
    }

    /// Books a meeting a day or more before; most who have booked come, a few cancel or don't.
    fn meet(
        &mut self,
        (user, resource): (UserId, ResourceId),
        window: Interval,
        details: Details,
        quantity: u32,
        seed: usize,
    ) {
        let before = SignedDuration::from_hours(16 + i64::try_from(seed % 4).unwrap_or(0) * 24);
        let id = self.book((user, resource), window, before, details, quantity);
        if window.start() <= self.now {
            if seed % 17 == 9 {
                let cancel = Close::from(on(id));
                self.deed(minus(window.start(), SignedDuration::from_hours(3)), user, Command::Cancel(cancel));
            } else if seed % 13 == 4 {
                let late = window.start().checked_add(SignedDuration::from_mins(15)).unwrap_or(window.start());
                if late <= self.now {
                    self.deed(late, self.person(2), Command::NoShow(on(id).into()));
                }
            } else {
                self.deed(window.start(), user, Command::CheckIn(on(id)));
            }
        }
    }
}
