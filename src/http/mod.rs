//! The web as every room needs it: who is asking, forms, pages, errors, assets. It knows no room.
//!
//! - `firewall/` stands before everything, `host.rs` knows the server's names; `guard.rs` stands round every route;
//!   `auth.rs` tells who is asking, `rights.rs` what an operation of the API needs.
//! - `observe.rs` tells of requests, in the log and in the figures of `metrics.rs`.
//! - `body.rs` and `problem.rs` are the API's bodies and errors; `form.rs` and `frame.rs` the pages'.
//! - `agent.rs` names browsers.
//! - `messages.rs` is the catalogue, `words.rs` dates and sizes in words, `assets.rs` the files of `web/`.
//! - `programs.rs` what differs where other people's programs write, not our pages.
//! - `compress.rs` gzip; `cookie.rs` the session's; `files.rs` uploads and downloads of the API.
//! - `listener.rs` accepts connections and bounds them, `tls.rs` encrypts them; `unlock.rs` answers while the store is locked, `tries.rs` slows guessing down there; `guesses.rs` at the doors of the open site.

pub mod agent;
pub mod assets;
pub mod auth;
pub mod body;
pub mod compress;
pub mod cookie;
pub mod edge;
pub mod files;
pub mod firewall;
pub mod form;
pub mod frame;
pub mod guard;
pub mod guesses;
pub mod host;
pub mod listener;
pub mod mdns;
pub mod messages;
pub mod methods;
pub mod metrics;
pub mod observe;
pub mod openapi;
pub mod plain;
mod problem;
pub mod programs;
pub mod qr;
pub mod rights;
pub mod tags;
pub mod tls;
pub mod tries;
pub mod trust;
pub mod unlock;
pub mod words;

use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};

/// Whether a path is the API's: errors are problems there (RFC 9457), pages elsewhere.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Sends a browser to another page after a form (Post/Redirect/Get).
pub fn see_other(location: &str) -> Response {
    let mut response = Response::builder().status(StatusCode::SEE_OTHER).body(());
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// A path of this site as an address that can be handed to somebody: under the name by which the asker came.
pub fn address(request: &Request, path: &str) -> String {
    format!("{}{path}", programs::origin(request))
}

/// A value in a query string.
pub fn query_value(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Only paths of this site are gone to after signing in. Browsers read `\` as `/` and leave out tabs and line ends.
pub fn local_path(text: &str) -> &str {
    let local =
        text.starts_with('/') && !text.starts_with("//") && !text.contains(|c: char| c == '\\' || c.is_control());
    if local { text } else { "/" }
}
