//! How this HEC is reached: what holds, for whom that is right, and the lines that would change it.

use std::net::IpAddr;

use poem::{
    Request, Response, handler,
    http::{header, uri::Scheme},
};
use serde_json::{Value, json};

use crate::{
    accounts,
    config::{self, Config, Tls},
    error::Result,
    http::{edge::Edge, messages::plain, tls::local::is_private, words},
    types::{Clock, Timestamp},
};

use super::{
    super::instance::{self, Step},
    Operator, go_on, page, place,
};

/// Where people want to use a HEC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// At home, and nowhere else.
    House,
    /// At home, under a public name.
    Named,
    /// On a server on the internet.
    Server,
    /// Behind a reverse proxy, which encrypts.
    Proxy,
}

impl Use {
    /// Every one, as the page lists them.
    pub const ALL: [Self; 4] = [Self::House, Self::Named, Self::Server, Self::Proxy];

    /// Its name in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::House => "house",
            Self::Named => "named",
            Self::Server => "server",
            Self::Proxy => "proxy",
        }
    }

    /// Whether these settings are right for it.
    pub fn suits(self, config: &Config) -> bool {
        let reached = is_reached(config);
        let proxied = !config.proxies.is_empty() && !config.names.is_empty();
        match (&config.tls, self) {
            (_, Self::Proxy) => proxied,
            // A proxy with a certificate does what the server would.
            (Tls::Off, _) => proxied,
            (Tls::Local, Self::House) => reached,
            (Tls::Local, _) => false,
            (Tls::Files { .. } | Tls::Acme(_), _) => reached && !config.names.is_empty(),
        }
    }

    /// The lines of the settings file that make it so.
    pub fn lines(self, config: &Config, contact: &str) -> String {
        let public = config.names.iter().find(|name| is_public(name)).map_or("hec.example.org", String::as_str);
        let own = config.names.iter().find(|name| !is_public(name)).cloned().unwrap_or_else(config::own_name);
        let lines = match self {
            Self::House => vec![
                "tls = \"local\"".to_owned(),
                format!("names = [{}]", quoted(&own)),
                "listen = [\"[::]:443\"]".to_owned(),
                "plain_listen = [\"[::]:80\"]".to_owned(),
            ],
            Self::Named => vec![
                "tls = \"files\"".to_owned(),
                format!("names = [{}]", quoted(public)),
                "certificate = \"/etc/hec/fullchain.pem\"".to_owned(),
                "private_key = \"/etc/hec/privkey.pem\"".to_owned(),
                "listen = [\"[::]:443\"]".to_owned(),
                "plain_listen = [\"[::]:80\"]".to_owned(),
            ],
            Self::Server => vec![
                "tls = \"acme\"".to_owned(),
                format!("names = [{}]", quoted(public)),
                format!("acme_contact = {}", quoted(contact)),
                "listen = [\"[::]:443\"]".to_owned(),
                "plain_listen = [\"[::]:80\"]".to_owned(),
            ],
            Self::Proxy => vec![
                "tls = \"off\"".to_owned(),
                "listen = [\"127.0.0.1:8080\"]".to_owned(),
                "proxies = [\"127.0.0.1\"]".to_owned(),
                format!("names = [{}]", quoted(public)),
            ],
        };
        lines.join("\n")
    }
}

/// The page.
#[handler]
pub fn show(operator: Operator, request: &Request) -> Result<Response> {
    let app = &operator.app;
    let (instance, account) =
        app.db.read(|tx| Ok((instance::get(tx)?, accounts::get(tx, operator.caller.account)?)))?;
    let config = &*app.config;
    let uses: Vec<Value> = Use::ALL
        .into_iter()
        .map(|one| {
            let lines = one.lines(config, &account.email);
            json!({ "id": one.as_str(), "fine": one.suits(config), "rows": lines.lines().count(), "lines": lines })
        })
        .collect();
    let context = json!({
        "step": place(&instance, Step::Address, None),
        "url": app.edge.url,
        "now": came(request, config),
        "tls": config.tls.as_str(),
        "certificate": certificate(&app.edge, app.clock(), &operator.described.zone),
        "trust": app.edge.tls.as_ref().is_some_and(|tls| tls.root().is_some()),
        "this_machine_only": !is_reached(config) && config.proxies.is_empty(),
        "uses": uses,
        "file": config.file.display().to_string(),
        "file_is_there": config.file.exists(),
    });
    page(Step::Address).show(&operator, context)
}

/// Goes on: the page changes nothing.
#[handler]
pub async fn pass(operator: Operator) -> Result<Response> {
    go_on(&operator, Step::Address, "").await
}

/// How this very page was asked for.
fn came(request: &Request, config: &Config) -> Value {
    let peer = request.remote_addr().as_socket_addr().map(|peer| peer.ip().to_canonical());
    let is_proxy = peer.is_some_and(|peer| config.is_proxy(peer));
    let forwarded = ["x-forwarded-for", "x-forwarded-proto", "forwarded"];
    let forwarded = forwarded.iter().any(|name| request.headers().contains_key(*name));
    // What a proxy says is believed where it is one that we know.
    let by_proxy = is_proxy && request.header("x-forwarded-proto") == Some("https");
    let encrypted = *request.scheme() == Scheme::HTTPS || by_proxy;
    let host = request.header(header::HOST).map(str::to_owned);
    let host = host.or_else(|| request.uri().authority().map(ToString::to_string));
    let from = match peer {
        _ if is_proxy => "proxy",
        _ if forwarded => "unknown-proxy",
        Some(peer) if peer.is_loopback() => "machine",
        Some(peer) if is_private(peer) => "home",
        _ => "internet",
    };
    json!({
        "address": host.map(|host| format!("{}://{host}", if encrypted { "https" } else { "http" })),
        "encrypted": encrypted,
        "from": from,
        "peer": peer.map(|peer: IpAddr| peer.to_string()),
    })
}

/// What the certificate says, in words; none where there is none, or none yet.
fn certificate(edge: &Edge, clock: &Clock, zone: &jiff::tz::TimeZone) -> Value {
    let Some(facts) = edge.tls.as_ref().and_then(|tls| tls.facts()) else { return Value::Null };
    let day = |at: Timestamp| words::short(at.date_in(zone));
    let now = clock.now();
    let state = match () {
        () if now < facts.from => "setup-certificate-early",
        () if now > facts.until => "setup-certificate-over",
        () => "setup-certificate-good",
    };
    json!({
        "names": facts.names, "issuer": facts.issuer, "until": day(facts.until), "state": plain(state),
        "fingerprint": facts.fingerprint,
    })
}

/// Whether other machines can connect at all.
fn is_reached(config: &Config) -> bool {
    config.listen.iter().any(|address| !address.ip().is_loopback())
}

/// Whether a public authority may certify a name.
fn is_public(name: &str) -> bool {
    name.contains('.') && !name.ends_with(".local") && !name.ends_with(".home.arpa") && !name.ends_with(".internal")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
