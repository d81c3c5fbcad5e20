//! A small language for worlds and commands, so that a case is read at a glance. A line says what there is, or, after `>`,
//! what somebody asks, which is answered in one line; after `#` it is a remark. Times are hours of the first day (`9`, `10:30`), or of a later one
//! (`3d10`). Names stand for themselves: a name that nothing in the scene made is something that there is not.
//!
//! ```text
//! resource table x2 by mia          two units, managed by mia
//! booking b1 of anna on table 10-12
//! now 9
//! > anna books table 11-13 x2
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use bronya_domain::block::Block;
use bronya_domain::booking::{Along, Booking, Buffers, Contact, Details, Guest, Participant, Status};
use bronya_domain::calendar::{Claim, Holder};
use bronya_domain::command::{
    Amend, Book, BookAny, BookSeries, Command, CreateResource, DeleteResource, Edit, GiveLink, MakeBlock, OnConflict,
    OnRefusal, Series, TakeUp, Targeted, UpdateResource,
};
use bronya_domain::effect::{Outcome, Step};
use bronya_domain::facts::PlaceId;
use bronya_domain::hours::OpeningHours;
use bronya_domain::ids::{AreaId, GroupId, ResourceId, SeriesId, SiteId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::{FieldValue, Values};
use bronya_domain::limits::QUANTITY_MAX;
use bronya_domain::mode::{Mode, Period, Service};
use bronya_domain::policy::{Approval, Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope, TurnTime};
use bronya_domain::profile::{OutOfOrder, Visibility};
use bronya_domain::refusal::{Broken, Closed, Conflict, ConflictKind, Refusal, Violation};
use bronya_domain::resource::Attributes;
use bronya_domain::rules::Rules;
use bronya_domain::user::{Principal, Role};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::world::{World, admin, at, block_id, booking_id, midnight, plain, principal, resource_id};

/// Who may do everything.
const ADMINISTRATOR: &str = "root";

/// A world whose things have names.
#[derive(Default)]
pub(crate) struct Scene {
    world: World,
    names: Vec<String>,
    /// What refusals were met, by their variants.
    pub(crate) met: BTreeSet<&'static str>,
}

/// The words of a line, taken away one after the other.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn next(&mut self) -> &'a str {
        assert!(!self.0.is_empty(), "the line ends too early");
        self.0.remove(0)
    }

    /// The word after this one, wherever that stands.
    fn after(&mut self, key: &str) -> Option<&'a str> {
        let place = self.0.iter().position(|word| *word == key)?;
        self.0.remove(place);
        Some(self.0.remove(place))
    }

    fn flag(&mut self, word: &str) -> bool {
        let place = self.0.iter().position(|it| *it == word);
        place.map(|place| self.0.remove(place)).is_some()
    }

    /// The number in a word like `x3`.
    fn times(&mut self) -> Option<u32> {
        let place =
            self.0.iter().position(|word| word.strip_prefix('x').is_some_and(|it| it.parse::<u32>().is_ok()))?;
        self.0.remove(place)[1..].parse().ok()
    }

    fn number<N: std::str::FromStr>(&mut self, key: &str) -> Option<N> {
        self.after(key).map(|word| word.parse().unwrap_or_else(|_| panic!("no number: {word}")))
    }

    fn end(self) {
        assert!(self.0.is_empty(), "what does this mean? {:?}", self.0);
    }
}

/// Plays a scene, and answers with a line for each command.
pub(crate) fn play(text: &str, met: &mut BTreeSet<&'static str>) -> String {
    let mut scene = Scene::default();
    let mut told = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(asked) = line.strip_prefix('>') {
            // Writing to a string can't fail.
            let _ = writeln!(told, "{}", scene.ask(asked.trim()));
            scene.world.check();
        } else {
            scene.say(&mut Words(line.split_whitespace().collect()));
        }
    }
    met.extend(scene.met);
    told
}

