//! How the server is reached: where it listens, whether its names lead anywhere, whether it answers.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{
    config::{Config, Tls},
    http::{edge::Edge, tls::local::is_private},
    types::Timestamp,
};

use super::{Check, certificate::covers, reach};

/// How long a name may take to be found.
const PATIENCE: Duration = Duration::from_secs(4);
/// Endings that no name server of the internet knows (RFC 6762, 6761, 8375, 9476).
const HOME: [&str; 8] = ["local", "localhost", "home.arpa", "internal", "lan", "home", "test", "invalid"];

/// What the public names lead to.
pub struct Outlook(BTreeMap<String, Result<Vec<IpAddr>, String>>);

impl Outlook {
    /// Asks the resolver for each public name, at once. Where nobody from outside can come, nothing is asked.
    pub fn of(config: &Config) -> Self {
        let names = config.names.iter().filter(|name| is_asked(config, name)).cloned();
        let asked: Vec<_> = names.map(|name| (name.clone(), ask(name))).collect();
        let answer = |answer: mpsc::Receiver<Result<Vec<IpAddr>, String>>| {
            answer.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("the resolver does not answer".to_owned()))
        };
        Self(asked.into_iter().map(|(name, receiver)| (name, answer(receiver))).collect())
    }
}

/// Whether a name is one of the internet, and this server one that the internet may reach.
fn is_asked(config: &Config, name: &str) -> bool {
    let public = name.contains('.') && !HOME.iter().any(|end| name.ends_with(&format!(".{end}")));
    let open = config.listen.iter().any(|address| !address.ip().is_loopback()) || !config.proxies.is_empty();
    public && open && config.tls != Tls::Local
}

fn ask(name: String) -> mpsc::Receiver<Result<Vec<IpAddr>, String>> {
    let (tell, told) = mpsc::channel();
    // It can't be broken off: where it takes too long, nobody listens any more when it ends.
    thread::spawn(move || {
        let found = (name.as_str(), 0).to_socket_addrs().map_err(|error| error.to_string());
        let found = found.map(|all| {
            let mut all: Vec<IpAddr> = all.map(|address| address.ip().to_canonical()).collect();
            all.sort();
            all.dedup();
            all
        });
        drop(tell.send(found));
    });
    told
}

/// Whether every public name leads somewhere.
pub fn names(config: &Config, outlook: &Outlook) -> Check {
    if config.names.is_empty() {
        return Check::ok("names", "none: people use an address");
    }
    let own: Vec<IpAddr> = if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip).collect();
    let (mut found, mut lost) = (Vec::new(), Vec::new());
    for name in &config.names {
        found.push(match outlook.0.get(name) {
            None => format!("{name} (of the home network, not looked up)"),
            Some(Ok(addresses)) if !addresses.is_empty() => format!("{name} leads to {}", places(addresses, &own)),
            Some(Ok(_)) => {
                lost.push(name.as_str());
                format!("{name} leads nowhere")
            }
            Some(Err(why)) => {
                lost.push(name.as_str());
                format!("{name} leads nowhere ({why})")
            }
        });
    }
    let found = found.join("; ");
    if lost.is_empty() {
        Check::ok("names", found)
    } else {
        Check::fail("names", found).mend(format!(
            "where the domain is kept, make an A or AAAA record for {} with the address of this machine, or of the router \
             before it; where there are some, look whether this machine can reach a name server",
            lost.join(" and ")
        ))
    }
}

fn places(addresses: &[IpAddr], own: &[IpAddr]) -> String {
    let place = |address: &IpAddr| {
        if own.contains(address) {
            format!("{address}, this machine")
        } else if is_private(*address) {
            format!("{address}, in the home network only")
        } else {
            format!("{address}, which must forward to this machine")
        }
    };
    addresses.iter().map(place).collect::<Vec<_>>().join("; ")
}

/// Where it listens.
pub fn listen(edge: &Edge) -> Check {
    let scheme = if edge.tls.is_some() { "https" } else { "http" };
    let all = |scheme: &str, addresses: &[SocketAddr]| {
        addresses.iter().map(|address| format!("{scheme}://{address}")).collect::<Vec<_>>()
    };
    let mut found = [all(scheme, &edge.addresses), all("http", &edge.plain)].concat();
    found.extend(edge.figures.map(|address| format!("figures at {address}")));
    Check::ok("listen", format!("{}; people use {}", found.join(", "), edge.url))
}

