//! `/bookings`: wire types, handlers and their documentation.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::booking::{Along, Booking, Details, Status};
use bronya_domain::command::{Amend, Book, Close, Targeted};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BookingId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::{
    CAPACITY_MAX, NOTES_CHARS_MAX, PARTS_MAX, QUANTITY_MAX, REASON_CHARS_MAX, TITLE_CHARS_MAX,
};
use bronya_domain::profile::Wanted;
use bronya_domain::text;
use bronya_store::Answer;
use bronya_store::availability::Which;
use http::HeaderName;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::availability;
use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, JsonIfAny, Patch, Path, Query, parse_uuid};
use super::page::{Cursor, List, Page};
use super::people::{self, ContactBody, ParticipantBody};
use super::problem::{Problem, ProblemBody};
use super::values::{self, ConditionsBody, ValuesBody};
use super::wire::{self, UtcTime, parse_time};
use crate::app::bookings::{self, InIt, ListBookings};
use crate::app::{App, AppError};

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Booking)]
pub struct BookingView {
    /// Its id.
    id: Uuid,
    /// What is booked.
    resource_id: Uuid,
    /// Whose it is.
    user_id: Uuid,
    /// When it starts.
    starts_at: UtcTime,
    /// When it ends: the first instant that is free again.
    ends_at: UtcTime,
    /// One line.
    #[schema(required = true)]
    title: Option<String>,
    /// How many people come.
    #[schema(required = true)]
    party_size: Option<u32>,
    /// How many units of the resource.
    quantity: u32,
    /// More about it.
    #[schema(required = true)]
    notes: Option<String>,
    /// Where it stands. `pending`, `confirmed`, `held` and `checked_in` hold their time.
    status: StatusView,
    /// When it lapses unless somebody acts before: a `pending` one that nobody decides, a `held` one that nobody takes
    /// up, a `confirmed` one that nobody checks in to.
    #[schema(required = true)]
    lapses_at: Option<UtcTime>,
    /// Until when it can be taken back that it was checked in, ended, missed or cancelled (`POST /bookings/{booking_id}/undo`); `null`
    /// where there is nothing to take back.
    #[schema(required = true)]
    undo_until: Option<UtcTime>,
    /// Where somebody was checked in, the time has run out and nobody has said that they have gone: until when they can still have
    /// it for longer, by a later `ends_at`, if nobody comes after. It is `completed` meanwhile; `null` everywhere else.
    #[schema(required = true)]
    may_stay_until: Option<UtcTime>,
    /// Why a manager let it stand against the rules of the place.
    #[schema(required = true)]
    override_reason: Option<String>,
    /// What was said when it was rejected or cancelled, or when nobody came.
    #[schema(required = true)]
    closed_reason: Option<String>,
    /// What the kind of the resource lets it carry, by key.
    fields: ValuesBody,
    /// Who made it, where that is not its owner.
    #[schema(required = true)]
    made_by: Option<Uuid>,
    /// The series that it is an occurrence of.
    #[schema(required = true)]
    series_id: Option<Uuid>,
    /// What is booked along.
    along: Vec<AlongView>,
    /// Whose it is, where that is somebody without an account; `user_id` is then nobody else's.
    #[schema(required = true)]
    guest: Option<ContactBody>,
    /// Who else takes part. Those with accounts may see the booking.
    participants: Vec<ParticipantBody>,
    /// Counts its changes; also its `ETag`.
    version: i64,
    /// When it was made.
    created_at: UtcTime,
    /// When it was last changed.
    updated_at: UtcTime,
}

/// A resource that is booked along with another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Along)]
pub struct AlongView {
    /// Which one.
    resource_id: Uuid,
    /// How many units of it.
    quantity: u32,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BookingStatus)]
pub enum StatusView {
    /// Waits for a manager.
    Pending,
    /// Stands.
    Confirmed,
    /// A manager said no.
    Rejected,
    /// Taken back.
    Cancelled,
    /// Keeps its time for a few minutes while a form is filled.
    Held,
    /// Whoever booked is there.
    CheckedIn,
    /// Has been, and is over: ended before its time, or run to its end.
    Completed,
    /// Nobody came.
    NoShow,
    /// Was not decided or taken up in time.
    Expired,
}

