//! Those in a booking who are not its owner's account: a guest without one, and who takes part. One column holds them; for those with
//! accounts there is a row each, by which they find it.

use bronya_domain::booking::{Booking, Contact, Details, Guest, Participant};
use bronya_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{Each, Value};
use crate::error::{Result, StoreError};

pub(crate) const DELETE_PARTICIPANTS: Each<1> = Each::new(
    "DELETE FROM participant WHERE booking_id = $1",
    "DELETE FROM participant WHERE booking_id = ANY ($1::uuid[])",
);
pub(crate) const INSERT_PARTICIPANTS: Each<2> = Each::new(
    "INSERT INTO participant (booking_id, user_id) VALUES ($1, $2)",
    "INSERT INTO participant (booking_id, user_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])",
);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPeople {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guest: Option<StoredGuest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    participants: Vec<StoredParticipant>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredGuest {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredParticipant {
    User(Uuid),
    Person { name: String, email: Option<String> },
}

/// The column of a booking that holds its guest and who takes part; empty where there is nobody.
pub(crate) fn write_people(details: &Details) -> Option<String> {
    if details.guest.is_none() && details.participants.is_empty() {
        return None;
    }
    let guest = details.guest.as_ref().map(|Guest { contact, link }| StoredGuest {
        name: contact.name.clone(),
        email: contact.email.clone(),
        phone: contact.phone.clone(),
        link: *link,
    });
    let stored = |it: &Participant| match it {
        Participant::User(id) => StoredParticipant::User(id.0),
        Participant::Person { name, email } => StoredParticipant::Person { name: name.clone(), email: email.clone() },
    };
    let participants = details.participants.iter().map(stored).collect();
    // Texts and ids always serialise.
    serde_json::to_string(&StoredPeople { guest, participants }).ok()
}

/// What [`write_people`] wrote.
pub(crate) fn read_people(column: Option<&str>) -> Result<(Option<Guest>, Vec<Participant>)> {
    let Some(text) = column else { return Ok((None, Vec::new())) };
    let stored: StoredPeople =
        serde_json::from_str(text).map_err(|error| StoreError::inconsistent("booking", "people", &error))?;
    let guest = stored
        .guest
        .map(|it| Guest { contact: Contact { name: it.name, email: it.email, phone: it.phone }, link: it.link });
    let participant = |it| match it {
        StoredParticipant::User(id) => Participant::User(UserId(id)),
        StoredParticipant::Person { name, email } => Participant::Person { name, email },
    };
    Ok((guest, stored.participants.into_iter().map(participant).collect()))
}

/// The rows by which those with accounts find a booking that they take part in.
pub(crate) fn participants(booking: &Booking) -> Vec<[Value; 2]> {
    let row = |it: &Participant| match it {
        Participant::User(user) => Some([booking.id.into(), (*user).into()]),
        Participant::Person { .. } => None,
    };
    booking.details.participants.iter().filter_map(row).collect()
}
