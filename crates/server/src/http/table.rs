//! Tables that go out and come in: CSV by RFC 4180 or JSON, as downloads with names of ours, streamed page by page. No cell
//! of a CSV is ever a formula to the program that opens it.

use std::future::Future;
use std::io;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Problem;

/// In which form a table goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TableFormat)]
pub enum Format {
    /// A list, as the API's own lists are.
    #[default]
    Json,
    /// Comma-separated values: UTF-8, a line of names, lines that end with CR LF.
    Csv,
}

/// Characters at the beginning of a cell that make a spreadsheet compute, and their full-width forms.
const FORMULA: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Whether a spreadsheet would compute the text, also where apostrophes stand before it.
fn computes(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// The text as it is safe in a cell: an apostrophe goes before what would compute. [`unguarded`] takes it off again.
pub(super) fn guarded(text: &str) -> String {
    if computes(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text that a cell holds, without the apostrophe of [`guarded`].
pub(super) fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if computes(rest) => rest,
        _ => text,
    }
}

/// A line of CSV.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    // Writing into memory doesn't fail, and a line that is not there would be seen.
    if let Err(error) = writer.write_record(cells) {
        tracing::error!(%error, "a line of CSV could not be written");
    }
    writer.into_inner().unwrap_or_default()
}

/// The line of CSV that shows these members of an object.
pub(super) fn line_of(columns: &[&str], object: &Value) -> Vec<u8> {
    let cells: Vec<String> = columns
        .iter()
        .map(|column| match object.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => guarded(text),
            Some(other) => other.to_string(),
        })
        .collect();
    line(cells.iter().map(String::as_str))
}

/// An answer that a browser saves under a name of ours.
pub(super) fn download(name: &'static str, format: Format, body: Body) -> Response {
    let (content_type, file) = match format {
        Format::Json => ("application/json", format!("attachment; filename=\"{name}.json\"")),
        Format::Csv => ("text/csv; charset=utf-8", format!("attachment; filename=\"{name}.csv\"")),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // The names are words of ours.
    if let Ok(file) = HeaderValue::try_from(file) {
        headers.insert(CONTENT_DISPOSITION, file);
    }
    response
}

/// A body of pieces that are made one after the other, each when the one before has gone out. A piece that can't be made
/// breaks the body off, which the client sees: it has no end.
pub(super) fn streamed<S, F, P>(start: S, next: F) -> Body
where
    S: Send + 'static,
    F: FnMut(S) -> P + Send + 'static,
    P: Future<Output = Result<Option<(Vec<u8>, S)>, Problem>> + Send + 'static,
{
    let mut next = next;
    let pieces = try_unfold(start, move |state| {
        let made = next(state);
        async move {
            match made.await {
                Ok(Some((piece, state))) => Ok(Some((Bytes::from(piece), state))),
                Ok(None) => Ok(None),
                Err(problem) => {
                    tracing::warn!(kind = problem.kind().slug(), "an answer broke off");
                    Err(io::Error::other("the rest could not be read"))
                }
            }
        }
    });
    Body::from_stream(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_computes_and_none_is_lost() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\0x", "＝1", "＋1", "－1", "＠x", "'=1", "''@"]
        {
            let cell = guarded(text);
            assert_eq!(cell, format!("'{text}"));
            assert_eq!(unguarded(&cell), text);
        }
        for text in ["", "x", "1", "a=b", "'tis", "'", "\"", "Ärger"] {
            assert_eq!((guarded(text).as_str(), unguarded(text)), (text, text));
        }
    }

    #[test]
    fn lines_are_quoted_by_the_standard() {
        let text = |cells: &[&str]| String::from_utf8(line(cells.iter().copied())).unwrap();
        assert_eq!(text(&["a", "b c", ""]), "a,b c,\r\n");
        assert_eq!(text(&["a,b", "say \"x\"", "1\n2", "1\r\n2"]), "\"a,b\",\"say \"\"x\"\"\",\"1\n2\",\"1\r\n2\"\r\n");
        // One empty cell is not no cell.
        assert_eq!(text(&[""]), "\"\"\r\n");
        let object = serde_json::json!({ "title": "=cmd|'/c calc'!A1", "notes": null, "n": -3, "b": true });
        let shown = String::from_utf8(line_of(&["title", "notes", "n", "b", "none"], &object)).unwrap();
        assert_eq!(shown, "'=cmd|'/c calc'!A1,,-3,true,\r\n");
    }
}
