//! Whose token came with a request. It is checked here as far as a token alone can tell; that the session behind it is
//! alive, each use case finds out where it reads or writes.

use axum::extract::{FromRef, FromRequestParts};
use bronya_store::events::Origin;
use http::header::AUTHORIZATION;
use http::request::Parts;
use std::borrow::Cow;
use std::ops::Deref;

use super::cookies;
use super::extract::{ClientAddress, RequestId};
use super::problem::{Problem, ProblemKind};
use crate::app::{self, App, Settings};

/// The caller of an endpoint that needs one. 401 where no token came, or none that is good.
#[derive(Clone, Debug)]
pub struct Caller(pub app::Caller);

impl Deref for Caller {
    type Target = app::Caller;

    fn deref(&self) -> &app::Caller {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let origin = origin(parts, state).await?;
        let app = App::from_ref(state);
        let token = credential(parts, &app.settings)?;
        let token = app.sign_in.tokens.verify(&token, app.clock.now()).map_err(|error| {
            tracing::debug!(%error, "refused a token");
            ProblemKind::Unauthorized.detail("the token is not good, or no longer").invalid_token()
        })?;
        Ok(Self(app::Caller { user: token.user, session: token.session, origin }))
    }
}

/// Where a request came from, for the log.
pub async fn origin<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Origin, Problem> {
    let RequestId(id) = RequestId::from_request_parts(parts, state).await?;
    let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
    Ok(Origin { request: Some(id), address: Some(address.to_string()) })
}

/// The one token that came: as a header, or as a cookie, which a browser sends whoever makes it.
fn credential<'a>(parts: &'a Parts, settings: &Settings) -> Result<Cow<'a, str>, Problem> {
    match cookies::access(parts, settings) {
        None => bearer(parts).map(Cow::Borrowed),
        Some(_) if parts.headers.contains_key(AUTHORIZATION) => Err(ProblemKind::TwoCredentials.into()),
        Some(token) => cookies::must_be_meant(parts, settings).map(|()| Cow::Owned(token)),
    }
}

/// The token of the one `Authorization: Bearer` header (RFC 6750, section 2.1).
pub(super) fn bearer(parts: &Parts) -> Result<&str, Problem> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(ProblemKind::Unauthorized.into());
    };
    let text = value.to_str().map_err(|_| Problem::new(ProblemKind::Unauthorized))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(ProblemKind::Unauthorized.into()),
    }
}
