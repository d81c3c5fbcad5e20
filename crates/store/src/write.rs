//! Writes the changes of a batch: gathered to their net effect first, then as a handful of multi-row statements.
//! It knows no rule.

use std::collections::{BTreeMap, BTreeSet};

use bronya_domain::block::Block;
use bronya_domain::booking::{Booking, Share};
use bronya_domain::calendar::{Claim, Holder};
use bronya_domain::command::Series;
use bronya_domain::effect::{Change, Detail, Happening};
use bronya_domain::facts::Facts;
use bronya_domain::ids::{BlockId, BookingId, ResourceId, SeriesId, UserId};
use bronya_domain::kind::FieldValue;
use bronya_domain::resource::Resource;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::bookings::EARLIEST;
use crate::db::{Around, Each, Step, Tx, Value};
use crate::details::{self, FORGET_REASONS, INSERT_DETAILS};
use crate::error::Result;
use crate::events::{INSERT_EVENTS, NewEvent};
use crate::facts::KeptAnswer;
use crate::people::{DELETE_PARTICIPANTS, INSERT_PARTICIPANTS, participants, write_people};
use crate::profiles::{self, DELETE_TERMS, INSERT_TERMS};
use crate::rules::{self, INSERT_RULES};
use crate::series::{self, INSERT_SERIES, UPDATE_SERIES};
use crate::shares::{DELETE_PARTS, DELETE_SHARES, INSERT_PARTS, INSERT_SHARES, write_resources, write_shares};
use crate::undo::write_undo;

/// Every change under a resource's lock counts; the longest booking bounds how far back a search has to look.
pub(crate) const TOUCH_RESOURCES: Each<2> = Each::new(
    "UPDATE resource SET revision = revision + 1, booking_longest_us = max(booking_longest_us, $1) WHERE id = $2",
    "UPDATE resource SET revision = resource.revision + 1,
        booking_longest_us = greatest(resource.booking_longest_us, touched.longest_us)
    FROM unnest($1::bigint[], $2::uuid[]) AS touched (longest_us, id) WHERE resource.id = touched.id",
);

pub(crate) const INSERT_RESOURCES: Each<22> = Each::new(
    "INSERT INTO resource (id, name, kind, description, capacity, quantity, time_zone, requires_approval, search,
        version, revision, booking_longest_us, created_at, updated_at, site_id, area_id, rules_id, in_force_id,
        visibility, position, profile, picture_id, parts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    "INSERT INTO resource (id, name, kind, description, capacity, quantity, time_zone, requires_approval, search,
        version, revision, booking_longest_us, created_at, updated_at, site_id, area_id, rules_id, in_force_id,
        visibility, position, profile, picture_id, parts)
    SELECT id, name, kind, description, capacity, quantity, time_zone, requires_approval, search, version, revision,
        0, created_at, updated_at, site_id, area_id, rules_id, in_force_id, visibility, position, profile,
        picture_id, parts
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $8::boolean[],
        $9::text[], $10::bigint[], $11::bigint[], $12::timestamptz[], $13::timestamptz[], $14::uuid[], $15::uuid[],
        $16::uuid[], $17::uuid[], $18::text[], $19::int[], $20::text[], $21::uuid[], $22::text[])
        AS fresh (id, name, kind, description, capacity, quantity, time_zone, requires_approval, search, version,
            revision, created_at, updated_at, site_id, area_id, rules_id, in_force_id, visibility, position, profile,
            picture_id, parts)",
);