impl Scene {
    /// The number that stands for a name.
    fn number(&mut self, name: &str) -> u64 {
        let place = self.names.iter().position(|it| it == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        place as u64
    }

    /// The name that a number stands for.
    fn name(&self, id: Uuid) -> &str {
        let number = usize::try_from(id.as_u128() & 0xFF).unwrap();
        &self.names[number]
    }

    fn who(&mut self, name: &str) -> Principal {
        match name.strip_prefix('@') {
            // The guest of a booking.
            Some(booking) => {
                let user = Booking::guest_of(booking_id(self.number(booking)));
                Principal { user, role: Role::Guest }
            }
            None if name == ADMINISTRATOR => admin(),
            None => principal(self.number(name)),
        }
    }

    fn site(&mut self, name: &str) -> SiteId {
        SiteId(Uuid::from_u128(0xEE00 + u128::from(self.number(name))))
    }

    fn area(&mut self, name: &str) -> AreaId {
        AreaId(Uuid::from_u128(0xFF00 + u128::from(self.number(name))))
    }

    fn group(&mut self, name: &str) -> GroupId {
        GroupId(Uuid::from_u128(0xAB00 + u128::from(self.number(name))))
    }

    // --- what there is -----------------------------------------------------------------------------------------

    fn say(&mut self, words: &mut Words<'_>) {
        let mut words = Words(std::mem::take(&mut words.0));
        match words.next() {
            "now" => self.world.now = time(words.next()),
            "resource" => self.resource(&mut words),
            "site" => {
                let site = self.site(words.next());
                self.world.sites.insert(site, Rules::default());
                if let Some(manager) = words.after("by") {
                    let manager = self.who(manager).user;
                    self.world.site_managers.insert((site, manager));
                }
            }
            "deleted" => {
                let id = resource_id(self.number(words.next()));
                self.world.resources.remove(&id);
            }
            "group" => {
                let group = self.group(words.next());
                for name in words.after("of").unwrap().split(',') {
                    let member = self.who(name).user;
                    self.world.members.insert((member, group));
                }
            }
            "booking" => self.booking(&mut words),
            "crowd" => {
                // Bookings of a minute each, one after the other.
                let count: i64 = words.next().parse().unwrap();
                let resource = resource_id(self.number(words.after("on").unwrap()));
                let from = time(words.after("from").unwrap());
                for n in 0..count {
                    let start = from + SignedDuration::from_mins(n);
                    let interval = Interval::new(start, start + SignedDuration::from_mins(1)).unwrap();
                    let mut booking = standing(interval);
                    booking.id = booking_id(0x1000 + n.unsigned_abs());
                    booking.resource = resource;
                    self.seat(&booking);
                }
            }
            "block" => {
                let id = block_id(self.number(words.next()));
                let resource = resource_id(self.number(words.after("on").unwrap()));
                let interval = interval(words.next()).unwrap();
                let (reason, created_by, created_at) = (None, admin().user, midnight());
                self.world.blocks.insert(
                    id,
                    Block { id, resource, parts: vec![], interval, reason, series: None, created_by, created_at },
                );
                for unit in 1..=self.world.resources[&resource].attributes.quantity {
                    let claim = Claim { unit, interval, holder: Holder::Block(id), lapses_at: None };
                    self.world.claims.insert((resource, unit, interval.start()), claim);
                }
            }
            other => panic!("what is {other}?"),
        }
        words.end();
    }

    fn resource(&mut self, words: &mut Words<'_>) {
        let mut resource = plain(resource_id(self.number(words.next())), words.times().unwrap_or(1));
        resource.attributes.capacity = words.number("seats");
        resource.attributes.requires_approval = words.flag("asks");
        resource.version = words.number("version").unwrap_or(1);
        resource.attributes.parts = self.parts(words).unwrap_or_default();
        if let Some(manager) = words.after("by") {
            let manager = self.who(manager).user;
            self.world.managers.insert((resource.id, manager));
        }
        resource.attributes.site = words.after("in").map(|name| self.site(name));
        let profile = &mut resource.attributes.profile;
        profile.visibility = match (words.flag("hidden"), words.flag("public")) {
            (true, _) => Visibility::Hidden,
            (_, true) => Visibility::Public,
            _ => Visibility::Internal,
        };
        profile.out_of_order = words.after("out").map(|text| {
            let out = interval(text).unwrap();
            OutOfOrder { reason: "Broken".to_owned(), from: Some(out.start()), until: Some(out.end()) }
        });
        let hours = words.after("open").map(|text| OpeningHours::parse(text).unwrap());
        let counts = [
            ("at_a_time", QuotaScope::Resource, QuotaMeasure::AtATime),
            ("at_a_site", QuotaScope::Site, QuotaMeasure::AtATime),
            ("a_day", QuotaScope::Resource, QuotaMeasure::Bookings(QuotaPeriod::Day)),
        ];
        let quota = counts.into_iter().find_map(|(word, scope, measure)| {
            let max = words.number(word)?;
            Some(vec![Quota { scope, measure, max }])
        });
        let policy = Policy {
            duration_minutes_min: words.number("duration_min"),
            duration_minutes_max: words.number("duration_max"),
            start_step_minutes: words.number("step"),
            buffer_before_minutes: words.number("before"),
            buffer_after_minutes: words.number("after"),
            book_notice_minutes_min: words.number("book_notice"),
            book_ahead_minutes_max: words.number("ahead"),
            move_notice_minutes_min: words.number("move_notice"),
            cancel_notice_minutes_min: words.number("cancel_notice"),
            party_min: words.number("party_min"),
            party_max: words.number("party_max"),
            party_required: words.flag("party_required").then_some(true),
            reseating: words.flag("reseats").then_some(true),
            check_in_closes_minutes: words.number("check_in_closes"),
            quotas: quota,
            pacing_max: words.number("pacing"),
            approval: words.flag("asks_outside").then(|| Approval::When {
                longer_than_minutes: None,
                outside_hours: true,
                groups: vec![],
            }),
            groups: words.after("for").map(|name| vec![self.group(name)]),
            mode: words.after("by_the").map(mode),
            services: words.after("service").map(|text| vec![service(text)]),
            turn_times: turn_times(words),
            ..Policy::default()
        };
        let rules = Arc::new(Rules::new(policy, hours, BTreeMap::new(), BTreeSet::new()));
        resource.in_force = Arc::clone(&rules);
        resource.attributes.rules = rules;
        self.world.resources.insert(resource.id, resource);
    }

    /// The resources in words like `of west,east`; `of nothing` names none.
    fn parts(&mut self, words: &mut Words<'_>) -> Option<Vec<ResourceId>> {
        let mut parts: Vec<ResourceId> = match words.after("of")? {
            "nothing" => vec![],
            names => names.split(',').map(|name| resource_id(self.number(name))).collect(),
        };
        parts.sort_unstable();
        Some(parts)
    }

    /// What is booked along, in words like `with projector,chair*4`; `with nothing` names none.
    fn along(&mut self, words: &mut Words<'_>) -> Option<Vec<Along>> {
        let mut one = |name: &str| {
            let (name, units) = name.split_once('*').unwrap_or((name, "1"));
            Along { resource: resource_id(self.number(name)), quantity: units.parse().unwrap() }
        };
        match words.after("with")? {
            "nothing" => Some(vec![]),
            names => Some(names.split(',').map(&mut one).collect()),
        }
    }

    /// Who takes part.
    fn participants(&mut self, words: &mut Words<'_>) -> Option<Vec<Participant>> {
        let names = words.after("together")?;
        Some(names.split(',').map(|name| Participant::User(self.who(name).user)).collect())
    }

    fn booking(&mut self, words: &mut Words<'_>) {
        let id = booking_id(self.number(words.next()));
        let user = self.who(words.after("of").unwrap()).user;
        let resource = resource_id(self.number(words.after("on").unwrap()));
        let lapses_at = words.after("until").map(time);
        let version = words.number("version").unwrap_or(1);
        let quantity = words.times().unwrap_or(1);
        let interval = interval(words.next()).unwrap();
        let policy = self.world.resources.get(&resource).map(|it| it.in_force.policy.clone()).unwrap_or_default();
        let minutes = |count: Option<u32>| SignedDuration::from_mins(i64::from(count.unwrap_or(0)));
        let (before, after) = (minutes(policy.buffer_before_minutes), minutes(policy.buffer_after_minutes));
        let status = words.0.pop().map_or(Status::Confirmed, |word| Status::from_word(word).unwrap());
        let buffers = Buffers { before, after };
        let lapses_at = lapses_at.or((status == Status::CheckedIn).then(|| interval.end()));
        let booking =
            Booking { id, resource, user, quantity, status, lapses_at, version, buffers, ..standing(interval) };
        self.seat(&booking);
    }

    /// Puts a booking down, on the first units that are free.
    fn seat(&mut self, booking: &Booking) {
        let Booking { id, resource, quantity, .. } = *booking;
        let lapses_at = booking.claims_lapse_at();
        self.world.bookings.insert(id, booking.clone());
        if !booking.status.holds_time() {
            return;
        }
        let held = booking.held();
        for _ in 0..quantity {
            let taken = |unit| self.world.claims_on(resource).any(|it| it.unit == unit && it.interval.overlaps(held));
            let unit = (1..=QUANTITY_MAX).find(|unit| !taken(*unit)).unwrap();
            let claim = Claim { unit, interval: held, holder: Holder::Booking(id), lapses_at };
            self.world.claims.insert((resource, unit, held.start()), claim);
        }
    }

    // --- what is asked -----------------------------------------------------------------------------------------

    fn ask(&mut self, asked: &str) -> String {
        let mut parts = asked.split(';').map(str::trim);
        let mut words = Words(parts.next().unwrap().split_whitespace().collect());
        let actor = self.who(words.next());
        let mut command = self.command(words);
        let more: Vec<Command> = parts.map(|part| self.command(Words(part.split_whitespace().collect()))).collect();
        if !more.is_empty() {
            command = Command::All(std::iter::once(command).chain(more).collect());
        }
        match self.world.decide(&command, actor) {
            Ok(decision) => {
                self.world.apply(&decision.changes);
                let nothing = if decision.changes.is_empty() { "nothing changes: " } else { "" };
                format!("{nothing}{}", self.outcome(&decision.outcome))
            }
            Err(refusal) => format!("no: {}", self.refusal(&refusal)),
        }
    }

    fn command(&mut self, mut words: Words<'_>) -> Command {
        let verb = words.next();
        let versions = words.number("seen").map(|version| vec![version]);
        let reason = words.flag("anyway").then(|| "because".to_owned());
        let command = match verb {
            "books" | "books-any" => {
                let on_behalf_of = words.after("for").map(|name| self.who(name).user);
                let candidates: Vec<ResourceId> =
                    words.next().split(',').map(|name| resource_id(self.number(name))).collect();
                let resource = candidates[0];
                let title = words.after("as").map(str::to_owned);
                let id = words.after("called").map_or_else(|| format!("new{}", self.names.len()), str::to_owned);
                let book = Book {
                    id: booking_id(self.number(&id)),
                    resource,
                    interval: interval(words.next()).expect("the shell has refused what is no interval"),
                    ends_by_place: words.flag("by_place"),
                    quantity: words.times().unwrap_or(1),
                    details: Details {
                        title,
                        notes: None,
                        party_size: words.number("party"),
                        fields: fields(&mut words),
                        guest: words.after("guest").map(|name| Guest { contact: contact(name), link: None }),
                        participants: self.participants(&mut words).unwrap_or_default(),
                    },
                    on_behalf_of,
                    override_reason: reason,
                    hold_minutes: words.number("hold"),
                    series: None,
                    along: self.along(&mut words).unwrap_or_default(),
                };
                match verb {
                    "books-any" => {
                        let (would_do, within) = (candidates.clone(), self.world.resources.keys().copied().collect());
                        Command::BookAny(BookAny { book, candidates, would_do, within })
                    }
                    _ => Command::Book(book),
                }
            }
            "repeats" => self.series(&mut words),
            "amends" => Command::Amend(Amend {
                target: Targeted { id: booking_id(self.number(words.next())), versions },
                resource: words.after("to").map(|name| resource_id(self.number(name))),
                starts_at: words.after("start").map(time),
                ends_at: words.after("end").map(time),
                quantity: words.times(),
                title: words.after("title").map(|title| Some(title.to_owned())),
                notes: None,
                party_size: words.number("party").map(Some),
                fields: None,
                contact: words.after("reach").map(contact),
                participants: self.participants(&mut words),
                along: self.along(&mut words),
                override_reason: reason,
            }),
            "forgets" => Command::Forget(booking_id(self.number(words.next()))),
            "links" => Command::GiveLink(GiveLink { id: booking_id(self.number(words.next())), link: [7; 32] }),
            "cancels" | "confirms" | "rejects" | "takes-up" | "checks-in" | "ends" | "no-shows" | "undoes"
            | "lapses" => {
                let target = Targeted { id: booking_id(self.number(words.next())), versions };
                match verb {
                    "cancels" => Command::Cancel(target.into()),
                    "confirms" => Command::Confirm(target),
                    "rejects" => Command::Reject(target.into()),
                    "checks-in" => Command::CheckIn(target),
                    "ends" => Command::End(target),
                    "no-shows" => Command::NoShow(target.into()),
                    "undoes" => Command::Undo(target),
                    "lapses" => Command::Lapse(target.id),
                    _ => {
                        let party_size = words.number("party");
                        Command::TakeUp(TakeUp {
                            target,
                            title: None,
                            notes: None,
                            party_size,
                            fields: None,
                            contact: None,
                        })
                    }
                }
            }
            "blocks" => Command::Block(MakeBlock {
                resource: resource_id(self.number(words.next())),
                interval: interval(words.next()).expect("the shell has refused what is no interval"),
                reason: None,
                on_conflict: if words.flag("cancelling") { OnConflict::Cancel } else { OnConflict::Refuse },
                id: block_id(self.number(&format!("block{}", self.names.len()))),
                series: None,
            }),
            "unblocks" => Command::Unblock(block_id(self.number(words.next()))),
            "creates" => {
                let id = resource_id(self.number(words.next()));
                let site = words.after("in").map(|name| self.site(name));
                let area = words.after("area").map(|name| self.area(name));
                let parts = self.parts(&mut words).unwrap_or_default();
                let attributes = Attributes { site, area, parts, ..plain(id, 1).attributes };
                Command::CreateResource(CreateResource {
                    id,
                    attributes,
                    zone_of_site: false,
                    admins_only: words.flag("closed"),
                })
            }
            "updates" => {
                let id = resource_id(self.number(words.next()));
                let site = words.after("in").map(|name| Some(self.site(name)));
                let edit = Edit { quantity: words.times(), site, parts: self.parts(&mut words), ..Edit::default() };
                Command::UpdateResource(UpdateResource { target: Targeted { id, versions }, edit })
            }
            "deletes" => {
                let target = Targeted { id: resource_id(self.number(words.next())), versions };
                Command::DeleteResource(DeleteResource { target, cancel_bookings: words.flag("cancelling") })
            }
            other => panic!("what is {other}?"),
        };
        words.end();
        command
    }

    /// Bookings that recur, in words like `room 9-10 every 7 times 3 nearest`: so many days after each other.
    fn series(&mut self, words: &mut Words<'_>) -> Command {
        let resource = resource_id(self.number(words.next()));
        let first = interval(words.next()).unwrap();
        let (days, count): (i64, i64) = (words.number("every").unwrap(), words.number("times").unwrap());
        let along = self.along(words).unwrap_or_default();
        let on_refusal = match (words.flag("skipping"), words.flag("nearest")) {
            (true, _) => OnRefusal::Skip,
            (_, true) => OnRefusal::Nearest,
            _ => OnRefusal::Refuse,
        };
        let id = SeriesId(Uuid::from_u128(0xDD00 + u128::from(self.number("series"))));
        let after = |place: i64, time: Timestamp| time + SignedDuration::from_hours(24 * days * place);
        let occurrences = (0..count).map(|place| Book {
            id: booking_id(self.number(&format!("occurrence{}", self.names.len()))),
            resource,
            interval: Interval::new(after(place, first.start()), after(place, first.end())).unwrap(),
            ends_by_place: false,
            quantity: 1,
            details: Details::default(),
            on_behalf_of: None,
            override_reason: None,
            hold_minutes: None,
            series: Some(id),
            along: along.clone(),
        });
        let occurrences = occurrences.collect();
        let starts_at = TimeZone::UTC.to_datetime(first.start());
        let ends_at = TimeZone::UTC.to_datetime(first.end());
        let (rule, time_zone) = (format!("FREQ=DAILY;INTERVAL={days};COUNT={count}"), "UTC".to_owned());
        let user = admin().user;
        let (without, with, created_at) = (vec![], vec![], midnight());
        let series = Series { id, resource, user, rule, starts_at, ends_at, without, with, time_zone, created_at };
        Command::BookSeries(BookSeries { series, occurrences, on_refusal })
    }

    // --- what is told ------------------------------------------------------------------------------------------

    fn outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Booking(booking) => {
                let Booking { quantity, version, .. } = booking;
                let (resource, when) = (self.name(booking.resource.0), span(booking.interval));
                let lapses =
                    booking.claims_lapse_at().map(|time| format!(" until {}", clock(time))).unwrap_or_default();
                let along: Vec<String> =
                    booking.along().map(|it| format!(" with {} x{}", self.name(it.resource.0), it.quantity)).collect();
                let along = along.concat();
                format!("{}{lapses}, {resource} {when} x{quantity}{along}, version {version}", booking.status.as_str())
            }
            Outcome::Block(block, cancelled) => {
                let cancelled: Vec<&str> = cancelled.iter().map(|id| self.name(id.0)).collect();
                format!("blocked, {} {}, cancelled {cancelled:?}", self.name(block.resource.0), span(block.interval))
            }
            Outcome::Resource(resource) => {
                format!("{} x{}, version {}", self.name(resource.id.0), resource.attributes.quantity, resource.version)
            }
            Outcome::Series(made) => {
                let moved = made.moved.iter().map(|(from, to, _)| format!(", {} moved to {}", span(*from), span(*to)));
                let skipped = made.skipped.iter().map(|(time, _)| format!(", not {}", span(*time)));
                format!("a series of {}{}", made.bookings.len(), moved.chain(skipped).collect::<String>())
            }
            Outcome::SeriesChanged(steps) => {
                let step = |it: &Step| match it {
                    Step::Taken(booking) => self.outcome(&Outcome::Booking(booking.clone())),
                    Step::Nearest(booking, _) => format!("instead {}", span(booking.interval)),
                    Step::Left(why) => format!("no: {why:?}"),
                };
                steps.iter().map(step).collect::<Vec<_>>().join("; ")
            }
            Outcome::All(outcomes) => {
                outcomes.iter().map(|outcome| self.outcome(outcome)).collect::<Vec<_>>().join("; ")
            }
            Outcome::Each(outcomes) => {
                let each: Vec<String> = outcomes
                    .iter()
                    .map(|outcome| match outcome {
                        Ok(outcome) => self.outcome(outcome),
                        Err(refusal) => format!("no: {refusal:?}"),
                    })
                    .collect();
                each.join("; ")
            }
            Outcome::Gone => "gone".to_owned(),
        }
    }

    fn refusal(&mut self, refusal: &Refusal) -> String {
        self.met.insert(variant(refusal));
        match refusal {
            Refusal::PlaceNotFound(PlaceId::Site(id)) => format!("PlaceNotFound: site {}", self.name(id.0)),
            Refusal::PlaceNotFound(PlaceId::Area(id)) => format!("PlaceNotFound: area {}", self.name(id.0)),
            Refusal::Stale(version) => format!("Stale: version {version}"),
            Refusal::BookingClosed(Closed::Final(status)) => format!("BookingClosed: {}", status.as_str()),
            Refusal::BookingClosed(Closed::Over) => "BookingClosed: over".to_owned(),
            Refusal::BookingNotPending(status) => format!("BookingNotPending: {}", status.as_str()),
            Refusal::BookingNot { wanted, found } => {
                format!("BookingNot {}: {}", wanted.as_str(), found.as_str())
            }
            Refusal::NotYet(time) => format!("NotYet: {}", clock(*time)),
            Refusal::Rules(violations) => {
                violations.iter().map(|violation| self.violation(violation)).collect::<Vec<_>>().join(", ")
            }
            Refusal::BookingConflict(conflicts) => format!("BookingConflict: {}", in_the_way(conflicts)),
            Refusal::BlockConflict(bookings) => {
                let names: Vec<&str> = bookings.iter().map(|booking| self.name(booking.id.0)).collect();
                format!("BlockConflict: {}", names.join(", "))
            }
            Refusal::BlockOverlapsBlock(conflicts) => format!("BlockOverlapsBlock: {}", in_the_way(conflicts)),
            Refusal::ResourceInUse(bookings) => format!("ResourceInUse: {bookings}"),
            Refusal::IsPart(wholes) => {
                let names: Vec<&str> = wholes.iter().map(|id| self.name(id.0)).collect();
                format!("IsPart: {}", names.join(", "))
            }
            Refusal::BadPart(part, why) => format!("BadPart: {} {why:?}", self.name(part.0)),
            Refusal::Several(refusals) => {
                let each = refusals.iter().map(|(place, refusal)| format!("{place}: {}", self.refusal(refusal)));
                format!("Several: {}", each.collect::<Vec<_>>().join("; "))
            }
            Refusal::ResourceNotFound
            | Refusal::BookingNotFound
            | Refusal::BlockNotFound
            | Refusal::Forbidden
            | Refusal::NothingToUndo
            | Refusal::TooManyAffected => variant(refusal).to_owned(),
        }
    }

    fn violation(&mut self, violation: &Violation) -> String {
        let name = violation_variant(violation);
        self.met.insert(name);
        match violation {
            Violation::TooShort(length) | Violation::TooLong(length) => format!("{name} {length:#}"),
            Violation::TooFarAhead(latest) => format!("{name} {latest}"),
            Violation::PartyTooLarge(most) | Violation::QuantityTooLarge(most) => format!("{name} {most}"),
            Violation::EndsBeforeItStarts | Violation::EndMissing | Violation::InThePast | Violation::NoGuest => {
                name.to_owned()
            }
            Violation::Value(problem) => format!("{name}: {} {}", problem.pointer, problem.detail),
            Violation::Twice(id) => format!("{name}: {}", self.name(id.0)),
            Violation::Policy(broken) => {
                let name = broken_variant(broken);
                self.met.insert(name);
                name.to_owned()
            }
        }
    }
}

