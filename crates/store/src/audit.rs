//! The audit of every invariant, by means of its own: overlaps by a sweep over all claims and not by the database's
//! trigger, claims against bookings and blocks, and back.

use std::fmt;

use bronya_domain::ids::{BookingId, ResourceId, UserId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::bookings::EARLIEST;
use crate::db::{Row, Sql, Tx};
use crate::error::Result;
use crate::places;

/// Rows that are looked at in one go.
const PAGE_ROWS: u32 = 10_000;
/// Findings that one check lists at most.
const FINDINGS_MAX: u32 = 100;

pub(crate) const CLAIMS: Sql<4> = Sql::new(
    "SELECT resource_id, unit, starts_at, ends_at FROM claim
    WHERE (resource_id, unit, starts_at) > ($1, $2, $3) ORDER BY resource_id, unit, starts_at LIMIT $4",
);
pub(crate) const STRAY_BOOKING_CLAIMS: Sql<1> = Sql::new(
    "SELECT claim.resource_id, claim.unit, claim.starts_at, claim.booking_id
    FROM claim LEFT JOIN booking ON booking.id = claim.booking_id
    WHERE claim.booking_id IS NOT NULL AND (
        booking.id IS NULL OR booking.status NOT IN ('pending', 'confirmed', 'held', 'checked_in', 'completed')
        OR (booking.resource_id <> claim.resource_id AND NOT EXISTS (
            SELECT 1 FROM share WHERE share.holder_id = booking.id AND share.resource_id = claim.resource_id))
        OR booking.starts_at < claim.starts_at OR booking.ends_at > claim.ends_at
        OR (booking.starts_at <> claim.starts_at AND booking.buffer_before_s = 0)
        OR (booking.ends_at <> claim.ends_at AND booking.buffer_after_s = 0))
    LIMIT $1",
);
pub(crate) const STRAY_BLOCK_CLAIMS: Sql<1> = Sql::new(
    "SELECT claim.resource_id, claim.unit, claim.starts_at, claim.block_id
    FROM claim LEFT JOIN block ON block.id = claim.block_id
    WHERE claim.block_id IS NOT NULL AND (
        block.id IS NULL OR (block.resource_id <> claim.resource_id AND NOT EXISTS (
            SELECT 1 FROM share WHERE share.holder_id = block.id AND share.resource_id = claim.resource_id))
        OR block.starts_at <> claim.starts_at OR block.ends_at <> claim.ends_at)
    LIMIT $1",
);
// Counted in one pass and not joined: a database that has just been filled or restored knows nothing of its tables yet, and takes for a
// join whatever way is good for a few rows.
pub(crate) const MISCOUNTED_BOOKINGS: Sql<2> = Sql::new(
    "SELECT id, sum(wanted), sum(held)
    FROM (
        SELECT id, quantity AS wanted, 0 AS held, 1 AS asked FROM booking
        WHERE status IN ('pending', 'confirmed', 'held', 'checked_in') AND ends_at > $1
        UNION ALL SELECT holder_id, quantity, 0, 0 FROM share
        UNION ALL SELECT booking_id, 0, 1, 0 FROM claim WHERE booking_id IS NOT NULL
    ) AS counted
    GROUP BY id HAVING sum(asked) = 1 AND sum(held) <> sum(wanted)
    LIMIT $2",
);
pub(crate) const MISCOUNTED_BLOCKS: Sql<2> = Sql::new(
    "SELECT id, sum(wanted), sum(held)
    FROM (
        SELECT block.id AS id, resource.quantity AS wanted, 0 AS held, 1 AS asked
        FROM block JOIN resource ON resource.id = block.resource_id WHERE block.ends_at > $1
        UNION ALL SELECT holder_id, quantity, 0, 0 FROM share
        UNION ALL SELECT block_id, 0, 1, 0 FROM claim WHERE block_id IS NOT NULL
    ) AS counted
    GROUP BY id HAVING sum(asked) = 1 AND sum(held) <> sum(wanted)
    LIMIT $2",
);
pub(crate) const CLAIMS_OUT_OF_RANGE: Sql<1> = Sql::new(
    "SELECT claim.resource_id, claim.unit, claim.starts_at, coalesce(resource.quantity, 0)
    FROM claim LEFT JOIN resource ON resource.id = claim.resource_id
    WHERE resource.id IS NULL OR claim.unit > resource.quantity
    LIMIT $1",
);
/// What begins before the audit may have been left behind where its resource was.
pub(crate) const BOOKINGS_OF_OTHER_SITES: Sql<2> = Sql::new(
    "SELECT booking.id FROM booking JOIN resource ON resource.id = booking.resource_id
    WHERE booking.starts_at >= $1 AND resource.deleted_at IS NULL
        AND booking.site_id IS DISTINCT FROM resource.site_id
    LIMIT $2",
);
pub(crate) const COUNT_CLAIMS: Sql<0> = Sql::new("SELECT count(*) FROM claim");
pub(crate) const COUNT_BOOKINGS: Sql<0> = Sql::new("SELECT count(*) FROM booking");
pub(crate) const ADMINS_DISABLED: Sql<0> = Sql::new(
    "SELECT count(*) FROM account WHERE role = 'admin'
    AND NOT EXISTS (SELECT 1 FROM account AS other WHERE other.role = 'admin' AND other.disabled_at IS NULL)",
);

/// Links for accounts that nobody can sign in to.
pub(crate) const STRAY_LINKS: Sql<1> = Sql::new(
    "SELECT password_link.user_id FROM password_link LEFT JOIN account ON account.id = password_link.user_id
    WHERE account.id IS NULL OR account.disabled_at IS NOT NULL
    LIMIT $1",
);

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Two claims on one unit share an instant.
    Overlap {
        /// On which resource.
        resource: ResourceId,
        /// On which unit.
        unit: u32,
        /// The start of the earlier one.
        first_starts_at: Timestamp,
        /// The start of the later one.
        second_starts_at: Timestamp,
    },
    /// A claim whose booking or block is not there, holds no time, or stands elsewhere.
    StrayClaim {
        /// On which resource.
        resource: ResourceId,
        /// On which unit.
        unit: u32,
        /// From when.
        starts_at: Timestamp,
        /// Whose it says it is.
        holder: Uuid,
    },
    /// A booking or block with another number of claims than it has to have.
    Miscounted {
        /// `booking` or `block`.
        what: &'static str,
        /// Which one.
        id: Uuid,
        /// How many it has to have.
        wanted: i64,
        /// How many it has.
        found: i64,
    },
    /// A claim on a unit that its resource does not have.
    NoSuchUnit {
        /// On which resource.
        resource: ResourceId,
        /// On which unit.
        unit: u32,
        /// From when.
        starts_at: Timestamp,
        /// How many units there are; 0 where there is no such resource.
        quantity: i64,
    },
    /// What is in force for a resource is not what its place and it say.
    OtherRules {
        /// For which resource.
        resource: ResourceId,
    },
    /// There is a link that sets the password of an account that nobody can sign in to.
    StrayLink {
        /// Whose.
        user: UserId,
    },
    /// A booking that is counted at another site than its resource belongs to.
    OtherSite {
        /// Which one.
        booking: BookingId,
    },
    /// There are administrators and all of them are disabled.
    NoAdministrator,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap { resource, unit, first_starts_at, second_starts_at } => write!(
                f,
                "overlap: on unit {unit} of resource {resource} the claims from {first_starts_at} and from \
                 {second_starts_at} share time"
            ),
            Self::StrayClaim { resource, unit, starts_at, holder } => write!(
                f,
                "stray claim: unit {unit} of resource {resource} from {starts_at} is held for {holder}, which is not \
                 there, holds no time or stands elsewhere"
            ),
            Self::Miscounted { what, id, wanted, found } => {
                write!(f, "miscounted: {what} {id} has {found} claims and has to have {wanted}")
            }
            Self::NoSuchUnit { resource, unit, starts_at, quantity } => write!(
                f,
                "no such unit: a claim from {starts_at} is on unit {unit} of resource {resource}, which has {quantity}"
            ),
            Self::OtherRules { resource } => {
                write!(f, "other rules: what is in force for resource {resource} is not what its place and it say")
            }
            Self::StrayLink { user } => {
                write!(f, "stray link: one sets the password of user {user}, who is disabled, erased or not there")
            }
            Self::OtherSite { booking } => {
                write!(f, "other site: booking {booking} is counted at another site than its resource belongs to")
            }
            Self::NoAdministrator => f.write_str("no administrator: all of them are disabled"),
        }
    }
}