impl From<Status> for StatusView {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Confirmed => Self::Confirmed,
            Status::Rejected => Self::Rejected,
            Status::Cancelled => Self::Cancelled,
            Status::Held => Self::Held,
            Status::CheckedIn => Self::CheckedIn,
            Status::Completed => Self::Completed,
            Status::NoShow => Self::NoShow,
            Status::Expired => Self::Expired,
        }
    }
}

impl From<StatusView> for Status {
    fn from(status: StatusView) -> Self {
        match status {
            StatusView::Pending => Self::Pending,
            StatusView::Confirmed => Self::Confirmed,
            StatusView::Rejected => Self::Rejected,
            StatusView::Cancelled => Self::Cancelled,
            StatusView::Held => Self::Held,
            StatusView::CheckedIn => Self::CheckedIn,
            StatusView::Completed => Self::Completed,
            StatusView::NoShow => Self::NoShow,
            StatusView::Expired => Self::Expired,
        }
    }
}

impl From<Booking> for BookingView {
    fn from(booking: Booking) -> Self {
        let along = booking.along().map(|it| AlongView { resource_id: it.resource.0, quantity: it.quantity }).collect();
        let undo_until = booking.undo_until().map(UtcTime);
        let may_stay_until = booking.stays_until().map(UtcTime);
        // Being over is nothing that somebody has to act against.
        let lapses_at = booking.claims_lapse_at().map(UtcTime);
        Self {
            id: booking.id.0,
            resource_id: booking.resource.0,
            user_id: booking.user.0,
            starts_at: UtcTime(booking.interval.start()),
            ends_at: UtcTime(booking.interval.end()),
            fields: (&booking.details.fields).into(),
            title: booking.details.title,
            party_size: booking.details.party_size,
            quantity: booking.quantity,
            notes: booking.details.notes,
            status: booking.status.into(),
            lapses_at,
            undo_until,
            may_stay_until,
            override_reason: booking.override_reason,
            closed_reason: booking.closed_reason,
            made_by: booking.made_by.map(|id| id.0),
            series_id: booking.series.map(|id| id.0),
            along,
            guest: booking.details.guest.map(|guest| guest.contact.into()),
            participants: booking.details.participants.into_iter().map(ParticipantBody::from).collect(),
            version: booking.version,
            created_at: UtcTime(booking.created_at),
            updated_at: UtcTime(booking.updated_at),
        }
    }
}

pub(super) type One = ([(HeaderName, HeaderValue); 1], Json<BookingView>);

pub(super) fn one(booking: Booking) -> One {
    (ETag(booking.version).header(), Json(booking.into()))
}

/// What to book.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBooking {
    /// The resource. Left out where `among` says which would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    resource_id: Option<String>,
    /// Take the best fitting of these resources instead: the one that leaves the fewest seats empty, then the fewest gaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    among: Option<Among>,
    /// When it starts; RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-27T18:00:00Z")]
    starts_at: String,
    /// When it ends: one minute to 366 days later. May be left out where the place says how long: by turn times for a party of the
    /// size that is given, or by the pieces in which it gives its time out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, example = "2026-11-27T20:00:00Z")]
    ends_at: Option<String>,
    /// One line.
    #[serde(default)]
    #[schema(max_length = 200)]
    title: Option<String>,
    /// How many people come; at most what the booked units seat.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
    /// How many of the resource's units.
    #[serde(default)]
    #[schema(minimum = 1, default = 1)]
    quantity: Option<i64>,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: Option<String>,
    /// What the kind of the resource lets a booking carry, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ValuesBody>)]
    fields: Option<ValuesBody>,
    /// Whose it is to be, where that is not yours. Only for the resource's managers.
    #[serde(default)]
    #[schema(format = "uuid")]
    on_behalf_of: Option<String>,
    /// Why the rules of the place are to be set aside. Only for the resource's managers, and never for time that is
    /// taken.
    #[serde(default)]
    #[schema(max_length = 500)]
    override_reason: Option<String>,
    /// What to book along, in one go: a projector with the room, a second table beside the first. All of it is had, or nothing.
    #[serde(default)]
    #[schema(max_items = 50)]
    along: Option<Vec<NewAlong>>,
    /// Whose it is to be, where that is somebody without an account. Only for the resource's managers, who can then
    /// get a link for the guest (`POST /bookings/{booking_id}/guest-link`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guest: Option<ContactBody>,
    /// Who else takes part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    participants: Option<Vec<ParticipantBody>>,
}

