//! Plain http beside TLS: the way to https, and how a device is made to trust this house.

use std::{net::SocketAddr, sync::Arc};

use poem::{
    Endpoint, Request, Response, Route, get,
    http::{HeaderValue, Method, StatusCode, header},
};

use crate::{app::Sightings, config::Config, types::Clock};

use super::{
    assets,
    edge::Edge,
    firewall::{Firewall, Refusal, allowed::Allowed},
    guard::dress,
    host::Hosts,
    observe::{Observed, Patterns},
    problem::Reader,
    trust,
};

/// The site in plain http: nothing of the record. The firewall stands before it as before the other.
pub fn site(config: &Config, edge: Arc<Edge>) -> impl Endpoint<Output = Response> + use<> {
    let mut allowed = Allowed::default();
    allowed.note_rest(&[Method::GET, Method::HEAD]);
    let mut patterns = Patterns::default();
    [trust::PAGE, trust::ROOT, trust::CODE, "/assets/:name"].iter().for_each(|path| patterns.note(path));
    let assets = Route::new().at("/assets/:name", get(assets::serve));
    let way = Way { hosts: Hosts::new(config), edge, assets };
    let firewall = Firewall::locked(config, &Clock::System, Arc::<Sightings>::default(), allowed, way);
    Observed::new(patterns, firewall)
}

struct Way {
    hosts: Hosts,
    edge: Arc<Edge>,
    /// What the page looks like: a device that does not trust us yet could not fetch it over TLS.
    assets: Route,
}

impl Endpoint for Way {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let mut response = match self.hosts.named(&request) {
            Err(refusal) => refusal.reply("", Reader::Stranger),
            Ok(_) if path.starts_with("/assets/") => self.assets.get_response(request).await,
            Ok(host) => trust::answer(&path, &request, &self.edge).unwrap_or_else(|| self.elsewhere(host, &request)),
        };
        dress(&path, &mut response);
        Ok(response)
    }
}

impl Way {
    /// Sends a visitor to the same page over TLS, at the host that they named: it is one of ours.
    fn elsewhere(&self, host: &str, request: &Request) -> Response {
        let port = self.edge.addresses.first().map_or(443, SocketAddr::port);
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let Ok(target) = HeaderValue::from_str(&format!("https://{host}{port}{path}")) else {
            return Refusal::NotFound.reply("", Reader::Stranger);
        };
        let mut response = Response::builder().status(StatusCode::PERMANENT_REDIRECT).body(());
        response.headers_mut().insert(header::LOCATION, target);
        response
    }
}
