//! The sample data of `bronya serve --demo`: a restaurant with a busy evening and an office with a week of meetings.
//! Everything goes in through the same commands as anybody's, and only into a database that holds no account.

mod things;

use bronya_domain::booking::Details;
use bronya_domain::command::{Book, Command, CreateResource, MakeBlock, OnConflict};
use bronya_domain::ids::{BlockId, BookingId, GroupId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::resource::Attributes;
use bronya_domain::user::{Principal, Role};
use bronya_store::accounts;
use bronya_store::engine::{Actor, Denied};
use bronya_store::events::Origin;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::users::{self, NewAccount};
use super::{App, AppError, Result};
use crate::auth::password::Verified;
use crate::auth::username::Username;

/// The password of every sample account. Good for nothing else: demo servers listen on loopback only.
pub const PASSWORD: &str = "sample-data-only";

/// The time zone of the samples.
const ZONE: &str = "Europe/Berlin";
/// How many days ahead there are bookings.
const DAYS: i64 = 7;

/// A sample account.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The name to sign in with.
    pub username: &'static str,
    /// What others see.
    pub display_name: &'static str,
    /// What it may do.
    pub role: Role,
    /// What it is in the sample, for whoever reads the list of sign-ins.
    pub part: &'static str,
}

/// Who is there.
pub const PEOPLE: &[Person] = &[
    Person { username: "admin", display_name: "Administrator", role: Role::Admin, part: "may do everything" },
    Person { username: "maria", display_name: "María Ortega", role: Role::User, part: "runs the restaurant" },
    Person { username: "oleg", display_name: "Олег Зайцев", role: Role::User, part: "runs the office" },
    Person { username: "anna", display_name: "Anna Schmidt", role: Role::User, part: "books" },
    Person { username: "wei", display_name: "李伟", role: Role::User, part: "books" },
    Person { username: "amara", display_name: "Amara Okafor", role: Role::User, part: "books" },
    Person { username: "noor", display_name: "نور حداد", role: Role::User, part: "books" },
];

/// A sample resource: name, kind, seats, units, whether it needs approval.
type Sample = (&'static str, &'static str, Option<u32>, u32, bool);

const RESTAURANT: &[Sample] = &[
    ("Table 1", "table", Some(2), 1, false),
    ("Table 2", "table", Some(2), 1, false),
    ("Table 3", "table", Some(2), 1, false),
    ("Table 4", "table", Some(4), 1, false),
    ("Table 5", "table", Some(4), 1, false),
    ("Table 6", "table", Some(4), 1, false),
    ("Table 7", "table", Some(6), 1, false),
    ("Table 8", "table", Some(8), 1, false),
    ("Terrace 1", "table", Some(4), 1, false),
    ("Terrace 2", "table", Some(4), 1, false),
    ("Garden room", "room", Some(24), 1, true),
];

const OFFICE: &[Sample] = &[
    ("Room Ada", "room", Some(4), 1, false),
    ("Room Curie", "room", Some(6), 1, false),
    ("Room Noether", "room", Some(8), 1, false),
    ("Board room", "room", Some(16), 1, true),
    ("Focus booth", "booth", Some(1), 3, false),
    ("Desks, 1st floor", "desk", Some(1), 12, false),
    ("Desks, 2nd floor", "desk", Some(1), 12, false),
    ("Projector", "equipment", None, 3, false),
];

/// Fills an empty database; false, and nothing done, where there is an account already.
pub async fn fill(app: &App) -> Result<bool> {
    let accounts = app.store.read(|tx| Box::pin(accounts::count(tx))).await?;
    if accounts > 0 {
        return Ok(false);
    }
    let mut people = Vec::new();
    for person in PEOPLE {
        let username = Username::parse(person.username)
            .map_err(|problem| AppError::internal(format!("sample account {}: {problem}", person.username)))?;
        let new = NewAccount {
            username,
            password: PASSWORD.to_owned(),
            email: Some(format!("{}@example.org", person.username)),
            display_name: Some(person.display_name.to_owned()),
        };
        people.push(users::create(app, new, person.role, Origin::default(), None).await?.id);
    }
    let zone = TimeZone::get(ZONE).map_err(|error| AppError::internal(error.to_string()))?;
    let today = app.clock.now().to_zoned(zone.clone()).date();
    let board = things::declare(app, &[people[2], people[4]]).await?;
    let stage = Stage { app, people: &people, today, zone, board };
    stage.restaurant().await?;
    stage.office().await?;
    Ok(true)
}