pub(crate) const UPDATE_RESOURCES: Each<20> = Each::new(
    "UPDATE resource SET name = $1, kind = $2, description = $3, capacity = $4, quantity = $5, time_zone = $6,
        requires_approval = $7, search = $8, version = $9, updated_at = $10, site_id = $11, area_id = $12,
        rules_id = $13, in_force_id = $14, visibility = $15, position = $16, profile = $17,
        picture_id = $18, parts = $19
    WHERE id = $20",
    "UPDATE resource SET name = fresh.name, kind = fresh.kind, description = fresh.description,
        capacity = fresh.capacity, quantity = fresh.quantity, time_zone = fresh.time_zone,
        requires_approval = fresh.requires_approval, search = fresh.search, version = fresh.version,
        updated_at = fresh.updated_at, site_id = fresh.site_id, area_id = fresh.area_id, rules_id = fresh.rules_id,
        in_force_id = fresh.in_force_id, visibility = fresh.visibility, position = fresh.position,
        profile = fresh.profile, picture_id = fresh.picture_id, parts = fresh.parts
    FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::boolean[], $8::text[],
        $9::bigint[], $10::timestamptz[], $11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[], $15::text[],
        $16::int[], $17::text[], $18::uuid[], $19::text[],
        $20::uuid[])
        AS fresh (name, kind, description, capacity, quantity, time_zone, requires_approval, search, version,
            updated_at, site_id, area_id, rules_id, in_force_id, visibility, position, profile,
            picture_id, parts, id)
    WHERE resource.id = fresh.id",
);

/// What is left on units that a resource no longer has is history; it stays in `booking` and `block`.
pub(crate) const TRIM_UNITS: Each<2> = Each::new(
    "DELETE FROM claim WHERE resource_id = $1 AND unit > $2",
    "DELETE FROM claim USING unnest($1::uuid[], $2::int[]) AS trimmed (resource_id, quantity)
    WHERE claim.resource_id = trimmed.resource_id AND claim.unit > trimmed.quantity",
);

pub(crate) const DELETE_RESOURCES: Each<2> = Each::new(
    "UPDATE resource SET deleted_at = $1, version = version + 1 WHERE id = $2",
    "UPDATE resource SET deleted_at = gone.deleted_at, version = resource.version + 1
    FROM unnest($1::timestamptz[], $2::uuid[]) AS gone (deleted_at, id) WHERE resource.id = gone.id",
);

pub(crate) const INSERT_MANAGERS: Each<3> = Each::new(
    "INSERT INTO resource_manager (resource_id, user_id, created_at) VALUES ($1, $2, $3)",
    "INSERT INTO resource_manager (resource_id, user_id, created_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])",
);

pub(crate) const INSERT_BOOKINGS: Each<25> = Each::new(
    "INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status,
        version, created_at, updated_at, lapses_at, buffer_before_s, buffer_after_s, override_reason, made_by,
        series_id, fields, shares, people, would_do, undo, site_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25)",
    "INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status,
        version, created_at, updated_at, lapses_at, buffer_before_s, buffer_after_s, override_reason, made_by,
        series_id, fields, shares, people, would_do, undo, site_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::int[],
        $7::text[], $8::text[], $9::int[], $10::text[], $11::bigint[], $12::timestamptz[], $13::timestamptz[],
        $14::timestamptz[], $15::int[], $16::int[], $17::text[], $18::uuid[], $19::uuid[],
        $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::uuid[])",
);

pub(crate) const UPDATE_BOOKINGS: Each<22> = Each::new(
    "UPDATE booking SET resource_id = $1, starts_at = $2, ends_at = $3, quantity = $4, title = $5, notes = $6,
        party_size = $7, status = $8, version = $9, updated_at = $10, lapses_at = $11, buffer_before_s = $12,
        buffer_after_s = $13, override_reason = $14, fields = $15, shares = $16, people = $17, would_do = $18,
        undo = $19, site_id = $20, closed_reason = $21
    WHERE id = $22",
    "UPDATE booking SET resource_id = fresh.resource_id, starts_at = fresh.starts_at, ends_at = fresh.ends_at,
        quantity = fresh.quantity, title = fresh.title, notes = fresh.notes, party_size = fresh.party_size,
        status = fresh.status, version = fresh.version, updated_at = fresh.updated_at,
        lapses_at = fresh.lapses_at, buffer_before_s = fresh.buffer_before_s, buffer_after_s = fresh.buffer_after_s,
        override_reason = fresh.override_reason, fields = fresh.fields, shares = fresh.shares,
        people = fresh.people, would_do = fresh.would_do, undo = fresh.undo,
        site_id = fresh.site_id, closed_reason = fresh.closed_reason
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::text[], $6::text[], $7::int[],
        $8::text[], $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::int[], $13::int[], $14::text[],
        $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::uuid[], $21::text[], $22::uuid[])
        AS fresh (resource_id, starts_at, ends_at, quantity, title, notes, party_size, status, version, updated_at,
            lapses_at, buffer_before_s, buffer_after_s, override_reason, fields, shares, people, would_do, undo,
            site_id, closed_reason, id)
    WHERE booking.id = fresh.id",
);