/// Resources of which any would do: those that fit all that is said, which has to be something. A table that is made of two others
/// is one of them, so pushing tables together needs no more than such a resource.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Among {
    /// Those of this site.
    #[schema(format = "uuid")]
    site_id: Option<String>,
    /// Those in this area, or in one that stands in it.
    #[schema(format = "uuid")]
    area_id: Option<String>,
    /// Those of this kind.
    #[schema(max_length = 64)]
    kind: Option<String>,
    /// Those with all of these tags.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
    /// Those with these attributes: under each key a value, or a range of numbers.
    #[schema(value_type = Option<ConditionsBody>)]
    attributes: Option<ConditionsBody>,
}

impl Among {
    fn which(&self, invalid: &mut Invalid) -> Which {
        let mut wrong = Invalid::new();
        let wanted = values::wanted_by_body(self.tags.as_deref(), self.attributes.clone(), &mut wrong);
        let places = (self.site_id.as_deref(), self.area_id.as_deref());
        let said = self.kind.is_some() || places != (None, None) || wanted != Wanted::default();
        let which = availability::which(None, places, self.kind.clone(), wanted, &mut wrong);
        if wrong.is_empty() && !said {
            wrong.push("", "must say something: a site, an area, a kind, tags or attributes");
        }
        invalid.under("/among", wrong);
        which
    }
}

/// What is asked for: a certain resource, or any of several.
pub(super) enum OnWhat {
    Resource(ResourceId),
    Among(Which),
}

/// What is asked for, which has to be said in one of two ways, with what is wrong noted.
pub(super) fn on_what(resource_id: Option<&str>, among: Option<&Among>, invalid: &mut Invalid) -> Option<OnWhat> {
    let among = among.map(|among| among.which(invalid));
    match (resource_id, among) {
        (Some(id), None) => wire::resource_id(id, invalid).map(OnWhat::Resource),
        (None, Some(which)) => Some(OnWhat::Among(which)),
        (Some(_), Some(_)) => {
            invalid.push("/among", "goes without resource_id");
            None
        }
        (None, None) => {
            invalid.push("/resource_id", "is required, or else among");
            None
        }
    }
}

/// A resource to book along.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlong {
    /// Which one.
    #[schema(format = "uuid")]
    resource_id: String,
    /// How many units of it.
    #[serde(default)]
    #[schema(minimum = 1, default = 1)]
    quantity: Option<i64>,
}

/// What is to be booked along, each resource once.
pub(super) fn along(asked: &[NewAlong], invalid: &mut Invalid) -> Vec<Along> {
    if PARTS_MAX < asked.len() {
        invalid.push("/along", format!("must be at most {PARTS_MAX}"));
        return Vec::new();
    }
    let mut found: Vec<Along> = Vec::with_capacity(asked.len());
    for (place, it) in asked.iter().enumerate() {
        let pointer = |member: &str| format!("/along/{place}/{member}");
        let resource = wire::resource_id_at(&it.resource_id, pointer("resource_id"), invalid);
        let quantity = wire::number(it.quantity.unwrap_or(1), 1, QUANTITY_MAX, pointer("quantity"), invalid);
        let Some((resource, quantity)) = resource.zip(quantity) else { continue };
        if found.iter().any(|other| other.resource == resource) {
            invalid.push(pointer("resource_id"), "is there already: say how many units with quantity");
        }
        found.push(Along { resource, quantity });
    }
    found
}

