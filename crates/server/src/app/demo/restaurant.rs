//! The restaurant of the samples: a hall with a bar, a terrace, and an evening that is at its busiest when the server is started.

use bronya_domain::booking::{Booking, Contact, Details, Guest};
use bronya_domain::command::{Close, Command, MakeBlock, OnConflict};
use bronya_domain::floor_plan::ShapeKind::{Bar, Door, Label, Plant, Wall, Window, Zone};
use bronya_domain::ids::{BlockId, BookingId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::{FieldValue, Values};
use bronya_store::waiting::{self, Entry};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::plans::{self, At, Seen, placed};
use super::things::{self, Sample};
use super::{DAYS_BACK, Stage, minus, on, span};
use crate::app::{App, AppError, Result};

/// A table: its name, seats, whether it is round, whether its bookings need approval, and where it stands.
type Table = (&'static str, u32, bool, bool, At);

/// The hall is fourteen metres by nine.
const HALL: (u32, u32) = (1_400, 900);
const IN_THE_HALL: &[Table] = &[
    ("Table 1", 2, true, false, (120, 140, 76, 76, 0)),
    ("Table 2", 2, true, false, (120, 300, 76, 76, 0)),
    ("Table 3", 2, true, false, (120, 460, 76, 76, 0)),
    ("Table 4", 4, false, false, (310, 150, 100, 100, 0)),
    ("Table 5", 4, false, false, (310, 330, 100, 100, 0)),
    ("Table 6", 4, true, false, (310, 515, 112, 112, 0)),
    ("Table 7", 6, false, false, (545, 150, 180, 92, 0)),
    ("Table 8", 8, false, false, (545, 330, 240, 100, 0)),
    ("Table 9", 4, false, false, (800, 160, 96, 96, 45)),
    ("Table 10", 4, true, false, (800, 345, 112, 112, 0)),
    ("Table 11", 6, false, false, (545, 515, 180, 92, 0)),
    ("Table 12", 10, false, true, (310, 745, 320, 104, 0)),
    ("Table 13", 2, false, false, (600, 740, 80, 80, 0)),
    ("Table 14", 2, false, false, (760, 740, 80, 80, 0)),
    ("Table 15", 4, false, false, (800, 530, 100, 100, 0)),
    ("Table 16", 2, true, false, (120, 620, 76, 76, 0)),
    ("Bar 1", 1, true, false, (1_060, 240, 46, 46, 0)),
    ("Bar 2", 1, true, false, (1_140, 240, 46, 46, 0)),
    ("Bar 3", 1, true, false, (1_220, 240, 46, 46, 0)),
    ("Bar 4", 1, true, false, (1_300, 240, 46, 46, 0)),
    ("Garden room", 24, false, true, (1_185, 650, 290, 330, 0)),
];
const SEEN_IN_THE_HALL: &[Seen] = &[
    (Zone, (1_185, 650, 410, 470, 0), ""),
    (Zone, (1_185, 62, 410, 84, 0), "Kitchen"),
    (Wall, (700, 8, 1_400, 16, 0), ""),
    (Wall, (8, 450, 16, 900, 0), ""),
    (Wall, (1_392, 450, 16, 900, 0), ""),
    (Wall, (470, 892, 940, 16, 0), ""),
    (Wall, (1_240, 892, 320, 16, 0), ""),
    (Wall, (978, 520, 14, 210, 0), ""),
    (Wall, (978, 820, 14, 140, 0), ""),
    (Wall, (1_185, 412, 414, 14, 0), ""),
    (Window, (8, 220, 16, 160, 0), ""),
    (Window, (8, 540, 16, 160, 0), ""),
    (Door, (1_010, 892, 140, 16, 0), ""),
    (Label, (880, 858, 160, 36, 0), "Entrance"),
    (Bar, (1_180, 160, 340, 84, 0), "Bar"),
    (Plant, (60, 840, 60, 60, 0), ""),
    (Plant, (930, 70, 60, 60, 0), ""),
    (Plant, (460, 640, 50, 50, 0), ""),
    (Plant, (910, 640, 50, 50, 0), ""),
];

/// The terrace is twelve metres by six.
const TERRACE: (u32, u32) = (1_200, 600);
const ON_THE_TERRACE: &[Table] = &[
    ("Terrace 1", 4, true, false, (170, 180, 112, 112, 0)),
    ("Terrace 2", 4, false, false, (440, 180, 110, 100, 0)),
    ("Terrace 3", 2, true, false, (700, 180, 80, 80, 0)),
    ("Terrace 4", 6, false, false, (980, 180, 180, 92, 0)),
    ("Terrace 5", 4, true, false, (170, 420, 112, 112, 0)),
    ("Terrace 6", 4, false, false, (440, 420, 110, 100, 0)),
    ("Terrace 7", 2, true, false, (700, 420, 80, 80, 0)),
    ("Terrace 8", 6, false, true, (980, 420, 180, 92, 0)),
];
const SEEN_ON_THE_TERRACE: &[Seen] = &[
    (Zone, (600, 300, 1_190, 590, 0), ""),
    (Plant, (60, 50, 56, 56, 0), ""),
    (Plant, (310, 50, 56, 56, 0), ""),
    (Plant, (570, 50, 56, 56, 0), ""),
    (Plant, (840, 50, 56, 56, 0), ""),
    (Plant, (1_140, 50, 56, 56, 0), ""),
    (Door, (8, 300, 16, 130, 0), ""),
    (Label, (600, 560, 420, 36, 0), "View over the river"),
];

/// Guests without an account: names as people have them, telephone numbers that are nobody's.
const GUESTS: &[(&str, &str)] = &[
    ("Ольга Смирнова", "+49 30 23125 001"),
    ("Thomas Becker", "+49 30 23125 002"),
    ("नेहा शर्मा", "+44 20 7946 0003"),
    ("محمد الأحمد", "+44 20 7946 0004"),
    ("Γιώργος Παπαδόπουλος", "+49 30 23125 005"),
    ("田中 さくら", "+1 202-555-0106"),
    ("김민준", "+1 202-555-0107"),
    ("Zoë O’Connor", "+44 20 7946 0008"),
    ("Łukasz Wiśniewski", "+49 30 23125 009"),
    ("Nguyễn Thị Hoa", "+49 30 23125 010"),
    ("דוד לוי", "+44 20 7946 0011"),
    ("ლევან ბერიძე", "+49 30 23125 012"),
    ("Åsa Lindqvist", "+44 20 7946 0013"),
    ("João Silva", "+1 202-555-0114"),
    ("Ahmet Yılmaz", "+49 30 23125 015"),
    ("สมชาย ใจดี", "+1 202-555-0116"),
    ("Արամ Սարգսյան", "+49 30 23125 017"),
    ("Иван Петров", "+49 30 23125 018"),
    ("Grace Mbeki", "+44 20 7946 0019"),
    ("王芳", "+1 202-555-0120"),
    ("Jan-Willem van der Berg", "+49 30 23125 021"),
    ("Біл Коваленко", "+49 30 23125 022"),
];

/// What becomes of a booking of this evening; minutes from its beginning.
#[derive(Clone, Copy)]
enum Fate {
    /// Nobody has come yet.
    Comes,
    /// They sit there.
    Sits(i64),
    /// They came, and went again.
    Left(i64, i64),
    /// They did not come.
    Missed(i64),
    /// A manager has to say yes.
    Asks,
}

use Fate::{Asks, Comes, Left, Missed, Sits};

/// A booking of this evening: the table, when it begins in minutes from the last quarter of an hour, for how long, by which guest, for
/// how many, what becomes of it, notes, and what somebody may not eat.
type Tonight = (&'static str, i64, i64, usize, u32, Fate, &'static str, &'static str);

const TONIGHT: &[Tonight] = &[
    ("Table 1", -75, 105, 0, 2, Sits(3), "", ""),
    ("Table 2", -15, 90, 1, 2, Comes, "Window, if possible", ""),
    ("Table 3", -120, 105, 2, 2, Sits(1), "", "Peanuts"),
    ("Table 4", -45, 120, 3, 4, Sits(5), "", ""),
    ("Table 5", 45, 120, 4, 3, Comes, "", ""),
    ("Table 6", -105, 120, 5, 4, Sits(2), "Birthday: cake at the end", ""),
    ("Table 7", 0, 120, 6, 5, Comes, "", "Shellfish"),
    ("Table 8", -60, 150, 7, 8, Sits(10), "One in a wheelchair", ""),
    ("Table 9", -150, 105, 8, 3, Left(4, 96), "", ""),
    ("Table 9", 15, 105, 9, 4, Comes, "", ""),
    ("Table 10", -30, 105, 10, 4, Sits(6), "", "Gluten"),
    ("Table 11", -90, 120, 11, 6, Sits(0), "", ""),
    ("Table 11", 30, 120, 12, 5, Comes, "Two small children", ""),
    ("Table 12", 60, 150, 13, 9, Asks, "Company dinner, one bill", ""),
    ("Table 13", -135, 90, 14, 2, Left(2, 80), "", ""),
    ("Table 13", 75, 90, 15, 2, Comes, "", ""),
    ("Table 15", -15, 105, 16, 4, Sits(3), "", ""),
    ("Table 16", -45, 90, 17, 2, Missed(25), "", ""),
    ("Bar 1", -30, 90, 18, 1, Sits(0), "", ""),
    ("Bar 3", 15, 60, 19, 1, Comes, "", ""),
    ("Garden room", 90, 240, 5, 20, Asks, "Birthday of Chidi", ""),
    ("Terrace 1", -60, 105, 20, 4, Sits(2), "", ""),
    ("Terrace 2", 0, 105, 21, 4, Comes, "Comes with a dog", ""),
    ("Terrace 4", -90, 105, 0, 5, Sits(8), "", "Lactose"),
    ("Terrace 5", 30, 105, 3, 4, Comes, "", ""),
    ("Terrace 6", -45, 105, 6, 3, Sits(1), "", ""),
    ("Terrace 8", 45, 120, 9, 6, Asks, "", ""),
];

/// Who waits at the door: a guest, how many, for which tables, and what is to be known.
const WAITING: &[(usize, u32, &[&str], &str)] = &[
    (12, 6, &["Table 7", "Table 8", "Table 11"], "Outside with the children"),
    (19, 4, &["Terrace 1", "Terrace 2", "Terrace 5"], ""),
    (16, 8, &["Table 8"], "Would come back in an hour"),
];

/// Those who wait, to be put on the list when the evening has got so far.
pub(super) struct Waiting(Vec<Entry>);

impl Waiting {
    pub(super) async fn join(self, app: &App) -> Result<()> {
        app.store
            .write(move |tx| {
                Box::pin(async move {
                    for entry in &self.0 {
                        waiting::insert(tx, entry).await?;
                    }
                    Ok::<_, AppError>(())
                })
            })
            .await
    }
}

/// One of the guests.
pub(super) fn guest(nth: usize) -> Guest {
    let (name, phone) = GUESTS[nth % GUESTS.len()];
    Guest { contact: Contact { name: name.to_owned(), email: None, phone: Some(phone.to_owned()) }, link: None }
}

fn details(nth: usize, party: u32, notes: &str, allergies: &str) -> Details {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let fields: Values =
        some(allergies).map(|text| ("allergies".to_owned(), FieldValue::Text(text))).into_iter().collect();
    Details { notes: some(notes), party_size: Some(party), fields, guest: Some(guest(nth)), ..Details::default() }
}

impl Stage<'_> {
    pub(super) async fn restaurant(&mut self) -> Result<Waiting> {
        let maria = self.person(1);
        let (name, address) = (("Bistro Linde", "bistro-linde"), "Lindenweg 12, 10999 Berlin");
        let hours = ("Mo-Su 11:00-24:00", self.open_all_day());
        let site = things::site(self.app, name, address, hours, maria).await?;
        things::open_to_the_public(self.app, site).await?;
        let mut tables: Vec<(&'static str, u32, ResourceId)> = Vec::new();
        for (name, list, sides, seen) in [
            ("Main hall", IN_THE_HALL, HALL, SEEN_IN_THE_HALL),
            ("Terrace", ON_THE_TERRACE, TERRACE, SEEN_ON_THE_TERRACE),
        ] {
            let area = things::area(self.app, site, name, tables.len()).await?;
            let mut there = Vec::new();
            for (name, seats, is_round, requires_approval, at) in list {
                let kind = if *name == "Garden room" { "room" } else { "table" };
                let shape = if *is_round {
                    "round"
                } else if at.2 == at.3 {
                    "square"
                } else {
                    "long"
                };
                let sample = Sample {
                    name: (*name).to_owned(),
                    kind,
                    seats: Some(*seats),
                    quantity: 1,
                    requires_approval: *requires_approval,
                    values: if kind == "table" { things::values(&[("shape", shape)]) } else { Values::new() },
                };
                let id = self.resource(maria, (site, area), sample, tables.len()).await?;
                there.push(placed(id, *at, *is_round));
                tables.push((name, *seats, id));
            }
            plans::draw(self.app, (site, area), sides, there, seen).await?;
        }
        let tonight = self.tonight(maria, &tables)?;
        self.other_evenings(maria, &tables, tonight)?;
        let quarter = self.quarter();
        let found = |name: &str| tables.iter().find(|it| it.0 == name).map(|it| it.2);
        let entry = |(nth, party, names, notes): &(usize, u32, &[&str], &str)| {
            let id = BookingId(self.app.ids.next());
            Ok(Entry {
                id,
                user: Booking::guest_of(id),
                made_by: Some(maria),
                window: span(quarter, 90)?,
                duration: Some(SignedDuration::from_mins(75)),
                quantity: 1,
                details: details(*nth, *party, notes, ""),
                resources: names.iter().filter_map(|name| found(name)).collect(),
                created_at: minus(self.now, SignedDuration::from_mins(12)),
                offered_at: None,
                left_at: None,
                offer: None,
            })
        };
        Ok(Waiting(WAITING.iter().map(entry).collect::<Result<_>>()?))
    }

    /// Whenever it is started, the evening is at its height: the days that it needs beyond the opening hours.
    fn open_all_day(&self) -> Vec<Date> {
        let at = |hours| minus(self.now, SignedDuration::from_hours(hours)).to_zoned(self.zone.clone());
        let (first, last) = (at(3), at(-6));
        if 11 <= first.hour() && first.date() == last.date() {
            return Vec::new();
        }
        first.date().series(1.day()).take_while(|date| *date <= last.date()).collect()
    }

    /// The quarter of an hour that has begun.
    fn quarter(&self) -> Timestamp {
        let second = self.now.as_second();
        Timestamp::from_second(second - second.rem_euclid(15 * 60)).unwrap_or(self.now)
    }

    /// This evening; the time that it takes.
    fn tonight(&mut self, maria: UserId, tables: &[(&'static str, u32, ResourceId)]) -> Result<Interval> {
        let quarter = self.quarter();
        let at = |minutes: i64| quarter.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(quarter);
        let found = |name: &str| {
            let table = tables.iter().find(|it| it.0 == name);
            table.map(|it| it.2).ok_or_else(|| AppError::internal(format!("there is no {name}")))
        };
        for (table, from, minutes, nth, party, fate, notes, allergies) in TONIGHT {
            let (start, interval) = (at(*from), span(at(*from), *minutes)?);
            let after = |minutes: i64| start.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(start);
            let mut details = details(*nth, *party, notes, allergies);
            let (who, before) = match fate {
                // Whoever asks has an account, and a manager is not asked.
                Asks => {
                    (details.guest, details.title) = (None, Some("Dinner".to_owned()));
                    (self.booker(*nth), SignedDuration::from_hours(5))
                }
                _ => (maria, SignedDuration::from_hours(26)),
            };
            if *table == "Garden room" {
                details.fields = Values::new();
            }
            let id = self.book((who, found(table)?), interval, before, details, 1);
            match fate {
                Comes | Asks => {}
                Sits(late) => self.deed(after(*late), maria, Command::CheckIn(on(id))),
                Left(late, stay) => {
                    self.deed(after(*late), maria, Command::CheckIn(on(id)));
                    self.deed(after(*stay), maria, Command::End(on(id)));
                }
                Missed(after_minutes) => self.deed(after(*after_minutes), maria, Command::NoShow(on(id).into())),
            }
        }
        let heater = MakeBlock {
            id: BlockId(self.app.ids.next()),
            resource: found("Terrace 7")?,
            interval: span(at(-60), 240)?,
            reason: Some("The heater is being repaired".to_owned()),
            on_conflict: OnConflict::Refuse,
            series: None,
        };
        self.deed(at(-90), maria, Command::Block(heater));
        span(at(-180), 660)
    }

    /// Evenings that have been, with those who came and those who did not, and evenings to come.
    fn other_evenings(
        &mut self,
        maria: UserId,
        tables: &[(&'static str, u32, ResourceId)],
        tonight: Interval,
    ) -> Result<()> {
        for day in -DAYS_BACK..=7 {
            let date = self.date(day)?;
            let shift = usize::try_from(day + DAYS_BACK).unwrap_or(0);
            for (nth, (name, seats, table)) in tables.iter().enumerate() {
                for (sitting, hour) in [(0, 18), (1, 20)] {
                    let seed = nth * 5 + sitting * 3 + shift * 7;
                    if seed % 4 == 3 || *seats > 8 || *name == "Terrace 8" {
                        continue;
                    }
                    let start = Time::constant(hour, if seed.is_multiple_of(3) { 30 } else { 0 }, 0, 0);
                    let interval = self.hours(date, start, 105)?;
                    let mended = *name == "Table 14" && self.now < interval.end();
                    if mended || (interval.start() < tonight.end() && tonight.start() < interval.end()) {
                        continue;
                    }
                    let party = seats.saturating_sub(u32::from(seed % 2 == 0)).max(1);
                    let before = SignedDuration::from_hours(28 + i64::try_from(seed % 5).unwrap_or(0) * 30);
                    let id = self.book((maria, *table), interval, before, details(seed, party, "", ""), 1);
                    let minutes = SignedDuration::from_mins;
                    if self.now < interval.end() {
                        continue;
                    }
                    if seed % 13 == 7 {
                        let cancel = Close { target: on(id), reason: Some("They have called".to_owned()) };
                        self.deed(minus(interval.start(), minutes(200)), maria, Command::Cancel(cancel));
                        continue;
                    }
                    let later = |by| interval.start().checked_add(minutes(by)).unwrap_or(interval.start());
                    if seed % 11 == 5 {
                        self.deed(later(30), maria, Command::NoShow(on(id).into()));
                    } else {
                        self.deed(later(5), maria, Command::CheckIn(on(id)));
                        self.deed(later(if seed % 2 == 0 { 100 } else { 85 }), maria, Command::End(on(id)));
                    }
                }
            }
        }
        Ok(())
    }
}
