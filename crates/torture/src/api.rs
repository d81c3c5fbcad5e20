//! The contract as calls: sign in, make resources, book, move, cancel, block, list. A [`Session`] is one client on one
//! connection, and writes down every call that the checker can judge. It knows the contract and nothing of the server.

use crate::checker::{Violation, check};
use crate::history::{Event, Final, FinalBlock, FinalBooking, History, Id, Op, Outcome};
use crate::http::{Answer, Client, NoAnswer, Request};
use crate::random::Random;
use crate::time::{self, Interval};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Items of one page of a list; the contract's limit is 1000.
const PAGE_ITEMS: usize = 1000;
/// How long a request may take before its outcome counts as unknown.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Accounts that the clients of a run share; hashing a password for each of hundreds would take longer than the run.
const USERS: u64 = 8;
/// Good enough for any policy: long, and in no list.
const PASSWORD: &str = "correct-otter-battery-71-staple";

/// A step that a scenario needs, and that did not go as the contract says.
#[derive(Debug, Error)]
pub enum ApiError {
    /// No answer.
    #[error("{0}: {1}")]
    NoAnswer(String, NoAnswer),
    /// An answer with another status, or without what it must hold.
    #[error("{0}: {1} {2}")]
    Unexpected(String, u16, String),
}

/// A signed-in account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its access token.
    pub token: Arc<str>,
}

/// The servers under test, and who works on them.
#[derive(Debug, Clone)]
pub struct World {
    /// The nodes; clients are spread over them.
    pub nodes: Vec<SocketAddr>,
    /// An administrator.
    pub admin: Account,
    /// Ordinary users.
    pub users: Vec<Account>,
    /// Where the monotonic time of the run begins.
    pub origin: Instant,
    /// The first second that the workload books.
    pub first_day: i64,
    /// Names that this run alone uses.
    pub run: String,
}

impl World {
    /// Signs in as the administrator and registers a few users.
    pub async fn enter(nodes: Vec<SocketAddr>, admin: (&str, &str), seed: u64) -> Result<Self, ApiError> {
        let run = format!("{:08x}", Random::new(seed ^ Random::fresh_seed()).next() >> 32);
        let first = nodes.first().copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8000)));
        let mut client = Client::new(first, PATIENCE);
        let admin = sign_in(&mut client, admin.0, admin.1).await?;
        let users = register(&mut client, &run, USERS).await?;
        Ok(Self { nodes, admin, users, origin: Instant::now(), first_day: time::first_day(), run })
    }

    /// More users than a run needs as a rule.
    pub async fn people(&self, count: u64) -> Result<Vec<Account>, ApiError> {
        register(&mut self.client(0).client, &format!("{}-more", self.run), count).await
    }

    /// The `number`th client, as one of the users, on one of the nodes.
    pub fn client(&self, number: u32) -> Session {
        let index = number as usize;
        // Neighbours differ in user and in node, whatever the two counts are.
        let user = self.users[(index / self.nodes.len()) % self.users.len()].clone();
        Session::new(self, number, user)
    }

    /// The `number`th client, as the administrator.
    pub fn admin(&self, number: u32) -> Session {
        Session::new(self, number, self.admin.clone())
    }
}

async fn register(client: &mut Client, run: &str, count: u64) -> Result<Vec<Account>, ApiError> {
    let mut users = Vec::new();
    for number in 0..count {
        let name = format!("torture-{run}-{number}");
        let body = json!({ "username": name, "password": PASSWORD }).to_string();
        let request = Request { body: &body, ..Request::new("POST", "/users/register") };
        expect(client, &request, 201).await?;
        users.push(sign_in(client, &name, PASSWORD).await?);
    }
    Ok(users)
}

