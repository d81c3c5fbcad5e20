//! Several commands that go together: each is decided upon what those before it did, and all of them are written or none.

use super::{Decided, Room, Undecided, decide};
use crate::availability::{Need as Wanted, Onlooker};
use crate::command::{Book, BookSeries, Command, Need, OnRefusal};
use crate::effect::{Change, Decision, Outcome, SeriesMade};
use crate::facts::Facts;
use crate::interval::Interval;
use crate::refusal::Refusal;
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
                    Some(interval) => {
                        let moved = Book { interval, ..book.clone() };
                        if let Some(Ok(Outcome::Booking(booking))) = progress.step(self, &Command::Book(moved)) {
                            made.bookings.push(booking);
                            made.moved.push((book.interval, interval, refusal));
                        } else {
                            made.skipped.push((book.interval, refusal));
                        }
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

    /// The nearest time that the occurrence could have instead.
    fn nearest_to(&self, book: &Book, progress: &mut Progress) -> Result<Option<Interval>, Undecided> {
        let resource = self.resource(book.resource)?;
        let start = book.interval.start().checked_sub(NEAREST_WITHIN).unwrap_or(book.interval.start());
        let end = book.interval.end().checked_add(NEAREST_WITHIN).unwrap_or(book.interval.end());
        let Ok(around) = Interval::new(start, end) else { return Ok(None) };
        if !progress.facts.calendars.get(&book.resource).is_some_and(|calendar| calendar.knows(around)) {
            progress.missing.push(Need::Claims(book.resource, around));
            return Ok(None);
        }
        let need = Wanted { duration: None, quantity: book.quantity, party_size: book.details.party_size };
        let owner = book.owner(self.actor.user);
        let onlooker = Onlooker::new(self.actor, &progress.facts, self.now);
        let near = |interval: &Interval| interval.start().duration_since(book.interval.start()).abs() <= NEAREST_WITHIN;
        let offers = onlooker.nearest(resource, book.interval, need, owner);
        Ok(offers.into_iter().map(|offer| offer.interval).find(near))
    }
}
