//! The indices by which entries are found. Every key begins with the family.
//!
//! One key per entry and facet (everything, a learner, a subject, …), ending in the entry's place in time; the words'
//! table does the same per word. Both are walked newest first, and several walks are joined by leaping
//! ([`Walk::seek`]), so a page costs what it shows and not what the family has.

use std::collections::BTreeSet;

use crate::{
    error::Result,
    store::{KeyPart, Mark, Read, Rows, Table, Write},
    types::{Date, EntryId, FamilyId, LearnerId, SubjectId},
};

use super::{Draft, Entry, Kind, State, search};

const INDEX: Table<(FamilyId, FacetKey, Position), Mark> = Table::new("entries_index");
const WORDS: Table<(FamilyId, String, Position), Mark> = Table::new("entries_words");

/// How far a walk steps before it leaps instead.
const STEPS: usize = 8;

type FacetKey = [u8; 17];
/// An entry's place in time: its day and id, turned round so that the newest comes first.
pub type Position = [u8; 20];

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
    Facet(Box<KeyWalk<'t, 'a, FacetKey>>),
    Word(Box<KeyWalk<'t, 'a, String>>),
    /// Where any of the walks stands; each place once.
    Any(Vec<Self>),
}

/// The entries under one key of an index: read on for a few steps, then leapt.
pub(super) struct KeyWalk<'t, 'a, K: 'static> {
    tx: &'t Read<'a>,
    table: &'static Table<(FamilyId, K, Position), Mark>,
    family: FamilyId,
    key: K,
    rows: Option<Rows<'t, 'a, (FamilyId, K, Position), Mark>>,
    head: Head,
}

/// How far a walk has been read.
#[derive(Clone, Copy)]
enum Head {
    Unread,
    At(Position),
    End,
}

impl<'t, 'a> Walk<'t, 'a> {
    pub(super) fn facet(tx: &'t Read<'a>, family: FamilyId, facet: Facet) -> Self {
        Self::Facet(Box::new(KeyWalk::new(tx, &INDEX, family, facet.key())))
    }

    pub(super) fn word(tx: &'t Read<'a>, family: FamilyId, word: String) -> Self {
        Self::Word(Box::new(KeyWalk::new(tx, &WORDS, family, word)))
    }

    /// The first place at or behind `from`. Callers never go back.
    pub(super) fn seek(&mut self, from: Position) -> Result<Option<Position>> {
        match self {
            Self::Facet(walk) => walk.seek(from),
            Self::Word(walk) => walk.seek(from),
            Self::Any(walks) => {
                let mut first: Option<Position> = None;
                for walk in walks {
                    if let Some(place) = walk.seek(from)? {
                        first = Some(first.map_or(place, |first| first.min(place)));
                    }
                }
                Ok(first)
            }
        }
    }
}

impl<'t, 'a, K: KeyPart + Clone + 'static> KeyWalk<'t, 'a, K> {
    fn new(tx: &'t Read<'a>, table: &'static Table<(FamilyId, K, Position), Mark>, family: FamilyId, key: K) -> Self {
        Self { tx, table, family, key, rows: None, head: Head::Unread }
    }

    fn seek(&mut self, from: Position) -> Result<Option<Position>> {
        for step in 0.. {
            match self.head {
                Head::At(place) if place >= from => return Ok(Some(place)),
                Head::End => return Ok(None),
                _ => {}
            }
            if self.rows.is_none() || step == STEPS {
                let (prefix, start) = ((self.family, self.key.clone()), (self.family, self.key.clone(), from));
                self.rows = Some(self.tx.from(self.table, &prefix, &start));
            }
            let next = self.rows.as_mut().and_then(Iterator::next).transpose()?;
            self.head = next.map_or(Head::End, |((_, _, place), _)| Head::At(place));
        }
        Ok(None)
    }
}

/// Brings the indices from one state of an entry to another; keys that stay are not touched.
pub(super) fn bring(tx: &mut Write, family: FamilyId, before: Option<&Entry>, after: Option<&Entry>) {
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
}