async fn sign_in(client: &mut Client, name: &str, password: &str) -> Result<Account, ApiError> {
    let token = access_token(&grant(client, &by_password(name, password)).await?)?;
    let request = Request { token: Some(&token), ..Request::new("GET", "/users/me") };
    let answer = expect(client, &request, 200).await?;
    let id = text(&answer, "id").and_then(|id| Id::parse(&id)).ok_or_else(|| unexpected(&request, &answer))?;
    Ok(Account { id, name: name.to_owned(), token })
}

/// The form of whoever signs in.
fn by_password(name: &str, password: &str) -> String {
    format!("grant_type=password&username={}&password={}", encoded(name), encoded(password))
}

/// `POST /users/token`, which must work.
async fn grant(client: &mut Client, form: &str) -> Result<Answer, ApiError> {
    expect(client, &grant_of(form), 200).await
}

fn grant_of(form: &str) -> Request<'_> {
    let content_type = "application/x-www-form-urlencoded";
    Request { body: form, content_type, ..Request::new("POST", "/users/token") }
}

/// The token that was granted.
fn access_token(answer: &Answer) -> Result<Arc<str>, ApiError> {
    let token = text(answer, "access_token").ok_or_else(|| unexpected(&grant_of(""), answer))?;
    Ok(token.into())
}

