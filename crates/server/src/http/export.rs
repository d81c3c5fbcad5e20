//! `/export`: bookings, resources, blocks and users as tables, CSV or JSON, streamed in pages. Wire types, handlers and their
//! documentation.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::ids::{BlockId, BookingId, ResourceId, UserId};
use bronya_store::resources::Filter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;

use super::bookings::{BookingView, StatusView};
use super::caller::Caller;
use super::extract::{Invalid, Query};
use super::page::{Cursor, LIMIT_ITEMS_MAX, List, Page};
use super::problem::{Problem, ProblemBody};
use super::resources::ResourceView;
use super::schedule::BlockView;
use super::table::{Format, download, line, line_of, streamed};
use super::users::ManagedUserView;
use super::wire::{self, Word};
use crate::app::bookings::ListBookings;
use crate::app::export::Whose;
use crate::app::schedule::ListBlocks;
use crate::app::{self, App, export, resources, schedule, users};

/// Rows that one export shows at most.
pub const ROWS_MAX: usize = 100_000;

/// What is exported, with what it is narrowed to.
#[derive(Clone, Debug)]
enum Table {
    Bookings(ListBookings, Whose),
    Resources,
    Blocks(ListBlocks),
    Users,
}

impl Table {
    /// Its name, which is the file's, and the word for it in the log.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Bookings(..) => ("bookings", "export.bookings"),
            Self::Resources => ("resources", "export.resources"),
            Self::Blocks(_) => ("blocks", "export.blocks"),
            Self::Users => ("users", "export.users"),
        }
    }

    /// The members of a row, in their order.
    fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::Bookings(..) => &BOOKING_COLUMNS,
            Self::Resources => &RESOURCE_COLUMNS,
            Self::Blocks(_) => &BLOCK_COLUMNS,
            Self::Users => &USER_COLUMNS,
        }
    }

    /// At most `most` of the rows after a place, and the place after which there are more.
    async fn page(
        &self,
        app: &App,
        caller: &app::Caller,
        after: Option<Cursor>,
        most: usize,
    ) -> Result<(Vec<Value>, Option<Cursor>), Problem> {
        let limit = u16::try_from(most).unwrap_or(LIMIT_ITEMS_MAX).min(LIMIT_ITEMS_MAX);
        let page = Page { limit, after };
        match self {
            Self::Bookings(list, whose) => {
                let after = after.map(|place| (place.time(), BookingId(place.id)));
                let list = ListBookings { after, limit: page.rows(), ..*list };
                let found = export::bookings(app, caller, *whose, list).await?;
                rows(&page.list(found, |it| Cursor::new(it.interval.start(), it.id.0), BookingView::from))
            }
            Self::Resources => {
                let after = after.map(|place| ResourceId(place.id));
                let found = resources::list(app, caller, Filter::default(), after, page.rows()).await?;
                rows(&page.list(found, |it| Cursor::new(it.created_at, it.id.0), ResourceView::from))
            }
            Self::Blocks(list) => {
                let after = after.map(|place| (place.time(), BlockId(place.id)));
                let list = ListBlocks { after, limit: page.rows(), ..*list };
                let found = schedule::list(app, caller, list).await?;
                rows(&page.list(found, |it| Cursor::new(it.interval.start(), it.id.0), BlockView::from))
            }
            Self::Users => {
                let after = after.map(|place| UserId(place.id));
                let found = users::list(app, caller, String::new(), after, page.rows()).await?;
                rows(&page.list(found, |it| Cursor::new(it.created_at, it.id.0), ManagedUserView::from))
            }
        }
    }
}

fn rows<T: Serialize>(list: &List<T>) -> Result<(Vec<Value>, Option<Cursor>), Problem> {
    let next = list.next_cursor.as_deref().map(Cursor::decode).transpose()?;
    // Wire types are structs of strings and numbers: these always serialise.
    let items = list.items.iter().map(|item| serde_json::to_value(item).unwrap_or_default()).collect();
    Ok((items, next))
}

const BOOKING_COLUMNS: [&str; 24] = [
    "id",
    "resource_id",
    "user_id",
    "starts_at",
    "ends_at",
    "status",
    "title",
    "party_size",
    "quantity",
    "notes",
    "fields",
    "lapses_at",
    "undo_until",
    "may_stay_until",
    "override_reason",
    "closed_reason",
    "made_by",
    "series_id",
    "along",
    "guest",
    "participants",
    "version",
    "created_at",
    "updated_at",
];
const RESOURCE_COLUMNS: [&str; 20] = [
    "id",
    "name",
    "kind",
    "description",
    "capacity",
    "quantity",
    "time_zone",
    "requires_approval",
    "site_id",
    "area_id",
    "part_ids",
    "tags",
    "position",
    "visibility",
    "attributes",
    "out_of_order",
    "picture",
    "version",
    "created_at",
    "updated_at",
];
const BLOCK_COLUMNS: [&str; 8] =
    ["id", "resource_id", "starts_at", "ends_at", "reason", "series_id", "created_by", "created_at"];
