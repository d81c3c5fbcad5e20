//! `/users`: accounts, signing in and out, sessions. Wire types, handlers and their documentation.

use std::cmp::Reverse;
use std::net::IpAddr;

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use bronya_domain::ids::{SessionId, UserId};
use bronya_domain::user::Role;
use bronya_store::accounts::Account;
use bronya_store::events::Origin;
use bronya_store::sessions::Session;
use http::header::{CACHE_CONTROL, LOCATION, USER_AGENT};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::{self, Caller};
use super::etag::ETag;
use super::extract::{ClientAddress, Form, IfMatch, Invalid, Json, Patch, Path, Query};
use super::page::{Cursor, List, Page, PageQuery};
use super::personal::NamedView;
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::refused::weak_password;
use super::wire::{UtcTime, Word};
use crate::app::sign_in::{self, Client, Tokens};
use crate::app::users::{self, EditMe, EditUser, NewAccount};
use crate::app::{App, AppError};
use crate::auth::username::Username;
use crate::auth::{display_name, email};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Its id.
    id: Uuid,
    /// The name to sign in with.
    username: String,
    /// An address for mail.
    #[schema(required = true)]
    email: Option<String>,
    /// What others see.
    #[schema(required = true)]
    display_name: Option<String>,
    /// What it may do.
    role: RoleView,
    /// When it was made.
    created_at: UtcTime,
}

/// An account as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ManagedUser)]
pub struct ManagedUserView {
    /// The account.
    #[serde(flatten)]
    user: UserView,
    /// Since when it can't sign in.
    #[schema(required = true)]
    disabled_at: Option<UtcTime>,
    /// When the user was erased: what is left is an id that is nobody's.
    #[schema(required = true)]
    erased_at: Option<UtcTime>,
    /// Counts its changes; also its `ETag`.
    version: i64,
    /// When it was last changed.
    updated_at: UtcTime,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub enum RoleView {
    /// Books; manages what it added.
    User,
    /// May do everything.
    Admin,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        match role {
            // No account is a guest's.
            Role::User | Role::Guest => Self::User,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<RoleView> for Role {
    fn from(role: RoleView) -> Self {
        match role {
            RoleView::User => Self::User,
            RoleView::Admin => Self::Admin,
        }
    }
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.0,
            username: account.username,
            email: account.email,
            display_name: account.display_name,
            role: account.role.into(),
            created_at: UtcTime(account.created_at),
        }
    }
}

impl From<Account> for ManagedUserView {
    fn from(account: Account) -> Self {
        Self {
            disabled_at: account.disabled_at.map(UtcTime),
            erased_at: account.erased_at.map(UtcTime),
            version: account.version,
            updated_at: UtcTime(account.updated_at),
            user: account.into(),
        }
    }
}

type Tagged<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

fn tagged<T: From<Account>>(account: Account) -> Tagged<T> {
    (ETag(account.version).header(), Json(account.into()))
}

/// Where a request came from that needs no token.
#[derive(Debug)]
pub struct Anonymous {
    origin: Origin,
    address: IpAddr,
    user_agent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Anonymous {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let origin = caller::origin(parts, state).await?;
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { origin, address, user_agent })
    }
}

impl Anonymous {
    /// Where it came from, for the log.
    pub(super) fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// The address that is limited.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }
}

impl From<Anonymous> for Client {
    fn from(from: Anonymous) -> Self {
        Self { origin: from.origin, address: from.address, user_agent: from.user_agent }
    }
}

/// An account to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name to sign in with: 2 to 64 letters, digits, `.`, `_`, `-`, `@` or `+`, of any script.
    #[schema(min_length = 2, max_length = 64, example = "anna")]
    username: String,
    /// At least 8 characters that are not easy to guess.
    #[schema(min_length = 8, max_length = 1024, format = Password, example = "correct horse battery staple")]
    password: String,
    /// An address for mail.
    #[serde(default)]
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    /// What others see.
    #[serde(default)]
    #[schema(max_length = 100)]
    display_name: Option<String>,
}

impl NewUser {
    fn account(self) -> Result<NewAccount, Problem> {
        let mut invalid = Invalid::new();
        let username = invalid.take("/username", Username::parse(&self.username));
        check_texts(self.email.as_deref(), self.display_name.as_deref(), &mut invalid);
        invalid.finish()?;
        let username = username.ok_or(ProblemKind::Internal)?;
        Ok(NewAccount { username, password: self.password, email: self.email, display_name: self.display_name })
    }
}

