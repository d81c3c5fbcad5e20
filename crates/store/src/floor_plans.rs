//! Floor plans of areas and of sites, with what is drawn as JSON. Whoever writes one holds its site, so two can't write at once.
//! A plan may name resources that are gone or stand elsewhere by now: whoever reads it asks which [stand](standing) there.

use std::collections::{BTreeMap, BTreeSet};

use bronya_domain::floor_plan::{Drawing, FloorPlan, Frame, Outline, Placed, Shape, ShapeKind};
use bronya_domain::ids::{AreaId, PictureId, ResourceId, SiteId};
use bronya_domain::profile::Picture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::{Result, StoreError};

pub(crate) const BY_PLACE: Sql<1> =
    Sql::new("SELECT body, picture_id, version, updated_at FROM floor_plan WHERE place_id = $1");
pub(crate) const PUT: Sql<6> = Sql::new(
    "INSERT INTO floor_plan (place_id, site_id, body, picture_id, version, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (place_id) DO UPDATE SET body = excluded.body, picture_id = excluded.picture_id,
        version = excluded.version, updated_at = excluded.updated_at",
);
pub(crate) const DELETE: Sql<1> = Sql::new("DELETE FROM floor_plan WHERE place_id = $1");
pub(crate) const STANDING: Each<1> = Each::new(
    "SELECT id, site_id, area_id FROM resource WHERE id = $1 AND deleted_at IS NULL",
    "SELECT id, site_id, area_id FROM resource WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL",
);

/// The plan of a place; an empty one of version 0 where nobody has drawn any.
pub async fn of_place(tx: &mut Tx, place: Uuid) -> Result<FloorPlan> {
    Ok(tx.row(&BY_PLACE, [place.into()], read).await?.unwrap_or_default())
}

/// Writes the plan of a place, one version on. The caller [holds](crate::places::hold_site) the site.
pub async fn put(tx: &mut Tx, (site, place): (SiteId, Uuid), plan: &mut FloorPlan, now: Timestamp) -> Result<()> {
    (plan.version, plan.updated_at) = (plan.version + 1, Some(now));
    let values = [
        place.into(),
        site.into(),
        encode(plan).into(),
        plan.background.as_ref().map(|picture| picture.id).into(),
        plan.version.into(),
        now.into(),
    ];
    tx.execute(&PUT, values).await?;
    Ok(())
}

/// Takes the plan of a place away, if there is one.
pub(crate) async fn delete(tx: &mut Tx, place: Uuid) -> Result<()> {
    tx.execute(&DELETE, [place.into()]).await?;
    Ok(())
}

/// Where each of these resources stands; those that are gone are left out.
pub async fn standing(
    tx: &mut Tx,
    ids: &BTreeSet<ResourceId>,
) -> Result<BTreeMap<ResourceId, (Option<SiteId>, Option<AreaId>)>> {
    let rows: Vec<[Value; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    let mut found = BTreeMap::new();
    let mut sink = |row: &Row<'_>| {
        found.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&STANDING, &rows, Some(&mut sink))]).await?;
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<FloorPlan> {
    let body: String = row.get(0)?;
    let stored: StoredPlan =
        serde_json::from_str(&body).map_err(|error| StoreError::inconsistent("floor_plan", "body", &error))?;
    let picture: Option<PictureId> = row.get(1)?;
    let background =
        picture.zip(stored.background).map(|(id, [width, height])| Picture { id, alt: None, width, height });
    let drawing = Drawing {
        width: stored.width,
        height: stored.height,
        opacity_percent: stored.opacity_percent,
        resources: stored.resources.into_iter().map(Placed::from).collect(),
        shapes: stored.shapes.into_iter().map(Shape::from).collect(),
    };
    Ok(FloorPlan { drawing, background, version: row.get(2)?, updated_at: Some(row.get(3)?) })
}

fn encode(plan: &FloorPlan) -> String {
    let drawing = &plan.drawing;
    let stored = StoredPlan {
        width: drawing.width,
        height: drawing.height,
        opacity_percent: drawing.opacity_percent,
        background: plan.background.as_ref().map(|picture| [picture.width, picture.height]),
        resources: drawing.resources.iter().map(StoredPlaced::from).collect(),
        shapes: drawing.shapes.iter().map(StoredShape::from).collect(),
    };
    // Nothing in it can fail to be written: there are no maps, and numbers are whole.
    serde_json::to_string(&stored).unwrap_or_default()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPlan {
    width: u32,
    height: u32,
    opacity_percent: u32,
    /// Width and height of the picture in pixels; which it is stands in a column of its own.
    background: Option<[u32; 2]>,
    resources: Vec<StoredPlaced>,
    shapes: Vec<StoredShape>,
}

/// From the left, from the top, width, height, rotation.
type StoredFrame = [u32; 5];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPlaced {
    id: Uuid,
    at: StoredFrame,
    round: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredShape {
    kind: StoredKind,
    at: StoredFrame,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredKind {
    Wall,
    Door,
    Window,
    Bar,
    Plant,
    Stairs,
    Zone,
    Label,
}

fn stored_frame(frame: Frame) -> StoredFrame {
    [frame.x, frame.y, frame.width, frame.height, frame.rotation]
}

fn frame([x, y, width, height, rotation]: StoredFrame) -> Frame {
    Frame { x, y, width, height, rotation }
}

impl From<&Placed> for StoredPlaced {
    fn from(placed: &Placed) -> Self {
        Self { id: placed.resource.0, at: stored_frame(placed.frame), round: placed.outline == Outline::Round }
    }
}

impl From<StoredPlaced> for Placed {
    fn from(stored: StoredPlaced) -> Self {
        let outline = if stored.round { Outline::Round } else { Outline::Rect };
        Self { resource: ResourceId(stored.id), frame: frame(stored.at), outline }
    }
}

impl From<&Shape> for StoredShape {
    fn from(shape: &Shape) -> Self {
        let kind = match shape.kind {
            ShapeKind::Wall => StoredKind::Wall,
            ShapeKind::Door => StoredKind::Door,
            ShapeKind::Window => StoredKind::Window,
            ShapeKind::Bar => StoredKind::Bar,
            ShapeKind::Plant => StoredKind::Plant,
            ShapeKind::Stairs => StoredKind::Stairs,
            ShapeKind::Zone => StoredKind::Zone,
            ShapeKind::Label => StoredKind::Label,
        };
        Self { kind, at: stored_frame(shape.frame), text: shape.text.clone() }
    }
}

impl From<StoredShape> for Shape {
    fn from(stored: StoredShape) -> Self {
        let kind = match stored.kind {
            StoredKind::Wall => ShapeKind::Wall,
            StoredKind::Door => ShapeKind::Door,
            StoredKind::Window => ShapeKind::Window,
            StoredKind::Bar => ShapeKind::Bar,
            StoredKind::Plant => ShapeKind::Plant,
            StoredKind::Stairs => ShapeKind::Stairs,
            StoredKind::Zone => ShapeKind::Zone,
            StoredKind::Label => ShapeKind::Label,
        };
        Self { kind, frame: frame(stored.at), text: stored.text }
    }
}
