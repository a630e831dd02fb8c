//! Full text: every word of the query must begin a word of the entry, or name one of its children or subjects.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    error::Result,
    learners::{self, Learner, Subject},
    store::Read,
    types::Caller,
};

use super::{
    Entry,
    index::{self, Facet, Walk},
    timeline::{Cursor, Filter, Page, joined},
};

/// The longest word that is indexed, in bytes; longer ones are found by their beginning.
const MAX_WORD: usize = 40;
/// How many words of a query count.
const MAX_TERMS: usize = 8;
/// How many words of the family a beginning stands for, in the order of the alphabet: the word itself is the first.
const EXPANSIONS: usize = 256;
/// The longest query, in characters.
pub const MAX_QUERY: usize = 200;

/// A page of entries that hold every word of `query`, newest first. A query without words finds nothing.
///
/// # Errors
/// `Forbidden`.
pub fn page(tx: &Read, caller: &Caller, query: &str, after: Option<Cursor>, limit: usize) -> Result<Page> {
    let terms: Vec<String> = words(query).into_iter().take(MAX_TERMS).collect();
    if terms.is_empty() {
        return Ok(Page { entries: Vec::new(), next: None });
    }
    let learners = learners::all(tx, caller)?;
    let subjects = learners::subject::all(tx, caller)?;
    let mut walks = Vec::with_capacity(terms.len());
    for term in &terms {
        let begins = |name: &str| words(name).iter().any(|word| word.starts_with(term));
        let mut any: Vec<Walk> = Vec::new();
        for word in index::words_from(tx, caller.family, term, EXPANSIONS)? {
            any.push(Walk::word(tx, caller.family, word));
        }
        let named = learners.iter().filter(|learner| begins(&learner.nickname)).map(|l| Facet::Learner(l.id));
        let named = named.chain(subjects.iter().filter(|subject| begins(&subject.name)).map(|s| Facet::Subject(s.id)));
        any.extend(named.map(|facet| Walk::facet(tx, caller.family, facet)));
        if any.is_empty() {
            return Ok(Page { entries: Vec::new(), next: None });
        }
        walks.push(Walk::Any(any));
    }
    let mut page = joined(tx, caller, &Filter::default(), walks, after, limit)?;
    if caller.learners.is_some() {
        // The index knows what other children said of the same day, too.
        page.entries.retain(|entry| holds(entry, &terms, &learners, &subjects));
    }
    Ok(page)
}

/// Whether what can be seen of an entry holds every word.
fn holds(entry: &Entry, terms: &[String], learners: &[Learner], subjects: &[Subject]) -> bool {
    let mut all = words_of(entry);
    let names = learners.iter().filter(|one| entry.draft.learners.contains(&one.id)).map(|one| one.nickname.as_str());
    let subjects = subjects.iter().filter(|one| entry.draft.subjects.contains(&one.id)).map(|one| one.name.as_str());
    all.extend(names.chain(subjects).flat_map(words));
    terms.iter().all(|term| all.iter().any(|word| word.starts_with(term)))
}

/// The distinct words of an entry.
pub(super) fn words_of(entry: &Entry) -> BTreeSet<String> {
    let draft = &entry.draft;
    let texts = [draft.title.as_deref(), draft.text.as_deref(), draft.place.as_deref()];
    let texts = texts.into_iter().flatten();
    let texts = texts.chain(draft.resources.iter().map(String::as_str));
    let texts = texts.chain(draft.voices.iter().filter_map(|voice| voice.words.as_deref()));
    let texts = texts.chain(entry.attachments.iter().filter_map(|a| a.caption.as_deref()));
    texts.flat_map(words).collect()
}

/// Words as they are compared: without case and accents, without a possessive's ending.
fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == '’' { '\'' } else { c })
        .collect();
    folded
        .unicode_words()
        .map(|word| word.strip_suffix("'s").unwrap_or(word))
        .map(|word| match word.char_indices().find(|(at, c)| at + c.len_utf8() > MAX_WORD) {
            Some((end, _)) => &word[..end],
            None => word,
        })
        .filter(|word| !word.is_empty() && !word.contains(['\0', '\u{1}']))
        .map(str::to_owned)
        .collect()
}
