//! `/import`: users, resources, blocks and bookings from CSV or JSON, each row by the same rules as a single request, with a
//! dry run. What an export wrote can be read again. Wire types, handlers and their documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use axum::body::Body;
use axum::extract::{FromRequest, State};
use bronya_domain::command::Command;
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BlockId, BookingId};
use bronya_domain::user::Role;
use bronya_store::Answer;
use bronya_store::engine::{Idempotency, Reply};
use http::Request;
use serde::de::{DeserializeOwned, DeserializeSeed as _, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::bookings::{self, NewBooking};
use super::caller::Caller;
use super::cells::Cell;
use super::extract::{IdempotencyKey, Invalid, Json, Query, essence, is_json, parse_json, read_body};
use super::problem::{FieldError, Problem, ProblemBody, ProblemKind};
use super::resources::{self, NewResource};
use super::schedule::{self, NewBlock};
use super::table::unguarded;
use super::users::{RoleView, check_texts};
use super::wire::Word;
use crate::app::import::{self, For, Newcomer};
use crate::app::{App, AppError};
use crate::auth::username::Username;

/// Bytes of a body that is imported.
pub const BODY_BYTES_MAX: usize = 5 * 1_024 * 1_024;
/// Rows of it.
pub const ROWS_MAX: usize = 5_000;
/// Characters of an `Idempotency-Key` that leave room for the number of a row.
const KEY_BYTES_MAX: usize = 240;

// --- what comes in -----------------------------------------------------------------------------------------------

/// What can stand in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Truth,
    /// A list or an object; in CSV the JSON text of one.
    Nested,
    /// What an export shows and an import makes anew: it may be there and is not looked at.
    Ignored,
}

/// The columns that hold a list or an object, whatever is imported, and how deep these are.
const NESTED: [&str; 9] =
    ["part_ids", "along", "guest", "participants", "tags", "attributes", "out_of_order", "picture", "fields"];
const NESTED_LEVELS: u8 = 2;

/// A column by its name.
type Column = (&'static str, Holds);

const USER_COLUMNS: [Column; 10] = [
    ("username", Holds::Text),
    ("email", Holds::Text),
    ("display_name", Holds::Text),
    ("role", Holds::Text),
    ("id", Holds::Ignored),
    ("disabled_at", Holds::Ignored),
    ("erased_at", Holds::Ignored),
    ("version", Holds::Ignored),
    ("created_at", Holds::Ignored),
    ("updated_at", Holds::Ignored),
];
const RESOURCE_COLUMNS: [Column; 20] = [
    ("name", Holds::Text),
    ("kind", Holds::Text),
    ("description", Holds::Text),
    ("capacity", Holds::Number),
    ("quantity", Holds::Number),
    ("time_zone", Holds::Text),
    ("requires_approval", Holds::Truth),
    ("site_id", Holds::Text),
    ("area_id", Holds::Text),
    ("part_ids", Holds::Nested),
    ("tags", Holds::Nested),
    ("position", Holds::Number),
    ("visibility", Holds::Text),
    ("attributes", Holds::Nested),
    ("out_of_order", Holds::Nested),
    ("picture", Holds::Ignored),
    ("id", Holds::Ignored),
    ("version", Holds::Ignored),
    ("created_at", Holds::Ignored),
    ("updated_at", Holds::Ignored),
];
const BLOCK_COLUMNS: [Column; 9] = [
    ("resource_id", Holds::Text),
    ("starts_at", Holds::Text),
    ("ends_at", Holds::Text),
    ("reason", Holds::Text),
    ("on_conflict", Holds::Text),
    ("id", Holds::Ignored),
    ("series_id", Holds::Ignored),
    ("created_by", Holds::Ignored),
    ("created_at", Holds::Ignored),
];
const BOOKING_COLUMNS: [Column; 24] = [
    ("resource_id", Holds::Text),
    ("user_id", Holds::Text),
    ("starts_at", Holds::Text),
    ("ends_at", Holds::Text),
    ("title", Holds::Text),
    ("party_size", Holds::Number),
    ("quantity", Holds::Number),
    ("notes", Holds::Text),
    ("fields", Holds::Nested),
    ("override_reason", Holds::Text),
    ("id", Holds::Ignored),
    ("status", Holds::Ignored),
    ("lapses_at", Holds::Ignored),
    ("undo_until", Holds::Ignored),
    ("may_stay_until", Holds::Ignored),
    ("closed_reason", Holds::Ignored),
    ("made_by", Holds::Ignored),
    ("series_id", Holds::Ignored),
    ("along", Holds::Nested),
    ("guest", Holds::Nested),
    ("participants", Holds::Nested),
    ("version", Holds::Ignored),
    ("created_at", Holds::Ignored),
    ("updated_at", Holds::Ignored),
];

/// A row as it came, and what was wrong with its shape already.
type Row = Result<Map<String, Value>, RowErrorView>;

/// The rows of a body, CSV or JSON.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Row>,
}

