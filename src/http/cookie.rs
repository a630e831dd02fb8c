//! The session cookie.

use poem::{
    Request, Response,
    http::{HeaderValue, header, uri::Scheme},
    web::cookie::{Cookie, SameSite},
};

/// Over TLS the name carries the `__Host-` prefix (RFC 6265bis), which browsers refuse to set for other hosts or paths.
const SECURE: &str = "__Host-hec";
/// Loopback without TLS can't set `Secure` everywhere, so the prefix is left out.
const PLAIN: &str = "hec";

/// The session's secret, where the request brings one.
pub fn session(request: &Request) -> Option<String> {
    let headers = request.headers().get_all(header::COOKIE).into_iter();
    let cookies: Vec<(&str, &str)> = headers
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .collect();
    let named = |name| cookies.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
    // Over TLS the plain name is nobody's: anybody in the same network could have planted it.
    let plain = if is_encrypted(request) { None } else { named(PLAIN) };
    named(SECURE).or(plain).filter(|secret| !secret.is_empty()).map(str::to_owned)
}

/// Hands a browser its session.
pub fn set(request: &Request, response: &mut Response, secret: &str) {
    put(request, response, secret, 180 * 24 * 60 * 60);
}

/// Takes the session away again.
pub fn clear(request: &Request, response: &mut Response) {
    put(request, response, "", 0);
}

/// Whether the browser came over TLS: to us, or to a proxy that says so. A lie makes only the liar's cookie stricter.
pub(super) fn is_encrypted(request: &Request) -> bool {
    *request.scheme() == Scheme::HTTPS || request.header("x-forwarded-proto") == Some("https")
}

fn put(request: &Request, response: &mut Response, value: &str, seconds: u64) {
    let encrypted = is_encrypted(request);
    let mut cookie = Cookie::new_with_str(if encrypted { SECURE } else { PLAIN }, value);
    cookie.set_secure(encrypted);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(std::time::Duration::from_secs(seconds));
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
