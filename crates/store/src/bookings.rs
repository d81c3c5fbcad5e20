//! Reading bookings. They are changed by commands only.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::booking::{Booking, Status};
use bronya_domain::facts::Entry;
use bronya_domain::ids::{AreaId, BookingId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::BOOKING_MAX;
use jiff::{SignedDuration, Timestamp};

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::diaries::{self, DIARY_MAX};
use crate::error::{Result, StoreError};
use crate::facts::{self, booking};

pub(crate) const BY_ID: Sql<1> = Sql::new(concat!(select_booking!(), " WHERE id = $1"));
/// Those of one user, for the user and for administrators.
pub(crate) const OF_USER: Sql<9> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE user_id = $1 AND (starts_at, id) > ($2, $3) AND ends_at > $4 AND starts_at < $5 AND ",
    status_is!("$6", "$7", "$8"),
    "
    ORDER BY starts_at, id LIMIT $9"
));
/// Those of one user on one resource, or that hold it beside another.
pub(crate) const OF_USER_ON_RESOURCE: Sql<10> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE user_id = $1
        AND (resource_id = $2 OR EXISTS (
            SELECT 1 FROM share WHERE share.holder_id = booking.id AND share.resource_id = $2))
        AND (starts_at, id) > ($3, $4) AND ends_at > $5 AND starts_at < $6 AND ",
    status_is!("$7", "$8", "$9"),
    "
    ORDER BY starts_at, id LIMIT $10"
));
/// Those on one resource, or that hold it beside another.
pub(crate) const OF_RESOURCE: Sql<9> = Sql::new(concat!(
    "SELECT * FROM (",
    select_booking!(),
    "
    WHERE resource_id = $1 AND (starts_at, id) > ($2, $3) AND ends_at > $4 AND starts_at < $5 AND ",
    status_is!("$6", "$7", "$8"),
    "
    ORDER BY starts_at, id LIMIT $9) AS own
    UNION ALL SELECT * FROM (",
    select_booking!(),
    "
    WHERE id IN (SELECT holder_id FROM share WHERE share.resource_id = $1)
        AND (starts_at, id) > ($2, $3) AND ends_at > $4 AND starts_at < $5 AND ",
    status_is!("$6", "$7", "$8"),
    "
    ORDER BY starts_at, id LIMIT $9) AS along
    ORDER BY starts_at, id LIMIT $9"
));
/// All, for administrators.
pub(crate) const ALL: Sql<8> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE (starts_at, id) > ($1, $2) AND ends_at > $3 AND starts_at < $4 AND ",
    status_is!("$5", "$6", "$7"),
    "
    ORDER BY starts_at, id LIMIT $8"
));
/// All that wait for a decision, for administrators.
pub(crate) const PENDING: Sql<6> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE (starts_at, id) > ($1, $2) AND ends_at > $3 AND starts_at < $4 AND status = 'pending'
        AND (lapses_at IS NULL OR lapses_at > $5)
    ORDER BY starts_at, id LIMIT $6"
));
/// Those on the resources that somebody manages, and those for which one of these was booked along.
pub(crate) const MANAGED: Sql<9> = Sql::new(concat!(
    "SELECT * FROM (",
    select_booking!(),
    "
    WHERE (starts_at, id) > ($1, $2) AND ends_at > $3 AND starts_at < $4 AND ",
    status_is!("$5", "$6", "$7"),
    "
        AND resource_id IN ",
    managed_by!("$8"),
    "
    ORDER BY starts_at, id LIMIT $9) AS own
    UNION ALL SELECT * FROM (",
    select_booking!(),
    "
    WHERE id IN (SELECT holder_id FROM share WHERE share.asked AND share.resource_id IN ",
    managed_by!("$8"),
    ")
        AND resource_id NOT IN ",
    managed_by!("$8"),
    "
        AND (starts_at, id) > ($1, $2) AND ends_at > $3 AND starts_at < $4 AND ",
    status_is!("$5", "$6", "$7"),
    "
    ORDER BY starts_at, id LIMIT $9) AS along
    ORDER BY starts_at, id LIMIT $9"
));
/// Those of one user on the resources that somebody manages, and those for which one of these was booked along.
pub(crate) const MANAGED_OF_USER: Sql<10> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE user_id = $1 AND (starts_at, id) > ($2, $3) AND ends_at > $4 AND starts_at < $5 AND ",
    status_is!("$6", "$7", "$8"),
    "
        AND (resource_id IN ",
    managed_by!("$9"),
    "
            OR EXISTS (SELECT 1 FROM share WHERE share.holder_id = booking.id AND share.asked AND share.resource_id IN ",
    managed_by!("$9"),
    "))
    ORDER BY starts_at, id LIMIT $10"
));
/// Those that somebody takes part in.
pub(crate) const TAKING_PART: Sql<9> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE id IN (SELECT booking_id FROM participant WHERE participant.user_id = $1)
        AND (starts_at, id) > ($2, $3) AND ends_at > $4 AND starts_at < $5 AND ",
    status_is!("$6", "$7", "$8"),
    "
    ORDER BY starts_at, id LIMIT $9"
));
/// When people take part in something.
pub(crate) const ENGAGED: Each<4> = Each::new(
    "SELECT participant.user_id, booking.starts_at, booking.ends_at
    FROM participant JOIN booking ON booking.id = participant.booking_id
    WHERE participant.user_id = $1 AND booking.starts_at < $2 AND booking.ends_at > $3
        AND (booking.lapses_at IS NULL OR booking.lapses_at > $4) AND booking.status NOT IN ('rejected', 'cancelled', 'expired')
    LIMIT 10001",
    "SELECT participant.user_id, booking.starts_at, booking.ends_at
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
        AS asked (user_id, to_at, from_at, now_at)
    JOIN participant ON participant.user_id = asked.user_id
    JOIN booking ON booking.id = participant.booking_id
    WHERE booking.starts_at < asked.to_at AND booking.ends_at > asked.from_at
        AND (booking.lapses_at IS NULL OR booking.lapses_at > asked.now_at)
        AND booking.status NOT IN ('rejected', 'cancelled', 'expired')
    LIMIT 10001",
);
/// Those whose time to act has run out, and of which nobody has written that down.
pub(crate) const LAPSED: Sql<2> =
    Sql::new("SELECT id FROM booking WHERE lapses_at <= $1 ORDER BY lapses_at, id LIMIT $2");
