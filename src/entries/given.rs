//! What callers see and change who were given some learners only; and what a child may change who signed in.
//!
//! An entry may be about several children. Whoever was given one of them sees neither who the others are nor what they
//! said; and what is hidden stays when the rest is written back.

use crate::{
    error::{Error, Result},
    types::{AccountId, Caller, LearnerId, Role, Scope},
};

use super::{Draft, Entry};

/// The entry as the caller may see it.
pub(super) fn seen(caller: &Caller, mut entry: Entry) -> Entry {
    if let Some(given) = &caller.learners {
        entry.draft.learners.retain(|id| given.contains(id));
        entry.draft.voices.retain(|voice| given.contains(&voice.learner));
    }
    entry
}

/// What is written, with what was hidden from the writer.
pub(super) fn merged(caller: &Caller, before: &Draft, mut draft: Draft) -> Draft {
    let Some(given) = &caller.learners else { return draft };
    let hidden = |id: &LearnerId| !given.contains(id);
    draft.learners.extend(before.learners.iter().copied().filter(hidden));
    draft.voices.extend(before.voices.iter().filter(|voice| hidden(&voice.learner)).cloned());
    // In the old order, so that who comes first does not change with who writes.
    draft.learners.sort_by_key(|id| before.learners.iter().position(|old| old == id).unwrap_or(usize::MAX));
    draft
        .voices
        .sort_by_key(|voice| before.voices.iter().position(|old| old.learner == voice.learner).unwrap_or(usize::MAX));
    draft
}

/// Whether the caller may change and delete an entry that they see: a child only what they added themselves.
pub fn may_change(caller: &Caller, entry: &Entry) -> bool {
    caller.scopes.has(Scope::RecordsWrite) && is_own(caller, entry)
}

/// What everybody may who may write, and a child where they added it themselves.
pub(super) fn is_own(caller: &Caller, entry: &Entry) -> bool {
    caller.role != Role::Learner || entry.by == Some(caller.account)
}

/// Demands it.
pub(super) fn must_be_own(caller: &Caller, entry: &Entry) -> Result<()> {
    if is_own(caller, entry) { Ok(()) } else { Err(Error::Forbidden("an entry of your own")) }
}

/// Whether the caller may write this in place of what stands: a child in others' entries only another voice of theirs.
pub(super) fn may_become(caller: &Caller, before: &Entry, draft: &Draft) -> Result<()> {
    if is_own(caller, before) {
        return Ok(());
    }
    let standing = seen(caller, before.clone()).draft;
    let only_voices = Draft { voices: draft.voices.clone(), ..standing };
    if *draft == only_voices { Ok(()) } else { Err(Error::Forbidden("an entry of your own")) }
}

/// Whether the entry was added by this learner.
pub(super) fn is_by(entry: &Entry, learner: LearnerId) -> bool {
    entry.by == Some(AccountId::from_bytes(*learner.bytes()))
}
