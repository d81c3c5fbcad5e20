//! The sample data: it goes into an empty database and no other, keeps every rule, and is alive when the server starts.

use std::collections::BTreeMap;

use bronya_server::app::demo::{self, Hands};
use bronya_store::ports::Ids;
use bronya_testkit::on_both;
use jiff::tz::TimeZone;

on_both! {
    async fn the_samples_are_alive_and_whole(app) {
        let hands = Hands::default();
        app.restart(|options| {
            options.clock = hands.clock(options.clock.clone());
            options.ids = Ids::system(options.clock.clone());
        })
        .await;
        let now = app.app().clock.now();
        assert!(demo::fill(&app.app(), &hands).await.unwrap());
        assert_eq!(app.app().clock.now(), now, "the clock is let go");
        assert!(!demo::fill(&app.app(), &hands).await.unwrap());
        let token = app.token("admin", demo::PASSWORD).await.is(200).text("/access_token");
        let get = |path: &str, query: &str| app.get(path).query(query).bearer(&token);
        let sites = get("/sites", "").await.is(200).items();
        let id_of = |slug: &str| {
            let site = sites.iter().find(|site| site["slug"] == slug).unwrap_or_else(|| panic!("there is no {slug}"));
            site["id"].as_str().unwrap().to_owned()
        };
        let (bistro, office) = (id_of("bistro-linde"), id_of("office-am-ufer"));
        let mut placed = Vec::new();
        for site in [&bistro, &office] {
            for area in get(&format!("/sites/{site}/areas"), "").await.is(200).column("id") {
                let plan = get(&format!("/areas/{area}/floor-plan"), "").await.is(200);
                placed.push(plan.column_of("/resources", "resource_id").len());
            }
        }
        assert_eq!(placed, [21, 8, 13, 12, 12]);
        assert_eq!(get("/resources", "limit=1000").await.is(200).items().len(), placed.iter().sum::<usize>());
        // Some sit, some are to come, some ask, one did not come, some have left: now.
        let window = format!("from={}&to={}&limit=1000", app.clock().in_minutes(-60), app.clock().in_minutes(120));
        let mut standing: BTreeMap<String, usize> = BTreeMap::new();
        for booking in get("/bookings", &window).await.is(200).items() {
            *standing.entry(booking["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        for status in ["checked_in", "confirmed", "pending", "no_show", "completed"] {
            assert!(standing.contains_key(status), "{status}: {standing:?}");
        }
        assert_eq!(get("/waiting-list", &format!("site_id={bistro}")).await.is(200).items().len(), 3);
        // What has been is there too, for reports.
        let past = format!("from={}&to={}&limit=1000", app.clock().in_minutes(-14 * 24 * 60), app.clock().in_minutes(0));
        assert!(get("/bookings", &past).await.is(200).items().len() > 300);
        app.audit().await;
    }

    async fn the_samples_go_in_late_in_the_evening_too(app) {
        let hands = Hands::default();
        let now = app.app().clock.now().to_zoned(TimeZone::get("Europe/Berlin").unwrap());
        let late = now.date().tomorrow().unwrap().at(19, 50, 0, 0).to_zoned(now.time_zone().clone()).unwrap();
        app.clock().advance_secs(late.timestamp().as_second() - now.timestamp().as_second());
        app.restart(|options| {
            options.clock = hands.clock(options.clock.clone());
            options.ids = Ids::system(options.clock.clone());
        })
        .await;
        assert!(demo::fill(&app.app(), &hands).await.unwrap());
    }
}
