//! The description of the API (OpenAPI 3.1), made from the handlers and their types.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityRequirement,
    SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as Documented, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{
    attendance, audit, availability, bookings, bulk, displays, export, floor_plans, groups, guests, health, holidays,
    import, kinds, live, managers, password_links, personal, pictures, places, problem, public, public_resources,
    reports, resources, rules, schedule, series, session, set_up, time_zones, users, waiting,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bronya",
        description = "A reservation server: tables, rooms, desks, courts, equipment, anything that one party at a time can have. \
            It never gives the same time away twice.\n\n\
            Times are RFC 3339 with an offset, and come back in UTC. Intervals hold their start and not their end. \
            Every error is `application/problem+json` (RFC 9457); what each means stands at `/problems`. \
            Paths answer with and without a slash at their end.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        users::register, users::token, users::logout, users::me, users::update_me, users::change_password,
        users::sessions, users::end_session, users::end_other_sessions, users::list, users::show, users::name,
        users::update, users::end_user_sessions, password_links::make, password_links::set, set_up::page, users::set_up,
        session::create, session::refresh, session::delete,
        resources::list, resources::overview, resources::create, resources::show, resources::replace, resources::update, resources::delete,
        pictures::show, pictures::put, pictures::delete,
        kinds::list, kinds::create, kinds::show, kinds::update, kinds::delete,
        groups::list, groups::create, groups::show, groups::update, groups::delete,
        groups::members, groups::add, groups::remove,
        places::list, places::create, places::show, places::update, places::delete,
        places::list_all_areas, places::list_areas, places::create_area, places::show_area, places::update_area, places::delete_area,
        floor_plans::of_site, floor_plans::replace_of_site, floor_plans::background_of_site,
        floor_plans::put_background_of_site, floor_plans::delete_background_of_site,
        floor_plans::of_area, floor_plans::replace_of_area, floor_plans::background_of_area,
        floor_plans::put_background_of_area, floor_plans::delete_background_of_area,
        managers::of_site, managers::add_to_site, managers::remove_from_site,
        managers::of_resource, managers::add_to_resource, managers::remove_from_resource,
        rules::of_site, rules::replace_of_site, rules::of_area, rules::replace_of_area,
        rules::of_resource, rules::replace_of_resource, rules::in_force_of_resource,
        rules::try_on_site, rules::try_on_area, rules::try_on_resource,
        rules::versions_of_site, rules::versions_of_area, rules::versions_of_resource,
        holidays::regions, holidays::of_region,
        schedule::list, schedule::create, schedule::delete, schedule::create_series, schedule::delete_series,
        bookings::create, bookings::list, bookings::my, bookings::show, bookings::update, bookings::cancel,
        bookings::confirm, bookings::reject, live::stream, live::stream_at_door,
        bulk::bulk,
        guests::give_link, guests::forget, guests::show, guests::update, guests::cancel, guests::forget_me,
        attendance::check, attendance::hold, attendance::take_up, attendance::check_in, attendance::end,
        attendance::no_show, attendance::undo, attendance::history,
        waiting::join, waiting::list, waiting::show, waiting::leave,
        public::page, public::replace_page, public::site, public::slots, public::days, public::hold, public::renew, public::book,
        public::slots_of_guest, public::days_of_guest, public::move_booking, public::calendar, public::wait, public::waiting, public::leave,
        public_resources::show, public_resources::availability, public_resources::picture,
        displays::create, displays::list, displays::show, displays::update, displays::delete,
        displays::start_pairing, displays::pairing, displays::door, displays::book, displays::check_in,
        displays::extend, displays::end,
        series::create, series::check, series::show, series::update, series::cancel, series::undo,
        availability::stretches, availability::slots, availability::search,
        personal::export_me, personal::erase_me, personal::erase_user,
        export::bookings, export::resources, export::blocks, export::users,
        import::users, import::resources, import::blocks, import::bookings,
        reports::utilisation, reports::no_shows, reports::lead_time, reports::cancellations, reports::busiest,
        audit::list,
        time_zones::list, time_zones::list_blocks,
        health::up, health::ready, health::metrics,
    ),
    components(schemas(problem::ProblemDescription)),
    tags(
        (name = "Users", description = "Accounts, tokens, sessions"),
        (name = "Resources", description = "What can be booked"),
        (name = "Kinds", description = "What resources of a kind say of themselves, and their bookings"),
        (name = "Groups", description = "Groups of people, for whom places can be kept"),
        (name = "Places", description = "Sites, and the areas that they are divided into"),
        (name = "Floor plans", description = "Where the resources of a place stand: for showing, never for deciding"),
        (name = "Rules", description = "What places and resources allow; what is in force; trying rules out"),
        (name = "Managers", description = "Who manages sites and resources"),
        (name = "Schedule", description = "Time that is blocked"),
        (name = "Bookings", description = "Who has what when"),
        (name = "Guests", description = "Bookings of people without an account"),
        (name = "Public booking", description = "Booking without an account, on the page of a site"),
        (name = "Public resources", description = "What is public, for everybody: what it is, and when it is free"),
        (name = "Doors", description = "Displays at doors, and what one does at them"),
        (name = "Waiting list", description = "Who would have what, if it became free"),
        (name = "Series", description = "Bookings that recur"),
        (name = "Availability", description = "What is free, when one could start, what fits best"),
        (name = "Data", description = "All of it, in and out: exports, imports, reports, and what there is about you"),
        (name = "Audit", description = "Who did what when"),
        (name = "Operation", description = "For those who run the server"),
    ),
    modifiers(&Security, &Refusals),
)]
struct Api;