impl NewBooking {
    /// What to book or, with `hold_minutes`, to hold.
    pub(super) fn read(&self, id: BookingId, hold_minutes: Option<u32>) -> Result<bookings::NewBooking, Problem> {
        let mut invalid = Invalid::new();
        let (resource, among) = match on_what(self.resource_id.as_deref(), self.among.as_ref(), &mut invalid) {
            Some(OnWhat::Resource(id)) => (Some(id), None),
            Some(OnWhat::Among(which)) => (Some(ResourceId(Uuid::nil())), Some(which)),
            None => (None, None),
        };
        let interval = match &self.ends_at {
            Some(ends_at) => wire::interval(&self.starts_at, ends_at, &mut invalid),
            None => invalid.take("/starts_at", parse_time(&self.starts_at)).and_then(first_guess),
        };
        let quantity = quantity(self.quantity.unwrap_or(1), &mut invalid);
        let party_size = self.party_size.and_then(|size| party_size(size, &mut invalid));
        check_texts(self.title.as_deref(), self.notes.as_deref(), &mut invalid);
        let (guest, on_behalf_of) = people::for_whom(self.guest.as_ref(), self.on_behalf_of.as_deref(), &mut invalid);
        check_reason(self.override_reason.as_deref(), &mut invalid);
        let along = along(self.along.as_deref().unwrap_or_default(), &mut invalid);
        let participants = people::participants(self.participants.as_deref().unwrap_or_default(), &mut invalid);
        match (resource, interval, quantity) {
            (Some(resource), Some(interval), Some(quantity)) if invalid.is_empty() => {
                let fields = self.fields.as_ref().map(ValuesBody::values).unwrap_or_default();
                let (title, notes) = (self.title.clone(), self.notes.clone());
                let details = Details { title, notes, party_size, fields, guest, participants };
                let override_reason = self.override_reason.clone();
                let series = None;
                let book = Book {
                    id,
                    resource,
                    interval,
                    ends_by_place: self.ends_at.is_none(),
                    quantity,
                    details,
                    on_behalf_of,
                    override_reason,
                    hold_minutes,
                    series,
                    along,
                };
                Ok(bookings::NewBooking { book, among })
            }
            _ => Err(refuse(invalid)),
        }
    }
}

/// Where a booking may stand whose end the place is still to say.
fn first_guess(start: Timestamp) -> Option<Interval> {
    Interval::new(start, start.checked_add(SignedDuration::from_hours(1)).ok()?).ok()
}

pub(super) fn quantity(value: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(value, 1, QUANTITY_MAX, "/quantity", invalid)
}

pub(super) fn party_size(value: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(value, 1, CAPACITY_MAX.saturating_mul(QUANTITY_MAX), "/party_size", invalid)
}

pub(super) fn check_texts(title: Option<&str>, notes: Option<&str>, invalid: &mut Invalid) {
    wire::text(title, |text| text::line(text, TITLE_CHARS_MAX), "/title", invalid);
    wire::text(notes, |text| text::paragraphs(text, NOTES_CHARS_MAX), "/notes", invalid);
}

pub(super) fn check_reason(reason: Option<&str>, invalid: &mut Invalid) {
    wire::text(reason, |text| text::required_line(text, REASON_CHARS_MAX), "/override_reason", invalid);
}

/// The problem that was noted; where nothing was, a value was lost without one, and that is a fault of ours.
fn refuse(invalid: Invalid) -> Problem {
    match invalid.finish() {
        Err(problem) => problem,
        Ok(()) => AppError::internal("a value was refused without a reason").into(),
    }
}

