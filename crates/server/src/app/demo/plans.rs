//! The floor plans of the samples, in centimetres.

use bronya_domain::floor_plan::{Drawing, FloorPlan, Frame, Outline, Placed, Shape, ShapeKind};
use bronya_domain::ids::{AreaId, ResourceId, SiteId};
use bronya_store::floor_plans;

use crate::app::{App, AppError, Result};

/// Where something stands: the middle from the left and from the top, width, height, rotation.
pub(super) type At = (u32, u32, u32, u32, u32);

fn frame((x, y, width, height, rotation): At) -> Frame {
    Frame { x, y, width, height, rotation }
}

/// A resource at its place; what is as wide as high and not turned is round where it says so.
pub(super) fn placed(resource: ResourceId, at: At, is_round: bool) -> Placed {
    let outline = if is_round { Outline::Round } else { Outline::Rect };
    Placed { resource, frame: frame(at), outline }
}

/// Something else that is to be seen.
pub(super) type Seen = (ShapeKind, At, &'static str);

/// Draws the plan of an area.
pub(super) async fn draw(
    app: &App,
    (site, area): (SiteId, AreaId),
    (width, height): (u32, u32),
    resources: Vec<Placed>,
    seen: &[Seen],
) -> Result<()> {
    let shape = |(kind, at, text): &Seen| Shape {
        kind: *kind,
        frame: frame(*at),
        text: (!text.is_empty()).then(|| (*text).to_owned()),
    };
    let shapes = seen.iter().map(shape).collect();
    let drawing = Drawing { width, height, resources, shapes, ..Drawing::default() };
    if let Some(problem) = drawing.check().into_iter().next() {
        return Err(AppError::internal(format!("a sample plan: {problem:?}")));
    }
    let now = app.clock.now();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let mut plan = FloorPlan { drawing, ..FloorPlan::default() };
                Ok::<_, AppError>(floor_plans::put(tx, (site, area.0), &mut plan, now).await?)
            })
        })
        .await
}
