//! The endpoints that apps speak to: OAuth 2's, in its own words (RFC 6749), never those of our API.

pub mod authorize;
pub mod metadata;
pub mod register;
pub mod token;

use poem::{Request, Response, http::StatusCode};

use crate::http::{firewall::Client, programs};

use super::refusal::Refusal;

/// Tells an app why it gets nothing (RFC 6749, section 5.2).
fn refuse(refusal: Refusal) -> Response {
    let status = if refusal.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    programs::error(status, refusal.error, refusal.why)
}

/// The network that a request comes from, as logs show it to its account.
pub(in crate::oauth) fn network(request: &Request) -> String {
    request.extensions().get::<Client>().map(ToString::to_string).unwrap_or_default()
}
