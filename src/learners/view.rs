//! Learners and choices as templates show them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::http::{frame::Page, messages::plain};

use super::{Colour, Learner};

/// A learner as every template shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Face {
    id: String,
    nickname: String,
    colour: &'static str,
    /// The first letter, for the round mark.
    initial: String,
    archived: bool,
    selected: bool,
    /// How many entries, in words; left out where it was not counted.
    entries_label: Option<String>,
}

impl Face {
    /// The learner, chosen or not.
    pub fn new(learner: &Learner, selected: bool) -> Self {
        let initial = unicode_segmentation::UnicodeSegmentation::graphemes(learner.nickname.as_str(), true).next();
        Self {
            id: learner.id.to_string(),
            nickname: learner.nickname.clone(),
            colour: learner.colour.as_str(),
            initial: initial.unwrap_or_default().to_uppercase(),
            archived: learner.archived,
            selected,
            entries_label: None,
        }
    }
}

/// One of several choices, in words.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    value: &'static str,
    label: String,
    selected: bool,
}

impl Choice {
    /// Every choice of a list of words; labels stand in the catalogue under `prefix-word`.
    pub fn all<T>(prefix: &str, choices: &[(&'static str, T)], selected: impl Fn(&str) -> bool) -> Vec<Self> {
        let words = choices.iter().map(|(word, _)| *word);
        words
            .map(|value| Self { value, label: plain(&format!("{prefix}-{value}")), selected: selected(value) })
            .collect()
    }
}

/// The frame of one learner's page.
pub fn learner_page(learner: &Learner) -> Page {
    Page::new("learner.html", "learners", learner.nickname.clone())
}

/// What one learner's page shows.
pub fn learner_context(learner: &Learner, colour: Option<&str>, recent: Value) -> Value {
    let colours = Choice::all("colour", &Colour::ALL, |word| word == colour.unwrap_or(learner.colour.as_str()));
    json!({ "learner": Face::new(learner, false), "colours": colours, "recent": recent })
}
