//! The names that this server answers to: another site's name that was pointed at this machine (DNS rebinding) is not
//! one of them.

use std::net::IpAddr;

use poem::{Request, http::header};

use super::firewall::Refusal;
use crate::config::{Config, Tls};

/// The host allow-list.
///
/// A name must be configured, or be `localhost` on a connection from this machine. An address is taken where it is the
/// connection's own, and without a public certificate (`tls` is off or local) where it is of a private network: a page
/// that another site's script is to reach by rebinding carries that site's name, never an address. Behind port
/// forwarding and containers the private address is not the connection's own.
#[derive(Debug, Clone)]
pub struct Hosts {
    names: Vec<String>,
    public_port: Option<u16>,
    takes_private: bool,
}

impl Hosts {
    /// Answers to the configured names.
    pub fn new(config: &Config) -> Self {
        let takes_private = matches!(config.tls, Tls::Off | Tls::Local);
        let names = config.names.iter().map(|name| bare(name).to_owned()).collect();
        Self { names, public_port: config.public_port, takes_private }
    }

    /// Checks the host that a request names, in its `Host` header or (absolute form, HTTP/2) its address.
    ///
    /// # Errors
    /// 400 where it names none, two, or nonsense; 421 where it names another.
    pub fn check(&self, request: &Request) -> Result<(), Refusal> {
        self.named(request).map(drop)
    }

    /// The host that a request names, without its port; the same errors.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn named<'a>(&self, request: &'a Request) -> Result<&'a str, Refusal> {
        let malformed = Refusal::Malformed("the request must name one host");
        let mut named = request.headers().get_all(header::HOST).into_iter();
        let (header, another) = (named.next(), named.next());
        let header = header.map(|host| host.to_str().map_err(|_| malformed.clone())).transpose()?;
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let host = match (authority, header) {
            _ if another.is_some() => return Err(malformed),
            (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other) => return Err(malformed),
            (Some(host), _) | (None, Some(host)) => without_port(host).ok_or(malformed)?,
            (None, None) => return Err(malformed),
        };
        let local = request.local_addr().as_socket_addr().map(|address| address.ip().to_canonical());
        if self.is_ours(host, local) { Ok(host) } else { Err(Refusal::Misdirected) }
    }

    /// Whether a host with its port is one of the configured names, at its usual port or at the one that people use.
    pub fn is_name_at(&self, authority: &str) -> bool {
        let at_public = authority
            .rsplit_once(':')
            .filter(|(_, port)| self.public_port.is_some_and(|public| port.parse() == Ok(public)));
        self.is_name(at_public.map_or(authority, |(host, _)| host))
    }

    fn is_name(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    fn is_ours(&self, host: &str, local: Option<IpAddr>) -> bool {
        let here = local.is_some_and(|local| local.is_loopback());
        let host = bare(host);
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => {
                let address = address.to_canonical();
                Some(address) == local
                    || here && address.is_loopback()
                    || self.takes_private && !address.is_loopback() && super::firewall::is_neighbour(address)
            }
            Err(_) => self.is_name(host) || here && host.eq_ignore_ascii_case("localhost"),
        }
    }
}

/// The host that a request names, without its port; that it is one of ours was checked before. Empty where it is none.
pub fn of(request: &Request) -> &str {
    named(request).and_then(without_port).unwrap_or_default()
}

/// The port that stands beside that host; none where the request leaves it out.
pub fn port_of(request: &Request) -> Option<u16> {
    let named = named(request)?;
    named.strip_prefix(without_port(named)?)?.strip_prefix(':')?.parse().ok()
}

fn named(request: &Request) -> Option<&str> {
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(|authority| authority.as_str()).or(header)
}

/// A name without the dot that roots it.
fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The host of `host:port`; none where that is not what it is.
fn without_port(authority: &str) -> Option<&str> {
    let (host, port) = match authority.rfind(']') {
        Some(end) if authority.starts_with('[') => authority.split_at_checked(end + 1)?,
        Some(_) => return None,
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '/' | ',' | '%'));
    (is_port && is_host).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(host: &str, local: &str) -> bool {
        let hosts = Hosts {
            names: vec!["hec.example".to_owned(), "Diary.example".to_owned()],
            public_port: None,
            takes_private: true,
        };
        without_port(host).is_some_and(|host| hosts.is_ours(host, local.parse().ok()))
    }

    #[test]
    fn configured_names_are_ours_in_every_spelling() {
        for host in
            ["hec.example", "HEC.Example", "hec.example.", "hec.example:8443", "hec.example.:443", "diary.example"]
        {
            assert!(ours(host, "192.0.2.7"), "{host}");
        }
    }

    #[test]
    fn addresses_are_ours_where_the_connection_or_a_private_network_has_them() {
        for (host, local) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:443", "192.0.2.7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("[2001:DB8:0::7]", "2001:db8::7"),
            ("192.168.1.5", "172.17.0.2"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("127.0.0.2", "127.0.0.1"),
            ("[::1]:8080", "::1"),
            ("localhost:8080", "127.0.0.1"),
            ("LOCALHOST.", "::1"),
        ] {
            assert!(ours(host, local), "{host} at {local}");
        }
    }

    #[test]
    fn an_origin_is_ours_at_the_usual_port_and_at_the_one_that_people_use() {
        let hosts = Hosts { names: vec!["hec.example".to_owned()], public_port: Some(8443), takes_private: false };
        for ours in ["hec.example", "HEC.example", "hec.example:8443"] {
            assert!(hosts.is_name_at(ours), "{ours}");
        }
        for others in ["hec.example:8444", "hec.example:443", "evil.example:8443", "hec.example:8443:8443", ":8443"] {
            assert!(!hosts.is_name_at(others), "{others}");
        }
    }

    #[test]
    fn everybody_elses_are_not() {
        for host in [
            "evil.example",
            "hec.example.evil.example",
            "evil-hec.example",
            "xhec.example",
            "hec.example@evil.example",
            "localhost",
            "127.0.0.1",
            "[::1]",
            "192.0.2.8",
            "8.8.8.8",
            "2130706433",
            "0x7f.1",
            "127.1",
            "0",
            "",
            "hec.example:80:80",
            "hec.example:x",
            "hec.example, evil.example",
            "hec example",
            "[::1",
            "::1]",
            ":80",
            "[fe80::1%25eth0]",
            "hec.example/",
            "[hec.example]x",
            "..",
            ".",
        ] {
            assert!(!ours(host, "192.0.2.7"), "{host}");
        }
        assert!(!ours("localhost.evil.example", "127.0.0.1"));
    }
}
