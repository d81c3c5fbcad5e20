//! The waiting list: when time becomes free, the first who fits is offered it, and then the next; nobody twice, and nothing to two.

use bronya_server::app::waiting::{Asked, Seen, offer_due};
use bronya_testkit::{Answer, TestApp, User, on_both};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who makes offers. All that do at once go by this name, so that none keeps the others from it.
const SERVER: Uuid = Uuid::from_u128(1);

fn waits(app: &TestApp, resource: &str, from: i64, to: i64) -> Value {
    json!({
        "resource_id": resource, "from": app.clock().in_minutes(from), "to": app.clock().in_minutes(to), "duration_minutes": 60,
    })
}

async fn join(app: &TestApp, by: &User, body: Value) -> String {
    let made = app.post("/waiting-list", body).by(by).await.is(201);
    assert_eq!((made.text("/status"), made.at("/offer")), ("waiting".to_owned(), Value::Null));
    made.id()
}

async fn standing(app: &TestApp, by: &User, id: &str) -> Answer {
    app.get(&format!("/waiting-list/{id}")).by(by).await.is(200)
}

/// What a server does every second.
async fn offers(app: &TestApp, seen: &mut Seen) -> u32 {
    offer_due(&app.app(), SERVER, seen, Asked::Touched).await.unwrap()
}