/// A resource that goes to another site takes what lies ahead along: that is counted there from now on.
pub(crate) const MOVE_BOOKINGS: Each<3> = Each::new(
    "UPDATE booking SET site_id = $1 WHERE resource_id = $2 AND starts_at >= $3",
    "UPDATE booking SET site_id = moved.site_id
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS moved (site_id, resource_id, since)
    WHERE booking.resource_id = moved.resource_id AND booking.starts_at >= moved.since",
);

pub(crate) const INSERT_BLOCKS: Each<9> = Each::new(
    "INSERT INTO block (id, resource_id, starts_at, ends_at, reason, created_by, created_at, parts, series_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    "INSERT INTO block (id, resource_id, starts_at, ends_at, reason, created_by, created_at, parts, series_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::uuid[],
        $7::timestamptz[], $8::text[], $9::uuid[])",
);

pub(crate) const DELETE_BLOCKS: Each<1> =
    Each::new("DELETE FROM block WHERE id = $1", "DELETE FROM block WHERE id = ANY ($1::uuid[])");

pub(crate) const INSERT_CLAIMS: Each<7> = Each::new(
    "INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id, block_id, lapses_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)",
    "INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id, block_id, lapses_at)
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::uuid[], $6::uuid[],
        $7::timestamptz[])",
);

pub(crate) const DELETE_CLAIMS: Each<3> = Each::new(
    "DELETE FROM claim WHERE resource_id = $1 AND unit = $2 AND starts_at = $3",
    "DELETE FROM claim USING unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS gone (resource_id, unit, starts_at)
    WHERE claim.resource_id = gone.resource_id AND claim.unit = gone.unit AND claim.starts_at = gone.starts_at",
);

