//! Entries as templates show them.

use serde::Serialize;

use crate::{
    error::Result,
    http::{messages, words},
    learners::{self, Learner, Subject, view::Face},
    store::Read,
    types::{Caller, LearnerId},
};

use super::{Attachment, Entry, given, subject_names, text};

/// The names that entries refer to by id.
pub struct Names {
    /// Every learner that the caller may see.
    pub learners: Vec<Learner>,
    /// Every subject of the family.
    pub subjects: Vec<Subject>,
}

impl Names {
    /// Reads them in the snapshot that the entries come from.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn read(tx: &Read, caller: &Caller) -> Result<Self> {
        Ok(Self { learners: learners::all(tx, caller)?, subjects: learners::subject::all(tx, caller)? })
    }

    fn learner(&self, id: LearnerId) -> Option<&Learner> {
        self.learners.iter().find(|learner| learner.id == id)
    }
}

/// A word with its label.
#[derive(Debug, Serialize)]
pub struct Labelled {
    value: &'static str,
    label: String,
}

impl Labelled {
    fn new(prefix: &str, value: &'static str) -> Self {
        Self { value, label: messages::plain(&format!("{prefix}-{value}")) }
    }
}

/// A child's own words.
#[derive(Debug, Serialize)]
pub struct VoiceView {
    nickname: String,
    colour: &'static str,
    words: Option<String>,
    feeling: Option<Labelled>,
}

/// A picture.
#[derive(Debug, Serialize)]
pub struct Photo {
    thumb: String,
    screen: String,
    original: String,
    width: u32,
    height: u32,
    alt: String,
    caption: Option<String>,
    filename: String,
}

/// An entry in a list, or in full.
#[derive(Debug, Serialize)]
pub struct Card {
    id: String,
    url: String,
    edit: String,
    date: String,
    date_label: String,
    title: Option<String>,
    excerpt: String,
    text_html: Option<String>,
    learners: Vec<Face>,
    kind: Option<Labelled>,
    subjects: Vec<String>,
    resources: Vec<String>,
    photos: Vec<Photo>,
    starred: bool,
    private: bool,
    state: &'static str,
    minutes_label: Option<String>,
    place: Option<String>,
    voices: Vec<VoiceView>,
    version: String,
    created_label: Option<String>,
    updated_label: Option<String>,
    /// The child who added it by themselves.
    added_by: Option<String>,
}

/// The entry for a list: its text is cut short.
pub fn card(entry: &Entry, names: &Names) -> Card {
    let draft = &entry.draft;
    Card {
        id: entry.id.to_string(),
        url: format!("/entries/{}", entry.id),
        edit: format!("/entries/{}/edit", entry.id),
        date: draft.date.to_string(),
        date_label: words::full(draft.date),
        title: draft.title.clone(),
        excerpt: draft.text.as_deref().map(|text| text::excerpt(text, 280)).unwrap_or_default(),
        text_html: None,
        learners: draft.learners.iter().filter_map(|id| names.learner(*id)).map(|l| Face::new(l, false)).collect(),
        kind: draft.kind.map(|kind| Labelled::new("kind", kind.as_str())),
        subjects: subject_names(&names.subjects, &draft.subjects),
        resources: Vec::new(),
        photos: photos(entry),
        starred: draft.starred,
        private: draft.private,
        state: draft.state.as_str(),
        minutes_label: draft.minutes.map(words::duration),
        place: draft.place.clone(),
        voices: voices(entry, names),
        version: entry.version.to_string(),
        created_label: None,
        updated_label: None,
        added_by: None,
    }
}

/// The entry on its own page.
pub fn full(entry: &Entry, names: &Names, zone: &jiff::tz::TimeZone) -> Card {
    Card {
        text_html: entry.draft.text.as_deref().map(text::to_html),
        resources: entry.draft.resources.clone(),
        created_label: Some(words::moment(entry.created_at, zone)),
        updated_label: Some(words::moment(entry.updated_at, zone)),
        added_by: names.learners.iter().find(|one| given::is_by(entry, one.id)).map(|one| one.nickname.clone()),
        ..card(entry, names)
    }
}

fn voices(entry: &Entry, names: &Names) -> Vec<VoiceView> {
    let voices = entry.draft.voices.iter();
    voices
        .filter_map(|voice| {
            let learner = names.learner(voice.learner)?;
            Some(VoiceView {
                nickname: learner.nickname.clone(),
                colour: learner.colour.as_str(),
                words: voice.words.clone(),
                feeling: voice.feeling.map(|feeling| Labelled::new("feeling", feeling.as_str())),
            })
        })
        .collect()
}

/// The pictures, each with words for those who don't see it.
fn photos(entry: &Entry) -> Vec<Photo> {
    let total = entry.attachments.len();
    entry.attachments.iter().enumerate().map(|(at, attachment)| photo(entry, attachment, at + 1, total)).collect()
}

fn photo(entry: &Entry, attachment: &Attachment, number: usize, total: usize) -> Photo {
    let url = |size: &str| attachment.url(size);
    Photo {
        thumb: url("thumb"),
        screen: url("screen"),
        original: url("original"),
        width: attachment.width,
        height: attachment.height,
        alt: alt(entry, attachment, number, total),
        caption: attachment.caption.clone(),
        filename: attachment.filename.clone(),
    }
}

/// The caption, or "Photo 2 of 3" with the entry's title.
pub fn alt(entry: &Entry, attachment: &Attachment, number: usize, total: usize) -> String {
    if let Some(caption) = &attachment.caption {
        return caption.clone();
    }
    let numbers = [
        ("number", i64::try_from(number).unwrap_or_default().into()),
        ("total", i64::try_from(total).unwrap_or_default().into()),
    ];
    match &entry.draft.title {
        Some(title) => {
            let [number, total] = numbers;
            messages::text("photo-alt-entry", &[number, total, ("title", title.as_str().into())])
        }
        None => messages::text("photo-alt", &numbers),
    }
}
