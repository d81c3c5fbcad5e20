//! Rules of places: whatever happens at the same time, what is in force for a resource is what its place says.

use std::sync::Arc;

use bronya_domain::command::{Command, CreateResource, Edit, UpdateResource};
use bronya_domain::ids::{AreaId, ResourceId, SiteId};
use bronya_domain::place::{Area, AreaAttributes, Site, SiteAttributes, Tree};
use bronya_domain::policy::Policy;
use bronya_domain::rules::{Rules, in_force};
use bronya_domain::user::Role;
use bronya_store::{Store, StoreError, places, resources};
use jiff::Timestamp;

use crate::world::{World, any, attributes, hours, on_both, submission, word};

fn limits(party_min: u32, party_max: u32) -> Arc<Rules> {
    Arc::new(Rules::of(Policy { party_min: Some(party_min), party_max: Some(party_max), ..Policy::default() }))
}

/// A site with an area, and one within that.
pub(crate) async fn a_site(world: &World) -> (SiteId, [AreaId; 2]) {
    let now = world.clock.now();
    let site = Site {
        id: SiteId(world.fresh_id()),
        attributes: SiteAttributes {
            name: "Neva".to_owned(),
            slug: "neva".to_owned(),
            address: None,
            time_zone: "Europe/Berlin".to_owned(),
            locale: "de".to_owned(),
            rules: Arc::default(),
        },
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let id = site.id;
    let area = |parent| Area {
        id: AreaId(world.fresh_id()),
        site: id,
        attributes: AreaAttributes { parent, name: "Hall".to_owned(), position: 0, rules: Arc::default() },
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let outer = area(None);
    let inner = area(Some(outer.id));
    let areas = [outer.id, inner.id];
    let written = world.store.write::<_, StoreError, _>(move |tx| {
        Box::pin(async move {
            places::insert_site(tx, &site).await?;
            places::insert_area(tx, &outer).await?;
            places::insert_area(tx, &inner).await
        })
    });
    written.await.unwrap();
    (id, areas)
}

/// Changes what the site says, or one of its areas; as often as it gives way. How often that was.
async fn change(store: &Store, site: SiteId, area: Option<AreaId>, rules: Arc<Rules>, now: Timestamp) -> u32 {
    for tries in 0..1_000 {
        let rules = Arc::clone(&rules);
        let changed = store.write::<_, StoreError, _>(move |tx| {
            Box::pin(async move {
                let mut held = places::hold(tx, site).await?.unwrap();
                match area {
                    None => {
                        held.site.attributes.rules = rules;
                        places::update_site(tx, &mut held.site, now).await?;
                    }
                    Some(id) => {
                        let area = held.areas.iter_mut().find(|area| area.id == id).unwrap();
                        area.attributes.rules = rules;
                        places::update_area(tx, area, now).await?;
                    }
                }
                places::put_in_force(tx, &held, now).await
            })
        });
        match changed.await {
            Ok(()) => return tries,
            Err(StoreError::GaveWay(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    panic!("it never got its turn")
}

fn place(id: ResourceId, site: Option<SiteId>, area: Option<AreaId>) -> Command {
    let edit = Edit { site: Some(site), area: Some(area), ..Edit::default() };
    Command::UpdateResource(UpdateResource { target: any(id), edit })
}

/// What is in force for each resource, and what should be.
async fn in_force_and_said(world: &World, ids: &[ResourceId], site: SiteId) -> Vec<(Arc<Rules>, Arc<Rules>)> {
    let ids = ids.to_vec();
    let read = world.store.read::<_, StoreError, _>(move |tx| {
        Box::pin(async move {
            let site = places::site(tx, site).await?.unwrap();
            let areas = places::areas(tx, site.id).await?;
            let tree = Tree::of(&areas);
            let mut found = Vec::new();
            for id in ids {
                let resource = resources::by_id(tx, id).await?.unwrap();
                let own = Arc::clone(&resource.attributes.rules);
                let said = match resource.attributes.site {
                    None => in_force([&own]),
                    Some(_) => in_force(places::levels(&site, &areas, &tree, resource.attributes.area, &own)),
                };
                found.push((resource.in_force, said));
            }
            Ok(found)
        })
    });
    read.await.unwrap()
}

on_both! {
    async fn rules_reach_what_stands_below_and_nothing_else(world) {
        let root = world.person("root", Role::Admin).await;
        let (site, [outer, inner]) = a_site(&world).await;
        let mut ids = Vec::new();
        for (nth, area) in [None, Some(outer), Some(inner)].into_iter().enumerate() {
            let id = world.resource(root, &format!("desk {nth}"), 1).await;
            assert_eq!(word(&world.submit(root, place(id, Some(site), area)).await), "done");
            ids.push(id);
        }
        let elsewhere = world.resource(root, "elsewhere", 1).await;
        let now = world.clock.now();
        let revisions = || world.sql("SELECT revision FROM resource ORDER BY id").unwrap();
        change(&world.store, site, None, limits(1, 9), now).await;
        change(&world.store, site, Some(outer), Arc::new(Rules::of(Policy { party_max: Some(5), ..Policy::default() })), now).await;
        let before = revisions();
        change(&world.store, site, Some(inner), Arc::new(Rules::of(Policy { party_min: Some(2), ..Policy::default() })), now).await;
        let found = in_force_and_said(&world, &[ids[0], ids[1], ids[2], elsewhere], site).await;
        let sizes: Vec<_> = found.iter().map(|(rules, _)| (rules.policy.party_min, rules.policy.party_max)).collect();
        assert_eq!(sizes, [(Some(1), Some(9)), (Some(1), Some(5)), (Some(2), Some(5)), (None, None)]);
        assert!(found.iter().all(|(in_force, said)| in_force == said));
        // Whoever watches a resource learns that something changed; what nothing changed for is left alone.
        let (before, after) = (before, revisions());
        let changed: Vec<bool> = before.lines().zip(after.lines()).map(|(a, b)| a != b).collect();
        assert_eq!(changed, [false, false, true, false]);
        change(&world.store, site, Some(inner), Arc::new(Rules::of(Policy { party_min: Some(2), ..Policy::default() })), now).await;
        assert_eq!(revisions(), after);
    }

    async fn what_moves_while_rules_change_is_under_the_new_rules(world) {
        let root = world.person("root", Role::Admin).await;
        let (site, [outer, inner]) = a_site(&world).await;
        let mut desks = Vec::new();
        for nth in 0..8 {
            desks.push(world.resource(root, &format!("desk {nth}"), 1).await);
        }
        let now = world.clock.now();
        for round in 0..40_u32 {
            let changes: Vec<_> = [None, Some(outer), Some(inner)].into_iter().enumerate().map(|(nth, area)| {
                let (store, rules) = (world.store.clone(), limits(1, round * 3 + 1 + u32::try_from(nth).unwrap()));
                let rules = if area.is_none() { limits(1, 7) } else { rules };
                tokio::spawn(async move { change(&store, site, area, rules, now).await })
            }).collect();
            let moves: Vec<_> = desks.iter().enumerate().map(|(nth, desk)| {
                let round_hours = i64::from(round) * 2;
                let command = match (nth + round as usize) % 5 {
                    0 => place(*desk, Some(site), Some(inner)),
                    1 => place(*desk, Some(site), Some(outer)),
                    2 => place(*desk, Some(site), None),
                    3 => place(*desk, None, None),
                    _ => world.book(*desk, hours(round_hours, round_hours + 1)),
                };
                let store = world.store.clone();
                tokio::spawn(async move { word(&store.submit(submission(root.actor(), command)).await) })
            }).collect();
            // And one that is new.
            let fresh = CreateResource {
                id: ResourceId(world.fresh_id()),
                attributes: bronya_domain::resource::Attributes { site: Some(site), area: Some(inner), ..attributes("new", 1) },
                zone_of_site: true,
                admins_only: false,
            };
            desks.push(fresh.id);
            let made = world.submit(root, Command::CreateResource(fresh)).await;
            assert_eq!(word(&made), "done");
            for change in changes {
                change.await.unwrap();
            }
            for moved in moves {
                let word = moved.await.unwrap();
                assert!(word == "done" || word == "Rules", "{word}");
            }
            for (nth, (in_force, said)) in in_force_and_said(&world, &desks, site).await.into_iter().enumerate() {
                assert_eq!(in_force, said, "round {round}, desk {nth}");
            }
        }
        if world.kind == crate::world::Kind::Postgres {
            assert_eq!(world.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").unwrap(), "0");
        }
        assert_eq!(world.sql("SELECT count(*) FROM resource WHERE time_zone = 'Europe/Berlin'").unwrap(), "40");
        world.must_be_clean().await;
    }

    async fn nothing_moves_into_what_is_taken_away(world) {
        let root = world.person("root", Role::Admin).await;
        let (site, [_, inner]) = a_site(&world).await;
        let now = world.clock.now();
        let desk = world.resource(root, "desk", 1).await;
        let (store, other) = (world.store.clone(), world.store.clone());
        let gone = tokio::spawn(async move {
            store.write::<_, StoreError, _>(move |tx| Box::pin(async move {
                let held = places::hold(tx, site).await?.unwrap();
                let in_use = held.is_area_in_use(inner);
                if !in_use {
                    places::delete_area(tx, inner, now).await?;
                }
                Ok(!in_use)
            })).await
        });
        let moved = tokio::spawn(async move { word(&other.submit(submission(root.actor(), place(desk, Some(site), Some(inner)))).await) });
        let (gone, moved) = (gone.await.unwrap(), moved.await.unwrap());
        match gone {
            Ok(true) => assert_eq!(moved, "PlaceNotFound"),
            Ok(false) | Err(StoreError::GaveWay(_)) => assert_eq!(moved, "done"),
            other => panic!("{other:?}"),
        }
    }
}

/// Makes every write to a table take a while, after whatever it was decided by was read. SQLite has one writer.
fn slow(world: &World, table: &str) {
    let text = format!(
        "CREATE FUNCTION slow_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION slow_{table}()"
    );
    world.sql(&text).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_change_while_something_moves_wait_for_it_on_postgres() {
    for (slow_table, is_mover_first) in [("resource", true), ("area", false)] {
        let world = World::open(crate::world::Kind::Postgres).await;
        let root = world.person("root", Role::Admin).await;
        let (site, [outer, _]) = a_site(&world).await;
        let desk = world.resource(root, "desk", 1).await;
        slow(&world, slow_table);
        let (store, other, now) = (world.store.clone(), world.store.clone(), world.clock.now());
        let pause = |first: bool| std::time::Duration::from_millis(if first { 0 } else { 150 });
        let moved = tokio::spawn(async move {
            tokio::time::sleep(pause(is_mover_first)).await;
            word(&store.submit(submission(root.actor(), place(desk, Some(site), Some(outer)))).await)
        });
        let changed = tokio::spawn(async move {
            tokio::time::sleep(pause(!is_mover_first)).await;
            change(&other, site, Some(outer), limits(3, 4), now).await
        });
        assert_eq!(moved.await.unwrap(), "done");
        assert_eq!(
            changed.await.unwrap(),
            u32::from(is_mover_first),
            "whoever finds that something came in tries again"
        );
        let found = in_force_and_said(&world, &[desk], site).await;
        assert_eq!((&found[0].0, &found[0].1), (&limits(3, 4), &limits(3, 4)), "{slow_table}");
    }
}
