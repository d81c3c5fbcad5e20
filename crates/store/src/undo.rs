//! How the last step of a booking is taken back: one column, read and written whole.

use bronya_domain::booking::{Status, Undo};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredUndo {
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_us: Option<i64>,
    taken_at_us: i64,
}

/// The column of a booking that holds how its last step is taken back; empty where it can't be.
pub(crate) fn write_undo(undo: Option<Undo>) -> Option<String> {
    let Undo { status, end, taken_at } = undo?;
    let end_us = end.map(Timestamp::as_microsecond);
    let stored = StoredUndo { status: status.as_str().to_owned(), end_us, taken_at_us: taken_at.as_microsecond() };
    // A word and numbers always serialise.
    serde_json::to_string(&stored).ok()
}

/// What [`write_undo`] wrote.
pub(crate) fn read_undo(column: Option<&str>) -> Result<Option<Undo>> {
    let Some(text) = column else { return Ok(None) };
    let inconsistent = |problem: &dyn std::fmt::Display| StoreError::inconsistent("booking", "undo", problem);
    let stored: StoredUndo = serde_json::from_str(text).map_err(|error| inconsistent(&error))?;
    let time = |micros| Timestamp::from_microsecond(micros).map_err(|error| inconsistent(&error));
    Ok(Some(Undo {
        status: Status::from_word(&stored.status).ok_or_else(|| inconsistent(&stored.status))?,
        end: stored.end_us.map(time).transpose()?,
        taken_at: time(stored.taken_at_us)?,
    }))
}
