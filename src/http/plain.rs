//! Plain http beside TLS: the way to https, and how a device is made to trust this house.

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::config::Config;

use super::{edge::Edge, guard::dress, trust};

/// The site in plain http: nothing of the record.
pub fn site(config: &Config, edge: Arc<Edge>) -> impl Endpoint<Output = Response> + use<> {
    Way { config: config.clone(), edge }
}

struct Way {
    config: Config,
    edge: Arc<Edge>,
}

impl Endpoint for Way {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let mut response = match (trust::answer(&path, &request, &self.edge), request.uri().path()) {
            (Some(trust), _) => trust,
            (None, _) => self.elsewhere(&request),
        };
        dress(&path, &mut response);
        Ok(response)
    }
}

impl Way {
    fn is_ours(&self, name: &str, request: &Request) -> bool {
        let local = request.local_addr().as_socket_addr().map(|local| local.ip().to_canonical());
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        self.config.names.iter().any(|ours| ours.eq_ignore_ascii_case(name.trim_end_matches('.')))
            || bare.parse::<std::net::IpAddr>().is_ok_and(|address| Some(address) == local)
    }

    /// Sends a visitor to the same page over TLS.
    fn elsewhere(&self, request: &Request) -> Response {
        let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let asked = asked.map(|host| {
            host.rsplit_once(':')
                .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
                .map_or(host, |(host, _)| host)
        });
        let port = self.edge.addresses.first().map_or(443, std::net::SocketAddr::port);
        // Only to where we are ourselves: a redirect to what somebody claims would be one to anywhere.
        let name = asked.filter(|name| self.is_ours(name, request));
        let Some(name) = name else {
            return Response::builder().status(StatusCode::MISDIRECTED_REQUEST).body(());
        };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        let mut response = Response::builder().status(StatusCode::PERMANENT_REDIRECT).body(());
        if let Ok(target) = HeaderValue::from_str(&format!("https://{name}{port}{path}")) {
            response.headers_mut().insert(header::LOCATION, target);
        }
        response
    }
}
