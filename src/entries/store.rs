//! Rows of entries, and the indices by which they are found. Every key begins with the family.
//!
//! The index holds one key per entry and facet (everything, a learner, a subject, …), ending in the entry's place in
//! time; the words' table does the same per word. Both are walked newest first, and several walks are joined by
//! leaping ([`Walk::seek`]), so a page costs what it shows and not what the family has.

use std::collections::{BTreeSet, HashSet};

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Mark, Read, Rows, Table, Write},
    types::{AttachmentId, BlobId, Date, EntryId, FamilyId, LearnerId, SubjectId, Timestamp},
};

use super::{Attachment, Draft, Entry, Files, Kind, State, Voice, search};

const ENTRIES: Table<(FamilyId, EntryId), EntryRow> = Table::new("entries");
const DELETED: Table<(FamilyId, EntryId), DeletedRow> = Table::new("entries_deleted");
const INDEX: Table<(FamilyId, FacetKey, Position), Mark> = Table::new("entries_index");
const WORDS: Table<(FamilyId, String, Position), Mark> = Table::new("entries_words");
const ATTACHMENTS: Table<(FamilyId, AttachmentId), AttachmentOwner> = Table::new("attachments");

/// How far a walk steps before it leaps instead.
const STEPS: usize = 8;

type FacetKey = [u8; 17];
/// An entry's place in time: its day and id, turned round so that the newest comes first.
pub type Position = [u8; 20];

#[derive(Encode, Decode)]
struct EntryRow {
    #[n(0)]
    date: Date,
    #[n(1)]
    learners: Vec<LearnerId>,
    #[n(2)]
    title: Option<String>,
    #[n(3)]
    text: Option<String>,
    #[n(4)]
    subjects: Vec<SubjectId>,
    #[n(5)]
    kind: Option<Kind>,
    #[n(6)]
    minutes: Option<u16>,
    #[n(7)]
    place: Option<String>,
    #[n(8)]
    resources: Vec<String>,
    #[n(9)]
    voices: Vec<Voice>,
    #[n(10)]
    starred: bool,
    #[n(11)]
    private: bool,
    #[n(12)]
    state: State,
    #[n(13)]
    attachments: Vec<AttachmentRow>,
    #[n(14)]
    created_at: Timestamp,
    #[n(15)]
    updated_at: Timestamp,
    #[n(16)]
    version: u64,
}
row!(EntryRow, version 1);

#[derive(Encode, Decode)]
struct AttachmentRow {
    #[n(0)]
    id: AttachmentId,
    #[n(1)]
    filename: String,
    #[n(2)]
    media_type: String,
    #[n(3)]
    bytes: u64,
    #[n(4)]
    width: u32,
    #[n(5)]
    height: u32,
    #[n(6)]
    caption: Option<String>,
    #[n(7)]
    files: Files,
    /// SHA-256 of what was uploaded: tells a repeated upload from a different one.
    #[cbor(n(8), with = "minicbor::bytes")]
    digest: [u8; 32],
}

#[derive(Encode, Decode)]
struct DeletedRow {
    #[n(0)]
    entry: EntryRow,
    #[n(1)]
    deleted_at: Timestamp,
}
row!(DeletedRow, version 1);

#[derive(Encode, Decode)]
struct AttachmentOwner {
    #[n(0)]
    entry: EntryId,
}
row!(AttachmentOwner, version 1);

/// A property that entries are found by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Facet {
    All,
    Learner(LearnerId),
    Subject(SubjectId),
    Kind(Kind),
    State(State),
    Starred,
    /// What viewers and documents may see.
    Open,
}

