//! Floor plans: reading and drawing them, and the picture under them. Who manages the site draws; whoever is signed in reads, without
//! what is hidden from them. What was placed and is gone, or stands elsewhere by now, is not in the plan any more.

use std::collections::BTreeSet;

use bronya_domain::facts::PlaceId;
use bronya_domain::floor_plan::{Drawing, FloorPlan};
use bronya_domain::ids::{AreaId, ResourceId, SiteId};
use bronya_domain::place::Tree;
use bronya_domain::profile::Picture;
use bronya_domain::refusal::check_version;
use bronya_domain::user::Principal;
use bronya_store::db::Tx;
use bronya_store::{events, floor_plans, pictures as store_pictures, places as store_places, resources};
use image::ImageFormat;
use uuid::Uuid;

use super::places::{happened, must_manage, no_area, no_site};
use super::{App, AppError, Caller, Result, pictures, read_as, write_as};

/// A place of which there is a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The site.
    pub site: SiteId,
    /// The area of it; `None` for what stands in the site itself.
    pub area: Option<AreaId>,
}

impl Place {
    fn id(self) -> Uuid {
        self.area.map_or(self.site.0, |area| area.0)
    }
}

/// A plan as somebody sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Of what it is.
    pub place: Place,
    /// What is drawn, as far as it stands there and the viewer may know of it.
    pub plan: FloorPlan,
    /// Whether the viewer may change it.
    pub may_edit: bool,
}

/// The place with this id.
async fn locate(tx: &mut Tx, id: PlaceId) -> Result<Place> {
    match id {
        PlaceId::Site(site) => {
            store_places::site(tx, site).await?.ok_or_else(|| no_site(site))?;
            Ok(Place { site, area: None })
        }
        PlaceId::Area(area) => {
            let found = store_places::area(tx, area).await?.ok_or_else(|| no_area(area))?;
            Ok(Place { site: found.site, area: Some(area) })
        }
    }
}

/// Of these resources, those that stand in the place: for an area also what stands in an area within it.
async fn standing_in(tx: &mut Tx, place: Place, ids: &BTreeSet<ResourceId>) -> Result<BTreeSet<ResourceId>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let inside = match place.area {
        None => None,
        Some(area) => Some(Tree::of(&store_places::areas(tx, place.site).await?).within(area)),
    };
    let mut found = floor_plans::standing(tx, ids).await?;
    found.retain(|_, (site, area)| {
        *site == Some(place.site)
            && match &inside {
                None => area.is_none(),
                Some(inside) => area.is_some_and(|area| inside.contains(&area)),
            }
    });
    Ok(found.into_keys().collect())
}

fn placed(drawing: &Drawing) -> BTreeSet<ResourceId> {
    drawing.resources.iter().map(|placed| placed.resource).collect()
}

/// The plan as `viewer` sees it.
async fn as_seen(tx: &mut Tx, place: Place, mut plan: FloorPlan, viewer: Principal) -> Result<Seen> {
    let mut shown = standing_in(tx, place, &placed(&plan.drawing)).await?;
    for hidden in resources::hidden_from(tx, viewer, &shown).await? {
        shown.remove(&hidden);
    }
    plan.drawing.resources.retain(|placed| shown.contains(&placed.resource));
    let may_edit = viewer.is_admin() || store_places::manages(tx, place.site, viewer.user).await?;
    Ok(Seen { place, plan, may_edit })
}

/// The plan of a place.
pub async fn show(app: &App, caller: &Caller, id: PlaceId) -> Result<Seen> {
    read_as!(app, caller, |tx, principal| {
        let place = locate(tx, id).await?;
        let plan = floor_plans::of_place(tx, place.id()).await?;
        as_seen(tx, place, plan, principal).await
    })
}

/// What somebody changes of a plan.
#[derive(Clone, Debug)]
enum Edit {
    /// What is drawn, all of it.
    Drawing(Drawing),
    /// What lies under it.
    Background(Option<Picture>),
}

/// Draws the plan of a place anew. Only resources that stand there can be in it.
pub async fn put(
    app: &App,
    caller: &Caller,
    id: PlaceId,
    drawing: Drawing,
    versions: Option<Vec<i64>>,
) -> Result<Seen> {
    change(app, caller, id, Edit::Drawing(drawing), versions).await
}

/// Refuses whoever may not change the plan, before anything large is read.
pub async fn may_change(app: &App, caller: &Caller, id: PlaceId) -> Result<()> {
    read_as!(app, caller, |tx, principal| {
        let place = locate(tx, id).await?;
        must_manage(tx, place.site, principal).await
    })
}

/// Puts a picture under the plan, in the place of the one that is there.
pub async fn put_background(
    app: &App,
    caller: &Caller,
    id: PlaceId,
    format: ImageFormat,
    sent: impl AsRef<[u8]> + Send + 'static,
    versions: Option<Vec<i64>>,
) -> Result<Seen> {
    let picture = pictures::keep(app, format, sent, None).await?;
    change(app, caller, id, Edit::Background(Some(picture)), versions).await
}

/// Takes the picture under the plan away.
pub async fn delete_background(app: &App, caller: &Caller, id: PlaceId, versions: Option<Vec<i64>>) -> Result<()> {
    change(app, caller, id, Edit::Background(None), versions).await.map(drop)
}

async fn change(app: &App, caller: &Caller, id: PlaceId, edit: Edit, versions: Option<Vec<i64>>) -> Result<Seen> {
    let now = app.clock.now();
    let (inner, by) = (app.clone(), caller.clone());
    write_as!(app, caller, now, |tx, principal| {
        let place = locate(tx, id).await?;
        must_manage(tx, place.site, principal).await?;
        if !store_places::hold_site(tx, place.site).await? {
            return Err(no_site(place.site));
        }
        // An area may have gone before the site was held, and does not go any more.
        let place = locate(tx, id).await?;
        let mut plan = floor_plans::of_place(tx, place.id()).await?;
        check_version(versions.as_deref(), plan.version)?;
        match edit {
            Edit::Drawing(drawing) => {
                let there = standing_in(tx, place, &placed(&drawing)).await?;
                let named = drawing.resources.iter().enumerate();
                let strays: Vec<usize> =
                    named.filter(|(_, it)| !there.contains(&it.resource)).map(|(nth, _)| nth).collect();
                if !strays.is_empty() {
                    return Err(AppError::NotStandingThere(strays));
                }
                plan.drawing = drawing;
            }
            Edit::Background(None) if plan.background.is_none() => return as_seen(tx, place, plan, principal).await,
            Edit::Background(picture) => plan.background = picture,
        }
        floor_plans::put(tx, (place.site, place.id()), &mut plan, now).await?;
        let action = if place.area.is_some() { "area.floor_plan_changed" } else { "site.floor_plan_changed" };
        events::append(tx, happened(&inner, action, &by, (place.site, place.area), now)).await?;
        as_seen(tx, place, plan, principal).await
    })
}

/// What is said of the picture under the plan, and, unless it `is_known` already, its bytes.
pub async fn background(
    app: &App,
    caller: &Caller,
    id: PlaceId,
    is_known: impl FnOnce(&Picture) -> bool + Send + 'static,
) -> Result<(Picture, Option<Vec<u8>>)> {
    read_as!(app, caller, |tx, _principal| {
        let place = locate(tx, id).await?;
        let plan = floor_plans::of_place(tx, place.id()).await?;
        let picture = plan.background.ok_or(AppError::PictureNotFound)?;
        let bytes = if is_known(&picture) { None } else { store_pictures::bytes(tx, picture.id).await? };
        Ok((picture, bytes))
    })
}
