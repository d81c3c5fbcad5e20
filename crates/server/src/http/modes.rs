//! In which pieces time is given out, and when guests are seated, on the wire.

use bronya_domain::mode::{Mode, Period, Service};
use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::Invalid;
use super::series::time_of_day;
use super::wire::Word;

/// In which pieces time is given out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Mode)]
pub enum ModeBody {
    /// Any stretch of time, as far as other rules say nothing.
    Free {},
    /// Named periods of the day, such as lessons: one, or several of one day that follow each other.
    Periods {
        /// In order, none overlapping; the last may end on the next day, by when the first starts.
        #[schema(min_items = 1, max_items = 48)]
        periods: Vec<PeriodBody>,
    },
    /// Days from midnight to midnight. Those on which the place does not open at all can't be had.
    Days {},
    /// Nights. Nobody arrives on a day on which the place does not open at all; otherwise opening hours are not asked.
    Nights {
        /// From when on guests may come.
        #[schema(example = "15:00")]
        check_in: String,
        /// By when they leave on another day.
        #[schema(example = "11:00")]
        check_out: String,
    },
}

/// A named stretch of every day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Period)]
pub struct PeriodBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 64, example = "1st lesson")]
    name: String,
    /// When it starts, on the clock of the place.
    #[schema(example = "08:00")]
    starts: String,
    /// When it ends; where that is not after `starts`, on the next day.
    #[schema(example = "08:45")]
    ends: String,
}

/// A time of the day at which guests are seated.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Service)]
pub struct ServiceBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 64, example = "Dinner")]
    name: String,
    /// On which days it begins; none: on every day.
    #[serde(default)]
    #[schema(value_type = Vec<DayWord>, max_items = 7)]
    days: Vec<Word<DayWord>>,
    /// From when on guests are seated, on the clock of the place.
    #[schema(example = "18:00")]
    starts: String,
    /// The last moment at which they are; where that is before `starts`, on the next day.
    #[schema(example = "21:30")]
    last_seating: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DayOfWeek)]
pub enum DayWord {
    /// Monday.
    Mo,
    /// Tuesday.
    Tu,
    /// Wednesday.
    We,
    /// Thursday.
    Th,
    /// Friday.
    Fr,
    /// Saturday.
    Sa,
    /// Sunday.
    Su,
}

impl From<DayWord> for Weekday {
    fn from(day: DayWord) -> Self {
        match day {
            DayWord::Mo => Self::Monday,
            DayWord::Tu => Self::Tuesday,
            DayWord::We => Self::Wednesday,
            DayWord::Th => Self::Thursday,
            DayWord::Fr => Self::Friday,
            DayWord::Sa => Self::Saturday,
            DayWord::Su => Self::Sunday,
        }
    }
}

impl From<Weekday> for DayWord {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mo,
            Weekday::Tuesday => Self::Tu,
            Weekday::Wednesday => Self::We,
            Weekday::Thursday => Self::Th,
            Weekday::Friday => Self::Fr,
            Weekday::Saturday => Self::Sa,
            Weekday::Sunday => Self::Su,
        }
    }
}

fn shown(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

impl From<&Mode> for ModeBody {
    fn from(mode: &Mode) -> Self {
        let period = |it: &Period| PeriodBody { name: it.name.clone(), starts: shown(it.starts), ends: shown(it.ends) };
        match mode {
            Mode::Free => Self::Free {},
            Mode::Periods(periods) => Self::Periods { periods: periods.iter().map(period).collect() },
            Mode::Days => Self::Days {},
            Mode::Nights { check_in, check_out } => {
                Self::Nights { check_in: shown(*check_in), check_out: shown(*check_out) }
            }
        }
    }
}

impl ModeBody {
    pub(super) fn mode(&self, invalid: &mut Invalid) -> Option<Mode> {
        Some(match self {
            Self::Free {} => Mode::Free,
            Self::Days {} => Mode::Days,
            Self::Nights { check_in, check_out } => {
                let check_in = invalid.take("/mode/check_in", time_of_day(check_in));
                let check_out = invalid.take("/mode/check_out", time_of_day(check_out));
                Mode::Nights { check_in: check_in?, check_out: check_out? }
            }
            Self::Periods { periods } => {
                let mut period = |(nth, it): (usize, &PeriodBody)| {
                    let starts = invalid.take(format!("/mode/periods/{nth}/starts"), time_of_day(&it.starts));
                    let ends = invalid.take(format!("/mode/periods/{nth}/ends"), time_of_day(&it.ends));
                    Some(Period { name: it.name.clone(), starts: starts?, ends: ends? })
                };
                let read: Vec<Option<Period>> = periods.iter().enumerate().map(&mut period).collect();
                Mode::Periods(read.into_iter().collect::<Option<_>>()?)
            }
        })
    }
}

impl From<&Service> for ServiceBody {
    fn from(service: &Service) -> Self {
        Self {
            name: service.name.clone(),
            days: service.days.iter().map(|day| Word((*day).into())).collect(),
            starts: shown(service.starts),
            last_seating: shown(service.last_seating),
        }
    }
}

impl ServiceBody {
    pub(super) fn service(&self, nth: usize, invalid: &mut Invalid) -> Option<Service> {
        let starts = invalid.take(format!("/services/{nth}/starts"), time_of_day(&self.starts));
        let last_seating = invalid.take(format!("/services/{nth}/last_seating"), time_of_day(&self.last_seating));
        let days = self.days.iter().map(|day| day.0.into()).collect();
        Some(Service { name: self.name.clone(), days, starts: starts?, last_seating: last_seating? })
    }
}
