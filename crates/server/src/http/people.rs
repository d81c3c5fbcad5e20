//! Those in a booking who are not its owner's account, on the wire: a guest without one, and who takes part.

use bronya_domain::booking::{Contact, Guest, PARTICIPANTS_MAX, Participant};
use bronya_domain::ids::UserId;
use bronya_domain::text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::extract::{Invalid, parse_uuid};
use super::wire;
use crate::auth::email;

/// Characters in a name.
const NAME_CHARS_MAX: usize = 200;
/// Characters in a telephone number, with what people write between the digits.
const PHONE_CHARS_MAX: usize = 40;

/// How somebody without an account is reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Contact)]
pub struct ContactBody {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// An address for mail.
    #[serde(default)]
    #[schema(max_length = 254, required = false)]
    email: Option<String>,
    /// A telephone number.
    #[serde(default)]
    #[schema(max_length = 40, required = false)]
    phone: Option<String>,
}

impl ContactBody {
    pub(super) fn new(name: String, email: Option<String>, phone: Option<String>) -> Self {
        Self { name, email, phone }
    }

    pub(super) fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    pub(super) fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }

    pub(super) fn read(&self, at: &str, invalid: &mut Invalid) -> Option<Contact> {
        let mut wrong = Invalid::new();
        wire::text(Some(&self.name), |name| text::required_line(name, NAME_CHARS_MAX), "/name", &mut wrong);
        check_email(self.email.as_deref(), &mut wrong);
        let phone = self.phone.as_deref();
        wire::text(phone, |phone| text::required_line(phone, PHONE_CHARS_MAX), "/phone", &mut wrong);
        let good = wrong.is_empty();
        invalid.under(at, wrong);
        good.then(|| Contact { name: self.name.clone(), email: self.email.clone(), phone: self.phone.clone() })
    }
}

fn check_email(address: Option<&str>, invalid: &mut Invalid) {
    if let Some(address) = address {
        invalid.take("/email", email::check(address));
    }
}

impl From<Contact> for ContactBody {
    fn from(Contact { name, email, phone }: Contact) -> Self {
        Self { name, email, phone }
    }
}

/// Whose something is to be where that is not who asks: a guest's, or another user's, with what is wrong noted.
pub(super) fn for_whom(
    guest: Option<&ContactBody>,
    on_behalf_of: Option<&str>,
    invalid: &mut Invalid,
) -> (Option<Guest>, Option<UserId>) {
    let on_behalf_of = wire::id(on_behalf_of, "/on_behalf_of", invalid).map(UserId);
    let contact = guest.and_then(|guest| guest.read("/guest", invalid));
    if guest.is_some() && on_behalf_of.is_some() {
        invalid.push("/guest", "goes without on_behalf_of");
    }
    (contact.map(|contact| Guest { contact, link: None }), on_behalf_of)
}

/// Somebody who takes part: a user, or anybody else by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Participant)]
pub struct ParticipantBody {
    /// A user. Goes alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    user_id: Option<String>,
    /// The name of somebody without an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// That one's address for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    email: Option<String>,
}

impl From<Participant> for ParticipantBody {
    fn from(participant: Participant) -> Self {
        match participant {
            Participant::User(id) => Self { user_id: Some(id.to_string()), name: None, email: None },
            Participant::Person { name, email } => Self { user_id: None, name: Some(name), email },
        }
    }
}

/// Who takes part, each user once, with what is wrong noted.
pub(super) fn participants(asked: &[ParticipantBody], invalid: &mut Invalid) -> Vec<Participant> {
    if PARTICIPANTS_MAX < asked.len() {
        invalid.push("/participants", format!("must be at most {PARTICIPANTS_MAX}"));
        return Vec::new();
    }
    let mut found: Vec<Participant> = Vec::with_capacity(asked.len());
    for (place, it) in asked.iter().enumerate() {
        let mut wrong = Invalid::new();
        match (&it.user_id, &it.name, &it.email) {
            (Some(id), None, None) => match parse_uuid(id).map(|id: Uuid| Participant::User(UserId(id))) {
                None => wrong.push("/user_id", "must be the id of a user"),
                Some(user) if found.contains(&user) => wrong.push("/user_id", "is there already"),
                Some(user) => found.push(user),
            },
            (None, Some(name), email) => {
                wire::text(Some(name), |name| text::required_line(name, NAME_CHARS_MAX), "/name", &mut wrong);
                check_email(email.as_deref(), &mut wrong);
                found.push(Participant::Person { name: name.clone(), email: email.clone() });
            }
            _ => wrong.push("", "must be a user_id, or else a name, perhaps with an email"),
        }
        invalid.under(&format!("/participants/{place}"), wrong);
    }
    found
}
