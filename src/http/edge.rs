//! What the rest of the instance may know of its port.

use std::{net::SocketAddr, sync::Arc};

use super::tls::Tls;

/// How the server is reached. Empty where nothing listens: tests, and verbs.
#[derive(Debug, Default)]
pub struct Edge {
    /// The certificates, where TLS is on.
    pub tls: Option<Arc<Tls>>,
    /// Where the site listens.
    pub addresses: Vec<SocketAddr>,
    /// Where people find it.
    pub url: String,
    /// Where plain http shows the way.
    pub plain: Vec<SocketAddr>,
    /// Where figures are told.
    pub figures: Option<SocketAddr>,
}

impl Edge {
    /// Whether anything listens.
    pub fn listens(&self) -> bool {
        !self.addresses.is_empty()
    }
}
