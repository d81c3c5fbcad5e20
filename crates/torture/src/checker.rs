//! Judges a history: was there ever more taken than there was, was each refusal called for, is everything there that was
//! acknowledged? Three rules, cheapest first, each of them sound: what they report is wrong for certain, in whatever order
//! the server did things. It asks no server and knows no scenario.
//!
//! The time of a booking falls into *placements*, from its creation or a move to the next change. A placement **must**
//! have stood from the return of the call that made it to the invocation of whatever may have ended it, and it **may**
//! have stood from the invocation of the call that made it to the return of what certainly ended it.

use crate::history::{Event, Final, History, Id, Op, Outcome};
use crate::time::Interval;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

/// The quantity of a resource whose history says nothing about it.
const QUANTITY_DEFAULT: u32 = 1;
/// "Not ended", "not returned".
const NEVER: u64 = u64::MAX;

/// Which rule a violation breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// S1: never more taken at an instant than there is.
    Exclusion,
    /// S2: nothing is refused without a reason.
    Justification,
    /// S3: what was acknowledged is there, once, and what is there was asked for.
    Accounting,
}

/// One thing that is wrong for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// What happened, with ids and times.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.text)
    }
}

/// Applies all rules.
pub fn check(history: &History) -> Vec<Violation> {
    let mut judge = Judge { model: Model::new(history), found: Vec::new() };
    judge.exclusion();
    judge.justification(history);
    judge.accounting(history);
    judge.found
}

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Holder<'a> {
    Booking(Id),
    Block(Id),
    /// A booking that nobody acknowledged, by its key.
    Key(&'a str),
    /// The same without a key, by the number of its event.
    Nameless(usize),
}

/// A span of the monotonic clock, in nanoseconds; `from` may lie behind `to`, and then it is empty.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: u64,
    to: u64,
}

#[derive(Debug, Clone, Copy)]
struct Placement<'a> {
    holder: Holder<'a>,
    /// The key that made it, which its repetitions carry too.
    key: Option<&'a str>,
    resource: Id,
    interval: Interval,
    /// Blocks take all.
    units: u32,
    must: Span,
    may: Span,
}

impl Placement<'_> {
    fn is_block(&self) -> bool {
        matches!(self.holder, Holder::Block(_))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Place { resource: Id, interval: Interval, units: u32 },
    End,
}

/// A change that happened for certain, or perhaps.
#[derive(Debug, Clone, Copy)]
struct Effect {
    change: Change,
    invoked: u64,
    /// [`NEVER`] where nobody knows when it happened.
    returned: u64,
    certain: bool,
    /// Whether it lets stand again what had ended.
    undoes: bool,
}

impl Effect {
    /// Whether it ended the booking for certain, as long as nobody took that back before `other` can have happened.
    fn closes_before(&self, other: &Self, all: &[Self]) -> bool {
        let undone = |it: &Self| it.undoes && self.returned < it.invoked && it.invoked <= other.returned;
        self.certain && self.change == Change::End && !all.iter().any(undone)
    }
}

/// Bookings that end because something else happens to their resource.
#[derive(Debug, Clone, Copy)]
struct Cascade {
    /// `None`: the whole resource goes.
    interval: Option<Interval>,
    invoked: u64,
    returned: u64,
    certain: bool,
}

impl Cascade {
    fn concerns(&self, interval: Interval) -> bool {
        self.interval.is_none_or(|mine| mine.overlaps(interval))
    }
}

#[derive(Default)]
struct Model<'a> {
    placements: Vec<Placement<'a>>,
    /// Indices of the placements of a resource, by the start of their time.
    by_resource: HashMap<Id, Vec<usize>>,
    by_holder: HashMap<Holder<'a>, Vec<usize>>,
    /// The longest time that was asked for on a resource, in seconds.
    longest: HashMap<Id, i64>,
    /// What was done, or may have been done, to a booking.
    effects: HashMap<Holder<'a>, Vec<Effect>>,
    /// The key that made a booking.
    keys: HashMap<Holder<'a>, &'a str>,
    cascades: HashMap<Id, Vec<Cascade>>,
    /// The quantities of a resource, each with the span in which it may have been in force.
    quantities: HashMap<Id, Vec<(u32, Span)>>,
    /// Keys that were answered with more than one booking.
    torn_keys: Vec<(&'a str, Id, Id)>,
}

