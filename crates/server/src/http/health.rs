//! What those who run a server ask it: is it up, can it serve, how is it doing.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Json;
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::router::Http;
use crate::app::upkeep;
use crate::metrics;

/// How a server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

/// Is the process up?
#[utoipa::path(
    get, path = "/healthz", tag = "Operation", operation_id = "isUp",
    responses((status = 200, description = "The process is up", body = Health)),
)]
pub async fn up() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Can it serve?
///
/// The database answers and would take a write, its schema is the right one, and the server is not stopping.
#[utoipa::path(
    get, path = "/readyz", tag = "Operation", operation_id = "isReady",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "`/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn ready(State(http): State<Http>) -> Result<Json<Health>, Problem> {
    if http.is_stopping() {
        return Err(ProblemKind::Unavailable.detail("the server is stopping"));
    }
    upkeep::ready(&http.app).await.map_err(|error| {
        tracing::warn!(?error, "not ready");
        ProblemKind::Unavailable.detail("the database does not answer or takes no writes, or its schema is another")
    })?;
    Ok(Json(Health { status: "ok" }))
}

/// How is it doing?
#[utoipa::path(
    get, path = "/metrics", tag = "Operation", operation_id = "getMetrics",
    responses((status = 200, description = "Prometheus' text format", body = String, content_type = "text/plain")),
)]
pub async fn metrics(State(http): State<Http>) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, metrics::CONTENT_TYPE)], http.metrics.render()).into_response()
}
