//! The only crate that knows SQL: both databases behind one face, the engine that commits in groups,
//! and one file per entity. It never speaks HTTP, never hashes a password and never calls out.

/// A booking's columns, in the order in which [`facts::booking`] reads them.
macro_rules! select_booking {
    () => {
        "SELECT id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status, version,
        created_at, updated_at, lapses_at, buffer_before_s, buffer_after_s, override_reason, made_by, series_id,
        fields, shares, people, would_do, undo, closed_reason
    FROM booking"
    };
}

/// Whether a booking stands as it is asked for: by one list of words where it is as it was written, by another where it has
/// lapsed by the time in `$now`. Both are [`bookings::Filter`]'s; where the first is empty, every booking does.
macro_rules! status_is {
    ($written:literal, $now:literal, $lapsed:literal) => {
        concat!(
            "(",
            $written,
            " = '' OR CASE WHEN lapses_at <= ",
            $now,
            " THEN ",
            $lapsed,
            " ELSE ",
            $written,
            " END LIKE '%,' || status || ',%')"
        )
    };
}

/// The resources that the user in `$user` manages, by themselves or with their site.
macro_rules! managed_by {
    ($user:literal) => {
        concat!(
            "(
            SELECT resource_manager.resource_id FROM resource_manager WHERE resource_manager.user_id = ",
            $user,
            "
            UNION ALL
            SELECT resource.id FROM resource JOIN site_manager ON site_manager.site_id = resource.site_id
            WHERE site_manager.user_id = ",
            $user,
            ")"
        )
    };
}

/// A resource's columns, in the order in which [`facts::Unresolved`] reads them.
macro_rules! select_resource {
    () => {
        "SELECT id, name, kind, description, capacity, quantity, time_zone, requires_approval, version, revision,
        created_at, updated_at, site_id, area_id, rules_id, in_force_id, visibility, position, profile, picture_id,
        (SELECT declared_kind.schema_id FROM declared_kind WHERE declared_kind.name = resource.kind), parts
    FROM resource"
    };
}

/// The columns that a block is read from.
macro_rules! select_block {
    () => {
        "SELECT id, resource_id, starts_at, ends_at, reason, created_by, created_at, parts, series_id FROM block"
    };
}

pub mod accounts;
pub mod answers;
pub mod audit;
pub mod availability;
pub mod blocks;
pub mod bookings;
#[cfg(test)]
mod catalogue;
pub mod db;
pub(crate) mod details;
pub(crate) mod diaries;
pub mod displays;
pub mod doctor;
pub mod engine;
pub mod erasure;
pub mod error;
pub mod events;
mod facts;
pub mod floor_plans;
pub mod groups;
pub mod holidays;
pub mod keys;
pub mod kinds;
pub mod leases;
pub mod limits;
mod migrate;
pub mod news;
mod paces;
pub mod password_links;
mod people;
pub mod pictures;
pub mod places;
#[cfg(test)]
mod plans;
pub mod ports;
mod profiles;
pub mod public_pages;
pub mod reports;
pub mod resources;
mod rules;
pub mod said;
pub mod series;
pub mod sessions;
pub mod setup;
mod shares;
pub mod store;
pub mod sweep;
#[cfg(test)]
mod testing;
mod undo;
pub mod waiting;
mod write;
pub mod zones;

pub use error::{Result, StoreError};
pub use facts::Answer;
pub use migrate::SCHEMA_VERSION;
pub use store::{DatabaseUrl, Options, Store};
