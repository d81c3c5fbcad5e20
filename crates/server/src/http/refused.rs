//! The one place where a refusal becomes a problem that the user reads. What went wrong inside goes to the log here and
//! never to the client.

use std::borrow::Cow;

use bronya_domain::availability::Offer;
use bronya_domain::booking::Booking;
use bronya_domain::interval::Interval;
use bronya_domain::limits::AFFECTED_MAX;
use bronya_domain::mode::Mode;
use bronya_domain::place::{AREA_DEPTH_MAX, AREAS_MAX, TreeProblem};
use bronya_domain::policy::{QuotaMeasure, QuotaPeriod, QuotaScope};
use bronya_domain::refusal::{BadPart, Broken, Closed, Conflict, ConflictKind, Refusal, Violation};
use bronya_store::StoreError;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::modes::{ModeBody, ServiceBody};
use super::problem::{Problem, ProblemKind};
use super::rules::QuotaBody;
use super::wire::UtcTime;
use crate::app::AppError;
use crate::app::pictures::{PIXELS_MAX, PictureProblem, SIDE_MAX};

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotSignedIn => {
                ProblemKind::Unauthorized.detail("the session has ended: sign in again").invalid_token()
            }
            AppError::WrongCredentials => ProblemKind::InvalidCredentials.into(),
            AppError::Forbidden => ProblemKind::Forbidden.into(),
            AppError::UserNotFound => ProblemKind::UserNotFound.into(),
            AppError::SessionNotFound => ProblemKind::SessionNotFound.into(),
            AppError::SlugTaken => ProblemKind::SlugTaken.into(),
            AppError::KindNotFound => ProblemKind::KindNotFound.into(),
            AppError::KindProblem(problem) => Problem::invalid(problem.pointer, problem.detail),
            AppError::WaitingNotFound => ProblemKind::WaitingNotFound.into(),
            AppError::NoSuchCode => ProblemKind::PairingCodeNotFound.into(),
            AppError::DisplayNotFound => ProblemKind::DisplayNotFound.into(),
            AppError::WrongPin => ProblemKind::Forbidden.detail("the PIN is not this one"),
            AppError::NoPublicPage => ProblemKind::PublicPageNotFound.into(),
            AppError::SlotTaken(instead) => {
                ProblemKind::BookingConflict.detail("somebody was faster").member("conflicts", json!([])).member(
                    "alternatives",
                    instead.iter().map(|it| json!({ "starts_at": UtcTime(*it) })).collect::<Value>(),
                )
            }
            AppError::GroupNotFound => ProblemKind::GroupNotFound.into(),
            AppError::NoSuchGroup(id) => Problem::invalid("/groups", format!("there is no group {id}")),
            AppError::PictureNotFound => ProblemKind::PictureNotFound.into(),
            AppError::NotStandingThere(places) => not_standing_there(places),
            AppError::PictureRefused(problem) => Problem::invalid("", picture_text(problem)),
            AppError::NameTaken => ProblemKind::NameTaken.into(),
            AppError::TooMany(most) => ProblemKind::TooMany.detail(format!("there are {most} already")),
            AppError::PlaceInUse => ProblemKind::PlaceInUse.into(),
            AppError::AreaMisplaced(problem) => misplaced(problem),
            AppError::UsernameTaken => ProblemKind::UsernameTaken.into(),
            AppError::RegistrationClosed => ProblemKind::Forbidden.detail("accounts are made by an administrator here"),
            AppError::WrongPassword => ProblemKind::Forbidden.detail("the current password is not this one"),
            AppError::WeakPassword(reasons) => weak_password("/password", reasons),
            AppError::UserErased => ProblemKind::UserErased.into(),
            AppError::UserDisabled => ProblemKind::UserDisabled.into(),
            AppError::LinkNotGood => ProblemKind::LinkNotGood.into(),
            AppError::LastAdministrator => ProblemKind::LastAdministrator.into(),
            AppError::NoSuchLink => ProblemKind::NotFound.detail("the link was used, has run out, or never was one"),
            AppError::Refused(refusal) => refused(refusal),
            AppError::BookingConflict(conflicts, alternatives) => booking_conflict(&conflicts)
                .member("alternatives", alternatives.iter().map(alternative).collect::<Value>()),
            AppError::SeriesRefused(refused) => {
                let detail = format!(
                    "{} refused, so nothing was changed",
                    count(refused.len(), "occurrence is", "occurrences are")
                );
                let occurrences = refused.into_iter().map(|(interval, refusal)| occurrence_refused(interval, refusal));
                ProblemKind::SeriesRefused.detail(detail).member("refused", occurrences.collect::<Value>())
            }
            AppError::SeriesNotFound => ProblemKind::SeriesNotFound.into(),
            AppError::NoSeries(why) => Problem::invalid("/rule", why),
            AppError::TooWide => Self::new(ProblemKind::TooWide).error("", "asks for more than one answer can hold"),
            AppError::KeyReused => Self::new(ProblemKind::IdempotencyKeyReused)
                .error("/Idempotency-Key", "was sent before with another body or to another address"),
            AppError::TooOften(seconds) => Self::new(ProblemKind::TooManyRequests).retry_after(seconds),
            AppError::Overloaded => ProblemKind::Overloaded.into(),
            AppError::Store(error) => store_failed(&error),
            AppError::Internal(what) => {
                tracing::error!(error = what, "a fault of the server");
                ProblemKind::Internal.into()
            }
        }
    }
}