impl Facet {
    fn key(self) -> FacetKey {
        let mut key = [0; 17];
        let (number, rest): (u8, &[u8]) = match &self {
            Self::All => (0, &[]),
            Self::Learner(id) => (1, id.bytes()),
            Self::Subject(id) => (2, id.bytes()),
            Self::Kind(kind) => (3, &[*kind as u8]),
            Self::State(state) => (4, &[*state as u8]),
            Self::Starred => (5, &[]),
            Self::Open => (6, &[]),
        };
        key[0] = number;
        key[1..=rest.len()].copy_from_slice(rest);
        key
    }

    fn of(draft: &Draft) -> impl Iterator<Item = Self> {
        let flags = [
            Some(Self::All),
            Some(Self::State(draft.state)),
            draft.kind.map(Self::Kind),
            draft.starred.then_some(Self::Starred),
            (!draft.private).then_some(Self::Open),
        ];
        let learners = draft.learners.iter().copied().map(Self::Learner);
        flags.into_iter().flatten().chain(learners).chain(draft.subjects.iter().copied().map(Self::Subject))
    }
}

/// The place in time of an entry of this day.
pub(super) fn position(date: Date, id: EntryId) -> Position {
    let mut position = [0; 20];
    position[..4].copy_from_slice(&date.day_number().to_be_bytes());
    position[4..].copy_from_slice(id.bytes());
    position.map(|b| !b)
}

/// The first place of a day.
pub(super) fn start_of(date: Date) -> Position {
    position(date, EntryId::from_bytes([0xff; 16]))
}

/// The day and the entry at a place; none where the bytes are no place.
pub(super) fn at(position: Position) -> Option<(Date, EntryId)> {
    let [a, b, c, d, id @ ..] = position.map(|b| !b);
    Some((Date::from_day_number(u32::from_be_bytes([a, b, c, d]))?, EntryId::from_bytes(id)))
}

/// The place just behind this one.
pub(super) fn behind(mut position: Position) -> Option<Position> {
    for byte in position.iter_mut().rev() {
        let (next, carry) = byte.overflowing_add(1);
        *byte = next;
        if !carry {
            return Some(position);
        }
    }
    None
}

pub(super) fn get(tx: &Read, family: FamilyId, id: EntryId) -> Result<Option<Entry>> {
    Ok(tx.get(&ENTRIES, &(family, id))?.map(|row| row.into_entry(id)))
}

/// Whether the id stands for an entry, also a deleted one.
pub(super) fn is_taken(tx: &Read, family: FamilyId, id: EntryId) -> Result<bool> {
    Ok(tx.has(&ENTRIES, &(family, id))? || tx.has(&DELETED, &(family, id))?)
}

/// Stores an entry and brings its indices from `before` to what it is now.
pub(super) fn put(tx: &mut Write, family: FamilyId, before: Option<&Entry>, entry: &Entry) {
    index(tx, family, before, Some(entry));
    tx.put(&ENTRIES, &(family, entry.id), &EntryRow::from_entry(entry));
}

pub(super) fn delete(tx: &mut Write, family: FamilyId, entry: &Entry) {
    index(tx, family, Some(entry), None);
    tx.remove(&ENTRIES, &(family, entry.id));
    let row = DeletedRow { entry: EntryRow::from_entry(entry), deleted_at: tx.now() };
    tx.put(&DELETED, &(family, entry.id), &row);
}

pub(super) fn deleted(tx: &Read, family: FamilyId, id: EntryId) -> Result<Option<Entry>> {
    Ok(tx.get(&DELETED, &(family, id))?.map(|row| row.entry.into_entry(id)))
}

pub(super) fn undelete(tx: &mut Write, family: FamilyId, entry: &Entry) {
    forget(tx, family, entry.id);
}

pub(super) fn forget(tx: &mut Write, family: FamilyId, id: EntryId) {
    tx.remove(&DELETED, &(family, id));
}

pub(super) fn all_deleted(tx: &Read) -> Result<Vec<(FamilyId, Entry, Timestamp)>> {
    tx.under(&DELETED, &())
        .map(|row| row.map(|((family, id), row)| (family, row.entry.into_entry(id), row.deleted_at)))
        .collect()
}