on_both! {
    async fn the_first_who_fits_is_offered_what_becomes_free_and_then_the_next(app) {
        let (mia, anna, berta, carl) = (app.user("mia").await, app.user("anna").await, app.user("berta").await, app.user("carl").await);
        let table = app.resource_with(&mia, json!({ "name": "Table", "capacity": 4 })).await;
        let standing_booking = app.booked(&mia, &table, 60, 120).await;
        let mut seen = Seen::default();
        assert_eq!(offers(&app, &mut seen).await, 0);
        let mut long = waits(&app, &table, 60, 300);
        long["duration_minutes"] = json!(240);
        let long = join(&app, &anna, long).await;
        let mut second = waits(&app, &table, 60, 120);
        second["title"] = json!("Dinner");
        second["party_size"] = json!(3);
        let second = join(&app, &berta, second).await;
        let third = join(&app, &carl, waits(&app, &table, 60, 120)).await;
        app.booked(&mia, &table, 180, 240).await;
        assert_eq!(offers(&app, &mut seen).await, 0);

        // Anna needs four hours, which there are not: Berta is the first who fits.
        app.delete(&format!("/bookings/{standing_booking}")).by(&mia).await.was(200);
        assert_eq!(offers(&app, &mut seen).await, 1);
        let offered = standing(&app, &berta, &second).await;
        assert_eq!((offered.text("/status"), offered.text("/offer/resource_id")), ("offered".to_owned(), table.clone()));
        assert_eq!(offered.text("/offer/lapses_at"), app.clock().in_minutes(10));
        let held = app.booking(&berta, &second).await;
        assert_eq!((&held["status"], &held["title"], &held["party_size"]), (&json!("held"), &json!("Dinner"), &json!(3)));
        assert_eq!(offers(&app, &mut seen).await, 0);
        app.book(&carl, &table, 60, 120).await.problem(409, "booking-conflict");
        for (who, id) in [(&anna, &long), (&carl, &third)] {
            assert_eq!(standing(&app, who, id).await.text("/status"), "waiting");
        }

        // She does not take it up in time: it is the next one's, and nobody is asked twice.
        app.clock().advance_secs(10 * 60);
        let inner = app.app();
        let (berta, carl) = (app.sign_in(&berta.name).await, app.sign_in(&carl.name).await);
        assert_eq!(standing(&app, &berta, &second).await.text("/status"), "missed");
        assert_eq!(bronya_server::app::upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 1);
                assert_eq!(offers(&app, &mut seen).await, 1);
        assert_eq!(standing(&app, &carl, &third).await.text("/status"), "offered");
        app.post(&format!("/holds/{third}/book"), json!({})).by(&carl).await.was(200);
        assert_eq!(standing(&app, &carl, &third).await.text("/status"), "booked");
                assert_eq!(offer_due(&inner, SERVER, &mut seen, Asked::Everybody).await.unwrap(), 0);
        app.audit().await;
    }

    async fn who_runs_a_place_sees_who_waits_for_anything_in_it(app) {
        let (root, mia, anna) = (app.admin("root").await, app.user("mia").await, app.user("anna").await);
        let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(&root).await.is(201).id();
        app.call("PUT", &format!("/sites/{site}/managers/{}", mia.id)).by(&root).await.was(204);
        let mut tables = Vec::new();
        for name in ["One", "Two"] {
            tables.push(app.resource_with(&mia, json!({ "name": name, "site_id": site })).await);
            app.booked(&mia, tables.last().unwrap(), 60, 120).await;
        }
        let elsewhere = app.resource(&mia, "Elsewhere").await;
        app.booked(&mia, &elsewhere, 60, 120).await;
        let first = join(&app, &anna, waits(&app, &tables[1], 60, 120)).await;
        let mut any = json!({ "among": { "site_id": site }, "from": app.clock().in_minutes(60), "to": app.clock().in_minutes(120) });
        any["guest"] = json!({ "name": "Йо" });
        let second = join(&app, &mia, any).await;
        join(&app, &anna, waits(&app, &elsewhere, 60, 120)).await;
        let list = |who: &User| app.get("/waiting-list").query(&format!("site_id={site}")).by(who);
        assert_eq!(list(&mia).await.is(200).column("id"), [first.clone(), second.clone()]);
        let page = app.get("/waiting-list").query(&format!("site_id={site}&limit=1")).by(&root).await.is(200);
        assert_eq!(page.column("id"), [first]);
        let rest = app.get("/waiting-list").query(&format!("site_id={site}&cursor={}", page.text("/next_cursor"))).by(&root).await.is(200);
        assert_eq!(rest.column("id"), [second]);
        list(&anna).await.problem(403, "forbidden");
        app.get("/waiting-list").query(&format!("site_id={site}&resource_id={elsewhere}")).by(&mia).await.names(&["/site_id"]);
        app.get("/waiting-list").query("site_id=01936f7e-0000-7000-8000-000000000000").by(&mia).await.problem(404, "place-not-found");
    }

    async fn whoever_leaves_is_offered_nothing(app) {
        let (mia, anna, berta) = (app.user("mia").await, app.user("anna").await, app.user("berta").await);
        let table = app.resource(&mia, "Table").await;
        let first = app.booked(&mia, &table, 60, 120).await;
        let id = join(&app, &anna, waits(&app, &table, 60, 120)).await;
        let path = format!("/waiting-list/{id}");
        app.get(&path).by(&berta).await.problem(404, "waiting-not-found");
        app.delete(&path).by(&berta).await.problem(404, "waiting-not-found");
        app.delete(&path).by(&anna).await.was(204);
        app.delete(&path).by(&anna).await.was(204);
        assert_eq!(standing(&app, &anna, &id).await.text("/status"), "left");
        app.delete(&format!("/bookings/{first}")).by(&mia).await.was(200);
        assert_eq!(offers(&app, &mut Seen::default()).await, 0);
        app.book(&berta, &table, 60, 120).await.was(201);
        // A manager sees who waits, and takes off who has gone.
        let again = join(&app, &anna, waits(&app, &table, 60, 120)).await;
        assert_eq!(app.get("/waiting-list").query(&format!("resource_id={table}")).by(&mia).await.is(200).column("id"), std::slice::from_ref(&again));
        app.get("/waiting-list").query(&format!("resource_id={table}")).by(&anna).await.problem(403, "forbidden");
        assert_eq!(app.get("/waiting-list").by(&anna).await.is(200).column("id"), [id, again.clone()]);
        app.delete(&format!("/waiting-list/{again}")).by(&mia).await.was(204);
        assert_eq!(app.get("/waiting-list").query(&format!("resource_id={table}")).by(&mia).await.is(200).column("id"), Vec::<String>::new());
    }

    async fn any_table_of_a_place_will_do_and_a_manager_waits_for_a_guest(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(&root).await.is(201).id();
        let mut tables = Vec::new();
        for (name, seats) in [("Two", 2), ("Four", 4), ("Six", 6)] {
            tables.push(app.resource_with(&root, json!({ "name": name, "capacity": seats, "site_id": site })).await);
        }
        let mut standing_bookings = Vec::new();
        for table in &tables {
            standing_bookings.push(app.booked(&root, table, 60, 180).await);
        }
        let any = |party: i64| json!({
            "among": { "site_id": site }, "from": app.clock().in_minutes(60), "to": app.clock().in_minutes(180), "duration_minutes": 90, "party_size": party,
        });
        app.post("/waiting-list", any(7)).by(&anna).await.problem(422, "party-too-large");
        let mut guest = any(3);
        guest["guest"] = json!({ "name": "Jo" });
        app.post("/waiting-list", guest.clone()).by(&anna).await.problem(403, "forbidden");
        let guest = join(&app, &root, guest).await;
        let mine = join(&app, &anna, any(3)).await;
        assert_eq!(standing(&app, &anna, &mine).await.at("/resource_ids"), json!([tables[1], tables[2]]));
        let mut seen = Seen::default();
        assert_eq!(offers(&app, &mut seen).await, 0);
        // The smallest is too small for both; of the others the smaller is offered first.
        for (at, table) in [(0, None), (2, Some((&root, &guest, &tables[2]))), (1, Some((&anna, &mine, &tables[1])))] {
            app.delete(&format!("/bookings/{}", standing_bookings[at])).by(&root).await.was(200);
                        assert_eq!(offers(&app, &mut seen).await, u32::from(table.is_some()));
            if let Some((who, id, table)) = table {
                assert_eq!(standing(&app, who, id).await.text("/offer/resource_id"), *table);
            }
        }
        let held = app.booking(&root, &guest).await;
        assert_eq!((&held["guest"]["name"], &held["made_by"]), (&json!("Jo"), &json!(root.id)));
    }

    async fn several_servers_offer_one_time_to_one_of_many(app) {
        let mia = app.user("mia").await;
        let table = app.resource(&mia, "Table").await;
        for round in 0..10 {
            let (from, to) = (60 + round * 120, 120 + round * 120);
            let standing_booking = app.booked(&mia, &table, from, to).await;
            let mut entries = Vec::new();
            for nth in 0..4 {
                let who = app.user(&format!("waits{round}-{nth}")).await;
                entries.push((join(&app, &who, waits(&app, &table, from, to)).await, who));
            }
            let cancel = app.delete(&format!("/bookings/{standing_booking}")).by(&mia);
            let cancelled = tokio::spawn(cancel.into_future());
            let servers: Vec<_> = (0..4).map(|_| {
                let inner = app.app();
                tokio::spawn(async move {
                    let mut made = 0;
                    for _ in 0..20 {
                        made += offer_due(&inner, SERVER, &mut Seen::default(), Asked::Everybody).await.unwrap();
                    }
                    made
                })
            }).collect();
            cancelled.await.unwrap().was(200);
            let mut made = 0;
            for server in servers {
                made += server.await.unwrap();
            }
                        made += offer_due(&app.app(), SERVER, &mut Seen::default(), Asked::Everybody).await.unwrap();
            assert_eq!(made, 1);
            for (place, (id, who)) in entries.iter().enumerate() {
                let expected = if place == 0 { "offered" } else { "waiting" };
                assert_eq!(standing(&app, who, id).await.text("/status"), expected, "round {round}, place {place}");
                app.delete(&format!("/waiting-list/{id}")).by(who).await.was(204);
            }
        }
        app.audit().await;
    }

    async fn bad_wishes_are_refused(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let mut body = waits(&app, &table, 60, 120);
        body["among"] = json!({ "kind": "table" });
        body["guest"] = json!({ "name": "" });
        body["party_size"] = json!(0);
        app.post("/waiting-list", body).by(&anna).await.names(&["/among", "/guest/name", "/party_size"]);
        app.post("/waiting-list", json!({ "from": "x", "to": "y" })).by(&anna).await.names(&["/from", "/resource_id", "/to"]);
        app.clock().advance_secs(3 * 60 * 60);
        let anna = app.sign_in("anna").await;
        app.post("/waiting-list", waits(&app, &table, -120, -60)).by(&anna).await.problem(422, "in-the-past");
        for _ in 0..20 {
            join(&app, &anna, waits(&app, &table, 60, 120)).await;
        }
        app.post("/waiting-list", waits(&app, &table, 60, 120)).by(&anna).await.problem(409, "too-many");
        let kept = app.user("kept").await;
        let first = app.post("/waiting-list", waits(&app, &table, 60, 120)).by(&kept).key("k").await.is(201);
        let again = app.post("/waiting-list", waits(&app, &table, 60, 120)).by(&kept).key("k").await.is(201);
        assert_eq!((again.id(), again.header("idempotent-replayed")), (first.id(), Some("true")));
    }
}