/// Those of a site, by which starts are counted where rules are tried.
pub(crate) const STARTING_AT_SITE: Sql<3> = Sql::new(concat!(
    select_booking!(),
    "
    WHERE starts_at >= $1 AND resource_id IN (SELECT id FROM resource WHERE site_id = $2 AND deleted_at IS NULL)
        AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3"
));
/// Those of a site that rules are tried on, and those for which something of it was booked along.
pub(crate) const TRIED_OF_SITE: Sql<3> = Sql::new(concat!(
    "SELECT * FROM (",
    select_booking!(),
    "
    WHERE starts_at >= $1 AND resource_id IN (SELECT id FROM resource WHERE site_id = $2 AND deleted_at IS NULL)
        AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3) AS own
    UNION ALL SELECT * FROM (",
    select_booking!(),
    "
    WHERE id IN (
            SELECT share.holder_id FROM resource JOIN share ON share.resource_id = resource.id
            WHERE resource.site_id = $2 AND resource.deleted_at IS NULL AND share.asked
        )
        AND resource_id NOT IN (SELECT id FROM resource WHERE site_id = $2 AND deleted_at IS NULL)
        AND starts_at >= $1 AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3) AS along
    ORDER BY starts_at, id LIMIT $3"
));
/// The same of an area, and of whatever stands in it.
pub(crate) const TRIED_OF_AREA: Sql<3> = Sql::new(concat!(
    "WITH RECURSIVE inside (id, site_id) AS (
        SELECT id, site_id FROM area WHERE id = $1
        UNION
        SELECT area.id, area.site_id FROM inside CROSS JOIN area
        WHERE area.site_id = inside.site_id AND area.parent_id = inside.id AND area.deleted_at IS NULL
    ), standing (id) AS (
        SELECT resource.id FROM inside CROSS JOIN resource
        WHERE resource.site_id = inside.site_id AND resource.area_id = inside.id AND resource.deleted_at IS NULL
    )
    SELECT * FROM (",
    select_booking!(),
    "
    WHERE starts_at >= $2 AND resource_id IN (SELECT standing.id FROM standing)
        AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3) AS own
    UNION ALL SELECT * FROM (",
    select_booking!(),
    "
    WHERE id IN (
            SELECT share.holder_id FROM standing CROSS JOIN share WHERE share.resource_id = standing.id AND share.asked
        )
        AND resource_id NOT IN (SELECT standing.id FROM standing)
        AND starts_at >= $2 AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3) AS along
    ORDER BY starts_at, id LIMIT $3"
));
/// The same of a resource.
pub(crate) const TRIED_OF_RESOURCE: Sql<3> = Sql::new(concat!(
    "SELECT * FROM (",
    select_booking!(),
    "
    WHERE starts_at >= $1 AND resource_id = $2 AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3) AS own
    UNION ALL SELECT * FROM (",
    select_booking!(),
    "
    WHERE id IN (SELECT share.holder_id FROM share WHERE share.resource_id = $2 AND share.asked)
        AND starts_at >= $1 AND status NOT IN ('rejected', 'cancelled', 'expired')
    ORDER BY starts_at, id LIMIT $3) AS along
    ORDER BY starts_at, id LIMIT $3"
));
pub(crate) const LONGEST_ON: Sql<1> = Sql::new("SELECT booking_longest_us FROM resource WHERE id = $1");
pub(crate) const LONGEST: Sql<0> = Sql::new("SELECT coalesce(max(booking_longest_us), 0) FROM resource");

