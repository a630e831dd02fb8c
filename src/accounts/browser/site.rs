//! For which name passkeys are made, and where they work: at the instance's first name, which browsers must find by TLS
//! (or at `localhost`, on this machine). An address has none, and no header of a request changes that.

use std::net::IpAddr;

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

/// What checks passkeys of that name: answers count from its pages at the ports that HEC listens on, and at the usual
/// one.
///
/// # Errors
/// `Internal` for a name that is none.
pub fn checker(config: &Config, name: &str) -> Result<Webauthn> {
    let local = name == "localhost" && !config.tls.is_on();
    let scheme = if local { "http" } else { "https" };
    let at = |port: Option<u16>| {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Url::parse(&format!("{scheme}://{name}{port}")).map_err(Error::internal)
    };
    let usual = at(None)?;
    let mut builder = WebauthnBuilder::new(name, &usual).map_err(Error::internal)?.rp_name("HEC");
    // On this machine the port may be any that was free.
    builder = builder.allow_any_port(local);
    for address in &config.listen {
        builder = builder.append_allowed_origin(&at(Some(address.port()))?);
    }
    builder.build().map_err(Error::internal)
}

/// Where a page stands whose host this is.
pub fn place(name: Option<&str>, host: &str) -> Place {
    match name {
        Some(name) if host.trim_end_matches('.').eq_ignore_ascii_case(name) => Place::Here,
        Some(name) => Place::Elsewhere(name.to_owned()),
        None => Place::Nowhere,
    }
}