impl<S: Send + Sync> FromRequest<S> for Table {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        let json = is_json(request.headers());
        if !json && essence(request.headers()).is_none_or(|it| !it.eq_ignore_ascii_case("text/csv")) {
            return Err(ProblemKind::UnsupportedMediaType
                .detail("send `Content-Type: text/csv` or `Content-Type: application/json`"));
        }
        let bytes = read_body(request, |_| BODY_BYTES_MAX).await?;
        let rows = if json { parse_json::<Document>(&bytes)?.items.0 } else { read_csv(&bytes)? };
        if rows.is_empty() {
            return Err(Problem::invalid("/items", "must have at least one row"));
        }
        if ROWS_MAX < rows.len() {
            return Err(Problem::invalid("/items", format!("must have at most {ROWS_MAX} rows")));
        }
        Ok(Self { rows })
    }
}

/// Reads CSV: a line of names, then rows. An empty cell is one that is left out.
fn read_csv(bytes: &[u8]) -> Result<Vec<Row>, Problem> {
    let text = str::from_utf8(bytes).map_err(|_| ProblemKind::BadRequest.detail("the body is not UTF-8"))?;
    // Spreadsheets write a byte order mark before UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let unreadable = |_| ProblemKind::BadRequest.detail("the body is not CSV");
    let names = reader.headers().map_err(unreadable)?.clone();
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(*name));
    if let Some(name) = twice {
        return Err(Problem::invalid("/items", format!("two columns are named {:?}", shortened(name))));
    }
    let mut rows = Vec::new();
    for record in reader.records().take(ROWS_MAX + 1) {
        let record = record.map_err(unreadable)?;
        if record.len() != names.len() {
            let detail = format!("has {} cells, and there are {} columns", record.len(), names.len());
            rows.push(Err(RowErrorView::new(None, ProblemKind::Validation, detail)));
            continue;
        }
        let filled = names.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        rows.push(Ok(filled.map(|(name, cell)| (name.to_owned(), Value::from(unguarded(cell)))).collect()));
    }
    Ok(rows)
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Rows to import. The members of each are the columns of the export of the same name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportRows)]
pub struct Document {
    /// At most 5,000.
    #[schema(value_type = Vec<Object>, max_items = 5000)]
    items: Items,
    /// What stands at the end of an export; it is not looked at.
    #[serde(default, rename = "next_cursor")]
    #[schema(required = false)]
    _next_cursor: Option<String>,
}

/// At most one row more than may be; each of texts, numbers and truths, and of short lists and objects, so that nothing that is small as text gets
/// large in memory.
#[derive(Debug)]
struct Items(Vec<Row>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of objects")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items, A::Error> {
                let mut rows = Vec::new();
                while let Some(Flat(row)) = seq.next_element()? {
                    if ROWS_MAX < rows.len() {
                        return Err(serde::de::Error::custom(format!("must have at most {ROWS_MAX} rows")));
                    }
                    rows.push(Ok(row));
                }
                Ok(Items(rows))
            }
        }
        deserializer.deserialize_seq(Read)
    }
}

