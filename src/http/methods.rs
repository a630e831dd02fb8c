//! Routes that know their methods, so that 405 can say which there are (RFC 9110, section 15.5.6).

use poem::{Endpoint, IntoEndpoint, IntoResponse, Route, RouteMethod};
use serde_json::{Map, Value};

use super::observe::Patterns;

/// What one path takes.
pub struct Methods {
    route: RouteMethod,
    allow: &'static str,
}

/// A path that is read.
pub fn get<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
    <E::Endpoint as Endpoint>::Output: IntoResponse,
{
    Methods { route: poem::get(endpoint), allow: "GET, HEAD" }
}

/// A path that is written to.
pub fn post<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
    <E::Endpoint as Endpoint>::Output: IntoResponse,
{
    Methods { route: poem::post(endpoint), allow: "POST" }
}

impl Methods {
    /// The same path, written to.
    #[must_use]
    pub fn post<E>(self, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
        <E::Endpoint as Endpoint>::Output: IntoResponse,
    {
        Self { route: self.route.post(endpoint), allow: "GET, HEAD, POST" }
    }
}

/// Every path and what it takes.
#[derive(Default)]
pub struct Allowed(Vec<(Vec<String>, String)>);

impl Allowed {
    /// What a path takes; none for a path that there is not.
    pub fn of(&self, path: &str) -> Option<&str> {
        let fits = |pattern: &[String]| {
            let mut parts = path.split('/');
            let all = pattern.iter().all(|one| parts.next().is_some_and(|part| one.starts_with(':') || one == part));
            all && parts.next().is_none()
        };
        // A fixed path stands before one with a place for an id.
        let found = self.0.iter().filter(|(pattern, _)| fits(pattern));
        found
            .min_by_key(|(pattern, _)| pattern.iter().filter(|one| one.starts_with(':')).count())
            .map(|(_, m)| m.as_str())
    }

    /// Notes the operations of an OpenAPI document.
    pub fn note_document(&mut self, document: &Value) {
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let mut methods: Vec<String> =
                item.as_object().map(Map::keys).into_iter().flatten().map(|m| m.to_uppercase()).collect();
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".to_owned());
            }
            methods.sort();
            self.note(&path.replace('{', ":").replace('}', ""), &methods.join(", "));
        }
    }

    /// The patterns of every path.
    pub fn patterns(&self) -> Patterns {
        let mut patterns = Patterns::default();
        self.0.iter().for_each(|(pattern, _)| patterns.note(&pattern.join("/")));
        patterns
    }

    fn note(&mut self, pattern: &str, methods: &str) {
        self.0.push((pattern.split('/').map(str::to_owned).collect(), methods.to_owned()));
    }
}

/// The routes of pages.
#[derive(Default)]
pub struct Pages {
    route: Route,
    allowed: Allowed,
}

impl Pages {
    /// Adds a path.
    #[must_use]
    pub fn at(mut self, path: &str, methods: Methods) -> Self {
        self.allowed.note(path, methods.allow);
        Self { route: self.route.at(path, methods.route), allowed: self.allowed }
    }

    /// The routes, and what they take.
    pub fn finish(self) -> (Route, Allowed) {
        (self.route, self.allowed)
    }
}