fn not_standing_there(places: Vec<usize>) -> Problem {
    places.into_iter().fold(ProblemKind::Validation.into(), |problem: Problem, nth| {
        problem.error(format!("/resources/{nth}/resource_id"), "must stand in the place that this is the plan of")
    })
}

fn picture_text(problem: PictureProblem) -> String {
    match problem {
        PictureProblem::AnotherFormat => "must be a picture of the format that Content-Type names".to_owned(),
        PictureProblem::TooManyPixels => {
            format!("must have at most {PIXELS_MAX} pixels, and {SIDE_MAX} a side")
        }
        PictureProblem::Broken => "must be a picture that can be decoded".to_owned(),
    }
}

/// All that is wrong with a password that stands at `pointer`.
pub(super) fn weak_password(pointer: &'static str, reasons: Vec<String>) -> Problem {
    reasons
        .into_iter()
        .fold(ProblemKind::WeakPassword.into(), |problem: Problem, reason| problem.error(pointer, reason))
}

fn misplaced(problem: TreeProblem) -> Problem {
    match problem {
        TreeProblem::NoSuchParent => Problem::invalid("/parent_id", "must be an area of the same site"),
        TreeProblem::Cycle => Problem::invalid("/parent_id", "must not be the area itself, or one that stands in it"),
        TreeProblem::TooDeep => {
            Problem::invalid("/parent_id", format!("must leave areas at most {AREA_DEPTH_MAX} deep in one another"))
        }
        TreeProblem::TooMany => Problem::invalid("", format!("a site has at most {AREAS_MAX} areas")),
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::ResourceNotFound => ProblemKind::ResourceNotFound.into(),
        Refusal::PlaceNotFound(_) => ProblemKind::PlaceNotFound.into(),
        Refusal::BookingNotFound => ProblemKind::BookingNotFound.into(),
        Refusal::BlockNotFound => ProblemKind::BlockNotFound.into(),
        Refusal::Forbidden => ProblemKind::Forbidden.into(),
        Refusal::Stale(version) => {
            ProblemKind::Stale.detail(format!("its version is {version} now")).member("version", version)
        }
        Refusal::BookingClosed(Closed::Final(status)) => ProblemKind::BookingClosed
            .detail(format!("the booking is {}", status.as_str()))
            .member("booking_status", status.as_str()),
        Refusal::BookingClosed(Closed::Over) => ProblemKind::BookingClosed.detail("the booking is over"),
        Refusal::BookingNotPending(status) => ProblemKind::BookingNotPending
            .detail(format!("the booking is {}", status.as_str()))
            .member("booking_status", status.as_str()),
        Refusal::BookingNot { wanted, found } => ProblemKind::BookingState
            .detail(format!("the booking is {}, and would have to be {}", found.as_str(), wanted.as_str()))
            .member("booking_status", found.as_str()),
        Refusal::NotYet(earliest) => {
            ProblemKind::TooEarly.detail(format!("from {earliest} on")).member("earliest", json!(UtcTime(earliest)))
        }
        Refusal::NothingToUndo => ProblemKind::NothingToUndo.into(),
        Refusal::Rules(violations) => violated(&violations),
        Refusal::BookingConflict(conflicts) => booking_conflict(&conflicts).member("alternatives", json!([])),
        Refusal::BlockConflict(bookings) => ProblemKind::BlockConflict
            .detail(format!("{} in that time", count(bookings.len(), "active booking stands", "active bookings stand")))
            .member("conflicts", bookings.iter().map(victim).collect::<Value>()),
        Refusal::BlockOverlapsBlock(conflicts) => ProblemKind::BlockConflict
            .detail("a block stands in that time")
            .member("conflicts", conflicts.iter().map(conflict).collect::<Value>()),
        Refusal::ResourceInUse(bookings) => ProblemKind::ResourceInUse
            .detail(format!("it has {} to come", count(bookings, "booking", "bookings")))
            .member("bookings", bookings),
        // What is made of it may be something that the caller may not know of.
        Refusal::IsPart(wholes) => ProblemKind::ResourceIsPart
            .detail(match wholes.len() {
                0 => "something is made of it".to_owned(),
                wholes => format!("{} made of it", count(wholes, "resource is", "resources are")),
            })
            .member("resource_ids", wholes.iter().map(|id| json!(id.0)).collect::<Value>()),
        Refusal::BadPart(part, why) => {
            let why = match why {
                BadPart::Itself => "is the resource itself",
                BadPart::NotThere => "is no resource",
                BadPart::HasParts => "is made of parts itself: name those",
                BadPart::HasUnits => "has more than one unit: a part is there once",
                BadPart::NotManaged => "is not managed by you",
                BadPart::TooMany => "is one too many: the resource has parts that you don't see",
            };
            Problem::invalid("/part_ids", format!("{part} {why}"))
        }
        Refusal::Several(refused) => {
            let problems = refused.into_iter().map(|(place, refusal)| {
                json!({ "place": place, "problem": Problem::from(AppError::Refused(refusal)).body() })
            });
            ProblemKind::SeriesRefused.detail("nothing was changed").member("refused", problems.collect::<Value>())
        }
        Refusal::TooManyAffected => {
            ProblemKind::TooManyAffected.detail(format!("one request may touch {AFFECTED_MAX} bookings"))
        }
    }
}