/// A key that is used again after its day is over takes the new answer.
pub(crate) const KEEP_ANSWERS: Each<8> = Each::new(
    "INSERT INTO idempotency (user_id, key, fingerprint, status, location, etag, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    "INSERT INTO idempotency (user_id, key, fingerprint, status, location, etag, body, created_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::int[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[])",
);

pub(crate) const FORGET_ANSWERS: Each<2> = Each::new(
    "DELETE FROM idempotency WHERE user_id = $1 AND key = $2",
    "DELETE FROM idempotency USING unnest($1::uuid[], $2::text[]) AS old (user_id, key)
    WHERE idempotency.user_id = old.user_id AND idempotency.key = old.key",
);

/// Changes nothing, and makes the transaction one that wrote.
pub(crate) const VOUCH_FOR_ANSWERS: Each<2> = Each::new(
    "UPDATE idempotency SET status = status WHERE user_id = $1 AND key = $2",
    "UPDATE idempotency SET status = idempotency.status FROM unnest($1::uuid[], $2::text[]) AS old (user_id, key)
    WHERE idempotency.user_id = old.user_id AND idempotency.key = old.key",
);

/// What one place of a unit's calendar goes through in a batch.
#[derive(Debug, Default)]
struct Place {
    removed: Option<Claim>,
    added: Option<Claim>,
}

/// The net effect of a batch's decisions.
#[derive(Debug, Default)]
pub(crate) struct WriteSet {
    bookings: BTreeMap<BookingId, (Booking, bool)>,
    claims: BTreeMap<(ResourceId, u32, Timestamp), Place>,
    /// Bookings that were there before and hold something else now.
    shares_changed: BTreeSet<BookingId>,
    /// Bookings that were there before and that others take part in now.
    participants_changed: BTreeSet<BookingId>,
    /// Bookings whose history is to say no more why rules were set aside.
    reasons_forgotten: BTreeSet<BookingId>,
    series: Vec<Series>,
    series_updated: BTreeMap<SeriesId, Series>,
    blocks_new: BTreeMap<BlockId, Block>,
    blocks_deleted: BTreeSet<BlockId>,
    resources_new: BTreeMap<ResourceId, (Resource, UserId)>,
    resources_updated: BTreeMap<ResourceId, Resource>,
    /// Resources that belong to another site than before.
    resources_moved: BTreeSet<ResourceId>,
    resources_deleted: BTreeMap<ResourceId, Timestamp>,
    /// Resources that something changed under, and the longest of their bookings that were written.
    touched: BTreeMap<ResourceId, i64>,
    events: Vec<NewEvent>,
    /// What stands beside lines of the log.
    details: Vec<[Value; 10]>,
    answers: BTreeMap<(UserId, String), KeptAnswer>,
    answers_forgotten: BTreeSet<(UserId, String)>,
    answer_vouched: Option<(UserId, String)>,
}

impl WriteSet {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.decides_nothing() && self.answer_vouched.is_none()
    }

    fn decides_nothing(&self) -> bool {
        self.events.is_empty() && self.answers.is_empty()
    }

    /// Notes that a change takes a resource to another site than `before` says.
    pub(crate) fn note_move(&mut self, change: &Change, before: &Facts) {
        if let Change::UpdateResource(resource) = change
            && before.site_of(resource.id) != resource.attributes.site
        {
            self.resources_moved.insert(resource.id);
        }
    }

    /// Adds a change.
    pub(crate) fn add(&mut self, change: Change) {
        match change {
            Change::InsertBooking(booking) => {
                self.lengthen(&booking);
                self.bookings.insert(booking.id, (booking, true));
            }
            Change::UpdateBooking(booking) => {
                self.lengthen(&booking);
                let is_new = self.bookings.get(&booking.id).is_some_and(|(_, is_new)| *is_new);
                self.bookings.insert(booking.id, (booking, is_new));
            }
            Change::AddClaim(resource, claim) => {
                self.touch(resource);
                self.place(resource, claim).added = Some(claim);
            }
            Change::RemoveClaim(resource, claim) => {
                self.touch(resource);
                let place = self.place(resource, claim);
                if place.added.take().is_none() {
                    place.removed = Some(claim);
                }
            }
            Change::ChangeShares(id) => {
                self.shares_changed.insert(id);
            }
            Change::ChangeParticipants(id) => {
                self.participants_changed.insert(id);
            }
            Change::ForgetReasons(id) => {
                self.reasons_forgotten.insert(id);
            }
            Change::InsertSeries(series) => self.series.push(series),
            Change::UpdateSeries(series) => {
                self.series_updated.insert(series.id, series);
            }
            Change::InsertBlock(block) => {
                self.blocks_new.insert(block.id, block);
            }
            Change::DeleteBlock(id) => {
                if self.blocks_new.remove(&id).is_none() {
                    self.blocks_deleted.insert(id);
                }
            }
            Change::InsertResource { resource, manager } => {
                self.resources_new.insert(resource.id, (resource, manager));
            }
            Change::UpdateResource(resource) => {
                self.touch(resource.id);
                if let Some((fresh, _)) = self.resources_new.get_mut(&resource.id) {
                    *fresh = resource;
                } else {
                    self.resources_updated.insert(resource.id, resource);
                }
            }
            Change::DeleteResource(id, at) => {
                self.touch(id);
                self.resources_deleted.insert(id, at);
            }
        }
    }

    /// Tells what was just read of calendars, people and sites what this batch did, which the database does not know yet.
    pub(crate) fn reapply(&self, facts: &mut Facts) {
        for (booking, _) in self.bookings.values() {
            facts.note(booking);
        }
        for ((resource, _, _), place) in &self.claims {
            let calendar = facts.calendars.entry(*resource).or_default();
            if let Some(claim) = place.removed {
                calendar.remove(claim);
            }
            if let Some(claim) = place.added {
                calendar.insert(claim);
            }
        }
        for resource in self.resources_new.values().map(|(it, _)| it).chain(self.resources_updated.values()) {
            facts.note_parts(resource);
        }
    }

    /// Adds a line of the log, with what else is told of it.
    pub(crate) fn log(&mut self, event: NewEvent, detail: &Detail) {
        self.details.extend(event.booking.and_then(|booking| details::row(event.id, booking, detail)));
        self.events.push(event);
    }

    /// Keeps an answer under its key; `again` where an old one has to go first.
    pub(crate) fn keep(&mut self, user: UserId, key: String, answer: KeptAnswer, again: bool) {
        if again {
            self.answers_forgotten.insert((user, key.clone()));
        }
        self.answers.insert((user, key), answer);
    }

    /// Lets the batch wait for a synchronous standby before this old answer is given again. The transaction that kept it can
    /// be seen without having been waited for: its wait was cancelled, or the server was started again. A commit that writes
    /// waits for everything before it, and so does one batch for all its answers.
    pub(crate) fn vouch(&mut self, user: UserId, key: String) {
        self.answer_vouched.get_or_insert((user, key));
    }

    fn place(&mut self, resource: ResourceId, claim: Claim) -> &mut Place {
        self.claims.entry((resource, claim.unit, claim.interval.start())).or_default()
    }

    fn touch(&mut self, resource: ResourceId) {
        self.touched.entry(resource).or_insert(0);
    }

    fn lengthen(&mut self, booking: &Booking) {
        let micros = i64::try_from(booking.interval.duration().as_micros()).unwrap_or(i64::MAX);
        let longest = self.touched.entry(booking.resource).or_insert(0);
        *longest = micros.max(*longest);
    }

    /// Writes everything; with [`Around::Commit`] in one flight with the COMMIT. `facts` are those of now, and say of which
    /// site a booking is.
    pub(crate) async fn write(&self, tx: &mut Tx, around: Around, facts: &Facts) -> Result<()> {
        let resources_new: Vec<_> = self.resources_new.values().map(|(resource, _)| new_resource(resource)).collect();
        let written = self.resources_new.values().map(|(resource, _)| resource).chain(self.resources_updated.values());
        let terms_gone: Vec<[Value; 1]> =
            self.resources_updated.keys().chain(self.resources_deleted.keys()).map(|id| [(*id).into()]).collect();
        let standing = written.clone().filter(|resource| !self.resources_deleted.contains_key(&resource.id));
        let terms: Vec<[Value; 2]> = standing.flat_map(profiles::terms).collect();
        let rule_sets: Vec<[Value; 3]> = written
            .flat_map(|resource| {
                [&resource.attributes.rules, &resource.in_force].map(|set| rules::row(set, resource.updated_at))
            })
            .filter_map(|row| row.map(|(_, row)| row))
            .collect();
        let managers: Vec<[Value; 3]> = self
            .resources_new
            .values()
            .map(|(resource, manager)| [resource.id.into(), (*manager).into(), resource.created_at.into()])
            .collect();
        let resources_updated: Vec<_> = self.resources_updated.values().map(updated_resource).collect();
        let trimmed: Vec<[Value; 2]> = self
            .resources_updated
            .values()
            .map(|resource| [resource.id.into(), resource.attributes.quantity.into()])
            .collect();
        let resources_deleted: Vec<[Value; 2]> =
            self.resources_deleted.iter().map(|(id, at)| [(*at).into(), (*id).into()]).collect();
        let touched: Vec<[Value; 2]> =
            self.touched.iter().map(|(id, longest)| [(*longest).into(), (*id).into()]).collect();
        let bookings_new: Vec<_> =
            self.bookings.values().filter(|(_, is_new)| *is_new).map(|(it, _)| new_booking(it, facts)).collect();
        let bookings_updated: Vec<_> = self
            .bookings
            .values()
            .filter(|(_, is_new)| !*is_new)
            .map(|(booking, _)| updated_booking(booking, facts))
            .collect();
        let moved = self.resources_moved.iter().filter_map(|id| self.resources_updated.get(id));
        let bookings_moved: Vec<[Value; 3]> = moved
            .map(|it| {
                // Nobody counts starts that are longer ago than a day.
                let since = it.updated_at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(EARLIEST);
                [it.attributes.site.into(), it.id.into(), since.into()]
            })
            .collect();
        let series_new: Vec<_> = self.series.iter().map(series::inserted).collect();
        let series_updated: Vec<_> = self.series_updated.values().map(series::updated).collect();
        let blocks_new: Vec<_> = self.blocks_new.values().map(new_block).collect();
        let is_new = |id: &BookingId| self.bookings.get(id).is_some_and(|(_, is_new)| *is_new);
        let shares_of = |booking: &Booking| {
            let holder = booking.id;
            let row = move |it: &Share| [holder.into(), it.resource.into(), it.quantity.into(), it.asked.into()];
            booking.shares.iter().map(row).collect::<Vec<[Value; 4]>>()
        };
        let parts_of = |block: &Block| {
            let row = |part: &ResourceId| [block.id.into(), (*part).into(), 1_u32.into(), false.into()];
            block.parts.iter().map(row).collect::<Vec<[Value; 4]>>()
        };
        let changed = self.bookings.values().filter(|(it, is_new)| *is_new || self.shares_changed.contains(&it.id));
        let shares_new: Vec<[Value; 4]> = changed
            .flat_map(|(booking, _)| shares_of(booking))
            .chain(self.blocks_new.values().flat_map(parts_of))
            .collect();
        let holders_gone = self.shares_changed.iter().filter(|id| !is_new(id)).map(|id| [(*id).into()]);
        let shares_gone: Vec<[Value; 1]> =
            holders_gone.chain(self.blocks_deleted.iter().map(|id| [(*id).into()])).collect();
        let taken_part = self.participants_changed.iter().filter(|id| !is_new(id));
        let participants_gone: Vec<[Value; 1]> = taken_part.map(|id| [(*id).into()]).collect();
        let participants_new: Vec<[Value; 2]> = self
            .bookings
            .values()
            .filter(|(it, is_new)| *is_new || self.participants_changed.contains(&it.id))
            .flat_map(|(booking, _)| participants(booking))
            .collect();
        let wholes = self.resources_updated.keys().chain(self.resources_deleted.keys()).collect::<BTreeSet<_>>();
        let parts_gone: Vec<[Value; 1]> = wholes.into_iter().map(|id| [(*id).into()]).collect();
        let made = self.resources_new.values().map(|(resource, _)| resource).chain(self.resources_updated.values());
        let parts_new: Vec<[Value; 2]> = made
            .filter(|it| !self.resources_deleted.contains_key(&it.id))
            .flat_map(|it| it.attributes.parts.iter().map(|part| [(*part).into(), it.id.into()]))
            .collect();
        let blocks_deleted: Vec<[Value; 1]> = self.blocks_deleted.iter().map(|id| [(*id).into()]).collect();
        let (mut claims_new, mut claims_deleted) = (Vec::new(), Vec::new());
        for ((resource, unit, start), place) in &self.claims {
            if place.removed == place.added {
                continue;
            }
            if place.removed.is_some() {
                claims_deleted.push([(*resource).into(), (*unit).into(), (*start).into()]);
            }
            claims_new.extend(place.added.iter().map(|claim| new_claim(*resource, claim)));
        }
        let events: Vec<_> = self.events.iter().map(NewEvent::to_row).collect();
        let reasons: Vec<[Value; 2]> = self.reasons_forgotten.iter().map(|id| details::forgotten(*id)).collect();
        let forgotten: Vec<[Value; 2]> =
            self.answers_forgotten.iter().map(|(user, key)| [(*user).into(), key.as_str().into()]).collect();
        let vouched = self.answer_vouched.iter().filter(|_| self.decides_nothing());
        let vouched: Vec<[Value; 2]> = vouched.map(|(user, key)| [(*user).into(), key.as_str().into()]).collect();
        let answers: Vec<_> = self.answers.iter().map(|((user, key), kept)| new_answer(*user, key, kept)).collect();

        // What a row names stands before it, and claims that go make room for those that come.
        let steps = vec![
            Step::each(&INSERT_RULES, &rule_sets, None),
            Step::each(&INSERT_RESOURCES, &resources_new, None),
            Step::each(&INSERT_MANAGERS, &managers, None),
            Step::each(&UPDATE_RESOURCES, &resources_updated, None),
            Step::each(&DELETE_RESOURCES, &resources_deleted, None),
            Step::each(&DELETE_TERMS, &terms_gone, None),
            Step::each(&INSERT_TERMS, &terms, None),
            Step::each(&TOUCH_RESOURCES, &touched, None),
            Step::each(&MOVE_BOOKINGS, &bookings_moved, None),
            Step::each(&INSERT_BOOKINGS, &bookings_new, None),
            Step::each(&UPDATE_BOOKINGS, &bookings_updated, None),
            Step::each(&INSERT_SERIES, &series_new, None),
            Step::each(&UPDATE_SERIES, &series_updated, None),
            Step::each(&INSERT_BLOCKS, &blocks_new, None),
            Step::each(&DELETE_BLOCKS, &blocks_deleted, None),
            Step::each(&DELETE_PARTS, &parts_gone, None),
            Step::each(&INSERT_PARTS, &parts_new, None),
            Step::each(&DELETE_SHARES, &shares_gone, None),
            Step::each(&INSERT_SHARES, &shares_new, None),
            Step::each(&DELETE_PARTICIPANTS, &participants_gone, None),
            Step::each(&INSERT_PARTICIPANTS, &participants_new, None),
            Step::each(&DELETE_CLAIMS, &claims_deleted, None),
            Step::each(&INSERT_CLAIMS, &claims_new, None),
            Step::each(&TRIM_UNITS, &trimmed, None),
            Step::each(&INSERT_EVENTS, &events, None),
            Step::each(&INSERT_DETAILS, &self.details, None),
            Step::each(&FORGET_REASONS, &reasons, None),
            Step::each(&FORGET_ANSWERS, &forgotten, None),
            Step::each(&KEEP_ANSWERS, &answers, None),
            Step::each(&VOUCH_FOR_ANSWERS, &vouched, None),
        ];
        tx.pipeline(around, steps).await
    }
}

