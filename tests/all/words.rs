//! The catalogue: every message that is asked for exists, and every file can be read to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::{ast, parser};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == end) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Every message of the catalogue, and the arguments that it names.
fn catalogue() -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = BTreeMap::new();
    for file in files("web/messages/en-GB", "ftl") {
        let source = std::fs::read_to_string(&file).unwrap();
        let resource = parser::parse(source.as_str()).unwrap_or_else(|(_, why)| panic!("{}: {why:?}", file.display()));
        for entry in resource.body {
            match entry {
                ast::Entry::Message(message) => {
                    let value = message.value.unwrap_or_else(|| panic!("{} says nothing", message.id.name));
                    let mut named = BTreeSet::new();
                    variables(&value, &mut named);
                    let twice = messages.insert(message.id.name.to_owned(), named);
                    assert!(twice.is_none(), "{} stands twice", message.id.name);
                }
                ast::Entry::Junk { content } => panic!("{}: cannot be read: {content}", file.display()),
                _ => {}
            }
        }
    }
    messages
}

fn variables(pattern: &ast::Pattern<&str>, named: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            expression_variables(expression, named);
        }
    }
}

fn expression_variables(expression: &ast::Expression<&str>, named: &mut BTreeSet<String>) {
    match expression {
        ast::Expression::Inline(inline) => inline_variables(inline, named),
        ast::Expression::Select { selector, variants } => {
            inline_variables(selector, named);
            variants.iter().for_each(|variant| variables(&variant.value, named));
        }
    }
}

fn inline_variables(inline: &ast::InlineExpression<&str>, named: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => drop(named.insert(id.name.to_owned())),
        ast::InlineExpression::Placeable { expression } => expression_variables(expression, named),
        ast::InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|inline| inline_variables(inline, named));
        }
        _ => {}
    }
}

/// Every key of the catalogue.
pub fn keys() -> &'static BTreeSet<String> {
    static KEYS: std::sync::LazyLock<BTreeSet<String>> = std::sync::LazyLock::new(|| catalogue().into_keys().collect());
    &KEYS
}

/// `t("key", name=…)` in a template: the key, whether more is joined to it, and the names.
fn asked(source: &str) -> Vec<(String, bool, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("t(\"") {
        if source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &source[at + 3..];
        let (key, rest) = rest.split_once('"').unwrap();
        let joined = rest.trim_start().starts_with('~');
        let mut depth = 1;
        let end = rest.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        });
        let arguments = &rest[..end.unwrap().0];
        let mut names = Vec::new();
        for (at, _) in arguments.match_indices('=') {
            let word: String =
                arguments[..at].chars().rev().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let word: String = word.chars().rev().collect();
            let opens = arguments[..at - word.len()].trim_end().ends_with(',');
            if opens && !word.is_empty() && !arguments[at + 1..].starts_with('=') {
                names.push(word);
            }
        }
        found.push((key.to_owned(), joined, names));
    }
    found
}

#[test]
fn every_message_that_a_template_asks_for_exists_and_gets_its_arguments() {
    let catalogue = catalogue();
    let mut count = 0;
    for file in files("web/templates", "html").into_iter().chain(files("web/document", "html")) {
        for (key, joined, names) in asked(&std::fs::read_to_string(&file).unwrap()) {
            count += 1;
            let place = file.file_name().unwrap().to_string_lossy().into_owned();
            if joined {
                assert!(catalogue.keys().any(|other| other.starts_with(&key)), "{place}: {key}…");
                continue;
            }
            let named = catalogue.get(&key).unwrap_or_else(|| panic!("{place}: {key} is not in the catalogue"));
            let given: BTreeSet<String> = names.into_iter().collect();
            assert_eq!(&given, named, "{place}: {key}");
        }
    }
    assert!(count > 200, "{count} messages found");
}