/// The tries under one key.
#[derive(Default)]
struct Tries {
    id: Option<Id>,
    invoked: u64,
    returned: u64,
    possible: bool,
}

impl<'a> Model<'a> {
    fn new(history: &'a History) -> Self {
        let mut model = Self::default();
        model.add_bookings(&history.events);
        for event in &history.events {
            model.add_change(event);
        }
        model.place_bookings();
        model.place_blocks(&history.events);
        model.add_quantities(&history.events);
        for (index, placement) in model.placements.iter().enumerate() {
            model.by_resource.entry(placement.resource).or_default().push(index);
            model.by_holder.entry(placement.holder).or_default().push(index);
            let longest = model.longest.entry(placement.resource).or_default();
            *longest = (*longest).max(placement.interval.ends_at - placement.interval.starts_at);
        }
        for indices in model.by_resource.values_mut() {
            indices.sort_by_key(|index| model.placements[*index].interval.starts_at);
        }
        model
    }

    fn add_bookings(&mut self, events: &'a [Event]) {
        let mut groups: HashMap<Holder<'a>, (Tries, Change)> = HashMap::new();
        for (number, event) in events.iter().enumerate() {
            let Op::Book { resource, interval, units, key } = &event.op else {
                continue;
            };
            let group = key.as_deref().map_or(Holder::Nameless(number), Holder::Key);
            let change = Change::Place { resource: *resource, interval: *interval, units: *units };
            let (tries, _) = groups
                .entry(group)
                .or_insert_with(|| (Tries { invoked: event.invoked, returned: NEVER, ..Tries::default() }, change));
            tries.invoked = tries.invoked.min(event.invoked);
            match event.outcome {
                Outcome::Done(id) => {
                    tries.possible = true;
                    tries.returned = tries.returned.min(event.returned);
                    match (tries.id, group) {
                        (Some(first), Holder::Key(key)) if first != id => {
                            self.torn_keys.push((key, first, id));
                        }
                        _ => tries.id = Some(id),
                    }
                }
                Outcome::Unknown | Outcome::Broken(_) => tries.possible = true,
                _ => {}
            }
        }
        for (group, (tries, change)) in groups {
            if !tries.possible {
                continue;
            }
            let holder = tries.id.map_or(group, Holder::Booking);
            if let Holder::Key(key) = group {
                self.keys.insert(holder, key);
            }
            let effect = Effect {
                change,
                invoked: tries.invoked,
                returned: tries.returned,
                certain: tries.id.is_some(),
                undoes: false,
            };
            self.effects.entry(holder).or_default().push(effect);
        }
    }

    fn add_change(&mut self, event: &'a Event) {
        let certain = match event.outcome {
            Outcome::Done(_) => true,
            Outcome::Unknown | Outcome::Broken(_) => false,
            _ => return,
        };
        let returned = if certain { event.returned } else { NEVER };
        let invoked = event.invoked;
        let (booking, change) = match event.op {
            Op::Move { booking, resource, interval, units } | Op::Undo { booking, resource, interval, units } => {
                (booking, Change::Place { resource, interval, units })
            }
            Op::Cancel { booking } | Op::Reject { booking } | Op::NoShow { booking } => (booking, Change::End),
            Op::Block { resource, interval, cancels: true } => {
                let cascade = Cascade { interval: Some(interval), invoked, returned, certain };
                return self.cascades.entry(resource).or_default().push(cascade);
            }
            Op::Delete { resource, .. } => {
                let cascade = Cascade { interval: None, invoked, returned, certain };
                return self.cascades.entry(resource).or_default().push(cascade);
            }
            _ => return,
        };
        let undoes = matches!(event.op, Op::Undo { .. });
        let effect = Effect { change, invoked, returned, certain, undoes };
        self.effects.entry(Holder::Booking(booking)).or_default().push(effect);
    }

