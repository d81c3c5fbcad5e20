//! Rate limits: the generic cell rate algorithm (ITU-T I.371) as a pure function, and the limits that sign-in has. One number per limited
//! thing is all its state; the store keeps it, so that all servers count together. It reads no clock.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// So many at once, and then one in every period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many may come at once after a rest. At least 1.
    pub burst: u32,
    /// How long it takes until one more may come, in microseconds.
    pub period_us: i64,
}

impl Limit {
    /// `burst` at once, then one in `period_secs` seconds.
    pub const fn new(burst: u32, period_secs: u32) -> Self {
        assert!(0 < burst && 0 < period_secs, "a limit lets something through, and not everything");
        Self { burst, period_us: period_secs as i64 * 1_000_000 }
    }
}

/// Sign-ins from one address, whoever they are for: the tenth of a burst is the last.
pub const LOGIN_PER_ADDRESS: Limit = Limit::new(10, 6);
/// Sign-ins to one account, wherever they come from. Soft: it slows guessing down to 43,200 a day, and its owner gets in within
/// seconds; it never locks an account.
pub const LOGIN_PER_ACCOUNT: Limit = Limit::new(20, 2);
/// Accounts made from one address.
pub const REGISTER_PER_ADDRESS: Limit = Limit::new(10, 30);
/// Uses of refresh tokens from one address: many people can sit behind one.
pub const REFRESH_PER_ADDRESS: Limit = Limit::new(60, 1);
/// Exports and imports of one user: each may be about very much.
pub const DATA_PER_USER: Limit = Limit::new(20, 15);
/// Reports that one user has counted: a page of them asks for several, again with each place and time that is chosen.
pub const REPORTS_PER_USER: Limit = Limit::new(60, 4);
/// Wrong or right tries at the set-up link from one address.
pub const SET_UP_PER_ADDRESS: Limit = Limit::new(10, 6);
/// Wrong or right tries at links that set a password, from one address: as many as sign-ins.
pub const PASSWORD_LINK_PER_ADDRESS: Limit = LOGIN_PER_ADDRESS;
/// Codes for tablets from one address.
pub const PAIRING_PER_ADDRESS: Limit = Limit::new(20, 30);
/// Codes that one user enters: of a thousand thousand million only a few are good.
pub const PAIRING_PER_USER: Limit = Limit::new(10, 30);
/// PINs that are tried at one display.
pub const PIN_PER_DISPLAY: Limit = Limit::new(10, 10);
/// Looks at the page of a site from one address: a family, or an office, can sit behind it.
pub const PUBLIC_READ_PER_ADDRESS: Limit = Limit::new(120, 1);
/// Looks at a month of the page of a site from one address, each of which is as much work as thirty of the others.
pub const PUBLIC_DAYS_PER_ADDRESS: Limit = Limit::new(30, 3);
/// Times that are held without an account from one address.
pub const PUBLIC_HOLD_PER_ADDRESS: Limit = Limit::new(20, 15);
/// Bookings without an account from one address.
pub const PUBLIC_BOOK_PER_ADDRESS: Limit = Limit::new(20, 60);
/// Entries of the waiting list without an account from one address.
pub const PUBLIC_WAIT_PER_ADDRESS: Limit = Limit::new(10, 300);

/// How far the clocks of two servers may be apart before one takes the other's state for a leftover, in microseconds.
const CLOCK_SLACK_US: i64 = 300 * 1_000_000;

/// What a limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on, and keep this as the new theoretical arrival time.
    Allowed {
        /// Microseconds since 1970.
        arrival_us: i64,
    },
    /// Not now; nothing is to be kept.
    Refused {
        /// When it would be allowed: whole seconds from now, at least 1. What `Retry-After` says.
        retry_after_secs: u32,
    },
}

