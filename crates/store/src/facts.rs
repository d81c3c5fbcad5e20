//! Loads what decisions need, for a whole batch at once and in one flight: resources under lock, who asks, who
//! manages, bookings and blocks, the claims around the asked times, and the answers kept under idempotency keys.
//! It knows how to find facts and nothing of what they mean.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bronya_domain::block::Block;
use bronya_domain::booking::{Booking, Buffers, Details, Status};
use bronya_domain::calendar::{Claim, Holder};
use bronya_domain::command::Need;
use bronya_domain::facts::{Diary, Facts, Located, Place, PlaceId};
use bronya_domain::ids::{AreaId, BlockId, BookingId, ResourceId, SessionId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::pace::PaceScope;
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::user::{Principal, Role};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::db::{Around, Each, Row, Step, Tx, Value};
use crate::diaries::{self, Entries, LOAD_DIARIES};
use crate::error::{Result, StoreError};
use crate::groups;
use crate::paces;
use crate::people::read_people;
use crate::shares::{LOAD_WHOLES, read_resources, read_shares};
use crate::undo::read_undo;
use crate::{kinds, profiles, rules};

/// Claims that one flight may load: what a thousand bookings of a pool of a hundred units need, and more.
const CLAIMS_MAX: usize = 200_000;

/// Where bookings stand, before anything is locked.
pub(crate) const LOCATE_BOOKINGS: Each<1> = Each::new(
    "SELECT id, resource_id, starts_at, ends_at FROM booking WHERE id = $1",
    "SELECT id, resource_id, starts_at, ends_at FROM booking WHERE id = ANY ($1::uuid[])",
);

/// Where blocks stand, before anything is locked.
pub(crate) const LOCATE_BLOCKS: Each<1> = Each::new(
    "SELECT id, resource_id, starts_at, ends_at FROM block WHERE id = $1",
    "SELECT id, resource_id, starts_at, ends_at FROM block WHERE id = ANY ($1::uuid[])",
);

/// The lock that every decision about a resource holds, taken in the order of their ids. SQLite has one writer.
pub(crate) const LOCK_RESOURCES: Each<1> = Each::new(
    concat!(select_resource!(), " WHERE id = $1 AND deleted_at IS NULL"),
    concat!(select_resource!(), " WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE"),
);

/// Sessions and whose they are.
pub(crate) const LOAD_PRINCIPALS: Each<1> = Each::new(
    "SELECT session.id, account.id, account.role, session.expires_at
    FROM session JOIN account ON account.id = session.user_id
    WHERE session.id = $1 AND session.revoked_at IS NULL AND account.disabled_at IS NULL",
    "SELECT session.id, account.id, account.role, session.expires_at
    FROM session JOIN account ON account.id = session.user_id
    WHERE session.id = ANY ($1::uuid[]) AND session.revoked_at IS NULL AND account.disabled_at IS NULL",
);

/// Who manages what: as a manager of the resource, or of the site that it belongs to.
pub(crate) const LOAD_MANAGERS: Each<2> = Each::new(
    "SELECT resource_id, user_id FROM resource_manager WHERE resource_id = $1 AND user_id = $2
    UNION ALL
    SELECT resource.id, site_manager.user_id
    FROM resource JOIN site_manager ON site_manager.site_id = resource.site_id
    WHERE resource.id = $1 AND site_manager.user_id = $2",
    "WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS asked (resource_id, user_id))
    SELECT manager.resource_id, manager.user_id FROM resource_manager AS manager
    JOIN asked ON manager.resource_id = asked.resource_id AND manager.user_id = asked.user_id
    UNION ALL
    SELECT asked.resource_id, asked.user_id
    FROM asked JOIN resource ON resource.id = asked.resource_id
    JOIN site_manager ON site_manager.site_id = resource.site_id AND site_manager.user_id = asked.user_id",
);

/// Who manages which site.
pub(crate) const LOAD_SITE_MANAGERS: Each<2> = Each::new(
    "SELECT site_id, user_id FROM site_manager WHERE site_id = $1 AND user_id = $2",
    "SELECT manager.site_id, manager.user_id FROM site_manager AS manager
    JOIN unnest($1::uuid[], $2::uuid[]) AS asked (site_id, user_id)
        ON manager.site_id = asked.site_id AND manager.user_id = asked.user_id",
);

/// Sites, kept from changing while something is decided by what they say.
pub(crate) const LOCK_SITES: Each<1> = Each::new(
    "SELECT id, rules_id, time_zone FROM site WHERE id = $1 AND deleted_at IS NULL",
    "SELECT id, rules_id, time_zone FROM site WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR SHARE",
);

/// The sites of areas, likewise: whoever changes an area holds its site, so this one lock keeps a whole tree still.
pub(crate) const LOCK_SITES_OF_AREAS: Each<1> = Each::lock(
    "SELECT id FROM site WHERE id IN (SELECT site_id FROM area WHERE area.id = ANY ($1::uuid[])) ORDER BY id FOR SHARE",
);

/// Areas, once their sites are locked.
pub(crate) const LOAD_AREAS: Each<1> = Each::new(
    "SELECT id, rules_id, site_id, parent_id FROM area WHERE id = $1 AND deleted_at IS NULL",
    "SELECT id, rules_id, site_id, parent_id FROM area WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL",
);

/// What kinds declare, kept from changing while somebody writes what they let a resource say.
pub(crate) const LOCK_KINDS: Each<1> = Each::new(
    "SELECT name, schema_id FROM declared_kind WHERE name = $1",
    "SELECT name, schema_id FROM declared_kind WHERE name = ANY ($1::text[]) ORDER BY name FOR SHARE",
);

/// People whose bookings are counted, so that nobody counts them at the same time, or whose groups are asked for, so that
/// nobody takes them out of one meanwhile.
pub(crate) const LOCK_PEOPLE: Each<1> =
    Each::lock("SELECT id FROM account WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE");

/// Bookings.
pub(crate) const LOAD_BOOKINGS: Each<1> =
    Each::new(concat!(select_booking!(), " WHERE id = $1"), concat!(select_booking!(), " WHERE id = ANY ($1::uuid[])"));

/// Blocks.
pub(crate) const LOAD_BLOCKS: Each<1> =
    Each::new(concat!(select_block!(), " WHERE id = $1"), concat!(select_block!(), " WHERE id = ANY ($1::uuid[])"));

/// The claims of a resource that overlap a window, on each of its units from the last that starts at or before it.
pub(crate) const LOAD_CLAIMS: Each<3> = Each::new(
    "SELECT claim.resource_id, claim.unit, claim.starts_at, claim.ends_at, claim.booking_id, claim.block_id,
        claim.lapses_at
    FROM unit CROSS JOIN claim
    WHERE unit.number <= (SELECT quantity FROM resource WHERE id = $1)
        AND claim.resource_id = $1 AND claim.unit = unit.number AND claim.ends_at > $2 AND claim.starts_at < $3
        AND claim.starts_at >= coalesce((
            SELECT max(before.starts_at) FROM claim AS before
            WHERE before.resource_id = $1 AND before.unit = unit.number AND before.starts_at <= $2
        ), $2)
    LIMIT 200001",
    "SELECT claim.resource_id, claim.unit, claim.starts_at, claim.ends_at, claim.booking_id, claim.block_id,
        claim.lapses_at
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS asked (resource_id, from_at, to_at)
    CROSS JOIN LATERAL generate_series(1, (
        SELECT resource.quantity FROM resource WHERE resource.id = asked.resource_id
    )) AS units (unit)
    CROSS JOIN LATERAL (
        SELECT standing.resource_id, standing.unit, standing.starts_at, standing.ends_at, standing.booking_id,
            standing.block_id, standing.lapses_at
        FROM claim AS standing
        WHERE standing.resource_id = asked.resource_id AND standing.unit = units.unit
            AND standing.ends_at > asked.from_at AND standing.starts_at < asked.to_at
            AND standing.starts_at >= coalesce((
                SELECT before.starts_at FROM claim AS before
                WHERE before.resource_id = asked.resource_id AND before.unit = units.unit
                    AND before.starts_at <= asked.from_at
                ORDER BY before.starts_at DESC LIMIT 1
            ), asked.from_at)
        ORDER BY standing.starts_at
        LIMIT 200001
    ) AS claim
    LIMIT 200001",
);

/// Answers that were given under a key.
pub(crate) const LOAD_ANSWERS: Each<2> = Each::new(
    "SELECT user_id, key, fingerprint, status, location, etag, body, created_at FROM idempotency
    WHERE user_id = $1 AND key = $2",
    "SELECT kept.user_id, kept.key, kept.fingerprint, kept.status, kept.location, kept.etag, kept.body,
        kept.created_at
    FROM idempotency AS kept
    JOIN unnest($1::uuid[], $2::text[]) AS asked (user_id, key)
        ON kept.user_id = asked.user_id AND kept.key = asked.key",
);

/// An answer as it was given the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The body, byte for byte.
    pub body: String,
}

