//! What stands round every handler: the set-up gate, proof of origin, errors in the right dress, headers, `ETag`s.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, uri::Scheme},
};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    error::{Error, Result},
    types::Role,
};

use super::{
    auth::{self, Proved},
    compress, cookie, frame,
    host::Hosts,
    problem::{self, Reader},
    programs,
};

/// Pages load nothing from elsewhere and run nothing that stands in the page itself.
pub const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; manifest-src 'self'; \
     frame-ancestors 'none'";

/// Wraps every route.
pub struct Guard<E> {
    app: App,
    inner: E,
}

impl<E> Guard<E> {
    /// Stands round `inner`.
    pub fn new(app: App, inner: E) -> Self {
        Self { app, inner }
    }
}

impl<E: Endpoint> Endpoint for Guard<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let is_api = super::is_api(&path);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let gets = *request.method() == Method::GET;
        let location = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let if_none_match = request.headers().get(header::IF_NONE_MATCH).cloned();
        let compressed = compress::is_accepted(request.headers());
        // Pages that repeat what their address says beside the record are not compressed: see `compress::page`.
        let repeats = path == "/search"
            || path == "/reset"
            || path.starts_with("/account/security")
            || path.starts_with("/oauth/")
            || path == "/sign-in/again"
            || path == "/admin/open"
            || request.uri().query().is_some_and(|query| query.contains("name="));
        let reader = reader(&request);
        let by_token = is_api && auth::brings_token(&request);

        let reply = match self.admit(&request, &path, is_api, reads) {
            Ok(()) => self.inner.call(request).await.map(IntoResponse::into_response),
            Err(error) => Err(error.into()),
        };
        let mut response = match reply {
            Ok(response) => response,
            Err(error) if by_token => problem::json_by_token(&error),
            Err(error) if is_api => problem::json(&error),
            Err(error) if programs::write_to(&path) => problem::oauth(&error),
            Err(error) => match error.downcast_ref::<Error>() {
                Some(Error::NotSignedIn) if reads => to_sign_in(&location),
                Some(Error::Elsewhere { at, next }) => {
                    super::see_other(&format!("{at}?next={}", super::query_value(next)))
                }
                Some(Error::NotSetUp) => frame::not_set_up(),
                _ => problem::page(&error, reader),
            },
        };
        if is_api && gets && response.status() == StatusCode::OK {
            response = tagged(response, if_none_match.as_ref()).await?;
        }
        if compressed && !repeats {
            response = compress::page(response).await?;
        }
        dress(&path, &mut response);
        Ok(response)
    }
}

impl<E> Guard<E> {
    /// What is refused before a handler sees it.
    fn admit(&self, request: &Request, path: &str, is_api: bool, reads: bool) -> Result<()> {
        let always = path.starts_with("/health/")
            || path.starts_with("/assets/")
            || ["/setup", "/password-check"].contains(&path);
        if !always && !self.app.is_set_up()? {
            return Err(Error::NotSetUp);
        }
        let bearer = is_api && request.headers().contains_key(header::AUTHORIZATION);
        // Where programs write no cookie is looked at, so there is nothing that another site could borrow.
        if !reads && !bearer && !programs::write_to(path) && !is_same_origin(request) {
            return Err(Error::CrossSite);
        }
        Ok(())
    }
}

/// Whether the browser says that one of our own pages sent the request: `Sec-Fetch-Site: same-origin`, or, from
/// browsers that don't say so, an `Origin` that is the host asked for. Where both come, both must say so; each comes
/// once. A page that came over plain http proves nothing on a connection with TLS.
///
/// Our pages send no referrer, so browsers tell no origin of their forms: they say `null` (Fetch, "append a request
/// `Origin` header"). Beside `same-origin` that is as good as nothing; alone it is anybody's.
pub fn is_same_origin(request: &Request) -> bool {
    let only = |name: &str| {
        let mut values = request.headers().get_all(name).into_iter();
        (values.next(), values.next().is_none())
    };
    match (only("sec-fetch-site"), only("origin")) {
        ((None, _), (None, _)) | ((_, false), _) | (_, (_, false)) => false,
        ((site, _), (origin, _)) => {
            let untold = site.is_some() && origin.is_some_and(|origin| origin == "null");
            site.is_none_or(|site| site == "same-origin")
                && (untold || origin.is_none_or(|origin| is_own(request, origin)))
        }
    }
}

/// Whether an origin is the host asked for. Behind a proxy that does not hand that on it may be a configured name.
fn is_own(request: &Request, origin: &HeaderValue) -> bool {
    let Some((scheme, origin)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else { return false };
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let is_safe = scheme == "https" || scheme == "http" && *request.scheme() != Scheme::HTTPS;
    let is_name = || request.extensions().get::<Arc<Hosts>>().is_some_and(|hosts| hosts.is_name_at(origin));
    is_safe && (host.is_some_and(|host| host.eq_ignore_ascii_case(origin)) || is_name())
}

/// Who reads what goes wrong.
pub(super) fn reader(request: &Request) -> Reader {
    let proved = request.extensions().get::<Proved>().and_then(|proved| proved.0.as_ref());
    match proved.and_then(|identity| identity.caller.as_ref()) {
        Some(caller) if caller.role == Role::Learner => Reader::Child,
        _ => Reader::with_session(cookie::session(request).is_some()),
    }
}

fn to_sign_in(location: &str) -> Response {
    let next = percent_encoding::utf8_percent_encode(location, percent_encoding::NON_ALPHANUMERIC);
    let target = if location == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={next}") };
    super::see_other(&target)
}

/// Gives a reply that has no `ETag` of its own one made of its bytes, and answers 304 where the caller has them.
async fn tagged(mut response: Response, known: Option<&HeaderValue>) -> poem::Result<Response> {
    let is_json = response.content_type().is_some_and(|media_type| media_type.starts_with("application/json"));
    if !response.headers().contains_key(header::ETAG) && is_json {
        let bytes = response.take_body().into_bytes().await.map_err(Error::internal)?;
        let tag = format!("W/\"{}\"", data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..12]));
        response.headers_mut().insert(header::ETAG, HeaderValue::from_str(&tag).map_err(Error::internal)?);
        response.set_body(bytes);
    }
    let tag = response.headers().get(header::ETAG);
    if let (Some(known), Some(tag)) = (known.and_then(|known| known.to_str().ok()), tag) {
        let tag = tag.to_str().unwrap_or_default();
        let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        if known.split(',').any(|one| weak(one) == weak(tag)) {
            response.set_status(StatusCode::NOT_MODIFIED);
            response.set_body(());
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
    }
    Ok(response)
}

/// Headers of every reply; a handler's own `Content-Security-Policy` and `Cache-Control` stand.
pub(super) fn dress(path: &str, response: &mut Response) {
    let headers = response.headers_mut();
    let mut default = |name: &'static str, value: &'static str| {
        if !headers.contains_key(name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default("content-security-policy", PAGE_POLICY);
    default("cache-control", if path.starts_with("/api") { "private, no-cache" } else { "no-store" });
    fixed(headers);
}

fn fixed(headers: &mut HeaderMap) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=(), \
             publickey-credentials-get=(self), publickey-credentials-create=(self)",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