/// An occurrence of a series that can't be had, and why.
pub(super) fn occurrence_refused(interval: Interval, refusal: Refusal) -> Value {
    json!({
        "starts_at": UtcTime(interval.start()),
        "ends_at": UtcTime(interval.end()),
        "problem": Problem::from(AppError::Refused(refusal)).body(),
    })
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// One broken rule is told by its own type; of several the first names the type, and `errors` lists all. What a manager
/// may set aside is listed once more, for programs.
fn violated(violations: &[Violation]) -> Problem {
    let first = violations.first().map_or(ProblemKind::Validation, violation_kind);
    let problem = violations.iter().fold(Problem::new(first), |problem, violation| {
        let (pointer, detail) = violation_text(violation);
        problem.error(pointer, detail)
    });
    let broken: Vec<Value> = violations
        .iter()
        .filter_map(
            |violation| if let Violation::Policy(broken) = violation { Some(broken_rule(broken)) } else { None },
        )
        .collect();
    if broken.is_empty() { problem } else { problem.member("broken_rules", broken) }
}

fn violation_kind(violation: &Violation) -> ProblemKind {
    match violation {
        Violation::EndsBeforeItStarts
        | Violation::EndMissing
        | Violation::NoGuest
        | Violation::Twice(_)
        | Violation::Value(_) => ProblemKind::Validation,
        Violation::TooShort(_) => ProblemKind::TooShort,
        Violation::TooLong(_) => ProblemKind::TooLong,
        Violation::InThePast => ProblemKind::InThePast,
        Violation::TooFarAhead(_) => ProblemKind::TooFarAhead,
        Violation::PartyTooLarge(_) => ProblemKind::PartyTooLarge,
        Violation::QuantityTooLarge(_) => ProblemKind::QuantityTooLarge,
        Violation::Policy(_) => ProblemKind::AgainstPolicy,
    }
}

fn violation_text(violation: &Violation) -> (Cow<'static, str>, String) {
    let (pointer, detail) = match violation {
        Violation::EndsBeforeItStarts => ("/ends_at", "must be after starts_at".to_owned()),
        Violation::EndMissing => {
            let detail = "is required: the place says nothing about how long this would be";
            ("/ends_at", detail.to_owned())
        }
        Violation::NoGuest => ("/guest", "is of somebody without an account; this booking is a user's".to_owned()),
        Violation::TooShort(min) => ("/ends_at", format!("must be at least {} after starts_at", length(*min))),
        Violation::TooLong(max) => ("/ends_at", format!("must be at most {} after starts_at", length(*max))),
        Violation::InThePast => ("/starts_at", "must not be in the past".to_owned()),
        Violation::TooFarAhead(latest) => ("/starts_at", format!("must be at {latest} or before")),
        Violation::PartyTooLarge(seats) => ("/party_size", format!("must be at most {seats}: more can't be seated")),
        Violation::QuantityTooLarge(quantity) => {
            ("/quantity", format!("must be at most {quantity}: there are no more"))
        }
        Violation::Twice(id) => ("/along", format!("would take {id} twice: by itself, or as a part of something else")),
        Violation::Value(problem) => return (problem.pointer.clone().into(), problem.detail.clone()),
        Violation::Policy(broken) => broken_text(broken),
    };
    (pointer.into(), detail)
}

/// A rule of the place in words: where in the request, and what would do.
pub(super) fn broken_text(broken: &Broken) -> (&'static str, String) {
    match broken {
        Broken::DurationMin(min) => ("/ends_at", format!("must be at least {} after starts_at", minutes(*min))),
        Broken::DurationMax(max) => ("/ends_at", format!("must be at most {} after starts_at", minutes(*max))),
        Broken::StartStep { step, before, after } => {
            let near = near(*before, *after);
            ("/starts_at", format!("bookings start every {} from midnight: take {near}", minutes(*step)))
        }
        Broken::BookNoticeMin { notice, earliest } => {
            ("/starts_at", format!("must be booked {} before: {earliest} or later", minutes(*notice)))
        }
        Broken::BookAheadMax { ahead, latest } => {
            ("/starts_at", format!("can be booked {} ahead: {latest} or before", minutes(*ahead)))
        }
        Broken::MoveNoticeMin { notice, until } => {
            ("/starts_at", format!("could be moved until {} before its start, which was {until}", minutes(*notice)))
        }
        Broken::CancelNoticeMin { notice, until } => {
            ("/status", format!("could be cancelled until {} before its start, which was {until}", minutes(*notice)))
        }
        Broken::PartyMin(min) => ("/party_size", format!("must be at least {min}")),
        Broken::PartyMax(max) => ("/party_size", format!("must be at most {max}")),
        Broken::PartyRequired => ("/party_size", "is required here".to_owned()),
        Broken::Hours(closed) => ("/starts_at", format!("{closed} (by the clock of the place)")),
        Broken::Quota { quota, would_have } => {
            let (unit, period) = match quota.measure {
                QuotaMeasure::AtATime => ("bookings", "at a time"),
                QuotaMeasure::Bookings(period) => ("bookings", a(period)),
                QuotaMeasure::Minutes(period) => ("minutes", a(period)),
            };
            let over = match quota.scope {
                QuotaScope::Resource => "of this resource",
                QuotaScope::Kind => "of resources of this kind",
                QuotaScope::Site => "at this site",
                QuotaScope::Everything => "in all",
            };
            let max = quota.max;
            ("/starts_at", format!("one person may have {max} {unit} {period} {over}; this would make {would_have}"))
        }
        Broken::Groups(_) => ("/resource_id", "is kept for certain groups, and you are in none of them".to_owned()),
        Broken::OutOfOrder(out) => {
            let until = out.until.map(|until| format!(" until {until}")).unwrap_or_default();
            ("/starts_at", format!("the resource is out of order{until}: {}", out.reason))
        }
        Broken::Mode { mode, instead } => {
            let pieces = match mode {
                Mode::Free => "as one likes".to_owned(),
                Mode::Periods(periods) => {
                    let names: Vec<&str> = periods.iter().map(|period| period.name.as_str()).collect();
                    format!("by whole periods ({})", names.join(", "))
                }
                Mode::Days => "by whole days".to_owned(),
                Mode::Nights { check_in, check_out } => {
                    format!("by nights, from {} to {}", check_in.strftime("%H:%M"), check_out.strftime("%H:%M"))
                }
            };
            let instead = instead.map(|it| format!(": take {} to {}", it.start(), it.end())).unwrap_or_default();
            ("/starts_at", format!("is given out {pieces}{instead}"))
        }
        Broken::Services { before, after, .. } => {
            ("/starts_at", format!("nobody is seated then: take {}", near(*before, *after)))
        }
        Broken::Pacing { max, would_have, before, after } => {
            let room = match near(*before, *after) {
                none if none.is_empty() => "there is no room within two hours".to_owned(),
                near => format!("there is room from {near}"),
            };
            let people = count(*max as usize, "person", "people");
            let detail = format!(
                "{people} may start within a quarter of an hour here, and this would make {would_have}: {room}"
            );
            ("/starts_at", detail)
        }
    }
}

/// The nearest of these times, in words.
fn near(before: Option<Timestamp>, after: Option<Timestamp>) -> String {
    let near: Vec<String> = [before, after].into_iter().flatten().map(|time| time.to_string()).collect();
    near.join(" or ")
}

fn a(period: QuotaPeriod) -> &'static str {
    match period {
        QuotaPeriod::Day => "a day",
        QuotaPeriod::Week => "a week",
        QuotaPeriod::Month => "a month",
    }
}

