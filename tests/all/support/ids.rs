//! One of everything that has an id.

use serde_json::json;

use super::{Person, jpeg, person::id};

/// Well-formed, and nobody's.
pub const UNKNOWN: &str = "0190a5c8-7b1e-7cc0-8a11-3b2f5d0e9c77";

#[derive(Debug, Clone)]
pub struct Ids {
    pub learner: String,
    pub subject: String,
    pub entry: String,
    /// An entry that was deleted.
    pub deleted: String,
    pub attachment: String,
    pub portfolio: String,
}

impl Ids {
    /// Makes one of everything.
    pub async fn of(person: &Person) -> Self {
        let entry = person.notes(&format!("A walk with {}", person.name)).await;
        let attachment = id(&person.upload(&entry, "leaf.jpg", jpeg(1)).await.assert(201).json());
        let deleted = person.notes("A mistake").await;
        person.delete(&format!("/entries/{deleted}")).await.assert(204);
        Self {
            learner: person.learner.clone(),
            subject: person.subjects[0].clone(),
            entry,
            deleted,
            attachment,
            portfolio: person.makes_portfolio(json!({})).await,
        }
    }

    pub fn unknown() -> Self {
        let unknown = || UNKNOWN.to_owned();
        Self {
            learner: unknown(),
            subject: unknown(),
            entry: unknown(),
            deleted: unknown(),
            attachment: unknown(),
            portfolio: unknown(),
        }
    }

    pub fn all(&self) -> [&str; 6] {
        [&self.learner, &self.subject, &self.entry, &self.deleted, &self.attachment, &self.portfolio]
    }
}
