//! The rules of the picture.

use std::fmt;

use super::source::{Crate, Module, Token, Tree, module_of, tokens};

/// In their order: a room uses itself and earlier ones.
const ROOMS: [&str; 8] = ["accounts", "families", "learners", "oauth", "entries", "portfolio", "archive", "admin"];
/// Of a room's files these may also use `app` and `http`, as `api.rs` and `pages.rs` do.
const EDGES: [(&str, &str); 31] = [
    ("accounts", "browser"),
    ("accounts", "letters"),
    ("accounts", "meter"),
    ("learners", "sign_in_pages"),
    ("learners", "view"),
    ("oauth", "apps_pages"),
    ("oauth", "endpoints"),
    ("entries", "form"),
    ("entries", "form_view"),
    ("entries", "shapes"),
    ("entries", "view"),
    ("entries", "media"),
    ("entries", "query"),
    ("entries", "room"),
    ("portfolio", "document"),
    ("admin", "acts"),
    ("admin", "alarm"),
    ("admin", "apps"),
    ("admin", "backups"),
    ("admin", "joined"),
    ("admin", "joining"),
    ("admin", "inviting"),
    ("admin", "messages"),
    ("admin", "doctor"),
    ("admin", "families"),
    ("admin", "papers"),
    ("admin", "recovery"),
    ("admin", "settings"),
    ("admin", "sheet"),
    ("admin", "support"),
    ("admin", "wizard"),
];
const FLOOR: [&str; 6] = ["http", "app", "config", "jobs", "mail", "backup"];
const ROOTS: [&str; 6] = ["", "main", "glibc", "wiring", "routes", "cli"];
/// Rooms all of whose rows are a family's.
const FAMILY_ROWS: [&str; 3] = ["learners", "entries", "portfolio"];
/// Where a `Caller` may be made: by `identify`, and where a family comes in.
const CALLERS: [&str; 2] = ["oauth/identify.rs", "admin/mod.rs"];

/// Where `unsafe` code may stand.
const UNSAFE: &str = "glibc.rs";

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// 1: a room uses itself and earlier ones.
    Order,
    /// 2: rules and rows use `error`, `types`, `store` and rules of earlier rooms.
    Rules,
    /// 3: `api.rs` and `pages.rs` also use `app` and `http`, and never each other's.
    Edges,
    /// 4: `error` and `types` use nothing of the crate, `store` only those; the rest of the floor knows no room.
    Floor,
    /// 5: rows are private to their room.
    Rows,
    /// 6: no rule and no row names poem, minijinja or async; what reaches the wire is made at the edges.
    Words,
    /// `unsafe` stands in one module only.
    Unsafe,
    /// A `Caller` is built only where it is proved.
    Caller,
    /// A key of family data begins with the family.
    Tenancy,
    /// Every module has its place.
    Unknown,
}

/// A broken rule.
#[derive(Debug)]
pub struct Broken {
    pub rule: Rule,
    pub file: String,
    why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}: {:?}: {}", self.file, self.rule, self.why)
    }
}

/// Where a module stands in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Store,
    Floor,
    Room(usize, Part),
    Root,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rule,
    Rows,
    Api,
    Pages,
    Edge,
}

impl Part {
    fn is_edge(self) -> bool {
        matches!(self, Self::Api | Self::Pages | Self::Edge)
    }
}

fn place(module: &Module) -> Place {
    let name = |at: usize| module.get(at).map(String::as_str).unwrap_or_default();
    match name(0) {
        "error" | "types" => Place::Free,
        "store" => Place::Store,
        first if FLOOR.contains(&first) => Place::Floor,
        first if ROOTS.contains(&first) => Place::Root,
        first => match ROOMS.iter().position(|room| *room == first) {
            Some(room) => Place::Room(room, part(first, name(1))),
            None => Place::Unknown,
        },
    }
}

fn part(room: &str, file: &str) -> Part {
    match file {
        "store" => Part::Rows,
        "api" => Part::Api,
        "pages" => Part::Pages,
        _ if EDGES.contains(&(room, file)) => Part::Edge,
        _ => Part::Rule,
    }
}

/// Every rule that a tree breaks.
pub fn broken(tree: &Tree) -> Vec<Broken> {
    let all = Crate::read(tree);
    let mut found = Vec::new();
    for arrow in all.arrows() {
        let (from, to) = (module_of(&arrow.file), all.module(&arrow.to));
        // A path that ends at the root names the crate itself, which holds nothing but modules and macros.
        let rule = if to.is_empty() { None } else { forbidden(&from, &to) };
        if let Some(rule) = rule {
            let why = format!("`{}` leads to {}", arrow.written, to.join("::"));
            found.push(Broken { rule, file: arrow.file, why });
        }
    }
    for (file, source) in tree.iter().filter(|(file, _)| !file.ends_with("/tests.rs")) {
        let mut tell = |rule, why| found.push(Broken { rule, file: file.clone(), why });
        let (place, tokens) = (place(&module_of(file)), tokens(source));
        if place == Place::Unknown {
            tell(Rule::Unknown, "this module has no place in the picture".to_owned());
        }
        words(place, &tokens, &mut tell);
        if file != UNSAFE && tokens.contains(&Token::Word("unsafe".to_owned())) {
            tell(Rule::Unsafe, "has unsafe code".to_owned());
        }
        if !CALLERS.contains(&file.as_str()) && place != Place::Root {
            callers(&tokens, &mut tell);
        }
        if FAMILY_ROWS.iter().any(|room| file.starts_with(&format!("{room}/"))) {
            keys(&tokens, &mut tell);
        }
    }
    found
}

