//! What resources are like, as far as it decides on bookings: who may know of one, for whom it is kept, when it is out of
//! order, and what its bookings have to carry. One table of cases for each rule.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use bronya_domain::booking::{Details, Status};
use bronya_domain::calendar::Calendar;
use bronya_domain::command::{
    Book, Command, CreateResource, Edit, MakeBlock, Need, OnConflict, Targeted, UpdateResource,
};
use bronya_domain::decide::{Undecided, decide};
use bronya_domain::effect::Outcome;
use bronya_domain::facts::Facts;
use bronya_domain::ids::{BlockId, BookingId, GroupId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::{Field, FieldType, FieldValue, Schema, Values, ValuesEdit};
use bronya_domain::policy::{Approval, Policy};
use bronya_domain::profile::{OutOfOrder, Profile, ProfileEdit, Visibility};
use bronya_domain::refusal::{Broken, Refusal, Violation};
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::rules::Rules;
use bronya_domain::user::{Principal, Role};
use jiff::Timestamp;
use uuid::Uuid;

const ROOM: ResourceId = ResourceId(Uuid::from_u128(1));
const GUEST: UserId = UserId(Uuid::from_u128(2));
const MANAGER: UserId = UserId(Uuid::from_u128(3));
const STAFF: GroupId = GroupId(Uuid::from_u128(4));
const BOARD: GroupId = GroupId(Uuid::from_u128(5));

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3600).unwrap()
}

