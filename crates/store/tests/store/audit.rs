//! The audit finds each kind of thing that must not be, planted by plain SQL with the database's own guards away, and
//! nothing where there is nothing.

use bronya_domain::command::OnConflict;
use bronya_domain::ids::ResourceId;
use bronya_domain::user::Role;
use bronya_store::audit::Finding;
use jiff::{SignedDuration, Timestamp};

use crate::world::{Kind, Person, World, at, cancel, hours, on_both};

/// Changes the database behind its own back.
fn plant(world: &World, statement: &str) {
    let text = match world.kind {
        Kind::Sqlite => format!(
            "DROP TRIGGER IF EXISTS claim_no_overlap_insert; DROP TRIGGER IF EXISTS claim_no_overlap_update; {statement}"
        ),
        Kind::Postgres => format!("SET session_replication_role = replica; {statement}"),
    };
    world.sql(&text).unwrap();
}

fn claim(world: &World, resource: ResourceId, unit: u32, (start, end): (Timestamp, Timestamp), holder: &str) -> String {
    let (id, time) = (|id| world.database.id(id), |time| world.database.time(time));
    format!(
        "INSERT INTO claim (resource_id, unit, starts_at, ends_at, {holder}) VALUES ({}, {unit}, {}, {}, {})",
        id(resource.0),
        time(start),
        time(end),
        id(world.fresh_id())
    )
}

async fn findings(world: &World) -> Vec<Finding> {
    world.store.audit(world.clock.now()).await.unwrap().findings
}

/// A house where everything has happened once.
async fn lived_in(world: &World) -> (Person, ResourceId) {
    let ann = world.person("ann", Role::Admin).await;
    let desks = world.resource(ann, "desks", 2).await;
    world.booked(ann, desks, hours(9, 11)).await;
    let gone = world.booked(ann, desks, hours(9, 11)).await;
    world.submit(ann, cancel(gone)).await.unwrap();
    world.submit(ann, world.block(desks, hours(20, 22), OnConflict::Refuse)).await.unwrap();
    (ann, desks)
}