/// An answer under its key.
#[derive(Clone, Debug)]
pub(crate) struct KeptAnswer {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) answer: Answer,
    pub(crate) created_at: Timestamp,
}

/// A principal, and until when the session lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LivePrincipal {
    pub(crate) principal: Principal,
    pub(crate) expires_at: Timestamp,
}

/// Everything a batch knows.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) facts: Facts,
    pub(crate) principals: HashMap<SessionId, LivePrincipal>,
    /// By which id displays act whose secrets these are.
    pub(crate) displays: HashMap<[u8; 32], UserId>,
    pub(crate) answers: HashMap<(UserId, String), KeptAnswer>,
    pub(crate) bookings_located: HashMap<BookingId, Located>,
    pub(crate) blocks_located: HashMap<BlockId, Located>,
}

/// What a resource was like when it was last seen: good for guessing what a decision will need, and for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What it is made of.
    parts: Vec<ResourceId>,
    /// What is kept free around its bookings.
    buffers: Buffers,
}

impl Seen {
    /// What is worth remembering of a resource; `None` where a guess is right without.
    pub(crate) fn of(resource: &Resource) -> Option<Self> {
        let (parts, buffers) = (&resource.attributes.parts, resource.in_force.policy.buffers());
        (!parts.is_empty() || buffers != Buffers::default()).then(|| Self { parts: parts.clone(), buffers })
    }
}

