//! Tables of expressions, zones and windows; and a naive model that walks from minute to minute.

#![expect(clippy::needless_raw_string_hashes, reason = "`expect!` writes them")]

use expect_test::{Expect, expect};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn hours(text: &str) -> OpeningHours {
    OpeningHours::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

/// `days` local days from `date` on.
fn window(zone: &TimeZone, date: &str, days: i64) -> Interval {
    let date: Date = date.parse().unwrap();
    let midnight = |date: Date| date.to_zoned(zone.clone()).unwrap().timestamp();
    Interval::new(midnight(date), midnight(date.saturating_add(days.days()))).unwrap()
}

fn interval(text: &str) -> Interval {
    let (start, end) = text.split_once('/').unwrap();
    Interval::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

/// One line for each open interval, by the clock on the wall with its offset, and how long it is in fact.
fn table(hours: &OpeningHours, zone: &TimeZone, window: Interval) -> String {
    let local = |time: Timestamp, format| time.to_zoned(zone.clone()).strftime(format).to_string();
    let lines = hours.open(zone, window).unwrap().into_iter().map(|open| {
        let (start, end) = (local(open.start(), "%a %d %H:%M%:z"), local(open.end(), "%a %d %H:%M%:z"));
        format!("{start} to {end} = {:#}\n", open.duration())
    });
    lines.collect()
}

#[expect(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
fn check(text: &str, zone_name: &str, date: &str, days: i64, expected: Expect) {
    let zone = zone(zone_name);
    expected.assert_eq(&table(&hours(text), &zone, window(&zone, date, days)));
}

#[test]
fn ordinary_weeks() {
    check(
        "Mo-Fr 09:00-12:30,13:30-17:00; We 10:00-12:00; Sa off",
        "Europe/Berlin",
        "2026-06-01",
        7,
        expect![[r#"
        Mon 01 09:00+02:00 to Mon 01 12:30+02:00 = 3h 30m
        Mon 01 13:30+02:00 to Mon 01 17:00+02:00 = 3h 30m
        Tue 02 09:00+02:00 to Tue 02 12:30+02:00 = 3h 30m
        Tue 02 13:30+02:00 to Tue 02 17:00+02:00 = 3h 30m
        Wed 03 10:00+02:00 to Wed 03 12:00+02:00 = 2h
        Thu 04 09:00+02:00 to Thu 04 12:30+02:00 = 3h 30m
        Thu 04 13:30+02:00 to Thu 04 17:00+02:00 = 3h 30m
        Fri 05 09:00+02:00 to Fri 05 12:30+02:00 = 3h 30m
        Fri 05 13:30+02:00 to Fri 05 17:00+02:00 = 3h 30m
    "#]],
    );
    check(
        "24/7",
        "Europe/Berlin",
        "2026-06-01",
        7,
        expect![[r#"
        Mon 01 00:00+02:00 to Mon 08 00:00+02:00 = 168h
    "#]],
    );
    check(
        "Mo-Su 10:00-12:00, We 12:00-14:00, 20:00-22:00",
        "UTC",
        "2026-06-02",
        2,
        expect![[r#"
        Tue 02 10:00+00:00 to Tue 02 12:00+00:00 = 2h
        Wed 03 10:00+00:00 to Wed 03 14:00+00:00 = 4h
        Wed 03 20:00+00:00 to Wed 03 22:00+00:00 = 2h
    "#]],
    );
    check(
        "Sa-Mo",
        "UTC",
        "2026-06-01",
        7,
        expect![[r#"
        Mon 01 00:00+00:00 to Tue 02 00:00+00:00 = 24h
        Sat 06 00:00+00:00 to Mon 08 00:00+00:00 = 48h
    "#]],
    );
    check(
        "10:00-18:00; 12:00-13:00 off; Tu 12:30-14:00 unknown",
        "UTC",
        "2026-06-01",
        2,
        expect![[r#"
        Mon 01 10:00+00:00 to Mon 01 12:00+00:00 = 2h
        Mon 01 13:00+00:00 to Mon 01 18:00+00:00 = 5h
        Tue 02 10:00+00:00 to Tue 02 12:00+00:00 = 2h
        Tue 02 14:00+00:00 to Tue 02 18:00+00:00 = 4h
    "#]],
    );
    check(
        "Mo 10:00-12:00 || 14:00-16:00 || \"by appointment\"",
        "UTC",
        "2026-06-01",
        2,
        expect![[r#"
        Mon 01 10:00+00:00 to Mon 01 12:00+00:00 = 2h
        Tue 02 14:00+00:00 to Tue 02 16:00+00:00 = 2h
    "#]],
    );
    check("Mo \"by appointment\"; off || \"ring\"", "UTC", "2026-06-01", 2, expect![[""]]);
    check(
        "Mo 09:00-09:00; We 20:00-48:00",
        "UTC",
        "2026-06-01",
        5,
        expect![[r#"
        Mon 01 09:00+00:00 to Tue 02 09:00+00:00 = 24h
        Wed 03 20:00+00:00 to Fri 05 00:00+00:00 = 28h
    "#]],
    );
}

#[test]
fn dates_weeks_and_years() {
    check(
        "10:00-11:00; Nov 1-Mar 31 off; Jun off; Aug 30-Sep 1 off",
        "UTC",
        "2026-03-31",
        2,
        expect![[r#"
        Wed 01 10:00+00:00 to Wed 01 11:00+00:00 = 1h
    "#]],
    );
    check(
        "Dec 24-26 10:00-11:00; 2026 Dec 31-2027 Jan 1 12:00-13:00",
        "UTC",
        "2026-12-20",
        30,
        expect![[r#"
        Thu 24 10:00+00:00 to Thu 24 11:00+00:00 = 1h
        Fri 25 10:00+00:00 to Fri 25 11:00+00:00 = 1h
        Sat 26 10:00+00:00 to Sat 26 11:00+00:00 = 1h
        Thu 31 12:00+00:00 to Thu 31 13:00+00:00 = 1h
        Fri 01 12:00+00:00 to Fri 01 13:00+00:00 = 1h
    "#]],
    );
    check(
        "2026 Dec 31-Jan 1 12:00-13:00",
        "UTC",
        "2026-12-20",
        30,
        expect![[r#"
        Thu 31 12:00+00:00 to Thu 31 13:00+00:00 = 1h
        Fri 01 12:00+00:00 to Fri 01 13:00+00:00 = 1h
    "#]],
    );
    check(
        "Feb 29 10:00-11:00",
        "UTC",
        "2027-12-01",
        100,
        expect![[r#"
        Tue 29 10:00+00:00 to Tue 29 11:00+00:00 = 1h
    "#]],
    );
    check(
        "Su[1],Fr[-1] 10:00-11:00",
        "UTC",
        "2026-02-01",
        28,
        expect![[r#"
        Sun 01 10:00+00:00 to Sun 01 11:00+00:00 = 1h
        Fri 27 10:00+00:00 to Fri 27 11:00+00:00 = 1h
    "#]],
    );
    check(
        "week 53 Mo 10:00-11:00; week 1-4/2 Tu 10:00-11:00",
        "UTC",
        "2026-12-20",
        45,
        expect![[r#"
        Mon 28 10:00+00:00 to Mon 28 11:00+00:00 = 1h
        Tue 05 10:00+00:00 to Tue 05 11:00+00:00 = 1h
        Tue 19 10:00+00:00 to Tue 19 11:00+00:00 = 1h
    "#]],
    );
    check(
        "2027+ Fr 10:00-11:00",
        "UTC",
        "2026-12-30",
        5,
        expect![[r#"
        Fri 01 10:00+00:00 to Fri 01 11:00+00:00 = 1h
    "#]],
    );
}

#[test]
fn over_midnight() {
    // Friday's night is Friday's: neither another rule for Saturday nor `off` ends it, and closing Friday closes it whole.
    check(
        "22:00-03:00; Sa 10:00-14:00",
        "UTC",
        "2026-06-05",
        3,
        expect![[r#"
        Fri 05 00:00+00:00 to Fri 05 03:00+00:00 = 3h
        Fri 05 22:00+00:00 to Sat 06 03:00+00:00 = 5h
        Sat 06 10:00+00:00 to Sat 06 14:00+00:00 = 4h
        Sun 07 22:00+00:00 to Mon 08 00:00+00:00 = 2h
    "#]],
    );
    check(
        "Fr-Sa 22:00-03:00; Sa off",
        "UTC",
        "2026-06-05",
        3,
        expect![[r#"
        Fri 05 22:00+00:00 to Sat 06 03:00+00:00 = 5h
    "#]],
    );
    check(
        "Fr-Sa 22:00-03:00; Fr off",
        "UTC",
        "2026-06-05",
        3,
        expect![[r#"
        Sat 06 22:00+00:00 to Sun 07 03:00+00:00 = 5h
    "#]],
    );
    // Part of a night can be taken out of it, by the hours of the evening it belongs to.
    check(
        "Fr 22:00-03:00; Fr 23:00-25:00 off",
        "UTC",
        "2026-06-05",
        3,
        expect![[r#"
        Fri 05 22:00+00:00 to Fri 05 23:00+00:00 = 1h
        Sat 06 01:00+00:00 to Sat 06 03:00+00:00 = 2h
    "#]],
    );
    // Nights that overlap are one.
    check(
        "Fr 20:00-34:00; Sa 08:00-12:00",
        "UTC",
        "2026-06-05",
        3,
        expect![[r#"
        Fri 05 20:00+00:00 to Sat 06 12:00+00:00 = 16h
    "#]],
    );
}

#[test]
fn days_when_the_clock_jumps() {
    for (place, date, expected) in [
        (
            "Europe/Berlin",
            "2026-03-28",
            expect![[r#"
            24/7
            Sat 28 00:00+01:00 to Mon 30 00:00+02:00 = 47h
            09:00-17:00
            Sat 28 09:00+01:00 to Sat 28 17:00+01:00 = 8h
            Sun 29 09:00+02:00 to Sun 29 17:00+02:00 = 8h
            22:00-03:00
            Sat 28 00:00+01:00 to Sat 28 03:00+01:00 = 3h
            Sat 28 22:00+01:00 to Sun 29 03:00+02:00 = 4h
            Sun 29 22:00+02:00 to Mon 30 00:00+02:00 = 2h
            22:00-02:15
            Sat 28 00:00+01:00 to Sat 28 02:15+01:00 = 2h 15m
            Sat 28 22:00+01:00 to Sun 29 03:00+02:00 = 4h
            Sun 29 22:00+02:00 to Mon 30 00:00+02:00 = 2h
            00:00-00:30
            Sat 28 00:00+01:00 to Sat 28 00:30+01:00 = 30m
            Sun 29 00:00+01:00 to Sun 29 00:30+01:00 = 30m
            01:45-02:45
            Sat 28 01:45+01:00 to Sat 28 02:45+01:00 = 1h
            Sun 29 01:45+01:00 to Sun 29 03:00+02:00 = 15m
            23:30-24:00
            Sat 28 23:30+01:00 to Sun 29 00:00+01:00 = 30m
            Sun 29 23:30+02:00 to Mon 30 00:00+02:00 = 30m
        "#]],
        ),
        (
            "Europe/Berlin",
            "2026-10-24",
            expect![[r#"
            24/7
            Sat 24 00:00+02:00 to Mon 26 00:00+01:00 = 49h
            09:00-17:00
            Sat 24 09:00+02:00 to Sat 24 17:00+02:00 = 8h
            Sun 25 09:00+01:00 to Sun 25 17:00+01:00 = 8h
            22:00-03:00
            Sat 24 00:00+02:00 to Sat 24 03:00+02:00 = 3h
            Sat 24 22:00+02:00 to Sun 25 03:00+01:00 = 6h
            Sun 25 22:00+01:00 to Mon 26 00:00+01:00 = 2h
            22:00-02:15
            Sat 24 00:00+02:00 to Sat 24 02:15+02:00 = 2h 15m
            Sat 24 22:00+02:00 to Sun 25 02:15+02:00 = 4h 15m
            Sun 25 22:00+01:00 to Mon 26 00:00+01:00 = 2h
            00:00-00:30
            Sat 24 00:00+02:00 to Sat 24 00:30+02:00 = 30m
            Sun 25 00:00+02:00 to Sun 25 00:30+02:00 = 30m
            01:45-02:45
            Sat 24 01:45+02:00 to Sat 24 02:45+02:00 = 1h
            Sun 25 01:45+02:00 to Sun 25 02:45+02:00 = 1h
            23:30-24:00
            Sat 24 23:30+02:00 to Sun 25 00:00+02:00 = 30m
            Sun 25 23:30+01:00 to Mon 26 00:00+01:00 = 30m
        "#]],
        ),
        (
            "America/New_York",
            "2026-03-07",
            expect![[r#"
            24/7
            Sat 07 00:00-05:00 to Mon 09 00:00-04:00 = 47h
            09:00-17:00
            Sat 07 09:00-05:00 to Sat 07 17:00-05:00 = 8h
            Sun 08 09:00-04:00 to Sun 08 17:00-04:00 = 8h
            22:00-03:00
            Sat 07 00:00-05:00 to Sat 07 03:00-05:00 = 3h
            Sat 07 22:00-05:00 to Sun 08 03:00-04:00 = 4h
            Sun 08 22:00-04:00 to Mon 09 00:00-04:00 = 2h
            22:00-02:15
            Sat 07 00:00-05:00 to Sat 07 02:15-05:00 = 2h 15m
            Sat 07 22:00-05:00 to Sun 08 03:00-04:00 = 4h
            Sun 08 22:00-04:00 to Mon 09 00:00-04:00 = 2h
            00:00-00:30
            Sat 07 00:00-05:00 to Sat 07 00:30-05:00 = 30m
            Sun 08 00:00-05:00 to Sun 08 00:30-05:00 = 30m
            01:45-02:45
            Sat 07 01:45-05:00 to Sat 07 02:45-05:00 = 1h
            Sun 08 01:45-05:00 to Sun 08 03:00-04:00 = 15m
            23:30-24:00
            Sat 07 23:30-05:00 to Sun 08 00:00-05:00 = 30m
            Sun 08 23:30-04:00 to Mon 09 00:00-04:00 = 30m
        "#]],
        ),
        (
            "America/New_York",
            "2026-10-31",
            expect![[r#"
            24/7
            Sat 31 00:00-04:00 to Mon 02 00:00-05:00 = 49h
            09:00-17:00
            Sat 31 09:00-04:00 to Sat 31 17:00-04:00 = 8h
            Sun 01 09:00-05:00 to Sun 01 17:00-05:00 = 8h
            22:00-03:00
            Sat 31 00:00-04:00 to Sat 31 03:00-04:00 = 3h
            Sat 31 22:00-04:00 to Sun 01 03:00-05:00 = 6h
            Sun 01 22:00-05:00 to Mon 02 00:00-05:00 = 2h
            22:00-02:15
            Sat 31 00:00-04:00 to Sat 31 02:15-04:00 = 2h 15m
            Sat 31 22:00-04:00 to Sun 01 02:15-05:00 = 5h 15m
            Sun 01 22:00-05:00 to Mon 02 00:00-05:00 = 2h
            00:00-00:30
            Sat 31 00:00-04:00 to Sat 31 00:30-04:00 = 30m
            Sun 01 00:00-04:00 to Sun 01 00:30-04:00 = 30m
            01:45-02:45
            Sat 31 01:45-04:00 to Sat 31 02:45-04:00 = 1h
            Sun 01 01:45-04:00 to Sun 01 02:45-05:00 = 2h
            23:30-24:00
            Sat 31 23:30-04:00 to Sun 01 00:00-04:00 = 30m
            Sun 01 23:30-05:00 to Mon 02 00:00-05:00 = 30m
        "#]],
        ),
        (
            "America/Santiago",
            "2026-09-05",
            expect![[r#"
            24/7
            Sat 05 00:00-04:00 to Mon 07 00:00-03:00 = 47h
            09:00-17:00
            Sat 05 09:00-04:00 to Sat 05 17:00-04:00 = 8h
            Sun 06 09:00-03:00 to Sun 06 17:00-03:00 = 8h
            22:00-03:00
            Sat 05 00:00-04:00 to Sat 05 03:00-04:00 = 3h
            Sat 05 22:00-04:00 to Sun 06 03:00-03:00 = 4h
            Sun 06 22:00-03:00 to Mon 07 00:00-03:00 = 2h
            22:00-02:15
            Sat 05 00:00-04:00 to Sat 05 02:15-04:00 = 2h 15m
            Sat 05 22:00-04:00 to Sun 06 02:15-03:00 = 3h 15m
            Sun 06 22:00-03:00 to Mon 07 00:00-03:00 = 2h
            00:00-00:30
            Sat 05 00:00-04:00 to Sat 05 00:30-04:00 = 30m
            01:45-02:45
            Sat 05 01:45-04:00 to Sat 05 02:45-04:00 = 1h
            Sun 06 01:45-03:00 to Sun 06 02:45-03:00 = 1h
            23:30-24:00
            Sat 05 23:30-04:00 to Sun 06 01:00-03:00 = 30m
            Sun 06 23:30-03:00 to Mon 07 00:00-03:00 = 30m
        "#]],
        ),
        (
            "America/Santiago",
            "2026-04-04",
            expect![[r#"
            24/7
            Sat 04 00:00-03:00 to Mon 06 00:00-04:00 = 49h
            09:00-17:00
            Sat 04 09:00-03:00 to Sat 04 17:00-03:00 = 8h
            Sun 05 09:00-04:00 to Sun 05 17:00-04:00 = 8h
            22:00-03:00
            Sat 04 00:00-03:00 to Sat 04 03:00-03:00 = 3h
            Sat 04 22:00-03:00 to Sun 05 03:00-04:00 = 6h
            Sun 05 22:00-04:00 to Mon 06 00:00-04:00 = 2h
            22:00-02:15
            Sat 04 00:00-03:00 to Sat 04 02:15-03:00 = 2h 15m
            Sat 04 22:00-03:00 to Sun 05 02:15-04:00 = 5h 15m
            Sun 05 22:00-04:00 to Mon 06 00:00-04:00 = 2h
            00:00-00:30
            Sat 04 00:00-03:00 to Sat 04 00:30-03:00 = 30m
            Sun 05 00:00-04:00 to Sun 05 00:30-04:00 = 30m
            01:45-02:45
            Sat 04 01:45-03:00 to Sat 04 02:45-03:00 = 1h
            Sun 05 01:45-04:00 to Sun 05 02:45-04:00 = 1h
            23:30-24:00
            Sat 04 23:30-03:00 to Sun 05 00:00-04:00 = 1h 30m
            Sun 05 23:30-04:00 to Mon 06 00:00-04:00 = 30m
        "#]],
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-03",
            expect![[r#"
            24/7
            Sat 03 00:00+10:30 to Mon 05 00:00+11:00 = 47h 30m
            09:00-17:00
            Sat 03 09:00+10:30 to Sat 03 17:00+10:30 = 8h
            Sun 04 09:00+11:00 to Sun 04 17:00+11:00 = 8h
            22:00-03:00
            Sat 03 00:00+10:30 to Sat 03 03:00+10:30 = 3h
            Sat 03 22:00+10:30 to Sun 04 03:00+11:00 = 4h 30m
            Sun 04 22:00+11:00 to Mon 05 00:00+11:00 = 2h
            22:00-02:15
            Sat 03 00:00+10:30 to Sat 03 02:15+10:30 = 2h 15m
            Sat 03 22:00+10:30 to Sun 04 02:30+11:00 = 4h
            Sun 04 22:00+11:00 to Mon 05 00:00+11:00 = 2h
            00:00-00:30
            Sat 03 00:00+10:30 to Sat 03 00:30+10:30 = 30m
            Sun 04 00:00+10:30 to Sun 04 00:30+10:30 = 30m
            01:45-02:45
            Sat 03 01:45+10:30 to Sat 03 02:45+10:30 = 1h
            Sun 04 01:45+10:30 to Sun 04 02:45+11:00 = 30m
            23:30-24:00
            Sat 03 23:30+10:30 to Sun 04 00:00+10:30 = 30m
            Sun 04 23:30+11:00 to Mon 05 00:00+11:00 = 30m
        "#]],
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-04",
            expect![[r#"
            24/7
            Sat 04 00:00+11:00 to Mon 06 00:00+10:30 = 48h 30m
            09:00-17:00
            Sat 04 09:00+11:00 to Sat 04 17:00+11:00 = 8h
            Sun 05 09:00+10:30 to Sun 05 17:00+10:30 = 8h
            22:00-03:00
            Sat 04 00:00+11:00 to Sat 04 03:00+11:00 = 3h
            Sat 04 22:00+11:00 to Sun 05 03:00+10:30 = 5h 30m
            Sun 05 22:00+10:30 to Mon 06 00:00+10:30 = 2h
            22:00-02:15
            Sat 04 00:00+11:00 to Sat 04 02:15+11:00 = 2h 15m
            Sat 04 22:00+11:00 to Sun 05 02:15+10:30 = 4h 45m
            Sun 05 22:00+10:30 to Mon 06 00:00+10:30 = 2h
            00:00-00:30
            Sat 04 00:00+11:00 to Sat 04 00:30+11:00 = 30m
            Sun 05 00:00+11:00 to Sun 05 00:30+11:00 = 30m
            01:45-02:45
            Sat 04 01:45+11:00 to Sat 04 02:45+11:00 = 1h
            Sun 05 01:45+11:00 to Sun 05 02:45+10:30 = 1h 30m
            23:30-24:00
            Sat 04 23:30+11:00 to Sun 05 00:00+11:00 = 30m
            Sun 05 23:30+10:30 to Mon 06 00:00+10:30 = 30m
        "#]],
        ),
        (
            "Africa/Cairo",
            "2026-04-23",
            expect![[r#"
            24/7
            Thu 23 00:00+02:00 to Sat 25 00:00+03:00 = 47h
            09:00-17:00
            Thu 23 09:00+02:00 to Thu 23 17:00+02:00 = 8h
            Fri 24 09:00+03:00 to Fri 24 17:00+03:00 = 8h
            22:00-03:00
            Thu 23 00:00+02:00 to Thu 23 03:00+02:00 = 3h
            Thu 23 22:00+02:00 to Fri 24 03:00+03:00 = 4h
            Fri 24 22:00+03:00 to Sat 25 00:00+03:00 = 2h
            22:00-02:15
            Thu 23 00:00+02:00 to Thu 23 02:15+02:00 = 2h 15m
            Thu 23 22:00+02:00 to Fri 24 02:15+03:00 = 3h 15m
            Fri 24 22:00+03:00 to Sat 25 00:00+03:00 = 2h
            00:00-00:30
            Thu 23 00:00+02:00 to Thu 23 00:30+02:00 = 30m
            01:45-02:45
            Thu 23 01:45+02:00 to Thu 23 02:45+02:00 = 1h
            Fri 24 01:45+03:00 to Fri 24 02:45+03:00 = 1h
            23:30-24:00
            Thu 23 23:30+02:00 to Fri 24 01:00+03:00 = 30m
            Fri 24 23:30+03:00 to Sat 25 00:00+03:00 = 30m
        "#]],
        ),
        (
            "Africa/Cairo",
            "2026-10-29",
            expect![[r#"
            24/7
            Thu 29 00:00+03:00 to Sat 31 00:00+02:00 = 49h
            09:00-17:00
            Thu 29 09:00+03:00 to Thu 29 17:00+03:00 = 8h
            Fri 30 09:00+02:00 to Fri 30 17:00+02:00 = 8h
            22:00-03:00
            Thu 29 00:00+03:00 to Thu 29 03:00+03:00 = 3h
            Thu 29 22:00+03:00 to Fri 30 03:00+02:00 = 6h
            Fri 30 22:00+02:00 to Sat 31 00:00+02:00 = 2h
            22:00-02:15
            Thu 29 00:00+03:00 to Thu 29 02:15+03:00 = 2h 15m
            Thu 29 22:00+03:00 to Fri 30 02:15+02:00 = 5h 15m
            Fri 30 22:00+02:00 to Sat 31 00:00+02:00 = 2h
            00:00-00:30
            Thu 29 00:00+03:00 to Thu 29 00:30+03:00 = 30m
            Fri 30 00:00+02:00 to Fri 30 00:30+02:00 = 30m
            01:45-02:45
            Thu 29 01:45+03:00 to Thu 29 02:45+03:00 = 1h
            Fri 30 01:45+02:00 to Fri 30 02:45+02:00 = 1h
            23:30-24:00
            Thu 29 23:30+03:00 to Fri 30 00:00+02:00 = 1h 30m
            Fri 30 23:30+02:00 to Sat 31 00:00+02:00 = 30m
        "#]],
        ),
    ] {
        let zone = zone(place);
        let window = window(&zone, date, 2);
        let texts = ["24/7", "09:00-17:00", "22:00-03:00", "22:00-02:15", "00:00-00:30", "01:45-02:45", "23:30-24:00"];
        let tables = texts.map(|text| format!("{text}\n{}", table(&hours(text), &zone, window)));
        expected.assert_eq(&tables.concat());
    }
}

#[test]
fn sunday_goes_on_while_it_is_saturday_again() {
    // Newfoundland's clocks went back from Sunday 00:01 to Saturday 23:01.
    let newfoundland = zone("America/St_Johns");
    let again = interval("2006-10-28T23:15-03:30/2006-10-28T23:45-03:30");
    assert!(hours("Su 00:00-06:00").covers(&newfoundland, again).unwrap());
    assert!(!hours("Sa 23:00-24:00").covers(&newfoundland, again).unwrap());
}

#[test]
fn public_holidays() {
    let germany: Holidays =
        ["2026-05-01", "2026-12-25"].map(|date| date.parse::<Date>().unwrap()).into_iter().collect();
    let berlin = zone("Europe/Berlin");
    let week = window(&berlin, "2026-04-30", 5);
    let text = "Mo-Fr 09:00-17:00; PH off";
    assert!(hours(text).need_holidays() && !hours("Mo-Fr 09:00-17:00").need_holidays());
    expect![[r#"
        Thu 30 09:00+02:00 to Thu 30 17:00+02:00 = 8h
        Mon 04 09:00+02:00 to Mon 04 17:00+02:00 = 8h
    "#]]
    .assert_eq(&table(&hours(text).with_holidays(germany.clone()), &berlin, week));
    // A bar whose night begins on the eve of the holiday closes at three, as on every night.
    let bar = hours("22:00-03:00; PH off").with_holidays(germany.clone());
    expect![[r#"
        Thu 30 00:00+02:00 to Thu 30 03:00+02:00 = 3h
        Thu 30 22:00+02:00 to Fri 01 03:00+02:00 = 5h
        Sat 02 22:00+02:00 to Sun 03 03:00+02:00 = 5h
        Sun 03 22:00+02:00 to Mon 04 03:00+02:00 = 5h
        Mon 04 22:00+02:00 to Tue 05 00:00+02:00 = 2h
    "#]]
    .assert_eq(&table(&bar, &berlin, week));
    let museum = hours("Su,PH 10:00-12:00").with_holidays(germany);
    expect![[r#"
        Fri 01 10:00+02:00 to Fri 01 12:00+02:00 = 2h
        Sun 03 10:00+02:00 to Sun 03 12:00+02:00 = 2h
    "#]]
    .assert_eq(&table(&museum, &berlin, week));
}

#[test]
fn exceptions_stand_for_what_begins_on_their_day() {
    let berlin = zone("Europe/Berlin");
    let exceptions =
        [("2026-06-05", "18:00-01:00,12:00-14:00"), ("2026-06-06", "closed"), ("2026-06-07", "00:00-48:00")];
    let hours = hours("22:00-03:00; PH off").with_holidays("2026-06-07".parse::<Date>().into_iter().collect());
    let hours =
        hours.with_exceptions(exceptions.map(|(date, text)| (date.parse().unwrap(), Exception::parse(text).unwrap())));
    expect![[r#"
        Thu 04 00:00+02:00 to Thu 04 03:00+02:00 = 3h
        Thu 04 22:00+02:00 to Fri 05 03:00+02:00 = 5h
        Fri 05 12:00+02:00 to Fri 05 14:00+02:00 = 2h
        Fri 05 18:00+02:00 to Sat 06 01:00+02:00 = 7h
        Sun 07 00:00+02:00 to Tue 09 03:00+02:00 = 51h
        Tue 09 22:00+02:00 to Wed 10 03:00+02:00 = 5h
        Wed 10 22:00+02:00 to Thu 11 00:00+02:00 = 2h
    "#]]
    .assert_eq(&table(&hours, &berlin, window(&berlin, "2026-06-04", 7)));
    assert_eq!(Exception::parse("off"), Ok(Exception::closed()));
    for (text, written) in [
        ("closed", "closed"),
        ("00:00-24:00", "00:00-24:00"),
        ("open all day", "00:00-24:00"),
        ("open", "00:00-24:00"),
        ("00:00-48:00", "00:00-48:00"),
        ("18:00-25:00,12:00-14:00", "12:00-14:00, 18:00-01:00"),
    ] {
        let exception = Exception::parse(text).unwrap();
        assert_eq!(exception.to_string(), written);
        assert_eq!(Exception::parse(written), Ok(exception), "{text} is read as it is written");
    }
    let problem = |text| Exception::parse(text).unwrap_err().to_string();
    expect!["at its end: expected times such as 10:00-18:00, or `closed`"].assert_eq(&problem(""));
    expect!["at character 1, `Mo`: expected times such as 10:00-18:00, or `closed`"]
        .assert_eq(&problem("Mo 10:00-12:00"));
    expect!["at character 12, `;`: expected the end"].assert_eq(&problem("10:00-12:00; 13:00-14:00"));
}

#[test]
fn a_refusal_says_what_is_open_that_day() {
    let berlin = zone("Europe/Berlin");
    let hours =
        hours("Mo-Sa 12:00-15:00,18:00-23:00; Tu off; We 12:00-15:00,14:00-16:00,16:00-17:00; Fr 20:00-02:00; Th");
    let said = |text: &str| match hours.first_closed(&berlin, interval(text)).unwrap() {
        Some(closed) => format!("{} {closed}", closed.at),
        None => "open".to_owned(),
    };
    for (asked, expected) in [
        ("2026-06-01T12:00+02/2026-06-01T15:00+02", expect!["open"]),
        (
            "2026-06-01T12:00+02/2026-06-01T15:01+02",
            expect!["2026-06-01T13:00:00Z closed; open on 2026-06-01 12:00-15:00, 18:00-23:00"],
        ),
        (
            "2026-06-01T11:00+02/2026-06-01T13:00+02",
            expect!["2026-06-01T09:00:00Z closed; open on 2026-06-01 12:00-15:00, 18:00-23:00"],
        ),
        (
            "2026-06-01T14:00+02/2026-06-01T19:00+02",
            expect!["2026-06-01T13:00:00Z closed; open on 2026-06-01 12:00-15:00, 18:00-23:00"],
        ),
        ("2026-06-02T14:00+02/2026-06-02T19:00+02", expect!["2026-06-02T12:00:00Z closed on 2026-06-02"]),
        (
            "2026-06-03T11:59+02/2026-06-03T17:00+02",
            expect!["2026-06-03T09:59:00Z closed; open on 2026-06-03 12:00-17:00"],
        ),
        ("2026-06-04T00:00+02/2026-06-05T00:00+02", expect!["open"]),
        (
            "2026-06-04T23:00+02/2026-06-05T01:00+02",
            expect!["2026-06-04T22:00:00Z closed; open on 2026-06-05 20:00-02:00"],
        ),
        ("2026-06-05T23:00+02/2026-06-06T02:00+02", expect!["open"]),
        (
            "2026-06-05T23:00+02/2026-06-06T03:00+02",
            expect!["2026-06-06T00:00:00Z closed; open on 2026-06-06 12:00-15:00, 18:00-23:00"],
        ),
    ] {
        expected.assert_eq(&said(asked));
    }
    expect!["open all day"].assert_eq(&hours.on("2026-06-04".parse().unwrap()).to_string());
}

#[test]
fn a_window_has_at_most_366_days() {
    let start = Timestamp::UNIX_EPOCH;
    let year = Interval::new(start, start + HOURS_WINDOW_MAX).unwrap();
    let longer = Interval::new(start, start + HOURS_WINDOW_MAX + SignedDuration::from_micros(1)).unwrap();
    let always = hours("24/7");
    assert_eq!(always.open(&TimeZone::UTC, year), Ok(vec![year]));
    assert_eq!(always.open(&TimeZone::UTC, longer), Err(WindowTooLong));
    assert_eq!(always.covers(&TimeZone::UTC, longer), Err(WindowTooLong));
    expect!["must span at most 366 days"].assert_eq(&WindowTooLong.to_string());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let texts = [
        "",
        "  ",
        "Mo-Fr 9-17",
        "Mo-Fr 09:00-17:60",
        "Mo-Fr 25:00-26:00",
        "Mo-Fr 09:00-49:00",
        "Mo-Fr 09:00",
        "Montag 09:00-17:00",
        "Mo-Fr 09:00-17:00;; Sa off",
        "Mo-Fr 09:00-17:00,",
        "Mo-Fr 09:00-17:00 Sa 10:00-12:00",
        "Mo-Fr 09:00-17:00 please",
        "Mo-Xx 09:00-17:00",
        "Mo[6] 09:00-17:00",
        "Mo[1 09:00-17:00",
        "Feb 30 off",
        "2026 Feb 29 off",
        "Dec 24,31 off",
        "Dec 32 off",
        "Jan-Feb 3 off",
        "Jan 1-2026 Feb 3 off",
        "2026 Mar 1-2025 Feb 3 off",
        "2026-2025 off",
        "1066 off",
        "week 54 off",
        "week 9-3 off",
        "sunrise-sunset",
        "10:00-sunset",
        "18:00+",
        "10:00-18:00+",
        "10:00-18:00/30",
        "SH off",
        "easter off",
        "Mo[1] +1 day off",
        "PH -1 day off",
        "Сб 10:00-12:00",
        "Mo 10:00-12:00 \"ask",
        "Mo 10:00-12:00 \"a\nb\"",
        "Mo\u{1b}[0m",
        "|| Mo",
        ":",
        "Mo:; Tu off",
        "Mo::10:00-12:00",
        "99999999999999999999999999999999",
    ];
    let said = texts.map(|text| {
        format!(
            "{text:?}: {}\n",
            OpeningHours::parse(text).map_or_else(|problem| problem.to_string(), |_| "fine".into())
        )
    });
    expect![[r#"
        "": at its end: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
        "  ": at its end: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
        "Mo-Fr 9-17": at character 7, `9`: expected a time such as 09:00
        "Mo-Fr 09:00-17:60": at character 16, `60`: expected minutes from 00 to 59
        "Mo-Fr 25:00-26:00": at character 7, `25`: times start before 24:00
        "Mo-Fr 09:00-49:00": at character 13, `49`: times end at 48:00 at the latest
        "Mo-Fr 09:00": at its end: expected `-` and a time to which it is open
        "Montag 09:00-17:00": at character 1, `Montag`: expected weekdays (Mo Tu We Th Fr Sa Su PH), months (Jan to Dec), `week`, times such as 09:00-17:00, `open` or `off`
        "Mo-Fr 09:00-17:00;; Sa off": at character 19, `;`: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
        "Mo-Fr 09:00-17:00,": at its end: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
        "Mo-Fr 09:00-17:00 Sa 10:00-12:00": at character 19, `Sa`: expected `;` or `,` before another rule
        "Mo-Fr 09:00-17:00 please": at character 19, `please`: expected weekdays (Mo Tu We Th Fr Sa Su PH), months (Jan to Dec), `week`, times such as 09:00-17:00, `open` or `off`
        "Mo-Xx 09:00-17:00": at character 4, `Xx`: expected a weekday: Mo, Tu, We, Th, Fr, Sa, Su
        "Mo[6] 09:00-17:00": at character 4, `6`: expected which of the month's: 1 to 5, or -1 to -5 from its end
        "Mo[1 09:00-17:00": at character 6, `09`: expected `]`
        "Feb 30 off": at character 5, `30`: the month has no such day
        "2026 Feb 29 off": at character 10, `29`: the month has no such day
        "Dec 24,31 off": at character 8, `31`: expected a time such as 09:00
        "Dec 32 off": at character 5, `32`: expected a day of the month
        "Jan-Feb 3 off": at character 5, `Feb`: expected a range of months, or of days: Jan-Mar, Jan 15-Mar 31
        "Jan 1-2026 Feb 3 off": at character 7, `2026`: expected a date without a year, as before it
        "2026 Mar 1-2025 Feb 3 off": at character 12, `2025`: the dates end before they start
        "2026-2025 off": at character 6, `2025`: the years end before they start
        "1066 off": at character 1, `1066`: expected a year from 1900 to 9999
        "week 54 off": at character 6, `54`: expected a week from 1 to 53
        "week 9-3 off": at character 8, `3`: the weeks end before they start
        "sunrise-sunset": at character 1, `sunrise`: a time by the sun can't be used here
        "10:00-sunset": at character 7, `sunset`: a time by the sun can't be used here
        "18:00+": at character 6, `+`: an open end can't be used here
        "10:00-18:00+": at character 12, `+`: an open end can't be used here
        "10:00-18:00/30": at character 12, `/`: a repeated time can't be used here
        "SH off": at character 1, `SH`: school holidays can't be used here
        "easter off": at character 1, `easter`: Easter can't be used here
        "Mo[1] +1 day off": at character 7, `+`: a day counted from a weekday can't be used here
        "PH -1 day off": at character 4, `-`: a day counted from a holiday can't be used here
        "Сб 10:00-12:00": at character 1, `Сб`: expected weekdays (Mo Tu We Th Fr Sa Su PH), months (Jan to Dec), `week`, times such as 09:00-17:00, `open` or `off`
        "Mo 10:00-12:00 \"ask": at character 16, `"`: expected a comment that ends with `"`
        "Mo 10:00-12:00 \"a\nb\"": at character 16, `"a�b"`: a comment must not contain control characters
        "Mo\u{1b}[0m": at character 3, `�`: expected `;`, `,`, `||`, `open`, `off`, or the end
        "|| Mo": at character 1, `||`: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
        ":": at character 1, `:`: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
        "Mo:; Tu off": at character 4, `;`: expected weekdays, times, `open` or `off` after the colon
        "Mo::10:00-12:00": at character 4, `:`: expected weekdays, times, `open` or `off` after the colon
        "99999999999999999999999999999999": at character 1, `99999999999999999999`: expected a day such as Mo-Fr, a date such as Dec 24, or times such as 09:00-17:00
    "#]].assert_eq(&said.concat());
    let long = "Mo;".repeat(334);
    assert_eq!(OpeningHours::parse(&long), Err(HoursProblem::TooLong));
    expect!["must have at most 1000 bytes"].assert_eq(&HoursProblem::TooLong.to_string());
    assert!(OpeningHours::parse(&long[3..]).is_ok());
}

#[test]
fn they_are_written_in_one_way() {
    let texts = [
        "mo-fr 9:00-17:00;ph off;",
        "Mo-Fr: 09:00 – 17:00",
        "Mo, We , Fr 10:00-12:00, 13:00-14:00",
        "PH,Mo closed \"we rest\"",
        "24/7",
        "open",
        "off",
        "Mo open, Tu 10:00-12:00",
        "Mo, 10:00-12:00",
        "Mo 10:00-12:00 open, 13:00-14:00",
        "10:00-12:00,Sa 13:00-14:00",
        "10:00-12:00, 24/7 off",
        "20:00-26:00,20:00-44:00,20:00-45:00,00:00-24:00",
        "2026 dec 24-26,Jan-Mar 10:00-12:00||\"ask\"",
        "2026 Dec 24-2026 Dec 26 off; 2026 Dec 24-2027 Jan 6 off; 2026 Dec 24-2028 Jan 6 off; Jan 1-Jan 1",
        "2026-2026,2028+ Jan 5-Feb 3 week 1-53/2 Mo[1-3,-1],Tu-We: 10:00-12:00 unknown \"a b\"",
        "2026 open, 2027 Dec 24 off",
        "week 1 open, 10:00-12:00",
    ];
    let written = texts.map(|text| {
        let written = hours(text).to_string();
        assert_eq!(hours(&written), hours(text), "{text} is written {written}");
        format!("{text}\n    {written}\n")
    });
    expect![[r#"
        mo-fr 9:00-17:00;ph off;
            Mo-Fr 09:00-17:00; PH off
        Mo-Fr: 09:00 – 17:00
            Mo-Fr 09:00-17:00
        Mo, We , Fr 10:00-12:00, 13:00-14:00
            Mo,We,Fr 10:00-12:00,13:00-14:00
        PH,Mo closed "we rest"
            Mo,PH off "we rest"
        24/7
            24/7
        open
            24/7
        off
            off
        Mo open, Tu 10:00-12:00
            Mo open, Tu 10:00-12:00
        Mo, 10:00-12:00
            Mo, 10:00-12:00
        Mo 10:00-12:00 open, 13:00-14:00
            Mo 10:00-12:00 open, 13:00-14:00
        10:00-12:00,Sa 13:00-14:00
            10:00-12:00, Sa 13:00-14:00
        10:00-12:00, 24/7 off
            10:00-12:00, off
        20:00-26:00,20:00-44:00,20:00-45:00,00:00-24:00
            20:00-02:00,20:00-20:00,20:00-45:00,00:00-24:00
        2026 dec 24-26,Jan-Mar 10:00-12:00||"ask"
            2026 Dec 24-26,Jan-Mar 10:00-12:00 || unknown "ask"
        2026 Dec 24-2026 Dec 26 off; 2026 Dec 24-2027 Jan 6 off; 2026 Dec 24-2028 Jan 6 off; Jan 1-Jan 1
            2026 Dec 24-26 off; 2026 Dec 24-Jan 06 off; 2026 Dec 24-2028 Jan 06 off; Jan 01
        2026-2026,2028+ Jan 5-Feb 3 week 1-53/2 Mo[1-3,-1],Tu-We: 10:00-12:00 unknown "a b"
            2026,2028+ Jan 05-Feb 03 week 01-53/2 Mo[1,2,3,-1],Tu-We 10:00-12:00 unknown "a b"
        2026 open, 2027 Dec 24 off
            2026 open, 2027 Dec 24 off
        week 1 open, 10:00-12:00
            week 01, 10:00-12:00
    "#]]
    .assert_eq(&written.concat());
}

#[test]
fn the_ends_of_time_are_survived() {
    for zone in [TimeZone::UTC, zone("Pacific/Kiritimati"), zone("America/Los_Angeles")] {
        let last = Timestamp::MAX - SignedDuration::from_secs(1);
        for (start, end) in [(Timestamp::MIN, Timestamp::MIN + HOURS_WINDOW_MAX), (last - HOURS_WINDOW_MAX, last)] {
            let window = Interval::new(start, end).unwrap();
            for text in ["24/7", "22:00-48:00", "week 1 Mo[-1] off", "Feb 29"] {
                let open = hours(text).open(&zone, window).unwrap();
                assert!(open.iter().all(|open| window.contains(*open)), "{text}");
            }
        }
    }
}

// --- the naive model -----------------------------------------------------------------------------

/// Where the clock does something odd on or after the day, two of them beyond midnight.
const ODD_DAYS: [(&str, &str); 13] = [
    ("Europe/Berlin", "2026-03-28"),
    ("Europe/Berlin", "2026-10-24"),
    ("America/New_York", "2026-03-07"),
    ("America/New_York", "2026-10-31"),
    ("America/Santiago", "2026-09-05"),
    ("America/Santiago", "2026-04-04"),
    ("Australia/Lord_Howe", "2026-10-03"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Africa/Cairo", "2026-04-23"),
    ("Africa/Cairo", "2026-10-29"),
    // Back from 00:01 to 23:01 of the day before.
    ("America/St_Johns", "2006-10-28"),
    // No 30 December.
    ("Pacific/Apia", "2011-12-28"),
    ("UTC", "2026-06-05"),
];

const WEEK: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// A rule of the common kind: weekdays, spans in minutes, what it does to its days.
#[derive(Clone, Debug)]
struct Common {
    from: usize,
    to: usize,
    spans: Vec<(u16, u16)>,
    adds: bool,
}

fn common() -> impl Strategy<Value = Common> {
    // Quarters of an hour, most of them near midnight, where the clocks jump.
    let quarter = prop_oneof![0_u16..16, 80_u16..96, 0_u16..96];
    let spans = prop::collection::vec((quarter.clone(), quarter), 0..3);
    (0..7_usize, 0..7_usize, spans, any::<bool>()).prop_map(|(from, to, spans, adds)| Common { from, to, spans, adds })
}

fn written(rules: &[Common]) -> String {
    let mut text = "off".to_owned();
    for Common { from, to, spans, adds } in rules {
        let spans: Vec<String> = spans
            .iter()
            .map(|(start, end)| format!("{:02}:{:02}-{:02}:{:02}", start / 4, start % 4 * 15, end / 4, end % 4 * 15))
            .collect();
        let (joint, times) = match spans.as_slice() {
            [] => ("; ", "off".to_owned()),
            times if *adds => (", ", times.join(",")),
            times => ("; ", times.join(",")),
        };
        text = [&text, joint, WEEK[*from], "-", WEEK[*to], " ", &times].concat();
    }
    text
}

/// The minutes of `window` in which the place is open. Walks from minute to minute and keeps how far the clock on the
/// wall has got: hours have begun once it got to their start, and are over once it got to their end.
fn open_minutes(rules: &[Common], zone: &TimeZone, window: Interval) -> Vec<bool> {
    let mut week: [Vec<(u16, u16)>; 7] = Default::default();
    for Common { from, to, spans, adds } in rules {
        let mut day = *from;
        loop {
            if !*adds || spans.is_empty() {
                week[day].clear();
            }
            week[day].extend(spans);
            if day == *to {
                break;
            }
            day = (day + 1) % 7;
        }
    }
    let is_open = |got_to: DateTime| {
        (0..3).any(|days_ago: i64| {
            let date = got_to.date().saturating_sub(days_ago.days());
            let minute = i64::from(got_to.hour()) * 60 + i64::from(got_to.minute()) + days_ago * 1440;
            week[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()].iter().any(|(start, end)| {
                let (start, end) = (i64::from(start * 15), i64::from(end * 15));
                start <= minute && minute < if start < end { end } else { end + 1440 }
            })
        })
    };
    let minute = SignedDuration::from_mins(1);
    let mut now = window.start() - SignedDuration::from_hours(72);
    let mut got_to = zone.to_datetime(now);
    let mut open = Vec::new();
    while now < window.end() {
        got_to = got_to.max(zone.to_datetime(now));
        if window.start() <= now {
            open.push(is_open(got_to));
        }
        now += minute;
    }
    open
}

/// Whether each minute of `window` lies in one of `open`.
fn minutes_of(open: &[Interval], window: Interval) -> Vec<bool> {
    let minutes = usize::try_from(window.duration().as_mins()).unwrap();
    let mut is_open = vec![false; minutes];
    let minute = |time: Timestamp| usize::try_from(time.duration_since(window.start()).as_mins()).unwrap();
    for interval in open {
        is_open[minute(interval.start())..minute(interval.end())].fill(true);
    }
    is_open
}

/// Texts made of what expressions are made of.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Mo",
        "tu",
        "Fr-Mo",
        "PH",
        "SH",
        "Jan",
        "Feb 29",
        "Dec 24",
        "2026",
        "2028",
        "week",
        "week 1",
        "24/7",
        "off",
        "open",
        "closed",
        "unknown",
        "easter",
        "sunset",
        "10:00-12:00",
        "22:00-03:00",
        "20:00-44:00",
        "09:00",
        "-",
        ",",
        ", ",
        "; ",
        "||",
        " || ",
        "+",
        "/",
        "[",
        "]",
        "[1]",
        "[-1]",
        ":",
        "(",
        "\"",
        "\"ask\"",
        "5",
        "31",
        "53",
        "99999",
        " ",
        " ",
        " ",
        "é",
        "–",
        "\0",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn open_is_what_the_naive_model_says(
        rules in prop::collection::vec(common(), 1..5),
        odd in prop::sample::select(ODD_DAYS.to_vec()),
        inner in (prop_oneof![1380..1620_i64, 0..4320_i64], prop_oneof![1..120_i64, 1..2000_i64]),
    ) {
        let zone = zone(odd.0);
        let window = window(&zone, odd.1, 4);
        let text = written(&rules);
        let hours = hours(&text);
        let open = hours.open(&zone, window).unwrap();
        let expected = open_minutes(&rules, &zone, window);
        prop_assert_eq!(minutes_of(&open, window), &expected[..], "{}", text);
        prop_assert!(open.windows(2).all(|pair| pair[0].end() < pair[1].start()), "not merged: {}", text);

        // Of any part of it the same is said, and a refusal points at the first closed minute.
        let start = window.start() + SignedDuration::from_mins(inner.0);
        let end = (start + SignedDuration::from_mins(inner.1)).min(window.end());
        if let Ok(part) = Interval::new(start, end) {
            let first_minute = usize::try_from(inner.0).unwrap();
            let minutes = usize::try_from(part.duration().as_mins()).unwrap();
            let first_closed = expected[first_minute..first_minute + minutes].iter().position(|is_open| !is_open);
            prop_assert_eq!(hours.covers(&zone, part).unwrap(), first_closed.is_none());
            let minutes = &expected[first_minute..first_minute + minutes];
            prop_assert_eq!(minutes_of(&hours.open(&zone, part).unwrap(), part), minutes, "{} in {:?}", text, part);
            prop_assert_eq!(hours.covers(&zone, part).unwrap(), open.iter().any(|open| open.contains(part)));
            let closed = hours.first_closed(&zone, part).unwrap();
            let at = closed.map(|closed| usize::try_from(closed.at.duration_since(start).as_mins()).unwrap());
            prop_assert_eq!(at, first_closed);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![soup(), ".{0,60}", "[A-Za-z0-9:;,|/ +-]{0,60}"]) {
        match OpeningHours::parse(&text) {
            Ok(parsed) => {
                let written = parsed.to_string();
                prop_assert_eq!(OpeningHours::parse(&written), Ok(parsed.clone()), "{} is written {}", text, written);
                let zone = zone("Africa/Cairo");
                parsed.open(&zone, window(&zone, "2026-01-01", 366)).unwrap();
            }
            Err(problem) => {
                let said = problem.to_string();
                prop_assert!(said.len() < 300 && !said.chars().any(char::is_control), "{}", said);
            }
        }
    }
}
