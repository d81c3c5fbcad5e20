//! The log of who did what when: rows are added and never changed, which both databases enforce.

use bronya_domain::ids::{AreaId, BlockId, BookingId, GroupId, KindId, ResourceId, SiteId, UserId};
use bronya_domain::rules::Rules;
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

use crate::db::{Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::said;

/// Where a change came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The request that asked for it; none for the command line and for jobs.
    pub request: Option<Uuid>,
    /// The client's address.
    pub address: Option<String>,
}

/// A line to be added.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, in order of time.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, such as `booking.created`.
    pub action: &'static str,
    /// Who did it, where that is known.
    pub actor: Option<UserId>,
    /// The resource it is about.
    pub resource: Option<ResourceId>,
    /// The booking it is about.
    pub booking: Option<BookingId>,
    /// The block it is about.
    pub block: Option<BlockId>,
    /// The account it is about.
    pub user: Option<UserId>,
    /// The site it is about.
    pub site: Option<SiteId>,
    /// The area it is about.
    pub area: Option<AreaId>,
    /// The kind of resource it is about.
    pub kind: Option<KindId>,
    /// The group it is about.
    pub group: Option<GroupId>,
    /// What the site, the area or the resource says of rules from then on, where it may say something else.
    pub rules: Option<Arc<Rules>>,
    /// Where it came from.
    pub origin: Origin,
}

impl NewEvent {
    pub(crate) fn to_row(&self) -> [Value; 15] {
        [
            self.id.into(),
            self.at.into(),
            Value::Word(self.action),
            self.actor.into(),
            self.resource.into(),
            self.booking.into(),
            self.block.into(),
            self.user.into(),
            self.origin.request.into(),
            self.origin.address.as_deref().into(),
            self.site.into(),
            self.area.into(),
            self.kind.into(),
            self.group.into(),
            self.rules.as_deref().map(said::id).into(),
        ]
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id, in order of time.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, such as `booking.created`.
    pub action: String,
    /// Who did it, where that is known.
    pub actor: Option<UserId>,
    /// The resource it is about.
    pub resource: Option<ResourceId>,
    /// The booking it is about.
    pub booking: Option<BookingId>,
    /// The block it is about.
    pub block: Option<BlockId>,
    /// The account it is about.
    pub user: Option<UserId>,
    /// The site it is about.
    pub site: Option<SiteId>,
    /// The area it is about.
    pub area: Option<AreaId>,
    /// The kind of resource it is about.
    pub kind: Option<KindId>,
    /// The group it is about.
    pub group: Option<GroupId>,
    /// Where it came from.
    pub origin: Origin,
}

pub(crate) const INSERT_EVENTS: Each<15> = Each::new(
    "INSERT INTO event (id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address,
        site_id, area_id, kind_id, group_id, rules_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    "INSERT INTO event (id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address,
        site_id, area_id, kind_id, group_id, rules_id)
    SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
        $8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::uuid[], $13::uuid[],
        $14::uuid[], $15::uuid[])",
);

pub(crate) const LIST_EVENTS: Sql<2> = Sql::new(
    "SELECT id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address, site_id, area_id,
        kind_id, group_id
    FROM event WHERE id < $1 ORDER BY id DESC LIMIT $2",
);

/// What happened to one booking, the oldest first.
pub(crate) const EVENTS_OF_BOOKING: Sql<3> = Sql::new(
    "SELECT id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address, site_id, area_id,
        kind_id, group_id
    FROM event WHERE booking_id = $1 AND id > $2 ORDER BY id LIMIT $3",
);

/// What somebody did, the oldest first.
pub(crate) const EVENTS_BY: Sql<3> = Sql::new(
    "SELECT id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address, site_id, area_id,
        kind_id, group_id
    FROM event WHERE actor_id = $1 AND id > $2 ORDER BY id LIMIT $3",
);

/// What others did to somebody's account, the oldest first.
pub(crate) const EVENTS_TO: Sql<3> = Sql::new(
    "SELECT id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address, site_id, area_id,
        kind_id, group_id
    FROM event WHERE user_id = $1 AND id > $2 AND (actor_id IS NULL OR actor_id <> $1)
    ORDER BY id LIMIT $3",
);

/// Adds a line, in the caller's transaction.
pub async fn append(tx: &mut Tx, event: NewEvent) -> Result<()> {
    let rows = [event.to_row()];
    tx.pipeline(crate::db::Around::Nothing, vec![Step::each(&INSERT_EVENTS, &rows, None)]).await
}

/// Lines of the log, the newest first, from the one before `before` on.
pub async fn list(tx: &mut Tx, before: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    let before = before.unwrap_or(Uuid::max());
    tx.rows(&LIST_EVENTS, [before.into(), limit.into()], event).await
}

/// What happened to a booking, the oldest first, after the line `after`.
pub async fn of_booking(tx: &mut Tx, booking: BookingId, after: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    let after = after.unwrap_or(Uuid::nil());
    tx.rows(&EVENTS_OF_BOOKING, [booking.into(), after.into(), limit.into()], event).await
}

/// What somebody did, the oldest first, after the line `after`.
pub async fn by_user(tx: &mut Tx, user: UserId, after: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    tx.rows(&EVENTS_BY, [user.into(), after.unwrap_or(Uuid::nil()).into(), limit.into()], event).await
}

/// What others, or nobody known, did to somebody's account, the oldest first, after the line `after`.
pub async fn to_user(tx: &mut Tx, user: UserId, after: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    tx.rows(&EVENTS_TO, [user.into(), after.unwrap_or(Uuid::nil()).into(), limit.into()], event).await
}

fn event(row: &Row<'_>) -> Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        at: row.get(1)?,
        action: row.get(2)?,
        actor: row.get(3)?,
        resource: row.get(4)?,
        booking: row.get(5)?,
        block: row.get(6)?,
        user: row.get(7)?,
        site: row.get(10)?,
        area: row.get(11)?,
        kind: row.get(12)?,
        group: row.get(13)?,
        origin: Origin { request: row.get(8)?, address: row.get(9)? },
    })
}
