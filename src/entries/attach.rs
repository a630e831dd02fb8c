//! Pictures of an entry: their rows. What is done to the files stands in `pictures.rs` and `media.rs`.

use crate::{
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{Amount, AttachmentId, Caller, EntryId, IfMatch, Scope},
};

use super::{Attachment, Entry, Files, MAX_ATTACHMENTS, given, save, space, store, whole};

/// Which of a picture's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// At most 400 pixels.
    Thumb,
    /// At most 1,600 pixels.
    Screen,
    /// As it was added, without its metadata.
    Original,
}

impl Size {
    /// Every size and its word.
    pub const ALL: [(&'static str, Self); 3] =
        [("thumb", Self::Thumb), ("screen", Self::Screen), ("original", Self::Original)];
}

/// A picture whose files are stored and that no row names yet.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Cleaned {
    pub filename: String,
    pub media_type: &'static str,
    pub bytes: u64,
    pub width: u32,
    pub height: u32,
    pub files: Files,
    pub digest: [u8; 32],
}

/// Where a picture goes.
#[derive(Debug, Clone)]
pub enum Slot {
    /// Under a new id.
    New,
    /// Under the caller's own id, which must be free or hold the same upload.
    Own(AttachmentId),
    /// In place of the picture that still has one of these tags (its original's blob id).
    Replace(AttachmentId, IfMatch),
}

/// What came of it.
#[derive(Debug)]
pub enum Attached {
    /// The picture was added.
    Created(Attachment),
    /// The same upload stood there: nothing was changed, and the files given are not needed.
    Stands(Attachment),
    /// It took another's place, whose files are not needed any more. The caption stays.
    Replaced(Attachment, Files),
}

/// Adds a picture to an entry. `usual` is how much room the settings allow a family.
///
/// # Errors
/// `NotFound`; `Stale` where something else stands under the id, or another version; `Invalid` beyond 40 pictures, and
/// where the family's pictures would take more than they may.
pub fn attach(
    tx: &mut Write,
    caller: &Caller,
    entry: EntryId,
    slot: &Slot,
    cleaned: Cleaned,
    usual: Option<Amount>,
) -> Result<Attached> {
    caller.must(Scope::RecordsWrite)?;
    let before = whole(tx, caller, entry)?;
    given::must_be_own(caller, &before)?;
    if let Some(standing) = standing(tx, caller, &before, slot, &cleaned.digest)? {
        return Ok(Attached::Stands(standing));
    }
    if let Slot::Replace(id, _) = slot {
        let mut after = before.clone();
        let place = after.attachments.iter_mut().find(|a| a.id == *id).ok_or(Error::NotFound("attachment"))?;
        let gone = place.files.clone();
        must_fit(tx, caller, usual, gone.bytes(), cleaned.files.bytes())?;
        *place = cleaned.into_attachment(*id, place.caption.take());
        let replaced = place.clone();
        save(tx, caller, &before, after)?;
        return Ok(Attached::Replaced(replaced, gone));
    }
    must_fit(tx, caller, usual, 0, cleaned.files.bytes())?;
    let id = if let Slot::Own(id) = slot { *id } else { tx.new_id() };
    let (_, attachment) = append(tx, caller, &before, id, cleaned)?;
    Ok(Attached::Created(attachment))
}

/// Puts a picture behind an entry's others. Whether the family has room for it was asked before.
pub(super) fn append(
    tx: &mut Write,
    caller: &Caller,
    before: &Entry,
    id: AttachmentId,
    cleaned: Cleaned,
) -> Result<(Entry, Attachment)> {
    if before.attachments.len() >= MAX_ATTACHMENTS {
        return Err(Invalid::new("photos", "error-too-many").with("max", MAX_ATTACHMENTS).into());
    }
    let mut after = before.clone();
    let attachment = cleaned.into_attachment(id, None);
    after.attachments.push(attachment.clone());
    Ok((save(tx, caller, before, after)?, attachment))
}

/// Counted in the transaction that attaches: of two that come at once the second sees the first.
pub(super) fn must_fit(tx: &Read, caller: &Caller, usual: Option<Amount>, gone: u64, come: u64) -> Result<()> {
    space::too_much(tx, caller.family, usual, gone, come)?.map_or(Ok(()), |complaint| Err(complaint.into()))
}

/// The picture that an upload would not change, if there is one: so that a repeated upload needs no work. What can't
/// succeed fails here already.
///
/// # Errors
/// As [`attach`].
pub fn standing(
    tx: &Read,
    caller: &Caller,
    entry: &Entry,
    slot: &Slot,
    digest: &[u8; 32],
) -> Result<Option<Attachment>> {
    let held = |id: AttachmentId| entry.attachments.iter().find(|a| a.id == id);
    match slot {
        Slot::New => Ok(None),
        Slot::Own(id) => match store::attachment_owner(tx, caller.family, *id)? {
            None => Ok(None),
            Some(owner) => {
                // A fingerprint of the photo tells whether it is the same one; it opens nothing.
                // nosemgrep: secrets-compared
                let same = held(*id).filter(|held| owner == entry.id && held.digest == *digest);
                same.cloned().map(Some).ok_or(Error::Stale)
            }
        },
        Slot::Replace(id, tags) => {
            let held = held(*id).ok_or(Error::NotFound("attachment"))?;
            if !tags.allows(&held.files.original.id) {
                return Err(Error::Stale);
            }
            Ok(Some(held).filter(|held| held.digest == *digest).cloned()) // nosemgrep: secrets-compared
        }
    }
}

impl Cleaned {
    fn into_attachment(self, id: AttachmentId, caption: Option<String>) -> Attachment {
        Attachment {
            id,
            filename: self.filename,
            media_type: self.media_type,
            bytes: self.bytes,
            width: self.width,
            height: self.height,
            caption,
            files: self.files,
            digest: self.digest,
        }
    }
}

/// Sets what can be seen on a picture; at most 500 characters, nothing takes the caption away.
///
/// # Errors
/// `NotFound`; `Invalid` on `caption`.
pub fn caption(tx: &mut Write, caller: &Caller, id: AttachmentId, caption: Option<&str>) -> Result<Attachment> {
    caller.must(Scope::RecordsWrite)?;
    let mut complaints = Complaints::new();
    let caption = complaints.take(check::optional_line("caption", caption, 500));
    complaints.finish()?;
    let (before, attachment) = found(tx, caller, id)?;
    given::must_be_own(caller, &before)?;
    let changed = Attachment { caption: caption.flatten(), ..attachment };
    let mut after = before.clone();
    for attachment in after.attachments.iter_mut().filter(|a| a.id == id) {
        *attachment = changed.clone();
    }
    save(tx, caller, &before, after)?;
    Ok(changed)
}

/// Takes a picture away; returns its files, for the caller to remove once the change stands.
///
/// # Errors
/// `NotFound`.
pub fn detach(tx: &mut Write, caller: &Caller, id: AttachmentId) -> Result<Files> {
    caller.must(Scope::RecordsWrite)?;
    let (before, attachment) = found(tx, caller, id)?;
    given::must_be_own(caller, &before)?;
    let mut after = before.clone();
    after.attachments.retain(|a| a.id != id);
    save(tx, caller, &before, after)?;
    Ok(attachment.files)
}

/// A picture and its entry.
///
/// # Errors
/// `NotFound`: also another family's, and one of an entry that the caller may not see.
pub fn attachment(tx: &Read, caller: &Caller, id: AttachmentId) -> Result<(Entry, Attachment)> {
    found(tx, caller, id).map(|(entry, attachment)| (given::seen(caller, entry), attachment))
}

fn found(tx: &Read, caller: &Caller, id: AttachmentId) -> Result<(Entry, Attachment)> {
    caller.must(Scope::RecordsRead)?;
    let missing = || Error::NotFound("attachment");
    let owner = store::attachment_owner(tx, caller.family, id)?.ok_or_else(missing)?;
    let entry = whole(tx, caller, owner).map_err(|error| match error {
        Error::NotFound(_) => missing(),
        other => other,
    })?;
    let attachment = entry.attachments.iter().find(|a| a.id == id).cloned().ok_or_else(missing)?;
    Ok((entry, attachment))
}
