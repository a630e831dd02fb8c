//! The sockets of a server: those that systemd hands over, or else its own.

use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    config::Config,
    error::{Error, Result},
    http::listener,
};

/// What a socket unit calls the sockets for plain http (`FileDescriptorName=`); every other one is for the site.
const PLAIN: &str = "plain";

/// What a server listens on.
pub struct Sockets {
    /// For the site.
    pub site: Vec<TcpListener>,
    /// For plain http beside TLS.
    pub plain: Vec<TcpListener>,
    /// Where the site is; the first one stands in links.
    pub addresses: Vec<SocketAddr>,
}

impl Sockets {
    /// Takes those that were handed over, otherwise those of the settings.
    ///
    /// # Errors
    /// `Refused` where an address is taken, or a socket that was handed over takes no connections.
    pub fn take(runtime: &Runtime, config: &Config) -> Result<Self> {
        let _inside = runtime.enter();
        let names: Vec<String> = match sd_notify::listen_fds_with_names() {
            Ok(handed) => handed.map(|(_, name)| name).collect(),
            Err(_) => Vec::new(),
        };
        let mut handed = ListenFd::from_env();
        let (mut site, mut plain) = (Vec::new(), Vec::new());
        for place in 0..handed.len() {
            let name = names.get(place).map_or("", String::as_str);
            let refused = |why: &dyn std::fmt::Display| {
                Error::Refused(format!("the socket {place} ({name}) that was handed over: {why}"))
            };
            let socket = handed.take_tcp_listener(place).map_err(|why| refused(&why))?;
            let socket = socket.ok_or_else(|| refused(&"it was taken already"))?;
            socket.set_nonblocking(true)?;
            let socket = TcpListener::from_std(socket)?;
            if name == PLAIN { plain.push(socket) } else { site.push(socket) }
        }
        if site.is_empty() {
            site = bind(runtime, &config.listen)?;
        }
        if plain.is_empty() {
            plain = bind(runtime, &config.plain_listen)?;
        } else if !config.tls.is_on() {
            tracing::warn!("the socket for plain http is not used: tls is off");
            plain.clear();
        }
        let addresses = site.iter().map(TcpListener::local_addr).collect::<std::io::Result<_>>()?;
        Ok(Self { site, plain, addresses })
    }

    /// The first address of the site.
    pub fn address(&self) -> SocketAddr {
        self.addresses.first().copied().unwrap_or_else(|| ([127, 0, 0, 1], 0).into())
    }
}

fn bind(runtime: &Runtime, addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    addresses.iter().map(|address| runtime.block_on(listener::bind(*address)).map(|(socket, _)| socket)).collect()
}
