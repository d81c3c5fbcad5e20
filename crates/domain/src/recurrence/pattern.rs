//! The dates of a rule from its first on: the rule's periods one after the other, and in each the days that fit. Knows
//! dates only, neither times nor zones; never looks outside the range that it is asked for.

use std::iter;

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Span};

use super::rule::{By, Frequency, NthWeekday, Rule};

/// A rule that stands on the calendar: with its first date, and with what it leaves to that date filled in.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    frequency: Frequency,
    interval: i64,
    week_start: Weekday,
    by: By,
    anchor: Date,
}

impl Pattern {
    /// The rule as it goes from `anchor` on, which need not fit it.
    pub(super) fn new(rule: &Rule, anchor: Date) -> Self {
        let Rule { frequency, interval, week_start, .. } = *rule;
        let mut by = rule.by.clone();
        if by.name_no_day() {
            match frequency {
                Frequency::Daily => {}
                Frequency::Weekly => by.weekdays.insert(anchor.weekday().to_monday_zero_offset()),
                Frequency::Monthly => by.month_days.insert(anchor.day()),
                Frequency::Yearly => {
                    by.month_days.insert(anchor.day());
                    if by.months.is_empty() {
                        by.months.insert(anchor.month());
                    }
                }
            }
        }
        Self { frequency, interval, week_start, by, anchor }
    }

    /// Whether `date`, in a period of the rule, is one of its days.
    pub(super) fn fits(&self, date: Date) -> bool {
        let by = &self.by;
        let by_month_day = (by.month_days.is_empty() && by.month_days_back.is_empty())
            || by.month_days.has(date.day())
            || by.month_days_back.has(date.days_in_month() - date.day() + 1);
        let by_day = (by.weekdays.is_empty() && by.nth_weekdays.is_empty())
            || by.weekdays.has(date.weekday().to_monday_zero_offset())
            || by.nth_weekdays.iter().any(|nth| self.is_nth(*nth, date));
        self.in_month(date) && by_month_day && by_day
    }

    /// The rule's dates from `from` to `to`, both inclusive, in order; none is before the anchor.
    pub(super) fn dates(&self, from: Date, to: Date) -> impl Iterator<Item = Date> {
        let from = from.max(self.anchor);
        self.visited(from, to).filter(move |date| from <= *date && self.fits(*date))
    }

    /// The days that are looked at for [`dates`](Self::dates): those of every period that could hold one, without the
    /// months that the rule leaves out.
    fn visited(&self, from: Date, to: Date) -> impl Iterator<Item = Date> {
        self.periods(from, to).flat_map(move |(first, last)| {
            let next = |day: &Date| if self.in_month(*day) { day.tomorrow().ok() } else { next_month(*day) };
            iter::successors(Some(first), next).take_while(move |day| *day <= last.min(to))
        })
    }

    /// The rule's periods from the one that holds or precedes `from` on, each by its first and last day, as far as one
    /// starts by `to`.
    fn periods(&self, from: Date, to: Date) -> impl Iterator<Item = (Date, Date)> {
        let aligned = |unit: i64| unit - unit.rem_euclid(self.interval);
        let period = |unit: i64| Some((unit, self.first_day(unit)?));
        let next = move |&(unit, first): &(i64, Date)| {
            let following = unit + self.interval;
            let last = self.last_day(first);
            // A period of a year holds every month; a shorter one can be far from the next month that counts.
            if self.frequency == Frequency::Yearly || self.in_month(first) || self.in_month(last) {
                return period(following);
            }
            period(following.max(aligned(self.unit(next_month(last)?))))
        };
        iter::successors(period(aligned(self.unit(from))), next)
            .map(|(_, first)| (first, self.last_day(first)))
            .take_while(move |(first, _)| *first <= to)
    }

    fn in_month(&self, date: Date) -> bool {
        self.by.months.is_empty() || self.by.months.has(date.month())
    }

    /// Ordinals count within the month, save in a yearly rule that names no months.
    fn is_nth(&self, nth: NthWeekday, date: Date) -> bool {
        let (day, days) = if self.frequency == Frequency::Yearly && self.by.months.is_empty() {
            (date.day_of_year(), date.days_in_year())
        } else {
            (i16::from(date.day()), i16::from(date.days_in_month()))
        };
        date.weekday() == nth.weekday && (nth.n == (day - 1) / 7 + 1 || nth.n == -((days - day) / 7 + 1))
    }

