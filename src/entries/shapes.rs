//! What the API of the journal takes and gives, as JSON.

use poem_openapi::{ApiResponse, Object, payload::Json};
use serde::Deserialize;

use crate::error::Result;

use super::{Feeling, Kind, RawDraft, RawVoice, timeline};

/// What happened on a day.
#[derive(Object)]
pub(super) struct Entry {
    /// UUID.
    id: String,
    /// A civil date in the family's time zone, `YYYY-MM-DD`.
    date: String,
    /// Ids of learners; empty for the family as a whole.
    learners: Vec<String>,
    title: Option<String>,
    /// Markdown.
    text: Option<String>,
    /// Ids of subjects.
    subjects: Vec<String>,
    /// activity, reading, outing, group, project, milestone or note.
    kind: Option<String>,
    /// How long it took.
    minutes: Option<i64>,
    place: Option<String>,
    /// Books, websites, equipment, people.
    resources: Vec<String>,
    /// Children's own words.
    voices: Vec<Voice>,
    /// Keep for the portfolio.
    starred: bool,
    /// For owners and carers only.
    private: bool,
    /// planned, draft or done.
    state: String,
    attachments: Vec<Attachment>,
    /// RFC 3339, UTC.
    created_at: String,
    /// RFC 3339, UTC.
    updated_at: String,
    /// Rises with every change; the `ETag` holds it.
    version: i64,
}

/// A child's own words.
#[derive(Object)]
pub(super) struct Voice {
    /// Id of a learner of the entry.
    learner: String,
    words: Option<String>,
    /// good, mixed or hard.
    feeling: Option<String>,
}

/// A picture of an entry.
#[derive(Object)]
pub(super) struct Attachment {
    /// UUID.
    id: String,
    /// As it was named where it came from.
    filename: String,
    /// What the original is: image/jpeg, image/png or image/webp.
    media_type: String,
    /// Size of the original without its metadata.
    bytes: i64,
    /// Upright, in pixels.
    width: i64,
    /// Upright, in pixels.
    height: i64,
    caption: Option<String>,
}

/// An entry to add or to replace. Only the date is required; what is left out is unset.
#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryDraft {
    /// `YYYY-MM-DD`, 1900-01-01 to 2199-12-31.
    date: String,
    /// At most 50 ids of learners.
    #[oai(default)]
    #[serde(default)]
    learners: Vec<String>,
    /// At most 200 characters on one line.
    #[serde(default)]
    title: Option<String>,
    /// Markdown, at most 20,000 characters.
    #[serde(default)]
    text: Option<String>,
    /// At most 20 ids of subjects.
    #[oai(default)]
    #[serde(default)]
    subjects: Vec<String>,
    /// activity, reading, outing, group, project, milestone or note.
    #[serde(default)]
    kind: Option<String>,
    /// 1 to 1,440.
    #[serde(default)]
    minutes: Option<i64>,
    /// At most 200 characters on one line.
    #[serde(default)]
    place: Option<String>,
    /// At most 30 lines of at most 300 characters.
    #[oai(default)]
    #[serde(default)]
    resources: Vec<String>,
    /// One per learner of the entry.
    #[oai(default)]
    #[serde(default)]
    voices: Vec<VoiceDraft>,
    /// Keep for the portfolio.
    #[oai(default)]
    #[serde(default)]
    starred: bool,
    /// For owners and carers only; needs the scope `records:private`.
    #[oai(default)]
    #[serde(default)]
    private: bool,
    /// planned, draft or done; done where it is left out.
    #[serde(default)]
    state: Option<String>,
}

/// A child's own words, to be set.
#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct VoiceDraft {
    /// Id of a learner of the entry.
    learner: String,
    /// At most 2,000 characters.
    #[serde(default)]
    words: Option<String>,
    /// good, mixed or hard.
    #[serde(default)]
    feeling: Option<String>,
}

/// What may be changed of a picture.
#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachmentChange {
    /// At most 500 characters on one line; `null` takes the caption away.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) caption: Option<String>,
}

/// Entries, newest first.
#[derive(Object)]
pub(super) struct EntryList {
    items: Vec<Entry>,
    /// Give it as `after` for the next page; `null` at the end. A page may be short and still go on.
    next: Option<String>,
}

