//! Many bookings in one request: a result for each, and none in another's way.

use bronya_testkit::on_both;
use serde_json::{Value, json};

on_both! {
    async fn each_operation_has_its_own_result(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let mine = app.booked(&anna, &table, 60, 120).await;
        let other = app.booked(&berta, &table, 120, 180).await;
        let wish = |from, to| json!({ "resource_id": table, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) });
        let operations = json!([
            { "create": wish(200, 260) },
            { "create": wish(120, 180) },
            { "create": wish(300, 300) },
            { "update": { "booking_id": mine, "change": { "title": "Moved", "starts_at": app.clock().in_minutes(30) } } },
            { "cancel": { "booking_id": other } },
            { "cancel": { "booking_id": "x" } },
        ]);
        let done = app.post("/bookings/bulk", json!({ "operations": operations })).by(&berta).await.is(200);
        let statuses: Vec<Value> = done.at("/results").as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
        // Berta may not know of Anna's booking; her own she takes back, at once with the wish for the same time.
        assert_eq!([0, 2, 3, 4, 5].map(|place| statuses[place].clone()), [201, 422, 404, 200, 422].map(Value::from));
        assert!(statuses[1] == 201 || statuses[1] == 409, "{statuses:?}");
        assert_eq!(done.text("/results/0/booking/status"), "confirmed");
        assert_eq!(done.text("/results/3/problem/type"), "/problems/booking-not-found");
        assert_eq!(done.text("/results/4/booking/status"), "cancelled");
        app.audit().await;
    }

    async fn many_requests_are_decided_at_once(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let room = app.resource_with(&root, json!({ "name": "Room", "requires_approval": true })).await;
        let mut asked = Vec::new();
        for from in [60, 180, 300, 420] {
            asked.push(app.booked(&anna, &room, from, from + 60).await);
        }
        app.delete(&format!("/bookings/{}", asked[3])).by(&anna).await.was(200);
        let [yes, no, plain_no, gone] = [0, 1, 2, 3].map(|it: usize| asked[it].clone());
        let operations = json!({ "operations": [
            { "confirm": { "booking_id": yes } }, { "reject": { "booking_id": no, "reason": "A wedding" } },
            { "reject": { "booking_id": plain_no } }, { "confirm": { "booking_id": gone } }, { "reject": { "booking_id": yes, "reason": "" } },
        ] });
        let decide = |who| app.post("/bookings/bulk", operations.clone()).by(who);
        let statuses = |done: &Value| done["results"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect::<Vec<_>>();
        // Who may not know of them, and who may not decide.
        assert_eq!(statuses(&decide(&berta).await.is(200).json()), [404, 404, 404, 404, 422].map(Value::from));
        assert_eq!(statuses(&decide(&anna).await.is(200).json()), [403, 403, 403, 403, 422].map(Value::from));
        let done = decide(&root).await.is(200).json();
        assert_eq!(statuses(&done), [200, 200, 200, 409, 422].map(Value::from));
        let said = |place: usize| (done["results"][place]["booking"]["status"].clone(), done["results"][place]["booking"]["closed_reason"].clone());
        assert_eq!([said(0), said(1), said(2)], [(json!("confirmed"), Value::Null), (json!("rejected"), json!("A wedding")), (json!("rejected"), Value::Null)]);
        assert_eq!(done["results"][3]["problem"]["type"], "/problems/booking-not-pending");
        app.audit().await;
    }

    async fn a_bulk_is_bounded_and_made_once(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let wish = |from: i64| json!({ "create": {
            "resource_id": table, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(from + 1),
        } });
        let many = |count: i64| json!({ "operations": (0..count).map(|n| wish(60 + n)).collect::<Vec<_>>() });
        app.post("/bookings/bulk", many(101)).by(&anna).await.names(&["/operations"]);
        let first = app.post("/bookings/bulk", many(100)).key("k").by(&anna).await.is(200).json();
        let again = app.post("/bookings/bulk", many(100)).key("k").by(&anna).await.is(200).json();
        assert_eq!(first, again);
        assert_eq!(app.get("/bookings/my").query("limit=1000").by(&anna).await.is(200).items().len(), 100);
        app.post("/bookings/bulk", json!({ "operations": [{ "destroy": {} }] })).by(&anna).await.any_problem();
        app.post("/bookings/bulk", json!({ "operations": [{ "cancel": { "booking": "x" } }] })).by(&anna).await.any_problem();
    }
}
