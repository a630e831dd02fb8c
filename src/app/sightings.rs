//! What an operator should know of proxies: whose forwarded headers were not believed.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use ipnet::IpNet;

use crate::types::Timestamp;

/// Forwarded headers from a neighbour (this machine or a private network) that is no configured proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Who sent them.
    pub peer: IpAddr,
    /// Their names.
    pub headers: Vec<&'static str>,
    /// When they came last.
    pub at: Timestamp,
}

impl Sighting {
    /// The line of the configuration that would make the sender a proxy whose headers count, beside those that are
    /// configured. Whoever adds it must know that the sender is a proxy of their own: its headers are believed then.
    pub fn line(&self, configured: &[IpNet]) -> String {
        let all = configured.iter().map(short).chain([self.peer.to_string()]);
        format!("proxies = [{}]", all.map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(", "))
    }
}

/// A network of one address as that address.
fn short(network: &IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() { network.addr().to_string() } else { network.to_string() }
}

/// The last sighting. One is enough to tell the operator, and takes no memory that a stranger could fill.
#[derive(Debug, Default)]
pub struct Sightings(Mutex<Option<Sighting>>);

impl Sightings {
    /// Notes a sighting; a new sender is logged once.
    pub fn note(&self, peer: IpAddr, headers: Vec<&'static str>, at: Timestamp) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|last| last.peer != peer) {
            tracing::warn!(%peer, "forwarded headers from what is no configured proxy were not believed: see `hec doctor`");
        }
        *last = Some(Sighting { peer, headers, at });
    }

    /// The last one since the start.
    pub fn last(&self) -> Option<Sighting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_keeps_what_is_configured() {
        let peer = IpAddr::from([127, 0, 0, 1]);
        let sighting = Sighting { peer, headers: vec!["forwarded"], at: Timestamp::from_millis(0) };
        assert_eq!(sighting.line(&[]), r#"proxies = ["127.0.0.1"]"#);
        let networks: Vec<IpNet> = ["10.0.0.0/8", "::1/128"].iter().filter_map(|one| one.parse().ok()).collect();
        assert_eq!(sighting.line(&networks), r#"proxies = ["10.0.0.0/8", "::1", "127.0.0.1"]"#);
    }
}