/// The rule that forbids an arrow from one module to another.
fn forbidden(from: &Module, to: &Module) -> Option<Rule> {
    let used = to.first().map(String::as_str).unwrap_or_default();
    match (place(from), place(to)) {
        (Place::Root | Place::Unknown, Place::Room(_, Part::Rows)) => Some(Rule::Rows),
        (Place::Root | Place::Unknown, _) | (_, Place::Unknown) => None,
        (Place::Free, _) => (from.first() != to.first()).then_some(Rule::Floor),
        (Place::Store, Place::Free | Place::Store) => None,
        (Place::Store, _) | (Place::Floor, Place::Room(..) | Place::Root) => Some(Rule::Floor),
        (Place::Floor, _) | (Place::Room(..), Place::Free | Place::Store) => None,
        (Place::Room(room, _), Place::Room(other, _)) if other > room => Some(Rule::Order),
        (Place::Room(room, _), Place::Room(other, Part::Rows)) if other < room => Some(Rule::Rows),
        (Place::Room(_, Part::Api), Place::Room(_, Part::Pages)) => Some(Rule::Edges),
        (Place::Room(_, Part::Pages), Place::Room(_, Part::Api)) => Some(Rule::Edges),
        (Place::Room(_, part), Place::Room(_, used)) => (!part.is_edge() && used.is_edge()).then_some(Rule::Rules),
        (Place::Room(_, part), Place::Floor | Place::Root) if !part.is_edge() => Some(Rule::Rules),
        // The settings, and the way to the mail server that they name, are a part of what `App` hands out; how the backups
        // are is looked at and shown.
        (Place::Room(..), _) => (!["app", "http", "config", "mail", "backup"].contains(&used)).then_some(Rule::Edges),
    }
}

/// Words that a file of this place never names.
fn words(place: Place, tokens: &[Token], tell: &mut impl FnMut(Rule, String)) {
    let web: &[&str] = &["poem", "poem_openapi", "minijinja"];
    let late: &[&str] = &["async", "await", "tokio"];
    let wire: &[&str] = &["serde", "serde_json"];
    let (rule, never) = match place {
        Place::Room(_, Part::Rule | Part::Rows) => (Rule::Words, [web, late, wire].concat()),
        Place::Free => (Rule::Floor, [web, late].concat()),
        Place::Store => (Rule::Floor, web.to_vec()),
        _ => return,
    };
    for token in tokens {
        if let Token::Word(word) = token
            && never.contains(&word.as_str())
        {
            tell(rule, format!("names {word}"));
        }
    }
}

/// `Caller { … }` with every field set. With `..` it takes one apart, or gives it fewer rights.
fn callers(tokens: &[Token], tell: &mut impl FnMut(Rule, String)) {
    let is = |at: usize, word: &str| matches!(tokens.get(at), Some(Token::Word(found)) if found == word);
    for at in 0..tokens.len() {
        if !is(at, "Caller") || tokens.get(at + 1) != Some(&Token::Mark('{')) {
            continue;
        }
        let before = |word| at > 0 && is(at - 1, word);
        let declared = before("impl") || before("for") || before("struct");
        let mark = |back: usize, mark| at >= back && tokens[at - back] == Token::Mark(mark);
        let returned = mark(1, '>') || mark(1, '&') && mark(2, '>');
        if !declared && !returned && !has_rest(&tokens[at + 1..]) {
            tell(Rule::Caller, "makes a Caller by hand".to_owned());
        }
    }
}

/// Whether there is a `..` directly between these braces.
fn has_rest(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for pair in tokens.windows(2) {
        match &pair[0] {
            Token::Mark('{' | '(' | '[') => depth += 1,
            Token::Mark('}' | ')' | ']') => depth -= 1,
            Token::Mark('.') if depth == 1 && pair[1] == Token::Mark('.') => return true,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    false
}

/// Tables whose key does not begin with the family.
fn keys(tokens: &[Token], tell: &mut impl FnMut(Rule, String)) {
    for window in tokens.windows(4) {
        if let [Token::Word(table), Token::Mark('<'), Token::Mark('('), Token::Word(first)] = window
            && table == "Table"
            && first != "FamilyId"
        {
            tell(Rule::Tenancy, format!("a key begins with {first}, not with the family"));
        }
    }
}
