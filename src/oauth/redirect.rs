//! Where a code may be sent: addresses that only the app itself receives (RFC 9700, section 4.1; RFC 8252, section 7).

use crate::error::Invalid;

/// The most bytes of an address.
pub const MAX: usize = 500;

/// An address that an app registered: https, this device's own (`http://127.0.0.1`, `[::1]`, `localhost`, at any port),
/// or a scheme of the app's own that holds a dot (`org.example.app:/signed-in`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redirect(String);

/// How a loopback address begins.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

impl Redirect {
    /// At most 500 bytes, in plain ASCII, without fragment, user name or wildcard.
    ///
    /// # Errors
    /// Names the field `redirect`.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let raw = raw.trim();
        let shown: String = raw.chars().take(80).collect();
        let wrong = || Invalid::new("redirect", "error-redirect").with("address", &shown);
        if raw.is_empty() {
            return Err(Invalid::new("redirect", "error-required"));
        }
        if raw.len() > MAX {
            return Err(Invalid::new("redirect", "error-too-long").with("max", MAX));
        }
        let is_plain = raw.bytes().all(|b| b.is_ascii_graphic() && !b"#\\\"<>^`{|}*'".contains(&b));
        let (scheme, rest) = raw.split_once(':').filter(|_| is_plain).ok_or_else(wrong)?;
        let fits = match scheme {
            "https" => rest.strip_prefix("//").is_some_and(|rest| is_host(authority(rest))),
            "http" => loopback(raw).is_some(),
            own => is_own_scheme(own) && !rest.is_empty() && !authority(rest.trim_start_matches('/')).contains('@'),
        };
        if fits { Ok(Self(raw.to_owned())) } else { Err(wrong()) }
    }

    /// One that stood in a row.
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may name this: the same, byte for byte; only the port of a loopback address is free, since the
    /// system gives an app one when it asks.
    pub fn admits(&self, asked: &str) -> bool {
        self.0 == asked
            || match (loopback(&self.0), loopback(asked)) {
                (Some(own), Some(asked)) => own == asked,
                _ => false,
            }
    }
}

/// Where an address leads, as a person reads it and as a content security policy names it.
#[derive(Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A site, with its port if that is not the usual one.
    Site(&'a str),
    /// A program on the person's own device; the whole origin.
    Device(&'a str),
    /// An app on the device that claims this scheme.
    App(&'a str),
}

/// Where an address that was admitted leads.
pub fn target(address: &str) -> Target<'_> {
    match address.split_once(':') {
        Some(("https", rest)) => Target::Site(authority(rest.trim_start_matches('/'))),
        Some(("http", rest)) => {
            let authority = authority(rest.trim_start_matches('/'));
            let end = "http://".len() + authority.len();
            Target::Device(address.get(..end).unwrap_or(address))
        }
        Some((scheme, _)) => Target::App(scheme),
        None => Target::App(address),
    }
}

/// What a content security policy calls the target. It knows no IPv6 address, so for those it is any of plain http.
pub fn source(address: &str) -> String {
    match target(address) {
        Target::Site(host) => format!("https://{host}"),
        Target::Device(origin) if origin.contains('[') => "http:".to_owned(),
        Target::Device(origin) => origin.to_owned(),
        Target::App(scheme) => format!("{scheme}:"),
    }
}

/// A loopback address without its port: host and what follows.
fn loopback(address: &str) -> Option<(&str, &str)> {
    let host = LOOPBACK.into_iter().find(|host| address.starts_with(host))?;
    let rest = address.get(host.len()..)?;
    let Some(after) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
    };
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (port, rest) = after.split_at_checked(end)?;
    let is_port = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_port.then_some((host, rest))
}

/// The part before path and query.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// A name or an address in lower case, perhaps with a port.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at_checked(end + 1).unwrap_or_default(),
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let is_name = |host: &str| {
        host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
            && host.split('.').all(|part| !part.is_empty())
    };
    let is_six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_six = is_six.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    is_port && !host.is_empty() && (is_name(host) || is_six)
}

/// A private-use scheme holds a dot, as the name of a domain does, so that it is none that browsers know.
fn is_own_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.contains('.')
        && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(address: &str) -> bool {
        Redirect::parse(address).is_ok()
    }

    #[test]
    fn sites_devices_and_apps_may_receive_a_code() {
        for address in [
            "https://app.example.org/signed-in",
            "https://app.example.org",
            "https://app.example.org:8443/cb?from=hec",
            "https://[2001:db8::1]/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:5000/cb",
            "http://[::1]:5000/cb",
            "http://localhost/cb",
            "org.example.app:/signed-in",
            "org.example.app://signed-in",
        ] {
            assert!(fits(address), "{address}");
        }
    }

    #[test]
    fn nobody_else_may() {
        for address in [
            "",
            "http://app.example.org/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.2/cb",
            "http://localhost.evil.example/cb",
            "https://app.example.org/cb#here",
            "https://user@app.example.org/cb",
            "https://*.example.org/cb",
            "https://APP.example.org/cb",
            "https://",
            "https:///cb",
            "https:app.example.org",
            "https://app..example.org/",
            "https://app.example.org:x/",
            "https://app.example.org\\@evil.example/",
            "https://app.example.org/c b",
            "https://app.example.org/\u{e9}",
            "javascript:alert(1)",
            "data:text/html,x",
            "app:/cb",
            "Org.Example.App:/cb",
            "org.example.app:",
            "org.example.app",
            "//app.example.org/cb",
            "/cb",
        ] {
            assert!(!fits(address), "{address}");
        }
        assert!(!fits(&format!("https://app.example.org/{}", "x".repeat(MAX))));
    }

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        let admits = |own: &str, asked: &str| Redirect::parse(own).is_ok_and(|own| own.admits(asked));
        assert!(admits("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"));
        assert!(admits("http://127.0.0.1:1/cb?a=b", "http://127.0.0.1:51004/cb?a=b"));
        assert!(admits("http://[::1]/cb", "http://[::1]:51004/cb"));
        for asked in [
            "http://127.0.0.1:51004/cb/",
            "http://127.0.0.1:51004/cb?x=1",
            "http://127.0.0.1:51004/cb#x",
            "http://127.0.0.1:51004/%63b",
            "http://127.0.0.1:/../cb",
            "http://127.0.0.1:51004@evil.example/cb",
            "http://127.0.0.1:x/cb",
            "http://localhost:51004/cb",
            "https://127.0.0.1/cb",
        ] {
            assert!(!admits("http://127.0.0.1/cb", asked), "{asked}");
        }
        assert!(!admits("https://app.example.org/cb", "https://app.example.org:8443/cb"));
    }

    #[test]
    fn a_policy_names_where_the_code_goes() {
        for (address, named) in [
            ("https://app.example.org:8443/cb?x", "https://app.example.org:8443"),
            ("http://127.0.0.1:5000/cb", "http://127.0.0.1:5000"),
            ("http://[::1]:5000/cb", "http:"),
            ("org.example.app:/cb", "org.example.app:"),
        ] {
            assert_eq!(source(address), named);
        }
    }
}
