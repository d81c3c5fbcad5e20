//! The waiting list. What an entry is offered is a booking of the entry's own id: the database takes that id once, so whoever
//! tries, and whatever breaks in between, nobody is offered something twice.

use std::collections::BTreeSet;

use bronya_domain::booking::{Details, Status};
use bronya_domain::ids::{BookingId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use jiff::{SignedDuration, Timestamp};

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::facts::{interval, status};
use crate::people::{read_people, write_people};
use crate::shares::{read_resources, write_resources};

/// Entries of one person that wait at a time.
pub const OPEN_MAX: u32 = 20;
/// Resources of which one entry can wait for any.
pub const RESOURCES_MAX: usize = 200;
/// How long an entry is still there after the time that it was for.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An entry with where its offer stands, in the order in which [`read`] reads it.
macro_rules! select_entry {
    () => {
        "SELECT waiting.id, waiting.user_id, waiting.made_by, waiting.from_at, waiting.to_at, waiting.minutes,
        waiting.quantity, waiting.party_size, waiting.title, waiting.notes, waiting.people, waiting.resources,
        waiting.created_at, waiting.offered_at, waiting.left_at, booking.status, booking.lapses_at,
        booking.resource_id, booking.starts_at, booking.ends_at
    FROM waiting LEFT JOIN booking ON booking.id = waiting.id"
    };
}

pub(crate) const INSERT: Sql<13> = Sql::new(
    "INSERT INTO waiting (id, user_id, made_by, from_at, to_at, minutes, quantity, party_size, title, notes, people,
        resources, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
);
pub(crate) const INSERT_FOR: Each<2> = Each::new(
    "INSERT INTO waiting_for (resource_id, waiting_id) VALUES ($1, $2)",
    "INSERT INTO waiting_for (resource_id, waiting_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])",
);
pub(crate) const BY_ID: Sql<1> = Sql::new(concat!(select_entry!(), " WHERE waiting.id = $1"));
pub(crate) const OF_USER: Sql<3> =
    Sql::new(concat!(select_entry!(), " WHERE waiting.user_id = $1 AND waiting.id > $2 ORDER BY waiting.id LIMIT $3"));
/// Those that wait for a resource.
pub(crate) const FOR_RESOURCE: Sql<3> = Sql::new(concat!(
    select_entry!(),
    " JOIN waiting_for ON waiting_for.waiting_id = waiting.id
    WHERE waiting_for.resource_id = $1 AND waiting_for.waiting_id > $2 ORDER BY waiting_for.waiting_id LIMIT $3"
));
/// Those that wait for a resource of a site.
pub(crate) const FOR_SITE: Sql<3> = Sql::new(concat!(
    select_entry!(),
    " WHERE waiting.id IN (
        SELECT waiting_for.waiting_id FROM resource JOIN waiting_for ON waiting_for.resource_id = resource.id
        WHERE resource.site_id = $1 AND waiting_for.waiting_id > $2)
    ORDER BY waiting.id LIMIT $3"
));
pub(crate) const COUNT_OPEN: Sql<2> = Sql::new(
    "SELECT count(*) FROM waiting
    WHERE user_id = $1 AND to_at > $2 AND offered_at IS NULL AND left_at IS NULL",
);
pub(crate) const IS_ANY: Sql<0> = Sql::new("SELECT 1 FROM waiting_for LIMIT 1");
pub(crate) const WAITING_FOR: Each<1> = Each::new(
    "SELECT waiting_id FROM waiting_for WHERE resource_id = $1",
    "SELECT waiting_id FROM waiting_for WHERE resource_id = ANY ($1::uuid[])",
);
pub(crate) const MADE_SINCE: Sql<2> =
    Sql::new("SELECT DISTINCT waiting_id FROM waiting_for WHERE waiting_id > $1 ORDER BY waiting_id LIMIT $2");
/// Under its lock: whoever leaves at the same time waits for this, or this for them.
pub(crate) const OFFERED: Sql<2> =
    Sql::new("UPDATE waiting SET offered_at = $1 WHERE id = $2 AND left_at IS NULL AND offered_at IS NULL");