/// What to load. Sets, so that nothing is loaded twice and locks are taken in order.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    resources: BTreeSet<ResourceId>,
    managers: BTreeSet<(ResourceId, UserId)>,
    bookings: BTreeSet<BookingId>,
    blocks: BTreeSet<BlockId>,
    claims: Vec<(ResourceId, Interval)>,
    diaries: Vec<(UserId, Interval)>,
    /// People of whose bookings the kind is asked for.
    kinds_of: BTreeSet<UserId>,
    paces: Vec<(PaceScope, Interval)>,
    places: BTreeSet<PlaceId>,
    site_managers: BTreeSet<(SiteId, UserId)>,
    wholes: BTreeSet<ResourceId>,
    kinds: BTreeSet<String>,
    grouped: BTreeSet<UserId>,
    sessions: BTreeSet<SessionId>,
    answers: BTreeSet<(UserId, String)>,
}

impl Wanted {
    /// Adds what a command of `user` needs.
    pub(crate) fn needs(&mut self, needs: impl IntoIterator<Item = Need>, user: UserId) {
        for need in needs {
            match need {
                Need::Resource(id) => {
                    self.resources.insert(id);
                }
                Need::Manager(id) => {
                    self.managers.insert((id, user));
                }
                Need::Booking(id) => {
                    self.bookings.insert(id);
                }
                Need::Block(id) => {
                    self.blocks.insert(id);
                }
                Need::Claims(id, window) => self.claims.push((id, window)),
                Need::Diary { person, window, kinds } => {
                    self.diaries.push((person, window));
                    if kinds {
                        self.kinds_of.insert(person);
                    }
                }
                Need::Pace(scope, window) => self.paces.push((scope, window)),
                Need::Place(id) => {
                    self.places.insert(id);
                }
                Need::SiteManager(id) => {
                    self.site_managers.insert((id, user));
                }
                Need::Wholes(id) => {
                    self.wholes.insert(id);
                }
                Need::Kind(name) => {
                    self.kinds.insert(name);
                }
                Need::Groups(person) => {
                    self.grouped.insert(person);
                }
            }
        }
    }

