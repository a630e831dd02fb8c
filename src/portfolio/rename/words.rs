//! A name in running text: where it stands, and what stands there afterwards.
//!
//! The rules are those of `web/assets/rename.js`; `tests/vectors/rename.json` keeps the two equal.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::stream::{Kind, Quotes, Stream, is_unseen};

/// Replaces a name in a text and counts the places.
///
/// A name is found in any case and any normalisation form where no letter joins it to a longer word; how an
/// occurrence was written decides how the new name is. `keep_lowercase` leaves all-lowercase ones alone ("a robin"),
/// unless the old name itself is written so.
pub fn replace_name(text: &str, from: &str, to: &str, keep_lowercase: bool) -> (String, usize) {
    let found = scan(text, &Name::new(from), &collapse(to), keep_lowercase);
    (apply(text, &found.edits), found.edits.len())
}

/// The words of a text that hold a name as a part and so survive [`replace_name`], each once.
pub fn leftovers(text: &str, from: &str, keep_lowercase: bool) -> Vec<String> {
    scan(text, &Name::new(from), "", keep_lowercase).leftovers
}

/// One replacement in a text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: Range<usize>,
    pub(super) text: String,
}

/// What is to be known of one text.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) edits: Vec<Edit>,
    pub(super) leftovers: Vec<String>,
}

/// White space as single spaces, none at the ends, composed.
pub(super) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