/// What a search for a resource looks through.
fn search_text(resource: &Resource) -> String {
    let attributes = &resource.attributes;
    let mut text = attributes.name.to_lowercase();
    let said = attributes.profile.values.values().filter_map(|value| match value {
        FieldValue::Text(text) => Some(text),
        FieldValue::Flag(_) | FieldValue::Number(_) => None,
    });
    let said = attributes.profile.tags.iter().chain(said);
    for part in [&attributes.kind, &attributes.description].into_iter().flatten().chain(said) {
        text.push('\n');
        text.push_str(&part.to_lowercase());
    }
    text
}

fn new_resource(resource: &Resource) -> [Value; 22] {
    let attributes = &resource.attributes;
    [
        resource.id.into(),
        attributes.name.as_str().into(),
        attributes.kind.as_deref().into(),
        attributes.description.as_deref().into(),
        attributes.capacity.into(),
        attributes.quantity.into(),
        attributes.time_zone.as_str().into(),
        attributes.requires_approval.into(),
        search_text(resource).into(),
        resource.version.into(),
        resource.revision.into(),
        resource.created_at.into(),
        resource.updated_at.into(),
        attributes.site.into(),
        attributes.area.into(),
        rules::id(&attributes.rules).into(),
        rules::id(&resource.in_force).into(),
        Value::Word(attributes.profile.visibility.as_str()),
        attributes.profile.position.into(),
        profiles::encode(&attributes.profile).into(),
        attributes.profile.picture.as_ref().map(|picture| picture.id).into(),
        write_resources(&attributes.parts).into(),
    ]
}