    fn place_bookings(&mut self) {
        for (holder, effects) in &self.effects {
            for (number, effect) in effects.iter().enumerate() {
                let Change::Place { resource, interval, units } = effect.change else {
                    continue;
                };
                let mut must_end = NEVER;
                let closed = effects.iter().filter(|it| it.closes_before(effect, effects)).map(|it| it.returned).min();
                let mut may_end = closed.unwrap_or(NEVER);
                for (_, other) in effects.iter().enumerate().filter(|(other, _)| *other != number) {
                    if other.returned > effect.invoked {
                        must_end = must_end.min(other.invoked);
                    }
                    if other.certain && effect.certain && other.invoked > effect.returned {
                        may_end = may_end.min(other.returned);
                    }
                }
                for cascade in self.cascades.get(&resource).into_iter().flatten().filter(|c| c.concerns(interval)) {
                    if cascade.returned > effect.invoked {
                        must_end = must_end.min(cascade.invoked);
                    }
                    if cascade.certain
                        && (effect.certain || cascade.interval.is_none())
                        && cascade.invoked > effect.returned
                    {
                        may_end = may_end.min(cascade.returned);
                    }
                }
                self.placements.push(Placement {
                    holder: *holder,
                    key: self.keys.get(holder).copied(),
                    resource,
                    interval,
                    units,
                    must: Span { from: effect.returned, to: must_end },
                    may: Span { from: effect.invoked, to: may_end },
                });
            }
        }
    }

    fn place_blocks(&mut self, events: &[Event]) {
        let mut removals: HashMap<Id, (u64, u64)> = HashMap::new();
        for event in events {
            let Op::Unblock { block } = event.op else {
                continue;
            };
            let end = match event.outcome {
                Outcome::Done(_) => event.returned,
                Outcome::Unknown | Outcome::Broken(_) => NEVER,
                _ => continue,
            };
            let removal = removals.entry(block).or_insert((NEVER, NEVER));
            *removal = (removal.0.min(event.invoked), removal.1.min(end));
        }
        for (number, event) in events.iter().enumerate() {
            let Op::Block { resource, interval, .. } = event.op else {
                continue;
            };
            let (holder, must_from, (must_end, may_end)) = match event.outcome {
                Outcome::Done(id) => {
                    (Holder::Block(id), event.returned, removals.get(&id).copied().unwrap_or((NEVER, NEVER)))
                }
                // An unknown block has no id by which anybody could take it away; `number` keeps it apart from all ids.
                Outcome::Unknown | Outcome::Broken(_) => (Holder::Block(Id(number as u128)), NEVER, (NEVER, NEVER)),
                _ => continue,
            };
            let deleted =
                self.cascades.get(&resource).into_iter().flatten().filter(|cascade| cascade.interval.is_none());
            // Whether the blocks of a deleted resource go with it, nobody has promised.
            let mut must_end = must_end;
            for cascade in deleted {
                must_end = must_end.min(cascade.invoked);
            }
            self.placements.push(Placement {
                holder,
                key: None,
                resource,
                interval,
                units: u32::MAX,
                must: Span { from: must_from, to: must_end },
                may: Span { from: event.invoked, to: may_end },
            });
        }
    }

    fn add_quantities(&mut self, events: &[Event]) {
        let mut settings: HashMap<Id, Vec<(u32, u64, u64)>> = HashMap::new();
        for event in events {
            let Op::Quantity { resource, quantity } = event.op else {
                continue;
            };
            let returned = match event.outcome {
                Outcome::Done(_) => event.returned,
                Outcome::Unknown | Outcome::Broken(_) => NEVER,
                _ => continue,
            };
            settings.entry(resource).or_default().push((quantity, event.invoked, returned));
        }
        for (resource, settings) in settings {
            let spans = settings.iter().map(|(quantity, invoked, returned)| {
                let later = settings.iter().filter(|(_, other, _)| other > returned);
                (*quantity, Span { from: *invoked, to: later.map(|(_, _, end)| *end).min().unwrap_or(NEVER) })
            });
            self.quantities.insert(resource, spans.collect());
        }
    }

