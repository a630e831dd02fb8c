//! Entries: what happened on a day. The exemplary room: the others are built like it.
//!
//! - `mod.rs` what an entry is, and the rules: add, replace, delete and bring back, attach.
//! - `draft.rs` what somebody wrote, and the one door through which it comes in.
//! - `given.rs` what callers see and change who were given some learners only, and a child who signed in.
//! - `timeline.rs` pages of entries, newest first, filtered without reading what is not shown.
//! - `search.rs` full text, over the same pages.
//! - `space.rs` how much room pictures take, and how much they may.
//! - `pictures.rs` what is done to a photo before it is stored.
//! - `store.rs` rows, `index.rs` how they are found; `api.rs` JSON; `pages.rs` and `form.rs` HTML (`view.rs`: entries as templates show
//!   them; `query.rs`: what stands in an address; `media.rs`: files in and out; `room.rs`: how much room is left).

pub mod api;
mod attach;
mod draft;
pub mod form;
mod form_view;
mod given;
mod index;
pub mod media;
pub mod pages;
pub mod pictures;
mod query;
mod revise;
pub mod room;
pub mod search;
mod shapes;
pub mod space;
mod store;
mod text;
pub mod timeline;
pub mod view;

use minicbor::{Decode, Encode};

use crate::{
    error::{Error, Invalid, Result},
    learners,
    store::{Blob, Read, Write},
    types::{
        AccountId, AttachmentId, BlobId, Caller, Date, EntryId, FamilyId, IfMatch, LearnerId, Scope, SubjectId,
        Timestamp,
    },
};

pub use attach::{Attached, Cleaned, Size, Slot, attach, attachment, caption, detach, standing};
pub use draft::{Draft, RawDraft, RawVoice};
pub use given::may_change;
pub use revise::{Revision, Target, revise};
pub use text::{to_html, to_html_without_links};

/// The most pictures of one entry.
pub const MAX_ATTACHMENTS: usize = 40;
/// How long a deleted entry can be brought back.
pub const UNDO: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// What happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// What its owner wrote.
    pub draft: Draft,
    /// Its pictures, in the order in which they were added.
    pub attachments: Vec<Attachment>,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises with every change: the `ETag`.
    pub version: u64,
    /// Who added it: an account, or a learner's own id. None in entries that are older than the question.
    pub by: Option<AccountId>,
}

/// A picture of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// As it was named where it came from; at most 200 characters.
    pub filename: String,
    /// `image/jpeg`, `image/png` or `image/webp`: what the original is.
    pub media_type: &'static str,
    /// Size of the original, in bytes.
    pub bytes: u64,
    /// Upright, in pixels.
    pub width: u32,
    /// Upright, in pixels.
    pub height: u32,
    /// What can be seen; at most 500 characters.
    pub caption: Option<String>,
    /// Where its files lie.
    pub files: Files,
    /// SHA-256 of what was uploaded: tells a repeated upload from a different one.
    pub digest: [u8; 32],
}

/// The three sizes of a picture in the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Files {
    /// The same picture without its metadata.
    #[n(0)]
    pub original: Blob,
    /// At most 1,600 pixels, JPEG.
    #[n(1)]
    pub screen: Blob,
    /// At most 400 pixels, JPEG.
    #[n(2)]
    pub thumb: Blob,
}

/// What kind of happening it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[allow(missing_docs)]
pub enum Kind {
    #[n(0)]
    Activity,
    #[n(1)]
    Reading,
    #[n(2)]
    Outing,
    #[n(3)]
    Group,
    #[n(4)]
    Project,
    #[n(5)]
    Milestone,
    #[n(6)]
    Note,
}