/// What changes about a booking (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingPatch {
    /// Move it to another resource.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    resource_id: Patch<String>,
    /// A new start.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Patch<String>,
    /// A new end.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Patch<String>,
    /// A new title, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Patch<String>,
    /// A new party size, or `null` for none. Where the booking is as long as parties of its size stay (turn times), and has not begun,
    /// its end goes with the new size, unless `ends_at` says otherwise.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    party_size: Patch<i64>,
    /// Another number of units.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    quantity: Patch<i64>,
    /// What is booked along from then on, or `null` for nothing.
    #[serde(default)]
    #[schema(value_type = Option<Vec<NewAlong>>, max_items = 50)]
    along: Patch<Vec<NewAlong>>,
    /// New notes, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    notes: Patch<String>,
    /// What its kind lets it carry: `null` under a key takes one away, `null` for the whole takes all.
    #[serde(default)]
    #[schema(value_type = Option<ValuesBody>)]
    fields: Patch<ValuesBody>,
    /// How its guest is reached from now on.
    #[serde(default)]
    #[schema(value_type = Option<ContactBody>)]
    guest: Patch<ContactBody>,
    /// Who else takes part from then on, or `null` for nobody.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ParticipantBody>>, max_items = 50)]
    participants: Patch<Vec<ParticipantBody>>,
    /// Why the rules of the place are to be set aside. Only for the resource's managers, and never for time that is
    /// taken.
    #[serde(default)]
    #[schema(max_length = 500)]
    override_reason: Option<String>,
}

impl BookingPatch {
    pub(super) fn command(self, target: Targeted<BookingId>) -> Result<Amend, Problem> {
        let mut invalid = Invalid::new();
        let resource = self.resource_id.into_required("/resource_id", &mut invalid);
        let resource = resource.and_then(|text| wire::resource_id(&text, &mut invalid));
        let starts_at = self.starts_at.into_required("/starts_at", &mut invalid);
        let starts_at = starts_at.and_then(|text| invalid.take("/starts_at", parse_time(&text)));
        let ends_at = self.ends_at.into_required("/ends_at", &mut invalid);
        let ends_at = ends_at.and_then(|text| invalid.take("/ends_at", parse_time(&text)));
        if let (Some(start), Some(end)) = (starts_at, ends_at)
            && end <= start
        {
            invalid.push("/ends_at", "must be after starts_at");
        }
        let number = self.quantity.into_required("/quantity", &mut invalid);
        let quantity = number.and_then(|number| quantity(number, &mut invalid));
        let asked = self.along.into_change();
        let along = asked.map(|asked| along(asked.as_deref().unwrap_or_default(), &mut invalid));
        let size = self.party_size.into_change();
        let party_size = size.map(|size| size.and_then(|size| party_size(size, &mut invalid)));
        let (title, notes) = (self.title.into_change(), self.notes.into_change());
        let set = |change: &'_ Option<Option<String>>| change.clone().flatten();
        check_texts(set(&title).as_deref(), set(&notes).as_deref(), &mut invalid);
        check_reason(self.override_reason.as_deref(), &mut invalid);
        let guest = self.guest.into_required("/guest", &mut invalid);
        let contact = guest.and_then(|guest| guest.read("/guest", &mut invalid));
        let participants = self.participants.into_change();
        let participants = participants.map(|it| people::participants(it.as_deref().unwrap_or_default(), &mut invalid));
        invalid.finish()?;
        let override_reason = self.override_reason;
        let fields = values::edit(self.fields);
        Ok(Amend {
            target,
            resource,
            starts_at,
            ends_at,
            quantity,
            along,
            title,
            notes,
            party_size,
            fields,
            contact,
            participants,
            override_reason,
        })
    }
}

/// What a list of bookings is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BookingQuery {
    /// On this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// Of this user.
    #[param(required = false)]
    user_id: Option<String>,
    /// In this status.
    #[param(required = false, inline)]
    status: Option<StatusView>,
    /// Ending after this time (RFC 3339 with an offset).
    #[param(required = false)]
    from: Option<String>,
    /// Starting before this time; at most 366 days after `from`.
    #[param(required = false)]
    to: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// What a list of one's own bookings is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MyBookingQuery {
    /// On this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// What you are in them: whose they are, or somebody who takes part.
    #[param(required = false, inline)]
    role: Option<InItView>,
    /// In this status.
    #[param(required = false, inline)]
    status: Option<StatusView>,
    /// Ending after this time (RFC 3339 with an offset).
    #[param(required = false)]
    from: Option<String>,
    /// Starting before this time; at most 366 days after `from`.
    #[param(required = false)]
    to: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// What somebody is in a booking.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InItView {
    /// Whose it is.
    Owner,
    /// Somebody who takes part in what is another's.
    Participant,
}