/// Decides on one more. `arrival_us` is what was kept for this key (`None` or a time in the past: nothing came lately), `now_us`
/// the time; both in microseconds since 1970.
pub fn decide(arrival_us: Option<i64>, now_us: i64, limit: &Limit) -> Verdict {
    // How far ahead of the clock the theoretical arrival time may run: a burst's worth, less the one that is asked for.
    let tolerance_us = limit.period_us.saturating_mul(i64::from(limit.burst) - 1);
    let latest_us = now_us.saturating_add(tolerance_us).saturating_add(limit.period_us).saturating_add(CLOCK_SLACK_US);
    // Nothing that came through can have left a later time than this: the clock was set back since, or the limit was
    // lowered. Nobody is locked out for as long as it was ahead.
    let arrival_us = arrival_us.filter(|arrival| *arrival <= latest_us).unwrap_or(now_us).max(now_us);
    let wait_us = arrival_us.saturating_sub(tolerance_us).saturating_sub(now_us);
    if wait_us <= 0 {
        return Verdict::Allowed { arrival_us: arrival_us.saturating_add(limit.period_us) };
    }
    let retry_after_secs = u32::try_from(wait_us.unsigned_abs().div_ceil(1_000_000)).unwrap_or(u32::MAX);
    Verdict::Refused { retry_after_secs }
}

/// The key of [`LOGIN_PER_ADDRESS`].
pub fn login_address_key(address: IpAddr) -> String {
    format!("login:addr:{}", network(address))
}

/// The key of [`LOGIN_PER_ACCOUNT`], by the name that was tried, whether somebody has it or not: a limit that only real
/// accounts had would tell which are. Hashed, so that the table holds no names, and no long ones.
pub fn login_name_key(username_key: &str) -> String {
    let hash = Sha256::digest(username_key.as_bytes());
    format!("login:name:{}", URL_SAFE_NO_PAD.encode(&hash[..16]))
}

/// The key of [`REGISTER_PER_ADDRESS`].
pub fn register_address_key(address: IpAddr) -> String {
    format!("register:addr:{}", network(address))
}

/// The key of [`REFRESH_PER_ADDRESS`].
pub fn refresh_address_key(address: IpAddr) -> String {
    format!("refresh:addr:{}", network(address))
}

/// The key of [`REPORTS_PER_USER`].
pub fn reports_user_key(user: impl std::fmt::Display) -> String {
    format!("reports:user:{user}")
}

/// The key of [`DATA_PER_USER`].
pub fn data_user_key(user: impl std::fmt::Display) -> String {
    format!("data:user:{user}")
}

/// The key of [`SET_UP_PER_ADDRESS`].
pub fn set_up_address_key(address: IpAddr) -> String {
    format!("set-up:addr:{}", network(address))
}

/// The key of [`PASSWORD_LINK_PER_ADDRESS`].
pub fn password_link_address_key(address: IpAddr) -> String {
    format!("password-link:addr:{}", network(address))
}

/// The key of [`PAIRING_PER_ADDRESS`].
pub fn pairing_key(address: IpAddr) -> String {
    format!("pairing:addr:{}", network(address))
}

/// The key of [`PAIRING_PER_USER`].
pub fn pairing_user_key(user: impl std::fmt::Display) -> String {
    format!("pairing:user:{user}")
}

/// The key of [`PIN_PER_DISPLAY`].
pub fn pin_key(display: impl std::fmt::Display) -> String {
    format!("pin:display:{display}")
}

/// The key of [`PUBLIC_READ_PER_ADDRESS`].
pub fn public_read_key(address: IpAddr) -> String {
    format!("public:read:{}", network(address))
}

/// The key of [`PUBLIC_DAYS_PER_ADDRESS`].
pub fn public_days_key(address: IpAddr) -> String {
    format!("public:days:{}", network(address))
}

/// The key of [`PUBLIC_HOLD_PER_ADDRESS`].
pub fn public_hold_key(address: IpAddr) -> String {
    format!("public:hold:{}", network(address))
}

/// The key of [`PUBLIC_BOOK_PER_ADDRESS`].
pub fn public_book_key(address: IpAddr) -> String {
    format!("public:book:{}", network(address))
}

/// The key of [`PUBLIC_WAIT_PER_ADDRESS`].
pub fn public_wait_key(address: IpAddr) -> String {
    format!("public:wait:{}", network(address))
}

/// The key of the lock under which is counted what a [network] holds without an account.
pub fn public_holds_key(network: &str) -> String {
    format!("public:holds:{network}")
}

