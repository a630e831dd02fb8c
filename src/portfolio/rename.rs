//! Shows another name in a portfolio document that has been downloaded: offline, everywhere it stands.
//!
//! The document's own script (`web/assets/rename.js`) does the same in a browser. Both remove the box at the top of
//! the document and every script, so that the copy is a plain page that can do nothing.

mod file_name;
mod stream;
mod tags;
mod words;

use std::ops::Range;

pub use file_name::file_name;
pub use words::{leftovers, replace_name};

use tags::{Attribute, Run, Tag, Token, Tokens};
use words::{Edit, Name, apply, collapse, scan};

/// The most characters that a name may have.
pub const LONGEST_NAME: usize = 60;

/// How to rename.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Leave all-lowercase occurrences alone: they may be a plant or a bird.
    pub keep_lowercase: bool,
    /// The name to replace; else the one that the document records.
    pub from: Option<&'a str>,
}

/// A document that shows another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The whole document, without box and scripts.
    pub html: String,
    /// The file name to suggest: a plain one, never a path.
    pub file_name: String,
    /// How many places in texts and attributes changed.
    pub changed: usize,
    /// Other words that still hold the old name as a part, each once; for the parent to look at.
    pub leftovers: Vec<String>,
}

/// Why nothing was renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The file does not record a nickname as our documents do.
    #[error("this is not a portfolio document made by HEC")]
    NotADocument,
    /// The new name, or the old one that was given, has no visible character.
    #[error("give a name to show: it must not be empty")]
    Empty,
    /// The new name is too long.
    #[error("give a shorter name: at most {LONGEST_NAME} characters")]
    TooLong,
    /// The new name holds line breaks or other characters that control text.
    #[error("give a name without line breaks or control characters")]
    Control,
}

/// A new name, tidied: single spaces, none at its ends, composed.
///
/// # Errors
/// Says what is wrong with the name.
pub fn check_name(to: &str) -> Result<String, Refused> {
    let forbidden = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let plain = collapse(to);
    if to.contains(forbidden) {
        Err(Refused::Control)
    } else if plain.is_empty() {
        Err(Refused::Empty)
    } else if plain.chars().count() > LONGEST_NAME {
        Err(Refused::TooLong)
    } else {
        Ok(plain)
    }
}

/// Renames a document, in time linear in its length: pictures are copied, not read.
///
/// # Errors
/// Refuses a new name that [`check_name`] refuses, and a file that records no nickname.
pub fn rename(html: &str, to: &str, options: Options<'_>) -> Result<Renamed, Refused> {
    let to = check_name(to)?;
    let record = Record::of(html).ok_or(Refused::NotADocument)?;
    let from = options.from.unwrap_or(&record.nickname);
    let old = Name::new(from);
    if collapse(from).is_empty() {
        return Err(Refused::Empty);
    }
    let mut pass = Pass {
        file_name: file_name(&record.file_name, from, &to),
        nickname: match collapse(from) == collapse(&record.nickname) {
            true => to.clone(),
            false => replace_name(&record.nickname, from, &to, false).0,
        },
        to,
        old,
        keep_lowercase: options.keep_lowercase,
        edits: Vec::new(),
        changed: 0,
        leftovers: Vec::new(),
    };
    pass.read(html);
    pass.edits.sort_by_key(|edit| edit.at.start);
    Ok(Renamed {
        html: apply(html, &pass.edits),
        file_name: pass.file_name,
        changed: pass.changed,
        leftovers: pass.leftovers,
    })
}

/// What a document records of itself in its head.
struct Record {
    nickname: String,
    file_name: String,
}

impl Record {
    fn of(html: &str) -> Option<Self> {
        let (mut nickname, mut file_name) = (None, None);
        for token in Tokens::new(html) {
            let Token::Start(tag) = token else { continue };
            if tag.is("body") {
                break;
            }
            match tag.meta_name().as_deref() {
                Some("hec-nickname") => nickname = tag.value("content"),
                Some("hec-file-name") => file_name = tag.value("content"),
                _ => {}
            }
        }
        let nickname = nickname.filter(|name| !collapse(name).is_empty())?;
        Some(Self { nickname, file_name: file_name.unwrap_or_default() })
    }
}