impl From<InItView> for InIt {
    fn from(role: InItView) -> Self {
        match role {
            InItView::Owner => Self::Owner,
            InItView::Participant => Self::Participant,
        }
    }
}

impl From<MyBookingQuery> for BookingQuery {
    fn from(query: MyBookingQuery) -> Self {
        let MyBookingQuery { resource_id, role: _, status, from, to, limit, cursor } = query;
        Self { resource_id, user_id: None, status, from, to, limit, cursor }
    }
}

impl BookingQuery {
    fn read(&self) -> Result<(Page, ListBookings), Problem> {
        let page = Page::new(self.limit, self.cursor.as_deref())?;
        let mut invalid = Invalid::new();
        let resource = self.resource_id.as_deref().and_then(|text| wire::resource_id(text, &mut invalid));
        let user = self.user_id.as_deref().map(parse_uuid);
        if user == Some(None) {
            invalid.push("/user_id", "must be the id of a user");
        }
        invalid.finish()?;
        let (from, to) = wire::range(self.from.as_deref(), self.to.as_deref())?;
        let list = ListBookings {
            user: user.flatten().map(UserId),
            resource,
            status: self.status.map(Status::from),
            from,
            to,
            after: page.after.map(|place| (place.time(), BookingId(place.id))),
            limit: page.rows(),
        };
        Ok((page, list))
    }
}

fn show_list(page: Page, bookings: Vec<Booking>) -> Json<List<BookingView>> {
    Json(page.list(bookings, |it| Cursor::new(it.interval.start(), it.id.0), BookingView::from))
}

/// A booking that was made, as it is answered.
pub(super) fn render(outcome: &Outcome) -> Option<Answer> {
    match outcome {
        Outcome::Booking(booking) => {
            let location = format!("/bookings/{}", booking.id);
            Some(answer::created(location, Some(booking.version), &BookingView::from(booking.clone())))
        }
        _ => None,
    }
}