#[derive(ApiResponse)]
pub(super) enum EntryReply {
    /// The entry.
    #[oai(status = 200)]
    Ok(Json<Entry>, #[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
pub(super) enum AddReply {
    /// The entry was added.
    #[oai(status = 201)]
    Created(Json<Entry>, #[oai(header = "ETag")] String, #[oai(header = "Location")] String),
}

#[derive(ApiResponse)]
pub(super) enum PutReply {
    /// The entry was replaced, or stood so already.
    #[oai(status = 200)]
    Ok(Json<Entry>, #[oai(header = "ETag")] String),
    /// The entry was created.
    #[oai(status = 201)]
    Created(Json<Entry>, #[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
pub(super) enum AttachReply {
    /// The picture was replaced, or the same upload stood there already.
    #[oai(status = 200)]
    Ok(Json<Attachment>, #[oai(header = "ETag")] String),
    /// The picture was added.
    #[oai(status = 201)]
    Created(Json<Attachment>, #[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
pub(super) enum Gone {
    /// Done.
    #[oai(status = 204)]
    NoContent,
}

/// The pictures of one entry: there is one page only.
#[derive(Object)]
pub(super) struct AttachmentList {
    pub(super) items: Vec<Attachment>,
    /// Always `null`.
    pub(super) next: Option<String>,
}

/// The `ETag` of an entry.
pub(super) fn tag(entry: &super::Entry) -> String {
    format!("\"{}\"", entry.version)
}

/// A picture that stood there already.
pub(super) fn stands(attachment: super::Attachment) -> AttachReply {
    let tag = file_tag(&attachment);
    AttachReply::Ok(Json(attachment.into()), tag)
}

/// The `ETag` of a picture: that of its original.
pub(super) fn file_tag(attachment: &super::Attachment) -> String {
    format!("\"{}\"", attachment.files.original.id)
}

impl EntryDraft {
    /// What it says, by the rules.
    pub(super) fn parse(self) -> Result<super::Draft> {
        let voices = self.voices.into_iter();
        RawDraft {
            date: self.date,
            learners: self.learners,
            title: self.title,
            text: self.text,
            subjects: self.subjects,
            kind: self.kind,
            minutes: self.minutes,
            place: self.place,
            resources: self.resources,
            voices: voices.map(|v| RawVoice { learner: v.learner, words: v.words, feeling: v.feeling }).collect(),
            starred: self.starred,
            private: self.private,
            state: self.state,
        }
        .parse()
    }
}

impl From<super::Entry> for Entry {
    fn from(entry: super::Entry) -> Self {
        let draft = entry.draft;
        let voices = draft.voices.into_iter();
        Self {
            id: entry.id.to_string(),
            date: draft.date.to_string(),
            learners: draft.learners.iter().map(ToString::to_string).collect(),
            title: draft.title,
            text: draft.text,
            subjects: draft.subjects.iter().map(ToString::to_string).collect(),
            kind: draft.kind.map(|kind| Kind::as_str(kind).to_owned()),
            minutes: draft.minutes.map(i64::from),
            place: draft.place,
            resources: draft.resources,
            voices: voices
                .map(|voice| Voice {
                    learner: voice.learner.to_string(),
                    words: voice.words,
                    feeling: voice.feeling.map(|feeling| Feeling::as_str(feeling).to_owned()),
                })
                .collect(),
            starred: draft.starred,
            private: draft.private,
            state: draft.state.as_str().to_owned(),
            attachments: entry.attachments.into_iter().map(Attachment::from).collect(),
            created_at: entry.created_at.to_string(),
            updated_at: entry.updated_at.to_string(),
            version: i64::try_from(entry.version).unwrap_or(i64::MAX),
        }
    }
}

impl From<super::Attachment> for Attachment {
    fn from(attachment: super::Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            filename: attachment.filename,
            media_type: attachment.media_type.to_owned(),
            bytes: i64::try_from(attachment.bytes).unwrap_or(i64::MAX),
            width: attachment.width.into(),
            height: attachment.height.into(),
            caption: attachment.caption,
        }
    }
}

impl From<timeline::Page> for EntryList {
    fn from(page: timeline::Page) -> Self {
        Self {
            items: page.entries.into_iter().map(Entry::from).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}
