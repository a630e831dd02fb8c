//! The cookies: of the session, of a device that has signed in before, of a sign-in that waits for its code, and of one
//! that waits for a passkey.

use poem::{
    Request, Response,
    http::{HeaderValue, header, uri::Scheme},
    web::cookie::{Cookie, SameSite},
};

/// A cookie's two names. Over TLS the name carries the `__Host-` prefix (RFC 6265bis), which browsers refuse to set for
/// other hosts or paths. Loopback without TLS can't set `Secure` everywhere, so the prefix is left out.
struct Names {
    secure: &'static str,
    plain: &'static str,
    seconds: u64,
}

const SESSION: Names = Names { secure: "__Host-hec", plain: "hec", seconds: 180 * 24 * 60 * 60 };
const DEVICE: Names = Names { secure: "__Host-hec-device", plain: "hec-device", seconds: 400 * 24 * 60 * 60 };
const PASSKEY: Names = Names { secure: "__Host-hec-passkey", plain: "hec-passkey", seconds: 5 * 60 };
const WAITING: Names = Names { secure: "__Host-hec-code", plain: "hec-code", seconds: 5 * 60 };

/// The most secrets that one browser keeps to be known again: one for each account that signed in on it.
const DEVICES: usize = 5;

/// The session's secret, where the request brings one.
pub fn session(request: &Request) -> Option<String> {
    get(request, &SESSION)
}

/// Hands a browser its session.
pub fn set(request: &Request, response: &mut Response, secret: &str) {
    put(request, response, &SESSION, secret, SESSION.seconds);
}

/// Takes the session away again.
pub fn clear(request: &Request, response: &mut Response) {
    put(request, response, &SESSION, "", 0);
}

/// The secrets by which accounts know this browser again, the latest first.
pub fn devices(request: &Request) -> Vec<String> {
    let value = get(request, &DEVICE).unwrap_or_default();
    value.split('.').filter(|secret| !secret.is_empty()).take(DEVICES).map(str::to_owned).collect()
}

/// Hands a browser one more of those secrets. The oldest makes room.
pub fn add_device(request: &Request, response: &mut Response, secret: &str) {
    let mut secrets = devices(request);
    secrets.insert(0, secret.to_owned());
    secrets.truncate(DEVICES);
    put(request, response, &DEVICE, &secrets.join("."), DEVICE.seconds);
}

/// The secret of a sign-in that waits for its code.
pub fn waiting(request: &Request) -> Option<String> {
    get(request, &WAITING)
}

/// Hands a browser that secret.
pub fn set_waiting(request: &Request, response: &mut Response, secret: &str) {
    put(request, response, &WAITING, secret, WAITING.seconds);
}

/// Takes it away again.
pub fn clear_waiting(request: &Request, response: &mut Response) {
    put(request, response, &WAITING, "", 0);
}

/// The secret of a sign-in that waits for a passkey.
pub fn passkey(request: &Request) -> Option<String> {
    get(request, &PASSKEY)
}

/// Hands a browser that secret.
pub fn set_passkey(request: &Request, response: &mut Response, secret: &str) {
    put(request, response, &PASSKEY, secret, PASSKEY.seconds);
}

/// Takes it away again.
pub fn clear_passkey(request: &Request, response: &mut Response) {
    put(request, response, &PASSKEY, "", 0);
}

fn get(request: &Request, names: &Names) -> Option<String> {
    let headers = request.headers().get_all(header::COOKIE).into_iter();
    let cookies: Vec<(&str, &str)> = headers
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .collect();
    let named = |name| cookies.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
    // Over TLS the plain name is nobody's: anybody in the same network could have planted it.
    let plain = if is_encrypted(request) { None } else { named(names.plain) };
    named(names.secure).or(plain).filter(|secret| !secret.is_empty()).map(str::to_owned)
}

/// Whether the browser came over TLS: to us, or to a proxy that says so. A lie makes only the liar's cookie stricter.
pub(super) fn is_encrypted(request: &Request) -> bool {
    *request.scheme() == Scheme::HTTPS || request.header("x-forwarded-proto") == Some("https")
}

fn put(request: &Request, response: &mut Response, names: &Names, value: &str, seconds: u64) {
    let encrypted = is_encrypted(request);
    let mut cookie = Cookie::new_with_str(if encrypted { names.secure } else { names.plain }, value);
    cookie.set_secure(encrypted);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(std::time::Duration::from_secs(seconds));
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