const USER_COLUMNS: [&str; 10] = [
    "id",
    "username",
    "email",
    "display_name",
    "role",
    "disabled_at",
    "erased_at",
    "version",
    "created_at",
    "updated_at",
];

/// How far an export has come.
struct Progress {
    app: App,
    caller: app::Caller,
    table: Table,
    format: Format,
    limit: usize,
    shown: usize,
    /// A page that was read and not shown yet; `None` at the end.
    page: Option<(Vec<Value>, Option<Cursor>)>,
}

async fn answer(app: App, caller: Caller, table: Table, asked: Asked<'_>) -> Result<Response, Problem> {
    let format = asked.format.map(|Word(format)| format).unwrap_or_default();
    let limit = match asked.limit {
        None => ROWS_MAX,
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=ROWS_MAX).contains(limit))
            .ok_or_else(|| Problem::invalid("/limit", format!("must be from 1 to {ROWS_MAX}")))?,
    };
    let after = asked.cursor.map(Cursor::decode).transpose()?;
    let (name, action) = table.names();
    let Caller(caller) = caller;
    // What is refused is refused before anything is sent, and leaves no line in the log.
    let page = table.page(&app, &caller, after, limit).await?;
    export::begin(&app, &caller, action).await?;
    let progress = Progress { app, caller, table, format, limit, shown: 0, page: Some(page) };
    Ok(download(name, format, streamed(progress, next_piece)))
}

/// What every export can be asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    format: Option<Word<Format>>,
    limit: Option<i64>,
    cursor: Option<&'a str>,
}

/// The next page as text, with what stands before the first and after the last.
async fn next_piece(mut progress: Progress) -> Result<Option<(Vec<u8>, Progress)>, Problem> {
    let Some((rows, next)) = progress.page.take() else { return Ok(None) };
    let columns = progress.table.columns();
    let mut piece = Vec::with_capacity(rows.len() * 256);
    if progress.shown == 0 {
        match progress.format {
            Format::Json => piece.extend_from_slice(b"{\"items\":["),
            Format::Csv => piece.extend(line(columns.iter().copied())),
        }
    }
    for row in &rows {
        match progress.format {
            Format::Json => {
                if progress.shown > 0 {
                    piece.push(b',');
                }
                piece.extend_from_slice(row.to_string().as_bytes());
            }
            Format::Csv => piece.extend(line_of(columns, row)),
        }
        progress.shown += 1;
    }
    match next {
        Some(place) if progress.shown < progress.limit => {
            let rest = progress.limit - progress.shown;
            progress.page = Some(progress.table.page(&progress.app, &progress.caller, Some(place), rest).await?);
        }
        cut => {
            let cut = cut.map(Cursor::encode);
            match (progress.format, &cut) {
                (Format::Json, cut) => {
                    let cursor = serde_json::to_string(cut).unwrap_or_default();
                    piece.extend_from_slice(format!("],\"next_cursor\":{cursor}}}").as_bytes());
                }
                (Format::Csv, Some(cursor)) => {
                    let told = format!("cut after {} rows: go on with cursor={cursor}", progress.shown);
                    let rest = columns.iter().skip(1).map(|_| "");
                    piece.extend(line(std::iter::once(told.as_str()).chain(rest)));
                }
                (Format::Csv, None) => {}
            }
        }
    }
    Ok(Some((piece, progress)))
}

/// What an export of bookings is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BookingExport {
    /// `json` or `csv`.
    #[param(required = false, inline, value_type = Option<Format>)]
    format: Option<Word<Format>>,
    /// On this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// Of this user.
    #[param(required = false)]
    user_id: Option<String>,
    /// Only your own, wherever they are, whatever you manage. Goes without `user_id`.
    #[serde(default)]
    #[param(required = false, value_type = bool, default = false)]
    mine: bool,
    /// In this status.
    #[param(required = false, inline)]
    status: Option<StatusView>,
    /// Ending after this time (RFC 3339 with an offset).
    #[param(required = false)]
    from: Option<String>,
    /// Starting before this time; at most 366 days after `from`.
    #[param(required = false)]
    to: Option<String>,
    /// How many rows at most.
    #[param(required = false, minimum = 1, maximum = 100_000, default = 100_000)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of an export that was cut.
    #[param(required = false)]
    cursor: Option<String>,
}

