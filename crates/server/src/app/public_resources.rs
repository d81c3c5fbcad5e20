//! Resources that are `public`, for whoever has no account: what each is, and when it is free. Nothing here tells of anybody, of why
//! something is not free, or of a resource that is not public.

use bronya_domain::availability::Onlooker;
use bronya_domain::ids::ResourceId;
use bronya_domain::interval::Interval;
use bronya_domain::place::Site;
use bronya_domain::profile::{Picture, Visibility};
use bronya_domain::refusal::Refusal;
use bronya_domain::resource::Resource;
use bronya_store::availability;
use bronya_store::db::Tx;
use bronya_store::{pictures, places, public_pages, resources};

use super::public::{anybody, is_offered};
use super::sign_in::{Client, limited};
use super::{App, AppError, Result};
use crate::auth::limits;

/// A resource, as a visitor sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The resource.
    pub resource: Resource,
    /// The site on whose page it can be booked, if there is such a page.
    pub site: Option<Site>,
}

/// A stretch of time that is free throughout, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeOrBusy {
    /// When.
    pub interval: Interval,
    /// Whether anything is free.
    pub is_free: bool,
}

/// The resource with this id, where everybody may know of it.
async fn everybodys(tx: &mut Tx, id: ResourceId) -> Result<Resource> {
    let found = resources::by_id(tx, id).await?;
    let open = found.filter(|it| it.attributes.profile.visibility == Visibility::Public);
    open.ok_or_else(|| Refusal::ResourceNotFound.into())
}

async fn may_look(app: &App, visitor: &Client) -> Result<()> {
    limited(app, vec![(limits::public_read_key(visitor.address), limits::PUBLIC_READ_PER_ADDRESS)]).await
}

/// What everybody may know of a resource.
pub async fn shown(app: &App, id: ResourceId, visitor: Client) -> Result<Shown> {
    may_look(app, &visitor).await?;
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let resource = everybodys(tx, id).await?;
                let site = bookable_at(tx, &resource).await?;
                Ok::<_, AppError>(Shown { resource, site })
            })
        })
        .await
}

/// The site of a resource, where the page of it is open and offers the like.
async fn bookable_at(tx: &mut Tx, resource: &Resource) -> Result<Option<Site>> {
    let Some(site) = resource.attributes.site else { return Ok(None) };
    let page = public_pages::of_site(tx, site).await?.page;
    if page.is_open && is_offered(resource, &page) { Ok(places::site(tx, site).await?) } else { Ok(None) }
}

/// When a resource is free in the window, from its start to its end.
pub async fn free_and_busy(app: &App, id: ResourceId, window: Interval, visitor: Client) -> Result<Vec<FreeOrBusy>> {
    may_look(app, &visitor).await?;
    let now = app.clock.now();
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let looked_at = [(everybodys(tx, id).await?, window)];
                let guest = anybody();
                let facts = availability::look(tx, &looked_at, guest.user, &[], now).await?;
                let [(resource, _)] = &looked_at;
                let mut found: Vec<FreeOrBusy> = Vec::new();
                for stretch in Onlooker::new(guest, &facts, now).stretches(resource, window) {
                    let next = FreeOrBusy { interval: stretch.interval, is_free: 0 < stretch.free };
                    // How many are free, and why none is, is nobody's business here: what differs in that alone is one stretch.
                    match found.last_mut() {
                        Some(last) if last.is_free == next.is_free => {
                            let whole = Interval::new(last.interval.start(), next.interval.end());
                            last.interval = whole.unwrap_or(last.interval);
                        }
                        _ => found.push(next),
                    }
                }
                Ok::<_, AppError>(found)
            })
        })
        .await
}

/// What is said of the picture of a resource, and, unless it `is_known` already, its bytes.
pub async fn picture(
    app: &App,
    id: ResourceId,
    visitor: Client,
    is_known: impl FnOnce(&Picture) -> bool + Send + 'static,
) -> Result<(Picture, Option<Vec<u8>>)> {
    may_look(app, &visitor).await?;
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let resource = everybodys(tx, id).await?;
                let picture = resource.attributes.profile.picture.ok_or(AppError::PictureNotFound)?;
                let bytes = if is_known(&picture) { None } else { pictures::bytes(tx, picture.id).await? };
                Ok::<_, AppError>((picture, bytes))
            })
        })
        .await
}
