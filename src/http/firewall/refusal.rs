//! What the firewall answers, with what the client needs to do better.

use std::time::Duration;

use poem::{
    Response,
    error::ResponseError,
    http::{HeaderName, HeaderValue, StatusCode, header},
};

use crate::http::{is_api, problem, programs};

use super::limits::Cost;

/// Why a request goes no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It can't be what an honest client sends.
    #[error("{0}")]
    Malformed(&'static str),
    /// There is no such path.
    #[error("no such path")]
    NotFound,
    /// The path takes other methods.
    #[error("this path takes {0}")]
    Method(String),
    /// No path takes the method.
    #[error("no such method")]
    NotImplemented,
    /// The body has more bytes than this.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// The address has more bytes than [`super::shape::URI`].
    #[error("the address is too long")]
    UriTooLong,
    /// Another media type than these.
    #[error("this takes {0}")]
    MediaType(String),
    /// The request was meant for another host.
    #[error("this server does not answer to that name")]
    Misdirected,
    /// The headers are too many or too long.
    #[error("the headers are too many or too long")]
    HeadersTooLarge,
    /// The budget is spent for so long.
    #[error("too many requests")]
    TooMany(Duration),
}

impl Refusal {
    /// What it takes off the budget of whoever asked: looking for what is not there is dear.
    pub fn cost(&self) -> Cost {
        if matches!(self, Self::NotFound | Self::NotImplemented) { Cost::HEAVY } else { Cost::PLAIN }
    }

    /// The refusal as whoever asked for the path reads it: JSON or a page.
    pub fn reply(self, path: &str, reader: problem::Reader) -> Response {
        let header = self.header();
        let error = poem::Error::from(self);
        let mut response = if is_api(path) {
            problem::json(&error)
        } else if programs::write_to(path) {
            problem::oauth(&error)
        } else {
            problem::page(&error, reader)
        };
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let (name, value) = match self {
            Self::Method(methods) => (header::ALLOW, methods.clone()),
            Self::MediaType(types) => (header::ACCEPT, types.clone()),
            Self::TooMany(wait) => (header::RETRY_AFTER, wait.as_millis().div_ceil(1000).max(1).to_string()),
            _ => return None,
        };
        Some((name, HeaderValue::from_str(&value).ok()?))
    }
}

impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}
