//! Just enough of HTML to find the texts of our own document, as the server writes it or a browser serialises it.
//! Never fails: what cannot be understood is passed over.

use std::borrow::Cow;
use std::ops::Range;

use super::words::Edit;

/// A piece of a document.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    End(&'a str),
    Comment(Range<usize>),
    Text(Range<usize>),
    /// What stands in `<style>` and `<script>`.
    Raw(()),
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) at: Range<usize>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

/// An attribute as written.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    value: &'a str,
    /// Where the value stands, quotation marks included.
    at: Range<usize>,
}

impl Tag<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of an attribute, decoded.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let mut all = self.attributes.iter();
        all.find(|one| one.name.eq_ignore_ascii_case(name)).map(|one| one.decoded())
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.value("class").is_some_and(|all| all.split_ascii_whitespace().any(|one| one == class))
    }

    /// The name of a `<meta>`, in lower case.
    pub(super) fn meta_name(&self) -> Option<String> {
        if self.is("meta") { self.value("name").map(|name| name.to_ascii_lowercase()) } else { None }
    }
}

impl Attribute<'_> {
    pub(super) fn decoded(&self) -> String {
        let mut run = Run::default();
        run.decode(self.value, 0);
        run.text
    }

    /// The edit that gives this attribute another value.
    pub(super) fn set(&self, value: &str) -> Edit {
        Edit { at: self.at.clone(), text: format!("\"{}\"", escape(value)) }
    }
}

/// Reads a document from start to end.
pub(super) struct Tokens<'a> {
    html: &'a str,
    at: usize,
    raw: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { html, at: 0, raw: None }
    }

    fn rest(&self) -> &'a str {
        self.html.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.html.as_bytes().get(self.at).copied()
    }

    fn skip_while(&mut self, pass: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.byte().is_some_and(&pass) {
            self.at += 1;
        }
        self.html.get(start..self.at).unwrap_or_default()
    }

    /// Goes on behind the next `end`, or at the end of the document.
    fn skip_past(&mut self, end: &str) {
        self.at = self.rest().find(end).map_or(self.html.len(), |found| self.at + found + end.len());
    }

    /// Passes over an element whose start tag was the last token; tells where it ends.
    pub(super) fn skip_element(&mut self, name: &str) -> usize {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next() {
                Some(Token::Start(tag)) if tag.is(name) => depth += 1,
                Some(Token::End(end)) if end.eq_ignore_ascii_case(name) => depth -= 1,
                Some(_) => {}
                None => break,
            }
        }
        self.at
    }

    fn raw_text(&mut self, name: &str) -> Token<'a> {
        let mut from = self.at;
        let html = self.html;
        loop {
            let Some(found) = html.get(from..).and_then(|rest| rest.find("</")) else {
                self.at = html.len();
                return Token::Raw(());
            };
            let end = from + found;
            let tail = html.get(end + 2..end + 2 + name.len());
            if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name)) {
                self.at = end;
                return Token::Raw(());
            }
            from = end + 2;
        }
    }

    fn start_tag(&mut self) -> Token<'a> {
        let start = self.at;
        self.at += 1;
        let name = self.skip_while(|b| !b.is_ascii_whitespace() && b != b'/' && b != b'>');
        let mut attributes = Vec::new();
        loop {
            self.skip_while(|b| b.is_ascii_whitespace() || b == b'/');
            match self.byte() {
                None => break,
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(_) => attributes.push(self.attribute()),
            }
        }
        if ["style", "script"].iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
            self.raw = Some(name);
        }
        Token::Start(Tag { name, at: start..self.at, attributes })
    }

    fn attribute(&mut self) -> Attribute<'a> {
        let begin = self.at;
        self.at += usize::from(self.byte() == Some(b'='));
        self.skip_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/'));
        let name = self.html.get(begin..self.at).unwrap_or_default();
        let behind = self.at;
        self.skip_while(|b| b.is_ascii_whitespace());
        if self.byte() != Some(b'=') {
            self.at = behind;
            return Attribute { name, value: "", at: behind..behind };
        }
        self.at += 1;
        self.skip_while(|b| b.is_ascii_whitespace());
        let start = self.at;
        let quote = match self.byte() {
            Some(b'"') => '"',
            Some(b'\'') => '\'',
            _ => {
                let value = self.skip_while(|b| !b.is_ascii_whitespace() && b != b'>');
                return Attribute { name, value, at: start..self.at };
            }
        };
        self.at += 1;
        let inner = self.rest();
        let length = inner.find(quote).unwrap_or(inner.len());
        let value = inner.get(..length).unwrap_or_default();
        self.at = (self.at + length + 1).min(self.html.len());
        Attribute { name, value, at: start..self.at }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        let rest = self.rest();
        let mut bytes = rest.bytes();
        let start = self.at;
        match (bytes.next()?, bytes.next()) {
            (b'<', Some(b'!')) => {
                if rest.starts_with("<!--") {
                    self.skip_past("-->");
                    return Some(Token::Comment(start..self.at));
                }
                self.skip_past(">");
                Some(Token::Raw(()))
            }
            (b'<', Some(b'/')) => {
                self.at += 2;
                let name = self.skip_while(|b| !b.is_ascii_whitespace() && b != b'>');
                self.skip_past(">");
                Some(Token::End(name))
            }
            (b'<', Some(letter)) if letter.is_ascii_alphabetic() => Some(self.start_tag()),
            _ => {
                let behind = rest.get(1..).and_then(|behind| behind.find('<'));
                // The first character may be a stray '<' or the first of several bytes.
                self.at = match (behind, rest.starts_with('<')) {
                    (Some(found), true) => start + 1 + found,
                    (None, true) => self.html.len(),
                    (_, false) => rest.find('<').map_or(self.html.len(), |found| start + found),
                };
                Some(Token::Text(start..self.at))
            }
        }
    }
}

