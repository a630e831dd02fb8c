//! Paths that other people's programs write to (OAuth's token endpoint and its kin). No page of ours sends there, so no
//! proof of origin is asked, and no cookie is looked at; errors are RFC 6749's JSON (section 5.2), never pages.

use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use super::cookie;

/// The token endpoint (RFC 6749, section 3.2).
pub const TOKEN: &str = "/oauth/token";
/// The revocation endpoint (RFC 7009).
pub const REVOKE: &str = "/oauth/revoke";
/// The registration endpoint (RFC 7591).
pub const REGISTER: &str = "/oauth/register";

/// The most bytes that a program sends there.
pub const MAX: u64 = 16 * 1024;

/// Whether programs write to a path.
pub fn write_to(path: &str) -> bool {
    matches!(path, TOKEN | REVOKE | REGISTER)
}

/// An error in RFC 6749's form.
pub fn error(status: StatusCode, error: &str, why: &str) -> Response {
    let body = json!({ "error": error, "error_description": why });
    reply(status, &body)
}

/// JSON that nobody keeps.
pub fn reply(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::builder().status(status).content_type("application/json").body(body.to_string());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"HEC\""));
    }
    response
}

/// Where the site is for whoever sent this request, as `scheme://host`: what apps know it by. That the host is ours was
/// checked before.
pub fn origin(request: &Request) -> String {
    let host = request.header(header::HOST).map(str::to_owned);
    let host = host.or_else(|| request.uri().authority().map(ToString::to_string)).unwrap_or_default();
    let (scheme, usual) = if cookie::is_encrypted(request) { ("https", ":443") } else { ("http", ":80") };
    let host = host.to_ascii_lowercase();
    format!("{scheme}://{}", host.strip_suffix(usual).unwrap_or(&host))
}