impl Kind {
    /// Every kind and its word.
    pub const ALL: [(&'static str, Self); 7] = [
        ("activity", Self::Activity),
        ("reading", Self::Reading),
        ("outing", Self::Outing),
        ("group", Self::Group),
        ("project", Self::Project),
        ("milestone", Self::Milestone),
        ("note", Self::Note),
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// How far an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    /// It is meant to happen.
    #[n(0)]
    Planned,
    /// It happened and is not finished in writing.
    #[n(1)]
    Draft,
    /// It stands.
    #[default]
    #[n(2)]
    Done,
}

impl State {
    /// Every state and its word.
    pub const ALL: [(&'static str, Self); 3] =
        [("planned", Self::Planned), ("draft", Self::Draft), ("done", Self::Done)];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// How something felt to a child: three faces, never a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[allow(missing_docs)]
pub enum Feeling {
    #[n(0)]
    Good,
    #[n(1)]
    Mixed,
    #[n(2)]
    Hard,
}

impl Feeling {
    /// Every feeling and its word.
    pub const ALL: [(&'static str, Self); 3] = [("good", Self::Good), ("mixed", Self::Mixed), ("hard", Self::Hard)];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// A child's own words.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Voice {
    /// Whose.
    #[n(0)]
    pub learner: LearnerId,
    /// At most 2,000 characters.
    #[n(1)]
    pub words: Option<String>,
    /// How it felt.
    #[n(2)]
    pub feeling: Option<Feeling>,
}

/// What came of a `PUT` with the caller's own id.
#[derive(Debug)]
pub enum Put {
    /// It did not exist.
    Created(Entry),
    /// It existed with the same content, or was replaced.
    Stands(Entry),
}

/// Adds an entry for learners of the caller's family.
///
/// # Errors
/// `Invalid` where a learner or subject is not the family's: whether it exists elsewhere is not told.
pub fn add(tx: &mut Write, caller: &Caller, draft: Draft) -> Result<Entry> {
    let id = tx.new_id();
    insert(tx, caller, id, draft)
}

/// Creates or replaces the entry with the caller's id.
///
/// Without `if_match` it creates; the same content again changes nothing, so a lost reply can be asked for again.
/// With it, the entry is replaced if it still has that version.
///
/// # Errors
/// `Stale` where other content stands under the id, or another version; `NotFound` where there is nothing to replace.
pub fn put(tx: &mut Write, caller: &Caller, id: EntryId, draft: Draft, if_match: Option<&IfMatch>) -> Result<Put> {
    caller.must(Scope::RecordsWrite)?;
    match (visible(tx, caller, id)?.map(|entry| given::seen(caller, entry)), if_match) {
        (Some(_), Some(_)) => replace(tx, caller, id, draft, if_match).map(Put::Stands),
        (Some(entry), None) if entry.draft == draft => Ok(Put::Stands(entry)),
        (Some(_), None) => Err(Error::Stale),
        (None, Some(_)) => Err(Error::NotFound("entry")),
        // Deleted, or hidden from the caller: the id is taken, and nothing more is told.
        (None, None) if store::is_taken(tx, caller.family, id)? => Err(Error::Stale),
        (None, None) => insert(tx, caller, id, draft).map(Put::Created),
    }
}

/// Replaces what somebody wrote; pictures stay.
///
/// # Errors
/// `NotFound`; `Stale` where `if_match` is given and is not the entry's any more.
pub fn replace(
    tx: &mut Write,
    caller: &Caller,
    id: EntryId,
    draft: Draft,
    if_match: Option<&IfMatch>,
) -> Result<Entry> {
    caller.must(Scope::RecordsWrite)?;
    let before = whole(tx, caller, id)?;
    if if_match.is_some_and(|tags| !tags.allows(&before.version)) {
        return Err(Error::Stale);
    }
    check(tx, caller, &draft)?;
    given::may_become(caller, &before, &draft)?;
    let mut after = before.clone();
    after.draft = given::merged(caller, &before.draft, draft);
    save(tx, caller, &before, after).map(|entry| given::seen(caller, entry))
}

/// A child's own voice in an entry that somebody else added; nothing else of it is changed. Without words and feeling
/// the voice is taken away.
///
/// # Errors
/// `NotFound`: also for a learner whom the entry does not name; `Invalid` on `words` and `feeling`.
pub fn speak(
    tx: &mut Write,
    caller: &Caller,
    id: EntryId,
    learner: LearnerId,
    words: Option<&str>,
    feeling: Option<&str>,
) -> Result<Entry> {
    caller.must(Scope::RecordsWrite)?;
    let before = get(tx, caller, id)?;
    if !before.draft.learners.contains(&learner) {
        return Err(Error::NotFound("learner"));
    }
    let voice = Voice::parse(learner, words, feeling)?;
    let mut draft = before.draft.clone();
    draft.voices.retain(|voice| voice.learner != learner);
    draft.voices.extend(voice);
    replace(tx, caller, id, draft, None)
}

/// Stars an entry or takes the star away.
///
/// # Errors
/// `NotFound`.
pub fn set_starred(tx: &mut Write, caller: &Caller, id: EntryId, starred: bool) -> Result<Entry> {
    caller.must(Scope::RecordsWrite)?;
    let before = whole(tx, caller, id)?;
    given::must_be_own(caller, &before)?;
    let mut after = before.clone();
    after.draft.starred = starred;
    save(tx, caller, &before, after).map(|entry| given::seen(caller, entry))
}

/// "Same again": what a new entry of today begins with: the same title, children, subjects, kind, place, duration and
/// resources. What was said and seen that day (text, voices, pictures, star) stays with the day.
///
/// # Errors
/// `NotFound`.
pub fn again(tx: &Read, caller: &Caller, id: EntryId, today: Date) -> Result<Draft> {
    let draft = get(tx, caller, id)?.draft;
    Ok(Draft { date: today, text: None, voices: Vec::new(), starred: false, state: State::Done, ..draft })
}

/// Deletes an entry. It can be brought back for thirty days.
///
/// # Errors
/// `NotFound`; `Stale` where `if_match` is given and is not the entry's any more.
pub fn delete(tx: &mut Write, caller: &Caller, id: EntryId, if_match: Option<&IfMatch>) -> Result<()> {
    caller.must(Scope::RecordsWrite)?;
    let entry = whole(tx, caller, id)?;
    if if_match.is_some_and(|tags| !tags.allows(&entry.version)) {
        return Err(Error::Stale);
    }
    given::must_be_own(caller, &entry)?;
    store::delete(tx, caller.family, &entry);
    Ok(())
}

/// Entries that were deleted and can be brought back, the last deleted first.
///
/// # Errors
/// `Forbidden`.
pub fn deleted(tx: &Read, caller: &Caller) -> Result<Vec<Entry>> {
    caller.must(Scope::RecordsWrite)?;
    let mut all = store::deleted_of(tx, caller.family)?;
    all.retain(|(entry, _)| may_see(caller, entry) && given::is_own(caller, entry));
    all.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    Ok(all.into_iter().map(|(entry, _)| given::seen(caller, entry)).collect())
}

/// Brings a deleted entry back. One that stands already is returned as it is: "Undo" may be pressed twice.
///
/// # Errors
/// `NotFound` where it was not deleted, or was deleted too long ago.
pub fn restore(tx: &mut Write, caller: &Caller, id: EntryId) -> Result<Entry> {
    caller.must(Scope::RecordsWrite)?;
    if let Some(entry) = visible(tx, caller, id)? {
        return Ok(given::seen(caller, entry));
    }
    let deleted = store::deleted(tx, caller.family, id)?;
    let deleted = deleted.filter(|entry| may_see(caller, entry) && given::is_own(caller, entry));
    let mut entry = deleted.ok_or(Error::NotFound("entry"))?;
    entry.updated_at = tx.now();
    entry.version += 1;
    store::undelete(tx, caller.family, &entry);
    Ok(given::seen(caller, entry))
}

/// Removes for good what was deleted more than thirty days ago; returns the blobs that no row names any more.
///
/// # Errors
/// `Internal` only.
pub fn purge(tx: &mut Write) -> Result<Vec<BlobId>> {
    let now = tx.now();
    let mut blobs = Vec::new();
    for (family, entry, deleted_at) in store::all_deleted(tx)? {
        if now.since(deleted_at) > UNDO {
            store::forget(tx, family, &entry)?;
            blobs.extend(entry.attachments.iter().flat_map(|a| a.files.ids()));
        }
    }
    Ok(blobs)
}

/// Every blob that a row names, deleted entries included.
///
/// # Errors
/// `Internal` only.
pub fn named_blobs(tx: &Read) -> Result<Vec<Blob>> {
    store::named_blobs(tx)
}

/// Every blob that a family's rows name, and how many pictures they are; deleted entries included.
///
/// # Errors
/// `Internal` only.
pub fn blobs_of(tx: &Read, family: FamilyId) -> Result<(Vec<Blob>, usize)> {
    store::blobs_of(tx, family)
}

/// One entry.
///
/// # Errors
/// `NotFound`: also another family's, a deleted one, and a private one that the caller may not see.
pub fn get(tx: &Read, caller: &Caller, id: EntryId) -> Result<Entry> {
    whole(tx, caller, id).map(|entry| given::seen(caller, entry))
}

/// The same with what is hidden from a caller who was given some learners only: for rules that write it back.
fn whole(tx: &Read, caller: &Caller, id: EntryId) -> Result<Entry> {
    caller.must(Scope::RecordsRead)?;
    visible(tx, caller, id)?.ok_or(Error::NotFound("entry"))
}

impl Attachment {
    /// Where a page finds one of its files. The address changes with the file, so a browser may keep what it got.
    pub fn url(&self, size: &str) -> String {
        let version = self.files.original.id.to_string();
        format!("/media/{}/{size}?v={}", self.id, version.rsplit('-').next().unwrap_or_default())
    }
}

impl Files {
    /// The three blobs.
    pub fn all(self) -> [Blob; 3] {
        [self.original, self.screen, self.thumb]
    }

    /// How many bytes the three take.
    pub fn bytes(&self) -> u64 {
        [&self.original, &self.screen, &self.thumb].into_iter().map(|blob| blob.len).sum()
    }

    /// The names of the three blobs.
    pub fn ids(&self) -> [BlobId; 3] {
        [self.original.id, self.screen.id, self.thumb.id]
    }
}

fn visible(tx: &Read, caller: &Caller, id: EntryId) -> Result<Option<Entry>> {
    Ok(store::get(tx, caller.family, id)?.filter(|entry| may_see(caller, entry)))
}

/// Private entries exist only for those with the right to them; a caller for some learners sees only their entries.
fn may_see(caller: &Caller, entry: &Entry) -> bool {
    let given = caller.learners.as_ref().is_none_or(|given| entry.draft.learners.iter().any(|id| given.contains(id)));
    given && (caller.sees_private() || !entry.draft.private)
}

fn insert(tx: &mut Write, caller: &Caller, id: EntryId, draft: Draft) -> Result<Entry> {
    caller.must(Scope::RecordsWrite)?;
    check(tx, caller, &draft)?;
    let (now, by) = (tx.now(), Some(caller.account));
    let entry = Entry { id, draft, attachments: Vec::new(), created_at: now, updated_at: now, version: 1, by };
    store::put(tx, caller.family, None, &entry)?;
    Ok(entry)
}

/// Stores a changed entry under the next version; an unchanged one is left alone.
fn save(tx: &mut Write, caller: &Caller, before: &Entry, mut after: Entry) -> Result<Entry> {
    if *before != after {
        after.updated_at = tx.now();
        after.version += 1;
        store::put(tx, caller.family, Some(before), &after)?;
    }
    Ok(after)
}

/// What only the store can tell: learners and subjects are the family's, and the caller may set what is private.
fn check(tx: &Read, caller: &Caller, draft: &Draft) -> Result<()> {
    if draft.private && !caller.sees_private() {
        return Err(Error::Forbidden(Scope::RecordsPrivate.as_str()));
    }
    for (at, id) in draft.learners.iter().enumerate() {
        known(learners::get(tx, caller, *id), format!("learners.{at}"), "error-unknown-learner")?;
    }
    // Otherwise they would not find it again.
    if caller.learners.is_some() && draft.learners.is_empty() {
        return Err(Invalid::new("learners", "error-required").into());
    }
    for (at, id) in draft.subjects.iter().enumerate() {
        known(learners::subject::get(tx, caller, *id), format!("subjects.{at}"), "error-unknown-subject")?;
    }
    Ok(())
}

fn known<T>(found: Result<T>, field: String, message: &'static str) -> Result<()> {
    match found {
        Err(Error::NotFound(_)) => Err(Invalid::new(field, message).into()),
        other => other.map(drop),
    }
}

/// The subjects of an entry in the family's order; for pages and documents.
pub(crate) fn subject_names(subjects: &[learners::Subject], ids: &[SubjectId]) -> Vec<String> {
    subjects.iter().filter(|subject| ids.contains(&subject.id)).map(|subject| subject.name.clone()).collect()
}
