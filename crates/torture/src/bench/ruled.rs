//! What more than a plain booking costs: ten weeks of a series, and a booking under every rule that a place can have, beside the very
//! same under none.

use super::load::{Calendar, Post, Work};
use super::{CLIENTS, Level, SPREAD_DAYS};
use crate::api::{Account, Session};
use crate::history::Id;
use crate::http::Request;
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{DAY, HOUR, Interval, rfc3339};
use serde_json::{Value, json};
use std::sync::Arc;

/// The names of the rows.
pub(super) const NO_RULE: &str = "a party under no rule";
pub(super) const EVERY_RULE: &str = "a party under every rule";
/// Weeks of a series.
pub(super) const WEEKS: u64 = 10;
/// Rooms that series are booked in.
const ROOMS: u64 = 100;
/// Half hours of a week.
const SLOTS_A_WEEK: u64 = 7 * 48;
/// Restaurants under rules, and as many under none. Starts are counted over all tables of one.
const SITES: usize = 5;
/// Tables of one.
const TABLES: usize = 40;
/// People whose bookings are counted.
const PEOPLE: usize = 64;

impl Level<'_> {
    /// Series of ten weeks, each at a time of its own; answers how many.
    pub(super) async fn series(&mut self, report: &mut Report) -> Result<u64, TargetError> {
        let world = self.own.enter(0).await?;
        let mut admin = world.admin(0);
        let mut rooms = Vec::new();
        for number in 0..ROOMS {
            let name = format!("Series room {number} at {}", self.stored);
            rooms.push(admin.make_resource(&name, 1, false).await?);
        }
        let first_day = world.first_day;
        let body = move |number: u64| {
            let (room, slot) = (number % ROOMS, number / ROOMS % SLOTS_A_WEEK);
            let weeks = number / (ROOMS * SLOTS_A_WEEK) * WEEKS;
            let seconds = i64::try_from(weeks * 7 * 48 + slot).unwrap_or(0) * HOUR / 2;
            let local = |second: i64| rfc3339(second).trim_end_matches('Z').to_owned();
            let (starts, ends) = (local(first_day + seconds), local(first_day + seconds + HOUR / 2));
            let room = rooms[usize::try_from(room).unwrap_or(0)];
            format!(
                r#"{{"resource_id":"{room}","rule":"FREQ=WEEKLY;COUNT={WEEKS}","starts_at_local":"{starts}","ends_at_local":"{ends}"}}"#
            )
        };
        let post = Work::Post(Arc::new(Post::new("/series/", 201, body)));
        self.row("ten weeks of a series", CLIENTS, &world, post, report).await
    }

    /// Parties at tables under no rule and under every rule; answers how many.
    pub(super) async fn ruled(&mut self, report: &mut Report) -> Result<u64, TargetError> {
        let world = self.own.enter(0).await?;
        let mut admin = world.admin(0);
        // Each row has people of its own: what somebody has booked under no rule would be counted under every rule too.
        let people = world.people(2 * PEOPLE as u64).await?;
        let mut booked = 0;
        for ((what, slug), people) in [(NO_RULE, "none"), (EVERY_RULE, "every")].into_iter().zip(people.chunks(PEOPLE))
        {
            let tokens: Vec<Arc<str>> = people.iter().map(|person| Arc::clone(&person.token)).collect();
            let rules = if what == EVERY_RULE {
                Some(every_rule(&mut admin, people, &format!("{} {}", self.stored, world.run)).await?)
            } else {
                None
            };
            let mut tables = Vec::new();
            for nth in 0..SITES {
                let site = place(&mut admin, &format!("{slug}-{nth}-{}-{}", self.stored, world.run)).await?;
                if let Some(rules) = &rules {
                    put(&mut admin, &format!("/sites/{site}/rules"), rules, 200).await?;
                }
                for number in 0..TABLES {
                    let table =
                        json!({ "name": format!("Table {number}"), "capacity": 8, "site_id": site.to_string() });
                    tables.push(made(&mut admin, "/resources/", &table).await?);
                }
            }
            // An hour for each party of half an hour: there is time kept free around it.
            let calendar = Calendar::new(tables, world.first_day, SPREAD_DAYS, HOUR);
            let body = move |_| {
                let (table, Interval { starts_at, .. }) = calendar.take();
                let (from, to) = (rfc3339(starts_at), rfc3339(starts_at + HOUR / 2));
                format!(r#"{{"resource_id":"{table}","starts_at":"{from}","ends_at":"{to}","party_size":4}}"#)
            };
            let post = Work::Post(Arc::new(Post::new("/bookings/", 201, body)));
            booked += self.row_of(what, CLIENTS, &world, tokens, post, report).await?;
        }
        Ok(booked)
    }
}

pub(super) async fn made(admin: &mut Session, path: &str, body: &Value) -> Result<Id, TargetError> {
    let body = body.to_string();
    let answer = admin.expect(&Request { body: &body, ..Request::new("POST", path) }, 201).await?;
    let made: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let id = made.get("id").and_then(Value::as_str).and_then(Id::parse);
    id.ok_or_else(|| TargetError::Usage(format!("{path} made nothing with an id")))
}

async fn put(admin: &mut Session, path: &str, body: &Value, status: u16) -> Result<(), TargetError> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    admin.expect(&Request { body: &body, ..Request::new("PUT", path) }, status).await?;
    Ok(())
}

async fn place(admin: &mut Session, slug: &str) -> Result<Id, TargetError> {
    made(admin, "/sites/", &json!({ "name": slug, "slug": slug, "time_zone": "Europe/Berlin" })).await
}

/// Something for each rule there is, which half an hour for four of `people` keeps to.
async fn every_rule(admin: &mut Session, people: &[Account], name: &str) -> Result<Value, TargetError> {
    let mut groups = Vec::new();
    for which in ["Guests", "Strangers"] {
        groups.push(made(admin, "/groups/", &json!({ "name": format!("{which} {name}") })).await?.to_string());
    }
    for person in people {
        put(admin, &format!("/groups/{}/members/{}", groups[0], person.id), &Value::Null, 204).await?;
    }
    let far = (SPREAD_DAYS + 30) * DAY / 60;
    Ok(json!({
        "duration_minutes_min": 15, "duration_minutes_max": 240, "start_step_minutes": 15,
        "buffer_before_minutes": 5, "buffer_after_minutes": 10, "buffers_overlap": true,
        "book_notice_minutes_min": 30, "book_ahead_minutes_max": far, "move_notice_minutes_min": 60,
        "cancel_notice_minutes_min": 120, "party_min": 1, "party_max": 8, "party_required": true, "reseating": true,
        "approval": { "longer_than_minutes": 180, "outside_hours": false, "groups": [groups[1]] },
        "pending_minutes_max": 600, "hold_minutes_max": 5, "check_in_opens_minutes": 20, "check_in_closes_minutes": 25,
        "quotas": [
            { "scope": "site", "measure": "bookings_a_day", "max": 10_000 },
            { "scope": "everything", "measure": "minutes_a_week", "max": 1_000_000 },
        ],
        "turn_times": [{ "party_max": 2, "stay_minutes": 90 }, { "party_max": 8, "stay_minutes": 120 }],
        "pacing_max": 100_000, "groups": [groups[0]], "mode": { "by": "free" },
        "services": [{ "name": "All day", "starts": "00:00", "last_seating": "23:45" }],
        "hours": "Mo-Su 00:00-24:00; 2020 Dec 24 off", "holidays_of": "DE", "holidays": ["2020-12-24"],
        "exceptions": [{ "date": "2020-12-31", "hours": "closed" }],
    }))
}
