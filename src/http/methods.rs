//! Routes that know their methods and what each takes: what is written here is all that gets past the firewall.

use poem::{Endpoint, IntoEndpoint, IntoResponse, Route, RouteMethod, http::Method};

use super::{
    firewall::allowed::{Allowed, Takes},
    form, programs,
};

/// What forms without files are sent as.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// What one path takes.
pub struct Methods {
    route: RouteMethod,
    takes: Vec<(Method, Takes)>,
}

/// A path that is read.
pub fn get<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
    <E::Endpoint as Endpoint>::Output: IntoResponse,
{
    Methods { route: poem::get(endpoint), takes: vec![(Method::GET, Takes::Nothing), (Method::HEAD, Takes::Nothing)] }
}

/// A path that is written to by a form.
pub fn post<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
    <E::Endpoint as Endpoint>::Output: IntoResponse,
{
    Methods { route: RouteMethod::new(), takes: Vec::new() }.post(endpoint)
}

/// A path that is written to by a program, in this media type.
pub fn post_program<E>(endpoint: E, media_type: &str) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
    <E::Endpoint as Endpoint>::Output: IntoResponse,
{
    Methods { route: RouteMethod::new(), takes: Vec::new() }.post_program(endpoint, media_type)
}

impl Methods {
    /// The same path, written to by a form.
    #[must_use]
    pub fn post<E>(self, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
        <E::Endpoint as Endpoint>::Output: IntoResponse,
    {
        // A form of buttons only may come without a body.
        let types = vec![FORM.to_owned()];
        self.posted(endpoint, Takes::Body { types, max: form::MAX as u64, required: false })
    }

    /// The same path, written to by a form with files; all of it at most so many bytes.
    #[must_use]
    pub fn post_files<E>(self, endpoint: E, max: u64) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
        <E::Endpoint as Endpoint>::Output: IntoResponse,
    {
        self.posted(endpoint, Takes::Body { types: vec!["multipart/form-data".to_owned()], max, required: true })
    }

    /// Takes no longer bodies than this.
    #[must_use]
    pub fn up_to(mut self, most: u64) -> Self {
        for (_, takes) in &mut self.takes {
            if let Takes::Body { max, .. } = takes {
                *max = most;
            }
        }
        self
    }

    /// The same path, written to by a program, in this media type.
    #[must_use]
    pub fn post_program<E>(self, endpoint: E, media_type: &str) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
        <E::Endpoint as Endpoint>::Output: IntoResponse,
    {
        self.posted(endpoint, Takes::Body { types: vec![media_type.to_owned()], max: programs::MAX, required: true })
    }

    fn posted<E>(mut self, endpoint: E, takes: Takes) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
        <E::Endpoint as Endpoint>::Output: IntoResponse,
    {
        self.takes.push((Method::POST, takes));
        Self { route: self.route.post(endpoint), takes: self.takes }
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
        self.allowed.note(path, methods.takes);
        Self { route: self.route.at(path, methods.route), allowed: self.allowed }
    }

    /// The routes, and what they take.
    pub fn finish(self) -> (Route, Allowed) {
        (self.route, self.allowed)
    }
}