pub(super) fn check_texts(address: Option<&str>, name: Option<&str>, invalid: &mut Invalid) {
    if let Some(address) = address {
        invalid.take("/email", email::check(address));
    }
    if let Some(name) = name {
        invalid.take("/display_name", display_name::check(name));
    }
}

/// What an OAuth 2.0 client sends to get a token (RFC 6749, sections 4.3 and 6). What it sends beside is not looked at.
#[derive(Deserialize, ToSchema)]
pub struct TokenRequest {
    /// `password`, which is also the default, or `refresh_token`.
    #[serde(default)]
    #[schema(example = "password")]
    grant_type: Option<String>,
    /// For `password`.
    #[serde(default)]
    username: Option<String>,
    /// For `password`.
    #[serde(default)]
    #[schema(format = Password)]
    password: Option<String>,
    /// For `refresh_token`.
    #[serde(default)]
    refresh_token: Option<String>,
}

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct TokensView {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `bearer`.
    token_type: &'static str,
    /// How long the access token is good, in seconds.
    expires_in: i64,
    /// Gets the next pair. It can be used once, and once more within ten seconds, should the answer be lost.
    refresh_token: String,
}

impl From<Tokens> for TokensView {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access.token,
            token_type: "bearer",
            expires_in: tokens.access.expires_in_secs,
            refresh_token: tokens.refresh.expose().to_owned(),
        }
    }
}

/// Register.
#[utoipa::path(
    post, path = "/users/register", tag = "Users", operation_id = "register",
    request_body = NewUser,
    responses(
        (status = 201, description = "The account", body = UserView, headers(("Location" = String))),
        (status = 403, description = "`/problems/forbidden`: registration is closed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/username-taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/weak-password`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn register(State(app): State<App>, from: Anonymous, Json(new): Json<NewUser>) -> Result<Response, Problem> {
    let account = users::register(&app, new.account()?, from.origin, from.address).await?;
    let location = [(LOCATION, format!("/users/{}", account.id))];
    Ok((StatusCode::CREATED, location, Json(UserView::from(account))).into_response())
}

/// Get tokens.
///
/// With a name and a password, or with a refresh token. An unknown name and a wrong password get the same answer.
#[utoipa::path(
    post, path = "/users/token", tag = "Users", operation_id = "createToken",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A pair of tokens", body = TokensView),
        (status = 401, description = "`/problems/invalid-credentials`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn token(
    State(app): State<App>,
    from: Anonymous,
    Form(request): Form<TokenRequest>,
) -> Result<Response, Problem> {
    let client = Client::from(from);
    let mut invalid = Invalid::new();
    let mut required = |value: Option<String>, pointer: &'static str| {
        if value.is_none() {
            invalid.push(pointer, "is required");
        }
        value.unwrap_or_default()
    };
    let tokens = match request.grant_type.as_deref() {
        // A parameter without a value counts as left out (RFC 6749, section 3.2).
        None | Some("" | "password") => {
            let username = required(request.username, "/username");
            let password = required(request.password, "/password");
            invalid.finish()?;
            sign_in::with_password(&app, &username, &password, client).await?
        }
        Some("refresh_token") => {
            let token = required(request.refresh_token, "/refresh_token");
            invalid.finish()?;
            sign_in::with_refresh_token(&app, &token, client).await?
        }
        Some(_) => return Err(Problem::invalid("/grant_type", "must be password or refresh_token")),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(TokensView::from(tokens))).into_response())
}

/// Sign out.
///
/// The token that asks, and everything that belongs to its session, is refused from now on, on every server.
#[utoipa::path(
    post, path = "/users/logout", tag = "Users", operation_id = "logout", security(("bearer" = [])),
    responses((status = 204, description = "Signed out")),
)]
pub async fn logout(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    sign_in::sign_out(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read your account.
#[utoipa::path(
    get, path = "/users/me", tag = "Users", operation_id = "getMe", security(("bearer" = [])),
    responses((status = 200, description = "Your account", body = UserView, headers(("ETag" = String)))),
)]
pub async fn me(State(app): State<App>, caller: Caller) -> Result<Tagged<UserView>, Problem> {
    Ok(tagged(users::me(&app, &caller).await?))
}

/// What changes about your account (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MePatch {
    /// Another address, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    email: Patch<String>,
    /// Another name for others to see, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    display_name: Patch<String>,
}

