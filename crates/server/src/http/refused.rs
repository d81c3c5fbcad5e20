//! The one place where a refusal becomes a problem that the user reads. What went wrong inside goes to the log here and
//! never to the client.

use bronya_domain::availability::Alternative;
use bronya_domain::booking::Booking;
use bronya_domain::limits::AFFECTED_MAX;
use bronya_domain::refusal::{Closed, Conflict, ConflictKind, Refusal, Violation};
use bronya_store::StoreError;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::problem::{Problem, ProblemKind};
use super::wire::UtcTime;
use crate::app::AppError;

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
            AppError::UsernameTaken => ProblemKind::UsernameTaken.into(),
            AppError::RegistrationClosed => ProblemKind::Forbidden.detail("accounts are made by an administrator here"),
            AppError::WrongPassword => ProblemKind::Forbidden.detail("the current password is not this one"),
            AppError::WeakPassword(reasons) => weak_password("/password", reasons),
            AppError::LastAdministrator => ProblemKind::LastAdministrator.into(),
            AppError::NoSuchLink => ProblemKind::NotFound.detail("the link was used, has run out, or never was one"),
            AppError::Refused(refusal) => refused(refusal),
            AppError::BookingConflict(conflicts, alternatives) => booking_conflict(&conflicts)
                .member("alternatives", alternatives.iter().map(alternative).collect::<Value>()),
            AppError::KeyReused => ProblemKind::IdempotencyKeyReused.into(),
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

/// All that is wrong with a password that stands at `pointer`.
pub(super) fn weak_password(pointer: &'static str, reasons: Vec<String>) -> Problem {
    reasons
        .into_iter()
        .fold(ProblemKind::WeakPassword.into(), |problem: Problem, reason| problem.error(pointer, reason))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::ResourceNotFound => ProblemKind::ResourceNotFound.into(),
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
        Refusal::Rules(violations) => violated(&violations),
        Refusal::BookingConflict(conflicts) => booking_conflict(&conflicts).member("alternatives", json!([])),
        Refusal::BlockConflict(bookings) => ProblemKind::BlockConflict
            .detail(format!("{} in that time", count(bookings.len(), "active booking stands", "active bookings stand")))
            .member("conflicts", bookings.iter().map(victim).collect::<Value>()),
        Refusal::BlockOverlapsBlock(conflicts) => ProblemKind::BlockConflict
            .detail("another block stands in that time")
            .member("conflicts", conflicts.iter().map(conflict).collect::<Value>()),
        Refusal::ResourceInUse(bookings) => ProblemKind::ResourceInUse
            .detail(format!("it has {} to come", count(bookings, "booking", "bookings")))
            .member("bookings", bookings),
        Refusal::TooManyAffected => {
            ProblemKind::TooManyAffected.detail(format!("one request may touch {AFFECTED_MAX} bookings"))
        }
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// One broken rule is told by its own type; of several the first names the type, and `errors` lists all.
fn violated(violations: &[Violation]) -> Problem {
    let first = violations.first().map_or(ProblemKind::Validation, violation_kind);
    violations.iter().fold(Problem::new(first), |problem, violation| {
        let (pointer, detail) = violation_text(violation);
        problem.error(pointer, detail)
    })
}

fn violation_kind(violation: &Violation) -> ProblemKind {
    match violation {
        Violation::EndsBeforeItStarts => ProblemKind::Validation,
        Violation::TooShort(_) => ProblemKind::TooShort,
        Violation::TooLong(_) => ProblemKind::TooLong,
        Violation::InThePast => ProblemKind::InThePast,
        Violation::TooFarAhead(_) => ProblemKind::TooFarAhead,
        Violation::PartyTooLarge(_) => ProblemKind::PartyTooLarge,
        Violation::QuantityTooLarge(_) => ProblemKind::QuantityTooLarge,
    }
}

fn violation_text(violation: &Violation) -> (&'static str, String) {
    match violation {
        Violation::EndsBeforeItStarts => ("/ends_at", "must be after starts_at".to_owned()),
        Violation::TooShort(min) => ("/ends_at", format!("must be at least {} after starts_at", length(*min))),
        Violation::TooLong(max) => ("/ends_at", format!("must be at most {} after starts_at", length(*max))),
        Violation::InThePast => ("/starts_at", "must not be in the past".to_owned()),
        Violation::TooFarAhead(latest) => ("/starts_at", format!("must be at {latest} or before")),
        Violation::PartyTooLarge(seats) => ("/party_size", format!("must be at most {seats}: more can't be seated")),
        Violation::QuantityTooLarge(quantity) => {
            ("/quantity", format!("must be at most {quantity}: there are no more"))
        }
    }
}

fn length(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "a moment".to_owned(),
        1..60 => format!("{seconds} seconds"),
        60..3_600 => format!("{} minutes", seconds / 60),
        3_600..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
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

fn alternative(alternative: &Alternative) -> Value {
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
        StoreError::TooMuch(_) => ProblemKind::TooManyAffected.into(),
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
            (StoreError::TooMuch(SECRET), 409, "too-many-affected", false),
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
