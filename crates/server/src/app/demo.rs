//! The sample data of `bronya serve --demo`: a restaurant in the midst of a busy evening and an office of three floors with a month
//! of meetings. Everything goes in through the same commands as anybody's, at the time at which it would have been done, and only
//! into a database that holds no account.

mod office;
mod plans;
mod restaurant;
mod things;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bronya_domain::booking::Details;
use bronya_domain::command::{Book, Command, Targeted};
use bronya_domain::ids::{BookingId, GroupId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::user::{Principal, Role};
use bronya_store::accounts;
use bronya_store::engine::{Actor, Denied};
use bronya_store::events::Origin;
use bronya_store::ports::Clock;
use futures_util::future::join_all;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::users::{self, NewAccount};
use super::{App, AppError, Result};
use crate::auth::password::Verified;
use crate::auth::username::Username;

/// The password of every sample account. Good for nothing else: demo servers listen on loopback only.
pub const PASSWORD: &str = "sample-data-only";

/// The time zone of the samples.
const ZONE: &str = "Europe/Berlin";
/// How many days back there are bookings.
const DAYS_BACK: i64 = 28;
/// How long before that everything begins: the earliest booking is made a week ahead.
const DAYS_BEFORE: i64 = 8;
/// How many days ahead there are bookings.
const DAYS_AHEAD: i64 = 16;

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

/// The clock of a server that is given the samples: whoever holds its hands can put it back, so that what has been can be done when it
/// was. Let go, it shows the time.
#[derive(Clone, Debug, Default)]
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    /// `real`, as long as nobody holds it back.
    pub fn clock(&self, real: Clock) -> Clock {
        let behind = Arc::clone(&self.0);
        Clock::from_fn(move || {
            let back = SignedDuration::from_micros(behind.load(Ordering::Acquire));
            real.now().checked_sub(back).unwrap_or(Timestamp::MIN)
        })
    }

    /// Shows the time before or at which it is now by so much.
    fn hold_back(&self, by: SignedDuration) {
        self.0.store(i64::try_from(by.as_micros()).unwrap_or(0).max(0), Ordering::Release);
    }
}

/// Fills an empty database; false, and nothing done, where there is an account already. `hands` are those of the application's clock.
pub async fn fill(app: &App, hands: &Hands) -> Result<bool> {
    let accounts = app.store.read(|tx| Box::pin(accounts::count(tx))).await?;
    if accounts > 0 {
        return Ok(false);
    }
    let now = app.clock.now();
    hands.hold_back(SignedDuration::from_hours(24 * (DAYS_BACK + DAYS_BEFORE)));
    let filled = fill_from_the_past(app, hands, now).await;
    hands.hold_back(SignedDuration::ZERO);
    filled.map(|()| true)
}

async fn fill_from_the_past(app: &App, hands: &Hands, now: Timestamp) -> Result<()> {
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
    let today = now.to_zoned(zone.clone()).date();
    let board = things::declare(app, &[people[2], people[4]]).await?;
    let mut stage = Stage { app, people: &people, now, today, zone, board, deeds: Vec::new() };
    let waiting = stage.restaurant().await?;
    stage.office().await?;
    stage.play(hands).await?;
    waiting.join(app).await
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

/// Something that somebody does at some time.
struct Deed {
    at: Timestamp,
    user: UserId,
    command: Command,
}

struct Stage<'a> {
    app: &'a App,
    people: &'a [UserId],
    now: Timestamp,
    today: Date,
    zone: TimeZone,
    /// For whom the board room is kept.
    board: GroupId,
    /// What is to be done, in no order.
    deeds: Vec<Deed>,
}

impl Stage<'_> {
    fn person(&self, at: usize) -> UserId {
        self.people[at % self.people.len()]
    }

    /// One of those who book.
    fn booker(&self, at: usize) -> UserId {
        self.person(3 + at % 4)
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
        span(start, minutes)
    }

    /// What somebody does then: what is to come is done by now.
    fn deed(&mut self, at: Timestamp, user: UserId, command: Command) {
        self.deeds.push(Deed { at: at.min(self.now), user, command });
    }

    /// Books a while before; the booking's id.
    fn book(
        &mut self,
        (user, resource): (UserId, ResourceId),
        interval: Interval,
        before: SignedDuration,
        details: Details,
        quantity: u32,
    ) -> BookingId {
        let id = BookingId(self.app.ids.next());
        let book = Book {
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
        };
        self.deed(minus(interval.start(), before), user, Command::Book(book));
        id
    }

    /// Carries out what is to be done, each at its time and what is done at one time together.
    async fn play(&mut self, hands: &Hands) -> Result<()> {
        let mut deeds = std::mem::take(&mut self.deeds);
        deeds.sort_by_key(|deed| deed.at);
        let mut rest = deeds.into_iter().peekable();
        while let Some(first) = rest.next() {
            let at = first.at;
            let mut together = vec![first];
            while let Some(deed) = rest.next_if(|deed| deed.at == at) {
                together.push(deed);
            }
            hands.hold_back(self.now.duration_since(at));
            for done in join_all(together.into_iter().map(|deed| self.submit(deed.user, deed.command))).await {
                done?;
            }
        }
        Ok(())
    }

    async fn submit(&self, user: UserId, command: Command) -> Result<()> {
        let actor = Actor::Trusted(Principal { user, role: Role::User });
        let what = format!("{command:?}");
        match self.app.submit_as(actor, command, Origin::default()).await {
            Ok(_) => Ok(()),
            Err(Denied::Refused(refusal)) => {
                Err(AppError::internal(format!("a sample was refused: {refusal:?} for {what}")))
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// So many minutes from a time on.
fn span(start: Timestamp, minutes: i64) -> Result<Interval> {
    let end = start.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(start);
    Interval::new(start, end).map_err(|_| AppError::internal("a sample ends before it starts"))
}

fn minus(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(time)
}

fn on(id: BookingId) -> Targeted<BookingId> {
    Targeted { id, versions: None }
}