fn updated_resource(resource: &Resource) -> [Value; 20] {
    let attributes = &resource.attributes;
    [
        attributes.name.as_str().into(),
        attributes.kind.as_deref().into(),
        attributes.description.as_deref().into(),
        attributes.capacity.into(),
        attributes.quantity.into(),
        attributes.time_zone.as_str().into(),
        attributes.requires_approval.into(),
        search_text(resource).into(),
        resource.version.into(),
        resource.updated_at.into(),
        attributes.site.into(),
        attributes.area.into(),
        rules::id(&attributes.rules).into(),
        rules::id(&resource.in_force).into(),
        Value::Word(attributes.profile.visibility.as_str()),
        attributes.profile.position.into(),
        profiles::encode(&attributes.profile).into(),
        attributes.profile.picture.as_ref().map(|picture| picture.id).into(),
        write_resources(&attributes.parts).into(),
        resource.id.into(),
    ]
}

fn new_booking(booking: &Booking, facts: &Facts) -> [Value; 25] {
    [
        booking.id.into(),
        booking.resource.into(),
        booking.user.into(),
        booking.interval.start().into(),
        booking.interval.end().into(),
        booking.quantity.into(),
        booking.details.title.as_deref().into(),
        booking.details.notes.as_deref().into(),
        booking.details.party_size.into(),
        Value::Word(booking.status.as_str()),
        booking.version.into(),
        booking.created_at.into(),
        booking.updated_at.into(),
        booking.lapses_at.into(),
        booking.buffers.before.as_secs().into(),
        booking.buffers.after.as_secs().into(),
        booking.override_reason.as_deref().into(),
        booking.made_by.into(),
        booking.series.into(),
        profiles::encode_values(&booking.details.fields).into(),
        write_shares(&booking.shares).into(),
        write_people(&booking.details).into(),
        write_resources(&booking.would_do).into(),
        write_undo(booking.undo).into(),
        facts.site_of(booking.resource).into(),
    ]
}