on_both! {
    async fn a_house_in_order(world) {
        lived_in(&world).await;
        let report = world.store.audit(world.clock.now()).await.unwrap();
        assert_eq!((report.findings, report.claims, report.bookings), (vec![], 3, 2));
    }

    async fn an_overlap_however_far_apart(world) {
        let (_, desks) = lived_in(&world).await;
        // One that contains others: the third is hidden behind the second, which does not reach it.
        plant(&world, &claim(&world, desks, 1, (at(8), at(30)), "booking_id"));
        let overlaps: Vec<_> = findings(&world).await.into_iter()
            .filter(|finding| matches!(finding, Finding::Overlap { .. })).collect();
        let overlap = |second| Finding::Overlap { resource: desks, unit: 1, first_starts_at: at(8), second_starts_at: at(second) };
        assert_eq!(overlaps[0], overlap(9));
        assert!(matches!(overlaps[1], Finding::Overlap { second_starts_at, .. } if second_starts_at == at(20)), "{overlaps:?}");
        assert_eq!(overlaps.len(), 2);
    }

    async fn a_claim_that_is_nobodys(world) {
        let (_, desks) = lived_in(&world).await;
        plant(&world, &claim(&world, desks, 2, (at(1), at(2)), "booking_id"));
        plant(&world, &claim(&world, desks, 2, (at(3), at(4)), "block_id"));
        let stray: Vec<_> = findings(&world).await.into_iter().map(|finding| match finding {
            Finding::StrayClaim { unit, starts_at, .. } => (unit, starts_at),
            other => panic!("{other}"),
        }).collect();
        assert_eq!(stray, [(2, at(1)), (2, at(3))]);
    }

    async fn a_claim_that_stands_elsewhere_than_its_booking(world) {
        let (_, desks) = lived_in(&world).await;
        for change in ["status = 'cancelled'", "status = 'rejected'", "resource_id = id", "ends_at = ends_at + ONE", "starts_at = starts_at - ONE"] {
            let one = if world.kind == Kind::Sqlite { "1" } else { "interval '1 microsecond'" };
            let before = world.sql("SELECT count(*) FROM booking WHERE status = 'confirmed'").unwrap();
            assert_eq!(before, "1");
            let undo = "UPDATE booking SET status = 'confirmed', resource_id = (SELECT id FROM resource), \
                starts_at = (SELECT min(starts_at) FROM claim), ends_at = (SELECT min(ends_at) FROM claim) WHERE version = 1";
            plant(&world, &format!("UPDATE booking SET {} WHERE version = 1", change.replace("ONE", one)));
            let found = findings(&world).await;
            assert!(matches!(found[0], Finding::StrayClaim { starts_at, .. } if starts_at == at(9)), "{change}: {found:?}");
            plant(&world, undo);
            assert_eq!(findings(&world).await, [], "{change}");
        }
        plant(&world, "UPDATE block SET resource_id = id");
        assert!(findings(&world).await.iter().any(|it| matches!(it, Finding::StrayClaim { .. })));
        let _ = desks;
    }

    async fn a_booking_or_block_without_its_claims(world) {
        let (_, _) = lived_in(&world).await;
        plant(&world, "DELETE FROM claim WHERE booking_id IS NOT NULL OR unit = 2");
        let found: Vec<_> = findings(&world).await.into_iter().map(|finding| match finding {
            Finding::Miscounted { what, wanted, found, .. } => (what, wanted, found),
            other => panic!("{other}"),
        }).collect();
        assert_eq!(found, [("booking", 1, 0), ("block", 2, 1)]);
        // What is over may have lost its claims to a smaller quantity.
        world.clock.advance(SignedDuration::from_hours(22));
        assert_eq!(findings(&world).await, []);
    }

    async fn a_unit_that_is_not_there(world) {
        let (_, desks) = lived_in(&world).await;
        plant(&world, "UPDATE claim SET unit = 7 WHERE booking_id IS NOT NULL");
        assert_eq!(findings(&world).await, [Finding::NoSuchUnit { resource: desks, unit: 7, starts_at: at(9), quantity: 2 }]);
    }

    async fn other_rules_than_what_the_place_says(world) {
        let (_, desks) = lived_in(&world).await;
        let rules = world.database.id(world.fresh_id());
        let time = world.database.time(world.clock.now());
        world.sql(&format!("INSERT INTO rule_set (id, body, created_at) VALUES ({rules}, '{{\"policy\":{{\"party_max\":4}}}}', {time})")).unwrap();
        world.sql(&format!("UPDATE resource SET in_force_id = {rules}")).unwrap();
        assert_eq!(findings(&world).await, [Finding::OtherRules { resource: desks }]);
        world.sql("UPDATE resource SET in_force_id = NULL").unwrap();
        let site = world.database.id(world.fresh_id());
        world.sql(&format!("INSERT INTO site (id, name, slug, time_zone, locale, version, created_at, updated_at) \
            VALUES ({site}, 'x', 'x', 'UTC', 'en', 1, {time}, {time})")).unwrap();
        world.sql(&format!("UPDATE resource SET site_id = {site}")).unwrap();
        let found = findings(&world).await;
        assert!(matches!(found[..], [Finding::OtherSite { .. }, Finding::OtherSite { .. }]), "{found:?}");
        world.sql(&format!("UPDATE booking SET site_id = {site}")).unwrap();
        assert_eq!(findings(&world).await, []);
        world.sql(&format!("UPDATE site SET rules_id = {rules}")).unwrap();
        assert_eq!(findings(&world).await, [Finding::OtherRules { resource: desks }]);
    }

    async fn no_administrator_who_can_sign_in(world) {
        lived_in(&world).await;
        world.sql("UPDATE account SET disabled_at = created_at").unwrap();
        assert_eq!(findings(&world).await, [Finding::NoAdministrator]);
        world.sql("UPDATE account SET role = 'user'").unwrap();
        assert_eq!(findings(&world).await, [], "a database without any is new, and offers to make one");
    }
}
