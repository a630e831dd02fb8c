//! What a source file uses: a small reader of Rust, enough for `use` trees and paths.

use std::collections::{BTreeMap, BTreeSet};

/// Source files by their path below `src/`.
pub type Tree = BTreeMap<String, String>;
/// A module, from the crate's root down; the root is empty.
pub type Module = Vec<String>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Word(String),
    /// `::`
    Colons,
    Mark(char),
}

impl Token {
    fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

/// Words and marks; comments, texts, characters, lifetimes and numbers are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i = after_comment(&chars, i);
        } else if c == '"' {
            i = after_text(&chars, i);
        } else if c == '\'' {
            i = after_quote(&chars, i);
        } else if c.is_alphabetic() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
            let raw = matches!(word.as_str(), "r" | "br" | "cr");
            if raw && at(i + hashes) == '"' {
                i = after_raw(&chars, i, hashes);
            } else if raw && hashes == 1 {
                i += 1; // r#type: the word itself follows
            } else if matches!(word.as_str(), "b" | "c") && at(i) == '"' {
                i = after_text(&chars, i);
            } else if word == "b" && at(i) == '\'' {
                i = after_quote(&chars, i);
            } else {
                out.push(Token::Word(word));
            }
        } else if c.is_ascii_digit() {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
        } else if c == ':' && at(i + 1) == ':' {
            out.push(Token::Colons);
            i += 2;
        } else {
            if !c.is_whitespace() {
                out.push(Token::Mark(c));
            }
            i += 1;
        }
    }
    out
}

