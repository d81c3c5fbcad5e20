//! The log of who did what when: rows are added and never changed, which both databases enforce.

use bronya_domain::effect::Detail;
use bronya_domain::ids::{AreaId, BlockId, BookingId, GroupId, KindId, ResourceId, SiteId, UserId};
use bronya_domain::rules::Rules;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use uuid::Uuid;

use crate::db::{Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::{details, said};

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
    /// What it says of a booking beyond what happened, where that was looked for.
    pub detail: Detail,
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

/// The columns of a line, in the order in which [`event`] reads them.
macro_rules! select_event {
    () => {
        "SELECT id, at, action, actor_id, resource_id, booking_id, block_id, user_id, request_id, address, site_id, area_id,
        kind_id, group_id
    FROM event"
    };
}

pub(crate) const LIST_EVENTS: Sql<2> = Sql::new(concat!(select_event!(), " WHERE id < $1 ORDER BY id DESC LIMIT $2"));
pub(crate) const LIST_BY: Sql<3> =
    Sql::new(concat!(select_event!(), " WHERE actor_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"));
pub(crate) const LIST_TO: Sql<3> =
    Sql::new(concat!(select_event!(), " WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"));
/// What somebody did, and what was done to the account.
pub(crate) const LIST_OF_PERSON: Sql<3> = Sql::new(concat!(
    "SELECT * FROM (",
    select_event!(),
    " WHERE actor_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS own
    UNION SELECT * FROM (",
    select_event!(),
    " WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS along
    ORDER BY id DESC LIMIT $3"
));
pub(crate) const LIST_OF_BOOKING: Sql<3> =
    Sql::new(concat!(select_event!(), " WHERE booking_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"));
/// What is about no booking, which is little beside the rest.
pub(crate) const LIST_BESIDE_BOOKINGS: Sql<2> = Sql::new(concat!(
    select_event!(),
    " WHERE booking_id IS NULL AND id < $1 ORDER BY booking_id DESC, id DESC LIMIT $2"
));

/// What happened to one booking, the oldest first.
pub(crate) const EVENTS_OF_BOOKING: Sql<3> =
    Sql::new(concat!(select_event!(), " WHERE booking_id = $1 AND id > $2 ORDER BY id LIMIT $3"));

/// The line that closed a booking last: it may have been taken back, and closed again.
pub(crate) const CLOSING: Sql<1> = Sql::new(
    "SELECT id FROM event WHERE booking_id = $1
        AND action IN ('booking.rejected', 'booking.cancelled', 'booking.no_show')
    ORDER BY id DESC LIMIT 1",
);

/// What somebody did, the oldest first.
pub(crate) const EVENTS_BY: Sql<3> =
    Sql::new(concat!(select_event!(), " WHERE actor_id = $1 AND id > $2 ORDER BY id LIMIT $3"));

/// What others did to somebody's account, the oldest first.
pub(crate) const EVENTS_TO: Sql<3> = Sql::new(concat!(
    select_event!(),
    " WHERE user_id = $1 AND id > $2 AND (actor_id IS NULL OR actor_id <> $1)
    ORDER BY id LIMIT $3"
));

/// Adds a line, in the caller's transaction.
pub async fn append(tx: &mut Tx, event: NewEvent) -> Result<()> {
    let rows = [event.to_row()];
    tx.pipeline(crate::db::Around::Nothing, vec![Step::each(&INSERT_EVENTS, &rows, None)]).await
}

/// What is looked for in the log: lines for which all of this holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Done by this one.
    pub actor: Option<UserId>,
    /// Done by this one, or to the account.
    pub person: Option<UserId>,
    /// About this account.
    pub user: Option<UserId>,
    /// About this resource.
    pub resource: Option<ResourceId>,
    /// About this booking.
    pub booking: Option<BookingId>,
    /// About this block.
    pub block: Option<BlockId>,
    /// About this site.
    pub site: Option<SiteId>,
    /// About this area.
    pub area: Option<AreaId>,
    /// About this kind.
    pub kind: Option<KindId>,
    /// About this group.
    pub group: Option<GroupId>,
    /// One of these actions, or of a family of actions (`booking` of `booking.moved`). Empty: any.
    pub actions: Vec<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

impl Filter {
    fn takes(&self, event: &Event) -> bool {
        fn is<T: Copy + PartialEq>(wanted: Option<T>, found: Option<T>) -> bool {
            wanted.is_none() || wanted == found
        }
        is(self.actor, event.actor)
            && (is(self.person, event.actor) || is(self.person, event.user))
            && is(self.user, event.user)
            && is(self.resource, event.resource)
            && is(self.booking, event.booking)
            && is(self.block, event.block)
            && is(self.site, event.site)
            && is(self.area, event.area)
            && is(self.kind, event.kind)
            && is(self.group, event.group)
            && (self.actions.is_empty() || self.actions.iter().any(|it| is_of(&event.action, it)))
            && self.from.is_none_or(|from| from <= event.at)
            && self.to.is_none_or(|to| event.at < to)
    }

    /// Whether it takes no line that is about a booking.
    fn is_beside_bookings(&self) -> bool {
        let of_bookings = |it: &String| is_of(it, "booking");
        self.block.is_some()
            || self.kind.is_some()
            || self.group.is_some()
            || (!self.actions.is_empty() && !self.actions.iter().any(of_bookings))
    }

    /// The next lines that may be wanted, before `before`: as few as an index finds.
    async fn next(&self, tx: &mut Tx, before: Uuid, limit: u32) -> Result<Vec<Event>> {
        let (before, limit): (Value, Value) = (before.into(), limit.into());
        match self {
            Self { booking: Some(id), .. } => tx.rows(&LIST_OF_BOOKING, [(*id).into(), before, limit], event).await,
            Self { user: Some(id), .. } => tx.rows(&LIST_TO, [(*id).into(), before, limit], event).await,
            Self { actor: Some(id), .. } => tx.rows(&LIST_BY, [(*id).into(), before, limit], event).await,
            Self { person: Some(id), .. } => tx.rows(&LIST_OF_PERSON, [(*id).into(), before, limit], event).await,
            _ if self.is_beside_bookings() => tx.rows(&LIST_BESIDE_BOOKINGS, [before, limit], event).await,
            _ => tx.rows(&LIST_EVENTS, [before, limit], event).await,
        }
    }
}

/// Whether an action is this one, or of this family.
fn is_of(action: &str, word: &str) -> bool {
    action.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Lines that one request goes through. Then it is told where that came to.
pub const LOOKED_AT_MAX: usize = 20_000;
/// Lines that it reads at once.
const WINDOW_ROWS: u32 = 1_000;
/// By how much the time in a line's id may be another than that of the line: longer than any request takes.
const ID_SLACK: SignedDuration = SignedDuration::from_mins(10);

/// What a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Lines, the newest first.
    pub events: Vec<Event>,
    /// Where to go on, where it did not come to the end for having looked at so many.
    pub looked_to: Option<(Timestamp, Uuid)>,
}

/// Lines of the log that are wanted, the newest first, from the one before `before` on. It looks at `look_at` lines or somewhat more.
pub async fn search(tx: &mut Tx, filter: &Filter, before: Option<Uuid>, limit: u32, look_at: usize) -> Result<Found> {
    let mut found = looked_up(tx, filter, before, limit, look_at).await?;
    details::add(tx, &mut found.events).await?;
    Ok(found)
}

async fn looked_up(tx: &mut Tx, filter: &Filter, before: Option<Uuid>, limit: u32, look_at: usize) -> Result<Found> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let id_at = |time: Timestamp, slack: SignedDuration| {
        let millis = time.checked_add(slack).map_or(i64::MAX, Timestamp::as_millisecond);
        // Ids begin with 48 bits of milliseconds.
        Uuid::from_u128(u128::try_from(millis).unwrap_or(0).min((1 << 48) - 1) << 80)
    };
    let latest = filter.to.map_or(Uuid::max(), |to| id_at(to, ID_SLACK));
    let earliest = filter.from.map_or(Uuid::nil(), |from| id_at(from, -ID_SLACK));
    let mut place = before.unwrap_or(Uuid::max()).min(latest);
    let (mut events, mut looked_at) = (Vec::new(), 0);
    // Where everything is wanted, no more is read than that.
    let window = if *filter == Filter::default() { limit } else { look_at.min(WINDOW_ROWS as usize) };
    loop {
        let rows = filter.next(tx, place, u32::try_from(window).unwrap_or(u32::MAX)).await?;
        let is_last = rows.len() < window;
        looked_at += rows.len();
        let mut reached = None;
        for event in rows {
            if event.id < earliest {
                return Ok(Found { events, looked_to: None });
            }
            reached = Some((event.at, event.id));
            if filter.takes(&event) {
                events.push(event);
                if events.len() == limit {
                    return Ok(Found { events, looked_to: None });
                }
            }
        }
        match reached {
            Some((_, id)) if !is_last && looked_at < look_at => place = id,
            Some(looked_to) if !is_last => return Ok(Found { events, looked_to: Some(looked_to) }),
            _ => return Ok(Found { events, looked_to: None }),
        }
    }
}

/// What happened to a booking, the oldest first, after the line `after`, with all that is told of it.
pub async fn of_booking(tx: &mut Tx, booking: BookingId, after: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    let after = after.unwrap_or(Uuid::nil());
    let mut found = tx.rows(&EVENTS_OF_BOOKING, [booking.into(), after.into(), limit.into()], event).await?;
    details::add(tx, &mut found).await?;
    Ok(found)
}

/// The line by which a booking was rejected or cancelled, or nobody came: the last such.
pub async fn closing(tx: &mut Tx, booking: BookingId) -> Result<Option<Uuid>> {
    tx.row(&CLOSING, [booking.into()], |row| row.get(0)).await
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
        detail: Detail::default(),
        origin: Origin { request: row.get(8)?, address: row.get(9)? },
    })
}
