//! What stands in a path or a query, for pages and for the API.

use crate::{
    error::{Error, Invalid, Result},
    http::form::Fields,
    types::{AttachmentId, Date, EntryId, LearnerId, SubjectId},
};

use super::{Kind, State, timeline::Filter};

/// A person's address bar: what can't be understood is left aside.
pub(super) fn lenient(params: &Fields) -> Filter {
    let word = |name| params.optional(name);
    Filter {
        learner: word("learner").and_then(LearnerId::parse),
        subject: word("subject").and_then(SubjectId::parse),
        kind: word("kind").and_then(|word| Kind::ALL.into_iter().find(|(kind, _)| *kind == word)).map(|(_, kind)| kind),
        starred: word("starred").map(|_| true),
        state: word("state")
            .and_then(|w| State::ALL.into_iter().find(|(state, _)| *state == w))
            .map(|(_, state)| state),
        from: word("from").and_then(Date::parse),
        to: word("to").and_then(Date::parse),
        open_only: false,
    }
}

/// An id in a path: one that can't be an id is nobody's.
pub(super) fn entry_id(text: &str) -> Result<EntryId> {
    EntryId::parse(text).ok_or(Error::NotFound("entry"))
}

/// A filter whose every word must be understood: the API's.
///
/// # Errors
/// `Invalid`, naming each parameter that is not.
pub(super) fn strict(params: &Fields) -> Result<Filter> {
    let filter = lenient(params);
    let unread = [
        ("learner", filter.learner.is_none(), "a learner's id"),
        ("subject", filter.subject.is_none(), "a subject's id"),
        ("kind", filter.kind.is_none(), "activity, reading, outing, group, project, milestone, note"),
        ("state", filter.state.is_none(), "planned, draft, done"),
        ("from", filter.from.is_none(), "YYYY-MM-DD"),
        ("to", filter.to.is_none(), "YYYY-MM-DD"),
    ];
    let bad: Vec<Invalid> = unread
        .into_iter()
        .filter(|(name, unread, _)| *unread && params.optional(name).is_some())
        .map(|(name, _, options)| Invalid::new(name, "error-not-one-of").with("options", options))
        .collect();
    if bad.is_empty() { Ok(filter) } else { Err(Error::Invalid(bad)) }
}

/// An id in a path: one that can't be an id is nobody's.
pub(super) fn attachment_id(text: &str) -> Result<AttachmentId> {
    AttachmentId::parse(text).ok_or(Error::NotFound("attachment"))
}
