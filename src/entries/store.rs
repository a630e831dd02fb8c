//! Rows of entries and of their pictures. Every key begins with the family.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Blob, Read, Table, Write},
    types::{AccountId, AttachmentId, Date, EntryId, FamilyId, LearnerId, SubjectId, Timestamp},
};

use super::{Attachment, Draft, Entry, Files, Kind, State, Voice, index, space};

const ENTRIES: Table<(FamilyId, EntryId), EntryRow> = Table::new("entries");
const DELETED: Table<(FamilyId, EntryId), DeletedRow> = Table::new("entries_deleted");
const ATTACHMENTS: Table<(FamilyId, AttachmentId), AttachmentOwner> = Table::new("attachments");
/// How many bytes the pictures of a family take, those of deleted entries included.
const SPACE: Table<(FamilyId,), SpaceRow> = Table::new("attachment_space");

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
    #[n(17)]
    by: Option<AccountId>,
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

#[derive(Encode, Decode)]
struct SpaceRow {
    #[n(0)]
    bytes: u64,
}
row!(SpaceRow, version 1);

pub(super) fn get(tx: &Read, family: FamilyId, id: EntryId) -> Result<Option<Entry>> {
    Ok(tx.get(&ENTRIES, &(family, id))?.map(|row| row.into_entry(id)))
}

/// Whether the id stands for an entry, also a deleted one.
pub(super) fn is_taken(tx: &Read, family: FamilyId, id: EntryId) -> Result<bool> {
    Ok(tx.has(&ENTRIES, &(family, id))? || tx.has(&DELETED, &(family, id))?)
}

/// Stores an entry and brings its indices from `before` to what it is now.
///
/// # Errors
/// `Internal` only.
pub(super) fn put(tx: &mut Write, family: FamilyId, before: Option<&Entry>, entry: &Entry) -> Result<()> {
    index::bring(tx, family, before, Some(entry));
    own(tx, family, before, Some(entry))?;
    tx.put(&ENTRIES, &(family, entry.id), &EntryRow::from_entry(entry));
    Ok(())
}

pub(super) fn delete(tx: &mut Write, family: FamilyId, entry: &Entry) {
    // Its pictures' ids stay taken, and their room: it may come back.
    index::bring(tx, family, Some(entry), None);
    tx.remove(&ENTRIES, &(family, entry.id));
    let row = DeletedRow { entry: EntryRow::from_entry(entry), deleted_at: tx.now() };
    tx.put(&DELETED, &(family, entry.id), &row);
}

pub(super) fn deleted(tx: &Read, family: FamilyId, id: EntryId) -> Result<Option<Entry>> {
    Ok(tx.get(&DELETED, &(family, id))?.map(|row| row.entry.into_entry(id)))
}

/// Brings a deleted entry back; its pictures were its own all the while.
pub(super) fn undelete(tx: &mut Write, family: FamilyId, entry: &Entry) {
    tx.remove(&DELETED, &(family, entry.id));
    index::bring(tx, family, None, Some(entry));
    tx.put(&ENTRIES, &(family, entry.id), &EntryRow::from_entry(entry));
}

pub(super) fn forget(tx: &mut Write, family: FamilyId, entry: &Entry) -> Result<()> {
    own(tx, family, Some(entry), None)?;
    tx.remove(&DELETED, &(family, entry.id));
    Ok(())
}

/// Removes entries for good that stand or were deleted, with their keys in the indices.
pub(super) fn forget_family(tx: &mut Write, family: FamilyId, most: usize) -> Result<usize> {
    let rows = tx.under(&ENTRIES, &(family,)).take(most);
    let standing = rows.map(|row| row.map(|((_, id), row)| row.into_entry(id))).collect::<Result<Vec<_>>>()?;
    for entry in &standing {
        index::bring(tx, family, Some(entry), None);
        own(tx, family, Some(entry), None)?;
        tx.remove(&ENTRIES, &(family, entry.id));
    }
    let rows = tx.under(&DELETED, &(family,)).take(most);
    let deleted = rows.map(|row| row.map(|((_, id), row)| row.entry.into_entry(id))).collect::<Result<Vec<_>>>()?;
    for entry in &deleted {
        forget(tx, family, entry)?;
    }
    if standing.is_empty() && deleted.is_empty() {
        tx.remove(&SPACE, &(family,));
    }
    Ok(standing.len() + deleted.len())
}

pub(super) fn deleted_of(tx: &Read, family: FamilyId) -> Result<Vec<(Entry, Timestamp)>> {
    tx.under(&DELETED, &(family,))
        .map(|row| row.map(|((_, id), row)| (row.entry.into_entry(id), row.deleted_at)))
        .collect()
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

pub(super) fn named_blobs(tx: &Read) -> Result<Vec<Blob>> {
    let mut named = Vec::new();
    for row in tx.under(&ENTRIES, &()) {
        named.extend(row?.1.attachments.into_iter().flat_map(|row| row.files.all()));
    }
    for row in tx.under(&DELETED, &()) {
        named.extend(row?.1.entry.attachments.into_iter().flat_map(|row| row.files.all()));
    }
    Ok(named)
}

/// Bytes that are counted for a family.
pub(super) fn space(tx: &Read, family: FamilyId) -> Result<u64> {
    Ok(tx.get(&SPACE, &(family,))?.map_or(0, |row| row.bytes))
}

pub(super) fn set_space(tx: &mut Write, family: FamilyId, bytes: u64) {
    tx.put(&SPACE, &(family,), &SpaceRow { bytes });
}

pub(super) fn spaces(tx: &Read) -> Result<BTreeMap<FamilyId, u64>> {
    tx.under(&SPACE, &()).map(|row| row.map(|((family,), row)| (family, row.bytes))).collect()
}

/// What the pictures that rows name take in truth.
pub(super) fn taken(tx: &Read) -> Result<BTreeMap<FamilyId, u64>> {
    let mut taken = BTreeMap::new();
    let mut add = |family, row: EntryRow| {
        let bytes: u64 = row.attachments.iter().map(|one| one.files.bytes()).sum();
        *taken.entry(family).or_default() += bytes;
    };
    for row in tx.under(&ENTRIES, &()) {
        let ((family, _), row) = row?;
        add(family, row);
    }
    for row in tx.under(&DELETED, &()) {
        let ((family, _), row) = row?;
        add(family, row.entry);
    }
    Ok(taken)
}

/// Keeps the way from an attachment to its entry, and the count of what the family's pictures take.
fn own(tx: &mut Write, family: FamilyId, before: Option<&Entry>, after: Option<&Entry>) -> Result<()> {
    let (gone, come) = (space::taken(before), space::taken(after));
    if gone != come {
        let bytes = space(tx, family)?.saturating_sub(gone).saturating_add(come);
        set_space(tx, family, bytes);
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
    Ok(())
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
            by: entry.by,
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
            by: self.by,
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
            files: attachment.files.clone(),
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