/// What is joined to a beginning in `src`, and in the templates.
#[test]
fn every_message_that_is_put_together_exists() {
    let words: &[(&str, &[&str])] = &[
        ("kind", &["activity", "reading", "outing", "group", "project", "milestone", "note"]),
        ("state", &["planned", "draft", "done"]),
        ("feeling", &["good", "mixed", "hard"]),
        ("colour", &["moss", "sky", "clay", "plum", "sun", "rose", "slate", "teal"]),
        (
            "area",
            &["literacy", "numeracy", "science", "humanities", "arts", "physical", "life_skills", "socialisation"],
        ),
        ("photos", &["none", "small", "large"]),
        ("weekday", &["1", "2", "3", "4", "5", "6", "7"]),
        ("month", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]),
        ("problem", &["400", "401", "403", "404", "405", "412", "413", "415", "422", "500", "503", "507"]),
        ("token-days", &["30", "90", "365"]),
    ];
    for (start, ends) in words {
        for end in *ends {
            assert!(keys().contains(&format!("{start}-{end}")), "{start}-{end}");
        }
    }
    for status in words.iter().find(|(start, _)| *start == "problem").unwrap().1 {
        assert!(keys().contains(&format!("problem-{status}-text")), "{status}");
    }
    let acts = include_str!("../../src/accounts/log.rs").lines().filter_map(|line| line.trim().strip_prefix("Self::"));
    let acts: Vec<&str> = acts.filter_map(|line| line.split_once(" => \"")?.1.strip_suffix("\",")).collect();
    assert!(acts.len() > 30, "{acts:?}");
    for act in acts {
        assert!(keys().contains(&format!("act-{act}")), "{act}");
    }
    for scope in hec::types::Scope::ALL {
        let key = format!("scope-{}", scope.as_str().replace(':', "-"));
        assert!(keys().contains(&key) && keys().contains(&format!("{key}-hint")), "{key}");
    }
}

#[test]
fn every_message_that_the_server_names_exists() {
    let starts =
        ["error-", "title-", "notice-", "preset-", "count-", "duration-", "date-", "period-", "photo-alt", "problem-"];
    let mut found = BTreeSet::new();
    for file in files("src", "rs").into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let source = std::fs::read_to_string(&file).unwrap();
        for literal in source.split('"').skip(1).step_by(1) {
            let is_key =
                literal.len() > 5 && literal.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if is_key && !literal.ends_with('-') && starts.iter().any(|start| literal.starts_with(start)) {
                found.insert(literal.to_owned());
            }
        }
        // What a redirect says: `?notice=entry-saved`, and the third word of `done(…)`.
        for (at, _) in source.match_indices("notice=") {
            let key: String = source[at + 7..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            if !key.is_empty() {
                found.insert(format!("notice-{key}"));
            }
        }
        for word in [
            "entry-starred",
            "entry-unstarred",
            "learner-added",
            "learner-saved",
            "learner-archived",
            "learner-unarchived",
            "subject-added",
            "subject-saved",
            "subject-archived",
            "subject-unarchived",
            "signed-out",
        ] {
            if source.contains(&format!("\"{word}\"")) {
                found.insert(format!("notice-{word}"));
            }
        }
    }
    found.remove("error-parameters");
    assert!(found.len() > 50, "{found:?}");
    let missing: Vec<&String> = found.iter().filter(|key| !keys().contains(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn an_error_message_gets_the_arguments_that_it_names() {
    let catalogue = catalogue();
    for file in files("src", "rs") {
        let source = std::fs::read_to_string(&file).unwrap();
        for (at, _) in source.match_indices("\"error-") {
            let key = source[at + 1..].split('"').next().unwrap();
            let statement = source[at..].split([';', '}']).next().unwrap();
            for name in catalogue.get(key).into_iter().flatten() {
                let given =
                    statement.contains(&format!("with(\"{name}\"")) || source.contains("let invalid = |message|");
                assert!(given || key == "error-date-range", "{}: {key} without {name}", file.display());
            }
        }
    }
}

#[test]
fn no_message_is_there_for_nobody() {
    let mut sources = String::new();
    for (folder, end) in [("src", "rs"), ("web/templates", "html"), ("web/document", "html")] {
        for file in files(folder, end) {
            sources += &std::fs::read_to_string(&file).unwrap();
        }
    }
    let unused: Vec<&String> = keys()
        .iter()
        .filter(|key| !sources.contains(key.as_str()))
        .filter(|key| {
            // Put together from a beginning: `kind-` and a word, `notice-` and the redirect's word.
            let start = |cut: usize| key.rsplitn(cut, '-').last().unwrap().to_owned() + "-";
            let short = key.strip_prefix("notice-").is_some_and(|rest| sources.contains(rest));
            !short && ![2, 3, 4].iter().any(|cut| sources.contains(&format!("\"{}", start(*cut))))
        })
        .collect();
    // Colours are put together in `Choice::all`; roles and sizes wait for their pages.
    let known = |key: &str| ["colour-", "role-", "size-", "act-"].iter().any(|start| key.starts_with(start));
    let unused: Vec<&String> = unused.into_iter().filter(|key| !known(key)).collect();
    assert!(unused.is_empty(), "asked for by nobody: {unused:?}");
}
