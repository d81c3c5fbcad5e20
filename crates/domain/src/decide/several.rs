//! Several commands that go together: each is decided upon what those before it did, and all of them are written or none.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::spread::Missing;
use super::{Decided, Room, Undecided, about_booking, decide};
use crate::availability::{Need as Wanted, Offer, Onlooker, longest};
use crate::booking::{Along, Booking, Buffers};
use crate::command::{Amend, Book, BookSeries, ChangeSeries, Command, Need, OnRefusal, Series};
use crate::effect::{Action, Change, Decision, Outcome, SeriesMade, Step};
use crate::facts::Facts;
use crate::ids::{BookingId, ResourceId, UserId};
use crate::interval::Interval;
use crate::pace::{NEAR_QUARTERS, PaceScope, quarter_of, quarters_from};
use crate::refusal::{Refusal, check_version};
use crate::resource::Resource;

/// How far from its time an occurrence may be moved.
const NEAREST_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// What was decided so far, and the facts as they would be.
struct Progress {
    facts: Facts,
    decision: Decision,
    missing: Vec<Need>,
}

impl Progress {
    fn new(facts: &Facts) -> Self {
        let decision = Decision { changes: Vec::new(), happenings: Vec::new(), outcome: Outcome::Gone };
        Self { facts: facts.clone(), decision, missing: Vec::new() }
    }

    /// Decides the next command; `None` where facts are missing, which are gathered for all commands at once.
    fn step(&mut self, room: &Room<'_>, command: &Command) -> Option<Result<Outcome, Refusal>> {
        match decide(command, room.actor, &self.facts, room.now) {
            Ok(decision) => {
                for change in &decision.changes {
                    self.facts.apply(change);
                }
                self.decision.changes.extend(decision.changes);
                self.decision.happenings.extend(decision.happenings);
                Some(Ok(decision.outcome))
            }
            Err(Undecided::Refused(refusal)) => Some(Err(refusal)),
            Err(Undecided::Needs(needs)) => {
                self.missing.extend(needs);
                None
            }
        }
    }

    /// Writes down by what rule the series goes. Whoever changes it at the same moment has seen a booking that is another now, and looks
    /// again; so one is another, also where nothing else changes about any.
    fn goes_by(&mut self, series: &Series, seen: &[(BookingId, i64)], room: &Room<'_>) {
        self.decision.changes.push(Change::UpdateSeries(series.clone()));
        let as_seen = |(id, version): &(BookingId, i64)| {
            self.facts.bookings.get(id).and_then(Option::as_ref).filter(|it| it.version == *version)
        };
        let untouched: Option<Vec<&Booking>> = seen.iter().map(as_seen).collect();
        if let Some(booking) = untouched.and_then(|all| all.first().copied().cloned()) {
            let booking = booking.touched(room.now);
            self.decision.happenings.push(about_booking(Action::BookingEdited, &booking));
            self.decision.changes.push(Change::UpdateBooking(booking));
        }
    }

    fn finish(mut self, outcome: Outcome) -> Decided {
        if !self.missing.is_empty() {
            return Err(Undecided::Needs(self.missing));
        }
        self.decision.outcome = outcome;
        Ok(self.decision)
    }
}