/// Names the variants of an enum: what `match` must be told, the list of all is told too.
macro_rules! variants {
    ($function:ident, $all:ident, $kind:ident: $($name:ident $fields:tt)+) => {
        pub(crate) const $all: &[&str] = &[$(stringify!($name)),+];

        fn $function(of: &$kind) -> &'static str {
            match of {
                $($kind::$name $fields => stringify!($name)),+
            }
        }
    };
}

variants! { variant, REFUSALS, Refusal:
    ResourceNotFound {} BookingNotFound {} BlockNotFound {} PlaceNotFound {..} Forbidden {} Stale {..}
    BookingClosed {..} BookingNotPending {..} BookingNot {..} NotYet {..} NothingToUndo {} Rules {..} BookingConflict {..}
    BlockConflict {..} BlockOverlapsBlock {..} ResourceInUse {..} IsPart {..} BadPart {..} Several {..} TooManyAffected {}
}

variants! { violation_variant, VIOLATIONS, Violation:
    EndsBeforeItStarts {} EndMissing {} NoGuest {} TooShort {..} TooLong {..} InThePast {} TooFarAhead {..} PartyTooLarge {..}
    QuantityTooLarge {..} Value {..} Twice {..} Policy {..}
}

variants! { broken_variant, BROKEN, Broken:
    DurationMin {..} DurationMax {..} StartStep {..} BookNoticeMin {..} BookAheadMax {..} MoveNoticeMin {..}
    CancelNoticeMin {..} PartyMin {..} PartyMax {..} PartyRequired {} Hours {..} Quota {..} OutOfOrder {..}
    Groups {..} Mode {..} Services {..} Pacing {..}
}