fn interval(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn user(user: UserId) -> Principal {
    Principal { user, role: Role::User }
}

fn resource(profile: Profile, policy: Policy, schema: Schema) -> Resource {
    let rules = Arc::new(Rules::of(policy));
    let attributes = Attributes {
        name: "Room".to_owned(),
        kind: Some("room".to_owned()),
        description: None,
        capacity: None,
        quantity: 1,
        time_zone: "UTC".to_owned(),
        requires_approval: false,
        site: None,
        area: None,
        parts: vec![],
        rules: Arc::clone(&rules),
        profile,
    };
    let (created_at, updated_at) = (at(0), at(0));
    let schema = Arc::new(schema);
    Resource { id: ROOM, attributes, in_force: rules, schema, version: 1, revision: 1, created_at, updated_at }
}

fn facts(resource: Resource) -> Facts {
    let mut calendar = Calendar::default();
    calendar.mark_known(Interval::new(Timestamp::MIN, Timestamp::MAX).unwrap());
    Facts {
        resources: [(ROOM, Some(resource))].into(),
        calendars: [(ROOM, calendar)].into(),
        managers: [((ROOM, GUEST), false), ((ROOM, MANAGER), true)].into(),
        ..Facts::default()
    }
}

fn book(start: i64, end: i64) -> Book {
    Book {
        id: BookingId(Uuid::from_u128(9)),
        resource: ROOM,
        interval: interval(start, end),
        ends_by_place: false,
        quantity: 1,
        along: vec![],
        details: Details::default(),
        on_behalf_of: None,
        override_reason: None,
        hold_minutes: None,
        series: None,
    }
}

/// The status of the booking that comes of it, or why there is none.
fn decided(book: Book, actor: UserId, facts: &Facts) -> Result<Status, Undecided> {
    match decide(&Command::Book(book), user(actor), facts, at(0))?.outcome {
        Outcome::Booking(booking) => Ok(booking.status),
        other => panic!("{other:?}"),
    }
}

fn against(broken: Broken) -> Undecided {
    Refusal::Rules(vec![Violation::Policy(broken)]).into()
}

#[test]
fn who_may_not_know_of_it_is_told_that_it_is_not_there() {
    for (visibility, actor, known) in [
        (Visibility::Public, GUEST, true),
        (Visibility::Internal, GUEST, true),
        (Visibility::Hidden, GUEST, false),
        (Visibility::Hidden, MANAGER, true),
    ] {
        let facts = facts(resource(Profile { visibility, ..Profile::default() }, Policy::default(), Schema::default()));
        let expected = if known { Ok(Status::Confirmed) } else { Err(Refusal::ResourceNotFound.into()) };
        assert_eq!(decided(book(1, 2), actor, &facts), expected, "{visibility:?} {actor}");
        let block = Command::Block(MakeBlock {
            id: BlockId(Uuid::from_u128(8)),
            resource: ROOM,
            interval: interval(1, 2),
            reason: None,
            on_conflict: OnConflict::Refuse,
            series: None,
        });
        let rename = Command::UpdateResource(UpdateResource {
            target: Targeted { id: ROOM, versions: None },
            edit: Edit { name: Some("Mine".to_owned()), ..Edit::default() },
        });
        for command in [block, rename] {
            let refusal = decide(&command, user(actor), &facts, at(0)).err();
            let expected = match (known, actor) {
                (false, _) => Some(Refusal::ResourceNotFound),
                (true, GUEST) => Some(Refusal::Forbidden),
                _ => None,
            };
            assert_eq!(refusal, expected.map(Into::into), "{visibility:?} {actor} {}", command.name());
        }
    }
    // Nobody guesses who manages it.
    let mut facts = facts(resource(
        Profile { visibility: Visibility::Hidden, ..Profile::default() },
        Policy::default(),
        Schema::default(),
    ));
    facts.managers.clear();
    assert_eq!(decided(book(1, 2), GUEST, &facts), Err(Undecided::Needs(vec![Need::Manager(ROOM)])));
}

#[test]
fn what_is_kept_for_groups_only_they_have() {
    let both = vec![STAFF, BOARD];
    for (kept_for, is_in, allowed) in [
        (None, &[][..], true),
        (Some(vec![]), &[], true),
        (Some(vec![STAFF]), &[], false),
        (Some(vec![STAFF]), &[BOARD], false),
        (Some(vec![STAFF]), &[STAFF], true),
        (Some(both.clone()), &[BOARD], true),
        (Some(both.clone()), &[], false),
    ] {
        let policy = Policy { groups: kept_for.clone(), ..Policy::default() };
        let mut facts = facts(resource(Profile::default(), policy, Schema::default()));
        let is_in: BTreeSet<GroupId> = is_in.iter().copied().collect();
        facts.groups.insert(GUEST, is_in.clone());
        let refused = against(Broken::Groups(kept_for.clone().unwrap_or_default()));
        let expected = if allowed { Ok(Status::Confirmed) } else { Err(refused) };
        assert_eq!(decided(book(1, 2), GUEST, &facts), expected, "{kept_for:?} {is_in:?}");
        // It counts whose it is to be; and a manager may set the rule aside.
        let for_guest = Book { on_behalf_of: Some(GUEST), ..book(1, 2) };
        assert_eq!(decided(for_guest.clone(), MANAGER, &facts), expected, "{kept_for:?} {is_in:?}");
        let anyway = Book { override_reason: Some("a guest of the house".to_owned()), ..for_guest };
        assert_eq!(decided(anyway, MANAGER, &facts), Ok(Status::Confirmed));
    }
    // Nobody guesses who is in them.
    let policy = Policy { groups: Some(vec![STAFF]), ..Policy::default() };
    let facts = facts(resource(Profile::default(), policy, Schema::default()));
    assert_eq!(decided(book(1, 2), GUEST, &facts), Err(Undecided::Needs(vec![Need::Groups(GUEST)])));
}

#[test]
fn some_groups_wait_for_a_manager() {
    for (named, is_in, longer_than_minutes, status) in [
        (&[STAFF][..], &[][..], None, Status::Confirmed),
        (&[STAFF], &[STAFF], None, Status::Pending),
        (&[STAFF, BOARD], &[BOARD], None, Status::Pending),
        (&[], &[STAFF], None, Status::Confirmed),
        (&[STAFF], &[], Some(30), Status::Pending),
        (&[STAFF], &[], Some(60), Status::Confirmed),
    ] {
        let approval = Approval::When { longer_than_minutes, outside_hours: false, groups: named.to_vec() };
        let policy = Policy { approval: Some(approval), ..Policy::default() };
        let mut facts = facts(resource(Profile::default(), policy, Schema::default()));
        facts.groups.insert(GUEST, is_in.iter().copied().collect());
        assert_eq!(decided(book(1, 2), GUEST, &facts), Ok(status), "{named:?} {is_in:?} {longer_than_minutes:?}");
    }
}

#[test]
fn what_is_out_of_order_is_not_booked() {
    for (from, until, start, end, allowed) in [
        (Some(2), Some(4), 1, 2, true),
        (Some(2), Some(4), 1, 3, false),
        (Some(2), Some(4), 3, 4, false),
        (Some(2), Some(4), 4, 5, true),
        (None, Some(4), 1, 2, false),
        (None, None, 900, 901, false),
        (Some(2), None, 1, 2, true),
    ] {
        let out = OutOfOrder { reason: "broken".to_owned(), from: from.map(at), until: until.map(at) };
        let profile = Profile { out_of_order: Some(out.clone()), ..Profile::default() };
        let facts = facts(resource(profile, Policy::default(), Schema::default()));
        let expected = if allowed { Ok(Status::Confirmed) } else { Err(against(Broken::OutOfOrder(out))) };
        assert_eq!(decided(book(start, end), GUEST, &facts), expected, "{from:?} {until:?} {start} {end}");
        let anyway = Book { override_reason: Some("the repair itself".to_owned()), ..book(start, end) };
        assert_eq!(decided(anyway, MANAGER, &facts), Ok(Status::Confirmed));
    }
}

fn seats(is_required: bool, min: i64, max: i64) -> Field {
    let takes = FieldType::Number { unit: None, min, max };
    Field { key: "seats".to_owned(), label: "Seats".to_owned(), is_required, takes }
}

fn values(seats: Option<i64>) -> Values {
    seats.map(|seats| ("seats".to_owned(), FieldValue::Number(seats))).into_iter().collect()
}

/// The pointers of what is wrong.
fn pointers(undecided: Option<Undecided>) -> Vec<String> {
    match undecided {
        None => Vec::new(),
        Some(Undecided::Refused(Refusal::Rules(broken))) => broken
            .into_iter()
            .map(|violation| match violation {
                Violation::Value(problem) => problem.pointer,
                other => panic!("{other:?}"),
            })
            .collect(),
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn bookings_carry_what_the_kind_asks_for() {
    for (is_required, said, held, stands) in [
        (false, None, false, true),
        (false, Some(4), false, true),
        (false, Some(9), false, false),
        (true, None, false, false),
        (true, None, true, true),
        (true, Some(9), true, false),
        (true, Some(4), false, true),
    ] {
        let schema = Schema { booking_fields: vec![seats(is_required, 1, 8)], ..Schema::default() };
        let facts = facts(resource(Profile::default(), Policy::default(), schema));
        let details = Details { fields: values(said), ..Details::default() };
        let book = Book { details, hold_minutes: held.then_some(5), ..book(1, 2) };
        let expected: &[&str] = if stands { &[] } else { &["/fields/seats"] };
        assert_eq!(pointers(decided(book, GUEST, &facts).err()), expected, "{is_required} {said:?} {held}");
    }
}

#[test]
fn attributes_are_looked_at_when_they_are_written_and_only_then() {
    // The kind has changed since: what the resource says is neither declared so any more nor complete.
    let declared = Schema {
        attributes: vec![seats(false, 1, 8), Field { key: "floor".to_owned(), ..seats(true, 0, 9) }],
        ..Schema::default()
    };
    let mut facts = facts(resource(
        Profile { values: values(Some(30)), ..Profile::default() },
        Policy::default(),
        declared.clone(),
    ));
    let edit = |kind: Option<Option<&str>>, values: Option<ValuesEdit>| {
        Command::UpdateResource(UpdateResource {
            target: Targeted { id: ROOM, versions: None },
            edit: Edit {
                description: Some(Some("Large".to_owned())),
                kind: kind.map(|kind| kind.map(str::to_owned)),
                profile: ProfileEdit { values, ..ProfileEdit::default() },
                ..Edit::default()
            },
        })
    };
    let merge = |key: &str, number: Option<i64>| {
        Some(ValuesEdit::Merge([(key.to_owned(), number.map(FieldValue::Number))].into()))
    };
    let asked = decide(&edit(None, merge("floor", Some(1))), user(MANAGER), &facts, at(0));
    assert_eq!(asked.err(), Some(Undecided::Needs(vec![Need::Kind("room".to_owned())])));
    facts.schemas.insert("room".to_owned(), Arc::new(declared));
    facts.schemas.insert("desk".to_owned(), Arc::default());
    for (command, expected) in [
        (edit(None, None), &[][..]),
        (edit(Some(Some("room")), None), &[]),
        (edit(None, merge("seats", Some(8))), &["/attributes/floor"]),
        (edit(None, merge("floor", Some(1))), &["/attributes/seats"]),
        (edit(None, Some(ValuesEdit::Replace(values(None)))), &["/attributes/floor"]),
        (edit(Some(Some("desk")), None), &["/attributes/seats"]),
        (edit(Some(Some("desk")), Some(ValuesEdit::Replace(values(None)))), &[]),
        (edit(Some(None), None), &["/attributes/seats"]),
        (edit(Some(None), merge("seats", None)), &[]),
    ] {
        let undecided = decide(&command, user(MANAGER), &facts, at(0)).err();
        assert_eq!(pointers(undecided), expected, "{command:?}");
    }
    // A new one has nothing old to say.
    let attributes = facts.resources[&ROOM].as_ref().unwrap().attributes.clone();
    let create =
        Command::CreateResource(CreateResource { id: ROOM, attributes, zone_of_site: false, admins_only: false });
    let undecided = decide(&create, user(GUEST), &facts, at(0)).err();
    assert_eq!(pointers(undecided), ["/attributes/seats", "/attributes/floor"]);
}
