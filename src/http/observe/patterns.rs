//! Paths by their patterns: `/entries/:id` stands for every entry, `other` for what there is not.

use std::sync::{Arc, LazyLock};

/// Stands for every path that has no pattern.
static OTHER: LazyLock<Arc<str>> = LazyLock::new(|| "other".into());

/// The patterns of a site.
#[derive(Debug, Clone, Default)]
pub struct Patterns(Vec<Arc<str>>);

/// A place for an id or a name.
const PLACE: &str = ":id";

impl Patterns {
    /// Notes a pattern; every `:name` is a place.
    pub fn note(&mut self, pattern: &str) {
        let parts = pattern.split('/').map(|part| if part.starts_with(':') { PLACE } else { part });
        self.0.push(parts.collect::<Vec<_>>().join("/").into());
    }

    /// The pattern of a path; a fixed one stands before one with a place.
    pub fn of(&self, path: &str) -> Arc<str> {
        let found = self.0.iter().filter(|pattern| fits(pattern, path));
        found.min_by_key(|pattern| pattern.matches(PLACE).count()).unwrap_or(&OTHER).clone()
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let all =
        pattern.split('/').all(|one| parts.next().is_some_and(|part| one == part || one == PLACE && !part.is_empty()));
    all && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_path_gets_into_its_pattern() {
        let mut patterns = Patterns::default();
        for pattern in ["/", "/entries/new", "/entries/:id", "/media/:id/:size", "/api/v1/entries/:entry_id"] {
            patterns.note(pattern);
        }
        for (path, expected) in [
            ("/", "/"),
            ("/entries/new", "/entries/new"),
            ("/entries/secret", "/entries/:id"),
            ("/media/secret/thumb", "/media/:id/:id"),
            ("/api/v1/entries/secret", "/api/v1/entries/:id"),
            ("/secret", "other"),
            ("/entries/secret/", "other"),
            ("/entries/", "other"),
            ("//secret", "other"),
            ("*", "other"),
            ("", "other"),
        ] {
            assert_eq!(&*patterns.of(path), expected, "{path}");
        }
    }
}