impl Room<'_> {
    pub(super) fn all(&self, commands: &[Command]) -> Decided {
        let mut progress = Progress::new(self.facts);
        let (mut outcomes, mut refused) = (Vec::new(), Vec::new());
        for (place, command) in commands.iter().enumerate() {
            match progress.step(self, command) {
                Some(Ok(outcome)) => outcomes.push(outcome),
                Some(Err(refusal)) => refused.push((place, refusal)),
                None => {}
            }
        }
        if progress.missing.is_empty() && !refused.is_empty() {
            return Err(Refusal::Several(refused).into());
        }
        progress.finish(Outcome::All(outcomes))
    }

    pub(super) fn each(&self, commands: &[Command]) -> Decided {
        let mut progress = Progress::new(self.facts);
        let outcomes = commands.iter().filter_map(|command| progress.step(self, command)).collect();
        progress.finish(Outcome::Each(outcomes))
    }

    /// Every occurrence is decided, whatever becomes of the others, so that whoever asks learns of all of them at once.
    pub(super) fn book_series(&self, asked: &BookSeries) -> Decided {
        self.known_resource(asked.series.resource)?;
        let mut progress = Progress::new(self.facts);
        let series = Series { created_at: self.now, ..asked.series.clone() };
        let mut made = SeriesMade { series: series.clone(), bookings: vec![], moved: vec![], skipped: vec![] };
        let mut refused = Vec::new();
        progress.decision.changes.push(Change::InsertSeries(series));
        for (place, book) in asked.occurrences.iter().enumerate() {
            let refusal = match progress.step(self, &Command::Book(book.clone())) {
                Some(Ok(Outcome::Booking(booking))) => {
                    made.bookings.push(booking);
                    continue;
                }
                Some(Err(refusal)) => refusal,
                Some(Ok(_)) | None => continue,
            };
            match asked.on_refusal {
                OnRefusal::Refuse => refused.push((place, refusal)),
                OnRefusal::Skip => made.skipped.push((book.interval, refusal)),
                OnRefusal::Nearest => match self.nearest_to(book, &mut progress)? {
                    Some(booking) => {
                        made.moved.push((book.interval, booking.interval, refusal));
                        made.bookings.push(booking);
                    }
                    None => made.skipped.push((book.interval, refusal)),
                },
            }
        }
        if progress.missing.is_empty() {
            if !refused.is_empty() {
                return Err(Refusal::Several(refused).into());
            }
            // A series of nothing is none.
            if made.bookings.is_empty() {
                let refused = made.skipped.into_iter().enumerate().map(|(place, (_, refusal))| (place, refusal));
                return Err(Refusal::Several(refused.collect()).into());
            }
        }
        progress.finish(Outcome::Series(made))
    }

    /// Each step is decided, whatever becomes of the others.
    pub(super) fn change_series(&self, asked: &ChangeSeries) -> Decided {
        if let Some(series) = &asked.series {
            self.resource(series.resource)?;
            if series.user != self.actor.user {
                self.must_manage(series.resource)?;
            }
        }
        let mut missing = Missing::default();
        for (id, version) in &asked.seen {
            let Some(booking) = missing.note(self.visible_booking(*id))? else { continue };
            check_version(Some(&[*version]), booking.version)?;
        }
        missing.or(())?;
        let mut progress = Progress::new(self.facts);
        let (mut steps, mut refused) = (Vec::new(), Vec::new());
        for (place, command) in asked.steps.iter().enumerate() {
            let refusal = match progress.step(self, command) {
                Some(Ok(Outcome::Booking(booking))) => {
                    steps.push(Step::Taken(booking));
                    continue;
                }
                Some(Err(refusal)) => refusal,
                Some(Ok(_)) | None => continue,
            };
            let nearest = match asked.on_refusal {
                OnRefusal::Refuse => {
                    refused.push((place, refusal));
                    continue;
                }
                OnRefusal::Skip => None,
                OnRefusal::Nearest => self.nearest_step(command, &mut progress)?,
            };
            steps.push(match nearest {
                Some(booking) => Step::Nearest(booking, refusal),
                None => Step::Left(refusal),
            });
        }
        if progress.missing.is_empty() {
            if refused.is_empty() && !steps.is_empty() {
                let left = |step: &Step| if let Step::Left(refusal) = step { Some(refusal.clone()) } else { None };
                // A change of nothing is none.
                let left: Option<Vec<Refusal>> = steps.iter().map(left).collect();
                refused = left.into_iter().flatten().enumerate().collect();
            }
            if !refused.is_empty() {
                return Err(Refusal::Several(refused).into());
            }
            if let Some(series) = &asked.series {
                progress.goes_by(series, &asked.seen, self);
            }
        }
        progress.finish(Outcome::SeriesChanged(steps))
    }

    /// What a step comes to at the nearest time that can be had instead.
    fn nearest_step(&self, command: &Command, progress: &mut Progress) -> Result<Option<Booking>, Undecided> {
        match command {
            Command::Book(book) => self.nearest_to(book, progress),
            Command::Amend(amend) if amend.starts_at.is_some() || amend.ends_at.is_some() => {
                self.nearest_for(amend, progress)
            }
            _ => Ok(None),
        }
    }

    /// The occurrence at the nearest time that it can have instead; nothing where there is none, or where more has to be known first.
    fn nearest_to(&self, book: &Book, progress: &mut Progress) -> Result<Option<Booking>, Undecided> {
        let sought = Sought {
            resource: book.resource,
            along: &book.along,
            interval: book.interval,
            quantity: book.quantity,
            party_size: book.details.party_size,
            owner: book.owner(self.actor.user),
            stands: None,
        };
        self.nearest(&sought, progress, |interval| Command::Book(Book { interval, ..book.clone() }))
    }

    /// The same for one that stands already, whose own time is in nobody's way.
    fn nearest_for(&self, amend: &Amend, progress: &mut Progress) -> Result<Option<Booking>, Undecided> {
        let Some(Some(old)) = progress.facts.bookings.get(&amend.target.id).cloned() else { return Ok(None) };
        let start = amend.starts_at.unwrap_or(old.interval.start());
        let Ok(interval) = Interval::new(start, amend.ends_at.unwrap_or(old.interval.end())) else { return Ok(None) };
        let along = amend.along.clone().unwrap_or_else(|| old.along().collect());
        let sought = Sought {
            resource: amend.resource.unwrap_or(old.resource),
            along: &along,
            interval,
            quantity: amend.quantity.unwrap_or(old.quantity),
            party_size: amend.party_size.unwrap_or(old.details.party_size),
            owner: old.user,
            stands: Some(&old),
        };
        self.nearest(&sought, progress, |interval| {
            let (starts_at, ends_at) = (Some(interval.start()), Some(interval.end()));
            Command::Amend(Amend { starts_at, ends_at, ..amend.clone() })
        })
    }

    fn nearest(
        &self,
        sought: &Sought<'_>,
        progress: &mut Progress,
        command: impl Fn(Interval) -> Command,
    ) -> Result<Option<Booking>, Undecided> {
        let asked = self.resource(sought.resource);
        let along = sought.along.iter().copied();
        let asked = asked.and_then(|resource| Ok((resource, self.known_along(along, sought.stands)?)));
        let (resource, along) = match asked {
            // What is not there is there at no time.
            Err(Undecided::Refused(_)) => return Ok(None),
            found => found?,
        };
        let unknown = unknown_around(resource, &along, sought.interval, &progress.facts);
        if !unknown.is_empty() {
            progress.missing.extend(unknown);
            return Ok(None);
        }
        let mut facts = Cow::Borrowed(&progress.facts);
        if let Some(old) = sought.stands {
            let own = Room { facts: &progress.facts, ..*self }.claims_everywhere(old)?;
            for (on, claim) in own {
                facts.to_mut().apply(&Change::RemoveClaim(on, claim));
            }
        }
        let need = Wanted { duration: None, quantity: sought.quantity, party_size: sought.party_size };
        let onlooker = Onlooker::new(self.actor, &facts, self.now).along(&along);
        let (offers, missing) = onlooker.nearest(resource, sought.interval, NEAREST_WITHIN, need, sought.owner);
        if !missing.is_empty() {
            progress.missing.extend(missing);
            return Ok(None);
        }
        for Offer { interval, .. } in offers {
            match progress.step(self, &command(interval)) {
                Some(Ok(Outcome::Booking(booking))) => return Ok(Some(booking)),
                Some(_) => {}
                None => break,
            }
        }
        Ok(None)
    }
}