struct Flat(Map<String, Value>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Flat;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Flat, A::Error> {
                let mut row = Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    let levels = if NESTED.contains(&name.as_str()) { NESTED_LEVELS } else { 0 };
                    let value = map.next_value_seed(Cell { levels })?;
                    if row.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a member is given twice"));
                    }
                }
                // What is nothing is left out.
                row.retain(|_, value| !value.is_null());
                Ok(Flat(row))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// The row as the body of a single request: what is ignored is gone, and CSV's texts are what their columns hold.
fn body(row: Map<String, Value>, columns: &[Column]) -> Map<String, Value> {
    row.into_iter()
        .filter_map(|(name, value)| {
            let kind = columns.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
            let value = match (kind, value) {
                (Some(Holds::Ignored), _) => return None,
                (Some(Holds::Number), Value::String(text)) => {
                    text.parse::<i64>().map_or(Value::String(text), Value::from)
                }
                (Some(Holds::Truth), Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                    "true" => true.into(),
                    "false" => false.into(),
                    _ => Value::String(text),
                },
                (Some(Holds::Nested), Value::String(text)) => nested(&text).unwrap_or(Value::String(text)),
                // What is not known is refused where the row is read, by its name.
                (_, value) => value,
            };
            Some((name, value))
        })
        .collect()
}

/// The list or object that a text of CSV holds.
fn nested(text: &str) -> serde_json::Result<Value> {
    let mut source = serde_json::Deserializer::from_str(text);
    let nested = Cell { levels: NESTED_LEVELS }.deserialize(&mut source)?;
    source.end()?;
    Ok(nested)
}

/// Columns of one row whose shape is wrong and that are told of.
const MISSHAPEN_MAX: usize = 24;

/// What `make` makes of the row as a wire type. Everything that is wrong with it is told, each as for a single request: a column that
/// can't be read is left out, or where it has to be there is empty, and the others are looked at all the same.
fn read<T: DeserializeOwned, M>(
    mut row: Map<String, Value>,
    make: impl FnOnce(T) -> Result<M, Problem>,
) -> Result<M, Vec<RowErrorView>> {
    let (mut wrong, mut columns, mut filled) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let read = loop {
        // A map of texts and numbers always serialises.
        let problem = match parse_json(&serde_json::to_vec(&row).unwrap_or_default()) {
            Ok(read) => break read,
            Err(problem) => problem,
        };
        let column = problem.field_errors().first().map(|it| column_of(&it.pointer)).unwrap_or_default();
        if columns.insert(column.clone()) {
            wrong.extend(RowErrorView::all(&problem));
        }
        let was_there = row.remove(&column).is_some();
        if MISSHAPEN_MAX <= columns.len() || !(was_there || filled.insert(column.clone())) {
            return Err(wrong);
        }
        if !was_there {
            row.insert(column, Value::String(String::new()));
        }
    };
    match make(read) {
        Ok(made) if wrong.is_empty() => return Ok(made),
        Ok(_) => {}
        Err(problem) if wrong.is_empty() => wrong = RowErrorView::all(&problem),
        // What was left out is told of already.
        Err(problem) => {
            let more = problem.field_errors().iter().filter(|it| !columns.contains(&column_of(&it.pointer)));
            wrong.extend(more.map(|it| RowErrorView::at(&problem, it)));
        }
    }
    Err(wrong)
}

/// The member of a row in which a pointer points.
fn column_of(pointer: &str) -> String {
    let name = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
    name.replace("~1", "/").replace("~0", "~")
}

// --- what comes of it --------------------------------------------------------------------------------------------

/// What came of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub struct ImportView {
    /// Whether nothing was written.
    dry_run: bool,
    /// How many rows were, or would be, taken in.
    accepted: usize,
    /// How many were refused.
    refused: usize,
    /// What came of each row.
    rows: Vec<RowView>,
}