/// Book time on a resource.
///
/// Answers with the booking: `confirmed`, or `pending` where the resource requires approval. What was answered is on disk.
#[utoipa::path(
    post, path = "/bookings/", tag = "Bookings", operation_id = "createBooking", security(("bearer" = [])),
    request_body = NewBooking,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Booked", body = BookingView,
            headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String, description = "`true` where it is the first answer again"))),
        (status = 403, description = "`/problems/forbidden`: booking for others and against the rules is for managers", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`, with `conflicts` and up to five `alternatives`; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`, `/problems/too-far-ahead`, `/problems/against-policy`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewBooking>,
) -> Result<Response, Problem> {
    let book = new.read(BookingId(app.ids.next()), None)?;
    let idempotency = answer::idempotency(key, "POST /bookings/", &new, render);
    let reply = bookings::book(&app, &caller, book, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// List bookings that you administer.
///
/// Administrators see everybody's, managers those of their resources, and those for which one of these was booked along; nobody else may.
#[utoipa::path(
    get, path = "/bookings/", tag = "Bookings", operation_id = "listBookings", security(("bearer" = [])),
    params(BookingQuery),
    responses(
        (status = 200, description = "In order of their start", body = List<BookingView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<BookingQuery>,
) -> Result<Json<List<BookingView>>, Problem> {
    let (page, list) = query.read()?;
    Ok(show_list(page, bookings::list(&app, &caller, list).await?))
}

/// List your own bookings.
#[utoipa::path(
    get, path = "/bookings/my", tag = "Bookings", operation_id = "listMyBookings", security(("bearer" = [])),
    params(MyBookingQuery),
    responses(
        (status = 200, description = "In order of their start", body = List<BookingView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn my(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<MyBookingQuery>,
) -> Result<Json<List<BookingView>>, Problem> {
    let role = query.role.map(InIt::from).unwrap_or_default();
    let (page, list) = BookingQuery::from(query).read()?;
    Ok(show_list(page, bookings::my(&app, &caller, role, list).await?))
}

/// Read a booking.
///
/// Its owner, who takes part, the managers of its resource and of what was booked along, and administrators.
#[utoipa::path(
    get, path = "/bookings/{booking_id}", tag = "Bookings", operation_id = "getBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking", body = BookingView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/booking-not-found`, also where it is not yours to know of", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<BookingId>) -> Result<One, Problem> {
    Ok(one(bookings::by_id(&app, &caller, id).await?))
}

/// Move, resize or edit a booking.
///
/// In one step: the old time is given up only if the new one is had. On a resource that requires approval a move by
/// somebody who does not manage it makes the booking `pending` again. Who manages only what was booked along gets 403.
#[utoipa::path(
    patch, path = "/bookings/{booking_id}", tag = "Bookings", operation_id = "updateBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body(content((BookingPatch = "application/json"), (BookingPatch = "application/merge-patch+json"))),
    responses(
        (status = 200, description = "The booking as it is now", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: setting rules aside is for managers, and so is editing another's booking", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`, with `conflicts` and up to five `alternatives`; `/problems/booking-closed`, `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`, `/problems/too-far-ahead`, `/problems/against-policy`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
    Json(patch): Json<BookingPatch>,
) -> Result<One, Problem> {
    let amend = patch.command(Targeted { id, versions: if_match.versions() })?;
    Ok(one(bookings::amend(&app, &caller, amend).await?))
}

/// Why a booking is rejected or cancelled, or why nobody came.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// One line, for whoever may see the booking: its owner, managers, who takes part. It stays with the booking (`closed_reason`).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500, example = "The room is being painted that week")]
    pub(super) reason: Option<String>,
}

impl Closing {
    pub(super) fn close(self, target: Targeted<BookingId>) -> Result<Close, Problem> {
        Ok(Close { target, reason: self.read()? })
    }

    pub(super) fn read(self) -> Result<Option<String>, Problem> {
        let mut invalid = Invalid::new();
        let check = |text: &str| text::required_line(text, REASON_CHARS_MAX);
        wire::text(self.reason.as_deref(), check, "/reason", &mut invalid);
        invalid.finish()?;
        Ok(self.reason)
    }
}

/// Cancel a booking.
///
/// Also by who manages what was booked along. A body is not needed; it may say why.
#[utoipa::path(
    delete, path = "/bookings/{booking_id}", tag = "Bookings", operation_id = "cancelBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body = Option<Closing>,
    responses(
        (status = 200, description = "The booking, now `cancelled`", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: whoever takes part may only look", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-closed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`; `/problems/against-policy`: too late for that by the rules of the place", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
    JsonIfAny(closing): JsonIfAny<Closing>,
) -> Result<One, Problem> {
    let close = closing.close(Targeted { id, versions: if_match.versions() })?;
    Ok(one(bookings::cancel(&app, &caller, close).await?))
}

/// Confirm a pending booking.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/confirm", tag = "Bookings", operation_id = "confirmBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The booking, now `confirmed`", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-not-pending`, `/problems/booking-closed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
) -> Result<One, Problem> {
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(bookings::confirm(&app, &caller, target).await?))
}

/// Reject a pending booking.
///
/// A body is not needed; it may say why.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/reject", tag = "Bookings", operation_id = "rejectBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body = Option<Closing>,
    responses(
        (status = 200, description = "The booking, now `rejected`", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-not-pending`, `/problems/booking-closed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
    JsonIfAny(closing): JsonIfAny<Closing>,
) -> Result<One, Problem> {
    let close = closing.close(Targeted { id, versions: if_match.versions() })?;
    Ok(one(bookings::reject(&app, &caller, close).await?))
}
