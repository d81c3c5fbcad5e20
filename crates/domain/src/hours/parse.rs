//! From text to rules, in one pass that looks a few words ahead, so the cost is in proportion to the text. What is
//! wrong is said with its place, in words for whoever typed it. It never decides whether a day is open.

use std::fmt;

use jiff::civil::{Date, Weekday};

use super::day::{DAY_MINUTES, Span};
use super::rule::{Dates, Days, Joint, MONTHS, MonthDay, Rule, State, WEEKDAYS, Weekdays, Weeks, Years};
use crate::limits::HOURS_BYTES_MAX;

/// Why a text is no opening hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoursProblem {
    /// It has more than [`HOURS_BYTES_MAX`] bytes.
    TooLong,
    /// It goes wrong at one place.
    At {
        /// Which character it goes wrong at, counted from 1.
        character: usize,
        /// What stands there, shortened; empty at the end of the text.
        found: String,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What is wrong at one place of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something else has to stand there: these.
    Expected(&'static str),
    /// It has the right form and can't be: no such time, day or week.
    Impossible(&'static str),
    /// It is in the language of `OpenStreetMap`, and not understood here: this.
    Unsupported(&'static str),
}

impl fmt::Display for HoursProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::At { character, found, fault } = self else {
            return write!(f, "must have at most {HOURS_BYTES_MAX} bytes");
        };
        if found.is_empty() {
            write!(f, "at its end: ")?;
        } else {
            write!(f, "at character {character}, `{found}`: ")?;
        }
        match fault {
            Fault::Expected(what) => write!(f, "expected {what}"),
            Fault::Impossible(what) => f.write_str(what),
            Fault::Unsupported(what) => write!(f, "{what} can't be used here"),
        }
    }
}

impl std::error::Error for HoursProblem {}

/// The rules of a text.
pub(super) fn rules(text: &str) -> Result<Vec<Rule>, HoursProblem> {
    let mut parser = Parser::new(text)?;
    let mut rules = Vec::new();
    let mut joint = Joint::Instead;
    loop {
        rules.push(parser.rule(joint)?);
        joint = match parser.token() {
            Token::Mark(';') => Joint::Instead,
            Token::Mark(',') => Joint::Also,
            Token::Bars => Joint::Otherwise,
            Token::End => return Ok(rules),
            Token::Mark('"') => return Err(parser.expected("a comment that ends with `\"`")),
            _ => return Err(parser.expected("`;`, `,`, `||`, `open`, `off`, or the end")),
        };
        parser.step();
        // People like to end with a semicolon.
        if joint == Joint::Instead && parser.token() == Token::End {
            return Ok(rules);
        }
    }
}

/// The times of one day: `10:00-14:00,18:00-02:00`, or `off`, or `closed`; or `open all day`, as which a whole day was written once.
pub(super) fn times(text: &str) -> Result<Vec<Span>, HoursProblem> {
    let mut parser = Parser::new(text)?;
    let mut times = Vec::new();
    if parser.word_is("off") || parser.word_is("closed") {
        parser.step();
    } else if parser.word_is("open") {
        parser.step();
        for word in ["all", "day"] {
            if parser.word_is(word) {
                parser.step();
            }
        }
        times = vec![Span::DAY];
    } else if parser.at_time() {
        times = parser.times()?;
    } else {
        return Err(parser.expected("times such as 10:00-18:00, or `closed`"));
    }
    if parser.token() == Token::End { Ok(times) } else { Err(parser.expected("the end")) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Digits.
    Number(&'a str),
    Word(&'a str),
    /// What stands between quotation marks.
    Comment(&'a str),
    /// `||`
    Bars,
    /// Any other character.
    Mark(char),
    End,
}

struct Parser<'a> {
    text: &'a str,
    /// Each with the byte it starts at; the last is `End`.
    tokens: Vec<(usize, Token<'a>)>,
    next: usize,
}

/// Characters of the text that a problem repeats.
const FOUND_CHARS_MAX: usize = 20;

const TIME: &str = "a time such as 09:00";
const DAY_OF_MONTH: &str = "a day of the month";

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, HoursProblem> {
        if HOURS_BYTES_MAX < text.len() {
            return Err(HoursProblem::TooLong);
        }
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let start = text.len() - rest.len();
            let while_it = |is: fn(char) -> bool| rest.split_at(rest.find(|c| !is(c)).unwrap_or(rest.len()));
            let (token, after) = if first.is_ascii_digit() {
                let (digits, after) = while_it(|c| c.is_ascii_digit());
                (Token::Number(digits), after)
            } else if first.is_alphabetic() {
                let (word, after) = while_it(char::is_alphabetic);
                (Token::Word(word), after)
            } else if let Some(after) = rest.strip_prefix("||") {
                (Token::Bars, after)
            } else if let Some((comment, after)) = rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
                (Token::Comment(comment), after)
            } else {
                // The dash that typesetters use is as good.
                (Token::Mark(if first == '–' { '-' } else { first }), &rest[first.len_utf8()..])
            };
            tokens.push((start, token));
            rest = after.trim_start();
        }
        tokens.push((text.len(), Token::End));
        Ok(Self { text, tokens, next: 0 })
    }

    /// The token `ahead` of the next one.
    fn peek(&self, ahead: usize) -> Token<'a> {
        self.tokens.get(self.next + ahead).map_or(Token::End, |(_, token)| *token)
    }

    fn token(&self) -> Token<'a> {
        self.peek(0)
    }

    fn step(&mut self) {
        self.next += 1;
    }

    /// Steps over `mark` if it is next.
    fn skip(&mut self, mark: char) -> bool {
        let is_next = self.token() == Token::Mark(mark);
        if is_next {
            self.step();
        }
        is_next
    }

    fn word_is(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    /// What is wrong with the next token.
    fn fault(&self, fault: Fault) -> HoursProblem {
        self.fault_at(self.next, fault)
    }

    fn fault_at(&self, index: usize, fault: Fault) -> HoursProblem {
        let at = |index: usize| self.tokens.get(index).map_or(self.text.len(), |(start, _)| *start);
        let (start, end) = (at(index), at(index + 1));
        let found = self.text[start..end].trim().chars().take(FOUND_CHARS_MAX);
        let found = found.map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        HoursProblem::At { character: self.text[..start].chars().count() + 1, found, fault }
    }

    fn expected(&self, what: &'static str) -> HoursProblem {
        self.fault(Fault::Expected(what))
    }

    fn rule(&mut self, joint: Joint) -> Result<Rule, HoursProblem> {
        let start = self.next;
        let mut days = Days::default();
        let mut times = Vec::new();
        if self.at_always() {
            self.next += 3;
        } else {
            if self.at_year() && !matches!(self.peek(1), Token::Word(word) if month(word).is_some()) {
                days.years = self.list(Self::at_year, Self::years)?;
            }
            if self.at_date() {
                days.dates = self.list(Self::at_date, Self::dates)?;
            }
            if self.word_is("week") {
                self.step();
                days.weeks = self.list(Self::at_week, Self::weeks)?;
            }
            self.colon(start)?;
            self.weekdays(&mut days)?;
            self.colon(start)?;
            if self.at_time() {
                times = self.times()?;
            }
        }
        let state = match self.token() {
            Token::Word(word) if word.eq_ignore_ascii_case("open") => Some(State::Open),
            Token::Word(word) if word.eq_ignore_ascii_case("off") || word.eq_ignore_ascii_case("closed") => {
                Some(State::Off)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("unknown") => Some(State::Unknown),
            Token::Word(word) => return Err(self.fault(strange_word(word))),
            _ => None,
        };
        if state.is_some() {
            self.step();
        }
        let comment = if let Token::Comment(comment) = self.token() {
            if comment.chars().any(char::is_control) {
                return Err(self.fault(Fault::Impossible("a comment must not contain control characters")));
            }
            self.step();
            Some(Box::from(comment))
        } else {
            None
        };
        if self.next == start {
            return Err(self.expected("a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00"));
        }
        // A comment and no more says "by appointment", or something like it.
        let state = state.unwrap_or(if comment.is_some() { State::Unknown } else { State::Open });
        Ok(Rule { joint, days, times, state, comment })
    }

    /// Steps over the colon that people like to put between days and times. It promises that something follows: a
    /// time that was forgotten must not open the whole day.
    fn colon(&mut self, start: usize) -> Result<(), HoursProblem> {
        if start < self.next && self.skip(':') && matches!(self.token(), Token::Mark(_) | Token::Bars | Token::End) {
            return Err(self.expected("weekdays, times, `open` or `off` after the colon"));
        }
        Ok(())
    }

    /// One item and, after commas, as many as there are. A comma that no such item follows begins another rule.
    fn list<T>(
        &mut self,
        at_item: fn(&Self) -> bool,
        item: fn(&mut Self) -> Result<T, HoursProblem>,
    ) -> Result<Vec<T>, HoursProblem> {
        let mut items = vec![item(self)?];
        while self.comma_before(at_item) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Steps over a comma if one is next and such an item follows it.
    fn comma_before(&mut self, at_item: fn(&Self) -> bool) -> bool {
        let start = self.next;
        let follows = self.skip(',') && at_item(self);
        if !follows {
            self.next = start;
        }
        follows
    }

    // --- what is next? -------------------------------------------------------------------------

    fn at_always(&self) -> bool {
        matches!(
            (self.token(), self.peek(1), self.peek(2)),
            (Token::Number("24"), Token::Mark('/'), Token::Number("7"))
        )
    }

    fn at_time(&self) -> bool {
        matches!(self.token(), Token::Number(digits) if digits.len() <= 2) && !self.at_always()
    }

    fn at_year(&self) -> bool {
        matches!(self.token(), Token::Number(digits) if digits.len() == 4)
    }

    fn at_date(&self) -> bool {
        let at = if self.at_year() { self.peek(1) } else { self.token() };
        matches!(at, Token::Word(word) if month(word).is_some())
    }

    fn at_week(&self) -> bool {
        self.at_time() && self.peek(1) != Token::Mark(':')
    }

    fn at_weekday(&self) -> bool {
        self.word_is("PH") || matches!(self.token(), Token::Word(word) if weekday(word).is_some())
    }

    fn at_nth(&self) -> bool {
        matches!(self.token(), Token::Number(_) | Token::Mark('-'))
    }

    // --- items ---------------------------------------------------------------------------------

    /// A number within bounds.
    fn number(&mut self, from: i16, to: i16, what: &'static str) -> Result<i16, HoursProblem> {
        let Token::Number(digits) = self.token() else { return Err(self.expected(what)) };
        match digits.parse() {
            Ok(number) if from <= number && number <= to => {
                self.step();
                Ok(number)
            }
            _ => Err(self.expected(what)),
        }
    }

    /// The same, for numbers that a byte holds.
    fn small(&mut self, from: i8, to: i8, what: &'static str) -> Result<i8, HoursProblem> {
        let number = self.number(from.into(), to.into(), what)?;
        i8::try_from(number).map_err(|_| self.expected(what))
    }

    fn year(&mut self) -> Result<i16, HoursProblem> {
        self.number(1900, 9999, "a year from 1900 to 9999")
    }

    fn years(&mut self) -> Result<Years, HoursProblem> {
        let from = self.year()?;
        if self.skip('+') {
            return Ok(Years { from, to: None });
        }
        let start = self.next;
        let to = if self.skip('-') { self.year()? } else { from };
        if to < from {
            return Err(self.fault_at(start + 1, Fault::Impossible("the years end before they start")));
        }
        Ok(Years { from, to: Some(to) })
    }

    fn dates(&mut self) -> Result<Dates, HoursProblem> {
        let year = if self.at_year() { Some(self.year()?) } else { None };
        let from = self.month_day(year)?;
        if !self.skip('-') {
            return Ok(Dates { from, to: from, years: year.map(|year| (year, year)) });
        }
        let start = self.next;
        let last_year = if self.at_year() { Some(self.year()?) } else { None };
        let to = if matches!(self.token(), Token::Number(_)) && last_year.is_none() && from.day.is_some() {
            MonthDay { month: from.month, day: Some(self.day_of_month(from.month, year)?) }
        } else {
            self.month_day(last_year.or(year))?
        };
        if from.day.is_some() != to.day.is_some() {
            return Err(self.fault_at(start, Fault::Expected("a range of months, or of days: Jan-Mar, Jan 15-Mar 31")));
        }
        let turns = i16::from(Dates::wraps(from, to));
        let years = match (year, last_year) {
            (None, None) => None,
            (Some(year), None) => Some((year, year + turns)),
            (None, Some(_)) => return Err(self.fault_at(start, Fault::Expected("a date without a year, as before it"))),
            (Some(year), Some(last)) if year + turns <= last => Some((year, last)),
            (Some(_), Some(_)) => {
                return Err(self.fault_at(start, Fault::Impossible("the dates end before they start")));
            }
        };
        Ok(Dates { from, to, years })
    }

    fn month_day(&mut self, year: Option<i16>) -> Result<MonthDay, HoursProblem> {
        let Token::Word(word) = self.token() else { return Err(self.expected("a month such as Jan")) };
        let month = month(word).ok_or_else(|| self.expected("a month such as Jan"))?;
        self.step();
        // `Dec 24` has a day; `Dec 10:00-12:00` has none.
        let has_day = matches!(self.token(), Token::Number(digits) if digits.len() <= 2)
            && self.peek(1) != Token::Mark(':')
            && !self.at_always();
        let day = if has_day { Some(self.day_of_month(month, year)?) } else { None };
        Ok(MonthDay { month, day })
    }

    fn day_of_month(&mut self, month: i8, year: Option<i16>) -> Result<i8, HoursProblem> {
        let start = self.next;
        let day = self.small(1, 31, DAY_OF_MONTH)?;
        // Without a year, February may have 29.
        if Date::new(year.unwrap_or(2000), month, day).is_err() {
            return Err(self.fault_at(start, Fault::Impossible("the month has no such day")));
        }
        Ok(day)
    }

    fn weeks(&mut self) -> Result<Weeks, HoursProblem> {
        const WEEK: &str = "a week from 1 to 53";
        let from = self.small(1, 53, WEEK)?;
        let start = self.next;
        let to = if self.skip('-') { self.small(1, 53, WEEK)? } else { from };
        if to < from {
            return Err(self.fault_at(start + 1, Fault::Impossible("the weeks end before they start")));
        }
        let step = if from < to && self.skip('/') { self.small(1, 53, "a number of weeks from 1 to 53")? } else { 1 };
        Ok(Weeks { from, to, step })
    }

    /// Weekdays and `PH`, if any are next.
    fn weekdays(&mut self, days: &mut Days) -> Result<(), HoursProblem> {
        let mut more = self.at_weekday();
        while more {
            if self.word_is("PH") {
                self.step();
                if matches!(self.token(), Token::Mark('+' | '-')) {
                    return Err(self.fault(Fault::Unsupported("a day counted from a holiday")));
                }
                days.holidays = true;
            } else {
                let range = self.weekday_range()?;
                days.weekdays.push(range);
            }
            more = self.comma_before(Self::at_weekday);
        }
        Ok(())
    }

    fn weekday_range(&mut self) -> Result<Weekdays, HoursProblem> {
        let from = self.weekday()?;
        let to = if self.skip('-') { self.weekday()? } else { from };
        let mut nth = Vec::new();
        if from == to && self.skip('[') {
            nth = self.list(Self::at_nth, Self::nth)?.concat();
            if !self.skip(']') {
                return Err(self.expected("`]`"));
            }
        }
        if matches!(self.token(), Token::Mark('+' | '-')) {
            return Err(self.fault(Fault::Unsupported("a day counted from a weekday")));
        }
        Ok(Weekdays { from, to, nth })
    }

    fn weekday(&mut self) -> Result<Weekday, HoursProblem> {
        const WEEKDAY: &str = "a weekday: Mo, Tu, We, Th, Fr, Sa, Su";
        let Token::Word(word) = self.token() else { return Err(self.expected(WEEKDAY)) };
        let weekday = weekday(word).ok_or_else(|| self.expected(WEEKDAY))?;
        self.step();
        Ok(weekday)
    }

    /// `1`, `-1`, or `1-3`, which is three.
    fn nth(&mut self) -> Result<Vec<i8>, HoursProblem> {
        const NTH: &str = "which of the month's: 1 to 5, or -1 to -5 from its end";
        if self.skip('-') {
            return Ok(vec![-self.small(1, 5, NTH)?]);
        }
        let from = self.small(1, 5, NTH)?;
        let to = if self.skip('-') { self.small(from, 5, NTH)? } else { from };
        Ok((from..=to).collect())
    }

    fn times(&mut self) -> Result<Vec<Span>, HoursProblem> {
        self.list(Self::at_time, Self::span)
    }

    fn span(&mut self) -> Result<Span, HoursProblem> {
        let index = self.next;
        let start = self.time()?;
        if DAY_MINUTES <= start {
            return Err(self.fault_at(index, Fault::Impossible("times start before 24:00")));
        }
        if self.token() == Token::Mark('+') {
            return Err(self.fault(Fault::Unsupported("an open end")));
        }
        if !self.skip('-') {
            return Err(self.expected("`-` and a time to which it is open"));
        }
        let index = self.next;
        let end = self.time()?;
        if 2 * DAY_MINUTES < end {
            return Err(self.fault_at(index, Fault::Impossible("times end at 48:00 at the latest")));
        }
        match self.token() {
            Token::Mark('+') => Err(self.fault(Fault::Unsupported("an open end"))),
            Token::Mark('/') => Err(self.fault(Fault::Unsupported("a repeated time"))),
            _ => Ok(Span::new(start, end)),
        }
    }

    /// Minutes from midnight.
    fn time(&mut self) -> Result<u16, HoursProblem> {
        let hours = match self.token() {
            Token::Number(digits) if digits.len() <= 2 => digits.parse::<u16>().map_err(|_| self.expected(TIME))?,
            Token::Word(word) if is_sun(word) => return Err(self.fault(SUN)),
            _ => return Err(self.expected(TIME)),
        };
        if self.peek(1) != Token::Mark(':') {
            return Err(self.expected(TIME));
        }
        match self.peek(2) {
            Token::Number(digits) if digits.len() == 2 && digits < "60" => {
                self.next += 3;
                Ok(hours * 60 + digits.parse::<u16>().map_err(|_| self.expected(TIME))?)
            }
            _ => Err(self.fault_at(self.next + 2, Fault::Expected("minutes from 00 to 59"))),
        }
    }
}

const SUN: Fault = Fault::Unsupported("a time by the sun");

fn is_sun(word: &str) -> bool {
    ["dawn", "sunrise", "sunset", "dusk"].iter().any(|event| word.eq_ignore_ascii_case(event))
}

/// What to say of a word that stands where a rule's state could.
fn strange_word(word: &str) -> Fault {
    if is_sun(word) {
        SUN
    } else if word.eq_ignore_ascii_case("PH")
        || word.eq_ignore_ascii_case("week")
        || weekday(word).is_some()
        || month(word).is_some()
    {
        Fault::Expected("`;` or `,` before another rule")
    } else if word.eq_ignore_ascii_case("SH") {
        Fault::Unsupported("school holidays")
    } else if word.eq_ignore_ascii_case("easter") {
        Fault::Unsupported("Easter")
    } else {
        Fault::Expected(
            "weekdays (Mo Tu We Th Fr Sa Su PH), months (Jan to Dec), `week`, times such as 09:00-17:00, `open` or `off`",
        )
    }
}

fn month(word: &str) -> Option<i8> {
    let index = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(word))?;
    i8::try_from(index + 1).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, weekday)| *weekday)
}