    /// Adds a session.
    pub(crate) fn session(&mut self, id: SessionId) {
        self.sessions.insert(id);
    }

    /// Leaves out what is known already: in the middle of a batch that is truer than what the database says.
    pub(crate) fn without(mut self, known: &Known) -> Self {
        self.resources.retain(|id| !known.facts.resources.contains_key(id));
        self.bookings.retain(|id| !known.facts.bookings.contains_key(id));
        self.blocks.retain(|id| !known.facts.blocks.contains_key(id));
        self
    }

    /// What was read before its resource was locked is read again under the lock, for it may have changed since: a
    /// booking that was moved between the moment it was located and the lock.
    pub(crate) fn again_under_lock(mut self, known: &Known) -> Self {
        let bookings = known.facts.bookings.values().flatten();
        self.bookings.extend(bookings.filter(|it| self.resources.contains(&it.resource)).map(|it| it.id));
        let blocks = known.facts.blocks.values().flatten();
        self.blocks.extend(blocks.filter(|it| self.resources.contains(&it.resource)).map(|it| it.id));
        self
    }

    /// Whether a lock would be taken before one that is held already, which is how transactions come to wait for each
    /// other.
    pub(crate) fn locks_out_of_order(&self, known: &Known) -> bool {
        let held = known.facts.resources.iter().filter(|(_, found)| found.is_some()).map(|(id, _)| *id).max();
        // People are locked after resources, and so are sites: whoever changes a site's rules has its resources first.
        let facts = &known.facts;
        let too_late =
            !(facts.diaries.is_empty() && facts.groups.is_empty() && facts.places.is_empty() && facts.paces.is_empty());
        self.resources.first().is_some_and(|first| too_late || held.is_some_and(|held| *first < held))
    }

    /// Adds resources that turned out to be needed when this was tried before, with what was seen of those that are wanted:
    /// their parts, since whatever is locked is locked at once, in order, and the time that is kept free around bookings.
    pub(crate) fn with(&mut self, resources: &BTreeSet<ResourceId>, seen: &HashMap<ResourceId, Seen>) {
        self.resources.extend(resources);
        if seen.is_empty() {
            return;
        }
        let parts = self.resources.iter().filter_map(|id| seen.get(id)).flat_map(|seen| &seen.parts);
        let parts: Vec<ResourceId> = parts.copied().collect();
        self.resources.extend(parts);
        for (id, window) in &mut self.claims {
            if let Some(seen) = seen.get(id) {
                *window = seen.buffers.around(*window);
            }
        }
    }

    /// The resources that are wanted.
    pub(crate) fn resources(&self) -> impl Iterator<Item = ResourceId> {
        self.resources.iter().copied()
    }

    /// Adds the answer under a key.
    pub(crate) fn answer(&mut self, user: UserId, key: &str) {
        self.answers.insert((user, key.to_owned()));
    }
}

/// Finds where the targets of commands stand; before the lock, so only good for guessing what to lock.
pub(crate) async fn locate(
    tx: &mut Tx,
    around: Around,
    bookings: &[BookingId],
    blocks: &[BlockId],
    known: &mut Known,
) -> Result<()> {
    let booking_rows: Vec<[Value; 1]> = bookings.iter().map(|id| [(*id).into()]).collect();
    let block_rows: Vec<[Value; 1]> = blocks.iter().map(|id| [(*id).into()]).collect();
    let (found_bookings, found_blocks) = (&mut known.bookings_located, &mut known.blocks_located);
    let mut booking_sink = |row: &Row<'_>| {
        let located = Located { resource: row.get(1)?, interval: interval(row, "booking", 2)? };
        found_bookings.insert(row.get(0)?, located);
        Ok(())
    };
    let mut block_sink = |row: &Row<'_>| {
        let located = Located { resource: row.get(1)?, interval: interval(row, "block", 2)? };
        found_blocks.insert(row.get(0)?, located);
        Ok(())
    };
    let steps = vec![
        Step::each(&LOCATE_BOOKINGS, &booking_rows, Some(&mut booking_sink)),
        Step::each(&LOCATE_BLOCKS, &block_rows, Some(&mut block_sink)),
    ];
    tx.pipeline(around, steps).await
}

