//! The request firewall: a positive model before any handler. What is not described does not get through; free text is
//! never looked at, since patterns of attacks stand in honest diaries too.
//!
//! In this order: the shape of the request (`shape.rs`), the host it was meant for (`http::host`), the path, method and
//! body that the allow-list has (`allowed.rs`, made from the page routes and the OpenAPI document), and the budget of
//! whoever asks (`limits.rs`): an account's, or a network's (`client.rs`, which reads `forwarded.rs` from configured
//! proxies only). What is refused here has touched no row; who is asking is looked up only for what gets through, and
//! where a page that refuses may have to tell a child that parents see this.

pub mod allowed;
mod client;
mod forwarded;
mod limited;
mod limits;
mod refusal;
pub mod shape;
mod ticks;

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response,
    http::{Method, header},
};

use crate::{
    app::{App, Sightings},
    config::Config,
    store::Environment,
    types::Clock,
};

use super::{
    auth, cookie,
    guard::{self, dress},
    host::Hosts,
    is_api,
    problem::Reader,
    programs,
};
use allowed::Allowed;
use limits::{Cost, Limits};

pub use client::{Client, is_neighbour, network};
pub use refusal::Refusal;
pub use ticks::Ticks;

/// Where a password or a link can be guessed at.
const GUESSES: [&str; 7] = ["/sign-in", "/sign-in/code", "/register", "/reset", "/setup", "/unlock", "/family/join"];

/// Where a password is judged, or what a passkey is to answer made up, which costs less than hashing a password.
const LIGHTER: [&str; 2] = ["/password-check", "/passkeys/challenge"];

/// Stands before a site.
pub struct Firewall<E> {
    hosts: Arc<Hosts>,
    clients: client::Clients,
    limits: Limits,
    allowed: Arc<Allowed>,
    app: Option<App>,
    inner: E,
}

impl<E> Firewall<E> {
    /// Before the site of an open store: who is signed in has a budget of their own.
    pub fn new(app: &App, allowed: Allowed, inner: E) -> Self {
        let firewall = Self::locked(&app.config, app.clock(), app.sightings.clone(), allowed, inner);
        Self { app: Some(app.clone()), ..firewall }
    }

    /// Before what there is while the store is locked: nobody is signed in.
    pub fn locked(config: &Config, clock: &Clock, sightings: Arc<Sightings>, allowed: Allowed, inner: E) -> Self {
        let spares_loopback = config.environment == Environment::Development && !config.limits;
        Self {
            hosts: Arc::new(Hosts::new(config)),
            clients: client::Clients::new(config.proxies.clone(), sightings, clock),
            limits: Limits::new(clock, spares_loopback),
            allowed: Arc::new(allowed),
            app: None,
            inner,
        }
    }

    /// Lets a request through, or says why not.
    fn admit(&self, request: &mut Request) -> Result<(), Refusal> {
        let client = self.clients.of(request);
        let max = match self.inspect(request) {
            Ok(max) => max,
            Err(refusal) => {
                let cost = if is_innocent(request.uri().path()) { Cost::PLAIN } else { refusal.cost() };
                return Err(self.limits.visitor(client, cost).map_or_else(Refusal::TooMany, |()| refusal));
            }
        };
        self.charge(client, request).map_err(Refusal::TooMany)?;
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(self.hosts.clone());
        request.extensions_mut().insert(self.allowed.clone());
        if let Some(max) = max {
            let body = limited::limited(request.take_body(), max);
            request.set_body(body);
        }
        Ok(())
    }

    /// What can be told without knowing who asks. It answers the bound of a body of unknown length.
    fn inspect(&self, request: &mut Request) -> Result<Option<u64>, Refusal> {
        shape::check(request)?;
        self.hosts.check(request)?;
        let known = self.allowed.find(request.uri().path());
        let known = match known {
            Some(known) => known,
            None if shape::is_method(request.method()) => return Err(Refusal::NotFound),
            None => return Err(Refusal::NotImplemented),
        };
        let operation = known.operation(request.method()).ok_or_else(|| Refusal::Method(known.methods()))?;
        let body = request.take_body();
        let comes = !body.is_empty();
        request.set_body(body);
        shape::check_body(request.headers(), comes, &operation.takes)
    }

    /// Who reads the page that refuses. Where a budget is spent nobody is looked up for it.
    fn reader(&self, request: &mut Request, path: &str, refusal: &Refusal) -> Reader {
        let is_page = !is_api(path) && !programs::write_to(path);
        let untold = request.extensions().get::<auth::Proved>().is_none() && cookie::session(request).is_some();
        if is_page && untold && !matches!(refusal, Refusal::TooMany(_)) {
            let proved = self.app.as_ref().and_then(|app| auth::prove(app, request).ok());
            if let Some(proved) = proved {
                request.extensions_mut().insert(proved);
            }
        }
        guard::reader(request)
    }

    fn charge(&self, client: Client, request: &mut Request) -> Result<(), std::time::Duration> {
        let path = request.uri().path().to_owned();
        if path.starts_with("/assets/") || path.starts_with("/health/") {
            return self.limits.visitor(client, Cost::LIGHT);
        }
        if programs::write_to(&path) {
            // Whatever cookie comes with it is nobody's. Codes and tokens can't be guessed; what registers is kept.
            let cost = if path == programs::REGISTER { Cost::HEAVY } else { Cost::PLAIN };
            return self.limits.visitor(client, cost);
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if !reads && (GUESSES.contains(&path.as_str()) || path.starts_with("/learner/")) {
            // A session of one's own is no leave to guess at others' passwords.
            return self.limits.visitor(client, Cost::HEAVY);
        }
        // Where the store can't be read, the handler finds that out again, and says so.
        let proved = self.app.as_ref().and_then(|app| auth::prove(app, request).ok());
        let account = proved.as_ref().and_then(|proved| Some(proved.0.as_ref()?.account));
        if let Some(proved) = proved {
            request.extensions_mut().insert(proved);
        }
        match account {
            Some(account) => self.limits.account(account, client, Cost::PLAIN),
            None if reads => self.limits.visitor(client, Cost::PLAIN),
            None => {
                self.limits.visitor(client, if LIGHTER.contains(&path.as_str()) { Cost::MIDDLING } else { Cost::HEAVY })
            }
        }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Firewall<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let Err(refusal) = self.admit(&mut request) else { return self.inner.call(request).await };
        let path = request.uri().path().to_owned();
        let reader = self.reader(&mut request, &path, &refusal);
        let mut response = refusal.reply(&path, reader);
        dress(&path, &mut response);
        let body = request.take_body();
        // Who asks before sending (RFC 9110, section 10.1.1) has sent nothing yet.
        if !body.is_empty() && !request.headers().contains_key(header::EXPECT) {
            tokio::spawn(limited::drain(body));
        }
        Ok(response)
    }
}

/// What browsers and phones look for by themselves: no probe.
fn is_innocent(path: &str) -> bool {
    path == "/favicon.ico"
        || path == "/robots.txt"
        || path.starts_with("/apple-touch-icon")
        || path.starts_with("/.well-known/")
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
