//! Pages of entries, newest first, filtered without reading what is not shown.

use data_encoding::BASE64URL_NOPAD;

use crate::{
    error::{Invalid, Result},
    store::Read,
    types::{Caller, Date, LearnerId, Scope, SubjectId},
};

use super::{
    Entry, Kind, State, given,
    index::{self, Facet, Position, Walk},
    store,
};

/// Entries on a page unless another number is asked for.
pub const LIMIT: usize = 30;
/// The most entries on a page.
pub const MAX_LIMIT: usize = 100;
/// How many places a page may look at. A page that finds little within them ends early and says where to go on.
const BUDGET: usize = 4_000;

/// What to show; everything that is set must be true of an entry.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Filter {
    pub learner: Option<LearnerId>,
    pub subject: Option<SubjectId>,
    pub kind: Option<Kind>,
    pub starred: Option<bool>,
    pub state: Option<State>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Only what viewers and documents may see, whoever asks.
    pub open_only: bool,
}

/// Where the next page begins: opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Position);

impl Cursor {
    /// Reads what [`Cursor::to_string`] wrote.
    ///
    /// # Errors
    /// Names the field `after`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        bytes
            .and_then(|bytes| Position::try_from(bytes).ok())
            .filter(|position| index::at(*position).is_some())
            .map(Self)
            .ok_or_else(|| Invalid::new("after", "error-not-one-of").with("options", "`next` of the page before"))
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

/// Some entries, and where to go on.
#[derive(Debug)]
pub struct Page {
    /// Newest day first; within a day the last written first.
    pub entries: Vec<Entry>,
    /// None where there is nothing more. A page may hold fewer entries than asked for and still go on.
    pub next: Option<Cursor>,
}

/// A page of the caller's family.
///
/// # Errors
/// `Forbidden`.
pub fn page(tx: &Read, caller: &Caller, filter: &Filter, after: Option<Cursor>, limit: usize) -> Result<Page> {
    joined(tx, caller, filter, Vec::new(), after, limit)
}

/// A page of what the filter and every one of `more` agree on.
pub(super) fn joined<'t>(
    tx: &'t Read<'_>,
    caller: &Caller,
    filter: &Filter,
    more: Vec<Walk<'t, '_>>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page>
where
{
    caller.must(Scope::RecordsRead)?;
    // Which other children an entry is about is not told by asking for one of them.
    if let (Some(learner), Some(given)) = (filter.learner, &caller.learners)
        && !given.contains(&learner)
    {
        return Ok(Page { entries: Vec::new(), next: None });
    }
    let limit = limit.clamp(1, MAX_LIMIT);
    let mut walks = more_walks(tx, caller, filter, more);
    let mut place = filter.to.map_or([0; 20], index::start_of);
    if let Some(Cursor(after)) = after {
        match index::behind(after) {
            Some(behind) => place = place.max(behind),
            None => return Ok(Page { entries: Vec::new(), next: None }),
        }
    }
    let mut entries = Vec::with_capacity(limit);
    let mut last = None;
    for _ in 0..BUDGET {
        let Some(found) = agree(&mut walks, place)? else { return Ok(Page { entries, next: None }) };
        let (agreed, found) = found;
        let Some((date, id)) = index::at(found) else { return Ok(Page { entries, next: None }) };
        if filter.from.is_some_and(|from| date < from) {
            return Ok(Page { entries, next: None });
        }
        if !agreed {
            place = found;
            continue;
        }
        if entries.len() == limit {
            return Ok(Page { entries, next: last });
        }
        if let Some(entry) = store::get(tx, caller.family, id)?
            && filter.starred.is_none_or(|starred| entry.draft.starred == starred)
        {
            entries.push(given::seen(caller, entry));
        }
        last = Some(Cursor(found));
        match index::behind(found) {
            Some(behind) => place = behind,
            None => return Ok(Page { entries, next: None }),
        }
    }
    // Nothing is lost by going on from `place`: all before it was looked at.
    Ok(Page { entries, next: before(place).map(Cursor).or(last) })
}

/// Asks every walk for its first place from `place` on: `true` and the place where they agree, or `false` and the
/// furthest of them, to leap to. None where one has ended.
fn agree(walks: &mut [Walk], place: Position) -> Result<Option<(bool, Position)>> {
    let mut furthest = place;
    for walk in walks.iter_mut() {
        let Some(found) = walk.seek(furthest)? else { return Ok(None) };
        furthest = found;
    }
    let mut agreed = true;
    for walk in walks.iter_mut() {
        agreed &= walk.seek(furthest)? == Some(furthest);
    }
    Ok(Some((agreed, furthest)))
}

fn more_walks<'t, 'a>(
    tx: &'t Read<'a>,
    caller: &Caller,
    filter: &Filter,
    more: Vec<Walk<'t, 'a>>,
) -> Vec<Walk<'t, 'a>> {
    let hidden = filter.open_only || !caller.sees_private();
    let facets = [
        filter.learner.map(Facet::Learner),
        filter.subject.map(Facet::Subject),
        filter.kind.map(Facet::Kind),
        filter.state.map(Facet::State),
        (filter.starred == Some(true)).then_some(Facet::Starred),
        hidden.then_some(Facet::Open),
    ];
    let mut walks = more;
    walks.extend(facets.into_iter().flatten().map(|facet| Walk::facet(tx, caller.family, facet)));
    if let Some(given) = &caller.learners {
        let given = given.iter().map(|id| Walk::facet(tx, caller.family, Facet::Learner(*id)));
        walks.push(Walk::Any(given.collect()));
    }
    if walks.is_empty() {
        walks.push(Walk::facet(tx, caller.family, Facet::All));
    }
    walks
}

/// The place just before this one.
fn before(mut position: Position) -> Option<Position> {
    for byte in position.iter_mut().rev() {
        let (next, borrow) = byte.overflowing_sub(1);
        *byte = next;
        if !borrow {
            return Some(position);
        }
    }
    None
}