/// Those windows that lie in no other of the same person or scope: somebody's day is read with their week.
pub(crate) fn widest<Of: Copy + Ord>(windows: &[(Of, Interval)]) -> Vec<(Of, Interval)> {
    let mut sorted = windows.to_vec();
    sorted.sort_unstable_by_key(|(of, window)| (*of, window.start(), Reverse(window.end())));
    sorted.dedup_by(|(of, window), (kept_of, kept)| of == kept_of && kept.contains(*window));
    sorted
}

/// Locks and loads, in one flight, the locks first.
pub(crate) async fn load(tx: &mut Tx, around: Around, wanted: &Wanted, known: &mut Known) -> Result<()> {
    let resources: Vec<[Value; 1]> = wanted.resources.iter().map(|id| [(*id).into()]).collect();
    let sessions: Vec<[Value; 1]> = wanted.sessions.iter().map(|id| [(*id).into()]).collect();
    let managers: Vec<[Value; 2]> =
        wanted.managers.iter().map(|(resource, user)| [(*resource).into(), (*user).into()]).collect();
    let bookings: Vec<[Value; 1]> = wanted.bookings.iter().map(|id| [(*id).into()]).collect();
    let blocks: Vec<[Value; 1]> = wanted.blocks.iter().map(|id| [(*id).into()]).collect();
    let windows: Vec<[Value; 3]> = wanted
        .claims
        .iter()
        .map(|(resource, window)| [(*resource).into(), window.start().into(), window.end().into()])
        .collect();
    let counted = wanted.diaries.iter().map(|(person, _)| person);
    let people: BTreeSet<UserId> = counted.chain(&wanted.grouped).copied().collect();
    let people: Vec<[Value; 1]> = people.into_iter().map(|person| [person.into()]).collect();
    // Whatever is read again must not forget what was known of it.
    let with_kinds = |person: UserId| {
        wanted.kinds_of.contains(&person) || known.facts.diaries.get(&person).is_some_and(Diary::knows_kinds)
    };
    let diaries: Vec<[Value; 4]> = widest(&wanted.diaries)
        .into_iter()
        .map(|(person, window)| diaries::asked(person, window, with_kinds(person)))
        .collect();
    let (mut sites, mut areas): (Vec<[Value; 1]>, Vec<[Value; 1]>) = (Vec::new(), Vec::new());
    for place in &wanted.places {
        match place {
            PlaceId::Site(id) => sites.push([(*id).into()]),
            PlaceId::Area(id) => areas.push([(*id).into()]),
        }
    }
    let site_managers: Vec<[Value; 2]> =
        wanted.site_managers.iter().map(|(site, user)| [(*site).into(), (*user).into()]).collect();
    let asked_of: Vec<[Value; 1]> = wanted.wholes.iter().map(|id| [(*id).into()]).collect();
    let kinds: Vec<[Value; 1]> = wanted.kinds.iter().map(|name| [name.as_str().into()]).collect();
    let grouped: Vec<[Value; 1]> = wanted.grouped.iter().map(|person| [(*person).into()]).collect();
    let paced = paces::Asked::of(&wanted.paces);
    let answers: Vec<[Value; 2]> =
        wanted.answers.iter().map(|(user, key)| [(*user).into(), key.as_str().into()]).collect();

    let Known { facts, principals, answers: kept, .. } = known;
    facts.resources.extend(wanted.resources.iter().map(|id| (*id, None)));
    facts.managers.extend(wanted.managers.iter().map(|pair| (*pair, false)));
    facts.bookings.extend(wanted.bookings.iter().map(|id| (*id, None)));
    facts.blocks.extend(wanted.blocks.iter().map(|id| (*id, None)));
    facts.places.extend(wanted.places.iter().map(|id| (*id, None)));
    facts.site_managers.extend(wanted.site_managers.iter().map(|pair| (*pair, false)));
    facts.wholes.extend(wanted.wholes.iter().map(|id| (*id, Vec::new())));

    facts.groups.extend(wanted.grouped.iter().map(|person| (*person, BTreeSet::new())));

    let Facts { managers: found_managers, bookings: found_bookings, groups: found_groups, .. } = facts;
    let (found_blocks, found_claims) = (&mut facts.blocks, &mut facts.calendars);
    let found_site_managers = &mut facts.site_managers;
    let found_wholes = &mut facts.wholes;
    let mut claims_loaded = 0;
    let (mut found_resources, mut found_places) = (Vec::new(), Vec::new());
    let mut resource_sink = |row: &Row<'_>| {
        found_resources.push(Unresolved::read(row)?);
        Ok(())
    };
    let found_places_of_sites = &mut found_places;
    let mut site_sink = |row: &Row<'_>| {
        found_places_of_sites.push((PlaceId::Site(row.get(0)?), row.get(1)?, None, row.get(2)?));
        Ok(())
    };
    let mut found_kinds: Vec<(String, Uuid)> = Vec::new();
    let mut kind_sink = |row: &Row<'_>| {
        found_kinds.push((row.get(0)?, row.get(1)?));
        Ok(())
    };
    let mut group_sink = |row: &Row<'_>| {
        found_groups.entry(row.get(0)?).or_default().insert(row.get(1)?);
        Ok(())
    };
    let mut found_areas = Vec::new();
    let mut area_sink = |row: &Row<'_>| {
        let parent: Option<AreaId> = row.get(3)?;
        let within = parent.map_or(PlaceId::Site(row.get(2)?), PlaceId::Area);
        found_areas.push((PlaceId::Area(row.get(0)?), row.get(1)?, Some(within), None));
        Ok(())
    };
    let mut site_manager_sink = |row: &Row<'_>| {
        found_site_managers.insert((row.get(0)?, row.get(1)?), true);
        Ok(())
    };
    let mut whole_sink = |row: &Row<'_>| {
        found_wholes.entry(row.get(0)?).or_default().push(row.get(1)?);
        Ok(())
    };
    let mut entries = Entries::default();
    let mut entry_sink = |row: &Row<'_>| entries.read(row);
    let (mut starts, mut starts_on_resources) = (Vec::new(), Vec::new());
    let mut start_sink = |row: &Row<'_>| {
        starts.push(paces::at_site(row)?);
        Ok(())
    };
    let mut start_on_resource_sink = |row: &Row<'_>| {
        starts_on_resources.push(paces::on_resource(row)?);
        Ok(())
    };
    let mut session_sink = |row: &Row<'_>| {
        let principal = Principal { user: row.get(1)?, role: role(row, 2)? };
        principals.insert(row.get(0)?, LivePrincipal { principal, expires_at: row.get(3)? });
        Ok(())
    };
    let mut manager_sink = |row: &Row<'_>| {
        found_managers.insert((row.get(0)?, row.get(1)?), true);
        Ok(())
    };
    let mut booking_sink = |row: &Row<'_>| {
        let booking = booking(row)?;
        found_bookings.insert(booking.id, Some(booking));
        Ok(())
    };
    let mut block_sink = |row: &Row<'_>| {
        let block = block(row)?;
        found_blocks.insert(block.id, Some(block));
        Ok(())
    };
    let mut claim_sink = |row: &Row<'_>| {
        claims_loaded += 1;
        found_claims.entry(row.get(0)?).or_default().insert(claim(row)?);
        Ok(())
    };
    let mut answer_sink = |row: &Row<'_>| {
        kept.insert((row.get(0)?, row.get(1)?), kept_answer(row)?);
        Ok(())
    };
    let steps = vec![
        Step::each(&LOCK_RESOURCES, &resources, Some(&mut resource_sink)),
        Step::each(&LOCK_PEOPLE, &people, None),
        Step::each(&LOCK_SITES, &sites, Some(&mut site_sink)),
        Step::each(&LOCK_SITES_OF_AREAS, &areas, None),
        Step::each(&paces::LOCK_SITES, &paced.sites, None),
        Step::each(&LOAD_AREAS, &areas, Some(&mut area_sink)),
        Step::each(&LOCK_KINDS, &kinds, Some(&mut kind_sink)),
        Step::each(&groups::OF_PEOPLE, &grouped, Some(&mut group_sink)),
        Step::each(&LOAD_PRINCIPALS, &sessions, Some(&mut session_sink)),
        Step::each(&LOAD_MANAGERS, &managers, Some(&mut manager_sink)),
        Step::each(&LOAD_SITE_MANAGERS, &site_managers, Some(&mut site_manager_sink)),
        Step::each(&LOAD_WHOLES, &asked_of, Some(&mut whole_sink)),
        Step::each(&LOAD_ANSWERS, &answers, Some(&mut answer_sink)),
        Step::each(&LOAD_BOOKINGS, &bookings, Some(&mut booking_sink)),
        Step::each(&LOAD_BLOCKS, &blocks, Some(&mut block_sink)),
        Step::each(&LOAD_CLAIMS, &windows, Some(&mut claim_sink)),
        Step::each(&LOAD_DIARIES, &diaries, Some(&mut entry_sink)),
        Step::each(&paces::STARTS_OF_SITES, &paced.of_sites, Some(&mut start_sink)),
        Step::each(&paces::STARTS_OF_RESOURCES, &paced.of_resources, Some(&mut start_on_resource_sink)),
    ];
    tx.pipeline(around, steps).await?;
    found_places.append(&mut found_areas);
    let found_rules = rules::load(tx, found_places.iter().filter_map(|(_, id, _, _)| *id).collect()).await?;
    for (place, id, within, time_zone) in found_places {
        facts.places.insert(place, Some(Place { within, rules: rules::of(id, &found_rules)?, time_zone }));
    }
    facts.schemas.extend(wanted.kinds.iter().map(|name| (name.clone(), Arc::default())));
    let schemas = kinds::load(tx, found_kinds.iter().map(|(_, id)| *id).collect()).await?;
    for (name, id) in found_kinds {
        facts.schemas.insert(name, kinds::of(Some(id), &schemas)?);
    }
    for resource in resolve(tx, found_resources).await? {
        facts.resources.insert(resource.id, Some(resource));
    }
    for (id, person, entry) in entries.resolve(tx).await? {
        facts.diaries.entry(person).or_default().insert(id, entry);
    }
    for (person, window) in &wanted.diaries {
        let diary = facts.diaries.entry(*person).or_default();
        // They were asked for above where they were known, too.
        let kinds = wanted.kinds_of.contains(person) || diary.knows_kinds();
        diary.mark_known(*window, kinds);
    }
    if claims_loaded > CLAIMS_MAX {
        return Err(StoreError::TooMuch("claims"));
    }
    for (id, window) in &wanted.claims {
        facts.calendars.entry(*id).or_default().mark_known(*window);
    }
    starts.append(&mut starts_on_resources);
    paces::note(starts, &wanted.paces, &mut facts.paces)
}

