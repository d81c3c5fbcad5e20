//! The simulator: a seeded workload of many users against the real app, several requests in flight at a time, and an
//! auditor that keeps its own naive list of what was promised. After each round there must be an order of its requests in
//! which every answer is the right one; now and then the lists, and the database itself, must agree with the auditor. The
//! seed decides what is asked; how requests overtake each other is up to the machine, as it is in life.

mod auditor;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::future::IntoFuture as _;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{Call, TestApp, User};
use crate::database::Backend;
use crate::ports::START;
use auditor::{Ledger, Thing};

/// Requests that are in flight together at most: all their orders are tried.
const IN_FLIGHT_MAX: usize = 4;
/// Rounds between two looks at everything.
const ROUNDS_PER_LOOK: u32 = 8;

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    Book {
        thing: usize,
        from: i64,
        to: i64,
        quantity: i64,
    },
    Read {
        id: String,
    },
    Amend {
        id: String,
        thing: Option<usize>,
        from: Option<i64>,
        to: Option<i64>,
        quantity: Option<i64>,
        title: Option<String>,
        if_match: Option<i64>,
    },
    Cancel {
        id: String,
        if_match: Option<i64>,
    },
    Settle {
        id: String,
        yes: bool,
    },
    Block {
        thing: usize,
        from: i64,
        to: i64,
        cancel: bool,
    },
    Unblock {
        id: String,
    },
    Resize {
        thing: usize,
        quantity: i64,
        if_match: Option<i64>,
    },
}

impl Ask {
    fn name(&self) -> &'static str {
        match self {
            Self::Book { .. } => "book",
            Self::Read { .. } => "read",
            Self::Amend { .. } => "amend",
            Self::Cancel { .. } => "cancel",
            Self::Settle { yes: true, .. } => "confirm",
            Self::Settle { yes: false, .. } => "reject",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Resize { .. } => "resize",
        }
    }
}

/// An answer in a word: the type of a problem, a replay, or the status.
fn outcome(answer: &Answer) -> String {
    if answer.header("idempotent-replayed").is_some() {
        return "replayed".to_owned();
    }
    if answer.status.is_success() {
        return answer.status.as_u16().to_string();
    }
    answer.text("/type").trim_start_matches("/problems/").to_owned()
}

/// A request: who asks what, and under which key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    user: usize,
    ask: Ask,
    key: Option<String>,
}

/// So many minutes after every test begins, as it stands on the wire.
fn time(minutes: i64) -> String {
    let start: jiff::Timestamp = START.parse().expect("the constant is a time");
    start.checked_add(SignedDuration::from_mins(minutes)).expect("a simulation stays in time").to_string()
}