/// An IPv4 address, or the /64 of an IPv6 one: a single customer has at least that many addresses to change between.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    /// Asks at each of the times (seconds after NOW); how each one ended: 0 allowed, else the seconds to wait.
    fn run(limit: &Limit, times: &[i64]) -> Vec<u32> {
        let mut kept = None;
        let ask = |secs: &i64| match decide(kept, NOW + secs * 1_000_000, limit) {
            Verdict::Allowed { arrival_us } => {
                kept = Some(arrival_us);
                0
            }
            Verdict::Refused { retry_after_secs } => retry_after_secs,
        };
        times.iter().map(ask).collect()
    }

    #[test]
    fn a_burst_and_then_a_trickle() {
        let limit = Limit::new(3, 6);
        assert_eq!(run(&limit, &[0, 0, 0, 0, 0, 5, 6, 6, 12, 13]), [0, 0, 0, 6, 6, 1, 0, 6, 0, 5]);
        // After a rest of three periods the whole burst is there again, and no more than that.
        assert_eq!(run(&limit, &[0, 0, 0, 18, 18, 18, 18]), [0, 0, 0, 0, 0, 0, 6]);
        assert_eq!(run(&limit, &[0, 100_000, 100_000, 100_000, 100_000]), [0, 0, 0, 0, 6]);
        assert_eq!(run(&Limit::new(1, 30), &[0, 0, 29, 30, 31]), [0, 30, 1, 0, 29]);
    }

    #[test]
    fn the_eleventh_sign_in_of_a_burst_has_to_wait() {
        let ends = run(&LOGIN_PER_ADDRESS, &[0; 11]);
        assert_eq!(ends, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6]);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let limit = Limit::new(2, 6);
        let year_ahead = NOW + 31_536_000 * 1_000_000;
        assert_eq!(decide(Some(year_ahead), NOW, &limit), Verdict::Allowed { arrival_us: NOW + 6_000_000 });
        // The clock of another server may be a little ahead, and that lets nobody through.
        let minute_ahead = NOW + 60_000_000;
        assert_eq!(decide(Some(minute_ahead), NOW, &limit), Verdict::Refused { retry_after_secs: 54 });
    }

    #[test]
    fn numbers_at_the_end_of_their_range_do_no_harm() {
        let limit = Limit { burst: u32::MAX, period_us: i64::MAX };
        for (arrival, now) in [(i64::MAX, i64::MAX), (i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (i64::MIN, i64::MIN)] {
            decide(Some(arrival), now, &limit);
            decide(Some(arrival), now, &LOGIN_PER_ADDRESS);
        }
    }

    #[test]
    fn keys_say_what_and_whose() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(login_address_key(ip("1.2.3.4")), "login:addr:1.2.3.4");
        assert_eq!(login_address_key(ip("::ffff:1.2.3.4")), "login:addr:1.2.3.4");
        assert_eq!(register_address_key(ip("2001:db8:1:2:3:4:5:6")), "register:addr:2001:db8:1:2::/64");
        assert_eq!(refresh_address_key(ip("2001:db8:1:2:ffff::")), "refresh:addr:2001:db8:1:2::/64");
        assert_ne!(set_up_address_key(ip("2001:db8:1:3::")), set_up_address_key(ip("2001:db8:1:2::")));
        assert_eq!(login_name_key("zoya").len(), "login:name:".len() + 22);
        assert_ne!(login_name_key("zoya"), login_name_key("zoyb"));
    }

    proptest! {
        /// In any window no more come through than the burst and one for each period.
        #[test]
        fn never_more_than_the_rate(burst in 1_u32..20, period in 1_u32..10, mut times in prop::collection::vec(0_i64..200, 1..200)) {
            times.sort_unstable();
            let ends = run(&Limit::new(burst, period), &times);
            let allowed: Vec<i64> = times.iter().zip(&ends).filter(|(_, wait)| **wait == 0).map(|(at, _)| *at).collect();
            for (first, from) in allowed.iter().enumerate() {
                for (last, to) in allowed.iter().enumerate().skip(first) {
                    let most = i64::from(burst) + (to - from) / i64::from(period);
                    prop_assert!(i64::try_from(last - first + 1).unwrap() <= most);
                }
            }
        }

        /// Who waits as long as was said comes through.
        #[test]
        fn retry_after_is_true(burst in 1_u32..20, period in 1_u32..10, ahead in 0_i64..1_000_000_000) {
            let limit = Limit::new(burst, period);
            let kept = Some(NOW + ahead);
            if let Verdict::Refused { retry_after_secs } = decide(kept, NOW, &limit) {
                let then = NOW + i64::from(retry_after_secs) * 1_000_000;
                let allowed = matches!(decide(kept, then, &limit), Verdict::Allowed { .. });
                prop_assert!(allowed);
            }
        }
    }
}