/// The same for programs: the rule's name and value, and what would be allowed.
fn broken_rule(broken: &Broken) -> Value {
    let time = |time: &Timestamp| json!(UtcTime(*time));
    let near = |before: &Option<Timestamp>, after: &Option<Timestamp>| -> Vec<Value> {
        [before, after].into_iter().flatten().map(time).collect()
    };
    let (value, allowed) = match broken {
        Broken::DurationMin(value) | Broken::DurationMax(value) => (json!(value), json!({ "minutes": value })),
        Broken::PartyMin(value) | Broken::PartyMax(value) => (json!(value), json!({ "party_size": value })),
        Broken::StartStep { step, before, after } => (json!(step), json!({ "starts_at": near(before, after) })),
        Broken::BookNoticeMin { notice, earliest } => (json!(notice), json!({ "earliest": time(earliest) })),
        Broken::BookAheadMax { ahead, latest } => (json!(ahead), json!({ "latest": time(latest) })),
        Broken::MoveNoticeMin { notice, until } | Broken::CancelNoticeMin { notice, until } => {
            (json!(notice), json!({ "until": time(until) }))
        }
        Broken::PartyRequired => (json!(true), Value::Null),
        Broken::Hours(closed) => {
            let hours = closed.hours.to_string();
            let allowed = json!({ "closed_at": time(&closed.at), "date": closed.date.to_string(), "hours": hours });
            (json!(hours), allowed)
        }
        Broken::Groups(groups) => {
            let ids: Vec<_> = groups.iter().map(|group| group.0).collect();
            (json!(ids), json!({ "groups": ids }))
        }
        Broken::OutOfOrder(out) => {
            let end = |end: Option<Timestamp>| end.as_ref().map_or(Value::Null, time);
            let value = json!({ "reason": out.reason, "starts_at": end(out.from), "ends_at": end(out.until) });
            (value, json!({ "earliest": end(out.until), "until": end(out.from) }))
        }
        Broken::Quota { quota, would_have } => {
            let mut allowed = json!(QuotaBody::from(*quota));
            allowed["would_have"] = json!(would_have);
            (json!(quota.max), allowed)
        }
        Broken::Mode { mode, instead } => {
            let instead = instead.map(|it| json!({ "starts_at": UtcTime(it.start()), "ends_at": UtcTime(it.end()) }));
            (json!(ModeBody::from(mode)), json!(instead))
        }
        Broken::Services { services, before, after } => {
            let services: Vec<ServiceBody> = services.iter().map(Into::into).collect();
            (json!(services), json!({ "starts_at": near(before, after) }))
        }
        Broken::Pacing { max, would_have, before, after } => {
            (json!(max), json!({ "would_have": would_have, "quarters": near(before, after) }))
        }
    };
    json!({ "rule": broken.rule(), "value": value, "allowed": allowed, "override_by": "manager" })
}