    /// The least and the greatest quantity that may have been in force at some moment of a span.
    fn quantity(&self, resource: Id, span: Span) -> (u32, u32) {
        let mut found = self
            .quantities
            .get(&resource)
            .into_iter()
            .flatten()
            .filter(|(_, force)| force.from <= span.to && span.from <= force.to)
            .map(|(quantity, _)| *quantity);
        let Some(first) = found.next() else {
            return (QUANTITY_DEFAULT, QUANTITY_DEFAULT);
        };
        found.fold((first, first), |(low, high), quantity| (low.min(quantity), high.max(quantity)))
    }

    /// The placements of a resource whose time overlaps an interval and that may have stood in a span.
    fn possible(&self, resource: Id, interval: Interval, span: Span) -> impl Iterator<Item = &Placement<'a>> {
        let indices = self.by_resource.get(&resource).map_or(&[][..], Vec::as_slice);
        let longest = self.longest.get(&resource).copied().unwrap_or(0);
        let start = |index: &usize| self.placements[*index].interval.starts_at;
        let first = indices.partition_point(|index| start(index) <= interval.starts_at.saturating_sub(longest));
        indices[first..]
            .iter()
            .map(|index| &self.placements[*index])
            .take_while(move |placement| placement.interval.starts_at < interval.ends_at)
            .filter(move |placement| {
                placement.interval.overlaps(interval) && placement.may.from <= span.to && span.from <= placement.may.to
            })
    }

    /// The placements of one booking or block.
    fn of(&self, holder: Holder<'a>) -> impl Iterator<Item = &Placement<'a>> {
        self.by_holder.get(&holder).into_iter().flatten().map(|index| &self.placements[*index])
    }

    /// Whether something other than its owner may have ended it.
    fn may_cascade(&self, placement: &Placement<'_>) -> bool {
        let cascades = self.cascades.get(&placement.resource).into_iter().flatten();
        cascades
            .into_iter()
            .any(|cascade| cascade.concerns(placement.interval) && cascade.returned > placement.may.from)
    }
}

/// The most units that are taken at one instant of a time.
fn depth(taken: impl Iterator<Item = (Interval, u32)>, within: Interval) -> u32 {
    let mut steps: Vec<(i64, i64)> = Vec::new();
    for (interval, units) in taken {
        steps.push((interval.starts_at.max(within.starts_at), i64::from(units)));
        steps.push((interval.ends_at.min(within.ends_at), -i64::from(units)));
    }
    // What ends goes before what begins: half-open.
    steps.sort_unstable();
    let (mut level, mut highest) = (0, 0);
    for (_, step) in steps {
        level += step;
        highest = highest.max(level);
    }
    u32::try_from(highest).unwrap_or(u32::MAX)
}

struct Judge<'a> {
    model: Model<'a>,
    found: Vec<Violation>,
}

/// What stands at a moment on one resource, by the start of its time: its end, its units, its placement.
type Standing = BTreeMap<(i64, usize), Interval>;

