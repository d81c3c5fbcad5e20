//! The description of the API (OpenAPI 3.1), made from the handlers and their types.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use utoipa::openapi::security::{Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{audit, bookings, health, problem, resources, schedule, users};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bronya",
        description = "A reservation server: tables, rooms, desks, courts, equipment, anything that one party at a time can have. \
            It never gives the same time away twice.\n\n\
            Times are RFC 3339 with an offset, and come back in UTC. Intervals hold their start and not their end. \
            Every error is `application/problem+json` (RFC 9457); any call that needs a token can answer 401 \
            `/problems/unauthorized`, and any call at all 400 `/problems/bad-request`, 413, 415, 429, 503 \
            `/problems/overloaded`, `/problems/unavailable` or `/problems/outcome-unknown`. What each means stands at \
            `/problems`. Paths answer with and without a slash at their end.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        users::register, users::token, users::logout, users::me, users::update_me, users::change_password,
        users::sessions, users::end_session, users::end_other_sessions, users::list, users::show, users::update,
        users::end_user_sessions, users::set_up,
        resources::list, resources::create, resources::show, resources::replace, resources::update, resources::delete,
        schedule::list, schedule::create, schedule::delete,
        bookings::create, bookings::list, bookings::my, bookings::show, bookings::update, bookings::cancel,
        bookings::confirm, bookings::reject,
        audit::list,
        health::up, health::ready, health::metrics,
    ),
    components(schemas(problem::ProblemDescription)),
    tags(
        (name = "Users", description = "Accounts, tokens, sessions"),
        (name = "Resources", description = "What can be booked"),
        (name = "Schedule", description = "Time that is blocked"),
        (name = "Bookings", description = "Who has what when"),
        (name = "Audit", description = "Who did what when"),
        (name = "Operation", description = "For those who run the server"),
    ),
    modifiers(&Security),
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
    }
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
