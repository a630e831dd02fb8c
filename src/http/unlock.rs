//! What a server answers while its store is locked: `/health`, and a page that takes the passphrase. Once that was
//! right, the site takes its place without a restart.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use poem::{
    Endpoint, FromRequest, Request, Response, Route,
    endpoint::BoxEndpoint,
    get,
    http::{Method, StatusCode, header},
};
use tracing::Instrument;
use zeroize::Zeroizing;

use crate::{
    app::Sightings,
    config::Config,
    error::{Error, Result},
    jobs::Pool,
    types::Clock,
};

use super::{
    assets,
    edge::Edge,
    firewall::{
        Client, Firewall,
        allowed::{Allowed, Takes},
    },
    form::{self, Fields},
    frame,
    guard::{dress, is_same_origin},
    messages::{self, plain, text},
    observe::{Patterns, Running},
    problem, see_other,
    tries::Tries,
    trust,
};

/// The site, once the store is open.
pub type Site = BoxEndpoint<'static, Response>;
/// Opens the store with what somebody typed.
pub type Opening = Arc<dyn Fn(&str) -> Result<Site> + Send + Sync>;

/// Where the page is.
const PATH: &str = "/unlock";

/// Stands where the site will be.
pub struct Gate {
    site: Arc<OnceLock<Site>>,
    locked: Firewall<Locked>,
}

/// What there is until then.
struct Locked {
    site: Arc<OnceLock<Site>>,
    opening: Opening,
    tries: Mutex<Tries>,
    /// One guess at a time: each takes much memory.
    places: Pool,
    assets: Route,
    patterns: Patterns,
    edge: Arc<Edge>,
}

impl Gate {
    /// A gate that `opening` opens.
    pub fn new(opening: Opening, config: &Config, edge: Arc<Edge>) -> Self {
        let site = Arc::default();
        let locked = Locked {
            site: Arc::clone(&site),
            opening,
            tries: Mutex::default(),
            places: Pool::new(1, 4),
            assets: Route::new().at("/assets/:name", get(assets::serve)),
            patterns: patterns(),
            edge,
        };
        let locked = Firewall::locked(config, &Clock::System, Arc::<Sightings>::default(), allowed(), locked);
        Self { site, locked }
    }
}

/// The page that unlocks takes its form. Which paths the site will have is not told: they all answer alike.
fn allowed() -> Allowed {
    let mut allowed = Allowed::default();
    let types = vec!["application/x-www-form-urlencoded".to_owned()];
    let typed = Takes::Body { types, max: form::MAX as u64, required: false };
    let reads = [Method::GET, Method::HEAD].map(|method| (method, Takes::Nothing));
    allowed.note(PATH, reads.into_iter().chain([(Method::POST, typed)]).collect());
    allowed.note_rest(&[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]);
    allowed
}

impl Locked {
    async fn answer(&self, request: Request) -> poem::Result<Response> {
        let (path, method) = (request.uri().path().to_owned(), request.method().clone());
        let reads = matches!(method, Method::GET | Method::HEAD);
        if let Some(trust) = trust::answer(&path, &request, &self.edge) {
            return Ok(trust);
        }
        match path.as_str() {
            "/health/live" if reads => Ok(health(StatusCode::OK, r#"{"status":"pass"}"#)),
            "/health/ready" if reads => Ok(health(
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"status":"fail","output":"the store is locked: somebody must type its passphrase at /unlock"}"#,
            )),
            PATH if reads => Ok(frame::locked(None)),
            PATH if method == Method::POST => self.try_to_open(request).await,
            _ if path.starts_with("/assets/") && reads => self.assets.call(request).await,
            _ if super::is_api(&path) => Ok(problem::json(&Error::Locked.into())),
            _ if reads => Ok(see_other(PATH)),
            _ => Err(Error::Locked.into()),
        }
    }

    async fn try_to_open(&self, request: Request) -> poem::Result<Response> {
        if !is_same_origin(&request) {
            return Err(Error::CrossSite.into());
        }
        let client = request.extensions().get::<Client>().copied().unwrap_or(Client::OTHERS);
        let (request, mut body) = request.split();
        let fields = Fields::from_request(&request, &mut body).await?;
        let typed = Zeroizing::new(fields.get("password").to_owned());
        if typed.is_empty() {
            return Ok(frame::locked(Some(plain("unlock-empty"))));
        }
        let begun = self.tries().begin(client, Instant::now());
        if let Err(wait) = begun {
            let seconds = wait.as_secs().max(1).to_string();
            let words = text("unlock-wait", &[("seconds", wait.as_secs().max(1).into())]);
            let mut response = frame::locked(Some(words));
            response.set_status(StatusCode::TOO_MANY_REQUESTS);
            if let Ok(seconds) = seconds.parse() {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            return Ok(response);
        }
        let (site, opening) = (self.site.clone(), self.opening.clone());
        let opened = self.places.run(move || {
            // Whoever came first has opened it.
            if site.get().is_none() {
                drop(site.set(opening(&typed)?));
            }
            Ok::<_, Error>(())
        });
        let opened = opened.await.and_then(|opened| opened);
        if !matches!(opened, Ok(()) | Err(Error::Refused(_))) {
            self.tries().undo(client, Instant::now());
        }
        match opened {
            Ok(()) => {
                self.tries().right(client);
                tracing::info!("the store was unlocked");
                Ok(see_other("/"))
            }
            Err(Error::Refused(why)) => {
                tracing::warn!(%why, %client, "the store was not unlocked");
                Ok(frame::locked(Some(plain("unlock-wrong"))))
            }
            // A recovery code with a slip in it: where, anybody could work out.
            Err(Error::Invalid(invalid)) => Ok(frame::locked(invalid.first().map(messages::complaint))),
            Err(error) => Err(error.into()),
        }
    }

    fn tries(&self) -> std::sync::MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Endpoint for Gate {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match self.site.get() {
            Some(site) if request.uri().path() != PATH => site.call(request).await,
            _ => self.locked.call(request).await,
        }
    }
}

impl Endpoint for Locked {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let running = Running::begin(&request, self.patterns.of(&path));
        let mut response = match self.site.get() {
            // Somebody else's open page, or a bookmark.
            Some(_) => see_other("/"),
            None => {
                let answered = self.answer(request).instrument(running.span()).await;
                answered.unwrap_or_else(|error| problem::page(&error, problem::Reader::Stranger))
            }
        };
        dress(&path, &mut response);
        running.end(response.status());
        Ok(response)
    }
}

/// What there is while the store is locked.
fn patterns() -> Patterns {
    let mut patterns = Patterns::default();
    for pattern in [PATH, "/health/live", "/health/ready", "/assets/:name", trust::PAGE, trust::ROOT, trust::CODE] {
        patterns.note(pattern);
    }
    patterns
}

fn health(status: StatusCode, body: &'static str) -> Response {
    Response::builder().status(status).content_type("application/json").body(body)
}