fn minutes(count: u32) -> String {
    length(SignedDuration::from_mins(i64::from(count)))
}

fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "a moment".to_owned(),
        1..60 => format!("{seconds} seconds"),
        _ if 172_800 <= seconds && seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        _ if 3_600 <= seconds && seconds % 3_600 == 0 => format!("{} hours", seconds / 3_600),
        _ => format!("{} minutes", seconds / 60),
    }
}

fn booking_conflict(conflicts: &[Conflict]) -> Problem {
    ProblemKind::BookingConflict
        .detail("something else stands at that time")
        .member("conflicts", conflicts.iter().map(conflict).collect::<Value>())
}

/// When, and what kind of thing: never whose.
fn conflict(conflict: &Conflict) -> Value {
    let kind = match conflict.kind {
        ConflictKind::Booking => "booking",
        ConflictKind::Block => "block",
    };
    json!({
        "kind": kind,
        "starts_at": UtcTime(conflict.interval.start()),
        "ends_at": UtcTime(conflict.interval.end()),
    })
}

/// A booking that stands in a block's way; only managers, who may see it, get to read this.
fn victim(booking: &Booking) -> Value {
    json!({
        "kind": "booking",
        "booking_id": booking.id.0,
        "starts_at": UtcTime(booking.interval.start()),
        "ends_at": UtcTime(booking.interval.end()),
    })
}

