//! The way to PostgreSQL: reads a connection URL, and opens connections to the first of its hosts that takes one. Each host
//! has a bound of its own, so that one that is silent doesn't stand before the others for ever.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::LoadBalanceHosts;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::postgres::failed;
use super::tls::Asked;
use crate::error::{Result, StoreError};

/// How long opening a connection to one host may take, where the URL has no `connect_timeout`.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// The driver of a connection, which has to be polled for the client to get answers.
pub(super) type Driver = tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Where PostgreSQL is.
pub(super) struct Route {
    hosts: Vec<Host>,
    tls: MakeRustlsConnect,
    /// The host that the last connection was had from, where the next one begins to look: after a fail-over the
    /// old primary is asked no more, which may be silent.
    last: AtomicUsize,
}

struct Host {
    name: String,
    config: Config,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.hosts.iter().map(|host| &host.name)).finish()
    }
}

impl Route {
    /// Reads the URL and the certificates it names; opens nothing. `settings` are start-up options, to which those of the
    /// URL are added.
    pub(super) fn new(url: &str, settings: &str) -> Result<Self> {
        let (url, tls) = without_tls(url)?;
        let parse = |url: &str| -> Result<Config> {
            let mut config: Config = url
                .parse()
                .map_err(|error| StoreError::Unavailable(format!("the database URL does not parse: {error}")))?;
            let options = config.get_options().map_or_else(|| settings.to_owned(), |own| format!("{settings} {own}"));
            let connect_max = config.get_connect_timeout().copied().unwrap_or(CONNECT_MAX);
            config.options(options).connect_timeout(connect_max).application_name("bronya").ssl_mode(tls.driver_mode());
            Ok(config)
        };
        // Hosts in an order of chance are the driver's to choose from, within one bound.
        let urls = if parse(&url)?.get_load_balance_hosts() == LoadBalanceHosts::Random {
            vec![(String::from("PostgreSQL"), url)]
        } else {
            one_host_each(&url)
        };
        let hosts = urls
            .into_iter()
            .map(|(name, url)| Ok(Host { name, config: parse(&url)? }))
            .collect::<Result<Vec<Host>>>()?;
        Ok(Self { hosts, tls: tls.connector()?, last: AtomicUsize::new(0) })
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<(Client, Driver)> {
        let first = self.last.load(Ordering::Relaxed);
        let mut failures = Vec::new();
        for step in 0..self.hosts.len() {
            let at = (first + step) % self.hosts.len();
            let Host { name, config } = &self.hosts[at];
            let connect_max = config.get_connect_timeout().copied().unwrap_or(CONNECT_MAX);
            // The driver's own bound ends when the socket is open, and a server that hangs says nothing after that.
            // It is large, and would make every future large that may have to open a connection.
            let connecting = Box::pin(config.connect(self.tls.clone()));
            match tokio::time::timeout(connect_max, connecting).await {
                Ok(Ok(connection)) => {
                    self.last.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => failures.push((name, failed(&error))),
                Err(_) => {
                    failures.push((name, StoreError::Unavailable(format!("no answer within {connect_max:?}"))));
                }
            }
        }
        Err(match <[_; 1]>::try_from(failures) {
            Ok([(_, failure)]) => failure,
            Err(failures) => {
                let told: Vec<String> = failures.iter().map(|(name, failure)| format!("{name}: {failure}")).collect();
                StoreError::Unavailable(format!("no host of the database URL can be used: {}", told.join("; ")))
            }
        })
    }
}

/// Where in a URL its hosts begin and end: after the password, before the name of the database and the parameters.
fn hosts_in(url: &str) -> (usize, usize) {
    let scheme = url.find("://").map_or(0, |at| at + "://".len());
    let start = url[scheme..].find('@').map_or(scheme, |at| scheme + at + 1);
    let end = url[start..].find(['/', '?']).map_or(url.len(), |at| start + at);
    (start, end)
}

/// The URL once for each of its hosts.
fn one_host_each(url: &str) -> Vec<(String, String)> {
    let (start, end) = hosts_in(url);
    let one = |host: &str| (host.to_owned(), format!("{}{host}{}", &url[..start], &url[end..]));
    url[start..end].split(',').map(one).collect()
}

/// The URL without what it says about TLS, of which the driver knows only a part.
fn without_tls(url: &str) -> Result<(String, Asked)> {
    let mut asked = Asked::default();
    let (_, end) = hosts_in(url);
    let Some(mark) = url[end..].find('?').map(|at| end + at) else { return Ok((url.to_owned(), asked)) };
    let mut others = Vec::new();
    for parameter in url[mark + 1..].split('&') {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if !asked.take(&percent_decode_str(key).decode_utf8_lossy(), &percent_decode_str(value).decode_utf8_lossy())? {
            others.push(parameter);
        }
    }
    let mark_again = if others.is_empty() { "" } else { "?" };
    Ok((format!("{}{mark_again}{}", &url[..mark], others.join("&")), asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_gets_a_url_of_its_own() {
        let urls = |url: &str| one_host_each(url).into_iter().map(|(_, url)| url).collect::<Vec<_>>();
        assert_eq!(
            urls("postgres://u:p,?/@a:1,[::1]:2/d?x=1,2"),
            ["postgres://u:p,?/@a:1/d?x=1,2", "postgres://u:p,?/@[::1]:2/d?x=1,2"]
        );
        assert_eq!(urls("postgres://a?host=b"), ["postgres://a?host=b"]);
        assert_eq!(urls("postgres:///d"), ["postgres:///d"]);
    }

    #[test]
    fn what_is_said_about_tls_is_taken_out_of_the_url() {
        for (url, left, mode) in [
            ("postgres://u:p?sslmode=disable@h/d", "postgres://u:p?sslmode=disable@h/d", "Prefer"),
            ("postgres://h/d?sslmode=require", "postgres://h/d", "Require"),
            ("postgres://h?a=1&ssl%6Dode=verify%2Dfull&b=2", "postgres://h?a=1&b=2", "VerifyFull"),
            ("postgres://h/d?sslmode=require&sslmode=disable", "postgres://h/d", "Disable"),
        ] {
            let (found, asked) = without_tls(url).unwrap();
            assert_eq!(found, left);
            assert!(format!("{asked:?}").contains(&format!("mode: {mode},")), "{url}: {asked:?}");
        }
    }

    #[test]
    fn what_can_not_be_had_is_refused_and_nothing_weaker_taken() {
        for (parameters, told) in [
            ("sslmode=verify_full", "sslmode must be"),
            ("sslmode=allow", "sslmode must be"),
            ("sslmode=", "sslmode must be"),
            ("sslrootcert=/ca.pem", "sslrootcert is looked at with"),
            ("sslmode=disable&sslrootcert=/ca.pem", "sslrootcert is looked at with"),
            ("sslmode=require&sslrootcert=/there/is/none.pem", "sslrootcert /there/is/none.pem: "),
            ("sslmode=verify-full&sslrootcert=/dev/null", "it holds no certificate"),
            ("sslcert=/client.pem", "does not parse"),
        ] {
            let refused = Route::new(&format!("postgres://h/d?{parameters}"), "").unwrap_err().to_string();
            assert!(refused.contains(told), "{parameters}: {refused}");
        }
    }

    #[test]
    fn the_bound_of_the_url_holds_for_each_host() {
        let bounds = |url: &str| -> Vec<u64> {
            let route = Route::new(url, "").unwrap();
            route.hosts.iter().map(|host| host.config.get_connect_timeout().unwrap().as_secs()).collect()
        };
        assert_eq!(bounds("postgres://a,b/d?connect_timeout=1"), [1, 1]);
        assert_eq!(bounds("postgres://a/d"), [CONNECT_MAX.as_secs()]);
        assert_eq!(bounds("postgres://a/d?connect_timeout=0"), [CONNECT_MAX.as_secs()]);
        assert_eq!(bounds("postgres://a,b/d?load_balance_hosts=random"), [CONNECT_MAX.as_secs()]);
    }
}