/// Elements within a sentence: text goes on across them.
const INLINE: [&str; 27] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "data",
];

/// Metas whose content is not prose.
const FIXED_METAS: [&str; 6] = ["viewport", "referrer", "robots", "color-scheme", "format-detection", "generator"];

/// One reading of a document, which collects what is to be edited.
struct Pass {
    old: Name,
    to: String,
    nickname: String,
    file_name: String,
    keep_lowercase: bool,
    edits: Vec<Edit>,
    changed: usize,
    leftovers: Vec<String>,
}

impl Pass {
    fn read(&mut self, html: &str) {
        let mut run = Run::default();
        let mut tokens = Tokens::new(html);
        let mut fixed = false;
        while let Some(token) = tokens.next() {
            match token {
                Token::Text(at) if !fixed => run.push(html, at),
                Token::Text(_) => {}
                Token::Comment(at) => self.remove(at),
                Token::Raw(_) => {}
                Token::End(name) => {
                    fixed = false;
                    if !is_inline(name) {
                        self.flush(&mut run);
                    }
                }
                Token::Start(tag) => {
                    fixed = tag.has_class("hec-fixed");
                    if fixed || !is_inline(tag.name) {
                        self.flush(&mut run);
                    }
                    if tag.is("script") || tag.is("noscript") || tag.value("id").as_deref() == Some("hec-box") {
                        let end = tokens.skip_element(tag.name);
                        self.remove(tag.at.start..end);
                        fixed = false;
                    } else {
                        self.attributes(&tag);
                    }
                }
            }
        }
        self.flush(&mut run);
    }

    fn remove(&mut self, at: Range<usize>) {
        self.edits.push(Edit { at, text: String::new() });
    }

    fn flush(&mut self, run: &mut Run) {
        if !run.text.is_empty() {
            for edit in self.find(&run.text) {
                run.place(&edit, &mut self.edits);
            }
        }
        run.clear();
    }

    fn find(&mut self, text: &str) -> Vec<Edit> {
        let found = scan(text, &self.old, &self.to, self.keep_lowercase);
        self.changed += found.edits.len();
        for word in found.leftovers {
            if !self.leftovers.contains(&word) {
                self.leftovers.push(word);
            }
        }
        found.edits
    }

    fn attributes(&mut self, tag: &Tag<'_>) {
        for attribute in &tag.attributes {
            let name = attribute.name.to_ascii_lowercase();
            match name.as_str() {
                "alt" | "title" | "aria-label" => self.prose(attribute),
                "content" if tag.is("meta") => self.meta(tag, attribute),
                _ => {}
            }
        }
    }

    fn meta(&mut self, tag: &Tag<'_>, content: &Attribute<'_>) {
        let policy = tag.value("http-equiv").is_some_and(|is| is.eq_ignore_ascii_case("content-security-policy"));
        match tag.meta_name().as_deref() {
            _ if policy => self.edits.push(content.set(&without_scripts(&content.decoded()))),
            Some("hec-nickname") => self.edits.push(content.set(&self.nickname)),
            Some("hec-file-name") => self.edits.push(content.set(&self.file_name)),
            Some(name) if !FIXED_METAS.contains(&name) => self.prose(content),
            _ => {}
        }
    }

    fn prose(&mut self, attribute: &Attribute<'_>) {
        let text = attribute.decoded();
        let edits = self.find(&text);
        if !edits.is_empty() {
            self.edits.push(attribute.set(&apply(&text, &edits)));
        }
    }
}

fn is_inline(name: &str) -> bool {
    INLINE.iter().any(|inline| inline.eq_ignore_ascii_case(name))
}

/// A content security policy that allows no script.
fn without_scripts(policy: &str) -> String {
    let parts = policy.split(';').map(str::trim);
    let kept = parts.filter(|part| !part.is_empty() && !part.to_ascii_lowercase().starts_with("script-src"));
    kept.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