/// A resource whose rules, and what its kind declares, have still to be found.
pub(crate) struct Unresolved {
    resource: Resource,
    rules: Option<Uuid>,
    in_force: Option<Uuid>,
    schema: Option<Uuid>,
}

impl Unresolved {
    /// Reads the columns of `select_resource!`.
    pub(crate) fn read(row: &Row<'_>) -> Result<Self> {
        let resource = Resource {
            id: row.get(0)?,
            attributes: Attributes {
                name: row.get(1)?,
                kind: row.get(2)?,
                description: row.get(3)?,
                capacity: row.get(4)?,
                quantity: row.get(5)?,
                time_zone: row.get(6)?,
                requires_approval: row.get(7)?,
                site: row.get(12)?,
                area: row.get(13)?,
                parts: read_resources("resource", "parts", row.get::<Option<String>>(21)?.as_deref())?,
                rules: Arc::default(),
                profile: profiles::read(row, 16)?,
            },
            in_force: Arc::default(),
            schema: Arc::default(),
            version: row.get(8)?,
            revision: row.get(9)?,
            created_at: row.get(10)?,
            updated_at: row.get(11)?,
        };
        Ok(Self { resource, rules: row.get(14)?, in_force: row.get(15)?, schema: row.get(20)? })
    }
}

