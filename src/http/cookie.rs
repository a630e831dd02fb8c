//! The session cookie.

use poem::{
    Request, Response,
    http::{HeaderValue, header},
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
    named(SECURE).or_else(|| named(PLAIN)).filter(|secret| !secret.is_empty()).map(str::to_owned)
}

/// Hands a browser its session.
pub fn set(response: &mut Response, secret: &str) {
    put(response, secret, 180 * 24 * 60 * 60);
}

/// Takes the session away again.
pub fn clear(response: &mut Response) {
    put(response, "", 0);
}

fn put(response: &mut Response, value: &str, seconds: u64) {
    let mut cookie = Cookie::new_with_str(PLAIN, value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(std::time::Duration::from_secs(seconds));
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