/// Chance with a seed: `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The upper half fits whatever an index is.
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or(0) % bound.max(1)
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn minutes(&mut self, steps: usize) -> i64 {
        15 * i64::try_from(self.below(steps)).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// The seeds to play: 1 to `count`, to what `BRONYA_SIMULATOR_SEEDS` says instead, or only `BRONYA_SIMULATOR_SEED`.
///
/// # Panics
///
/// A variable is set and is no number.
pub fn seeds(count: u64) -> Vec<u64> {
    let number = |name: &str| {
        variable(name).map(|text| text.parse().unwrap_or_else(|error| panic!("{name} is {text:?}: {error}")))
    };
    match number("BRONYA_SIMULATOR_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("BRONYA_SIMULATOR_SEEDS").unwrap_or(count)).collect(),
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What was answered how often, as `book 201` or `cancel booking-closed`: a workload that never meets a conflict proves
/// nothing about conflicts.
pub type Tally = BTreeMap<String, usize>;

/// Plays `rounds` rounds of the workload that belongs to `seed`, and adds what was answered to `tally`.
///
/// # Panics
///
/// No order of a round's requests explains its answers, or what is listed or stored is not what was promised. The message
/// names the seed.
pub async fn simulate(app: &TestApp, seed: u64, rounds: u32, tally: &mut Tally) {
    let mut play = Play::begin(app, seed).await;
    for round in 0..rounds {
        play.round(round, tally).await;
        if round % ROUNDS_PER_LOOK == ROUNDS_PER_LOOK - 1 {
            play.look(round).await;
        }
        play.pass_time().await;
    }
    play.look(rounds).await;
}

struct Play {
    seed: u64,
    random: Random,
    /// Servers on one database; a file takes one.
    nodes: Vec<TestApp>,
    users: Vec<User>,
    signed_in_at: i64,
    now: i64,
    /// Every list of promises that explains all answers so far: where two orders explain a round, both are kept.
    ledgers: Vec<Ledger>,
    /// Requests that were sent under a key, to be sent again.
    keyed: Vec<Request>,
}

impl Play {
    async fn begin(app: &TestApp, seed: u64) -> Self {
        let mut nodes = vec![app.clone()];
        if app.backend() == Backend::Postgres {
            nodes.push(app.another_node().await);
        }
        let names = |n: usize| if n == 5 { format!("admin-{seed}") } else { format!("user-{n}-{seed}") };
        let mut users = Vec::new();
        for n in 0..6 {
            users.push(if n == 5 { app.admin(&names(n)).await } else { app.user(&names(n)).await });
        }
        let mut things = Vec::new();
        for (manager, quantity, approval) in [(0, 1, false), (0, 3, false), (1, 2, true)] {
            let body = json!({ "name": "Thing", "quantity": quantity, "requires_approval": approval });
            let id = app.resource_with(&users[manager], body).await;
            things.push(Thing { id, quantity, approval, version: 1, manager, shrunk: false });
        }
        let ids = users.iter().map(|user| user.id.clone()).collect();
        let started: jiff::Timestamp = START.parse().expect("the constant is a time");
        let now = app.clock().now().duration_since(started).as_mins();
        Self {
            seed,
            random: Random(seed),
            nodes,
            users,
            signed_in_at: now,
            now,
            ledgers: vec![Ledger::new(ids, things)],
            keyed: Vec::new(),
        }
    }

    // --- the workload ------------------------------------------------------------------------------------------

    fn request(&mut self, subject: Option<&str>) -> Request {
        if self.random.percent(12)
            && let Some(request) = self.random.pick(&self.keyed)
        {
            let mut request = request.clone();
            if self.random.percent(10)
                && let Ask::Book { to, .. } | Ask::Block { to, .. } = &mut request.ask
            {
                // The same key for something else.
                *to += 15;
            }
            return request;
        }
        let ledger = &self.ledgers[0];
        let thing = self.random.below(ledger.things.len());
        let user = self.random.below(self.users.len());
        let manager = if self.random.percent(85) { ledger.things[thing].manager } else { user };
        let from = self.now - self.now.rem_euclid(15) - 15 + self.random.minutes(24);
        let to = from + 15 + self.random.minutes(8);
        let mut key = None;
        let (user, ask) = match (self.random.below(20), subject) {
            (0..6, _) | (_, None) => {
                let quantity = if self.random.percent(70) { 1 } else { 2 };
                key = self.random.percent(30).then(|| format!("key-{}", self.random.below(1 << 30)));
                (user, Ask::Book { thing, from, to, quantity })
            }
            (6 | 7, _) => {
                let cancel = self.random.percent(50);
                key = self.random.percent(20).then(|| format!("key-{}", self.random.below(1 << 30)));
                (manager, Ask::Block { thing, from, to, cancel })
            }
            (8, _) => {
                let ids: Vec<&String> = ledger.blocks.keys().collect();
                let Some(id) = self.random.pick(&ids) else { return self.request(None) };
                let block = &ledger.blocks[*id];
                (ledger.things[block.thing].manager, Ask::Unblock { id: String::clone(id) })
            }
            (9 | 10, _) => {
                let quantity = 1 + i64::try_from(self.random.below(4)).unwrap_or(0);
                let version = ledger.things[thing].version;
                (manager, Ask::Resize { thing, quantity, if_match: if_match(&mut self.random, version) })
            }
            (asked, Some(id)) => {
                let booking = &ledger.bookings[id];
                let owner = match self.random.below(8) {
                    0 => user,
                    1 | 2 => ledger.things[booking.thing].manager,
                    _ => booking.user,
                };
                let if_match = match booking.status_at(self.now) {
                    // Which version it is now depends on when that was written down.
                    "expired" => None,
                    _ => if_match(&mut self.random, booking.version),
                };
                let id = id.to_owned();
                match asked {
                    11 | 12 => (owner, Ask::Read { id }),
                    13 | 14 => (owner, Ask::Cancel { id, if_match }),
                    15 => (ledger.things[booking.thing].manager, Ask::Settle { id, yes: self.random.percent(60) }),
                    _ => {
                        let thing = self.random.percent(25).then_some(thing);
                        let (start, end) = (self.random.percent(50), self.random.percent(50));
                        let quantity = self.random.percent(30).then(|| 1 + i64::from(self.random.percent(40)));
                        let title = self.random.percent(30).then(|| format!("{}", self.random.below(3)));
                        let (from, to) = (start.then_some(from), end.then_some(to));
                        (owner, Ask::Amend { id, thing, from, to, quantity, title, if_match })
                    }
                }
            }
        };
        let request = Request { user, ask, key };
        if request.key.is_some() {
            self.keyed.push(request.clone());
        }
        request
    }

    fn call(&self, node: usize, request: &Request) -> Call {
        let app = &self.nodes[node];
        let id = |thing: &usize| self.ledgers[0].things[*thing].id.clone();
        let (call, if_match) = match &request.ask {
            Ask::Book { thing, from, to, quantity } => {
                let body = json!({ "resource_id": id(thing), "starts_at": time(*from), "ends_at": time(*to), "quantity": quantity });
                (app.post("/bookings", body), None)
            }
            Ask::Read { id } => (app.get(&format!("/bookings/{id}")), None),
            Ask::Amend { id: booking, thing, from, to, quantity, title, if_match } => {
                let mut body = json!({});
                let changes = [
                    ("resource_id", thing.as_ref().map(|thing| json!(id(thing)))),
                    ("starts_at", from.map(|from| json!(time(from)))),
                    ("ends_at", to.map(|to| json!(time(to)))),
                    ("quantity", quantity.map(|quantity| json!(quantity))),
                    ("title", title.as_ref().map(|title| json!(title))),
                ];
                for (member, value) in changes {
                    if let Some(value) = value {
                        body[member] = value;
                    }
                }
                (app.patch(&format!("/bookings/{booking}"), body), *if_match)
            }
            Ask::Cancel { id, if_match } => (app.delete(&format!("/bookings/{id}")), *if_match),
            Ask::Settle { id, yes } => {
                let word = if *yes { "confirm" } else { "reject" };
                (app.call("POST", &format!("/bookings/{id}/{word}")), None)
            }
            Ask::Block { thing, from, to, cancel } => {
                let on_conflict = if *cancel { "cancel" } else { "refuse" };
                let body = json!({ "resource_id": id(thing), "starts_at": time(*from), "ends_at": time(*to), "on_conflict": on_conflict });
                (app.post("/schedule", body), None)
            }
            Ask::Unblock { id } => (app.delete(&format!("/schedule/{id}")), None),
            Ask::Resize { thing, quantity, if_match } => {
                (app.patch(&format!("/resources/{}", id(thing)), json!({ "quantity": quantity })), *if_match)
            }
        };
        let call = if_match.iter().fold(call, |call, version| call.if_match(&format!("\"{version}\"")));
        let call = request.key.iter().fold(call, |call, key| call.key(key));
        call.by(&self.users[request.user])
    }

    // --- rounds ------------------------------------------------------------------------------------------------

    async fn round(&mut self, round: u32, tally: &mut Tally) {
        // Often several want something of the same booking.
        let bookings = &self.ledgers[0].bookings;
        let now = self.now;
        let live = bookings.iter().filter(|(_, it)| it.holds_time_at(now) && now < it.to).map(|(id, _)| id);
        // Mostly what still stands, and also what is over.
        let recent: Vec<String> = live.chain(bookings.keys().rev().take(4)).cloned().collect();
        let subject = self.random.pick(&recent).cloned();
        let count = 1 + self.random.below(IN_FLIGHT_MAX);
        let mut requests: Vec<Request> = Vec::new();
        for _ in 0..count {
            let other = self.random.pick(&recent).cloned();
            let subject = if self.random.percent(60) { &subject } else { &other };
            let again = requests.last().filter(|it| it.key.is_some()).cloned();
            let request = match again {
                // An impatient client: the same request twice, at once.
                Some(request) if self.random.percent(40) => request,
                _ => self.request(subject.as_deref()),
            };
            requests.push(request);
        }
        let resizing = requests.iter().any(|it| matches!(it.ask, Ask::Resize { .. }));
        requests.retain(|it| self.can_judge(it, resizing));
        let mut flying = Vec::new();
        for request in &requests {
            let node = self.random.below(self.nodes.len());
            flying.push(tokio::spawn(self.call(node, request).into_future()));
        }
        let mut answers = Vec::new();
        for flight in flying {
            let answer = flight.await;
            answers.push(answer.unwrap_or_else(|error| panic!("seed {}: no answer: {error}", self.seed)));
        }
        let mut explained: Vec<Ledger> = Vec::new();
        for ledger in &self.ledgers {
            let mut left: Vec<(&Request, &Answer)> = requests.iter().zip(&answers).collect();
            orders(ledger, &mut left, self.now, &mut explained);
        }
        if explained.is_empty() {
            let mut told = String::new();
            for (request, answer) in requests.iter().zip(&answers) {
                // Writing to a string can't fail.
                let _ = writeln!(told, "{request:?}\n{answer}\n");
            }
            let (seed, now) = (self.seed, time(self.now));
            panic!("seed {seed}, round {round}, at {now}: no order explains\n{told}\nafter {:#?}", self.ledgers);
        }
        self.ledgers = explained;
        for (request, answer) in requests.iter().zip(&answers) {
            *tally.entry(format!("{} {}", request.ask.name(), outcome(answer))).or_default() += 1;
        }
        if let ([request], [answer]) = (requests.as_slice(), answers.as_slice()) {
            self.alternatives(request, answer);
        }
    }

    /// What had been on a unit that is gone is history, so nobody can say what has been there.
    fn can_judge(&self, request: &Request, resizing: bool) -> bool {
        let ledger = &self.ledgers[0];
        let (thing, from) = match &request.ask {
            Ask::Block { thing, from, .. } | Ask::Book { thing, from, .. } => (*thing, *from),
            Ask::Amend { id, thing, from, .. } => match ledger.bookings.get(id) {
                Some(booking) => (thing.unwrap_or(booking.thing), from.unwrap_or(booking.from)),
                None => return true,
            },
            _ => return true,
        };
        self.now <= from || !(resizing || ledger.things[thing].shrunk)
    }

    /// Where nothing else was in flight, what is offered instead can be had.
    fn alternatives(&self, request: &Request, answer: &Answer) {
        let (Ask::Book { quantity, .. }, 409, [ledger]) = (&request.ask, answer.status.as_u16(), &*self.ledgers) else {
            return;
        };
        for offer in answer.json()["alternatives"].as_array().expect("a conflict comes with offers") {
            let thing = ledger.things.iter().position(|it| offer["resource_id"] == it.id);
            let minutes = |member: &str| {
                let time: jiff::Timestamp = offer[member].as_str().and_then(|it| it.parse().ok()).expect("a time");
                time.duration_since(START.parse().expect("the constant is a time")).as_mins()
            };
            let (from, to) = (minutes("starts_at"), minutes("ends_at"));
            // Offers of resources that other simulations made are not ours to judge.
            let free = thing.is_none_or(|thing| ledger.is_free(thing, from, to, *quantity, None, self.now));
            assert!(free && self.now <= from, "seed {}: {offer} can't be had: {answer}\n{ledger:#?}", self.seed);
        }
    }

    /// Everything that is listed and stored is what was promised.
    async fn look(&mut self, round: u32) {
        let app = &self.nodes[self.random.below(self.nodes.len())];
        let mut lists: Vec<(String, Option<usize>, Vec<Value>)> = Vec::new();
        for (n, user) in self.users.iter().enumerate() {
            let my = app.get("/bookings/my").query("limit=1000").by(user).await.is(200).items();
            lists.push((format!("the bookings of {}", user.name), Some(n), my));
        }
        let admin = self.users.last().expect("somebody is the administrator");
        let mut all = Vec::new();
        for thing in &self.ledgers[0].things {
            let query = format!("limit=1000&resource_id={}", thing.id);
            all.extend(app.get("/bookings/").query(&query).by(admin).await.is(200).items());
        }
        lists.push(("all bookings".to_owned(), None, all));
        let mut blocks = Vec::new();
        for thing in &self.ledgers[0].things {
            let query = format!("limit=1000&resource_id={}", thing.id);
            blocks.extend(app.get("/schedule/").query(&query).by(&self.users[2]).await.is(200).items());
        }
        let now = self.now;
        let told = |ledger: &Ledger| {
            let bookings = lists.iter().find(|(_, user, listed)| {
                let expected = ledger.bookings.values().filter(|it| user.is_none_or(|user| it.user == user)).count();
                let shown = |view: &Value| ledger.is_booking(view, view["id"].as_str().unwrap_or_default(), now);
                listed.len() != expected || !listed.iter().all(shown)
            });
            let shown = |view: &Value| ledger.is_block(view, view["id"].as_str().unwrap_or_default());
            let blocked = blocks.len() == ledger.blocks.len() && blocks.iter().all(shown);
            match bookings {
                Some((list, ..)) => Err(list.clone()),
                None if blocked => Ok(()),
                None => Err("the blocks".to_owned()),
            }
        };
        let wrong: Vec<String> = self.ledgers.iter().filter_map(|ledger| told(ledger).err()).collect();
        let agreeing: Vec<Ledger> = self.ledgers.iter().filter(|ledger| told(ledger).is_ok()).cloned().collect();
        let seed = self.seed;
        assert!(
            !agreeing.is_empty(),
            "seed {seed}, by round {round}: {wrong:?} are not what was promised: {lists:#?} {blocks:#?} {:#?}",
            self.ledgers
        );
        self.ledgers = agreeing;
        app.audit().await;
    }

    async fn pass_time(&mut self) {
        let minutes = match self.random.below(100) {
            0..60 => 0,
            60..90 => 1 + self.random.below(45),
            90..98 => 60 * self.random.below(6),
            _ => 25 * 60,
        };
        let minutes = i64::try_from(minutes).unwrap_or(0);
        self.nodes[0].clock().advance(SignedDuration::from_mins(minutes));
        self.now += minutes;
        // Tokens last a quarter of an hour.
        if self.signed_in_at + 10 < self.now {
            for user in &mut self.users {
                *user = self.nodes[0].user(&user.name).await;
            }
            self.signed_in_at = self.now;
        }
    }
}

/// The version that a caller names: the right one, one before, or none.
fn if_match(random: &mut Random, version: i64) -> Option<i64> {
    match random.below(10) {
        0 | 1 => Some(version),
        2 => Some(version - 1),
        _ => None,
    }
}

/// Tries all orders of what is left, and notes what comes of those in which every answer is the right one.
fn orders(ledger: &Ledger, left: &mut Vec<(&Request, &Answer)>, now: i64, explained: &mut Vec<Ledger>) {
    if left.is_empty() {
        if !explained.contains(ledger) {
            explained.push(ledger.clone());
        }
        return;
    }
    for at in 0..left.len() {
        let (request, answer) = left.remove(at);
        if let Some(after) = ledger.after(request, answer, now) {
            orders(&after, left, now, explained);
        }
        left.insert(at, (request, answer));
    }
}
