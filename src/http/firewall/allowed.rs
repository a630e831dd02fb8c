//! The allow-list: every path there is, its methods, and what body each takes. It is made from the page routes and the
//! OpenAPI document, so that a route is described once.

use poem::http::Method;
use serde_json::{Map, Value};

use crate::http::{body, files, observe::Patterns};

/// What body a request may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// None.
    Nothing,
    /// One of these media types, of so many bytes.
    Body {
        /// In lower case, without parameters.
        types: Vec<String>,
        /// The most bytes.
        max: u64,
        /// Whether it must come.
        required: bool,
    },
    /// Any: nobody reads it.
    Unread,
}

/// One method of a path.
#[derive(Debug)]
pub struct Operation {
    method: Method,
    /// Its body.
    pub takes: Takes,
}

/// A path and its methods.
#[derive(Debug)]
pub struct Known {
    pattern: Vec<Part>,
    operations: Vec<Operation>,
}

#[derive(Debug)]
enum Part {
    Fixed(String),
    /// An id or a name.
    Any,
}

impl Known {
    /// What a method of the path takes.
    pub fn operation(&self, method: &Method) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.method == method)
    }

    /// The methods, as `Allow` lists them (RFC 9110, section 10.2.1).
    pub fn methods(&self) -> String {
        let mut names: Vec<&str> = self.operations.iter().map(|operation| operation.method.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
    }

    fn fits(&self, parts: &[&str]) -> bool {
        self.pattern.len() == parts.len()
            && self.pattern.iter().zip(parts).all(|(pattern, part)| match pattern {
                Part::Fixed(fixed) => fixed == part,
                Part::Any => !part.is_empty(),
            })
    }

    fn places(&self) -> usize {
        self.pattern.iter().filter(|part| matches!(part, Part::Any)).count()
    }
}

/// Every path and what it takes.
#[derive(Debug, Default)]
pub struct Allowed {
    paths: Vec<Known>,
    rest: Option<Known>,
}

/// No path has more parts.
const PARTS: usize = 12;

impl Allowed {
    /// What a path takes; none for a path that there is not.
    pub fn find(&self, path: &str) -> Option<&Known> {
        let mut parts = [""; PARTS];
        let mut count = 0;
        for part in path.split('/') {
            *parts.get_mut(count)? = part;
            count += 1;
        }
        let parts = parts.get(..count)?;
        // A fixed path stands before one with a place for an id.
        let found = self.paths.iter().filter(|known| known.fits(parts)).min_by_key(|known| known.places());
        found.or(self.rest.as_ref())
    }

    /// The page that a form of this path stands on: the path itself where it can be read, else the nearest one above.
    pub fn page_of<'a>(&self, path: &'a str) -> &'a str {
        let mut page = path;
        while !page.is_empty() {
            if self.find(page).is_some_and(|known| known.operation(&Method::GET).is_some()) {
                return page;
            }
            page = page.rsplit_once('/').map_or("", |(above, _)| above);
        }
        "/"
    }

    /// Notes a path; `:name` is a place for an id or a name.
    pub fn note(&mut self, pattern: &str, takes: Vec<(Method, Takes)>) {
        let part = |part: &str| if part.starts_with(':') { Part::Any } else { Part::Fixed(part.to_owned()) };
        let operations = takes.into_iter().map(|(method, takes)| Operation { method, takes }).collect();
        self.paths.push(Known { pattern: pattern.split('/').map(part).collect(), operations });
    }

    /// The patterns of every path.
    pub fn patterns(&self) -> Patterns {
        let mut patterns = Patterns::default();
        for known in &self.paths {
            let parts = known.pattern.iter().map(|part| match part {
                Part::Fixed(fixed) => fixed,
                Part::Any => ":id",
            });
            patterns.note(&parts.collect::<Vec<_>>().join("/"));
        }
        patterns
    }

    /// Takes these methods of any other path, with a body that nobody reads.
    pub fn note_rest(&mut self, methods: &[Method]) {
        let operations = methods.iter().map(|method| Operation { method: method.clone(), takes: Takes::Unread });
        self.rest = Some(Known { pattern: Vec::new(), operations: operations.collect() });
    }

    /// Notes the operations of an OpenAPI document.
    pub fn note_document(&mut self, document: &Value) {
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let mut takes = Vec::new();
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                if method == Method::GET {
                    takes.push((Method::HEAD, Takes::Nothing));
                }
                let body = body_of(&method, operation);
                takes.push((method, body));
            }
            self.note(&path.replace('{', ":").replace('}', ""), takes);
        }
    }
}

/// Clients that always send JSON say `null` or `{}` where a write takes nothing.
const EMPTY: u64 = 64;

/// The body that an operation describes. JSON has its bound, files have theirs.
fn body_of(method: &Method, operation: &Value) -> Takes {
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let essence = |name: &String| super::essence(name).to_ascii_lowercase();
    let types: Vec<String> = content.map(Map::keys).into_iter().flatten().map(essence).collect();
    if types.is_empty() {
        let types = vec!["application/json".to_owned()];
        let reads = matches!(*method, Method::GET | Method::DELETE);
        return if reads { Takes::Nothing } else { Takes::Body { types, max: EMPTY, required: false } };
    }
    let is_json = types.iter().all(|media_type| media_type == "application/json");
    let max = if is_json { body::MAX } else { files::MAX_UPLOAD };
    Takes::Body { types, max: max as u64, required: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Allowed {
        let mut allowed = Allowed::default();
        allowed.note("/", vec![(Method::GET, Takes::Nothing)]);
        allowed.note("/entries/:id", vec![(Method::GET, Takes::Nothing)]);
        allowed.note("/entries/new", vec![(Method::GET, Takes::Nothing), (Method::POST, Takes::Unread)]);
        allowed.note_document(&serde_json::json!({ "paths": { "/api/v1/entries/{id}": {
            "get": {},
            "put": { "requestBody": { "content": { "application/json; charset=utf-8": {} } } },
            "post": { "requestBody": { "content": { "image/jpeg": {}, "image/png": {} } } },
        } } }));
        allowed
    }

    fn methods(path: &str) -> Option<String> {
        allowed().find(path).map(Known::methods)
    }

    #[test]
    fn a_fixed_path_stands_before_a_place_for_an_id() {
        assert_eq!(methods("/entries/new").as_deref(), Some("GET, POST"));
        assert_eq!(methods("/entries/other").as_deref(), Some("GET"));
        assert_eq!(methods("/").as_deref(), Some("GET"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in
            ["", "//", "/entries", "/entries/", "/entries//", "/entries/1/", "/Entries/new", "*", &"/a".repeat(99)]
        {
            assert_eq!(methods(path), None, "{path}");
        }
    }

    #[test]
    fn bodies_are_read_off_the_document() {
        let allowed = allowed();
        let of =
            |method| allowed.find("/api/v1/entries/7").and_then(|known| Some(known.operation(&method)?.takes.clone()));
        let body = |types: &[&str], max: usize| {
            let types = types.iter().map(|one| (*one).to_owned()).collect();
            Some(Takes::Body { types, max: max as u64, required: true })
        };
        assert_eq!(of(Method::PUT), body(&["application/json"], body::MAX));
        assert_eq!(of(Method::POST), body(&["image/jpeg", "image/png"], files::MAX_UPLOAD));
        assert_eq!(of(Method::HEAD), Some(Takes::Nothing));
        assert_eq!(of(Method::PATCH), None);
    }
}