/// In which pieces time is given out: two lessons, days, or nights from three to eleven.
fn mode(word: &str) -> Mode {
    let time = |hour| Time::constant(hour, 0, 0, 0);
    let lesson = |hour: i8| Period { name: hour.to_string(), starts: time(hour), ends: time(hour + 1) };
    match word {
        "lesson" => Mode::Periods(vec![lesson(9), lesson(10)]),
        "day" => Mode::Days,
        "night" => Mode::Nights { check_in: time(15), check_out: time(11) },
        other => panic!("what is the {other}?"),
    }
}

/// Guests are seated from one hour to another, in words like `18-21`.
fn service(text: &str) -> Service {
    let hours: Vec<Time> = text.split('-').map(|hour| Time::constant(hour.parse().unwrap(), 0, 0, 0)).collect();
    Service { name: "Dinner".to_owned(), days: vec![], starts: hours[0], last_seating: hours[1] }
}

/// How long parties of up to four stay, and larger ones of up to eight.
fn turn_times(words: &mut Words<'_>) -> Option<Vec<TurnTime>> {
    let mut turns = Vec::new();
    for (word, party_max) in [("turn", 4), ("large_turn", 8)] {
        turns.extend(words.number(word).map(|stay_minutes| TurnTime { party_max, stay_minutes }));
    }
    Some(turns).filter(|turns| !turns.is_empty())
}