impl Judge<'_> {
    fn report(&mut self, rule: Rule, text: String) {
        self.found.push(Violation { rule, text });
    }

    /// S1. Each placement is there for the shortest span that it must have been; two of these at once on one unit are
    /// a double booking. Without reads this finds every double booking that the outcomes can prove.
    fn exclusion(&mut self) {
        let mut steps: Vec<(u64, bool, usize)> = Vec::new();
        for (index, placement) in self.model.placements.iter().enumerate() {
            if placement.must.from < placement.must.to {
                steps.push((placement.must.from, true, index));
                steps.push((placement.must.to, false, index));
            }
        }
        // At one moment what goes away (`false`) goes before what comes.
        steps.sort_unstable();
        let mut standing: HashMap<Id, Standing> = HashMap::new();
        let mut texts = Vec::new();
        for (moment, comes, index) in steps {
            let placement = &self.model.placements[index];
            let here = standing.entry(placement.resource).or_default();
            let key = (placement.interval.starts_at, index);
            if !comes {
                here.remove(&key);
                continue;
            }
            let longest = self.model.longest.get(&placement.resource).copied().unwrap_or(0);
            let near = (placement.interval.starts_at.saturating_sub(longest), 0)..(placement.interval.ends_at, 0);
            let others: Vec<_> = here
                .range(near)
                .filter(|(_, interval)| interval.overlaps(placement.interval))
                .map(|((_, other), _)| &self.model.placements[*other])
                .collect();
            let (_, quantity) = self.model.quantity(placement.resource, Span { from: moment, to: moment });
            let blocked = !others.is_empty() && (placement.is_block() || others.iter().any(|other| other.is_block()));
            let taken = others.iter().map(|other| (other.interval, other.units));
            let too_many = || depth(taken, placement.interval).saturating_add(placement.units) > quantity;
            if blocked || !placement.is_block() && too_many() {
                let others: Vec<String> =
                    others.iter().map(|other| format!("{:?} {}", other.holder, other.interval)).collect();
                texts.push(format!(
                    "on resource {} with quantity {quantity}, {:?} {} and {} stood at the same time",
                    placement.resource,
                    placement.holder,
                    placement.interval,
                    others.join(", ")
                ));
            } else {
                here.insert(key, placement.interval);
            }
        }
        for text in texts {
            self.report(Rule::Exclusion, text);
        }
    }

    /// S2. Whoever was refused must have met something that may have stood in the way while the call lasted.
    fn justification(&mut self, history: &History) {
        let mut changes: HashMap<Id, Vec<&Event>> = HashMap::new();
        for event in &history.events {
            if let Some(booking) = changed_thing(&event.op) {
                changes.entry(booking).or_default().push(event);
            }
        }
        for event in &history.events {
            let justified = match event.outcome {
                Outcome::Done(_) | Outcome::Unknown | Outcome::Seen { .. } => true,
                Outcome::Refused(_) | Outcome::Broken(_) => false,
                Outcome::Conflict => self.met_something(event),
                Outcome::Closed => self.met_a_decision(event, &changes),
                Outcome::Stale => self.met_an_edit(event, &changes),
                Outcome::Missing => self.met_a_removal(event, &changes),
            };
            if !justified {
                self.report(
                    Rule::Justification,
                    format!(
                        "client {} got {:?} for {:?}, and nothing calls for it",
                        event.client, event.outcome, event.op
                    ),
                );
            }
        }
    }

    fn met_something(&self, event: &Event) -> bool {
        let model = &self.model;
        let span = Span { from: event.invoked, to: event.returned };
        let (resource, interval, units, own) = match &event.op {
            // The booking that an earlier try under the same key made is no reason: it is the answer.
            Op::Book { resource, interval, units, key } => (*resource, *interval, *units, (None, key.as_deref())),
            Op::Move { booking, resource, interval, units } | Op::Undo { booking, resource, interval, units } => {
                (*resource, *interval, *units, (Some(*booking), None))
            }
            Op::Block { resource, interval, .. } => (*resource, *interval, u32::MAX, (None, None)),
            Op::Quantity { resource, .. } | Op::Delete { resource, .. } => {
                let all = Interval { starts_at: i64::MIN / 2, ends_at: i64::MAX / 2 };
                return model.possible(*resource, all, span).next().is_some();
            }
            _ => return false,
        };
        let foreign = |placement: &&Placement<'_>| {
            own.0.is_none_or(|id| placement.holder != Holder::Booking(id))
                && (own.1.is_none() || placement.key != own.1)
        };
        let (quantity, _) = model.quantity(resource, span);
        let mut others = model.possible(resource, interval, span).filter(foreign);
        // A block wants every unit, and where one unit is all there is, no sum is needed.
        if quantity <= units {
            return others.next().is_some();
        }
        let others: Vec<_> = others.collect();
        let taken = others.iter().map(|placement| (placement.interval, placement.units));
        others.iter().any(|placement| placement.is_block()) || depth(taken, interval).saturating_add(units) > quantity
    }

    /// Others that may have come before the answer to `event`.
    fn rivals<'e>(event: &'e Event, changes: &'e HashMap<Id, Vec<&'e Event>>) -> impl Iterator<Item = &'e Event> {
        changed_thing(&event.op).and_then(|thing| changes.get(&thing)).into_iter().flatten().copied().filter(
            move |other| {
                !std::ptr::eq(*other, event)
                    && other.invoked <= event.returned
                    && matches!(other.outcome, Outcome::Done(_) | Outcome::Unknown | Outcome::Broken(_))
            },
        )
    }

    fn met_a_decision(&self, event: &Event, changes: &HashMap<Id, Vec<&Event>>) -> bool {
        let decides = |op: &Op| {
            matches!(
                op,
                Op::Cancel { .. } | Op::Confirm { .. } | Op::Reject { .. } | Op::NoShow { .. } | Op::Undo { .. }
            )
        };
        Self::rivals(event, changes).any(|other| decides(&other.op)) || self.met_a_cascade(event)
    }

    fn met_a_cascade(&self, event: &Event) -> bool {
        let Some(booking) = changed_thing(&event.op) else {
            return false;
        };
        self.model.of(Holder::Booking(booking)).any(|placement| {
            let cascades = self.model.cascades.get(&placement.resource).into_iter().flatten();
            cascades.into_iter().any(|c| c.concerns(placement.interval) && c.invoked <= event.returned)
        })
    }

    fn met_an_edit(&self, event: &Event, changes: &HashMap<Id, Vec<&Event>>) -> bool {
        Self::rivals(event, changes).any(|other| !matches!(other.op, Op::Read { .. })) || self.met_a_cascade(event)
    }

    fn met_a_removal(&self, event: &Event, changes: &HashMap<Id, Vec<&Event>>) -> bool {
        match &event.op {
            Op::Book { resource, .. }
            | Op::Undo { resource, .. }
            | Op::Block { resource, .. }
            | Op::Quantity { resource, .. }
            | Op::Delete { resource, .. } => {
                let cascades = self.model.cascades.get(resource).into_iter().flatten();
                cascades.into_iter().any(|cascade| cascade.interval.is_none() && cascade.invoked <= event.returned)
            }
            Op::Unblock { .. } => Self::rivals(event, changes).any(|other| matches!(other.op, Op::Unblock { .. })),
            // Bookings don't go away, not even with their resource.
            _ => false,
        }
    }

    /// S3. What was acknowledged is there.
    fn accounting(&mut self, history: &History) {
        for (key, first, second) in std::mem::take(&mut self.model.torn_keys) {
            self.report(Rule::Accounting, format!("the key {key} was answered with {first} and with {second}"));
        }
        self.decisions_are_made_once(history);
        self.nothing_is_made_after_a_deletion(history);
        self.reads_see_what_stands(history);
        if let Some(end) = &history.end {
            self.the_end_holds_what_was_acknowledged(end);
            self.the_end_holds_nothing_unasked(end);
            self.the_end_is_exclusive(end);
        }
    }

    fn decisions_are_made_once(&mut self, history: &History) {
        let (mut decided, mut closed, mut keys_of) = (HashSet::new(), HashSet::new(), HashMap::new());
        for event in history.events.iter().filter(|event| matches!(event.outcome, Outcome::Done(_))) {
            let (decides, closes, booking) = match event.op {
                Op::Confirm { booking } => (true, false, booking),
                Op::Reject { booking } => (true, true, booking),
                Op::Cancel { booking } => (false, true, booking),
                _ => {
                    if let (Op::Book { key: Some(key), .. }, Outcome::Done(id)) = (&event.op, event.outcome)
                        && *keys_of.entry(id).or_insert(key) != key
                    {
                        self.report(Rule::Accounting, format!("the booking {id} answered two different keys"));
                    }
                    continue;
                }
            };
            if decides && !decided.insert(booking) {
                self.report(Rule::Accounting, format!("the booking {booking} was decided twice"));
            }
            if closes && !closed.insert(booking) {
                self.report(Rule::Accounting, format!("the booking {booking} was closed twice"));
            }
        }
    }

    fn nothing_is_made_after_a_deletion(&mut self, history: &History) {
        for event in history.events.iter().filter(|event| matches!(event.outcome, Outcome::Done(_))) {
            let (Op::Book { resource, .. }
            | Op::Block { resource, .. }
            | Op::Move { resource, .. }
            | Op::Undo { resource, .. }) = &event.op
            else {
                continue;
            };
            let cascades = self.model.cascades.get(resource).into_iter().flatten();
            let gone = cascades.into_iter().any(|c| c.certain && c.interval.is_none() && c.returned < event.invoked);
            // A repeated key is answered from memory, which is no new booking.
            let repeats = matches!(event.outcome, Outcome::Done(id) if self.made_before(id, event.invoked));
            if gone && !repeats {
                self.report(Rule::Accounting, format!("{:?} was done after its resource had been deleted", event.op));
            }
        }
    }

    fn made_before(&self, booking: Id, moment: u64) -> bool {
        let effects = self.model.effects.get(&Holder::Booking(booking));
        effects.is_some_and(|effects| {
            effects.iter().any(|e| matches!(e.change, Change::Place { .. }) && e.returned < moment)
        })
    }

    fn reads_see_what_stands(&mut self, history: &History) {
        for event in &history.events {
            let (Op::Read { booking }, Outcome::Seen { active, interval }) = (&event.op, event.outcome) else {
                continue;
            };
            let holder = Holder::Booking(*booking);
            let stood = |placement: &&Placement<'_>| {
                placement.must.from <= event.invoked && event.returned <= placement.must.to
            };
            let may_have_stood = |placement: &Placement<'_>| {
                placement.interval == interval
                    && placement.may.from <= event.returned
                    && event.invoked <= placement.may.to
            };
            let must = self.model.of(holder).find(stood).map(|placement| placement.interval);
            if let Some(must) = must
                && (!active || must != interval)
            {
                let text = format!("the booking {booking} stood at {must}, and a read saw {:?}", event.outcome);
                self.report(Rule::Accounting, text);
            } else if active && !self.model.of(holder).any(may_have_stood) {
                let text = format!("a read saw the booking {booking} active at {interval}, where it can't have been");
                self.report(Rule::Accounting, text);
            }
        }
    }

    fn the_end_holds_what_was_acknowledged(&mut self, end: &Final) {
        let mut there = HashMap::new();
        for booking in &end.bookings {
            if there.insert(booking.id, booking).is_some() {
                self.report(Rule::Accounting, format!("the booking {} is there twice", booking.id));
            }
        }
        let mut texts = Vec::new();
        for (holder, effects) in &self.model.effects {
            let Holder::Booking(id) = *holder else {
                continue;
            };
            let Some(booking) = there.get(&id) else {
                texts.push(format!("the acknowledged booking {id} is lost"));
                continue;
            };
            let undone = |it: &Effect| effects.iter().any(|other| other.undoes && it.returned < other.invoked);
            let ended = effects.iter().any(|it| it.certain && it.change == Change::End && !undone(it));
            let stands = self.model.of(*holder).any(|it| it.must.from < NEVER && it.must.to == NEVER);
            let may_have_ended = effects.iter().any(|effect| effect.change == Change::End)
                || self.model.of(*holder).any(|placement| self.model.may_cascade(placement));
            let left_at = |placement: &Placement<'_>| {
                placement.may.to == NEVER && placement.interval == booking.interval && placement.units == booking.units
            };
            if booking.active && (ended || !self.model.of(*holder).any(|placement| placement.may.to == NEVER)) {
                texts.push(format!("the booking {id} was ended, and is active"));
            } else if !booking.active && (stands || !may_have_ended) {
                texts.push(format!("the booking {id} was never ended, and is not active"));
            } else if booking.active && !self.model.of(*holder).any(left_at) {
                texts.push(format!("the booking {id} is at {}, where it was not left", booking.interval));
            }
        }
        let blocks: HashSet<Id> = end.blocks.iter().map(|block| block.id).collect();
        for placement in self.model.placements.iter().filter(|placement| placement.is_block()) {
            let Holder::Block(id) = placement.holder else {
                continue;
            };
            let must_stand = placement.must.from < NEVER && placement.must.to == NEVER;
            if must_stand && !blocks.contains(&id) {
                texts.push(format!("the acknowledged block {id} is lost"));
            } else if placement.may.to < NEVER && blocks.contains(&id) {
                texts.push(format!("the block {id} was taken away, and is there"));
            }
        }
        for text in texts {
            self.report(Rule::Accounting, text);
        }
    }

    fn the_end_holds_nothing_unasked(&mut self, end: &Final) {
        let mut unknown: HashMap<(Id, Interval, u32), u32> = HashMap::new();
        let mut known_resources = HashSet::new();
        for (holder, effects) in &self.model.effects {
            for effect in effects {
                let Change::Place { resource, interval, units } = effect.change else {
                    continue;
                };
                known_resources.insert(resource);
                if matches!(holder, Holder::Key(_) | Holder::Nameless(_)) {
                    *unknown.entry((resource, interval, units)).or_default() += 1;
                }
            }
        }
        for booking in end.bookings.iter().filter(|booking| known_resources.contains(&booking.resource)) {
            if self.model.effects.contains_key(&Holder::Booking(booking.id)) {
                continue;
            }
            match unknown.get_mut(&(booking.resource, booking.interval, booking.units)) {
                Some(left) if *left > 0 => *left -= 1,
                _ => {
                    let text =
                        format!("the booking {} at {} is there, and nobody asked for it", booking.id, booking.interval);
                    self.report(Rule::Accounting, text);
                }
            }
        }
    }

    fn the_end_is_exclusive(&mut self, end: &Final) {
        let mut taken: HashMap<Id, Vec<(Interval, u32)>> = HashMap::new();
        for booking in end.bookings.iter().filter(|booking| booking.active) {
            taken.entry(booking.resource).or_default().push((booking.interval, booking.units));
        }
        let quantities: HashMap<Id, u32> = end.quantities.iter().copied().collect();
        // A block takes every unit, so that together with anything else it is one too many.
        for block in &end.blocks {
            let quantity = quantities.get(&block.resource).copied().unwrap_or(QUANTITY_DEFAULT);
            taken.entry(block.resource).or_default().push((block.interval, quantity));
        }
        for (resource, taken) in taken {
            let quantity = quantities.get(&resource).copied().unwrap_or(QUANTITY_DEFAULT);
            let all = Interval { starts_at: i64::MIN, ends_at: i64::MAX };
            let highest = depth(taken.into_iter(), all);
            if highest > quantity {
                let text =
                    format!("at the end {highest} units of the resource {resource} are taken at once, of {quantity}");
                self.report(Rule::Exclusion, text);
            }
        }
    }
}

/// The booking or block that an operation changes or looks at.
fn changed_thing(op: &Op) -> Option<Id> {
    match op {
        Op::Move { booking, .. }
        | Op::Edit { booking }
        | Op::Cancel { booking }
        | Op::Confirm { booking }
        | Op::Reject { booking }
        | Op::NoShow { booking }
        | Op::Undo { booking, .. }
        | Op::Read { booking } => Some(*booking),
        Op::Unblock { block } => Some(*block),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