/// Percent-encodes all but letters and digits.
fn encoded(value: &str) -> String {
    value.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

async fn expect(client: &mut Client, request: &Request<'_>, status: u16) -> Result<Answer, ApiError> {
    let call = || format!("{} {}", request.method, request.path);
    let answer = client.send(request).await.map_err(|error| ApiError::NoAnswer(call(), error))?;
    if answer.status == status { Ok(answer) } else { Err(unexpected(request, &answer)) }
}

fn unexpected(request: &Request<'_>, answer: &Answer) -> ApiError {
    let body = String::from_utf8_lossy(&answer.body).chars().take(500).collect();
    ApiError::Unexpected(format!("{} {}", request.method, request.path), answer.status, body)
}

/// The JSON of an answer; null where it has none.
pub fn parsed(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

fn text(answer: &Answer, field: &str) -> Option<String> {
    parsed(answer).get(field)?.as_str().map(str::to_owned)
}

/// The last part of a problem's `type`: `booking-conflict`.
pub fn problem(answer: &Answer) -> Option<String> {
    Some(text(answer, "type")?.rsplit('/').next()?.to_owned())
}

/// What an answer to a change means.
pub fn outcome(answer: &Answer) -> Outcome {
    match answer.status {
        // Reading the id out of the text is several times cheaper than parsing it all, and the client's CPU counts.
        200 | 201 => first_id(&answer.body).map_or(Outcome::Broken(answer.status), Outcome::Done),
        404 => Outcome::Missing,
        409 => match problem(answer).as_deref() {
            Some("booking-conflict" | "block-conflict" | "resource-in-use") => Outcome::Conflict,
            Some(_) => Outcome::Closed,
            None => Outcome::Broken(409),
        },
        412 => Outcome::Stale,
        // It says that it can't say, or that it is overloaded; what was asked for may still have happened.
        503 => Outcome::Unknown,
        400..=499 => Outcome::Refused(answer.status),
        other => Outcome::Broken(other),
    }
}

/// The value of the first member named `id`.
fn first_id(body: &[u8]) -> Option<Id> {
    let text = std::str::from_utf8(body).ok()?;
    let after = &text[text.find("\"id\"")? + 4..];
    let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    Id::parse(value.get(..36)?)
}

/// The body of `POST /bookings/`.
pub fn booking_body(resource: Id, interval: Interval, units: u32) -> String {
    let Interval { starts_at, ends_at } = interval;
    format!(
        r#"{{"resource_id":"{resource}","starts_at":"{}","ends_at":"{}","quantity":{units}}}"#,
        time::rfc3339(starts_at),
        time::rfc3339(ends_at),
    )
}

/// An operation as a request: method, path, body.
fn request_of(op: &Op, client: u32, moment: u64) -> (&'static str, String, String) {
    let times = |interval: &Interval| json!({ "starts_at": time::rfc3339(interval.starts_at), "ends_at": time::rfc3339(interval.ends_at) });
    let none = String::new;
    match op {
        Op::Book { resource, interval, units, .. } => {
            ("POST", "/bookings/".to_owned(), booking_body(*resource, *interval, *units))
        }
        Op::Move { booking, interval, .. } => ("PATCH", format!("/bookings/{booking}"), times(interval).to_string()),
        Op::Edit { booking } => {
            // Writing what stands there already would be no edit.
            let title = json!({ "title": format!("edited by {client} at {moment}") });
            ("PATCH", format!("/bookings/{booking}"), title.to_string())
        }
        Op::Cancel { booking } => ("DELETE", format!("/bookings/{booking}"), none()),
        Op::Confirm { booking } => ("POST", format!("/bookings/{booking}/confirm"), none()),
        Op::Reject { booking } => ("POST", format!("/bookings/{booking}/reject"), none()),
        Op::NoShow { booking } => ("POST", format!("/bookings/{booking}/no-show"), none()),
        Op::Undo { booking, .. } => ("POST", format!("/bookings/{booking}/undo"), none()),
        Op::Block { resource, interval, cancels } => {
            let mut body = times(interval);
            body["resource_id"] = json!(resource.to_string());
            body["reason"] = json!("torture");
            if *cancels {
                body["on_conflict"] = json!("cancel");
            }
            ("POST", "/schedule/".to_owned(), body.to_string())
        }
        Op::Unblock { block } => ("DELETE", format!("/schedule/{block}"), none()),
        Op::Quantity { resource, quantity } => {
            ("PATCH", format!("/resources/{resource}"), json!({ "quantity": quantity }).to_string())
        }
        Op::Delete { resource, cancels } => {
            let query = if *cancels { "?cancel_bookings=true" } else { "" };
            ("DELETE", format!("/resources/{resource}{query}"), none())
        }
        Op::Read { booking } => ("GET", format!("/bookings/{booking}"), none()),
    }
}

/// One client: one account, one connection, and what it did.
#[derive(Debug)]
pub struct Session {
    /// Its number in the history.
    pub number: u32,
    /// Whose token it sends.
    pub account: Account,
    /// Its connection.
    pub client: Client,
    /// What it did so far.
    pub events: Vec<Event>,
    origin: Instant,
}

impl Session {
    fn new(world: &World, number: u32, account: Account) -> Self {
        let node = world.nodes[number as usize % world.nodes.len()];
        Self { number, account, client: Client::new(node, PATIENCE), events: Vec::new(), origin: world.origin }
    }

    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Does one operation and writes down what came of it. A request that was never sent is no event.
    pub async fn act(&mut self, op: Op) -> Result<(Outcome, Option<Answer>), NoAnswer> {
        self.act_if(op, None).await
    }

    /// Like [`Self::act`], on the condition that the thing still has this `ETag`.
    pub async fn act_if(&mut self, op: Op, etag: Option<&str>) -> Result<(Outcome, Option<Answer>), NoAnswer> {
        let (method, path, body) = request_of(&op, self.number, self.now());
        let key = if let Op::Book { key, .. } = &op { key.as_deref() } else { None };
        let token = Some(&*self.account.token);
        let request = Request { token, key, if_match: etag, body: &body, ..Request::new(method, &path) };
        let invoked = self.now();
        let (outcome, answer) = match self.client.send(&request).await {
            Ok(answer) => (outcome_of(&op, &answer), Some(answer)),
            Err(error @ NoAnswer::NotSent(_)) => return Err(error),
            Err(NoAnswer::Garbled(_)) => (Outcome::Broken(0), None),
            Err(NoAnswer::Lost(_) | NoAnswer::TooLate(_)) => (Outcome::Unknown, None),
        };
        let returned = self.now();
        self.events.push(Event { client: self.number, op, invoked, returned, outcome });
        Ok((outcome, answer))
    }

    /// Books one unit, which must work.
    pub async fn must_book(&mut self, resource: Id, interval: Interval) -> Result<Id, ApiError> {
        let op = Op::Book { resource, interval, units: 1, key: None };
        match self.act(op).await {
            Ok((Outcome::Done(id), _)) => Ok(id),
            Ok((outcome, answer)) => {
                let body = answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned()).unwrap_or_default();
                Err(ApiError::Unexpected(format!("booking {interval}: {outcome:?}"), 0, body))
            }
            Err(error) => Err(ApiError::NoAnswer("POST /bookings/".to_owned(), error)),
        }
    }

    /// A request whose answer must have this status.
    pub async fn expect(&mut self, request: &Request<'_>, status: u16) -> Result<Answer, ApiError> {
        let request = Request { token: Some(&self.account.token), ..*request };
        expect(&mut self.client, &request, status).await
    }

    /// A request, whatever its answer.
    pub async fn ask(&mut self, request: &Request<'_>) -> Result<Answer, NoAnswer> {
        self.client.send(&Request { token: Some(&self.account.token), ..*request }).await
    }

    /// One of the users signs in again, and works with the new token. Answers with the refresh token.
    pub async fn sign_in_again(&mut self) -> Result<String, ApiError> {
        let form = by_password(&self.account.name, PASSWORD);
        self.granted(&form).await
    }

    /// Gets another token for a refresh token, works with it, and answers with the next refresh token.
    pub async fn refresh(&mut self, token: &str) -> Result<String, ApiError> {
        self.granted(&format!("grant_type=refresh_token&refresh_token={}", encoded(token))).await
    }

    async fn granted(&mut self, form: &str) -> Result<String, ApiError> {
        let answer = grant(&mut self.client, form).await?;
        self.account.token = access_token(&answer)?;
        text(&answer, "refresh_token").ok_or_else(|| unexpected(&grant_of(""), &answer))
    }

    /// `POST /resources/`.
    pub async fn make_resource(&mut self, name: &str, quantity: u32, requires_approval: bool) -> Result<Id, ApiError> {
        let body = json!({ "name": name, "quantity": quantity, "requires_approval": requires_approval }).to_string();
        let request = Request { body: &body, ..Request::new("POST", "/resources/") };
        let invoked = self.now();
        let answer = self.expect(&request, 201).await?;
        let id = first_id(&answer.body).ok_or_else(|| unexpected(&request, &answer))?;
        let op = Op::Quantity { resource: id, quantity };
        let outcome = Outcome::Done(id);
        self.events.push(Event { client: self.number, op, invoked, returned: self.now(), outcome });
        Ok(id)
    }

    /// All pages of a list; `path` may have a query.
    pub async fn list(&mut self, path: &str) -> Result<Vec<Value>, ApiError> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = format!("{path}{joint}limit={PAGE_ITEMS}{cursor}");
            let request = Request::new("GET", &page);
            let answer = self.expect(&request, 200).await?;
            let mut body = parsed(&answer);
            let Some(Value::Array(new)) = body.get_mut("items").map(Value::take) else {
                return Err(unexpected(&request, &answer));
            };
            items.extend(new);
            match body.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={}", encoded(next)),
                None => return Ok(items),
            }
        }
    }

    /// Everything that stands on some resources, or on all (`None`): for the administrator, when nobody writes any more.
    pub async fn final_state(&mut self, resources: Option<&[Id]>) -> Result<Final, ApiError> {
        let queries = resources.map_or_else(
            || vec![String::new()],
            |resources| resources.iter().map(|id| format!("?resource_id={id}")).collect(),
        );
        let mut end = Final::default();
        let broken = |item: &Value| ApiError::Unexpected("a list".to_owned(), 200, item.to_string());
        for query in queries {
            for item in self.list(&format!("/bookings/{query}")).await? {
                end.bookings.push(final_booking(&item).ok_or_else(|| broken(&item))?);
            }
            let blocks = match self.list(&format!("/schedule/{query}")).await {
                // A deleted resource has no schedule.
                Err(ApiError::Unexpected(_, 404, _)) => Vec::new(),
                blocks => blocks?,
            };
            for item in blocks {
                end.blocks.push(final_block(&item).ok_or_else(|| broken(&item))?);
            }
        }
        for item in self.list("/resources/").await? {
            let id = item.get("id").and_then(Value::as_str).and_then(Id::parse).ok_or_else(|| broken(&item))?;
            let quantity = item.get("quantity").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
            end.quantities.push((id, quantity.ok_or_else(|| broken(&item))?));
        }
        Ok(end)
    }
}

