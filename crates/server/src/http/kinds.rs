//! `/kinds`: what resources of a kind say of themselves, and what their bookings carry.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::response::Response;
use bronya_domain::ids::KindId;
use bronya_domain::kind::{Field, FieldType, Kind, KindAttributes, NUMBER_MAX, Schema, VALUE_CHARS_MAX};
use bronya_domain::place::is_slug;
use bronya_store::Answer;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer;
use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, Patch, parse_uuid};
use super::page::List;
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::values::once_each;
use super::wire::{UtcTime, Word};
use crate::app::App;
use crate::app::kinds::{self, EditKind, Named};

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldType)]
pub enum TypeWord {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// One of several options.
    Choice,
    /// One line of text.
    Text,
}

/// One thing that is said of a resource or of a booking.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Field)]
pub struct FieldBody {
    /// Its name in the API: lower-case letters a-z, digits and underscores.
    #[schema(min_length = 1, max_length = 64, example = "seats")]
    key: String,
    /// Its name for people.
    #[schema(min_length = 1, max_length = 200, example = "Seats")]
    label: String,
    /// What it has to be.
    #[schema(value_type = TypeWord)]
    r#type: Word<TypeWord>,
    /// Whether it has to be said.
    #[serde(default)]
    #[schema(default = false)]
    required: bool,
    /// Of a number: what is counted or measured, for showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    unit: Option<String>,
    /// Of a number: the smallest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    min: Option<i64>,
    /// Of a number: the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    max: Option<i64>,
    /// Of a choice: what there is to choose from; no commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 50)]
    options: Option<Vec<String>>,
    /// Of a text: how many characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 500)]
    max_length: Option<i64>,
}

impl From<&Field> for FieldBody {
    fn from(field: &Field) -> Self {
        let plain = |word| Self {
            key: field.key.clone(),
            label: field.label.clone(),
            r#type: Word(word),
            required: field.is_required,
            unit: None,
            min: None,
            max: None,
            options: None,
            max_length: None,
        };
        match &field.takes {
            FieldType::Flag => plain(TypeWord::Flag),
            FieldType::Number { unit, min, max } => {
                Self { unit: unit.clone(), min: Some(*min), max: Some(*max), ..plain(TypeWord::Number) }
            }
            FieldType::Choice(options) => Self { options: Some(options.clone()), ..plain(TypeWord::Choice) },
            FieldType::Text(chars_max) => Self { max_length: Some((*chars_max).into()), ..plain(TypeWord::Text) },
        }
    }
}

impl FieldBody {
    /// The field that it declares; members that its type has no use for are noted.
    fn field(&self, list: &str, nth: usize, invalid: &mut Invalid) -> Field {
        let word = self.r#type.0;
        for (member, is_there, of) in [
            ("unit", self.unit.is_some(), TypeWord::Number),
            ("min", self.min.is_some(), TypeWord::Number),
            ("max", self.max.is_some(), TypeWord::Number),
            ("options", self.options.is_some(), TypeWord::Choice),
            ("max_length", self.max_length.is_some(), TypeWord::Text),
        ] {
            if is_there && of != word {
                invalid.push(format!("{list}/{nth}/{member}"), "does not go with this type");
            }
        }
        let takes = match word {
            TypeWord::Flag => FieldType::Flag,
            TypeWord::Number => FieldType::Number {
                unit: self.unit.clone(),
                min: self.min.unwrap_or(-NUMBER_MAX),
                max: self.max.unwrap_or(NUMBER_MAX),
            },
            TypeWord::Choice => FieldType::Choice(self.options.clone().unwrap_or_default()),
            TypeWord::Text => {
                let most = self.max_length.unwrap_or(VALUE_CHARS_MAX.into());
                FieldType::Text(u32::try_from(most).unwrap_or(u32::MAX))
            }
        };
        Field { key: self.key.clone(), label: self.label.clone(), is_required: self.required, takes }
    }
}

fn fields(list: &str, bodies: &[FieldBody], invalid: &mut Invalid) -> Vec<Field> {
    bodies.iter().enumerate().map(|(nth, body)| body.field(list, nth, invalid)).collect()
}

/// A kind of resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Kind)]
pub struct KindView {
    /// Its id.
    id: Uuid,
    /// The word in the `kind` of its resources.
    name: String,
    /// Its name for people, by language tag.
    labels: BTreeMap<String, String>,
    /// What its resources say of themselves.
    attributes: Vec<FieldBody>,
    /// What their bookings carry.
    booking_fields: Vec<FieldBody>,
    /// Counts its edits; also its `ETag`.
    version: i64,
    /// When it was declared.
    created_at: UtcTime,
    /// When it was last edited.
    updated_at: UtcTime,
}

impl From<Kind> for KindView {
    fn from(kind: Kind) -> Self {
        let schema = &kind.attributes.schema;
        Self {
            id: kind.id.0,
            attributes: schema.attributes.iter().map(FieldBody::from).collect(),
            booking_fields: schema.booking_fields.iter().map(FieldBody::from).collect(),
            name: kind.attributes.name,
            labels: kind.attributes.labels,
            version: kind.version,
            created_at: UtcTime(kind.created_at),
            updated_at: UtcTime(kind.updated_at),
        }
    }
}

type One = ([(HeaderName, HeaderValue); 1], Json<KindView>);

