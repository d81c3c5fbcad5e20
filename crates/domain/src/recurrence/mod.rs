//! What repeats: rules of RFC 5545 (`RRULE`), and the occurrences of a series that follows one. A rule counts in civil
//! time, on the calendar and clock that hang on the wall; only the dates that come out of it are put on the time line, so
//! that 09:00 stays 09:00 whatever the offset does. It never looks further than it is told to.
//!
//! ```
//! use bronya_domain::recurrence::{Bounds, Rule, Series};
//!
//! let rule: Rule = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10".parse()?;
//! let (start, end) = ("2026-11-23T22:00".parse()?, "2026-11-24T06:00".parse()?);
//! let nights = Series::new(start, end, jiff::tz::TimeZone::UTC, &rule)?;
//! assert_eq!(nights.expand(Bounds::SERIES)?.len(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod parse;
mod pattern;
mod rule;
mod series;

pub use parse::{Part, RuleError};
pub use rule::Rule;
pub use series::{Bounds, ExpandError, Moment, Occurrence, Series, SeriesError};