pub(crate) const LEFT: Sql<2> =
    Sql::new("UPDATE waiting SET left_at = $1 WHERE id = $2 AND left_at IS NULL AND offered_at IS NULL");
pub(crate) const WAITS_NO_MORE: Sql<1> = Sql::new("DELETE FROM waiting_for WHERE waiting_id = $1");
pub(crate) const OVER: Sql<2> = Sql::new(
    "DELETE FROM waiting_for WHERE waiting_id IN (
        SELECT waiting.id FROM waiting JOIN waiting_for ON waiting_for.waiting_id = waiting.id
        WHERE waiting.to_at <= $1 LIMIT $2)",
);
pub(crate) const SWEEP: Sql<2> =
    Sql::new("DELETE FROM waiting WHERE id IN (SELECT old.id FROM waiting AS old WHERE old.to_at < $1 LIMIT $2)");
pub(crate) const FORGET_ENTRY: Sql<1> = Sql::new("DELETE FROM waiting WHERE id = $1");
pub(crate) const FORGET: Sql<1> = Sql::new("DELETE FROM waiting WHERE user_id = $1");

/// Somebody who waits for time to become free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id, which is also that of the booking that it is offered.
    pub id: BookingId,
    /// Who waits.
    pub user: UserId,
    /// Who made the entry, where that is somebody else.
    pub made_by: Option<UserId>,
    /// Within which time.
    pub window: Interval,
    /// For how long; `None`: for as long as the place says.
    pub duration: Option<SignedDuration>,
    /// How many units.
    pub quantity: u32,
    /// What the booking will say.
    pub details: Details,
    /// What would do: 1 to [`RESOURCES_MAX`].
    pub resources: Vec<ResourceId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was offered.
    pub offered_at: Option<Timestamp>,
    /// When whoever waited gave up.
    pub left_at: Option<Timestamp>,
    /// What was offered, where that is.
    pub offer: Option<Offer>,
}

/// What somebody who waits was offered: a booking of the entry's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where the booking stands, as it was last written.
    pub status: Status,
    /// When it lapses unless it is taken up.
    pub lapses_at: Option<Timestamp>,
    /// On which resource.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
}

impl Offer {
    /// Where the booking stands at `now`.
    pub fn status_at(&self, now: Timestamp) -> Status {
        self.status.at(self.lapses_at, now)
    }
}

impl Entry {
    /// Whether it may still be offered something at `now`.
    pub fn waits_at(&self, now: Timestamp) -> bool {
        self.offered_at.is_none() && self.left_at.is_none() && self.offer.is_none() && now < self.window.end()
    }
}

fn read(row: &Row<'_>) -> Result<Entry> {
    let (guest, participants) = read_people(row.get::<Option<String>>(10)?.as_deref())?;
    let offered: Option<String> = row.get(15)?;
    let offer = offered.map(|_| {
        Ok::<_, crate::StoreError>(Offer {
            status: status(row, 15)?,
            lapses_at: row.get(16)?,
            resource: row.get(17)?,
            interval: interval(row, "booking", 18)?,
        })
    });
    Ok(Entry {
        id: row.get(0)?,
        user: row.get(1)?,
        made_by: row.get(2)?,
        window: interval(row, "waiting", 3)?,
        duration: row.get::<Option<u32>>(5)?.map(|minutes| SignedDuration::from_mins(i64::from(minutes))),
        quantity: row.get(6)?,
        details: Details {
            title: row.get(8)?,
            notes: row.get(9)?,
            party_size: row.get(7)?,
            guest,
            participants,
            ..Details::default()
        },
        resources: read_resources("waiting", "resources", row.get::<Option<String>>(11)?.as_deref())?,
        created_at: row.get(12)?,
        offered_at: row.get(13)?,
        left_at: row.get(14)?,
        offer: offer.transpose()?,
    })
}