fn one(kind: Kind) -> One {
    (ETag(kind.version).header(), Json(kind.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "what a kept answer is made by; of other things there may be none")]
fn render(kind: &Kind) -> Option<Answer> {
    Some(answer::created(format!("/kinds/{}", kind.id), Some(kind.version), &KindView::from(kind.clone())))
}

/// A kind to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKind {
    /// The word in the `kind` of its resources: lower-case letters a-z, digits and hyphens.
    #[schema(min_length = 1, max_length = 64, example = "room")]
    name: String,
    /// Its name for people, by language tag.
    #[serde(default, deserialize_with = "once_each")]
    #[schema(example = json!({ "en": "Room", "de": "Raum" }))]
    labels: BTreeMap<String, String>,
    /// What its resources say of themselves.
    #[serde(default)]
    #[schema(max_items = 32)]
    attributes: Vec<FieldBody>,
    /// What their bookings carry.
    #[serde(default)]
    #[schema(max_items = 32)]
    booking_fields: Vec<FieldBody>,
}

/// What changes about a kind (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindPatch {
    /// Another name. Resources keep the old word, and are of no declared kind then.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    name: Patch<String>,
    /// Labels to change; `null` under a language takes one away.
    #[serde(default, deserialize_with = "once_each")]
    labels: BTreeMap<String, Option<String>>,
    /// Other attributes, all of them; `null` for none. What resources say stays as it is until somebody writes it again.
    #[serde(default)]
    #[schema(value_type = Option<Vec<FieldBody>>, max_items = 32)]
    attributes: Patch<Vec<FieldBody>>,
    /// Other fields of bookings, all of them; `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<Vec<FieldBody>>, max_items = 32)]
    booking_fields: Patch<Vec<FieldBody>>,
}

fn note(attributes: &KindAttributes, invalid: &mut Invalid) {
    for problem in attributes.check() {
        invalid.push(problem.pointer, problem.detail);
    }
}

/// The kind in the path, by its id or its name.
impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ProblemKind::KindNotFound)?;
        let text = params.iter().last().map(|(_, value)| value).unwrap_or_default();
        if let Some(id) = parse_uuid(text) {
            return Ok(Self::Id(KindId(id)));
        }
        // What can be no name is the name of none.
        if is_slug(text) { Ok(Self::Name(text.to_owned())) } else { Err(ProblemKind::KindNotFound.into()) }
    }
}

/// List the declared kinds.
///
/// All of them, in one page: there are at most 200.
#[utoipa::path(
    get, path = "/kinds/", tag = "Kinds", operation_id = "listKinds", security(("bearer" = [])),
    responses((status = 200, description = "By name", body = List<KindView>)),
)]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<List<KindView>>, Problem> {
    let found = kinds::list(&app, &caller).await?;
    Ok(Json(List { items: found.into_iter().map(KindView::from).collect(), next_cursor: None }))
}

/// Declare a kind.
///
/// Resources that have the word already are of this kind from now on. Only administrators may.
#[utoipa::path(
    post, path = "/kinds/", tag = "Kinds", operation_id = "createKind", security(("bearer" = [])),
    request_body = NewKind,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Declared", body = KindView, headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/name-taken`; `/problems/too-many`: more than 200", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewKind>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let schema = Schema {
        attributes: fields("/attributes", &new.attributes, &mut invalid),
        booking_fields: fields("/booking_fields", &new.booking_fields, &mut invalid),
    };
    let idempotency = answer::idempotency(key, "POST /kinds/", &new, render);
    let attributes = KindAttributes { name: new.name, labels: new.labels, schema: Arc::new(schema) };
    note(&attributes, &mut invalid);
    invalid.finish()?;
    let reply = kinds::create(&app, &caller, attributes, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// Read a kind.
#[utoipa::path(
    get, path = "/kinds/{kind}", tag = "Kinds", operation_id = "getKind", security(("bearer" = [])),
    params(("kind" = String, Path, description = "Its id or its name")),
    responses(
        (status = 200, description = "The kind", body = KindView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/kind-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(State(app): State<App>, caller: Caller, kind: Named) -> Result<One, Problem> {
    Ok(one(kinds::show(&app, &caller, kind).await?))
}

/// Change a kind.
///
/// What resources and bookings say already stays as it is, and is shown; it has to be what the kind declares from the next
/// time on that somebody writes it.
#[utoipa::path(
    patch, path = "/kinds/{kind}", tag = "Kinds", operation_id = "updateKind", security(("bearer" = [])),
    request_body(content((KindPatch = "application/json"), (KindPatch = "application/merge-patch+json"))),
    params(("kind" = String, Path, description = "Its id or its name"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The kind as it is now", body = KindView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/kind-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/name-taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    kind: Named,
    if_match: IfMatch,
    Json(patch): Json<KindPatch>,
) -> Result<One, Problem> {
    let mut invalid = Invalid::new();
    let of = |list: &str, bodies: Patch<Vec<FieldBody>>, invalid: &mut Invalid| {
        bodies.into_change().map(|bodies| fields(list, &bodies.unwrap_or_default(), invalid))
    };
    let edit = EditKind {
        name: patch.name.into_required("/name", &mut invalid),
        labels: patch.labels,
        attributes: of("/attributes", patch.attributes, &mut invalid),
        booking_fields: of("/booking_fields", patch.booking_fields, &mut invalid),
        versions: if_match.versions(),
    };
    // Each member stands for itself, so what stays as it is can be stood in for by anything that is right.
    let standing_in = KindAttributes { name: "any".to_owned(), labels: BTreeMap::new(), schema: Arc::default() };
    note(&edit.of(&standing_in), &mut invalid);
    invalid.finish()?;
    Ok(one(kinds::edit(&app, &caller, kind, edit).await?))
}

/// Take a kind away.
///
/// Its resources keep the word and what they say.
#[utoipa::path(
    delete, path = "/kinds/{kind}", tag = "Kinds", operation_id = "deleteKind", security(("bearer" = [])),
    params(("kind" = String, Path, description = "Its id or its name"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/kind-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    kind: Named,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    kinds::delete(&app, &caller, kind, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}
