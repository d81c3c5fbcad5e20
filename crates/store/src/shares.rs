//! What is held beside a resource: how it is written into a column, and how it is found the other way round.

use bronya_domain::booking::Share;
use bronya_domain::ids::ResourceId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::Each;
use crate::error::{Result, StoreError};

/// What resources are parts of.
pub(crate) const LOAD_WHOLES: Each<1> = Each::new(
    "SELECT part_id, whole_id FROM resource_part WHERE part_id = $1",
    "SELECT part_id, whole_id FROM resource_part WHERE part_id = ANY ($1::uuid[])",
);
/// What resources are made of.
pub(crate) const LOAD_PARTS: Each<1> = Each::new(
    "SELECT part_id FROM resource_part WHERE whole_id = $1",
    "SELECT part_id FROM resource_part WHERE whole_id = ANY ($1::uuid[])",
);
pub(crate) const DELETE_PARTS: Each<1> = Each::new(
    "DELETE FROM resource_part WHERE whole_id = $1",
    "DELETE FROM resource_part WHERE whole_id = ANY ($1::uuid[])",
);
pub(crate) const INSERT_PARTS: Each<2> = Each::new(
    "INSERT INTO resource_part (part_id, whole_id) VALUES ($1, $2)",
    "INSERT INTO resource_part (part_id, whole_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])",
);
pub(crate) const DELETE_SHARES: Each<1> =
    Each::new("DELETE FROM share WHERE holder_id = $1", "DELETE FROM share WHERE holder_id = ANY ($1::uuid[])");
pub(crate) const INSERT_SHARES: Each<4> = Each::new(
    "INSERT INTO share (holder_id, resource_id, quantity, asked) VALUES ($1, $2, $3, $4)",
    "INSERT INTO share (holder_id, resource_id, quantity, asked)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::boolean[])",
);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredShare {
    resource_id: Uuid,
    quantity: u32,
    asked: bool,
}

/// The column of a booking that holds `shares`; empty where it holds nothing else.
pub(crate) fn write_shares(shares: &[Share]) -> Option<String> {
    let stored: Vec<StoredShare> = shares
        .iter()
        .map(|it| StoredShare { resource_id: it.resource.0, quantity: it.quantity, asked: it.asked })
        .collect();
    // A list of ids, numbers and flags always serialises.
    if stored.is_empty() { None } else { serde_json::to_string(&stored).ok() }
}

/// What [`write_shares`] wrote.
pub(crate) fn read_shares(column: Option<&str>) -> Result<Vec<Share>> {
    let Some(text) = column else { return Ok(Vec::new()) };
    let stored: Vec<StoredShare> =
        serde_json::from_str(text).map_err(|error| StoreError::inconsistent("booking", "shares", &error))?;
    let share =
        |it: StoredShare| Share { resource: ResourceId(it.resource_id), quantity: it.quantity, asked: it.asked };
    Ok(stored.into_iter().map(share).collect())
}

/// A column that holds a list of resources; empty where there are none.
pub(crate) fn write_resources(resources: &[ResourceId]) -> Option<String> {
    let ids: Vec<Uuid> = resources.iter().map(|id| id.0).collect();
    if ids.is_empty() { None } else { serde_json::to_string(&ids).ok() }
}

/// What [`write_resources`] wrote, in the column `name` of a row of `table`.
pub(crate) fn read_resources(table: &'static str, name: &'static str, column: Option<&str>) -> Result<Vec<ResourceId>> {
    let Some(text) = column else { return Ok(Vec::new()) };
    let ids: Vec<Uuid> = serde_json::from_str(text).map_err(|error| StoreError::inconsistent(table, name, &error))?;
    Ok(ids.into_iter().map(ResourceId).collect())
}