/// What came of a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRow)]
pub struct RowView {
    /// Its number: 1 for the first one; the names of the columns are no row.
    row: usize,
    /// Whether it was, or would be, taken in.
    accepted: bool,
    /// What was made of it; `null` in a dry run, and where it was refused.
    #[schema(required = true)]
    id: Option<Uuid>,
    /// Everything that is wrong with it.
    errors: Vec<RowErrorView>,
}

/// Something that is wrong with a row.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ImportError)]
pub struct RowErrorView {
    /// In which column; `null` where it is the row as a whole.
    #[schema(required = true)]
    column: Option<String>,
    /// The problem that a single request would have been answered.
    #[serde(rename = "type")]
    #[schema(example = "/problems/booking-conflict")]
    type_uri: &'static str,
    /// What is wrong.
    detail: String,
}

impl RowErrorView {
    fn new(column: Option<String>, kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { column, type_uri: kind.type_uri(), detail: detail.into() }
    }

    fn all(problem: &Problem) -> Vec<Self> {
        let kind = problem.kind();
        if problem.field_errors().is_empty() {
            let detail = problem.detail_text().unwrap_or(kind.meaning());
            return vec![Self::new(None, kind, detail)];
        }
        problem.field_errors().iter().map(|it| Self::at(problem, it)).collect()
    }

    fn at(problem: &Problem, error: &FieldError) -> Self {
        let column = match error.pointer.trim_start_matches('/') {
            // The whole row, or a header of the request.
            "" | "Idempotency-Key" => None,
            // The single request calls it otherwise.
            "on_behalf_of" => Some("user_id".to_owned()),
            name => Some(shortened(name)),
        };
        Self::new(column, problem.kind(), error.detail.clone())
    }
}

/// Puts together what came of each row, in their order.
#[derive(Debug, Default)]
struct Results(BTreeMap<usize, Result<Option<Uuid>, Vec<RowErrorView>>>);

impl Results {
    fn refuse(&mut self, row: usize, problem: &Problem) {
        self.0.insert(row, Err(RowErrorView::all(problem)));
    }

    fn view(self, dry_run: bool) -> Json<ImportView> {
        let rows: Vec<RowView> = self
            .0
            .into_iter()
            .map(|(row, result)| match result {
                Ok(id) => RowView { row, accepted: true, id, errors: Vec::new() },
                Err(errors) => RowView { row, accepted: false, id: None, errors },
            })
            .collect();
        let accepted = rows.iter().filter(|row| row.accepted).count();
        Json(ImportView { dry_run, accepted, refused: rows.len() - accepted, rows })
    }
}

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Whether to write nothing, and only tell what would come of each row, as if those before it had been taken in.
    #[serde(default)]
    #[param(required = false, default = false)]
    dry_run: bool,
}

/// Who imports, under which key, and whether it is meant.
struct Asked {
    app: App,
    caller: Caller,
    key: Option<String>,
    dry_run: bool,
}

impl Asked {
    async fn by(app: App, caller: Caller, key: IdempotencyKey, query: &ImportQuery, may: For) -> Result<Self, Problem> {
        let IdempotencyKey(key) = key;
        if key.as_ref().is_some_and(|key| KEY_BYTES_MAX < key.len()) {
            let detail = format!("`Idempotency-Key` must have at most {KEY_BYTES_MAX} characters here");
            return Err(ProblemKind::BadRequest.detail(detail));
        }
        import::begin(&app, &caller, may).await?;
        Ok(Self { app, caller, key, dry_run: query.dry_run })
    }