/// What an answer means to the operation that asked for it.
fn outcome_of(op: &Op, answer: &Answer) -> Outcome {
    match (op, answer.status) {
        (Op::Read { .. }, 200) => final_booking(&parsed(answer)).map_or(Outcome::Broken(200), |booking| {
            Outcome::Seen { active: booking.active, interval: booking.interval }
        }),
        // These are answered without a body; what they were about stands in the request.
        (Op::Unblock { block: id } | Op::Delete { resource: id, .. }, 204) => Outcome::Done(*id),
        _ => outcome(answer),
    }
}

fn span(item: &Value) -> Option<Interval> {
    let at = |field: &str| time::parse(item.get(field)?.as_str()?);
    Some(Interval { starts_at: at("starts_at")?, ends_at: at("ends_at")? })
}

/// A booking of the contract.
pub fn final_booking(item: &Value) -> Option<FinalBooking> {
    let id = |field: &str| Id::parse(item.get(field)?.as_str()?);
    Some(FinalBooking {
        id: id("id")?,
        resource: id("resource_id")?,
        interval: span(item)?,
        units: u32::try_from(item.get("quantity")?.as_u64()?).ok()?,
        active: matches!(item.get("status")?.as_str()?, "pending" | "confirmed"),
    })
}

fn final_block(item: &Value) -> Option<FinalBlock> {
    let id = |field: &str| Id::parse(item.get(field)?.as_str()?);
    Some(FinalBlock { id: id("id")?, resource: id("resource_id")?, interval: span(item)? })
}

