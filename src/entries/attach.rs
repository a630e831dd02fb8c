//! Pictures of an entry: their rows. What is done to the files stands in `pictures.rs` and `media.rs`.

use crate::{
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AttachmentId, Caller, EntryId, Scope},
};

use super::{Attachment, Entry, Files, MAX_ATTACHMENTS, get, save, store};

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

/// Adds a picture to an entry, under the caller's own id where one is given.
///
/// The same upload under the same id changes nothing: the attachment that stands is returned, and `false`.
///
/// # Errors
/// `NotFound`; `Stale` where something else stands under the id; `Invalid` beyond 40 pictures.
pub fn attach(
    tx: &mut Write,
    caller: &Caller,
    entry: EntryId,
    id: Option<AttachmentId>,
    cleaned: Cleaned,
) -> Result<(Attachment, bool)> {
    caller.must(Scope::RecordsWrite)?;
    let before = get(tx, caller, entry)?;
    if let Some(id) = id
        && let Some(owner) = store::attachment_owner(tx, caller.family, id)?
    {
        let standing = before.attachments.iter().find(|a| owner == entry && a.id == id && a.digest == cleaned.digest);
        return standing.cloned().map(|standing| (standing, false)).ok_or(Error::Stale);
    }
    if before.attachments.len() >= MAX_ATTACHMENTS {
        return Err(Invalid::new("photos", "error-too-many").with("max", MAX_ATTACHMENTS).into());
    }
    let attachment = Attachment {
        id: id.unwrap_or_else(|| tx.new_id()),
        filename: cleaned.filename,
        media_type: cleaned.media_type,
        bytes: cleaned.bytes,
        width: cleaned.width,
        height: cleaned.height,
        caption: None,
        files: cleaned.files,
        digest: cleaned.digest,
    };
    let mut after = before.clone();
    after.attachments.push(attachment.clone());
    save(tx, caller, &before, after)?;
    Ok((attachment, true))
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
    let (before, attachment) = attachment(tx, caller, id)?;
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
    let (before, attachment) = attachment(tx, caller, id)?;
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
    caller.must(Scope::RecordsRead)?;
    let missing = || Error::NotFound("attachment");
    let owner = store::attachment_owner(tx, caller.family, id)?.ok_or_else(missing)?;
    let entry = get(tx, caller, owner).map_err(|error| match error {
        Error::NotFound(_) => missing(),
        other => other,
    })?;
    let attachment = entry.attachments.iter().find(|a| a.id == id).cloned().ok_or_else(missing)?;
    Ok((entry, attachment))
}
