//! `/trust`: how a device is made to trust the authority of this house. It stands in plain http too, since a device
//! that does not trust it yet can't tell a good certificate from a bad one; the fingerprint is compared with the one
//! that the operator sees.

use std::net::{IpAddr, SocketAddr};

use poem::{
    Request, Response,
    http::{HeaderValue, Method, StatusCode, header, uri::Authority},
};
use serde_json::json;

use super::{
    edge::Edge,
    frame,
    messages::plain,
    problem, qr,
    tls::local::{Root, is_private},
};

/// The page.
pub const PAGE: &str = "/trust";
/// The certificate, as devices install it.
pub const ROOT: &str = "/trust/hec-home.crt";
/// The page's address as a picture.
pub const CODE: &str = "/trust/code.svg";

/// Answers for the page and what belongs to it; none for another path.
pub fn answer(path: &str, request: &Request, edge: &Edge) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let root = edge.tls.as_ref().and_then(|tls| tls.root());
    match (path, root) {
        (PAGE, root) => Some(page(root.as_ref(), request, edge)),
        (ROOT, Some(root)) => Some(certificate(&root)),
        (CODE, Some(_)) => Some(code(request, edge)),
        (ROOT | CODE, None) => Some(Response::builder().status(StatusCode::NOT_FOUND).body(())),
        _ => None,
    }
}

fn page(root: Option<&Root>, request: &Request, edge: &Edge) -> Response {
    let fingerprint = root.map(|root| root.fingerprint.split(':').collect::<Vec<_>>());
    let fingerprint = fingerprint.map(|pairs| pairs.chunks(8).map(|row| row.join(" ")).collect::<Vec<_>>());
    let context = json!({
        "fingerprint": fingerprint, "address": root.map(|_| address(Some(request), edge)), "certificate": ROOT, "code": CODE,
        "url": edge.url,
    });
    frame::bare(StatusCode::OK, "trust.html", &plain("title-trust"), problem::Reader::Stranger, context)
}

/// In PEM (RFC 7468), which every device takes; Debian's store takes nothing else.
fn certificate(root: &Root) -> Response {
    let text = pem::encode(&pem::Pem::new("CERTIFICATE", root.der.as_ref()));
    let mut response = Response::builder().content_type("application/x-x509-ca-cert").body(text);
    let name = HeaderValue::from_static("attachment; filename=\"hec-home.crt\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    response
}

fn code(request: &Request, edge: &Edge) -> Response {
    match qr::picture(&address(Some(request), edge)) {
        Ok(picture) => Response::builder().content_type("image/svg+xml").body(picture),
        Err(_) => Response::builder().status(StatusCode::NOT_FOUND).body(()),
    }
}

/// Where a phone in the house finds the page: where this device has found it, or else by address, since not every phone
/// resolves names of the home network; in plain http where there is some, since it does not trust us yet.
pub fn address(request: Option<&Request>, edge: &Edge) -> String {
    let (scheme, usual, socket) = match edge.plain.first() {
        Some(plain) => ("http", 80, Some(*plain)),
        None => ("https", 443, edge.addresses.first().copied()),
    };
    let port = socket.map_or(usual, |socket| socket.port());
    let host = request.and_then(asked).or(socket.map(host)).unwrap_or_else(|| "localhost".to_owned());
    if port == usual { format!("{scheme}://{host}{PAGE}") } else { format!("{scheme}://{host}:{port}{PAGE}") }
}

/// The host by which this device came, unless that is the machine itself. Whether it is ours was checked before.
fn asked(request: &Request) -> Option<String> {
    let named = request.header(header::HOST).and_then(|host| host.parse::<Authority>().ok());
    let authority = named.or_else(|| request.uri().authority().cloned())?;
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let elsewhere = host != "localhost" && !address.is_ok_and(|address| address.is_loopback());
    // A name of the home network, which not every phone resolves, is left to the address.
    (elsewhere && !host.ends_with(".local")).then(|| host.to_owned())
}

fn host(socket: SocketAddr) -> String {
    if !socket.ip().is_unspecified() {
        return written(socket.ip());
    }
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let mut home: Vec<IpAddr> = found.iter().map(if_addrs::Interface::ip).collect();
    home.retain(|address| !address.is_loopback() && is_private(*address));
    // An old address first: it is short, and every device has one.
    home.sort_by_key(|address| !address.is_ipv4());
    home.first().map_or_else(|| "localhost".to_owned(), |address| written(*address))
}

fn written(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