/// The entry that holds an attachment.
pub(super) fn attachment_owner(tx: &Read, family: FamilyId, id: AttachmentId) -> Result<Option<EntryId>> {
    Ok(tx.get(&ATTACHMENTS, &(family, id))?.map(|row| row.entry))
}

pub(super) fn named_blobs(tx: &Read) -> Result<HashSet<BlobId>> {
    let mut named = HashSet::new();
    for row in tx.under(&ENTRIES, &()) {
        named.extend(row?.1.attachments.iter().flat_map(|row| row.files.all()));
    }
    for row in tx.under(&DELETED, &()) {
        named.extend(row?.1.entry.attachments.iter().flat_map(|row| row.files.all()));
    }
    Ok(named)
}

/// The distinct words that begin with `prefix`, at most `max` of them.
pub(super) fn words_from(tx: &Read, family: FamilyId, prefix: &str, max: usize) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut from = prefix.to_owned();
    while words.len() < max {
        let next = tx.seek(&WORDS, &(family,), &(family, from, [0; 20]))?;
        match next {
            Some(((_, word, _), _)) if word.starts_with(prefix) => {
                from = format!("{word}\u{1}");
                words.push(word);
            }
            _ => break,
        }
    }
    Ok(words)
}

/// A walk through places in time, newest first.
pub(super) enum Walk<'t, 'a> {
    Facet {
        tx: &'t Read<'a>,
        family: FamilyId,
        key: FacetKey,
        rows: Option<FacetRows<'t, 'a>>,
        head: Head,
    },
    Word {
        tx: &'t Read<'a>,
        family: FamilyId,
        word: String,
    },
    /// Where any of the walks stands; each place once.
    Any(Vec<Self>),
}

type FacetRows<'t, 'a> = Rows<'t, 'a, (FamilyId, FacetKey, Position), Mark>;

/// How far a walk has been read.
#[derive(Clone, Copy)]
pub(super) enum Head {
    Unread,
    At(Position),
    End,
}

impl<'t, 'a> Walk<'t, 'a> {
    pub(super) fn facet(tx: &'t Read<'a>, family: FamilyId, facet: Facet) -> Self {
        Self::Facet { tx, family, key: facet.key(), rows: None, head: Head::Unread }
    }

    pub(super) fn word(tx: &'t Read<'a>, family: FamilyId, word: String) -> Self {
        Self::Word { tx, family, word }
    }

    /// The first place at or behind `from`. Callers never go back.
    pub(super) fn seek(&mut self, from: Position) -> Result<Option<Position>> {
        match self {
            Self::Any(walks) => {
                let mut first: Option<Position> = None;
                for walk in walks {
                    if let Some(place) = walk.seek(from)? {
                        first = Some(first.map_or(place, |first| first.min(place)));
                    }
                }
                Ok(first)
            }
            Self::Word { tx, family, word } => {
                let prefix = (*family, word.clone());
                let found = tx.seek(&WORDS, &prefix, &(*family, word.clone(), from))?;
                Ok(found.map(|((_, _, place), _)| place))
            }
            Self::Facet { tx, family, key, rows, head } => {
                for step in 0.. {
                    match head {
                        Head::At(place) if *place >= from => return Ok(Some(*place)),
                        Head::End => return Ok(None),
                        _ => {}
                    }
                    if rows.is_none() || step == STEPS {
                        *rows = Some(tx.from(&INDEX, &(*family, *key), &(*family, *key, from)));
                    }
                    let next = rows.as_mut().and_then(Iterator::next).transpose()?;
                    *head = next.map_or(Head::End, |((_, _, place), _)| Head::At(place));
                }
                Ok(None)
            }
        }
    }
}