    /// How many days, weeks, months or years `date` comes after the anchor's own.
    fn unit(&self, date: Date) -> i64 {
        let month = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
        match self.frequency {
            Frequency::Daily => days_between(self.anchor, date),
            Frequency::Weekly => days_between(self.week(self.anchor), date).div_euclid(7),
            Frequency::Monthly => month(date) - month(self.anchor),
            Frequency::Yearly => i64::from(date.year()) - i64::from(self.anchor.year()),
        }
    }

    /// The first day of the unit; `None` beyond the end of the calendar.
    fn first_day(&self, unit: i64) -> Option<Date> {
        let days = |count: i64| SignedDuration::from_hours(24 * count);
        match self.frequency {
            Frequency::Daily => self.anchor.checked_add(days(unit)).ok(),
            Frequency::Weekly => self.week(self.anchor).checked_add(days(7 * unit)).ok(),
            Frequency::Monthly => self.anchor.first_of_month().checked_add(Span::new().try_months(unit).ok()?).ok(),
            Frequency::Yearly => self.anchor.first_of_year().checked_add(Span::new().try_years(unit).ok()?).ok(),
        }
    }

    /// The last day of the unit that starts with `first`.
    fn last_day(&self, first: Date) -> Date {
        match self.frequency {
            Frequency::Daily => first,
            Frequency::Weekly => first.saturating_add(SignedDuration::from_hours(6 * 24)),
            Frequency::Monthly => first.last_of_month(),
            Frequency::Yearly => first.last_of_year(),
        }
    }

    /// The first day of the week that `date` is in.
    fn week(&self, date: Date) -> Date {
        date.saturating_sub(SignedDuration::from_hours(24 * i64::from(date.weekday().since(self.week_start))))
    }
}

fn next_month(date: Date) -> Option<Date> {
    date.last_of_month().tomorrow().ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visited(rule: &str, anchor: &str, from: &str, to: &str) -> (usize, usize) {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let pattern = Pattern::new(&rule.parse().unwrap(), date(anchor));
        (pattern.periods(date(from), date(to)).count(), pattern.visited(date(from), date(to)).count())
    }

    #[test]
    fn work_is_bounded_by_what_is_asked_for() {
        // Two years from the start, whatever the rule: no more periods than days, no more days than there are, give or take
        // the first period and the last.
        for frequency in ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
            for parts in ["", ";INTERVAL=1000", ";BYMONTH=2", ";BYMONTH=2;BYDAY=MO", ";UNTIL=99991231", ";COUNT=366"] {
                let rule = format!("FREQ={frequency}{parts}");
                let (periods, days) = visited(&rule, "2027-06-30", "2027-06-30", "2029-06-30");
                assert!(periods <= 732 && days <= 732 + 366, "{rule}: {periods} periods, {days} days");
            }
        }
        // A window far from the start is as cheap as one beside it.
        for frequency in ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
            let (periods, days) = visited(&format!("FREQ={frequency}"), "2027-06-30", "9990-01-01", "9990-01-07");
            assert!(periods <= 8 && days <= 366, "{frequency}: {periods} periods, {days} days");
        }
    }

    #[test]
    fn months_that_do_not_count_are_passed_over() {
        // February of four years, and at most one step a month for the others, not 365 a year.
        for rule in ["FREQ=DAILY;BYMONTH=2", "FREQ=WEEKLY;BYMONTH=2", "FREQ=YEARLY;BYMONTH=2"] {
            let (periods, days) = visited(rule, "2027-02-01", "2027-02-01", "2030-12-31");
            assert!(periods <= 170 && days <= 220, "{rule}: {periods} periods, {days} days");
        }
        // To the end of the calendar, which a rule with COUNT may have to be followed to: far below a million steps.
        let (periods, days) =
            visited("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=366", "2027-02-01", "2027-02-01", "9999-12-31");
        assert!(periods < 330_000 && days < 330_000, "{periods} periods, {days} days");
    }
}
