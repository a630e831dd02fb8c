//! A text as comparable characters: decomposed, without case, spaces as one.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Punctuation after which a straight quotation mark opens.
const OPENERS: &str = "([{<\"\u{201C}\u{AB}\u{2013}\u{2014}-/";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letter,
    Mark,
    Number,
    Space,
    Other,
}

impl Kind {
    fn of(key: char) -> Self {
        if is_combining_mark(key) {
            Self::Mark
        } else if key.is_alphabetic() {
            Self::Letter
        } else if key.is_numeric() {
            Self::Number
        } else if key == ' ' {
            Self::Space
        } else {
            Self::Other
        }
    }

    pub(super) fn is_word(self) -> bool {
        matches!(self, Self::Letter | Self::Mark)
    }

    /// Whether this, at the edge of a name, grows together with a neighbour to a longer word.
    pub(super) fn joins(self, neighbour: Self) -> bool {
        match self {
            Self::Letter | Self::Mark => neighbour.is_word(),
            Self::Number => neighbour.is_word() || neighbour == Self::Number,
            Self::Space | Self::Other => false,
        }
    }
}

/// A comparable character (decomposed, without case) that knows where in the text it came from.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) key: char,
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
    /// The character as written, or the first of its cluster.
    pub(super) written: char,
    pub(super) first: bool,
    pub(super) last: bool,
}

pub(super) struct Stream(pub(super) Vec<Key>);

impl Stream {
    pub(super) fn new(text: &str) -> Self {
        let mut keys: Vec<Key> = Vec::with_capacity(text.len());
        let mut rest = text.char_indices().peekable();
        while let Some((start, written)) = rest.next() {
            let space = written.is_whitespace();
            while rest.next_if(|(_, c)| if space { c.is_whitespace() } else { is_combining_mark(*c) }).is_some() {}
            let end = rest.peek().map_or(text.len(), |(at, _)| *at);
            let cluster = if space { " " } else { text.get(start..end).unwrap_or_default() };
            let opens = keys.len();
            for plain in cluster.nfd().filter(|c| !is_unseen(*c)) {
                for key in plain.to_uppercase().flat_map(char::to_lowercase).map(same) {
                    keys.push(Key { key, kind: Kind::of(key), at: start..end, written, first: false, last: false });
                }
            }
            if keys.len() > opens {
                keys[opens].first = true;
                if let Some(key) = keys.last_mut() {
                    key.last = true;
                }
            }
        }
        Self(keys)
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.0.get(at).map(|key| key.kind)
    }

    pub(super) fn before(&self, at: usize) -> Option<Kind> {
        at.checked_sub(1).and_then(|at| self.kind(at))
    }

    pub(super) fn is_word(&self, at: usize) -> bool {
        self.kind(at).is_some_and(Kind::is_word)
    }

    pub(super) fn key(&self, at: usize) -> Option<char> {
        self.0.get(at).map(|key| key.key)
    }

    pub(super) fn stands(&self, at: usize, needle: &[char]) -> bool {
        self.0.get(at..at + needle.len()).is_some_and(|keys| keys.iter().zip(needle).all(|(a, b)| a.key == *b))
    }

    /// The bytes that a run of keys came from.
    pub(super) fn bytes(&self, keys: Range<usize>) -> Range<usize> {
        let end = keys.end.checked_sub(1).and_then(|at| self.0.get(at)).map_or(0, |key| key.at.end);
        self.0.get(keys.start).map_or(0, |key| key.at.start)..end
    }
}

/// Characters that are not seen: soft hyphen, zero width, variation selectors.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}')
}

fn same(c: char) -> char {
    match c {
        '\u{2019}' | '\u{2BC}' => '\'',
        '\u{2010}' | '\u{2011}' => '-',
        other => other,
    }
}

/// Counts quotation marks that are open, so that a closing one is not taken for a possessive.
#[derive(Default)]
pub(super) struct Quotes {
    at: usize,
    curly: usize,
    straight: usize,
}

impl Quotes {
    pub(super) fn is_open(&mut self, stream: &Stream, until: usize, mark: char) -> bool {
        while self.at < until {
            self.step(stream);
            self.at += 1;
        }
        match mark {
            '\u{2019}' => self.curly > 0,
            '\'' => self.straight > 0,
            _ => false,
        }
    }

    fn step(&mut self, stream: &Stream) {
        let Some(key) = stream.0.get(self.at) else {
            return;
        };
        if !matches!(key.written, '\u{2018}' | '\u{2019}' | '\'') {
            return;
        }
        let before = stream.before(self.at).unwrap_or(Kind::Space);
        let after = stream.kind(self.at + 1).unwrap_or(Kind::Space);
        if (before.is_word() || before == Kind::Number) && after.is_word() {
            return;
        }
        let opener = before == Kind::Space
            || before == Kind::Other
                && self.at.checked_sub(1).and_then(|at| stream.key(at)).is_some_and(|c| OPENERS.contains(c));
        match key.written {
            '\u{2018}' => self.curly += 1,
            '\u{2019}' if before != Kind::Space => self.curly = self.curly.saturating_sub(1),
            '\u{2019}' => {}
            _ if opener => self.straight += usize::from(after != Kind::Space),
            _ => self.straight = self.straight.saturating_sub(1),
        }
    }
}
