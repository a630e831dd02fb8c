//! Everything that one form says of an entry, in one step: content, captions, pictures that go and that come.

use crate::{
    error::{Invalid, Result, check},
    store::Write,
    types::{Amount, AttachmentId, Caller, EntryId, IfMatch, Scope},
};

use super::{
    Cleaned, Draft, Entry, Files, add,
    attach::{append, must_fit},
    given, save, whole,
};

/// What is to be true of an entry.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its content.
    pub draft: Draft,
    /// New captions; an empty one takes the caption away.
    pub captions: Vec<(AttachmentId, String)>,
    /// Pictures that go.
    pub remove: Vec<AttachmentId>,
    /// Pictures that come.
    pub add: Vec<Cleaned>,
    /// How much room the settings allow a family's pictures.
    pub usual: Option<Amount>,
}

/// Which entry.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// A new one.
    New,
    /// The one with this id, as long as it has this version.
    Standing(EntryId, u64),
}

/// Carries a revision out; returns the entry, and the files of the pictures that went.
///
/// Captions and removals of pictures that the entry doesn't hold are passed over: another window may have removed them.
///
/// # Errors
/// `Invalid` where the entry would say nothing (no title, no text, no voice, no picture), and as [`super::replace`] and
/// [`super::attach`].
pub fn revise(tx: &mut Write, caller: &Caller, target: Target, revision: Revision) -> Result<(Entry, Vec<Files>)> {
    caller.must(Scope::RecordsWrite)?;
    let Revision { draft, captions, remove, add: pictures, usual } = revision;
    let says_nothing = draft.says_nothing();
    let id = match target {
        Target::New => add(tx, caller, draft)?.id,
        Target::Standing(id, version) => {
            given::must_be_own(caller, &whole(tx, caller, id)?)?;
            super::replace(tx, caller, id, draft, Some(&IfMatch::version(version)))?.id
        }
    };
    let before = whole(tx, caller, id)?;
    let mut after = before.clone();
    let (gone, kept) = after.attachments.into_iter().partition(|attachment| remove.contains(&attachment.id));
    after.attachments = kept;
    let gone: Vec<Files> = gone.into_iter().map(|attachment| attachment.files).collect();
    for attachment in &mut after.attachments {
        // Where a form names a picture twice, the first counts.
        if let Some((_, words)) = captions.iter().find(|(id, _)| *id == attachment.id) {
            let field = format!("caption-{}", attachment.id);
            attachment.caption = check::optional_line(&field, Some(words), 500)?;
        }
    }
    if says_nothing && after.attachments.is_empty() && pictures.is_empty() {
        return Err(Invalid::new("title", "error-empty-entry").into());
    }
    // Before the count changes: one for another is allowed where the family has more than it may, if it is no larger.
    let bytes = |files: &Files| files.bytes();
    let come = pictures.iter().map(|picture| bytes(&picture.files)).sum();
    must_fit(tx, caller, usual, gone.iter().map(bytes).sum(), come)?;
    let mut entry = save(tx, caller, &before, after)?;
    for picture in pictures {
        let id = tx.new_id();
        (entry, _) = append(tx, caller, &entry, id, picture)?;
    }
    Ok((given::seen(caller, entry), gone))
}
