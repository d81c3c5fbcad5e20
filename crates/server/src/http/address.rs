//! Who is calling: the peer's address, or what a trusted proxy says about it. It never believes a forwarding header
//! that came from anyone else.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use http::HeaderMap;

/// A network in CIDR form, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// Whether the address belongs to it. An IPv4 address inside of IPv6 (`::ffff:…`) counts as the IPv4 one.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix_bits)).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix_bits)).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

/// Text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an address such as 10.0.0.1 nor a network such as 10.0.0.0/8")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse::<IpAddr>().map_err(|_| NetworkError)?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => most,
            Some(prefix) => prefix.parse().ok().filter(|bits| *bits <= most).ok_or(NetworkError)?,
        };
        Ok(Self { address, prefix_bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

/// The proxies whose forwarding headers are believed. Cheap to clone; none by default.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[Network]>);

impl TrustedProxies {
    /// These networks.
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Whether the address is one of theirs.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client's address: the peer's own, or, where the peer is a trusted proxy, the right-most address in
    /// `X-Forwarded-For` that is not a trusted proxy's. What stands to the left of it was written by the client and is
    /// ignored, and so is everything from the first entry that is no address.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() || !self.contains(client) {
            return client;
        }
        // A `HeaderMap` has no way to walk a name's values from the end; a handful is what the limit of the head leaves.
        let values: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        for entry in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(address) = forwarded(entry.trim()) else {
                return client;
            };
            client = address;
            if !self.contains(address) {
                return client;
            }
        }
        client
    }

    /// Whether the client's side of a trusted proxy speaks TLS (`X-Forwarded-Proto: https`).
    pub fn is_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        !self.0.is_empty()
            && self.contains(peer)
            && headers.get("x-forwarded-proto").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"https"))
    }
}

/// One entry of `X-Forwarded-For`: an address, perhaps with a port.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let address = entry.parse::<IpAddr>().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|a| a.ip()));
    let address = address.or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies(networks: &[&str]) -> TrustedProxies {
        TrustedProxies::new(networks.iter().map(|n| n.parse().unwrap()))
    }

    fn forwarded_for(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn networks_hold_their_own_addresses() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("::1", "::1", true),
        ];
        for (network, address, inside) in cases {
            assert_eq!(network.parse::<Network>().unwrap().contains(ip(address)), inside, "{address} in {network}");
        }
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/", "localhost", "/8"] {
            assert_eq!(wrong.parse::<Network>(), Err(NetworkError), "{wrong}");
        }
    }

    #[test]
    fn a_stranger_can_not_forge_its_address() {
        let headers = forwarded_for(&["203.0.113.1"]);
        assert_eq!(TrustedProxies::default().client(ip("198.51.100.9"), &headers), ip("198.51.100.9"));
        assert_eq!(proxies(&["10.0.0.0/8"]).client(ip("198.51.100.9"), &headers), ip("198.51.100.9"));
        // Behind a proxy, what the client wrote itself stands to the left of what the proxy added.
        let forged = forwarded_for(&["1.1.1.1, 203.0.113.5"]);
        assert_eq!(proxies(&["10.0.0.0/8"]).client(ip("10.0.0.1"), &forged), ip("203.0.113.5"));
        let split = forwarded_for(&["1.1.1.1", "203.0.113.5", "10.0.0.2"]);
        assert_eq!(proxies(&["10.0.0.0/8"]).client(ip("10.0.0.1"), &split), ip("203.0.113.5"));
    }

    #[test]
    fn entries_may_have_ports_and_broken_ones_end_the_search() {
        let trusted = proxies(&["10.0.0.0/8"]);
        let peer = ip("10.0.0.1");
        for (value, client) in [
            ("203.0.113.5:4711", "203.0.113.5"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("203.0.113.5, unknown", "10.0.0.1"),
            ("203.0.113.5, unknown, 10.0.0.7", "10.0.0.7"),
            ("", "10.0.0.1"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ] {
            assert_eq!(trusted.client(peer, &forwarded_for(&[value])), ip(client), "{value}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_https() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        let trusted = proxies(&["10.0.0.1"]);
        assert!(trusted.is_https(ip("10.0.0.1"), &headers));
        assert!(!trusted.is_https(ip("10.0.0.2"), &headers));
        assert!(!trusted.is_https(ip("10.0.0.1"), &HeaderMap::new()));
    }
}