/// What is looked for at a nearer time.
struct Sought<'a> {
    resource: ResourceId,
    along: &'a [Along],
    interval: Interval,
    quantity: u32,
    party_size: Option<u32>,
    owner: UserId,
    /// The booking that is to go there, where it stands already.
    stands: Option<&'a Booking>,
}

/// What has to be known to tell when a booking can be had that can't be had at its time: who has what of all that it would hold, and
/// where starts are counted, who starts when.
fn unknown_around(resource: &Resource, along: &[(&Resource, u32)], time: Interval, facts: &Facts) -> Vec<Need> {
    let all = || std::iter::once(resource).chain(along.iter().map(|(it, _)| *it));
    // What is given out in pieces may last longer than was asked.
    let need = Wanted { duration: Some(time.duration()), quantity: 1, party_size: None };
    let longer = all().map(|it| longest(it, need)).max().unwrap_or_default().saturating_sub(time.duration());
    let around = Buffers { before: NEAREST_WITHIN, after: NEAREST_WITHIN.saturating_add(longer) }.around(time);
    let window = all().map(|it| it.in_force.policy.buffers()).fold(Buffers::default(), Buffers::max).around(around);
    let places = all().flat_map(|it| std::iter::once(it.id).chain(it.attributes.parts.iter().copied()));
    let is_known = |id| facts.calendars.get(&id).is_some_and(|calendar| calendar.knows(window));
    let mut unknown: Vec<Need> = places.filter(|id| !is_known(*id)).map(|id| Need::Claims(id, window)).collect();
    let (first, last) = (quarter_of(around.start()), quarter_of(around.end()));
    let starts = Interval::new(quarters_from(first, -NEAR_QUARTERS), quarters_from(last, NEAR_QUARTERS + 1)).ok();
    for it in all().filter(|it| it.in_force.policy.pacing_max.is_some()) {
        let scope = PaceScope::of(it);
        let is_known = |window| facts.paces.get(&scope).is_some_and(|pace| pace.knows(window));
        unknown.extend(starts.filter(|window| !is_known(*window)).map(|window| Need::Pace(scope, window)));
    }
    unknown
}