/// Without accents.
pub(super) fn unmarked(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// The letters and digits of a text, comparable.
pub(super) fn squeeze(text: &str) -> String {
    let stream = Stream::new(text);
    let kept = stream.0.iter().filter(|k| matches!(k.kind, Kind::Letter | Kind::Number));
    kept.map(|k| k.key).collect()
}

pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.at.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.at.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The old name, made ready for comparison.
pub(super) struct Name {
    plain: String,
    keys: Vec<char>,
    kinds: Vec<Kind>,
    pub(super) letters: usize,
}

impl Name {
    pub(super) fn new(raw: &str) -> Self {
        let plain = collapse(raw);
        let (keys, kinds): (Vec<_>, Vec<_>) = Stream::new(&plain).0.iter().map(|key| (key.key, key.kind)).unzip();
        let letters = kinds.iter().filter(|kind| **kind == Kind::Letter).count();
        Self { plain, keys, kinds, letters }
    }

    fn ends_in_s(&self) -> bool {
        self.keys.last() == Some(&'s')
    }
}

/// How an occurrence is written, and so what replaces it.
#[derive(PartialEq, Eq)]
enum Shape {
    AsGiven,
    Lower,
    Caps,
    Capitalised,
}

impl Shape {
    fn of(raw: &str, old: &Name) -> Self {
        let seen = collapse(&raw.chars().filter(|c| !is_unseen(*c)).collect::<String>());
        let (low, high) = (seen.to_lowercase(), seen.to_uppercase());
        if seen == old.plain || low == high {
            return Self::AsGiven;
        }
        if seen == low {
            return if old.plain == old.plain.to_lowercase() { Self::AsGiven } else { Self::Lower };
        }
        if seen == high && seen.chars().filter(|c| !c.to_lowercase().eq(c.to_uppercase())).count() > 1 {
            return Self::Caps;
        }
        let small = |c: char| c.to_lowercase().eq([c]) && !c.to_uppercase().eq([c]);
        let raised = |c: char| !c.to_lowercase().eq([c]);
        match (old.plain.chars().next(), seen.chars().next()) {
            (Some(head), Some(mine)) if small(head) && raised(mine) => Self::Capitalised,
            _ => Self::AsGiven,
        }
    }

    fn dress(&self, to: &str) -> String {
        match self {
            Self::AsGiven => to.to_owned(),
            Self::Lower => to.to_lowercase(),
            Self::Caps => to.to_uppercase(),
            Self::Capitalised => {
                let mut rest = to.chars();
                rest.next().into_iter().flat_map(char::to_uppercase).collect::<String>() + rest.as_str()
            }
        }
    }
}

/// Finds every occurrence of a name in a text. `to` is taken as it is.
pub(super) fn scan(text: &str, old: &Name, to: &str, keep_lowercase: bool) -> Found {
    let mut found = Found::default();
    let size = old.keys.len();
    let (Some(head), Some(tail)) = (old.kinds.first(), old.kinds.last()) else {
        return found;
    };
    let stream = Stream::new(text);
    let mut covered = vec![false; stream.0.len()];
    let mut quotes = Quotes::default();
    let to_ends_in_s = to.ends_with(['s', 'S']);
    let mut i = 0;
    while i + size <= stream.0.len() {
        let (start, j) = (i, i + size);
        i += 1;
        if !stream.0[start].first || !stream.0[j - 1].last || !stream.stands(start, &old.keys) {
            continue;
        }
        if stream.before(start).is_some_and(|kind| head.joins(kind)) {
            continue;
        }
        // "Berties boots": a possessive, or several of them.
        let sloppy = old.letters > 1
            && tail.is_word()
            && !old.ends_in_s()
            && stream.key(j) == Some('s')
            && !stream.is_word(j + 1);
        if stream.kind(j).is_some_and(|kind| tail.joins(kind)) && !sloppy {
            continue;
        }
        let mut at = stream.bytes(start..j);
        let shape = Shape::of(text.get(at.clone()).unwrap_or_default(), old);
        if shape == Shape::Lower && old.letters < 2 {
            continue;
        }
        covered[start..j].fill(true);
        i = j;
        if shape == Shape::Lower && keep_lowercase {
            continue;
        }
        let mut put = shape.dress(to);
        if old.ends_in_s() && stream.key(j) == Some('\'') && !stream.is_word(j + 1) && !to_ends_in_s {
            let mark = stream.0[j].written;
            if !quotes.is_open(&stream, j, mark) {
                put.push(mark);
                put.push(if shape == Shape::Caps { 'S' } else { 's' });
                at.end = stream.0[j].at.end;
            }
        } else if sloppy && to_ends_in_s {
            put.push('\'');
        }
        found.edits.push(Edit { at, text: put });
    }
    if old.letters > 1 {
        found.leftovers = left_over(text, &stream, old, &covered);
    }
    found
}

/// Words that still hold the old name as a part, accents or not; and, of a name of several words, one that stands alone.
fn left_over(text: &str, stream: &Stream, old: &Name, covered: &[bool]) -> Vec<String> {
    let bare: Vec<usize> = (0..stream.0.len()).filter(|at| stream.0[*at].kind != Kind::Mark).collect();
    let unmarked = old.keys.iter().zip(&old.kinds).filter(|(_, kind)| **kind != Kind::Mark);
    let whole: Vec<char> = unmarked.map(|(key, _)| *key).collect();
    let parts: Vec<Name> = match old.plain.contains(' ') {
        true => old.plain.split(' ').map(Name::new).filter(|part| part.letters > 2).collect(),
        false => Vec::new(),
    };
    let part_of = |at: usize| {
        let kind = stream.kind(at).unwrap_or(Kind::Other);
        (kind.is_word() || kind == Kind::Number) && !covered[at]
    };
    let mut words: Vec<String> = Vec::new();
    let mut next = 0;
    while let Some(&begin) = bare.get(next) {
        let here = bare.get(next..next + whole.len());
        next += 1;
        let end = match here {
            Some(keys) if keys.iter().zip(&whole).all(|(at, key)| stream.key(*at) == Some(*key)) => {
                keys.last().map_or(begin, |at| at + 1)
            }
            _ => match parts.iter().find(|part| stands_alone(text, stream, begin, part)) {
                Some(part) => begin + part.keys.len(),
                None => continue,
            },
        };
        if covered[begin..end].contains(&true) {
            continue;
        }
        let from = (0..begin).rev().take_while(|at| part_of(*at)).last().unwrap_or(begin);
        let to = (end..stream.0.len()).take_while(|at| part_of(*at)).last().map_or(end, |at| at + 1);
        let word = collapse(text.get(stream.bytes(from..to)).unwrap_or_default());
        if !words.contains(&word) {
            words.push(word);
        }
        while bare.get(next).is_some_and(|at| *at < to) {
            next += 1;
        }
    }
    words
}

fn stands_alone(text: &str, stream: &Stream, at: usize, part: &Name) -> bool {
    let end = at + part.keys.len();
    stream.stands(at, &part.keys)
        && !stream.before(at).is_some_and(Kind::is_word)
        && !stream.is_word(end)
        && part.plain != part.plain.to_lowercase()
        && collapse(text.get(stream.bytes(at..end)).unwrap_or_default()) == part.plain
}