/// Finds the rules of resources, and what their kinds declare.
pub(crate) async fn resolve(tx: &mut Tx, unresolved: Vec<Unresolved>) -> Result<Vec<Resource>> {
    let ids = unresolved.iter().flat_map(|it| [it.rules, it.in_force]).flatten().collect();
    let found = rules::load(tx, ids).await?;
    let schemas = kinds::load(tx, unresolved.iter().filter_map(|it| it.schema).collect()).await?;
    let resolved = unresolved.into_iter().map(|it| {
        let mut resource = it.resource;
        resource.attributes.rules = rules::of(it.rules, &found)?;
        resource.in_force = rules::of(it.in_force, &found)?;
        resource.schema = kinds::of(it.schema, &schemas)?;
        Ok(resource)
    });
    resolved.collect()
}

pub(crate) fn status(row: &Row<'_>, at: usize) -> Result<Status> {
    row.word(at, |word| Status::from_word(word).ok_or_else(|| StoreError::inconsistent("booking", "status", &word)))
}

pub(crate) fn booking(row: &Row<'_>) -> Result<Booking> {
    let seconds = |at| row.get(at).map(SignedDuration::from_secs);
    let (guest, participants) = read_people(row.get::<Option<String>>(21)?.as_deref())?;
    Ok(Booking {
        id: row.get(0)?,
        resource: row.get(1)?,
        user: row.get(2)?,
        interval: interval(row, "booking", 3)?,
        quantity: row.get(5)?,
        details: Details {
            title: row.get(6)?,
            notes: row.get(7)?,
            party_size: row.get(8)?,
            fields: profiles::read_values(row, 19)?,
            guest,
            participants,
        },
        status: status(row, 9)?,
        lapses_at: row.get(13)?,
        buffers: Buffers { before: seconds(14)?, after: seconds(15)? },
        override_reason: row.get(16)?,
        closed_reason: row.get(24)?,
        made_by: row.get(17)?,
        series: row.get(18)?,
        shares: read_shares(row.get::<Option<String>>(20)?.as_deref())?,
        would_do: read_resources("booking", "would_do", row.get::<Option<String>>(22)?.as_deref())?,
        undo: read_undo(row.get::<Option<String>>(23)?.as_deref())?,
        version: row.get(10)?,
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
    })
}