    /// Makes a command of each row, and has all of them carried out that are well-formed.
    async fn commands(
        self,
        table: Table,
        columns: &[Column],
        route: &'static str,
        render: fn(&Outcome) -> Option<Answer>,
        command: impl Fn(&App, Map<String, Value>) -> Result<Command, Vec<RowErrorView>>,
    ) -> Result<Json<ImportView>, Problem> {
        let mut results = Results::default();
        let (mut numbers, mut commands) = (Vec::new(), Vec::new());
        for (number, row) in (1..).zip(table.rows) {
            let row = match row {
                Ok(row) => body(row, columns),
                Err(error) => {
                    results.0.insert(number, Err(vec![error]));
                    continue;
                }
            };
            let key = self.key.as_ref().map(|key| format!("{key}#{number}"));
            let idempotency: Option<Idempotency> = answer::idempotency(IdempotencyKey(key), route, &row, render);
            match command(&self.app, row) {
                Ok(command) => {
                    numbers.push(number);
                    commands.push((command, idempotency));
                }
                Err(errors) => {
                    results.0.insert(number, Err(errors));
                }
            }
        }
        let answers: Vec<Result<Option<Uuid>, AppError>> = if self.dry_run {
            let commands = commands.into_iter().map(|(command, _)| command).collect();
            let tried = import::try_out(&self.app, &self.caller, commands).await?;
            tried.into_iter().map(|it| it.map(|()| None)).collect()
        } else {
            let answers = import::commands(&self.app, &self.caller, commands).await;
            answers.into_iter().map(|it| it.map(|reply| made(&reply))).collect()
        };
        for (number, answered) in numbers.into_iter().zip(answers) {
            match answered {
                Ok(id) => {
                    results.0.insert(number, Ok(id));
                }
                Err(error) => results.refuse(number, &Problem::from(error)),
            }
        }
        Ok(results.view(self.dry_run))
    }
}

/// The id of what a row came to.
fn made(reply: &Reply) -> Option<Uuid> {
    match reply {
        Reply::Done(Outcome::Booking(booking)) => Some(booking.id.0),
        Reply::Done(Outcome::Block(block, _)) => Some(block.id.0),
        Reply::Done(Outcome::Resource(resource)) => Some(resource.id.0),
        // No row asks for any of these.
        Reply::Done(
            Outcome::Series(_) | Outcome::SeriesChanged(_) | Outcome::All(_) | Outcome::Each(_) | Outcome::Gone,
        ) => None,
        Reply::Kept(answer) | Reply::Replayed(answer) => answer.location.as_deref()?.rsplit('/').next()?.parse().ok(),
    }
}

/// Somebody to be imported.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewcomerRow {
    username: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    role: Option<Word<RoleView>>,
}

impl NewcomerRow {
    fn newcomer(self) -> Result<Newcomer, Problem> {
        let mut invalid = Invalid::new();
        let username = invalid.take("/username", Username::parse(&self.username));
        check_texts(self.email.as_deref(), self.display_name.as_deref(), &mut invalid);
        invalid.finish()?;
        let username = username.ok_or_else(|| AppError::internal("a name was refused without a reason"))?;
        let role = self.role.map_or(Role::User, |Word(role)| role.into());
        Ok(Newcomer { username, email: self.email, display_name: self.display_name, role })
    }
}

