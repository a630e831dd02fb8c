//! Whom a request without an account counts against.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use poem::{Request, http::HeaderMap};

use crate::{app::Sightings, types::Clock};

use super::{forwarded, ticks::Ticks};

/// Whom guesses and requests are counted against. The network of an IPv6 address (its first 64 bits) counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Client {
    /// The address that the connection comes from, or the one that a configured proxy vouches for.
    Network(IpAddr),
    /// What a neighbour that is no configured proxy says of its client.
    Behind {
        /// The neighbour.
        peer: IpAddr,
        /// The address that it wrote down.
        claimed: IpAddr,
    },
}

impl Client {
    /// Stands for everybody who can't be told apart.
    pub const OTHERS: Self = Self::Network(IpAddr::V6(Ipv6Addr::UNSPECIFIED));

    /// The client at an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Network(network(address))
    }

    /// Whether the request comes from this machine, as far as anybody says.
    pub fn is_loopback(&self) -> bool {
        // The network of `::1` is `::`.
        let here = |address: &IpAddr| match address {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => address.is_unspecified(),
        };
        match self {
            Self::Network(address) => here(address),
            Self::Behind { peer, claimed } => here(peer) && here(claimed),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => fmt::Display::fmt(address, f),
            Self::Behind { peer, claimed } => write!(f, "{claimed} by way of {peer}"),
        }
    }
}