/// What the clients did, as one history; each forgets it.
pub fn gather<'s>(sessions: impl IntoIterator<Item = &'s mut Session>) -> History {
    let events = sessions.into_iter().flat_map(|session| std::mem::take(&mut session.events)).collect();
    History { events, end: None }
}

/// Judges a history together with what stands now.
pub async fn judge(
    mut history: History,
    admin: &mut Session,
    resources: Option<&[Id]>,
) -> Result<(History, Vec<Violation>), ApiError> {
    history.end = Some(admin.final_state(resources).await?);
    let found = check(&history);
    Ok((history, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into(), ..Answer::default() }
    }

    #[test]
    fn answers_are_read_as_the_contract_means_them() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let booked = answer(201, &format!(r#"{{"resource_id":"x","id": "{id}"}}"#));
        assert_eq!(outcome(&booked), Outcome::Done(Id::parse(id).unwrap()));
        let of_type = |status, name: &str| outcome(&answer(status, &format!(r#"{{"type":"/problems/{name}"}}"#)));
        assert_eq!(of_type(409, "booking-conflict"), Outcome::Conflict);
        assert_eq!(of_type(409, "booking-closed"), Outcome::Closed);
        assert_eq!(of_type(503, "outcome-unknown"), Outcome::Unknown);
        assert_eq!(outcome(&answer(409, "no problem at all")), Outcome::Broken(409));
        assert_eq!(outcome(&answer(201, "{}")), Outcome::Broken(201));
        assert_eq!(outcome(&answer(500, "")), Outcome::Broken(500));
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encoded("a b&c=é"), "a%20b%26c%3D%C3%A9");
    }
}