/// The texts of one sentence or paragraph, decoded, knowing where each piece stands in the document.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    text: Range<usize>,
    html: Range<usize>,
    /// A character reference: it is replaced as a whole.
    whole: bool,
}

impl Run {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    pub(super) fn push(&mut self, html: &str, at: Range<usize>) {
        let start = at.start;
        self.decode(html.get(at).unwrap_or_default(), start);
    }

    fn decode(&mut self, source: &str, offset: usize) {
        let mut at = 0;
        while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = rest.find('&').unwrap_or(rest.len());
            let decoded = rest.get(plain..).and_then(reference);
            // An ampersand that starts no reference stands for itself.
            let plain = if decoded.is_none() && plain < rest.len() { plain + 1 } else { plain };
            self.add(rest.get(..plain).unwrap_or_default(), offset + at, plain, false);
            at += plain;
            if let Some((c, length)) = decoded {
                self.add(c.encode_utf8(&mut [0; 4]), offset + at, length, true);
                at += length;
            }
        }
    }

    fn add(&mut self, text: &str, at: usize, length: usize, whole: bool) {
        if !text.is_empty() {
            let start = self.text.len();
            self.text.push_str(text);
            self.pieces.push(Piece { text: start..self.text.len(), html: at..at + length, whole });
        }
    }

    /// Turns an edit of the decoded text into edits of the document: what spans several pieces goes into the first.
    pub(super) fn place(&self, edit: &Edit, out: &mut Vec<Edit>) {
        let from = self.pieces.partition_point(|piece| piece.text.end <= edit.at.start);
        let mut text = escape(&edit.text).into_owned();
        for piece in self.pieces.get(from..).unwrap_or_default() {
            if piece.text.start >= edit.at.end {
                break;
            }
            let at = if piece.whole {
                piece.html.clone()
            } else {
                let start = edit.at.start.saturating_sub(piece.text.start);
                let end = edit.at.end.min(piece.text.end) - piece.text.start;
                piece.html.start + start..piece.html.start + end
            };
            out.push(Edit { at, text: std::mem::take(&mut text) });
        }
    }
}

/// The character that a reference at the start of a text stands for, and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{A0}',
        "shy" => '\u{AD}',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let all = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Cow::Owned(all.replace('"', "&quot;"))
}
