//! What is told of requests: a line each in the log, and figures. Neither holds anything of the record or of people:
//! no path as it was asked (it may hold words, ids, links), no query, no header, no name. An address stands in the log
//! only where a client was turned away, so that whoever looks after the machine can shut it out.

mod patterns;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode},
};
use tracing::Instrument;

pub use patterns::Patterns;

/// Round a site: it tells of every request.
pub struct Observed<E> {
    patterns: Patterns,
    inner: E,
}

impl<E> Observed<E> {
    /// Tells requests apart by these patterns.
    pub fn new(patterns: Patterns, inner: E) -> Self {
        Self { patterns, inner }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Observed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let running = Running::begin(&request, self.patterns.of(request.uri().path()));
        let reply = self.inner.call(request).instrument(running.span()).await;
        running.end(reply.as_ref().map_or_else(poem::Error::status, Response::status));
        reply
    }
}

/// A request that is being answered.
pub struct Running {
    id: uuid::Uuid,
    method: &'static str,
    route: Arc<str>,
    peer: Option<std::net::IpAddr>,
    since: Instant,
}

impl Running {
    /// It begins.
    pub fn begin(request: &Request, route: Arc<str>) -> Self {
        Self {
            id: uuid::Uuid::now_v7(),
            method: method(request.method()),
            route,
            peer: request.remote_addr().as_socket_addr().map(|address| address.ip().to_canonical()),
            since: Instant::now(),
        }
    }

    /// Round whatever answers it: what is logged meanwhile carries the id.
    pub fn span(&self) -> tracing::Span {
        tracing::info_span!("request", id = %self.id)
    }

    /// The head of the reply is ready.
    pub fn end(self, status: StatusCode) {
        let took = self.since.elapsed();
        self.count(status, took);
        let Self { id, method, route, .. } = &self;
        let (status, ms) = (status.as_u16(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        // A page has many assets, and whoever watches asks often.
        let is_quiet = route.starts_with("/assets/") || route.starts_with("/health/");
        match self.peer {
            Some(peer) if status == 429 => tracing::info!(%id, method, %route, status, ms, %peer, "turned away"),
            _ if status >= 500 => tracing::warn!(%id, method, %route, status, ms, "answered"),
            _ if is_quiet => tracing::debug!(%id, method, %route, status, ms, "answered"),
            _ => tracing::info!(%id, method, %route, status, ms, "answered"),
        }
    }

    fn count(&self, status: StatusCode, took: Duration) {
        let route = || metrics::SharedString::from(self.route.clone());
        let class = match status.as_u16() {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        let labels = [("method", self.method.into()), ("route", route()), ("status", class.into())];
        metrics::counter!("hec_requests_total", &labels).increment(1);
        metrics::histogram!("hec_request_seconds", "route" => route()).record(took.as_secs_f64());
        if status == StatusCode::TOO_MANY_REQUESTS {
            metrics::counter!("hec_requests_throttled_total").increment(1);
        }
    }
}

/// A method that anybody might make up is none of ours.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