fn after_comment(chars: &[char], mut i: usize) -> usize {
    let mut depth = 0;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn after_text(chars: &[char], mut i: usize) -> usize {
    i += 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn after_raw(chars: &[char], i: usize, hashes: usize) -> usize {
    let mut end = i + hashes + 1;
    while end < chars.len() {
        let closed = chars[end] == '"' && chars[end + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        end += 1;
        if closed {
            return end + hashes;
        }
    }
    end
}

/// After a character (`'a'`, `'\n'`) or a lifetime (`'a`).
fn after_quote(chars: &[char], i: usize) -> usize {
    if chars.get(i + 1) == Some(&'\\') {
        let mut end = i + 3;
        while end < chars.len() && chars[end] != '\'' {
            end += 1;
        }
        return end + 1;
    }
    if chars.get(i + 2) == Some(&'\'') {
        return i + 3;
    }
    let name = chars[i + 1..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
    i + 1 + name
}

/// The module that a file is: `entries/mod.rs` and `entries.rs` are `entries`; `lib.rs` and `main.rs` are the root.
pub fn module_of(path: &str) -> Module {
    let stem = path.trim_end_matches(".rs");
    let mut module: Module = stem.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// One path that a file names, as written, and the module or item that it leads to.
#[derive(Debug, Clone)]
pub struct Arrow {
    pub file: String,
    pub written: String,
    /// Where it leads inside the crate: the module, and what is named in it.
    pub to: Module,
}

/// A leaf of a `use` tree.
struct Use {
    path: Vec<String>,
    /// The name it gets here; none for a glob or `_`.
    name: Option<String>,
}

/// What one module brings in.
#[derive(Default)]
struct Names {
    named: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// The crate's modules and what each brings in.
pub struct Crate<'a> {
    tree: &'a Tree,
    modules: BTreeSet<Module>,
    names: BTreeMap<Module, Names>,
}

impl<'a> Crate<'a> {
    pub fn read(tree: &'a Tree) -> Self {
        let mut modules = BTreeSet::from([Module::new()]);
        let mut names: BTreeMap<Module, Names> = BTreeMap::new();
        for (file, source) in tree {
            walk(&module_of(file), &tokens(source), &mut |module, step| {
                modules.insert(module.clone());
                match step {
                    Step::Use(uses) => {
                        for one in uses {
                            let names = names.entry(module.clone()).or_default();
                            match one.name {
                                Some(name) => drop(names.named.insert(name, one.path)),
                                None => names.globs.push(one.path),
                            }
                        }
                    }
                    // A macro that is exported stands at the root of the crate.
                    Step::Macro(name) => {
                        let mut to = vec!["crate".to_owned()];
                        to.extend(module.iter().cloned().chain([format!("{name}!")]));
                        names.entry(Module::new()).or_default().named.insert(name, to);
                    }
                    Step::Path(_) => {}
                }
            });
        }
        Self { tree, modules, names }
    }

    /// Every path of every file that leads somewhere in the crate.
    pub fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (file, source) in self.tree {
            walk(&module_of(file), &tokens(source), &mut |module, step| {
                let paths = match step {
                    Step::Use(uses) => uses.into_iter().map(|one| one.path).collect(),
                    Step::Path(path) => vec![path],
                    Step::Macro(_) => Vec::new(),
                };
                for path in paths {
                    if let Some(to) = self.resolve(module, &path, 8) {
                        arrows.push(Arrow { file: file.clone(), written: path.join("::"), to });
                    }
                }
            });
        }
        arrows
    }

    /// The module that `to` lies in.
    pub fn module(&self, to: &[String]) -> Module {
        (0..=to.len())
            .rev()
            .map(|end| to[..end].to_vec())
            .find(|module| self.modules.contains(module))
            .unwrap_or_default()
    }

    /// Where a path that is written in `module` leads; none outside the crate.
    fn resolve(&self, module: &Module, path: &[String], left: u8) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let left = left.checked_sub(1)?;
        let mut rest = rest;
        let mut to = match first.as_str() {
            "crate" | "hec" => Module::new(),
            "self" => module.clone(),
            "super" => {
                let mut up = module.clone();
                up.pop();
                while let Some(("super", more)) = rest.split_first().map(|(word, more)| (word.as_str(), more)) {
                    up.pop();
                    rest = more;
                }
                up
            }
            _ => self.lookup(module, first, left)?,
        };
        while let Some((name, more)) = rest.split_first() {
            // Inside the crate a name leads on only where it is known: a module, or what that module brings in.
            if !self.modules.contains(&to) {
                break;
            }
            to = match self.lookup(&to, name, left) {
                Some(next) => next,
                None => {
                    to.push(name.clone());
                    to
                }
            };
            rest = more;
        }
        to.extend(rest.iter().cloned());
        Some(to)
    }

    /// A name inside a module: its child, or what it brings in.
    fn lookup(&self, module: &Module, name: &str, left: u8) -> Option<Module> {
        let child: Module = module.iter().cloned().chain([name.to_owned()]).collect();
        if self.modules.contains(&child) {
            return Some(child);
        }
        let names = self.names.get(module)?;
        if let Some(path) = names.named.get(name) {
            // `use poem;` names itself: that is outside the crate.
            return if path.len() == 1 && path[0] == name { None } else { self.resolve(module, path, left) };
        }
        names.globs.iter().find_map(|glob| {
            let from = self.resolve(module, glob, left)?;
            if from == *module { None } else { self.lookup(&from, name, left.checked_sub(1)?) }
        })
    }
}

enum Step {
    Use(Vec<Use>),
    Path(Vec<String>),
    Macro(String),
}

/// Goes through a file and tells what stands in which module.
fn walk(file: &Module, tokens: &[Token], tell: &mut impl FnMut(&Module, Step)) {
    let mut module = file.clone();
    let mut depth = 0;
    let mut inline: Vec<usize> = Vec::new();
    let mut exported = false;
    let mut i = 0;
    let word = |i: usize| tokens.get(i).and_then(Token::word);
    while i < tokens.len() {
        match &tokens[i] {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            Token::Word(name) if name == "macro_export" => exported = true,
            Token::Word(name) if name == "macro_rules" && exported => {
                exported = false;
                if let Some(name) = word(i + 2) {
                    tell(&module, Step::Macro(name.to_owned()));
                }
            }
            Token::Word(name) if name == "mod" && tokens.get(i + 2) == Some(&Token::Mark('{')) => {
                module.extend(word(i + 1).map(str::to_owned));
                inline.push(depth);
                depth += 1;
                i += 2;
            }
            // `use<>` says what a type captures.
            Token::Word(name) if name == "use" && tokens.get(i + 1) != Some(&Token::Mark('<')) => {
                let mut uses = Vec::new();
                i = use_tree(tokens, i + 1, &mut Vec::new(), &mut uses);
                tell(&module, Step::Use(uses));
                continue;
            }
            Token::Word(first) if i == 0 || tokens[i - 1] != Token::Colons => {
                let mut path = vec![first.clone()];
                while tokens.get(i + 1) == Some(&Token::Colons)
                    && let Some(next) = word(i + 2)
                {
                    path.push(next.to_owned());
                    i += 2;
                }
                if path.len() > 1 {
                    tell(&module, Step::Path(path));
                }
            }
            _ => {}
        }
        i += 1;
    }
}

/// Reads one `use` tree from `i`; returns where it ends.
fn use_tree(tokens: &[Token], mut i: usize, path: &mut Vec<String>, uses: &mut Vec<Use>) -> usize {
    let from = path.len();
    if tokens.get(i) == Some(&Token::Colons) {
        i += 1;
    }
    loop {
        match tokens.get(i) {
            Some(Token::Word(word)) => {
                path.push(word.clone());
                i += 1;
            }
            Some(Token::Mark('*')) => {
                uses.push(Use { path: path.clone(), name: None });
                i += 1;
                break;
            }
            Some(Token::Mark('{')) => {
                i += 1;
                while !matches!(tokens.get(i), Some(Token::Mark('}')) | None) {
                    i = use_tree(tokens, i, path, uses);
                    if tokens.get(i) == Some(&Token::Mark(',')) {
                        i += 1;
                    }
                }
                i += 1;
                break;
            }
            _ => break,
        }
        if tokens.get(i) == Some(&Token::Colons) {
            i += 1;
            continue;
        }
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let mut name = path.last().cloned();
        if tokens.get(i).and_then(Token::word) == Some("as") {
            name = tokens.get(i + 1).and_then(Token::word).map(str::to_owned);
            i += 2;
        }
        uses.push(Use { path: path.clone(), name: Some(name.unwrap_or_default()) });
        break;
    }
    path.truncate(from);
    // The end of the whole line belongs to nobody.
    if tokens.get(i) == Some(&Token::Mark(';')) { i + 1 } else { i }
}