/// How callers prove who they are.
struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let password = OAuth2::new([Flow::Password(Password::new("/users/token", Scopes::new()))]);
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("password", SecurityScheme::OAuth2(password));
        let link = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The secret of a guest's link"));
        components.add_security_scheme("guestLink", SecurityScheme::Http(link.build()));
        let door = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The secret of a display"));
        components.add_security_scheme("display", SecurityScheme::Http(door.build()));
        let cookie = |name| SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)));
        components.add_security_scheme("cookie", cookie("__Host-bronya"));
        components.add_security_scheme("refreshCookie", cookie("__Secure-bronya-refresh"));
        // Whatever takes a token takes the cookie of a browser.
        let items = openapi.paths.paths.values_mut();
        let operations = items.flat_map(|it| {
            [&mut it.get, &mut it.put, &mut it.post, &mut it.delete, &mut it.patch].into_iter().flatten()
        });
        let bearer = SecurityRequirement::new::<_, _, String>("bearer", []);
        for security in operations.filter_map(|operation| operation.security.as_mut()) {
            if security.contains(&bearer) {
                security.push(SecurityRequirement::new::<_, _, String>("cookie", []));
            }
        }
    }
}

/// What any operation of a kind can be refused with, whatever it does: the ways of HTTP, of tokens, of a server that has
/// too much to do.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let mut used = BTreeMap::new();
        for item in openapi.paths.paths.values_mut() {
            let reads = item.get.iter_mut().map(|operation| (operation, false));
            let writes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            let writes = writes.into_iter().flatten().map(|operation| (operation, true));
            for (operation, writes) in reads.chain(writes) {
                for refusal in shared_refusals(operation, writes) {
                    let (status, name) = (refusal.status, refusal.name);
                    match operation.responses.responses.entry(status.to_owned()) {
                        // What an operation says of its own comes first.
                        Entry::Occupied(mut own) => {
                            if let RefOr::T(own) = own.get_mut() {
                                own.description = format!("{}; {}", own.description, refusal.description);
                            }
                        }
                        Entry::Vacant(place) => {
                            place.insert(RefOr::Ref(Ref::from_response_name(name)));
                            used.insert(name.to_owned(), RefOr::T(refusal.document()));
                        }
                    }
                }
            }
        }
        openapi.components.get_or_insert_default().responses.extend(used);
    }
}

/// A refusal that many operations share.
struct SharedRefusal {
    status: &'static str,
    name: &'static str,
    description: &'static str,
}

const BAD_REQUEST: SharedRefusal =
    SharedRefusal { status: "400", name: "BadRequest", description: "`/problems/bad-request`" };
const TWO_CREDENTIALS: SharedRefusal =
    SharedRefusal { status: "400", name: "TwoCredentials", description: "`/problems/two-credentials`" };