/// Import users.
///
/// For administrators. Columns: `username`, and as one likes `email`, `display_name`, `role`. Each gets a password that nobody
/// knows, and can sign in once an operator has set another (`bronya user reset-password`).
#[utoipa::path(
    post, path = "/import/users", tag = "Data", operation_id = "importUsers", security(("bearer" = [])),
    params(ImportQuery),
    request_body(content((Document = "application/json"), (String = "text/csv"))),
    responses(
        (status = 200, description = "What came of each row", body = ImportView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: of the table as a whole", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn users(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ImportQuery>,
    table: Table,
) -> Result<Json<ImportView>, Problem> {
    import::begin(&app, &caller, For::Administrators).await?;
    let mut results = Results::default();
    let (mut numbers, mut newcomers) = (Vec::new(), Vec::new());
    for (number, row) in (1..).zip(table.rows) {
        let newcomer = match row {
            Ok(row) => read(body(row, &USER_COLUMNS), NewcomerRow::newcomer),
            Err(error) => Err(vec![error]),
        };
        match newcomer {
            Ok(newcomer) => {
                numbers.push(number);
                newcomers.push(newcomer);
            }
            Err(errors) => {
                results.0.insert(number, Err(errors));
            }
        }
    }
    let answers = import::users(&app, &caller, newcomers, query.dry_run).await?;
    for (number, answered) in numbers.into_iter().zip(answers) {
        match answered {
            Ok(id) => {
                results.0.insert(number, Ok(id.map(|id| id.0)));
            }
            Err(error) => results.refuse(number, &Problem::from(error)),
        }
    }
    Ok(results.view(query.dry_run))
}

/// Import resources.
///
/// For administrators. Columns: `name`, and as one likes `kind`, `description`, `capacity`, `quantity`, `time_zone`,
/// `requires_approval`, `site_id`, `area_id`, `part_ids`, `tags`, `position`, `visibility`, `attributes`, `out_of_order` (lists and objects in CSV as JSON). Nothing tells two resources of one name apart, so send a key.
#[utoipa::path(
    post, path = "/import/resources", tag = "Data", operation_id = "importResources", security(("bearer" = [])),
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the rows again for 24 hours; at most 240 characters")),
    request_body(content((Document = "application/json"), (String = "text/csv"))),
    responses(
        (status = 200, description = "What came of each row", body = ImportView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: of the table as a whole", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn resources(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Query(query): Query<ImportQuery>,
    table: Table,
) -> Result<Json<ImportView>, Problem> {
    let asked = Asked::by(app, caller, key, &query, For::Administrators).await?;
    let command = |app: &App, row: Map<String, Value>| {
        let attributes = read(row, |new: NewResource| new.attributes())?;
        Ok(import::create_resource(app, attributes))
    };
    asked.commands(table, &RESOURCE_COLUMNS, "POST /import/resources", resources::render, command).await
}

/// Import blocks.
///
/// For administrators, and for managers on what they manage. Columns: `resource_id`, `starts_at`, `ends_at`, and as one likes
/// `reason`, `on_conflict`.
#[utoipa::path(
    post, path = "/import/blocks", tag = "Data", operation_id = "importBlocks", security(("bearer" = [])),
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the rows again for 24 hours; at most 240 characters")),
    request_body(content((Document = "application/json"), (String = "text/csv"))),
    responses(
        (status = 200, description = "What came of each row", body = ImportView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: of the table as a whole", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn blocks(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Query(query): Query<ImportQuery>,
    table: Table,
) -> Result<Json<ImportView>, Problem> {
    let asked = Asked::by(app, caller, key, &query, For::Managers).await?;
    let command = |app: &App, row: Map<String, Value>| {
        read(row, |new: NewBlock| new.command(BlockId(app.ids.next()))).map(Command::Block)
    };
    asked.commands(table, &BLOCK_COLUMNS, "POST /import/blocks", schedule::render, command).await
}

/// Import bookings.
///
/// For administrators, and for managers on what they manage. Columns: `resource_id`, `starts_at`, `ends_at`, and as one likes
/// `user_id` (whose it is to be), `title`, `party_size`, `quantity`, `notes`, `fields`, `override_reason`, `along`, `guest`, `participants` (lists and objects in CSV as JSON). The rules are those of
/// `POST /bookings/`: nothing is booked in the past, and nothing twice.
#[utoipa::path(
    post, path = "/import/bookings", tag = "Data", operation_id = "importBookings", security(("bearer" = [])),
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the rows again for 24 hours; at most 240 characters")),
    request_body(content((Document = "application/json"), (String = "text/csv"))),
    responses(
        (status = 200, description = "What came of each row", body = ImportView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: of the table as a whole", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn bookings(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Query(query): Query<ImportQuery>,
    table: Table,
) -> Result<Json<ImportView>, Problem> {
    let asked = Asked::by(app, caller, key, &query, For::Managers).await?;
    let command = |app: &App, mut row: Map<String, Value>| {
        // A guest's id is nobody else's.
        if let Some(owner) = row.remove("user_id").filter(|_| !row.contains_key("guest")) {
            row.insert("on_behalf_of".to_owned(), owner);
        }
        let new = read(row, |new: NewBooking| new.read(BookingId(app.ids.next()), None))?;
        Ok(Command::Book(new.book))
    };
    asked.commands(table, &BOOKING_COLUMNS, "POST /import/bookings", bookings::render, command).await
}