/// Edit your account.
#[utoipa::path(
    patch, path = "/users/me", tag = "Users", operation_id = "updateMe", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header)),
    request_body(content((MePatch = "application/json"), (MePatch = "application/merge-patch+json"))),
    responses(
        (status = 200, description = "Your account as it is now", body = UserView, headers(("ETag" = String))),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update_me(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    Json(patch): Json<MePatch>,
) -> Result<Tagged<UserView>, Problem> {
    let (email, display_name) = (patch.email.into_change(), patch.display_name.into_change());
    let mut invalid = Invalid::new();
    let set = |change: &Option<Option<String>>| change.clone().flatten();
    check_texts(set(&email).as_deref(), set(&display_name).as_deref(), &mut invalid);
    invalid.finish()?;
    let edit = EditMe { email, display_name, versions: if_match.versions() };
    Ok(tagged(users::edit_me(&app, &caller, edit).await?))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password as it is.
    #[schema(format = Password)]
    current_password: String,
    /// The password to be.
    #[schema(min_length = 8, max_length = 1024, format = Password)]
    new_password: String,
}

/// Change your password.
///
/// Every other session of yours ends.
#[utoipa::path(
    put, path = "/users/me/password", tag = "Users", operation_id = "changePassword", security(("bearer" = [])),
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "`/problems/forbidden`: the current password is another", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/weak-password`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let changed = users::change_password(&app, &caller, address, &change.current_password, &change.new_password).await;
    changed.map_err(|error| match error {
        AppError::WeakPassword(reasons) => weak_password("/new_password", reasons),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// One sign-in of yours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id.
    id: Uuid,
    /// Whether this is the one that asks.
    current: bool,
    /// When it began.
    created_at: UtcTime,
    /// When it last got a token.
    used_at: UtcTime,
    /// When it ends at the latest.
    expires_at: UtcTime,
    /// From where it began.
    #[schema(required = true)]
    address: Option<String>,
    /// What the client called itself.
    #[schema(required = true)]
    user_agent: Option<String>,
}

pub(super) fn show_session(session: Session, current: SessionId) -> SessionView {
    SessionView {
        id: session.id.0,
        current: session.id == current,
        created_at: UtcTime(session.created_at),
        used_at: UtcTime(session.used_at),
        expires_at: UtcTime(session.expires_at),
        address: session.address,
        user_agent: session.user_agent,
    }
}

/// List your sessions.
#[utoipa::path(
    get, path = "/users/me/sessions", tag = "Users", operation_id = "listSessions", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "Those that are alive, the last used first", body = List<SessionView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn sessions(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<SessionView>>, Problem> {
    let page = query.page()?;
    let mut found = sign_in::list(&app, &caller).await?;
    // Nobody has more than a thousand, so a page is cut from all of them.
    if let Some(place) = page.after {
        let after = (Reverse(place.time()), place.id);
        found.retain(|session| (Reverse(session.used_at), session.id.0) > after);
    }
    found.truncate(usize::try_from(page.rows()).unwrap_or(usize::MAX));
    let list = page.list(found, |it| Cursor::new(it.used_at, it.id.0), |session| show_session(session, caller.session));
    Ok(Json(list))
}

/// End one of your sessions.
#[utoipa::path(
    delete, path = "/users/me/sessions/{session_id}", tag = "Users", operation_id = "endSession", security(("bearer" = [])),
    params(("session_id" = Uuid, Path)),
    responses(
        (status = 204, description = "Ended"),
        (status = 404, description = "`/problems/session-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn end_session(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    sign_in::end(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End all your other sessions.
#[utoipa::path(
    delete, path = "/users/me/sessions", tag = "Users", operation_id = "endOtherSessions", security(("bearer" = [])),
    responses((status = 204, description = "Ended")),
)]
pub async fn end_other_sessions(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    sign_in::end_others(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a list of users is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// In the user name; upper and lower case do not matter.
    #[param(required = false, max_length = 64)]
    q: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// List users.
#[utoipa::path(
    get, path = "/users/", tag = "Users", operation_id = "listUsers", security(("bearer" = [])),
    params(UserQuery),
    responses(
        (status = 200, description = "In the order they were made", body = List<ManagedUserView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<UserQuery>,
) -> Result<Json<List<ManagedUserView>>, Problem> {
    let page = Page::new(query.limit, query.cursor.as_deref())?;
    let q = query.q.unwrap_or_default();
    if 64 < q.chars().count() || q.contains('\0') {
        return Err(Problem::invalid("/q", "must have at most 64 characters, and no control characters"));
    }
    let after = page.after.map(|place| UserId(place.id));
    let found = users::list(&app, &caller, q.to_lowercase(), after, page.rows()).await?;
    Ok(Json(page.list(found, |it| Cursor::new(it.created_at, it.id.0), ManagedUserView::from)))
}

/// Read a user.
///
/// Anybody's for administrators, your own for you.
#[utoipa::path(
    get, path = "/users/{user_id}", tag = "Users", operation_id = "getUser", security(("bearer" = [])),
    params(("user_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The user", body = ManagedUserView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Tagged<ManagedUserView>, Problem> {
    Ok(tagged(users::by_id(&app, &caller, id).await?))
}

/// Read what a user is called.
///
/// For administrators, for yourself, and for managers of something on which that user has a booking: the name that others see, or else that
/// to sign in with.
#[utoipa::path(
    get, path = "/users/{user_id}/name", tag = "Users", operation_id = "getUserName", security(("bearer" = [])),
    params(("user_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The name", body = NamedView),
        (status = 404, description = "`/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn name(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<NamedView>, Problem> {
    let name = users::name(&app, &caller, id).await?;
    Ok(Json(NamedView { id: id.0, name }))
}

/// What an administrator changes about a user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Another role.
    #[serde(default)]
    #[schema(value_type = RoleView, required = false)]
    role: Patch<Word<RoleView>>,
    /// Whether the user can't sign in. Disabling ends all sessions.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    disabled: Patch<bool>,
}

/// Set a user's role, disable or enable one.
///
/// The last administrator who can sign in stays one.
#[utoipa::path(
    patch, path = "/users/{user_id}", tag = "Users", operation_id = "updateUser", security(("bearer" = [])),
    params(("user_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body(content((UserPatch = "application/json"), (UserPatch = "application/merge-patch+json"))),
    responses(
        (status = 200, description = "The user as it is now", body = ManagedUserView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/last-administrator`, `/problems/user-erased`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    if_match: IfMatch,
    Json(patch): Json<UserPatch>,
) -> Result<Tagged<ManagedUserView>, Problem> {
    let mut invalid = Invalid::new();
    let role = patch.role.into_required("/role", &mut invalid).map(|Word(role)| role.into());
    let disabled = patch.disabled.into_required("/disabled", &mut invalid);
    invalid.finish()?;
    let edit = EditUser { role, disabled, versions: if_match.versions() };
    Ok(tagged(users::edit(&app, &caller, id, edit).await?))
}

/// End all sessions of a user.
#[utoipa::path(
    delete, path = "/users/{user_id}/sessions", tag = "Users", operation_id = "endUserSessions", security(("bearer" = [])),
    params(("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "Ended"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn end_user_sessions(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    sign_in::end_all_of(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The first administrator to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The token of the one-time link that `bronya serve` printed.
    token: String,
    /// The name to sign in with.
    #[schema(min_length = 2, max_length = 64)]
    username: String,
    /// At least 8 characters that are not easy to guess.
    #[schema(min_length = 8, max_length = 1024, format = Password)]
    password: String,
    /// An address for mail.
    #[serde(default)]
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    /// What others see.
    #[serde(default)]
    #[schema(max_length = 100)]
    display_name: Option<String>,
}

/// Make the first administrator.
///
/// With the one-time link that `bronya serve` prints while there is no administrator; it is good for 30 minutes and once.
#[utoipa::path(
    post, path = "/setup", tag = "Users", operation_id = "setUp",
    request_body = SetUp,
    responses(
        (status = 201, description = "The administrator", body = UserView, headers(("Location" = String))),
        (status = 404, description = "`/problems/not-found`: the link is used, too old, or was never one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/username-taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/weak-password`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn set_up(State(app): State<App>, from: Anonymous, Json(request): Json<SetUp>) -> Result<Response, Problem> {
    let SetUp { token, username, password, email, display_name } = request;
    let new = NewUser { username, password, email, display_name }.account()?;
    let account = users::set_up(&app, &token, new, from.origin, from.address).await?;
    let location = [(LOCATION, format!("/users/{}", account.id))];
    Ok((StatusCode::CREATED, location, Json(UserView::from(account))).into_response())
}