const BAD_REQUEST_OR_TWO: SharedRefusal = SharedRefusal {
    status: "400",
    name: "BadRequestOrTwoCredentials",
    description: "`/problems/bad-request`, `/problems/two-credentials`",
};
const CROSS_SITE: SharedRefusal = SharedRefusal {
    status: "403",
    name: "CrossSite",
    description: "`/problems/cross-site`, where the browser's cookie is the sign-in",
};
const UNAUTHORIZED: SharedRefusal =
    SharedRefusal { status: "401", name: "Unauthorized", description: "`/problems/unauthorized`" };
const TOO_LARGE: SharedRefusal =
    SharedRefusal { status: "413", name: "PayloadTooLarge", description: "`/problems/payload-too-large`" };
const URI_TOO_LONG: SharedRefusal =
    SharedRefusal { status: "414", name: "UriTooLong", description: "`/problems/uri-too-long`" };
const UNSUPPORTED: SharedRefusal =
    SharedRefusal { status: "415", name: "UnsupportedMediaType", description: "`/problems/unsupported-media-type`" };
const UNAVAILABLE: SharedRefusal = SharedRefusal {
    status: "503",
    name: "Unavailable",
    description: "`/problems/overloaded`, `/problems/unavailable`",
};
const UNKNOWN: SharedRefusal = SharedRefusal {
    status: "503",
    name: "UnavailableOrUnknown",
    description: "`/problems/overloaded`, `/problems/unavailable`, `/problems/outcome-unknown`",
};
const FULL: SharedRefusal =
    SharedRefusal { status: "507", name: "StorageFull", description: "`/problems/storage-full`" };

impl SharedRefusal {
    fn document(&self) -> Documented {
        let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response =
            ResponseBuilder::new().description(self.description).content("application/problem+json", content);
        let text = |kind| Header::new(ObjectBuilder::new().schema_type(kind).build());
        match self.status {
            "401" => response.header("WWW-Authenticate", text(Type::String)),
            "503" => response.header("Retry-After", text(Type::Integer)),
            _ => response,
        }
        .build()
    }
}

fn shared_refusals(operation: &Operation, writes: bool) -> Vec<&'static SharedRefusal> {
    let parameter = |wanted: &dyn Fn(&Parameter) -> bool| {
        operation.parameters.iter().flatten().any(|it| match it {
            RefOr::T(parameter) => wanted(parameter),
            RefOr::Ref(_) => false,
        })
    };
    let header = |name: &str| parameter(&|it| it.name == name);
    let query = parameter(&|it| matches!(it.parameter_in, ParameterIn::Query));
    let (secured, body) = (operation.security.is_some(), operation.request_body.is_some());
    // A guest's link and a display's secret come in one way only, and no browser sends them by itself.
    let bearers = ["guestLink", "display"].map(|name| SecurityRequirement::new::<_, _, String>(name, []));
    let by_session =
        operation.security.as_ref().is_some_and(|security| !bearers.iter().any(|it| security.contains(it)));
    let mut refusals = Vec::new();
    match (body || query || header("If-Match") || header("Idempotency-Key"), by_session) {
        (true, true) => refusals.push(&BAD_REQUEST_OR_TWO),
        (true, false) => refusals.push(&BAD_REQUEST),
        (false, true) => refusals.push(&TWO_CREDENTIALS),
        (false, false) => {}
    }
    if by_session && writes {
        refusals.push(&CROSS_SITE);
    }
    if query {
        refusals.push(&URI_TOO_LONG);
    }
    if body {
        refusals.extend([&TOO_LARGE, &UNSUPPORTED]);
    }
    if secured {
        refusals.push(&UNAUTHORIZED);
    }
    if writes {
        refusals.extend([&UNKNOWN, &FULL]);
    } else if secured {
        refusals.push(&UNAVAILABLE);
    }
    refusals
}

/// The document as text, with a line feed at its end; what `bronya openapi` prints and `openapi.json` holds.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        // The document is built of maps and strings, which always serialise; an empty one would fail the check in CI.
        let mut text = Api::openapi().to_pretty_json().unwrap_or_default();
        text.push('\n');
        text
    });
    &TEXT
}

/// `GET /openapi.json`.
pub async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], text()).into_response()
}