/// What a booking carries beside what every booking has, in words like `says sweets`.
fn fields(words: &mut Words<'_>) -> Values {
    words.after("says").map(|key| (key.to_owned(), FieldValue::Flag(true))).into_iter().collect()
}

/// A booking with nothing special about it.
fn standing(interval: Interval) -> Booking {
    Booking {
        id: booking_id(0),
        resource: resource_id(0),
        user: admin().user,
        interval,
        quantity: 1,
        details: Details::default(),
        status: Status::Confirmed,
        lapses_at: None,
        buffers: Buffers::default(),
        override_reason: None,
        closed_reason: None,
        made_by: None,
        would_do: Vec::new(),
        undo: None,
        series: None,
        shares: vec![],
        version: 1,
        created_at: midnight(),
        updated_at: midnight(),
    }
}

/// `10`, `10:30`, `2d10:30`; `9:00.5` is half a minute after nine.
fn time(text: &str) -> Timestamp {
    let (days, text) = text.split_once('d').unwrap_or(("0", text));
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let (minutes, half) = minutes.split_once('.').map_or((minutes, 0), |(minutes, _)| (minutes, 30));
    let number = |text: &str| text.parse::<i64>().unwrap_or_else(|_| panic!("no time: {text}"));
    at(number(days) * 24 * 60 + number(hours) * 60 + number(minutes)) + SignedDuration::from_secs(half)
}

/// `10-12`.
fn interval(text: &str) -> Option<Interval> {
    let (start, end) = text.split_once('-').unwrap_or_else(|| panic!("no interval: {text}"));
    Interval::new(time(start), time(end)).ok()
}

fn clock(time: Timestamp) -> String {
    let seconds = time.duration_since(midnight()).as_secs();
    let (days, minutes) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) / 60);
    let day = if days == 0 { String::new() } else { format!("{days}d") };
    let rest = if seconds % 60 == 0 { "" } else { ".5" };
    format!("{day}{}:{:02}{rest}", minutes / 60, minutes % 60)
}

fn span(interval: Interval) -> String {
    format!("{}-{}", clock(interval.start()), clock(interval.end()))
}

fn in_the_way(conflicts: &[Conflict]) -> String {
    let one = |conflict: &Conflict| {
        let kind = match conflict.kind {
            ConflictKind::Booking => "booking",
            ConflictKind::Block => "block",
        };
        format!("{kind} {}", span(conflict.interval))
    };
    conflicts.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Somebody without an account.
fn contact(name: &str) -> Contact {
    Contact { name: name.to_owned(), email: None, phone: None }
}
