//! What places and resources said of rules, and when: the log names the set of each change, and sets are kept for good.

use std::sync::Arc;

use bronya_domain::ids::UserId;
use bronya_domain::rules::Rules;
use jiff::Timestamp;
use uuid::Uuid;

use crate::bookings::TriedOn;
use crate::db::{Row, Sql, Tx};
use crate::error::Result;
use crate::rules;

pub(crate) const SAID_BY_SITE: Sql<3> = Sql::new(
    "SELECT id, at, actor_id, rules_id FROM (
        SELECT id, at, actor_id, rules_id, lag(rules_id) OVER (ORDER BY id) AS before
        FROM event WHERE site_id = $1 AND area_id IS NULL AND rules_id IS NOT NULL
    ) AS said
    WHERE (before IS NULL OR before <> rules_id) AND id < $2 ORDER BY id DESC LIMIT $3",
);
pub(crate) const SAID_BY_AREA: Sql<3> = Sql::new(
    "SELECT id, at, actor_id, rules_id FROM (
        SELECT id, at, actor_id, rules_id, lag(rules_id) OVER (ORDER BY id) AS before
        FROM event WHERE area_id = $1 AND rules_id IS NOT NULL
    ) AS said
    WHERE (before IS NULL OR before <> rules_id) AND id < $2 ORDER BY id DESC LIMIT $3",
);
pub(crate) const SAID_BY_RESOURCE: Sql<3> = Sql::new(
    "SELECT id, at, actor_id, rules_id FROM (
        SELECT id, at, actor_id, rules_id, lag(rules_id) OVER (ORDER BY id) AS before
        FROM event WHERE resource_id = $1 AND rules_id IS NOT NULL
    ) AS said
    WHERE (before IS NULL OR before <> rules_id) AND id < $2 ORDER BY id DESC LIMIT $3",
);

/// What one level said, from when on.
#[derive(Clone, Debug)]
pub struct Said {
    /// The line of the log that tells of it.
    pub id: Uuid,
    /// Since when.
    pub at: Timestamp,
    /// Who said so, where that is known.
    pub by: Option<UserId>,
    /// What it said.
    pub rules: Arc<Rules>,
}

/// The id by which the log names a set; all zeros for one that says nothing, which is kept nowhere.
pub(crate) fn id(rules: &Rules) -> Uuid {
    rules::id(rules).unwrap_or(Uuid::nil())
}

/// What a level has said so far, each time that it said something else, the newest first, from the one before `before` on.
pub async fn versions(tx: &mut Tx, of: TriedOn, before: Option<Uuid>, limit: u32) -> Result<Vec<Said>> {
    let before = before.unwrap_or(Uuid::max());
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<Uuid>(3)?));
    let lines: Vec<(Uuid, Timestamp, Option<UserId>, Uuid)> = match of {
        TriedOn::Site(id) => tx.rows(&SAID_BY_SITE, [id.into(), before.into(), limit.into()], read).await?,
        TriedOn::Area(id) => tx.rows(&SAID_BY_AREA, [id.into(), before.into(), limit.into()], read).await?,
        TriedOn::Resource(id) => tx.rows(&SAID_BY_RESOURCE, [id.into(), before.into(), limit.into()], read).await?,
    };
    let named = |set: Uuid| Some(set).filter(|set| !set.is_nil());
    let sets = rules::load(tx, lines.iter().filter_map(|line| named(line.3)).collect()).await?;
    let said = lines.into_iter().map(|(id, at, by, set)| Ok(Said { id, at, by, rules: rules::of(named(set), &sets)? }));
    said.collect()
}
