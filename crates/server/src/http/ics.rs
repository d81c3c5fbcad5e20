//! One event as a calendar takes it (RFC 5545): text is escaped, and lines are folded at 75 octets, so that nothing people write can
//! begin a line of its own.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// Octets of a line, without its end.
const LINE_OCTETS_MAX: usize = 75;

/// What stands in a calendar.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Its id, the same for every version.
    pub id: Uuid,
    /// Counts its versions.
    pub version: i64,
    /// When this version was made.
    pub changed_at: Timestamp,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// What it is called.
    pub summary: &'a str,
    /// Where it is.
    pub location: Option<&'a str>,
    /// More about it.
    pub description: Option<&'a str>,
    /// `CONFIRMED`, `TENTATIVE` or `CANCELLED`.
    pub status: &'static str,
}

/// A calendar of this one event.
pub fn calendar(event: &Event<'_>) -> String {
    let mut out = String::with_capacity(512);
    for fixed in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bronya//Bronya//EN", "BEGIN:VEVENT"] {
        line(&mut out, fixed);
    }
    line(&mut out, &format!("UID:{}", event.id));
    line(&mut out, &format!("SEQUENCE:{}", event.version));
    line(&mut out, &format!("DTSTAMP:{}", utc(event.changed_at)));
    line(&mut out, &format!("DTSTART:{}", utc(event.starts_at)));
    line(&mut out, &format!("DTEND:{}", utc(event.ends_at)));
    line(&mut out, &format!("SUMMARY:{}", escaped(event.summary)));
    if let Some(text) = event.location {
        line(&mut out, &format!("LOCATION:{}", escaped(text)));
    }
    if let Some(text) = event.description {
        line(&mut out, &format!("DESCRIPTION:{}", escaped(text)));
    }
    line(&mut out, &format!("STATUS:{}", event.status));
    for fixed in ["END:VEVENT", "END:VCALENDAR"] {
        line(&mut out, fixed);
    }
    out
}

fn utc(time: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(time);
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// Adds a line, folded between characters: what goes on begins with a space.
fn line(out: &mut String, text: &str) {
    let mut octets = 0;
    for character in text.chars() {
        if LINE_OCTETS_MAX < octets + character.len_utf8() {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(character);
        octets += character.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(summary: &'a str, description: Option<&'a str>) -> String {
        let at = |text: &str| text.parse().unwrap();
        calendar(&Event {
            id: Uuid::nil(),
            version: 3,
            changed_at: at("2026-11-20T10:00:00Z"),
            starts_at: at("2026-11-27T18:00:00.25Z"),
            ends_at: at("2026-11-27T20:00:00Z"),
            summary,
            location: Some("Unter den Linden 1\n10117 Berlin"),
            description,
            status: "CONFIRMED",
        })
    }

    #[test]
    fn an_event_is_as_the_standard_says() {
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bronya//Bronya//EN\r\nBEGIN:VEVENT\r\n\
            UID:00000000-0000-0000-0000-000000000000\r\nSEQUENCE:3\r\nDTSTAMP:20261120T100000Z\r\nDTSTART:20261127T180000Z\r\n\
            DTEND:20261127T200000Z\r\nSUMMARY:Bistro\\, Linde\\; a\\\\b\r\nLOCATION:Unter den Linden 1\\n10117 Berlin\r\n\
            STATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(event("Bistro, Linde; a\\b", None), expected);
    }

    #[test]
    fn no_text_begins_a_line_or_makes_one_too_long() {
        let hostile = "x\r\nATTENDEE:mailto:a@b\rBEGIN:VALARM\u{2028}DTEND:1\0";
        let long = "Ж😀ab,".repeat(2_000);
        for text in [hostile, &long] {
            let made = event(text, Some(text));
            assert!(made.is_ascii() || made.chars().count() < made.len());
            for part in made.split_terminator("\r\n") {
                assert!(part.len() <= LINE_OCTETS_MAX, "{part}");
                assert!(!part.contains(['\r', '\n', '\0']), "{part:?}");
            }
            let unfolded = made.replace("\r\n ", "");
            let names: Vec<&str> = unfolded.split_terminator("\r\n").filter_map(|it| it.split(':').next()).collect();
            let known = [
                "BEGIN",
                "VERSION",
                "PRODID",
                "BEGIN",
                "UID",
                "SEQUENCE",
                "DTSTAMP",
                "DTSTART",
                "DTEND",
                "SUMMARY",
                "LOCATION",
                "DESCRIPTION",
                "STATUS",
                "END",
                "END",
            ];
            assert_eq!(names, known);
            let back = |name: &str| {
                let value = unfolded.lines().find_map(|it| it.strip_prefix(name)).unwrap();
                value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
            };
            if text == long {
                assert_eq!(back("DESCRIPTION:"), long);
            }
        }
    }
}