pub(crate) fn block(row: &Row<'_>) -> Result<Block> {
    Ok(Block {
        id: row.get(0)?,
        resource: row.get(1)?,
        parts: read_resources("block", "parts", row.get::<Option<String>>(7)?.as_deref())?,
        series: row.get(8)?,
        interval: interval(row, "block", 2)?,
        reason: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
    })
}

pub(crate) fn claim(row: &Row<'_>) -> Result<Claim> {
    let (booking, block): (Option<BookingId>, Option<BlockId>) = (row.get(4)?, row.get(5)?);
    let holder = match (booking, block) {
        (Some(id), None) => Holder::Booking(id),
        (None, Some(id)) => Holder::Block(id),
        _ => return Err(StoreError::inconsistent("claim", "booking_id", "neither a booking nor a block, or both")),
    };
    Ok(Claim { unit: row.get(1)?, interval: interval(row, "claim", 2)?, holder, lapses_at: row.get(6)? })
}

pub(crate) fn role(row: &Row<'_>, at: usize) -> Result<Role> {
    row.word(at, |word| Role::from_word(word).ok_or_else(|| StoreError::inconsistent("account", "role", &word)))
}

pub(crate) fn kept_answer(row: &Row<'_>) -> Result<KeptAnswer> {
    let status: u32 = row.get(3)?;
    Ok(KeptAnswer {
        fingerprint: row.get(2)?,
        answer: Answer {
            status: u16::try_from(status).map_err(|error| StoreError::inconsistent("idempotency", "status", &error))?,
            location: row.get(4)?,
            etag: row.get(5)?,
            body: row.get(6)?,
        },
        created_at: row.get(7)?,
    })
}

/// Two neighbouring columns as an interval.
pub(crate) fn interval(row: &Row<'_>, table: &'static str, at: usize) -> Result<Interval> {
    let (start, end): (Timestamp, Timestamp) = (row.get(at)?, row.get(at + 1)?);
    Interval::new(start, end)
        .map_err(|_| StoreError::inconsistent(table, "ends_at", &format!("[{start}, {end}) is no interval")))
}
