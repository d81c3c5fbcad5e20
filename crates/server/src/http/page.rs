//! Lists in pages: `limit`, an opaque `cursor`, and the shape of the answer. A page is a seek to a place, never an
//! offset, so the thousandth costs what the first costs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::Problem;

/// How many items a page has where nobody asks.
pub const LIMIT_ITEMS_DEFAULT: u16 = 100;
/// How many items a page has at most.
pub const LIMIT_ITEMS_MAX: u16 = 1_000;

/// The cursor's layout, in its first byte, so that a later one can tell the two apart.
const LAYOUT: u8 = 1;
/// Layout, microseconds, id.
const CURSOR_BYTES: usize = 1 + 8 + 16;

/// The place after which a page begins: the sort key of the last item that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The item's time, in microseconds since 1970 (UTC).
    pub micros: i64,
    /// Its id, which orders items of the same time.
    pub id: Uuid,
}

impl Cursor {
    /// The place of an item.
    pub fn new(time: Timestamp, id: Uuid) -> Self {
        Self { micros: time.as_microsecond(), id }
    }

    /// As text: base64url, without meaning for clients.
    pub fn encode(self) -> String {
        let mut bytes = [0_u8; CURSOR_BYTES];
        bytes[0] = LAYOUT;
        bytes[1..9].copy_from_slice(&self.micros.to_be_bytes());
        bytes[9..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// From text; 422 for anything that `encode` did not make, or whose time no item can have.
    pub fn decode(text: &str) -> Result<Self, Problem> {
        Self::decode_inner(text).ok_or_else(|| Problem::invalid("/cursor", "is not a cursor that this server gave"))
    }

    fn decode_inner(text: &str) -> Option<Self> {
        // Decoding is proportional to the input: what can't be a cursor is not decoded.
        if text.len() != base64::encoded_len(CURSOR_BYTES, false)? {
            return None;
        }
        let bytes: [u8; CURSOR_BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let micros = i64::from_be_bytes(bytes[1..9].try_into().ok()?);
        let id = Uuid::from_slice(&bytes[9..]).ok()?;
        // A forged time outside of jiff's range would fail later, far from the client's mistake.
        let known = bytes[0] == LAYOUT && Timestamp::from_microsecond(micros).is_ok();
        known.then_some(Self { micros, id })
    }

    /// The time of the item. Always within range: `decode` has checked it, `new` took it from a time.
    pub fn time(self) -> Timestamp {
        Timestamp::from_microsecond(self.micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The parameters of a list that has no others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000, default = 100, required = false)]
    pub limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[serde(default)]
    #[param(required = false)]
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page that is asked for.
    pub fn page(&self) -> Result<Page, Problem> {
        Page::new(self.limit, self.cursor.as_deref())
    }
}

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many items at most: 1 to [`LIMIT_ITEMS_MAX`].
    pub limit: u16,
    /// After which place; `None` is the beginning.
    pub after: Option<Cursor>,
}

impl Page {
    /// From what the client sent; 422 for a limit out of range or a broken cursor.
    pub fn new(limit: Option<i64>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = match limit {
            None => LIMIT_ITEMS_DEFAULT,
            Some(limit) => u16::try_from(limit)
                .ok()
                .filter(|limit| (1..=LIMIT_ITEMS_MAX).contains(limit))
                .ok_or_else(|| Problem::invalid("/limit", format!("must be from 1 to {LIMIT_ITEMS_MAX}")))?,
        };
        let after = cursor.map(Cursor::decode).transpose()?;
        Ok(Self { limit, after })
    }

    /// How many rows to ask the store for: one more than the page, whose presence says that there is a next page.
    pub fn rows(self) -> u32 {
        u32::from(self.limit) + 1
    }

    /// Makes the answer of [`Page::rows`] rows: drops the extra one, and points to the last that is shown.
    pub fn list<R, T>(self, mut rows: Vec<R>, place: impl Fn(&R) -> Cursor, show: impl FnMut(R) -> T) -> List<T> {
        let limit = usize::from(self.limit);
        let more = limit < rows.len();
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(|row| place(row).encode()) } else { None };
        List { items: rows.into_iter().map(show).collect(), next_cursor }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page; `null` on the last one.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::problem::ProblemKind;

    fn place(micros: i64, id: u128) -> Cursor {
        Cursor { micros, id: Uuid::from_u128(id) }
    }

    fn in_range() -> impl Strategy<Value = i64> {
        Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond()
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(micros in in_range(), id: u128) {
            let cursor = place(micros, id);
            prop_assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
            prop_assert_eq!(cursor.time().as_microsecond(), micros);
        }

        #[test]
        fn no_text_breaks_the_decoder(text in ".{0,80}") {
            if let Ok(cursor) = Cursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }
    }

    #[test]
    fn forged_cursors_are_refused() {
        let good = place(1, 2).encode();
        let mut other_layout = URL_SAFE_NO_PAD.decode(&good).unwrap();
        other_layout[0] = 2;
        let no_time = place(i64::MAX, 2).encode();
        let longer = format!("{good}AAAA");
        let padded = format!("{good}=");
        for text in ["", "x", &good[1..], &longer, &padded, &no_time, &URL_SAFE_NO_PAD.encode(other_layout)] {
            let problem = Cursor::decode(text).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::Validation);
            assert_eq!(problem.field_errors()[0].pointer, "/cursor");
        }
    }

    #[test]
    fn limits_at_and_beyond_their_ends() {
        assert_eq!(Page::new(None, None).unwrap(), Page { limit: 100, after: None });
        for good in [1, 1_000] {
            assert_eq!(i64::from(Page::new(Some(good), None).unwrap().limit), good);
        }
        for bad in [0, -1, 1_001, 65_537, 1_000_000_000, i64::MAX, i64::MIN] {
            assert_eq!(Page::new(Some(bad), None).unwrap_err().field_errors()[0].pointer, "/limit", "{bad}");
        }
    }

    #[test]
    fn a_list_points_on_only_where_there_is_more() {
        let page = Page { limit: 2, after: None };
        let at = |row: &i64| place(*row, 0);
        let more = page.list(vec![1, 2, 3], at, |row| row);
        assert_eq!(more.items, [1, 2]);
        assert_eq!(Cursor::decode(&more.next_cursor.unwrap()).unwrap(), place(2, 0));
        for rows in [vec![], vec![1], vec![1, 2]] {
            let last = page.list(rows.clone(), at, |row| row);
            assert_eq!((last.items, last.next_cursor), (rows, None));
        }
    }
}
