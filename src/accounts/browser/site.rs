//! For which name passkeys are made, and where they work: at the instance's first name, which browsers must find by TLS
//! (or at `localhost`, on this machine). An address has none, and no header of a request changes that.

use std::net::{IpAddr, SocketAddr};

use webauthn_rs::{Webauthn, WebauthnBuilder, prelude::Url};

use crate::{
    config::Config,
    error::{Error, Result},
};

/// Where a page stands, as far as passkeys go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At the name that they belong to.
    Here,
    /// At another name or address of this instance; they work at this one.
    Elsewhere(String),
    /// At the name, but at a port that HEC does not know to be its own.
    Port(u16),
    /// The instance has no name that browsers take.
    Nowhere,
}

/// The name that passkeys belong to (the relying party's id); none where browsers would take none.
pub fn name(config: &Config) -> Option<String> {
    let encrypted = config.tls.is_on() || !config.proxies.is_empty() && !config.names.is_empty();
    match config.names.first().map(|name| name.trim_end_matches('.')) {
        Some(name) if name.parse::<IpAddr>().is_ok() => None,
        Some(name) => (encrypted || name == "localhost").then(|| name.to_ascii_lowercase()),
        None => (!encrypted).then(|| "localhost".to_owned()),
    }
}

/// At which ports pages of that name are believed to be HEC's: another program may have the others, and browsers use
/// passkeys of a name at all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// On this machine: whichever was free.
    Any,
    /// The usual one, those that HEC listens on, and the one that the settings say people use.
    These(Vec<u16>),
}

impl Ports {
    /// Those of a name; `sockets` are those that were found open already.
    pub fn of(config: &Config, sockets: &[SocketAddr], name: &str) -> Self {
        if is_local(config, name) {
            return Self::Any;
        }
        let listens = config.listen.iter().chain(sockets).map(SocketAddr::port);
        let mut ports: Vec<u16> = listens.chain(config.public_port).chain([443]).collect();
        ports.sort_unstable();
        ports.dedup();
        Self::These(ports)
    }

    fn has(&self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::These(ports) => ports.contains(&port),
        }
    }
}

/// Whether browsers find the name on this machine, without TLS.
fn is_local(config: &Config, name: &str) -> bool {
    name == "localhost" && !config.tls.is_on()
}

/// What checks passkeys of that name: answers count from its pages at these ports.
///
/// # Errors
/// `Internal` for a name that is none.
pub fn checker(config: &Config, name: &str, ports: &Ports) -> Result<Webauthn> {
    let scheme = if is_local(config, name) { "http" } else { "https" };
    let at = |port: Option<u16>| {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Url::parse(&format!("{scheme}://{name}{port}")).map_err(Error::internal)
    };
    let usual = at(None)?;
    let mut builder = WebauthnBuilder::new(name, &usual).map_err(Error::internal)?.rp_name("HEC");
    match ports {
        Ports::Any => builder = builder.allow_any_port(true),
        Ports::These(ports) => {
            for port in ports {
                builder = builder.append_allowed_origin(&at(Some(*port))?);
            }
        }
    }
    builder.build().map_err(Error::internal)
}

/// Where a page stands whose host and port these are; one that leaves the port out has the usual one.
pub fn place(name: Option<(&str, &Ports)>, host: &str, port: Option<u16>) -> Place {
    match name {
        Some((name, ports)) if host.trim_end_matches('.').eq_ignore_ascii_case(name) => match port {
            Some(port) if !ports.has(port) => Place::Port(port),
            _ => Place::Here,
        },
        Some((name, _)) => Place::Elsewhere(name.to_owned()),
        None => Place::Nowhere,
    }
}