/// Export bookings.
///
/// Everybody's for administrators, those of their resources for managers, their own for others, and for anybody who asks for them (`mine`). At most 100,000; an export
/// that was cut says so at its end: `next_cursor`, or a last line of the CSV with the cursor.
#[utoipa::path(
    get, path = "/export/bookings", tag = "Data", operation_id = "exportBookings", security(("bearer" = [])),
    params(BookingExport),
    responses(
        (status = 200, description = "In order of their start", content((List<BookingView> = "application/json"), (String = "text/csv")), headers(("Content-Disposition" = String))),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn bookings(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<BookingExport>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let resource = query.resource_id.as_deref().and_then(|text| wire::resource_id(text, &mut invalid));
    let user = wire::id(query.user_id.as_deref(), "/user_id", &mut invalid).map(UserId);
    if query.mine && query.user_id.is_some() {
        invalid.push("/user_id", "goes without mine");
    }
    invalid.finish()?;
    let (from, to) = wire::range(query.from.as_deref(), query.to.as_deref())?;
    let status = query.status.map(Into::into);
    let list = ListBookings { user, resource, status, from, to, after: None, limit: 0 };
    let asked = Asked { format: query.format, limit: query.limit, cursor: query.cursor.as_deref() };
    let whose = if query.mine { Whose::Own } else { Whose::Administered };
    answer(app, caller, Table::Bookings(list, whose), asked).await
}

/// In which form, and from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlainExport {
    /// `json` or `csv`.
    #[param(required = false, inline, value_type = Option<Format>)]
    format: Option<Word<Format>>,
    /// How many rows at most.
    #[param(required = false, minimum = 1, maximum = 100_000, default = 100_000)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of an export that was cut.
    #[param(required = false)]
    cursor: Option<String>,
}

/// Export resources.
///
/// At most 100,000; an export that was cut says so at its end.
#[utoipa::path(
    get, path = "/export/resources", tag = "Data", operation_id = "exportResources", security(("bearer" = [])),
    params(PlainExport),
    responses(
        (status = 200, description = "In the order they were made", content((List<ResourceView> = "application/json"), (String = "text/csv")), headers(("Content-Disposition" = String))),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn resources(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PlainExport>,
) -> Result<Response, Problem> {
    let asked = Asked { format: query.format, limit: query.limit, cursor: query.cursor.as_deref() };
    answer(app, caller, Table::Resources, asked).await
}

/// What an export of blocks is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BlockExport {
    /// `json` or `csv`.
    #[param(required = false, inline, value_type = Option<Format>)]
    format: Option<Word<Format>>,
    /// On this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// Ending after this time (RFC 3339 with an offset).
    #[param(required = false)]
    from: Option<String>,
    /// Starting before this time; at most 366 days after `from`.
    #[param(required = false)]
    to: Option<String>,
    /// How many rows at most.
    #[param(required = false, minimum = 1, maximum = 100_000, default = 100_000)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of an export that was cut.
    #[param(required = false)]
    cursor: Option<String>,
}

/// Export blocks.
///
/// At most 100,000; an export that was cut says so at its end.
#[utoipa::path(
    get, path = "/export/blocks", tag = "Data", operation_id = "exportBlocks", security(("bearer" = [])),
    params(BlockExport),
    responses(
        (status = 200, description = "In order of their start", content((List<BlockView> = "application/json"), (String = "text/csv")), headers(("Content-Disposition" = String))),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn blocks(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<BlockExport>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let resource = query.resource_id.as_deref().and_then(|text| wire::resource_id(text, &mut invalid));
    invalid.finish()?;
    let (from, to) = wire::range(query.from.as_deref(), query.to.as_deref())?;
    let list = ListBlocks { resource, from, to, after: None, limit: 0 };
    let asked = Asked { format: query.format, limit: query.limit, cursor: query.cursor.as_deref() };
    answer(app, caller, Table::Blocks(list), asked).await
}

/// Export users.
///
/// For administrators. At most 100,000; an export that was cut says so at its end.
#[utoipa::path(
    get, path = "/export/users", tag = "Data", operation_id = "exportUsers", security(("bearer" = [])),
    params(PlainExport),
    responses(
        (status = 200, description = "In the order they were made", content((List<ManagedUserView> = "application/json"), (String = "text/csv")), headers(("Content-Disposition" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn users(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PlainExport>,
) -> Result<Response, Problem> {
    let asked = Asked { format: query.format, limit: query.limit, cursor: query.cursor.as_deref() };
    answer(app, caller, Table::Users, asked).await
}
