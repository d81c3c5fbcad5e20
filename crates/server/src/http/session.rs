//! `/session`: how a browser signs in. It gets the same tokens as every other client, as cookies that no script can read.

use axum::extract::{FromRef, FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::header::HeaderName;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::cookies::{self, Jar};
use super::extract::Json;
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::users::{Anonymous, UserView};
use crate::app::sign_in;
use crate::app::{self, App, AppError, users};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The name to sign in with.
    #[schema(max_length = 64, example = "anna")]
    username: String,
    /// The password.
    #[schema(max_length = 1024, format = Password)]
    password: String,
}

/// A browser that asks to be signed in or to stay so, and meant to.
#[derive(Debug)]
pub struct Browser {
    jar: Jar,
    refresh: Option<String>,
    client: Anonymous,
}

impl<S: Send + Sync> FromRequestParts<S> for Browser
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        cookies::must_be_meant(parts, &app.settings)?;
        let jar = Jar::of(parts, &app.settings)?;
        let refresh = cookies::refresh(parts, &app.settings);
        Ok(Self { jar, refresh, client: Anonymous::from_request_parts(parts, state).await? })
    }
}

/// Sign in.
///
/// For browsers: the answer sets cookies that no script can read, and that the browser sends from then on by itself. Requests
/// that change something then have to come from a page of this server, and none may bring a bearer token as well.
#[utoipa::path(
    post, path = "/session", tag = "Users", operation_id = "signIn",
    request_body = Credentials,
    responses(
        (status = 200, description = "The account that is signed in now", body = UserView, headers(("Set-Cookie" = String))),
        (status = 401, description = "`/problems/invalid-credentials`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`/problems/cross-site`, `/problems/insecure-origin`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn create(
    State(app): State<App>,
    browser: Browser,
    Json(credentials): Json<Credentials>,
) -> Result<Response, Problem> {
    let origin = browser.client.origin();
    let tokens =
        sign_in::with_password(&app, &credentials.username, &credentials.password, browser.client.into()).await?;
    let caller = app::Caller { user: tokens.user, session: tokens.session, origin };
    let account = users::me(&app, &caller).await?;
    let cookies = browser.jar.put(&app, tokens, app.clock.now());
    Ok((cookies, Json(UserView::from(account))).into_response())
}

/// Stay signed in.
///
/// For browsers: new cookies for those that are about to expire, or for the longer one of them.
#[utoipa::path(
    post, path = "/session/refresh", tag = "Users", operation_id = "refreshSession", security(("refreshCookie" = [])),
    responses(
        (status = 204, description = "Signed in for a while longer", headers(("Set-Cookie" = String))),
        (status = 401, description = "`/problems/unauthorized`: sign in again", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`/problems/cross-site`, `/problems/insecure-origin`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn refresh(State(app): State<App>, browser: Browser) -> Result<Response, Problem> {
    let over = || (Jar::clear(), Problem::new(ProblemKind::Unauthorized)).into_response();
    let Some(token) = browser.refresh else { return Ok(over()) };
    match sign_in::with_refresh_token(&app, &token, browser.client.into()).await {
        Ok(tokens) => Ok((StatusCode::NO_CONTENT, browser.jar.put(&app, tokens, app.clock.now())).into_response()),
        Err(AppError::WrongCredentials) => Ok(over()),
        Err(error) => Err(error.into()),
    }
}

/// Sign out.
///
/// The session ends on every server, and the browser forgets its cookies.
#[utoipa::path(
    delete, path = "/session", tag = "Users", operation_id = "signOut", security(("bearer" = [])),
    responses((status = 204, description = "Signed out", headers(("Set-Cookie" = String), ("Clear-Site-Data" = String)))),
)]
pub async fn delete(State(app): State<App>, caller: Caller) -> Result<(StatusCode, HeaderMap), Problem> {
    sign_in::sign_out(&app, &caller).await?;
    let mut headers = Jar::clear();
    headers.insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok((StatusCode::NO_CONTENT, headers))
}