fn alternative(alternative: &Offer) -> Value {
    json!({
        "resource_id": alternative.resource.0,
        "starts_at": UtcTime(alternative.interval.start()),
        "ends_at": UtcTime(alternative.interval.end()),
    })
}

fn store_failed(error: &StoreError) -> Problem {
    match error {
        StoreError::Busy(what) => {
            tracing::warn!(what, "shed a request");
            ProblemKind::Overloaded.into()
        }
        StoreError::Unavailable(text) | StoreError::GaveWay(text) => {
            tracing::error!(error = text, "the database is not available");
            ProblemKind::Unavailable.into()
        }
        StoreError::OutcomeUnknown(text) => {
            tracing::error!(error = text, "the outcome of a commit is unknown");
            ProblemKind::OutcomeUnknown.into()
        }
        StoreError::Full(text) => {
            tracing::error!(error = text, "the disk is full");
            ProblemKind::StorageFull.into()
        }
        // Commands that touch too much are refused as such before they get here; what is left are questions.
        StoreError::TooMuch(_) => ProblemKind::TooWide.into(),
        other => {
            tracing::error!(error = %other, "the store failed");
            ProblemKind::Internal.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http::header::RETRY_AFTER;

    use super::*;

    /// What the database could not do, and whether a client should come again.
    #[test]
    fn each_failure_of_the_store_has_its_problem() {
        const SECRET: &str = "canary of the database";
        let text = || SECRET.to_owned();
        for (error, status, slug, again) in [
            (StoreError::Busy(SECRET), 503, "overloaded", true),
            (StoreError::Unavailable(text()), 503, "unavailable", true),
            (StoreError::GaveWay(text()), 503, "unavailable", true),
            (StoreError::OutcomeUnknown(text()), 503, "outcome-unknown", true),
            (StoreError::Full(text()), 507, "storage-full", false),
            (StoreError::TooMuch(SECRET), 422, "too-wide", false),
            (StoreError::Overlap(text()), 500, "internal", false),
            (StoreError::NotUnique(text()), 500, "internal", false),
            (StoreError::Internal(text()), 500, "internal", false),
            (StoreError::Inconsistent { table: SECRET, column: SECRET, problem: text() }, 500, "internal", false),
        ] {
            let problem = Problem::from(AppError::Store(error.clone()));
            let body = String::from_utf8(problem.to_json(None)).unwrap();
            assert!(!body.contains(SECRET), "{error}: {body}");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["type"], format!("/problems/{slug}"), "{error}");
            let response = axum::response::IntoResponse::into_response(problem);
            assert_eq!(response.status(), StatusCode::from_u16(status).unwrap(), "{error}");
            assert_eq!(response.headers().contains_key(RETRY_AFTER), again, "{error}");
        }
    }
}