/// The first 64 bits of an IPv6 address: what one household, and often one person, may choose from freely. IPv4
/// addresses are one each.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// Whether an address is this machine's or of a private network (RFC 1918, 6598, 4193, link-local): where a proxy
/// stands that somebody forgot to configure.
pub fn is_neighbour(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Tells clients apart.
pub struct Clients {
    proxies: Vec<IpNet>,
    claims: Mutex<Claims>,
    sightings: Arc<Sightings>,
    clock: Clock,
    ticks: Ticks,
}

impl Clients {
    /// Believes these proxies, and notes what others say.
    pub fn new(proxies: Vec<IpNet>, sightings: Arc<Sightings>, clock: &Clock) -> Self {
        Self { proxies, claims: Mutex::default(), sightings, clock: clock.clone(), ticks: Ticks::new(clock) }
    }

    /// Whom a request counts against: see [`Clients::tell`].
    pub fn of(&self, request: &Request) -> Client {
        let peer = request.remote_addr().as_socket_addr().map(|address| address.ip().to_canonical());
        peer.map_or(Client::OTHERS, |peer| self.tell(peer, request.headers()))
    }

    /// Whom a request with these headers from this address counts against.
    ///
    /// Behind configured proxies it is the nearest hop that is none of them, since each hop vouches only for the one
    /// that it saw. Forwarded headers of anybody else are never believed, but a neighbour's keep its clients apart:
    /// the last hop of an unconfigured proxy is what that proxy saw itself, so each client behind it has a budget of
    /// its own, and none pays for another. A neighbour that lies gets the budgets of [`CLAIMED`] clients at most, all
    /// of them its own: the key holds its address, so it can't spend anybody else's. What a stranger out in the
    /// network writes there counts for nothing.
    fn tell(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        if self.is_proxy(peer) {
            let hops = forwarded::hops(headers);
            let beyond = hops.iter().find(|hop| !self.is_proxy(**hop)).or(hops.last());
            return Client::at(beyond.copied().unwrap_or(peer));
        }
        let names = forwarded::names(headers);
        if names.is_empty() || !is_neighbour(peer) {
            return Client::at(peer);
        }
        self.sightings.note(peer, names, self.clock.now());
        let (peer, claimed) = (network(peer), forwarded::hops(headers).first().copied().map(network));
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        match claimed {
            Some(claimed) if claims.admit(peer, claimed, self.ticks.now()) => Client::Behind { peer, claimed },
            _ => Client::Network(peer),
        }
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }
}

/// Clients that one neighbour may speak for at a time; the others share its own budget.
pub const CLAIMED: usize = 64;
/// Neighbours that may speak for others.
const NEIGHBOURS: usize = 64;
/// A claim that was not heard of for so long makes room. By then its budget is whole again, so nothing is gained by
/// coming back under another name.
const QUIET: Duration = Duration::from_mins(1);

/// Who speaks for whom, and when they last did.
#[derive(Debug, Default)]
struct Claims(HashMap<IpAddr, HashMap<IpAddr, Duration>>);

impl Claims {
    /// Whether there is room for what a neighbour claims.
    fn admit(&mut self, peer: IpAddr, claimed: IpAddr, now: Duration) -> bool {
        let is_quiet = |heard: &Duration| now.saturating_sub(*heard) > QUIET;
        if self.0.len() >= NEIGHBOURS && !self.0.contains_key(&peer) {
            self.0.retain(|_, claims| !claims.values().all(is_quiet));
            if self.0.len() >= NEIGHBOURS {
                return false;
            }
        }
        let claims = self.0.entry(peer).or_default();
        if claims.len() >= CLAIMED && !claims.contains_key(&claimed) {
            claims.retain(|_, heard| !is_quiet(heard));
            if claims.len() >= CLAIMED {
                return false;
            }
        }
        claims.insert(claimed, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    fn told(clients: &Clients, peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for one in forwarded {
            headers.append("x-forwarded-for", poem::http::HeaderValue::from_static(one));
        }
        peer.parse().map_or_else(|_| String::new(), |peer| clients.tell(peer, &headers).to_string())
    }

    #[test]
    fn only_configured_proxies_are_believed() {
        let proxies = ["10.0.0.0/8", "fd00::/8"].iter().filter_map(|one| one.parse().ok()).collect();
        let clients = Clients::new(proxies, Arc::default(), &Clock::System);
        assert_eq!(told(&clients, "10.1.1.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(told(&clients, "fd00::9", &["192.0.2.1", "192.0.2.7, 10.9.9.9"]), "192.0.2.7");
        assert_eq!(told(&clients, "10.1.1.1", &["10.2.2.2, 10.3.3.3"]), "10.2.2.2", "all of them are proxies");
        assert_eq!(told(&clients, "10.1.1.1", &["unknown"]), "10.1.1.1");
        assert_eq!(told(&clients, "10.1.1.1", &[]), "10.1.1.1");
        assert_eq!(clients.sightings.last(), None);
        assert_eq!(told(&clients, "192.168.1.1", &["192.0.2.7"]), "192.0.2.7 by way of 192.168.1.1");
        assert!(clients.sightings.last().is_some_and(|last| last.peer == IpAddr::from([192, 168, 1, 1])));
    }

    #[test]
    fn a_stranger_out_in_the_network_is_never_believed_nor_shown() {
        let clients = Clients::new(Vec::new(), Arc::default(), &Clock::System);
        assert_eq!(told(&clients, "198.51.100.7", &["127.0.0.1"]), "198.51.100.7");
        assert_eq!(told(&clients, "2001:db8:1:2:3:4:5:6", &["192.0.2.1"]), "2001:db8:1:2::");
        assert_eq!(clients.sightings.last(), None, "nobody is led to add an attacker's address");
    }

    #[test]
    fn a_neighbour_speaks_for_few_at_a_time() {
        let (mut claims, now) = (Claims::default(), Duration::from_secs(1_000));
        let admitted = (0..5_000).filter(|number| claims.admit(at(0), at(*number), now)).count();
        assert_eq!(admitted, CLAIMED);
        assert!(claims.admit(at(0), at(0), now), "who was there stays");
        assert!(claims.admit(at(1), at(5_000), now), "another neighbour is not concerned");
        assert!(!claims.admit(at(0), at(5_000), now + QUIET));
        assert!(claims.admit(at(0), at(5_000), now + QUIET + Duration::from_secs(1)), "the quiet ones make room");
    }

    #[test]
    fn neighbours_are_few_as_well() {
        let (mut claims, now) = (Claims::default(), Duration::from_secs(1_000));
        let admitted = (0..5_000).filter(|number| claims.admit(at(*number), at(7), now)).count();
        assert_eq!(admitted, NEIGHBOURS);
        assert!(claims.admit(at(5_000), at(7), now + QUIET + Duration::from_secs(1)));
        assert_eq!(claims.0.len(), 1);
    }

    #[test]
    fn who_is_a_neighbour() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.9",
            "100.64.0.1",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(text.parse().is_ok_and(is_neighbour), "{text}");
        }
        for text in ["192.0.2.1", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!text.parse().is_ok_and(is_neighbour), "{text}");
        }
    }
}