/// Which bookings a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// Those on resources that this user manages, or for which one of these was booked along.
    ManagedBy(UserId),
}

/// What a list of bookings is narrowed to.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Whose.
    pub user: Option<UserId>,
    /// On which resource. Whether the caller may see it, the caller has checked.
    pub resource: Option<ResourceId>,
    /// In which status.
    pub status: Option<Status>,
    /// Ending after this.
    pub from: Timestamp,
    /// Starting before this.
    pub to: Timestamp,
    /// In order of start and id, those after this place.
    pub after: (Timestamp, BookingId),
    /// When that is asked: what has lapsed by then is in the status that it came to, also before that is written down.
    pub now: Timestamp,
}

impl Filter {
    /// The statuses that are asked for as lists of the words that stand in rows: of those that have not lapsed, and of those that
    /// have. What a booking comes to by lapsing, the domain knows.
    fn words(&self) -> (Value, Value) {
        let Some(wanted) = self.status else { return (Value::Word(""), Value::Word("")) };
        let listed = |comes_to: &dyn Fn(Status) -> Status| {
            let words = Status::ALL.into_iter().filter(|it| comes_to(*it) == wanted).map(Status::as_str);
            words.fold(String::from(","), |list, word| list + word + ",")
        };
        (listed(&|it| it).into(), listed(&|it| it.at(Some(self.now), self.now)).into())
    }
}

/// The booking with this id.
pub async fn by_id(tx: &mut Tx, id: BookingId) -> Result<Option<Booking>> {
    tx.row(&BY_ID, [id.into()], booking).await
}

/// On which bookings rules are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriedOn {
    /// Those of everything in a site.
    Site(SiteId),
    /// Those of everything in an area.
    Area(AreaId),
    /// Those of a resource.
    Resource(ResourceId),
}

/// Bookings of this, or for which something of it was booked along, that start at `from` or later and were not taken back, the first
/// start first.
pub async fn tried(tx: &mut Tx, on: TriedOn, from: Timestamp, limit: u32) -> Result<Vec<Booking>> {
    match on {
        TriedOn::Site(id) => tx.rows(&TRIED_OF_SITE, [from.into(), id.into(), limit.into()], booking).await,
        TriedOn::Area(id) => tx.rows(&TRIED_OF_AREA, [id.into(), from.into(), limit.into()], booking).await,
        TriedOn::Resource(id) => tx.rows(&TRIED_OF_RESOURCE, [from.into(), id.into(), limit.into()], booking).await,
    }
}

/// Bookings of a site that start at `from` or later and were not taken back, the first start first.
pub async fn starting_at(tx: &mut Tx, site: SiteId, from: Timestamp, limit: u32) -> Result<Vec<Booking>> {
    tx.rows(&STARTING_AT_SITE, [from.into(), site.into(), limit.into()], booking).await
}

/// What people have booked from `from` on, each booking with its owner, in the order of their ids, which is that in which
/// they were made. [`StoreError::TooMuch`] where that is more than ten thousand.
pub async fn entries(
    tx: &mut Tx,
    people: &BTreeSet<UserId>,
    from: Timestamp,
) -> Result<Vec<(BookingId, UserId, Entry)>> {
    let earliest = from.checked_sub(BOOKING_MAX).unwrap_or(EARLIEST).max(EARLIEST);
    let Ok(window) = Interval::new(earliest, LATEST) else { return Ok(Vec::new()) };
    let mut found = diaries::of(tx, people, window).await?;
    found.sort_by_key(|(id, _, _)| *id);
    Ok(found)
}

/// Bookings of others that overlap `[from, to)` and that `user` takes part in, in order of start and id.
pub async fn taking_part(tx: &mut Tx, user: UserId, filter: &Filter, limit: u32) -> Result<Vec<Booking>> {
    let (written, lapsed) = filter.words();
    let (start, id) = filter.after;
    let (from, to, now) = (filter.from.into(), filter.to.into(), filter.now.into());
    let values = [user.into(), start.into(), id.into(), from, to, written, now, lapsed, limit.into()];
    tx.rows(&TAKING_PART, values, booking).await
}

