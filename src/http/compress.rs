//! gzip (RFC 1952) for what is worth it: assets once, pages as they are sent.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use poem::{
    Response,
    http::{HeaderMap, HeaderValue, header},
};

/// Shorter bodies are sent as they are, in bytes.
const WORTH: usize = 1_000;

/// Marks a reply whose body is in memory already and may be compressed.
#[derive(Debug, Clone, Copy)]
pub struct Compressible;

/// Whether the client takes gzip.
pub fn is_accepted(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && parts.all(|part| !matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// Compresses bytes.
pub fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes);
    debug_assert!(written.is_ok());
    encoder.finish().unwrap_or_default()
}

/// Compresses a marked reply. Callers leave out replies that repeat what the request said next to what is private:
/// their length would tell of it (BREACH).
///
/// # Errors
/// Where the body can't be read, which one in memory always can.
pub async fn page(mut response: Response) -> poem::Result<Response> {
    if response.extensions().get::<Compressible>().is_none() {
        return Ok(response);
    }
    let bytes = response.take_body().into_bytes().await.map_err(crate::error::Error::internal)?;
    if bytes.len() < WORTH {
        response.set_body(bytes);
        return Ok(response);
    }
    response.set_body(gzip(&bytes, Compression::fast()));
    mark(&mut response);
    Ok(response)
}

/// Says that a body is compressed.
pub fn mark(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.remove(header::CONTENT_LENGTH);
}