/// Whether an account of the samples is there that can still sign in with the password that everybody knows.
pub async fn is_left(app: &App) -> Result<bool> {
    for person in PEOPLE {
        let username = Username::parse(person.username)
            .map_err(|problem| AppError::internal(format!("sample account {}: {problem}", person.username)))?;
        let found = users::by_name(app, &username).await?;
        let Some(account) = found.filter(|account| account.disabled_at.is_none()) else { continue };
        if app.sign_in.hasher.verify(PASSWORD, Some(&account.password_hash)).await? != Verified::Wrong {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Stage<'a> {
    app: &'a App,
    people: &'a [UserId],
    today: Date,
    zone: TimeZone,
    /// For whom the board room is kept.
    board: GroupId,
}

impl Stage<'_> {
    async fn restaurant(&self) -> Result<()> {
        let maria = self.person(1);
        let bistro = things::site(self.app, "Bistro Linde", "bistro-linde", "Mo-Su 11:00-24:00", maria).await?;
        let tables = self.resources(maria, bistro, RESTAURANT).await?;
        for day in 0..DAYS {
            let date = self.date(day)?;
            for (at, table) in tables.iter().enumerate().take(10) {
                // Two sittings, some tables with gaps, so that the evening is busy and not full.
                for (sitting, hour) in [(0, 18), (1, 20)] {
                    let seed = at + sitting * 3 + usize::try_from(day).unwrap_or(0);
                    if seed % 4 == 3 {
                        continue;
                    }
                    let start = Time::constant(hour, if seed.is_multiple_of(3) { 30 } else { 0 }, 0, 0);
                    let guests = RESTAURANT[at].2.map(|seats| seats.saturating_sub(u32::from(seed % 2 == 0)).max(1));
                    let booker = self.person(3 + seed % 4);
                    self.book(booker, *table, self.hours(date, start, 105)?, "Dinner", guests, 1).await?;
                }
            }
        }
        let party = self.hours(self.date(2)?, Time::constant(19, 0, 0, 0), 240)?;
        if let Some(garden) = tables.last() {
            self.book(self.person(5), *garden, party, "Birthday of Chidi", Some(20), 1).await?;
        }
        if let Some(terrace) = tables.get(8) {
            let closed = self.hours(self.date(3)?, Time::constant(8, 0, 0, 0), 9 * 60)?;
            self.block(maria, *terrace, closed, "Repairs").await?;
        }
        Ok(())
    }

    async fn office(&self) -> Result<()> {
        let oleg = self.person(2);
        let hours = "Mo-Fr 07:00-21:00; Sa-Su 09:00-18:00";
        let house = things::site(self.app, "Office am Ufer", "office-am-ufer", hours, oleg).await?;
        let rooms = self.resources(oleg, house, OFFICE).await?;
        let meetings: &[(usize, i8, i8, i64, &str, u32)] = &[
            (0, 9, 0, 30, "Stand-up", 4),
            (0, 11, 0, 60, "Design review", 4),
            (1, 10, 0, 90, "Sprint planning", 6),
            (1, 14, 0, 60, "Interview", 3),
            (2, 13, 0, 45, "Lunch and learn", 8),
            (2, 15, 30, 60, "Customer call", 5),
        ];
        for day in 0..DAYS {
            let date = self.date(day)?;
            if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                continue;
            }
            let shift = usize::try_from(day).unwrap_or(0);
            for (number, (room, hour, minute, minutes, title, people)) in meetings.iter().enumerate() {
                if (number + shift) % 5 == 4 {
                    continue;
                }
                let window = self.hours(date, Time::constant(*hour, *minute, 0, 0), *minutes)?;
                self.book(self.person(3 + (number + shift) % 4), rooms[*room], window, title, Some(*people), 1).await?;
            }
            for person in 0..4 {
                let window = self.hours(date, Time::constant(8, 0, 0, 0), 10 * 60)?;
                self.book(self.person(3 + person), rooms[5 + person % 2], window, "Desk", None, 1).await?;
            }
            let window = self.hours(date, Time::constant(10, 0, 0, 0), 120)?;
            self.book(self.person(4), rooms[7], window, "Projector for the planning", None, 2).await?;
        }
        let board = self.hours(self.date(4)?, Time::constant(10, 0, 0, 0), 180)?;
        self.book(self.person(4), rooms[3], board, "Board meeting", Some(12), 1).await
    }

    fn person(&self, at: usize) -> UserId {
        self.people[at % self.people.len()]
    }

    fn date(&self, days_ahead: i64) -> Result<Date> {
        self.today.checked_add(days_ahead.days()).map_err(|error| AppError::internal(error.to_string()))
    }

    /// Minutes from a local time on.
    fn hours(&self, date: Date, start: Time, minutes: i64) -> Result<Interval> {
        let start: Timestamp = date
            .to_datetime(start)
            .to_zoned(self.zone.clone())
            .map_err(|error| AppError::internal(error.to_string()))?
            .timestamp();
        let end = start.checked_add(minutes.minutes()).map_err(|error| AppError::internal(error.to_string()))?;
        Interval::new(start, end).map_err(|_| AppError::internal("a sample ends before it starts"))
    }

    async fn resources(&self, manager: UserId, site: SiteId, samples: &[Sample]) -> Result<Vec<ResourceId>> {
        let mut made = Vec::new();
        for (name, kind, capacity, quantity, requires_approval) in samples {
            let id = ResourceId(self.app.ids.next());
            let attributes = Attributes {
                name: (*name).to_owned(),
                kind: Some((*kind).to_owned()),
                description: None,
                capacity: *capacity,
                quantity: *quantity,
                time_zone: ZONE.to_owned(),
                requires_approval: *requires_approval,
                site: Some(site),
                area: None,
                parts: Vec::new(),
                rules: things::rules(name, self.board),
                profile: things::profile(name, kind, made.len(), self.date(DAYS + 1)?),
            };
            self.submit(
                manager,
                Command::CreateResource(CreateResource { id, attributes, zone_of_site: false, admins_only: false }),
            )
            .await?;
            made.push(id);
        }
        Ok(made)
    }

    async fn book(
        &self,
        user: UserId,
        resource: ResourceId,
        interval: Interval,
        title: &str,
        party_size: Option<u32>,
        quantity: u32,
    ) -> Result<()> {
        if interval.start() < self.app.clock.now() {
            // Earlier today: that time has passed.
            return Ok(());
        }
        let id = BookingId(self.app.ids.next());
        let details = Details { title: Some(title.to_owned()), notes: None, party_size, ..Details::default() };
        self.submit(
            user,
            Command::Book(Book {
                id,
                resource,
                interval,
                ends_by_place: false,
                quantity,
                details,
                on_behalf_of: None,
                override_reason: None,
                hold_minutes: None,
                series: None,
                along: Vec::new(),
            }),
        )
        .await
    }

    async fn block(&self, user: UserId, resource: ResourceId, interval: Interval, reason: &str) -> Result<()> {
        let id = BlockId(self.app.ids.next());
        let reason = Some(reason.to_owned());
        let make = MakeBlock { id, resource, interval, reason, on_conflict: OnConflict::Refuse, series: None };
        self.submit(user, Command::Block(make)).await
    }

    async fn submit(&self, user: UserId, command: Command) -> Result<()> {
        let actor = Actor::Trusted(Principal { user, role: Role::User });
        match self.app.submit_as(actor, command, Origin::default()).await {
            Ok(_) => Ok(()),
            Err(Denied::Refused(refusal)) => Err(AppError::internal(format!("a sample was refused: {refusal:?}"))),
            Err(other) => Err(other.into()),
        }
    }
}