fn updated_booking(booking: &Booking, facts: &Facts) -> [Value; 22] {
    [
        booking.resource.into(),
        booking.interval.start().into(),
        booking.interval.end().into(),
        booking.quantity.into(),
        booking.details.title.as_deref().into(),
        booking.details.notes.as_deref().into(),
        booking.details.party_size.into(),
        Value::Word(booking.status.as_str()),
        booking.version.into(),
        booking.updated_at.into(),
        booking.lapses_at.into(),
        booking.buffers.before.as_secs().into(),
        booking.buffers.after.as_secs().into(),
        booking.override_reason.as_deref().into(),
        profiles::encode_values(&booking.details.fields).into(),
        write_shares(&booking.shares).into(),
        write_people(&booking.details).into(),
        write_resources(&booking.would_do).into(),
        write_undo(booking.undo).into(),
        facts.site_of(booking.resource).into(),
        booking.closed_reason.as_deref().into(),
        booking.id.into(),
    ]
}

fn new_block(block: &Block) -> [Value; 9] {
    [
        block.id.into(),
        block.resource.into(),
        block.interval.start().into(),
        block.interval.end().into(),
        block.reason.as_deref().into(),
        block.created_by.into(),
        block.created_at.into(),
        write_resources(&block.parts).into(),
        block.series.into(),
    ]
}

