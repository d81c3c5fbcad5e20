//! The page that the one-time link leads to: a form that makes the first administrator. The token stands in the link's
//! fragment, which browsers keep to themselves, so it is in no log.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

use super::problem::{Problem, ProblemBody, ProblemKind};
use crate::app::{App, users};

/// The script and the style are in files of their own, so that nothing inline has to be allowed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; \
    frame-ancestors 'none'; base-uri 'none'";

/// The page that the one-time link leads to.
///
/// Once there is an administrator there is no such page.
#[utoipa::path(
    get, path = "/setup", tag = "Users", operation_id = "setUpPage",
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 404, description = "`/problems/not-found`: there is an administrator", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`/problems/overloaded`, `/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn page(State(app): State<App>) -> Result<Response, Problem> {
    if !users::set_up_is_open(&app).await? {
        return Err(ProblemKind::NotFound.into());
    }
    Ok(file("text/html; charset=utf-8", include_str!("set_up/page.html")))
}

/// `GET /setup/page.js`.
pub async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("set_up/page.js"))
}

/// `GET /setup/page.css`.
pub async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("set_up/page.css"))
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, text).into_response()
}
