//! What every request must look like, whatever it asks for.

use poem::{
    Request,
    http::{HeaderMap, Method, header},
};

use super::{allowed::Takes, refusal::Refusal};

/// The most bytes of path and query.
pub const URI: usize = 8 * 1024;
/// The most header lines.
pub const HEADERS: usize = 64;
/// The most bytes of all header lines: other services of a family's own machine may have left it 16 KB of cookies. With
/// the address it is what the listener reads.
pub const HEADER_BYTES: usize = 24 * 1024;

/// Methods that HTTP has for what we do.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// Checks the address and the headers.
///
/// # Errors
/// 414, 431, or 404 for a path that no browser sends: see [`is_plain`].
pub fn check(request: &Request) -> Result<(), Refusal> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    if path.len() + query.len() > URI {
        return Err(Refusal::UriTooLong);
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > HEADERS || bytes > HEADER_BYTES {
        return Err(Refusal::HeadersTooLarge);
    }
    if is_plain(path) { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Whether a method is one of HTTP's that a server of pages and records may meet.
pub fn is_method(method: &Method) -> bool {
    METHODS.contains(method)
}

/// Whether a path means the same to everybody who reads it: it begins with `/`, and decoded once it has no `.` or `..`
/// for a part, no `/`, `\`, `%` or control character, and is UTF-8. Browsers and clients resolve dots before they ask.
fn is_plain(path: &str) -> bool {
    let Some(parts) = path.strip_prefix('/') else { return false };
    parts.split('/').all(|part| {
        if part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            return true;
        }
        let Ok(decoded) = percent_encoding::percent_decode_str(part).decode_utf8() else { return false };
        !matches!(&*decoded, "." | "..") && !decoded.contains(|c: char| matches!(c, '/' | '\\' | '%') || c.is_control())
    })
}

/// Checks the body that is announced against what the operation takes. What it answers is the most bytes that may come
/// of a body whose length is not announced; announced lengths are checked here, and hyper keeps clients to their word.
///
/// # Errors
/// 400 for a body where none is taken, 413, 415.
pub fn check_body(headers: &HeaderMap, comes: bool, takes: &Takes) -> Result<Option<u64>, Refusal> {
    let (types, max, required) = match takes {
        Takes::Unread => return Ok(None),
        Takes::Nothing if comes => return Err(Refusal::Malformed("this takes no body")),
        Takes::Nothing => return Ok(None),
        Takes::Body { types, max, required } => (types, *max, *required),
    };
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max) {
        return Err(Refusal::TooLarge(max));
    }
    if comes || required {
        let mut sent = headers.get_all(header::CONTENT_TYPE).into_iter();
        let media_type = sent.next().and_then(|media_type| media_type.to_str().ok()).unwrap_or_default();
        let media_type = super::essence(media_type);
        if sent.next().is_some() || !types.iter().any(|one| one.eq_ignore_ascii_case(media_type)) {
            return Err(Refusal::MediaType(types.join(", ")));
        }
    }
    Ok((comes && length.is_none()).then_some(max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_pass() {
        for path in [
            "/",
            "/entries/new",
            "/api/v1/entries/0190a5c8-7b1e-7cc0-8a11-3b2f5d0e9c77",
            "/assets/hec.css",
            "/entries/%C3%A9",
            "/a/...",
            "/.env",
            "//",
        ] {
            assert!(is_plain(path), "{path}");
        }
    }

    #[test]
    fn paths_that_mean_two_things_do_not() {
        for path in [
            "",
            "*",
            "x",
            "/.",
            "/..",
            "/a/../b",
            "/a/./b",
            "/%2e%2e/a",
            "/.%2E/a",
            "/%2e",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0d%0ab",
            "/%c0%ae%c0%ae/",
            "/%ff",
            "/a%252e",
            "/%25",
            "/%",
            "/a%7f",
            "/a%c2%85b",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