fn new_claim(resource: ResourceId, claim: &Claim) -> [Value; 7] {
    let (booking, block) = match claim.holder {
        Holder::Booking(id) => (id.into(), Value::Null),
        Holder::Block(id) => (Value::Null, id.into()),
    };
    let (start, end) = (claim.interval.start().into(), claim.interval.end().into());
    [resource.into(), claim.unit.into(), start, end, booking, block, claim.lapses_at.into()]
}

pub(crate) fn new_answer(user: UserId, key: &str, kept: &KeptAnswer) -> [Value; 8] {
    [
        user.into(),
        key.into(),
        kept.fingerprint.clone().into(),
        kept.answer.status.into(),
        kept.answer.location.as_deref().into(),
        kept.answer.etag.as_deref().into(),
        kept.answer.body.as_str().into(),
        kept.created_at.into(),
    ]
}

/// A decision's line of the log as a row.
pub(crate) fn happened(
    happening: &Happening,
    id: Uuid,
    at: Timestamp,
    actor: Option<UserId>,
    origin: &crate::events::Origin,
) -> NewEvent {
    NewEvent {
        id,
        at,
        action: happening.action.as_str(),
        actor,
        resource: Some(happening.resource),
        booking: happening.booking,
        block: happening.block,
        user: None,
        site: None,
        area: None,
        kind: None,
        group: None,
        rules: None,
        origin: origin.clone(),
    }
}
