//! A wall clock that goes sixty times as fast as time does: what ends by the clock ends when the clock says so, neither before nor after, and
//! nothing is given twice meanwhile.

use super::faketime::{Clock, aftermath};
use super::{Settings, race_slot};
use crate::api::{booking_body, parsed};
use crate::http::Request;
use crate::report::Report;
use crate::target::{Own, OwnOptions, TargetError};
use crate::time::{DAY, HOUR, Interval};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How fast.
const SPEED: u32 = 60;
/// For how long a token is good here, in minutes: as many seconds pass meanwhile.
const TOKEN_MINUTES: u32 = 8;
/// For how long a time is held, in minutes.
const HOLD_MINUTES: u32 = 5;
/// How often is asked whether it is over.
const POLL: Duration = Duration::from_millis(20);
/// The times of tokens are whole seconds.
const GRAIN: Duration = Duration::from_secs(1);

/// Something that ends by the server's clock, and what was seen of it.
struct Ending {
    what: &'static str,
    /// How long it lasts by that clock.
    lasts: Duration,
    /// When it was asked for, and when that was answered: it began between the two.
    began: (Instant, Instant),
    stood: u32,
    over: u32,
    wrong: Vec<String>,
}

impl Ending {
    fn new(what: &'static str, minutes: u32, began: (Instant, Instant)) -> Self {
        let lasts = Duration::from_secs(60 * u64::from(minutes));
        Self { what, lasts, began, stood: 0, over: 0, wrong: Vec::new() }
    }

    /// Takes down what was answered to whom asked between these two moments.
    fn seen(&mut self, is_over: bool, (asked, answered): (Instant, Instant)) {
        // The server's clock has gone on by something between these.
        let least = asked.saturating_duration_since(self.began.1) * SPEED;
        let most = answered.duration_since(self.began.0) * SPEED;
        if is_over {
            self.over += 1;
            if most + GRAIN < self.lasts {
                self.wrong.push(format!("over after {most:?} at most"));
            }
        } else {
            self.stood += 1;
            if self.lasts + GRAIN < least {
                self.wrong.push(format!("not over after {least:?} at least"));
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let claim = format!("fast-clock: {} ends after {} minutes of the clock", self.what, self.lasts.as_secs() / 60);
        let seen = format!("stood {} times, over {} times {:?}", self.stood, self.over, self.wrong.first());
        report.check(&claim, self.wrong.is_empty() && 0 < self.stood && 0 < self.over, seen);
    }
}

/// Starts a server of its own by such a clock, and reports.
pub async fn run(options: &OwnOptions, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let Some(clock) = Clock::new("fast-clock", &format!("+0 x{SPEED}"), options, report)? else { return Ok(()) };
    let mut options = clock.options(options);
    options.arguments.extend(["--access-token-minutes".into(), TOKEN_MINUTES.to_string().into()]);
    let mut own = Own::start(&options).await?;
    let world = own.enter(settings.seed).await?;
    race_slot::run(&world, &Settings { clients: 16, ..settings.clone() }, report).await?;

    // Those of the race have spent a part of their time.
    let world = own.enter(settings.seed).await?;
    let (mut admin, mut leaver) = (world.admin(0), world.client(0));
    let room = admin.make_resource(&format!("fast-clock {}", world.run), 1, false).await?;
    let body = booking_body(room, Interval::lasting(world.first_day + DAY, HOUR), 1);
    let path = format!("/holds/?minutes={HOLD_MINUTES}");
    leaver.expect(&Request::new("POST", "/users/logout"), 204).await?;
    let asked = Instant::now();
    admin.expect(&Request { body: &body, ..Request::new("POST", &path) }, 201).await?;
    let mut hold = Ending::new("a hold", HOLD_MINUTES, (asked, Instant::now()));
    // Whoever looks at it has a token that lasts longer.
    let mut stayer = world.client(1);
    let asked = Instant::now();
    let refresh = stayer.sign_in_again().await?;
    let mut token = Ending::new("an access token", TOKEN_MINUTES, (asked, Instant::now()));
    let wanted = Request { body: &body, ..Request::new("POST", "/bookings/check") };
    let mut let_in = 0;
    while (hold.over == 0 || token.over == 0) && asked.elapsed() * SPEED < 2 * token.lasts {
        sleep(POLL).await;
        if hold.over == 0 {
            let asked = Instant::now();
            let is_free = parsed(&stayer.expect(&wanted, 200).await?)["allowed"] == true;
            hold.seen(is_free, (asked, Instant::now()));
        }
        let asked = Instant::now();
        let is_refused = stayer.ask(&Request::new("GET", "/users/me")).await?.status == 401;
        token.seen(is_refused, (asked, Instant::now()));
        let_in += u32::from(leaver.ask(&Request::new("GET", "/users/me")).await?.status != 401);
    }
    hold.report(report);
    token.report(report);
    report.check("fast-clock: whoever has signed out stays out", let_in == 0, format_args!("let in {let_in} times"));
    stayer.refresh(&refresh).await?;
    let back = stayer.ask(&Request::new("GET", "/users/me")).await?.status;
    report.check("fast-clock: whose token has ended gets another", back == 200, back);
    aftermath(&mut own, "fast-clock", report).await
}
