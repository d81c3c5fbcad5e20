//! Several commands that go together: each is decided upon what those before it did, and all of them are written or none.

use super::{Decided, Room, Undecided, decide};
use crate::availability::{Need as Wanted, Offer, Onlooker, longest};
use crate::booking::{Booking, Buffers};
use crate::command::{Book, BookSeries, Command, Need, OnRefusal};
use crate::effect::{Change, Decision, Outcome, SeriesMade};
use crate::facts::Facts;
use crate::interval::Interval;
use crate::pace::{NEAR_QUARTERS, PaceScope, quarter_of, quarters_from};
use crate::refusal::Refusal;
use crate::resource::Resource;
use jiff::SignedDuration;

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
        let series = crate::command::Series { created_at: self.now, ..asked.series.clone() };
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

    /// The occurrence at the nearest time that it can have instead; nothing where there is none, or where more has to be known first.
    fn nearest_to(&self, book: &Book, progress: &mut Progress) -> Result<Option<Booking>, Undecided> {
        let asked = self.resource(book.resource);
        let asked = asked.and_then(|resource| Ok((resource, self.known_along(book.along.iter().copied(), None)?)));
        let (resource, along) = match asked {
            // What is not there is there at no time.
            Err(Undecided::Refused(_)) => return Ok(None),
            found => found?,
        };
        let unknown = unknown_around(resource, &along, book.interval, &progress.facts);
        if !unknown.is_empty() {
            progress.missing.extend(unknown);
            return Ok(None);
        }
        let need = Wanted { duration: None, quantity: book.quantity, party_size: book.details.party_size };
        let onlooker = Onlooker::new(self.actor, &progress.facts, self.now).along(&along);
        let owner = book.owner(self.actor.user);
        let (offers, missing) = onlooker.nearest(resource, book.interval, NEAREST_WITHIN, need, owner);
        if !missing.is_empty() {
            progress.missing.extend(missing);
            return Ok(None);
        }
        for Offer { interval, .. } in offers {
            match progress.step(self, &Command::Book(Book { interval, ..book.clone() })) {
                Some(Ok(Outcome::Booking(booking))) => return Ok(Some(booking)),
                Some(_) => {}
                None => break,
            }
        }
        Ok(None)
    }
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
