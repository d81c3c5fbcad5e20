//! Links that set a password once: an administrator makes them (`/users/{user_id}/password-link`), whoever has one sets the password
//! (`/users/password`). Wire types, handlers and their documentation.

use axum::extract::State;
use bronya_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::extract::{Json, Path};
use super::problem::{Problem, ProblemBody};
use super::refused::weak_password;
use super::users::{Anonymous, UserView};
use super::wire::UtcTime;
use crate::app::{App, AppError, password_links};

/// A link with which whoever has it sets the password of an account, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordLink {
    /// Whose password it sets.
    user_id: Uuid,
    /// The secret. It is shown this once.
    token: String,
    /// The page that asks for the new password, with the secret behind the `#`, which browsers send to nobody. `null` where the
    /// server was not told its own address (`public_url`): then it is `/new-password#` and the token at the end of your own.
    #[schema(required = true)]
    url: Option<String>,
    /// Until when it is good.
    expires_at: UtcTime,
}

/// Make a link that sets a user's password.
///
/// For whoever has forgotten it, and for those who are new: for administrators, who hand it over, and never learn the password. It is
/// good for an hour and once; one that was made before is of no use from then on. Sessions end when it is used.
#[utoipa::path(
    post, path = "/users/{user_id}/password-link", tag = "Users", operation_id = "createPasswordLink", security(("bearer" = [])),
    params(("user_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The link", body = PasswordLink),
        (status = 403, description = "`/problems/forbidden`: also for yourself; you change your own by proving the old one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/user-erased`, `/problems/user-disabled`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn make(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Json<PasswordLink>, Problem> {
    let made = password_links::make(&app, &caller, id).await?;
    let token = made.secret.expose().to_owned();
    let url = app.settings.public_origin.as_ref().map(|origin| format!("{origin}{}", path(&token)));
    Ok(Json(PasswordLink { user_id: id.0, token, url, expires_at: UtcTime(made.expires_at) }))
}

/// Where the page is that asks for the new password; the secret stands where it is sent to nobody.
pub fn path(token: &str) -> String {
    format!("/new-password#{token}")
}

/// A link and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The secret of the link.
    #[schema(max_length = 64)]
    token: String,
    /// The password to be.
    #[schema(min_length = 8, max_length = 1024, format = Password)]
    new_password: String,
}

/// Set a password with a link.
///
/// Every session of the account ends. A link that was used, has run out, was replaced, or never was one gets the same answer.
#[utoipa::path(
    post, path = "/users/password", tag = "Users", operation_id = "setPassword",
    request_body = NewPassword,
    responses(
        (status = 200, description = "The account whose password it is now", body = UserView),
        (status = 400, description = "`/problems/link-not-good`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/weak-password`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn set(
    State(app): State<App>,
    from: Anonymous,
    Json(new): Json<NewPassword>,
) -> Result<Json<UserView>, Problem> {
    let set = password_links::set(&app, &new.token, &new.new_password, from.origin(), from.address()).await;
    let account = set.map_err(|error| match error {
        AppError::WeakPassword(reasons) => weak_password("/new_password", reasons),
        other => other.into(),
    })?;
    Ok(Json(account.into()))
}
