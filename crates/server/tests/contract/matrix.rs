//! Who may do what: every operation that OpenAPI documents against everybody who could ask. An operation without a row here
//! fails, so that none is ever added without somebody having thought about this.

use bronya_testkit::{Answer, Call, Operation, PASSWORD, TestApp, User, on_both, operations};
use serde_json::{Value, json};

/// The smallest picture: one pixel, PNG.
pub(crate) const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\x0aIDAT\x78\xda\x63\x60\0\0\0\x02\0\x01\xe5\x27\xde\xfc\0\0\0\0IEND\xae\x42\x60\x82";

/// Who asks.
const PEOPLE: [&str; 8] =
    ["nobody", "stranger", "owner", "other manager", "manager", "administrator", "disabled", "guest with a link"];
/// The place of the guest among [`PEOPLE`].
const GUEST: usize = 7;

/// What each of [`PEOPLE`] is answered: the operation, and the status for each.
const ROWS: [(&str, [u16; 8]); 181] = [
    // For everybody.
    ("isUp", [200; 8]),
    ("isReady", [200; 8]),
    ("getMetrics", [200; 8]),
    ("register", [201; 8]),
    ("createToken", [200; 8]),
    ("setUpPage", [404; 8]),
    ("setUp", [404; 8]),
    ("signIn", [200; 8]),
    // A browser without its cookie is nobody, whatever token it brings.
    ("refreshSession", [401; 8]),
    // For oneself.
    ("signOut", [401, 204, 204, 204, 204, 204, 401, 401]),
    ("logout", [401, 204, 204, 204, 204, 204, 401, 401]),
    ("getMe", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("updateMe", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("changePassword", [401, 204, 204, 204, 204, 204, 401, 401]),
    ("listSessions", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("endOtherSessions", [401, 204, 204, 204, 204, 204, 401, 401]),
    // The owner's session.
    ("endSession", [401, 404, 204, 404, 404, 404, 401, 401]),
    // The owner's account.
    ("listUsers", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("getUser", [401, 404, 200, 404, 404, 200, 401, 401]),
    // He has a booking on the manager's resource.
    ("getUserName", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("updateUser", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("endUserSessions", [401, 403, 403, 403, 403, 204, 401, 401]),
    ("createPasswordLink", [401, 403, 403, 403, 403, 200, 401, 401]),
    // Nobody has a link of this secret.
    ("setPassword", [400; 8]),
    // The manager's resource.
    ("listResources", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getOverview", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("createResource", [401, 201, 201, 201, 201, 201, 401, 401]),
    ("getResource", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("replaceResource", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("updateResource", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("deleteResource", [401, 403, 403, 403, 204, 204, 401, 401]),
    // Its picture.
    ("getPicture", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("putPicture", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("deletePicture", [401, 403, 403, 403, 204, 204, 401, 401]),
    // A kind.
    ("listKinds", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("createKind", [401, 403, 403, 403, 403, 201, 401, 401]),
    ("getKind", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("updateKind", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("deleteKind", [401, 403, 403, 403, 403, 204, 401, 401]),
    // A group, in which the manager is.
    ("listGroups", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("createGroup", [401, 403, 403, 403, 403, 201, 401, 401]),
    ("getGroup", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("updateGroup", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("deleteGroup", [401, 403, 403, 403, 403, 204, 401, 401]),
    ("listMembers", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("addMember", [401, 403, 403, 403, 403, 204, 401, 401]),
    ("removeMember", [401, 403, 403, 403, 403, 204, 401, 401]),
    // A site that the manager manages, and an area of another one.
    ("listSites", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("createSite", [401, 403, 403, 403, 403, 201, 401, 401]),
    ("getSite", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("updateSite", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("deleteSite", [401, 403, 403, 403, 403, 204, 401, 401]),
    ("listAreas", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("listAllAreas", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("createArea", [401, 403, 403, 403, 201, 201, 401, 401]),
    ("getArea", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("updateArea", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("deleteArea", [401, 403, 403, 403, 204, 204, 401, 401]),
    // Their floor plans, with a picture under each.
    ("getSiteFloorPlan", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("replaceSiteFloorPlan", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("getSiteBackground", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("putSiteBackground", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("deleteSiteBackground", [401, 403, 403, 403, 204, 204, 401, 401]),
    ("getAreaFloorPlan", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("replaceAreaFloorPlan", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("getAreaBackground", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("putAreaBackground", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("deleteAreaBackground", [401, 403, 403, 403, 204, 204, 401, 401]),
    // Their rules, and those of the resource.
    ("getSiteRules", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("replaceSiteRules", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("trySiteRules", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("getAreaRules", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("replaceAreaRules", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("getResourceRules", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("replaceResourceRules", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("tryResourceRules", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("tryAreaRules", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("listSiteRulesVersions", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("listAreaRulesVersions", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("listResourceRulesVersions", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("listHolidayRegions", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getHolidays", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getRulesInForce", [401, 200, 200, 200, 200, 200, 401, 401]),
    // Who manages the site, and the resource.
    ("listSiteManagers", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("addSiteManager", [401, 403, 403, 403, 204, 204, 401, 401]),
    ("removeSiteManager", [401, 403, 403, 403, 204, 204, 401, 401]),
    ("listResourceManagers", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("addResourceManager", [401, 403, 403, 403, 204, 204, 401, 401]),
    ("removeResourceManager", [401, 403, 403, 403, 204, 204, 401, 401]),
    // Blocks on it.
    ("listBlocks", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("createBlock", [401, 403, 403, 403, 201, 201, 401, 401]),
    ("deleteBlock", [401, 403, 403, 403, 204, 204, 401, 401]),
    ("createBlockSeries", [401, 403, 403, 403, 201, 201, 401, 401]),
    ("deleteBlockSeries", [401, 403, 403, 403, 200, 200, 401, 401]),
    // The owner's booking on it, which waits for a decision.
    ("createBooking", [401, 201, 201, 201, 201, 201, 401, 401]),
    ("listBookings", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("listMyBookings", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getBooking", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("updateBooking", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("cancelBooking", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("confirmBooking", [401, 404, 403, 404, 200, 200, 401, 401]),
    ("rejectBooking", [401, 404, 403, 404, 200, 200, 401, 401]),
    ("listBookingEvents", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("checkBooking", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("bulkBookings", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("createHold", [401, 201, 201, 201, 201, 201, 401, 401]),
    // It waits for a decision, so nobody can do these; who may not know of it is told nothing, who may not do it no more than that.
    ("bookHold", [401, 404, 409, 404, 409, 409, 401, 401]),
    ("checkIn", [401, 404, 409, 404, 409, 409, 401, 401]),
    ("endBooking", [401, 404, 409, 404, 409, 409, 401, 401]),
    ("noShow", [401, 404, 403, 404, 409, 409, 401, 401]),
    ("undoBooking", [401, 404, 403, 404, 409, 409, 401, 401]),
    // The owner's series on it.
    ("createSeries", [401, 201, 201, 201, 201, 201, 401, 401]),
    ("checkSeries", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getSeries", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("updateSeries", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("cancelSeries", [401, 404, 200, 404, 200, 200, 401, 401]),
    // Nothing of it is cancelled.
    ("undoSeries", [401, 404, 409, 404, 409, 409, 401, 401]),
    // What is free.
    ("streamEvents", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getAvailability", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getSlots", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("searchAvailability", [401, 200, 200, 200, 200, 200, 401, 401]),
    // All of it, out.
    ("exportMe", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("exportBookings", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("exportResources", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("exportBlocks", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("exportUsers", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("reportUtilisation", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("reportNoShows", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("reportLeadTime", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("reportCancellations", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("reportBusiest", [401, 403, 403, 200, 200, 200, 401, 401]),
    // And in; what a manager may take in, each row tells.
    ("importUsers", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("importResources", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("importBlocks", [401, 403, 403, 200, 200, 200, 401, 401]),
    ("importBookings", [401, 403, 403, 200, 200, 200, 401, 401]),
    // Nobody's any more: oneself; and the owner, by an administrator. The only administrator can't go.
    ("eraseMe", [401, 204, 204, 204, 204, 409, 401, 401]),
    ("eraseUser", [401, 403, 403, 403, 403, 204, 401, 401]),
    // The log.
    ("listAuditEvents", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("listTimeZoneShifts", [401, 403, 403, 403, 403, 200, 401, 401]),
    ("listTimeZoneBlockShifts", [401, 403, 403, 403, 403, 200, 401, 401]),
    // The waiting list, with the owner waiting for the manager's resource.
    ("joinWaitingList", [401, 201, 201, 201, 201, 201, 401, 401]),
    ("listWaiting", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("getWaiting", [401, 404, 200, 404, 200, 200, 401, 401]),
    ("leaveWaitingList", [401, 404, 204, 404, 204, 204, 401, 401]),
    // The booking of a guest without an account, on the manager's resource.
    ("createGuestLink", [401, 404, 404, 404, 200, 200, 401, 401]),
    ("forgetGuest", [401, 404, 404, 404, 200, 200, 401, 401]),
    ("getGuestBooking", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("updateGuestBooking", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("cancelGuestBooking", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("forgetMe", [401, 401, 401, 401, 401, 401, 401, 204]),
    ("renewGuestHold", [401, 401, 401, 401, 401, 401, 401, 409]),
    ("bookGuestHold", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("listGuestSlots", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("listGuestDays", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("moveGuestBooking", [401, 401, 401, 401, 401, 401, 401, 200]),
    ("getGuestCalendar", [401, 401, 401, 401, 401, 401, 401, 200]),
    // Of another guest, who waits.
    ("getGuestWaiting", [401; 8]),
    ("leaveGuestWaitingList", [401; 8]),
    // Displays: one at the door of the manager's resource, and what a tablet asks, which is nobody of these.
    ("startPairing", [201; 8]),
    ("getPairing", [401; 8]),
    ("createDisplay", [401, 403, 403, 403, 201, 201, 401, 401]),
    ("listDisplays", [401, 200, 200, 200, 200, 200, 401, 401]),
    ("getDisplay", [401, 404, 404, 404, 200, 200, 401, 401]),
    ("updateDisplay", [401, 404, 404, 404, 200, 200, 401, 401]),
    ("deleteDisplay", [401, 404, 404, 404, 204, 204, 401, 401]),
    ("getDoor", [401; 8]),
    ("streamDoor", [401; 8]),
    ("bookAtDoor", [401; 8]),
    ("checkInAtDoor", [401; 8]),
    ("extendAtDoor", [401; 8]),
    ("endAtDoor", [401; 8]),
    // The page of the manager's site, which is open, with nothing on it.
    ("getPublicPage", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("replacePublicPage", [401, 403, 403, 403, 200, 200, 401, 401]),
    ("getPublicSite", [200; 8]),
    ("listPublicSlots", [200; 8]),
    ("listPublicDays", [200; 8]),
    ("createPublicHold", [404; 8]),
    ("joinPublicWaitingList", [404; 8]),
    // The other manager's resource, which is public.
    ("getPublicResource", [200; 8]),
    ("getPublicAvailability", [200; 8]),
    ("getPublicPicture", [200; 8]),
];

/// A small world with one of everything.
struct World {
    suffix: String,
    people: Vec<Option<User>>,
    owner_session: String,
    resource: String,
    other: String,
    block: String,
    booking: String,
    series: String,
    block_series: String,
    site: String,
    area: String,
    kind: String,
    group: String,
    guest_booking: String,
    guest_link: String,
    waiting: String,
    display: String,
    code: String,
}

fn every_day(resource: &str, hour: u8) -> Value {
    json!({
        "resource_id": resource, "rule": "FREQ=DAILY;COUNT=2", "starts_at_local": format!("2026-12-01T{hour:02}:00"),
        "ends_at_local": format!("2026-12-01T{hour:02}:30"),
    })
}

async fn world(app: &TestApp, suffix: &str) -> World {
    let named = |name: &str| format!("{name}{suffix}");
    let root = app.admin(&named("administrator")).await;
    let manager = app.user(&named("manager")).await;
    let other_manager = app.user(&named("second-manager")).await;
    let owner = app.user(&named("owner")).await;
    let stranger = app.user(&named("stranger")).await;
    let disabled = app.user(&named("disabled")).await;
    let other = json!({ "name": "Another", "visibility": "public" });
    let other = app.resource_with(&other_manager, other).await;
    let resource = app.resource_with(&manager, json!({ "name": "Table", "requires_approval": true })).await;
    app.call("PUT", &format!("/resources/{resource}/picture")).body("image/png", PICTURE).by(&manager).await.was(200);
    let block = app.block(&manager, &resource, 600, 660).await.is(201).id();
    let booking = app.booked(&owner, &resource, 60, 120).await;
    let series = app.post("/series/", every_day(&resource, 8)).by(&owner).await.is(201).text("/series/id");
    let block_series = app.post("/schedule/series", every_day(&resource, 20)).by(&manager).await.is(201).id();
    let mut sites = Vec::new();
    for name in ["site", "other"] {
        let slug = format!("{name}{suffix}");
        let id = app.post("/sites", json!({ "name": name, "slug": slug })).by(&root).await.is(201).id();
        app.call("PUT", &format!("/sites/{id}/managers/{}", manager.id)).by(&root).await.was(204);
        sites.push(id);
    }
    app.put(&format!("/sites/{}/public-page", sites[0]), json!({ "is_open": true })).by(&manager).await.was(200);
    let area =
        app.post(&format!("/sites/{}/areas", sites[1]), json!({ "name": "Hall" })).by(&manager).await.is(201).id();
    // Only the shared world is looked at, and pictures are dear.
    let pictured = [format!("/sites/{}", sites[0]), format!("/areas/{area}")];
    for place in pictured.iter().filter(|_| suffix == "0") {
        let path = format!("{place}/floor-plan/background");
        app.call("PUT", &path).body("image/png", PICTURE).by(&manager).await.was(200);
    }
    if suffix == "0" {
        let path = format!("/resources/{other}/picture");
        app.call("PUT", &path).body("image/png", PICTURE).by(&other_manager).await.was(200);
    }
    let kind = app.post("/kinds", json!({ "name": named("room") })).by(&root).await.is(201).id();
    let group = app.post("/groups", json!({ "name": named("staff") })).by(&root).await.is(201).id();
    app.call("PUT", &format!("/groups/{group}/members/{}", manager.id)).by(&root).await.was(204);
    app.patch(&format!("/users/{}", disabled.id), json!({ "disabled": true })).by(&root).await.was(200);
    let waits = json!({
        "resource_id": resource, "from": app.clock().in_minutes(60), "to": app.clock().in_minutes(120),
    });
    let waiting = app.post("/waiting-list", waits).by(&owner).await.is(201).id();
    let mut of_guest = json!({
        "resource_id": resource, "starts_at": app.clock().in_minutes(2_000), "ends_at": app.clock().in_minutes(2_060),
    });
    of_guest["guest"] = json!({ "name": "Jo", "phone": "+7 812 555-01-02" });
    let guest_booking = app.post("/bookings", of_guest).by(&manager).await.is(201).id();
    let link = app.call("POST", &format!("/bookings/{guest_booking}/guest-link")).by(&manager).await.is(200);
    let guest_link = link.text("/token");
    let codes =
        [app.call("POST", "/display/pairing").await.is(201), app.call("POST", "/display/pairing").await.is(201)];
    let [display, code] = codes.map(|pairing| pairing.text("/code"));
    let display = json!({ "code": display, "resource_id": resource });
    let display = app.post("/displays", display).by(&manager).await.is(201).id();
    let sessions = app.get("/users/me/sessions").by(&owner).await.is(200);
    let owner_session = sessions.column("id")[0].clone();
    let people =
        vec![None, Some(stranger), Some(owner), Some(other_manager), Some(manager), Some(root), Some(disabled), None];
    World {
        suffix: suffix.to_owned(),
        people,
        owner_session,
        resource,
        other,
        block,
        booking,
        series,
        block_series,
        site: sites.swap_remove(0),
        area,
        kind,
        group,
        guest_booking,
        guest_link,
        waiting,
        display,
        code,
    }
}

impl World {
    /// A request that would be carried out for somebody who may.
    fn request(&self, app: &TestApp, id: &str, method: &str, template: &str) -> Call {
        let owner = self.people[2].as_ref().expect("the owner is somebody");
        let manager = self.people[4].as_ref().expect("the manager is somebody");
        let of_guest = template.starts_with("/guest") || ["createGuestLink", "forgetGuest"].contains(&id);
        let path = template
            .replace("{resource_id}", if template.starts_with("/public") { &self.other } else { &self.resource })
            .replace("{booking_id}", if of_guest { &self.guest_booking } else { &self.booking })
            .replace("{waiting_id}", &self.waiting)
            .replace("{display_id}", &self.display)
            .replace("{block_id}", &self.block)
            .replace("{series_id}", if id.ends_with("BlockSeries") { &self.block_series } else { &self.series })
            .replace("{site_id}", &self.site)
            .replace("{slug}", &format!("site{}", self.suffix))
            .replace("{area_id}", &self.area)
            .replace("{kind}", &self.kind)
            .replace("{region}", "DE")
            .replace("{group_id}", &self.group)
            .replace("{user_id}", if id.starts_with("remove") { &manager.id } else { &owner.id })
            .replace("{session_id}", &self.owner_session);
        assert!(!path.contains('{'), "{path}: what is it about?");
        let call = app.call(method, &path);
        let times = |from, to| json!({ "resource_id": self.resource, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) });
        match id {
            "register" => call.json(json!({ "username": format!("newcomer{}", self.suffix), "password": PASSWORD })),
            "createToken" => call.form(&[("username", &owner.name), ("password", PASSWORD)]),
            "signIn" => {
                call.header("x-requested-with", "test").json(json!({ "username": owner.name, "password": PASSWORD }))
            }
            "refreshSession" => call.header("x-requested-with", "test"),
            "setUp" => call.json(json!({ "token": "bst_x", "username": "newcomer", "password": PASSWORD })),
            "updateMe" => call.json(json!({ "display_name": "Me" })),
            "changePassword" => {
                call.json(json!({ "current_password": PASSWORD, "new_password": "eleven loud badgers" }))
            }
            "setPassword" => {
                call.json(json!({ "token": format!("bpl_{}", "A".repeat(43)), "new_password": PASSWORD }))
            }
            "updateUser" => call.json(json!({ "role": "admin" })),
            "createResource" | "replaceResource" | "updateResource" | "updateSite" | "createArea" | "updateArea" => {
                call.json(json!({ "name": "Hall" }))
            }
            "replaceSiteFloorPlan" | "replaceAreaFloorPlan" => call.json(json!({ "width": 900 })),
            "createSite" => call.json(json!({ "name": "Site", "slug": format!("fresh{}", self.suffix) })),
            "replaceSiteRules"
            | "trySiteRules"
            | "replaceAreaRules"
            | "tryAreaRules"
            | "replaceResourceRules"
            | "tryResourceRules" => call.json(json!({ "party_max": 4 })),
            "putPicture" | "putSiteBackground" | "putAreaBackground" => call.body("image/png", PICTURE),
            "createKind" | "createGroup" | "updateGroup" => {
                call.json(json!({ "name": format!("fresh{}", self.suffix) }))
            }
            "updateKind" => {
                call.json(json!({ "attributes": [{ "key": "seats", "label": "Seats", "type": "number" }] }))
            }
            "deleteResource" => call.query("cancel_bookings=true"),
            "createBlock" => call.json(times(700, 760)),
            "createBooking" | "checkBooking" | "createHold" => call.json(times(800, 860)),
            "getAvailability" | "getPublicAvailability" | "getSlots" => {
                call.query(&format!("from={}&to={}", app.clock().in_minutes(0), app.clock().in_minutes(600)))
            }
            "searchAvailability" => {
                call.json(json!({ "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(600) }))
            }
            "listWaiting" => call.query(&format!("resource_id={}", self.resource)),
            "joinWaitingList" => call.json(json!({
                "resource_id": self.resource, "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(600),
            })),
            "createSeries" | "checkSeries" => call.json(every_day(&self.resource, 10)),
            "createBlockSeries" => call.json(every_day(&self.resource, 22)),
            "updateSeries" => call.json(json!({ "title": "Stand-up" })),
            "bulkBookings" => call.json(json!({ "operations": [{ "create": times(900, 960) }] })),
            "bookHold" => call.json(json!({})),
            "eraseMe" => call.json(json!({ "current_password": PASSWORD })),
            "importUsers" => call.json(json!({ "items": [{ "username": format!("imported{}", self.suffix) }] })),
            "importResources" => call.json(json!({ "items": [{ "name": "Hall" }] })),
            "importBlocks" => call.json(json!({ "items": [times(700, 760)] })),
            "importBookings" => call.json(json!({ "items": [times(800, 860)] })),
            _ if id.starts_with("report") => {
                call.query(&format!("from={}&to={}", app.clock().in_minutes(0), app.clock().in_minutes(600)))
            }
            "listBookings" => call.query(&format!("resource_id={}", self.resource)),
            "createDisplay" => call.json(json!({ "code": self.code, "resource_id": self.resource })),
            "updateDisplay" => call.json(json!({ "pin": "1234" })),
            "bookAtDoor" | "extendAtDoor" => call.json(json!({ "minutes": 15 })),
            "checkInAtDoor" | "endAtDoor" => call.json(json!({})),
            "replacePublicPage" => call.json(json!({ "party_max": 3 })),
            "bookGuestHold" => call.json(json!({ "name": "Jo" })),
            "listGuestSlots" => call.query("date=2026-12-01"),
            "listGuestDays" => call.query("from=2026-12-01&to=2026-12-02"),
            "listPublicDays" => call.query("from=2026-12-01&to=2026-12-31&party_size=2"),
            "listPublicSlots" => call.query("date=2026-12-01&party_size=2"),
            "moveGuestBooking" => call.json(json!({ "starts_at": app.clock().in_minutes(2_100) })),
            "createPublicHold" => call.json(json!({ "starts_at": app.clock().in_minutes(2_100), "party_size": 2 })),
            "joinPublicWaitingList" => call.json(json!({
                "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(600), "party_size": 2, "name": "Jo", "email": "jo@example.org",
            })),
            "updateGuestBooking" => call.json(json!({ "ends_at": app.clock().in_minutes(2_090) })),
            "updateBooking" => call.json(json!({ "title": "Moved", "ends_at": app.clock().in_minutes(130) })),
            _ => call,
        }
    }
}

/// What a request by somebody who may not must leave alone, as the administrator sees it.
async fn snapshot(app: &TestApp, world: &World) -> Vec<Value> {
    let root = world.people[5].as_ref().expect("the administrator is somebody");
    let mut seen = Vec::new();
    for path in ["/users", "/resources", "/kinds", "/groups", "/sites", "/schedule", "/bookings", "/displays"] {
        seen.push(app.get(path).query("limit=1000").by(root).await.is(200).json());
    }
    for path in [
        format!("/groups/{}/members", world.group),
        format!("/areas/{}", world.area),
        format!("/areas/{}/floor-plan", world.area),
        format!("/sites/{}/floor-plan", world.site),
        format!("/sites/{}/areas", world.site),
        format!("/sites/{}/managers", world.site),
        format!("/resources/{}/managers", world.resource),
        format!("/resources/{}/rules", world.resource),
        format!("/sites/{}/public-page", world.site),
    ] {
        seen.push(app.get(&path).by(root).await.is(200).json());
    }
    seen
}

on_both! {
    async fn everybody_may_do_what_the_matrix_says_and_nothing_else(app) {
        let documented = operations();
        for (id, _) in ROWS {
            assert!(documented.iter().any(|operation| operation.id == id), "{id} is in the matrix and nowhere else");
        }
        let shared = world(&app, "0").await;
        let mut allowed = Vec::new();
        for operation in &documented {
            let row = ROWS.iter().find(|(id, _)| *id == operation.id);
            let (_, expected) = row.unwrap_or_else(|| panic!("{} has no row: who may do it?", operation.id));
            for (nth, who) in PEOPLE.iter().enumerate() {
                if expected[nth] < 400 {
                    allowed.push((operation, nth, expected[nth]));
                    continue;
                }
                let before = snapshot(&app, &shared).await;
                let answer = ask(&app, &shared, operation, nth).await;
                assert_eq!(answer.status.as_u16(), expected[nth], "{} by {who}: {answer}", operation.id);
                answer.any_problem();
                assert_eq!(snapshot(&app, &shared).await, before, "{} by {who} changed something", operation.id);
            }
        }
        // What is carried out needs a world of its own, unless it only reads.
        for (at, (operation, nth, status)) in allowed.into_iter().enumerate() {
            let fresh;
            let world = if operation.method == "GET" {
                &shared
            } else {
                fresh = world(&app, &(at + 1).to_string()).await;
                &fresh
            };
            let answer = ask(&app, world, operation, nth).await;
            assert_eq!(answer.status.as_u16(), status, "{} by {}: {answer}", operation.id, PEOPLE[nth]);
            if let (Some(root), true) = (&world.people[5], world.suffix != shared.suffix) {
                // There are more worlds than there can be kinds; nobody looks at this one again.
                drop(app.delete(&format!("/kinds/{}", world.kind)).by(root).await);
            }
        }
    }

    async fn others_see_no_more_of_a_thing_than_is_theirs_to_see(app) {
        // Of a booking that stands in the way one learns when it is, and of a block also why; never whose anything is.
        let world = world(&app, "0").await;
        let stranger = world.people[1].as_ref().unwrap();
        let owner = world.people[2].as_ref().unwrap();
        for path in ["/resources", "/schedule", "/bookings/my", "/users/me", "/users/me/sessions"] {
            let seen = app.get(path).by(stranger).await.is(200);
            let text = String::from_utf8_lossy(&seen.body).into_owned();
            assert!(!text.contains(&owner.id) && !text.contains("owner"), "{seen}");
        }
        let refused = app.book(stranger, &world.resource, 60, 120).await;
        refused.problem(409, "booking-conflict");
        let text = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(!text.contains(&owner.id) && !text.contains(&world.booking), "{refused}");
    }

    async fn a_manager_decides_on_nothing_of_anothers_resource(app) {
        let world = world(&app, "0").await;
        let (owner, other, manager) = (world.people[2].as_ref().unwrap(), world.people[3].as_ref().unwrap(), world.people[4].as_ref().unwrap());
        // Not by moving somebody's booking to a resource of one's own either.
        let path = format!("/bookings/{}", world.booking);
        app.patch(&path, json!({ "resource_id": world.other })).by(other).await.problem(404, "booking-not-found");
        // The owner may move it there; from then on that manager decides, and the first one does not.
        app.patch(&path, json!({ "resource_id": world.other })).by(owner).await.was(200);
        app.get(&path).by(manager).await.problem(404, "booking-not-found");
        app.get(&path).by(other).await.was(200);
        // Where one manages nothing, nothing is booked in somebody else's name.
        app.patch(&path, json!({ "resource_id": world.resource })).by(other).await.problem(403, "forbidden");
        app.patch(&path, json!({ "resource_id": world.resource })).by(owner).await.was(200);
        app.get(&path).by(other).await.problem(404, "booking-not-found");
        assert_eq!(app.booking(owner, &world.booking).await["status"], "pending");
    }

    async fn nothing_of_anothers_is_had_by_way_of_ones_own(app) {
        let world = world(&app, "0").await;
        let (eve, boss) = (world.people[1].as_ref().unwrap(), world.people[4].as_ref().unwrap());
        let own = app.resource(eve, "Own").await;
        let ruled = app.resource(boss, "Ruled").await;
        let rules = json!({ "duration_minutes_max": 30 });
        app.put(&format!("/resources/{ruled}/rules"), rules).by(boss).await.was(200);
        let wish = |resource: &str, along: &[&str]| {
            let along: Vec<Value> = along.iter().map(|it| json!({ "resource_id": it })).collect();
            let (start, end) = (app.clock().in_minutes(3_000), app.clock().in_minutes(3_060));
            json!({ "resource_id": resource, "along": along, "starts_at": start, "ends_at": end })
        };
        let with = |mut wish: Value, name: &str, value: Value| {
            wish[name] = value;
            wish
        };
        // No rule is set aside, and nobody is booked for, by naming something of one's own first.
        app.post("/bookings", wish(&own, &[&ruled])).by(eve).await.problem(422, "against-policy");
        for (name, value) in [
            ("override_reason", json!("why not")),
            ("on_behalf_of", json!(boss.id)),
            ("guest", json!({ "name": "Jo" })),
        ] {
            app.post("/bookings", with(wish(&own, &[&ruled]), name, value)).by(eve).await.problem(403, "forbidden");
        }
        // Nor by bringing it along later, or going there with what somebody else has.
        let guest = with(wish(&own, &[]), "guest", json!({ "name": "Jo" }));
        let guest = app.post("/bookings", guest).by(eve).await.is(201).id();
        let path = format!("/bookings/{guest}");
        for change in [json!({ "resource_id": world.resource }), json!({ "along": [{ "resource_id": world.resource }] })] {
            app.patch(&path, change.clone()).by(eve).await.problem(403, "forbidden");
            let link = app.call("POST", &format!("{path}/guest-link")).by(eve).await.is(200).text("/token");
            let linked = app.call("PATCH", &format!("/guest/bookings/{guest}"));
            let linked = linked.header("authorization", &format!("Bearer {link}"));
            assert!([403, 404].contains(&linked.json(change).await.status.as_u16()));
        }
        app.delete(&path).by(eve).await.was(200);
        // And nobody says yes to what somebody else is asked for.
        let asked = app.post("/bookings", wish(&own, &[&world.resource])).by(eve).await.is(201);
        assert_eq!(asked.text("/status"), "pending");
        let path = format!("/bookings/{}", asked.id());
        app.call("POST", &format!("{path}/confirm")).by(eve).await.problem(403, "forbidden");
        app.patch(&path, json!({ "ends_at": app.clock().in_minutes(3_050) })).by(eve).await.was(200);
        assert_eq!(app.get(&path).by(eve).await.is(200).text("/status"), "pending");
        app.delete(&path).by(eve).await.was(200);
        let own = app.post("/bookings", wish(&own, &[])).by(eve).await.is(201).id();
        let path = format!("/bookings/{own}");
        let along = json!({ "along": [{ "resource_id": world.resource }] });
        assert_eq!(app.patch(&path, along).by(eve).await.is(200).text("/status"), "pending");
    }

    async fn nothing_is_decided_after_the_right_to_it_is_gone(app) {
        for round in 0..40 {
            let world = world(&app, &round.to_string()).await;
            let (manager, root) = (world.people[4].clone().unwrap(), world.people[5].clone().unwrap());
            let path = format!("/bookings/{}", world.booking);
            let decide = |by: &User| tokio::spawn(app.call("POST", &format!("{path}/confirm")).by(by).into_future());
            let disable = app.patch(&format!("/users/{}", manager.id), json!({ "disabled": true })).by(&root);
            let before = decide(&manager);
            let disabled = tokio::spawn(disable.into_future());
            disabled.await.unwrap().was(200);
            // From here on, nothing that is asked in that name is done.
            let after = decide(&manager);
            let (before, after) = (before.await.unwrap(), after.await.unwrap());
            after.problem(401, "unauthorized");
            let status = app.booking(&root, &world.booking).await["status"].clone();
            assert_eq!(before.status == 200, status == "confirmed", "{before}");
            assert!(matches!(before.status.as_u16(), 200 | 401), "{before}");
        }
    }
}

async fn ask(app: &TestApp, world: &World, operation: &Operation, nth: usize) -> Answer {
    let call = world.request(app, &operation.id, &operation.method, &operation.path);
    match &world.people[nth] {
        Some(user) if operation.secured => call.by(user).await,
        None if nth == GUEST && operation.secured => {
            call.header("authorization", &format!("Bearer {}", world.guest_link)).await
        }
        _ => call.await,
    }
}