/// Whether it answers: on its own sockets, and at its public names as seen from here.
pub fn reach(edge: &Edge, config: &Config, outlook: &Outlook, now: Timestamp) -> Check {
    let name = config.names.first().cloned();
    let own = edge.addresses.iter().map(|address| {
        let near = near(*address);
        Try { address: near, host: name.clone().unwrap_or_else(|| written(near.ip())), encrypted: edge.tls.is_some() }
    });
    let encrypted = edge.url.starts_with("https://");
    let port = port(&edge.url);
    let far = outlook.0.iter().filter_map(|(name, found)| {
        let address = SocketAddr::new(*found.as_ref().ok()?.first()?, port);
        Some(Try { address, host: name.clone(), encrypted })
    });
    let (own, far): (Vec<Try>, Vec<Try>) = (own.take(8).collect(), far.take(8).collect());
    let tried = thread::scope(|scope| {
        let running: Vec<_> = own.iter().chain(&far).map(|one| scope.spawn(|| one.run(now))).collect();
        let ended = running.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("the try broke off".to_owned())));
        ended.collect::<Vec<_>>()
    });
    let (near, beyond) = tried.split_at(own.len());
    let failed = |tries: &[Try], ended: &[Result<(), String>]| {
        let bad = tries.iter().zip(ended).filter_map(|(one, ended)| {
            ended.as_ref().err().map(|why| format!("{} at {}: {why}", one.host, one.address))
        });
        bad.collect::<Vec<_>>().join("; ")
    };
    let (wrong, unreached) = (failed(&own, near), failed(&far, beyond));
    if !wrong.is_empty() {
        return Check::fail("reach", wrong).mend("look whether another program has the port, and restart HEC");
    }
    if !unreached.is_empty() {
        return Check::warn("reach", format!("it answers on this machine, but from here not at {unreached}")).mend(
            "many routers do not lead their own network back in, so try from a phone with its Wi-Fi switched off; if that \
             fails too, have the router forward the port to this machine, and look at the firewall",
        );
    }
    if far.is_empty() {
        Check::ok("reach", "it answers on this machine")
    } else {
        Check::ok(
            "reach",
            "it answers, at its public names too; that is seen from here, and a router may yet keep others out",
        )
    }
}

/// One server to try.
struct Try {
    address: SocketAddr,
    host: String,
    encrypted: bool,
}

impl Try {
    fn run(&self, now: Timestamp) -> Result<(), String> {
        let answer = reach::ask(self.address, &self.host, self.encrypted).map_err(|error| error.to_string())?;
        if let Some(facts) = &answer.facts {
            // Who comes by an address is offered what there is.
            let is_name = self.host.parse::<IpAddr>().is_err() && !self.host.starts_with('[');
            if is_name && !covers(facts, &self.host) {
                return Err(format!("its certificate is for {}", facts.names.join(", ")));
            }
            if now > facts.until {
                return Err("its certificate has ended".to_owned());
            }
        }
        if answer.status == 200 { Ok(()) } else { Err(format!("it answers {}", answer.status)) }
    }
}

/// Where this machine itself reaches a socket.
fn near(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn written(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// The port of an address of the web.
fn port(url: &str) -> u16 {
    let (usual, rest) = match url.split_once("://") {
        Some(("https", rest)) => (443, rest),
        Some((_, rest)) => (80, rest),
        None => (443, url),
    };
    let said = rest.rsplit_once(':').and_then(|(_, port)| port.trim_end_matches('/').parse().ok());
    said.unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_off_an_address() {
        let all = ["https://hec.example.org", "https://hec.example.org:8443", "http://[::1]:8080", "http://127.0.0.1"];
        assert_eq!(all.map(port), [443, 8443, 8080, 80]);
    }

    #[test]
    fn a_socket_for_every_address_is_tried_at_this_machines_own() {
        let tried = |text: &str| text.parse().map(near).map(|address| address.to_string());
        assert_eq!(tried("[::]:443"), Ok("[::1]:443".to_owned()));
        assert_eq!(tried("0.0.0.0:443"), Ok("127.0.0.1:443".to_owned()));
        assert_eq!(tried("192.0.2.7:80"), Ok("192.0.2.7:80".to_owned()));
    }
}