/// Brings the indices from one state of an entry to another; keys that stay are not touched.
fn index(tx: &mut Write, family: FamilyId, before: Option<&Entry>, after: Option<&Entry>) {
    let facets = |entry: Option<&Entry>| -> BTreeSet<(FacetKey, Position)> {
        let keys = entry.map(|entry| {
            let place = position(entry.draft.date, entry.id);
            Facet::of(&entry.draft).map(move |facet| (facet.key(), place))
        });
        keys.into_iter().flatten().collect()
    };
    let (old, new) = (facets(before), facets(after));
    for (key, place) in old.difference(&new) {
        tx.remove(&INDEX, &(family, *key, *place));
    }
    for (key, place) in new.difference(&old) {
        tx.put(&INDEX, &(family, *key, *place), &Mark);
    }

    let words = |entry: Option<&Entry>| -> BTreeSet<(String, Position)> {
        let place = entry.map(|entry| position(entry.draft.date, entry.id));
        let words = entry.map(search::words_of).unwrap_or_default();
        words.into_iter().zip(std::iter::repeat(place.unwrap_or([0; 20]))).collect()
    };
    let (old, new) = (words(before), words(after));
    for (word, place) in old.difference(&new) {
        tx.remove(&WORDS, &(family, word.clone(), *place));
    }
    for (word, place) in new.difference(&old) {
        tx.put(&WORDS, &(family, word.clone(), *place), &Mark);
    }

    let pictures = |entry: Option<&Entry>| -> BTreeSet<AttachmentId> {
        entry.map(|entry| entry.attachments.iter().map(|a| a.id).collect()).unwrap_or_default()
    };
    let (old, new) = (pictures(before), pictures(after));
    for id in old.difference(&new) {
        tx.remove(&ATTACHMENTS, &(family, *id));
    }
    if let Some(entry) = after {
        for id in new.difference(&old) {
            tx.put(&ATTACHMENTS, &(family, *id), &AttachmentOwner { entry: entry.id });
        }
    }
}

impl EntryRow {
    fn from_entry(entry: &Entry) -> Self {
        let draft = entry.draft.clone();
        Self {
            date: draft.date,
            learners: draft.learners,
            title: draft.title,
            text: draft.text,
            subjects: draft.subjects,
            kind: draft.kind,
            minutes: draft.minutes,
            place: draft.place,
            resources: draft.resources,
            voices: draft.voices,
            starred: draft.starred,
            private: draft.private,
            state: draft.state,
            attachments: entry.attachments.iter().map(AttachmentRow::from_attachment).collect(),
            created_at: entry.created_at,
            updated_at: entry.updated_at,
            version: entry.version,
        }
    }

    fn into_entry(self, id: EntryId) -> Entry {
        let draft = Draft {
            date: self.date,
            learners: self.learners,
            title: self.title,
            text: self.text,
            subjects: self.subjects,
            kind: self.kind,
            minutes: self.minutes,
            place: self.place,
            resources: self.resources,
            voices: self.voices,
            starred: self.starred,
            private: self.private,
            state: self.state,
        };
        Entry {
            id,
            draft,
            attachments: self.attachments.into_iter().map(AttachmentRow::into_attachment).collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        }
    }
}

impl AttachmentRow {
    fn from_attachment(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id,
            filename: attachment.filename.clone(),
            media_type: attachment.media_type.to_owned(),
            bytes: attachment.bytes,
            width: attachment.width,
            height: attachment.height,
            caption: attachment.caption.clone(),
            files: attachment.files,
            digest: attachment.digest,
        }
    }

    fn into_attachment(self) -> Attachment {
        let known = ["image/jpeg", "image/png", "image/webp"];
        Attachment {
            id: self.id,
            filename: self.filename,
            media_type: known.into_iter().find(|known| *known == self.media_type).unwrap_or("application/octet-stream"),
            bytes: self.bytes,
            width: self.width,
            height: self.height,
            caption: self.caption,
            files: self.files,
            digest: self.digest,
        }
    }
}
