//! What lines of the log say of bookings beyond what happened: where these were moved, which rules were set aside and why. It stands
//! beside the log, because what people type has to be forgotten some day, and nothing in the log ever is.

use std::collections::HashMap;

use bronya_domain::booking::REASON_ERASED;
use bronya_domain::effect::{Detail, SetAside};
use bronya_domain::facts::Located;
use bronya_domain::ids::{BookingId, ResourceId};
use uuid::Uuid;

use crate::db::{Around, Each, Row, Step, Tx, Value};
use crate::error::Result;
use crate::events::Event;
use crate::facts::interval;

pub(crate) const INSERT_DETAILS: Each<10> = Each::new(
    "INSERT INTO event_detail (event_id, booking_id, from_resource_id, from_starts_at, from_ends_at, to_resource_id,
        to_starts_at, to_ends_at, rules, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    "INSERT INTO event_detail (event_id, booking_id, from_resource_id, from_starts_at, from_ends_at, to_resource_id,
        to_starts_at, to_ends_at, rules, reason)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::uuid[],
        $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[])",
);
pub(crate) const FORGET_REASONS: Each<2> = Each::new(
    "UPDATE event_detail SET reason = $1 WHERE booking_id = $2 AND reason IS NOT NULL",
    "UPDATE event_detail SET reason = erased.word FROM unnest($1::text[], $2::uuid[]) AS erased (word, booking_id)
    WHERE event_detail.booking_id = erased.booking_id AND event_detail.reason IS NOT NULL",
);
pub(crate) const DETAILS: Each<1> = Each::new(
    "SELECT event_id, from_resource_id, from_starts_at, from_ends_at, to_resource_id, to_starts_at, to_ends_at, rules,
        reason
    FROM event_detail WHERE event_id = $1",
    "SELECT event_id, from_resource_id, from_starts_at, from_ends_at, to_resource_id, to_starts_at, to_ends_at, rules,
        reason
    FROM event_detail WHERE event_id = ANY ($1::uuid[])",
);

/// The row beside the line `event` about `booking`; none where there is nothing more to say.
pub(crate) fn row(event: Uuid, booking: BookingId, detail: &Detail) -> Option<[Value; 10]> {
    if *detail == Detail::default() {
        return None;
    }
    let (from, to) = detail.moved.unzip();
    let resource = |it: Option<Located>| it.map(|it| it.resource).into();
    let start = |it: Option<Located>| it.map(|it| it.interval.start()).into();
    let end = |it: Option<Located>| it.map(|it| it.interval.end()).into();
    let set_aside = detail.set_aside.as_ref();
    Some([
        event.into(),
        booking.into(),
        resource(from),
        start(from),
        end(from),
        resource(to),
        start(to),
        end(to),
        // Names of rules are words.
        set_aside.map(|it| it.rules.join(",")).into(),
        set_aside.map(|it| it.reason.as_str()).into(),
    ])
}

/// The row that forgets what was said about `booking`.
pub(crate) fn forgotten(booking: BookingId) -> [Value; 2] {
    [Value::Word(REASON_ERASED), booking.into()]
}

/// Puts into these lines what else is known of them.
pub(crate) async fn add(tx: &mut Tx, events: &mut [Event]) -> Result<()> {
    let ids: Vec<[Value; 1]> = events.iter().filter(|it| it.booking.is_some()).map(|it| [it.id.into()]).collect();
    let mut found: HashMap<Uuid, Detail> = HashMap::new();
    let mut sink = |row: &Row<'_>| {
        found.insert(row.get(0)?, detail(row)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&DETAILS, &ids, Some(&mut sink))]).await?;
    for event in events {
        event.detail = found.remove(&event.id).unwrap_or_default();
    }
    Ok(())
}

fn detail(row: &Row<'_>) -> Result<Detail> {
    let located = |at: usize| {
        let resource: Option<ResourceId> = row.get(at)?;
        let located = |resource| Ok(Located { resource, interval: interval(row, "event_detail", at + 1)? });
        resource.map(located).transpose()
    };
    let (from, to) = (located(1)?, located(4)?);
    let (rules, reason): (Option<String>, Option<String>) = (row.get(7)?, row.get(8)?);
    let names = |rules: String| rules.split(',').map(str::to_owned).collect();
    let set_aside = rules.zip(reason).map(|(rules, reason)| SetAside { rules: names(rules), reason });
    Ok(Detail { moved: from.zip(to), set_aside })
}