/// When these people take part in something within `window` that stands at `now`. [`StoreError::TooMuch`] where that is more
/// than ten thousand times.
pub(crate) async fn engaged(
    tx: &mut Tx,
    people: &[UserId],
    window: Interval,
    now: Timestamp,
) -> Result<HashMap<UserId, Vec<Interval>>> {
    let rows: Vec<[Value; 4]> = people
        .iter()
        .map(|person| [(*person).into(), window.end().into(), window.start().into(), now.into()])
        .collect();
    let (mut found, mut count) = (HashMap::<UserId, Vec<Interval>>::new(), 0);
    let mut sink = |row: &Row<'_>| {
        count += 1;
        found.entry(row.get(0)?).or_default().push(facts::interval(row, "booking", 1)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&ENGAGED, &rows, Some(&mut sink))]).await?;
    if DIARY_MAX < count { Err(StoreError::TooMuch("bookings of these people")) } else { Ok(found) }
}

/// The first of the bookings that have lapsed at `now` without that being written down.
pub async fn lapsed(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<BookingId>> {
    tx.rows(&LAPSED, [now.into(), limit.into()], |row| row.get(0)).await
}

/// Bookings that overlap `[from, to)`, in order of start and id.
pub async fn list(tx: &mut Tx, scope: Scope, filter: &Filter, limit: u32) -> Result<Vec<Booking>> {
    let start = filter.after.0.max(earliest_start(tx, filter).await?);
    let id = if start == filter.after.0 { filter.after.1 } else { BookingId(uuid::Uuid::nil()) };
    let (start, id): (Value, Value) = (start.into(), id.into());
    let (from, to): (Value, Value) = (filter.from.into(), filter.to.into());
    let (written, lapsed) = filter.words();
    let (limit, now): (Value, Value) = (limit.into(), filter.now.into());
    match (scope, filter.user, filter.resource) {
        (_, Some(user), Some(resource)) => {
            let values = [user.into(), resource.into(), start, id, from, to, written, now, lapsed, limit];
            tx.rows(&OF_USER_ON_RESOURCE, values, booking).await
        }
        (_, None, Some(resource)) => {
            tx.rows(&OF_RESOURCE, [resource.into(), start, id, from, to, written, now, lapsed, limit], booking).await
        }
        (Scope::All, Some(user), None) => {
            tx.rows(&OF_USER, [user.into(), start, id, from, to, written, now, lapsed, limit], booking).await
        }
        (Scope::All, None, None) if filter.status == Some(Status::Pending) => {
            tx.rows(&PENDING, [start, id, from, to, now, limit], booking).await
        }
        (Scope::All, None, None) => tx.rows(&ALL, [start, id, from, to, written, now, lapsed, limit], booking).await,
        (Scope::ManagedBy(manager), Some(user), None) => {
            let values = [user.into(), start, id, from, to, written, now, lapsed, manager.into(), limit];
            tx.rows(&MANAGED_OF_USER, values, booking).await
        }
        (Scope::ManagedBy(manager), None, None) => {
            tx.rows(&MANAGED, [start, id, from, to, written, now, lapsed, manager.into(), limit], booking).await
        }
    }
}

/// The earliest start that a booking which ends after `from` can have: no booking is longer than the longest.
async fn earliest_start(tx: &mut Tx, filter: &Filter) -> Result<Timestamp> {
    let longest = match (filter.user, filter.resource) {
        (Some(_), _) => BOOKING_MAX,
        (None, Some(resource)) => {
            let micros = tx.row(&LONGEST_ON, [resource.into()], |row| row.get(0)).await?.unwrap_or(0);
            SignedDuration::from_micros(micros)
        }
        (None, None) => {
            let micros = tx.row(&LONGEST, [], |row| row.get(0)).await?.unwrap_or(0);
            SignedDuration::from_micros(micros)
        }
    };
    // The bound is exclusive, by start and id: one microsecond earlier, whatever the id.
    let bound = filter.from.checked_sub(longest).and_then(|start| start.checked_sub(SignedDuration::from_micros(1)));
    Ok(bound.unwrap_or(EARLIEST).max(EARLIEST))
}

/// The first instant of the year 1: before every time that is stored, and within the range of both databases.
pub const EARLIEST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
/// After every time that is ever stored.
pub const LATEST: Timestamp = Timestamp::MAX;
