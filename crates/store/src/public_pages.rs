//! The pages of sites on which the public books, and what is held there while forms are filled.

use bronya_domain::ids::{BookingId, SiteId};
use bronya_domain::public_page::{Asked, PublicPage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Sql, Tx};
use crate::error::{Result, StoreError};

pub(crate) const OF_SITE: Sql<1> =
    Sql::new("SELECT site_id, is_open, said, version FROM public_page WHERE site_id = $1");
pub(crate) const BY_SLUG: Sql<1> = Sql::new(
    "SELECT public_page.site_id, public_page.is_open, public_page.said, public_page.version
    FROM site JOIN public_page ON public_page.site_id = site.id
    WHERE site.slug = $1 AND site.deleted_at IS NULL",
);
pub(crate) const PUT: Sql<5> = Sql::new(
    "INSERT INTO public_page (site_id, is_open, said, version, updated_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (site_id) DO UPDATE SET is_open = excluded.is_open, said = excluded.said, version = excluded.version,
        updated_at = excluded.updated_at",
);
pub(crate) const HOLDS_OF: Sql<2> = Sql::new("SELECT count(*) FROM public_hold WHERE address = $1 AND until_at > $2");
pub(crate) const NOTE_HOLD: Sql<3> =
    Sql::new("INSERT INTO public_hold (booking_id, address, until_at) VALUES ($1, $2, $3)");
pub(crate) const DROP_HOLD: Sql<1> = Sql::new("DELETE FROM public_hold WHERE booking_id = $1");
pub(crate) const SWEEP: Sql<2> = Sql::new(
    "DELETE FROM public_hold WHERE booking_id IN (
        SELECT old.booking_id FROM public_hold AS old WHERE old.until_at <= $1 LIMIT $2)",
);

/// The page of a site, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPage {
    /// Whose it is.
    pub site: SiteId,
    /// What is said of it.
    pub page: PublicPage,
    /// Counts its edits; 0 where nobody has said anything yet.
    pub version: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    kinds: Vec<String>,
    party_max: u32,
    duration_minutes: u32,
    hold_minutes: u32,
    policy_text: Option<String>,
    email: Word,
    phone: Word,
    origins: Vec<String>,
    accent: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    No,
    Optional,
    Required,
}

impl From<Asked> for Word {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::No => Self::No,
            Asked::Optional => Self::Optional,
            Asked::Required => Self::Required,
        }
    }
}

impl From<Word> for Asked {
    fn from(word: Word) -> Self {
        match word {
            Word::No => Self::No,
            Word::Optional => Self::Optional,
            Word::Required => Self::Required,
        }
    }
}

fn read(row: &Row<'_>) -> Result<StoredPage> {
    let text: String = row.get(2)?;
    let said: Said =
        serde_json::from_str(&text).map_err(|error| StoreError::inconsistent("public_page", "said", &error))?;
    let page = PublicPage {
        is_open: row.get(1)?,
        kinds: said.kinds,
        party_max: said.party_max,
        duration_minutes: said.duration_minutes,
        hold_minutes: said.hold_minutes,
        policy_text: said.policy_text,
        email: said.email.into(),
        phone: said.phone.into(),
        origins: said.origins,
        accent: said.accent,
    };
    Ok(StoredPage { site: row.get(0)?, page, version: row.get(3)? })
}

/// The page of a site; closed, and as pages begin, where nobody has said anything.
pub async fn of_site(tx: &mut Tx, site: SiteId) -> Result<StoredPage> {
    let found = tx.row(&OF_SITE, [site.into()], read).await?;
    Ok(found.unwrap_or(StoredPage { site, page: PublicPage::default(), version: 0 }))
}

/// The page of the site with this name in addresses, open or not; `None` where nobody has said anything of it.
pub async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<StoredPage>> {
    tx.row(&BY_SLUG, [slug.into()], read).await
}

/// Writes the page of a site that is [held](crate::places::hold), or in whose stead nobody else writes.
pub async fn put(tx: &mut Tx, stored: &StoredPage, now: Timestamp) -> Result<()> {
    let page = &stored.page;
    let said = Said {
        kinds: page.kinds.clone(),
        party_max: page.party_max,
        duration_minutes: page.duration_minutes,
        hold_minutes: page.hold_minutes,
        policy_text: page.policy_text.clone(),
        email: page.email.into(),
        phone: page.phone.into(),
        origins: page.origins.clone(),
        accent: page.accent.clone(),
    };
    let said = serde_json::to_string(&said)
        .map_err(|error| StoreError::Internal(format!("a page can't be written: {error}")))?;
    let values = [stored.site.into(), page.is_open.into(), said.into(), stored.version.into(), now.into()];
    tx.execute(&PUT, values).await?;
    Ok(())
}

/// How much an address holds at `now`.
pub async fn holds_of(tx: &mut Tx, address: &str, now: Timestamp) -> Result<u32> {
    Ok(tx.row(&HOLDS_OF, [address.into(), now.into()], |row| row.get(0)).await?.unwrap_or(0))
}

/// Writes down that an address holds something.
pub async fn note_hold(tx: &mut Tx, id: BookingId, address: &str, until: Timestamp) -> Result<()> {
    tx.execute(&NOTE_HOLD, [id.into(), address.into(), until.into()]).await?;
    Ok(())
}

/// … and that it holds it no longer.
pub async fn drop_hold(tx: &mut Tx, id: BookingId) -> Result<()> {
    tx.execute(&DROP_HOLD, [id.into()]).await?;
    Ok(())
}
