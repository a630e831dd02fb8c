//! The figures that Prometheus reads, each with its unit, and where it reads them. Labels are patterns of routes,
//! classes of status, names of checks: nothing that a visitor can choose, and nothing of the record.

use std::sync::Arc;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};

/// The upper ends of what request times are sorted into, in seconds.
const TIMES: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Keeps the figures.
///
/// # Errors
/// Never: there are times to sort into.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    Ok(PrometheusBuilder::new().set_buckets(&TIMES)?.build_recorder())
}

/// Says what each figure means. For the recorder that holds now.
pub fn describe() {
    describe_counter!("hec_requests_total", Unit::Count, "Requests answered, by method, route and class of status");
    describe_histogram!("hec_request_seconds", Unit::Seconds, "Time until a reply begins, by route");
    describe_counter!("hec_requests_throttled_total", Unit::Count, "Requests turned away because too many came");
    describe_counter!("hec_guesses_total", Unit::Count, "Passwords and codes tried, by outcome: right, wrong, wait");
    describe_counter!("hec_messages_total", Unit::Count, "Tries to send a message, by outcome: sent, later, failed");
    describe_gauge!("hec_connections", Unit::Count, "Open connections");
    describe_counter!("hec_connections_evicted_total", Unit::Count, "Idle connections closed to make room");
    describe_counter!("hec_connections_refused_total", Unit::Count, "Connections refused because all were busy");
    describe_counter!("hec_slow_bodies_total", Unit::Count, "Request bodies given up because they came too slowly");
    describe_gauge!("hec_unlocked", Unit::Count, "1 once the store is open, 0 while it is locked");
    describe_gauge!("hec_store_bytes", Unit::Bytes, "Length of the store's file, without photos");
    describe_counter!("hec_commits_total", Unit::Count, "Commits to the store since the start");
    describe_gauge!("hec_disk_free_bytes", Unit::Bytes, "Free space where the store lies");
    describe_gauge!("hec_families", Unit::Count, "Families of the instance");
    describe_gauge!("hec_certificate_expiry_seconds", Unit::Seconds, "Time until the certificate ends; negative after");
    describe_gauge!("hec_check_state", Unit::Count, "What `hec doctor` found last: 0 well, 1 to look at, 2 failed");
    describe_gauge!("hec_build_info", Unit::Count, "Always 1; the version is its label");
    describe_gauge!("hec_build_age_seconds", Unit::Seconds, "Time since this program was built");
    describe_gauge!("hec_uptime_seconds", Unit::Seconds, "Time since the server began");
}

/// `/metrics`, and nothing else.
pub struct Figures {
    handle: PrometheusHandle,
    collect: Arc<dyn Fn() + Send + Sync>,
}

impl Figures {
    /// What `handle` holds, after `collect` has set what changes by itself.
    pub fn new(handle: PrometheusHandle, collect: impl Fn() + Send + Sync + 'static) -> Self {
        Self { handle, collect: Arc::new(collect) }
    }

    async fn page(&self) -> Response {
        let (handle, collect) = (self.handle.clone(), self.collect.clone());
        let rendered = tokio::task::spawn_blocking(move || {
            collect();
            handle.render()
        });
        match rendered.await {
            Ok(text) => Response::builder().content_type("text/plain; version=0.0.4; charset=utf-8").body(text),
            Err(_) => bare(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl Endpoint for Figures {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(match (request.uri().path(), request.method()) {
            // A page of another site that has its name lead to this machine's own address gets nothing.
            _ if !is_own(&request) => bare(StatusCode::MISDIRECTED_REQUEST),
            ("/metrics", &Method::GET | &Method::HEAD) => self.page().await,
            ("/metrics", _) => bare(StatusCode::METHOD_NOT_ALLOWED),
            _ => bare(StatusCode::NOT_FOUND),
        })
    }
}

/// Whether a request was meant for this machine's own address.
fn is_own(request: &Request) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default();
    match host.parse::<std::net::SocketAddr>() {
        Ok(address) => address.ip().is_loopback(),
        Err(_) => {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            name == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

fn bare(status: StatusCode) -> Response {
    Response::builder().status(status).body(())
}