/// Adds an entry that waits.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let minutes = entry.duration.and_then(|duration| u32::try_from(duration.as_mins()).ok());
    let values = [
        entry.id.into(),
        entry.user.into(),
        entry.made_by.into(),
        entry.window.start().into(),
        entry.window.end().into(),
        minutes.into(),
        entry.quantity.into(),
        entry.details.party_size.into(),
        entry.details.title.as_deref().into(),
        entry.details.notes.as_deref().into(),
        write_people(&entry.details).into(),
        write_resources(&entry.resources).into(),
        entry.created_at.into(),
    ];
    tx.execute(&INSERT, values).await?;
    let rows: Vec<[Value; 2]> = entry.resources.iter().map(|id| [(*id).into(), entry.id.into()]).collect();
    tx.pipeline(Around::Nothing, vec![Step::each(&INSERT_FOR, &rows, None)]).await
}

/// The entry with this id.
pub async fn by_id(tx: &mut Tx, id: BookingId) -> Result<Option<Entry>> {
    tx.row(&BY_ID, [id.into()], read).await
}

/// Somebody's entries, in the order in which they were made.
pub async fn of_user(tx: &mut Tx, user: UserId, after: BookingId, limit: u32) -> Result<Vec<Entry>> {
    tx.rows(&OF_USER, [user.into(), after.into(), limit.into()], read).await
}

/// The entries that wait for a resource, in the order in which they were made.
pub async fn for_resource(tx: &mut Tx, id: ResourceId, after: BookingId, limit: u32) -> Result<Vec<Entry>> {
    tx.rows(&FOR_RESOURCE, [id.into(), after.into(), limit.into()], read).await
}

/// The entries that wait for a resource of a site, in the order in which they were made.
pub async fn for_site(tx: &mut Tx, id: SiteId, after: BookingId, limit: u32) -> Result<Vec<Entry>> {
    tx.rows(&FOR_SITE, [id.into(), after.into(), limit.into()], read).await
}

/// How many entries of somebody wait.
pub async fn count_open(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<u32> {
    Ok(tx.row(&COUNT_OPEN, [user.into(), now.into()], |row| row.get(0)).await?.unwrap_or(0))
}

/// Whether anybody waits for anything.
pub async fn is_any(tx: &mut Tx) -> Result<bool> {
    Ok(tx.row(&IS_ANY, [], |row| row.get::<i64>(0)).await?.is_some())
}

/// Those that wait for one of these, the first first.
pub async fn waiting_for(tx: &mut Tx, resources: &BTreeSet<ResourceId>) -> Result<BTreeSet<BookingId>> {
    let rows: Vec<[Value; 1]> = resources.iter().map(|id| [(*id).into()]).collect();
    let mut found = BTreeSet::new();
    let mut sink = |row: &Row<'_>| {
        found.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&WAITING_FOR, &rows, Some(&mut sink))]).await?;
    Ok(found)
}

/// Those that wait and were made after a time, the first of them: of all, for the beginning of time.
pub async fn made_since(tx: &mut Tx, time: Timestamp, limit: u32) -> Result<BTreeSet<BookingId>> {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    let first = BookingId(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid());
    Ok(tx.rows(&MADE_SINCE, [first.into(), limit.into()], |row| row.get(0)).await?.into_iter().collect())
}

/// Notes that something was offered; `false` where the entry waited no more.
pub async fn offered(tx: &mut Tx, id: BookingId, now: Timestamp) -> Result<bool> {
    let noted = tx.execute(&OFFERED, [now.into(), id.into()]).await? == 1;
    tx.execute(&WAITS_NO_MORE, [id.into()]).await?;
    Ok(noted)
}

/// Takes an entry away with all that it says.
pub async fn forget(tx: &mut Tx, id: BookingId) -> Result<()> {
    tx.execute(&FORGET_ENTRY, [id.into()]).await?;
    Ok(())
}

/// Notes that whoever waited gave up; `false` where the entry waited no more.
pub async fn left(tx: &mut Tx, id: BookingId, now: Timestamp) -> Result<bool> {
    let noted = tx.execute(&LEFT, [now.into(), id.into()]).await? == 1;
    tx.execute(&WAITS_NO_MORE, [id.into()]).await?;
    Ok(noted)
}