/// What an audit looked at, and what it found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Claims there are.
    pub claims: i64,
    /// Bookings there are.
    pub bookings: i64,
    /// What must not be; at most 100 of each kind.
    pub findings: Vec<Finding>,
}

/// Checks everything. Run it in one transaction, so that it sees one state.
pub async fn audit(tx: &mut Tx, now: Timestamp) -> Result<Report> {
    let mut report = Report {
        claims: tx.row(&COUNT_CLAIMS, [], |row| row.get(0)).await?.unwrap_or(0),
        bookings: tx.row(&COUNT_BOOKINGS, [], |row| row.get(0)).await?.unwrap_or(0),
        findings: Vec::new(),
    };
    overlaps(tx, &mut report.findings).await?;
    let stray = |row: &Row<'_>| {
        Ok(Finding::StrayClaim {
            resource: row.get(0)?,
            unit: row.get(1)?,
            starts_at: row.get(2)?,
            holder: row.get(3)?,
        })
    };
    report.findings.extend(tx.rows(&STRAY_BOOKING_CLAIMS, [FINDINGS_MAX.into()], stray).await?);
    report.findings.extend(tx.rows(&STRAY_BLOCK_CLAIMS, [FINDINGS_MAX.into()], stray).await?);
    let miscounted = |what| {
        move |row: &Row<'_>| Ok(Finding::Miscounted { what, id: row.get(0)?, wanted: row.get(1)?, found: row.get(2)? })
    };
    let bound = [now.into(), FINDINGS_MAX.into()];
    report.findings.extend(tx.rows(&MISCOUNTED_BOOKINGS, bound.clone(), miscounted("booking")).await?);
    report.findings.extend(tx.rows(&MISCOUNTED_BLOCKS, bound.clone(), miscounted("block")).await?);
    let other_site = |row: &Row<'_>| Ok(Finding::OtherSite { booking: row.get(0)? });
    report.findings.extend(tx.rows(&BOOKINGS_OF_OTHER_SITES, bound, other_site).await?);
    let no_such_unit = |row: &Row<'_>| {
        Ok(Finding::NoSuchUnit {
            resource: row.get(0)?,
            unit: row.get(1)?,
            starts_at: row.get(2)?,
            quantity: row.get(3)?,
        })
    };
    report.findings.extend(tx.rows(&CLAIMS_OUT_OF_RANGE, [FINDINGS_MAX.into()], no_such_unit).await?);
    let other_rules = places::not_in_force(tx, FINDINGS_MAX as usize).await?;
    report.findings.extend(other_rules.into_iter().map(|resource| Finding::OtherRules { resource }));
    let stray_link = |row: &Row<'_>| Ok(Finding::StrayLink { user: row.get(0)? });
    report.findings.extend(tx.rows(&STRAY_LINKS, [FINDINGS_MAX.into()], stray_link).await?);
    if tx.row(&ADMINS_DISABLED, [], |row| row.get::<i64>(0)).await?.unwrap_or(0) > 0 {
        report.findings.push(Finding::NoAdministrator);
    }
    Ok(report)
}

/// Goes through all claims in order and compares each with the one before it.
async fn overlaps(tx: &mut Tx, findings: &mut Vec<Finding>) -> Result<()> {
    let mut place = (ResourceId(Uuid::nil()), 0_u32, EARLIEST);
    let mut last: Option<(ResourceId, u32, Timestamp, Timestamp)> = None;
    let mut found = 0;
    loop {
        let values = [place.0.into(), place.1.into(), place.2.into(), PAGE_ROWS.into()];
        let page = tx.rows(&CLAIMS, values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).await?;
        let full = page.len() == PAGE_ROWS as usize;
        for (resource, unit, starts_at, ends_at) in page {
            let mut reach: Timestamp = ends_at;
            if let Some((before, before_unit, before_start, before_end)) = last
                && (before, before_unit) == (resource, unit)
            {
                if before_end > starts_at && found < FINDINGS_MAX {
                    found += 1;
                    findings.push(Finding::Overlap {
                        resource,
                        unit,
                        first_starts_at: before_start,
                        second_starts_at: starts_at,
                    });
                }
                reach = reach.max(before_end);
            }
            last = Some((resource, unit, starts_at, reach));
            place = (resource, unit, starts_at);
        }
        if !full {
            return Ok(());
        }
    }
}
