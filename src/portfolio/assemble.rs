//! Gathers what goes into a document: open, finished entries of one child, oldest first.

use std::collections::BTreeMap;

use crate::{
    entries::{
        Entry, State,
        timeline::{self, Filter},
    },
    error::Result,
    families::{self, Family},
    learners::{self, Area, Learner, Subject},
    store::Read,
    types::{Caller, Date, Scope, Scopes},
};

use super::{Choice, Portfolio};

/// Everything that a document is made from, read in one snapshot.
pub struct Gathered {
    /// What was chosen.
    pub portfolio: Portfolio,
    /// Whose it is.
    pub learner: Learner,
    /// The family's zone says which day it is.
    pub family: Family,
    /// The family's subjects.
    pub subjects: Vec<Subject>,
    /// What is in, oldest first.
    pub entries: Vec<Entry>,
    /// The day of the snapshot.
    pub today: Date,
}

impl Gathered {
    /// How many of the entries touch each area, the most first.
    pub fn areas(&self) -> Vec<(Area, usize)> {
        let mut counts: BTreeMap<Area, usize> = BTreeMap::new();
        for entry in &self.entries {
            let mut areas: Vec<Area> = areas_of(entry, &self.subjects).collect();
            areas.sort_unstable();
            areas.dedup();
            for area in areas {
                *counts.entry(area).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(area, count)| (std::cmp::Reverse(*count), *area));
        counts
    }
}

/// The caller as documents see the record: whatever they may do elsewhere, nothing private.
pub(super) fn reader(caller: &Caller) -> Caller {
    Caller { scopes: Scopes::of(&[Scope::RecordsRead]), ..caller.clone() }
}

/// Gathers a portfolio's content.
///
/// # Errors
/// `NotFound`.
pub fn gather(tx: &Read, caller: &Caller, portfolio: Portfolio) -> Result<Gathered> {
    caller.must(Scope::PortfolioRead)?;
    let reader = reader(caller);
    let learner = learners::get(tx, &reader, portfolio.choice.learner)?;
    let subjects = learners::subject::all(tx, &reader)?;
    let family = families::get(tx, caller.family)?;
    let filter = Filter {
        learner: Some(learner.id),
        starred: portfolio.choice.starred.then_some(true),
        state: Some(State::Done),
        from: Some(portfolio.choice.from),
        to: Some(portfolio.choice.to),
        open_only: true,
        ..Filter::default()
    };
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = timeline::page(tx, &reader, &filter, after, timeline::MAX_LIMIT)?;
        entries.extend(page.entries.into_iter().filter(|entry| chosen(&portfolio.choice, entry, &subjects)));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    entries.reverse();
    let today = tx.now().date_in(&family.zone());
    Ok(Gathered { portfolio, learner, family, subjects, entries, today })
}

fn chosen(choice: &Choice, entry: &Entry, subjects: &[Subject]) -> bool {
    let kind = choice.kinds.is_empty() || entry.draft.kind.is_some_and(|kind| choice.kinds.contains(&kind));
    let area = choice.areas.is_empty() || areas_of(entry, subjects).any(|area| choice.areas.contains(&area));
    kind && area
}

fn areas_of<'a>(entry: &'a Entry, subjects: &'a [Subject]) -> impl Iterator<Item = Area> + 'a {
    subjects.iter().filter(|subject| entry.draft.subjects.contains(&subject.id)).map(|subject| subject.area)
}
