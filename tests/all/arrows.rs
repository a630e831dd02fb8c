//! The direction of arrows (the map in `src/lib.rs`): read off the `use` lines and the paths of every file.

mod broken;
mod source;

use std::{fs, path::Path};

use broken::{Rule, broken};
use source::Tree;

fn gather(folder: &Path, below: &str, tree: &mut Tree) {
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = format!("{below}{}", file.file_name().to_str().unwrap());
        if file.file_type().unwrap().is_dir() {
            gather(&file.path(), &format!("{name}/"), tree);
        } else if name.ends_with(".rs") {
            tree.insert(name, fs::read_to_string(file.path()).unwrap());
        }
    }
}

#[test]
fn the_sources_keep_the_picture() {
    let mut tree = Tree::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut tree);
    for room in ["accounts", "families", "learners", "oauth", "entries", "portfolio", "admin"] {
        assert!(tree.contains_key(&format!("{room}/mod.rs")), "the rooms are read: {room}");
    }
    let found = broken(&tree);
    assert!(found.is_empty(), "{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

/// A small crate that keeps every rule, in every form that a path can take.
fn good() -> Tree {
    let files = [
        ("main.rs", "mod glibc; fn main() { glibc::settle(); hec::cli::main() }"),
        ("glibc.rs", "#![allow(unsafe_code)] pub fn settle() { unsafe { f() } }"),
        ("lib.rs", "pub mod accounts; pub mod app; pub mod entries; pub mod error; pub mod http; pub mod store;"),
        (
            "wiring.rs",
            "use crate::{accounts, entries, jobs::Job}; fn all() { entries::pages::show(); accounts::any(); }",
        ),
        (
            "routes.rs",
            "use crate::entries; use poem::Route; fn site() { entries::api::list(); entries::pages::show() }",
        ),
        ("cli/mod.rs", "use crate::{accounts, routes, wiring};"),
        ("app.rs", "use crate::{config::Config, jobs, store::Db, types::Clock}; async fn run() {}"),
        ("config.rs", "use crate::error::Result;"),
        ("jobs.rs", "use crate::{app::App, error::Result}; use tokio::sync::Semaphore;"),
        ("error.rs", "pub mod check; use std::sync::Arc;"),
        ("error/check.rs", "use super::Invalid; use crate::error::Error;"),
        ("types.rs", "mod secret; pub use secret::Secret; impl Caller { fn f() -> Caller { todo() } }"),
        ("types/secret.rs", "use sha2::Digest;"),
        (
            "store/mod.rs",
            "mod table; use crate::{error::Result, types::Id}; pub use table::{Row, Table}; use tokio::sync::mpsc;",
        ),
        ("store/table.rs", "use super::Db; #[macro_export] macro_rules! row { () => { $crate::store::Row } }"),
        ("http/mod.rs", "pub mod auth; use poem::Response; use crate::{app::App, error::Error};"),
        ("http/auth.rs", "use super::form; use crate::app;"),
        (
            "accounts/mod.rs",
            "pub mod browser; pub mod pages; pub mod password; mod store; \
             use crate::{error::{Error, Result, check}, store::{Read, Write}, types::*}; \
             pub use password::{Password as Word, hash}; fn any(tx: &Read) { store::any(tx) }",
        ),
        ("accounts/password.rs", "use super::{store, Email}; use crate::types::Secret as S; fn f() { store::put() }"),
        ("accounts/store.rs", "use crate::{row, store::Table, types::AccountId}; use super::Account;"),
        ("accounts/browser.rs", "use crate::http::cookie; use poem::Response; async fn begin() { x.await }"),
        (
            "accounts/pages.rs",
            "use super::{browser::begin, store::raw}; use crate::{app::App, http::{auth::Visitor, form}};",
        ),
        (
            "oauth/identify.rs",
            "use crate::{accounts, types::Caller}; \
             fn identify() { let a = accounts::any(); Caller { account: a, family } }",
        ),
        (
            "entries/mod.rs",
            "//! Neither poem nor [`crate::http`] is named outside comments.\n\
             pub mod api; mod draft; pub mod media; pub mod pages; mod store; \
             use crate::{accounts, store::{Read, Write}}; use draft::Draft; \
             fn word() -> &'static str { \"crate::http and poem\" } \
             fn raw<'a>(c: char) -> &'a str { if c == '\\'' || c == '\"' { r#\"crate::portfolio \"# } else { b\"tokio\" } } \
             /* async /* fn */ poem */ fn by() -> impl Iterator + use<> { accounts::any(); crate::types::Id::new(1u8) } \
             mod tests { use super::*; use super::super::accounts; fn f() { super::store::x() } }",
        ),
        ("entries/draft.rs", "use super::{Kind, super::accounts::Email}; use crate::error::check as c;"),
        (
            "entries/store.rs",
            "use super::draft::Draft; use crate::{row, store::{Mark, Table}, types::FamilyId}; const T: Table<(FamilyId, u8), R> = x;",
        ),
        ("entries/media.rs", "use crate::{app::App, http::auth::Member}; use poem::Body; use super::store;"),
        (
            "entries/api.rs",
            "use crate::app::App; use super::{media, Draft, draft}; use poem_openapi::Object; use serde::Deserialize;",
        ),
        (
            "entries/pages.rs",
            "use crate::{accounts::browser, http}; use super::{media::send, store as rows}; fn f() { http::see_other() }",
        ),
        (
            "portfolio/mod.rs",
            "use crate::entries::{self, Draft}; fn reader(caller: &Caller) { Caller { scopes, ..caller.clone() } }",
        ),
    ];
    files.into_iter().map(|(path, source)| (path.to_owned(), source.to_owned())).collect()
}

/// The good crate, with a line added to one file, breaks exactly this rule, in this file.
#[track_caller]
fn breaks(rule: Rule, file: &str, line: &str) {
    let mut tree = good();
    tree.entry(file.to_owned()).or_default().push_str(&format!("\n{line}\n"));
    let found = broken(&tree);
    assert!(!found.is_empty(), "{file}: nothing is said of `{line}`");
    for one in &found {
        assert!(one.rule == rule && one.file == file, "{file}: `{line}` should break {rule:?} only: {one}");
    }
}

#[test]
fn a_crate_that_keeps_every_rule_passes() {
    assert_eq!(broken(&good()).iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_room_that_uses_a_later_one_is_found() {
    breaks(Rule::Order, "accounts/mod.rs", "use crate::entries::Draft;");
    breaks(Rule::Order, "accounts/password.rs", "use super::super::entries;");
    breaks(Rule::Order, "accounts/pages.rs", "use crate::{entries::{self as later}};");
    breaks(Rule::Order, "entries/store.rs", "fn f() { crate::portfolio::make() }");
    breaks(Rule::Order, "entries/mod.rs", "mod inner { use super::super::portfolio::*; }");
    breaks(Rule::Order, "accounts/mod.rs", "fn f() { super::entries::add() }");
}

#[test]
fn a_rule_that_uses_more_than_rules_is_found() {
    breaks(Rule::Rules, "accounts/mod.rs", "use crate::app::App;");
    breaks(Rule::Rules, "accounts/password.rs", "fn f(app: &crate::app::App) {}");
    breaks(Rule::Rules, "entries/draft.rs", "use crate::{error::Error, http::{form as f}};");
    breaks(Rule::Rules, "entries/store.rs", "use crate::config::Config;");
    breaks(Rule::Rules, "entries/mod.rs", "use crate::jobs;");
    breaks(Rule::Rules, "entries/mod.rs", "use crate::wiring::DOORS;");
    // An edge of its own or of an earlier room is no rule.
    breaks(Rule::Rules, "entries/mod.rs", "pub use media::send;");
    breaks(Rule::Rules, "entries/draft.rs", "use super::pages::show;");
    breaks(Rule::Rules, "portfolio/mod.rs", "fn f() { entries::media::send() }");
    breaks(Rule::Rules, "portfolio/mod.rs", "use crate::accounts::browser::begin;");
    // A rule of a room that nobody listed among the edges counts as a rule.
    breaks(Rule::Rules, "entries/handlers.rs", "use crate::http::see_other;");
}

#[test]
fn api_and_pages_that_use_each_other_or_a_root_are_found() {
    breaks(Rule::Edges, "entries/api.rs", "use super::pages;");
    breaks(Rule::Edges, "entries/pages.rs", "fn f() { super::api::list() }");
    breaks(Rule::Edges, "entries/api.rs", "use crate::accounts::pages::sign_in;");
    breaks(Rule::Edges, "portfolio/pages.rs", "use crate::entries; fn f() { entries::api::list() }");
    breaks(Rule::Edges, "entries/pages.rs", "use crate::routes;");
    breaks(Rule::Edges, "entries/media.rs", "use crate::jobs::Pool;");
}

#[test]
fn a_floor_that_knows_what_stands_on_it_is_found() {
    breaks(Rule::Floor, "error.rs", "use crate::types::Id;");
    breaks(Rule::Floor, "types.rs", "use crate::error::Error;");
    breaks(Rule::Floor, "types/secret.rs", "use crate::row;");
    breaks(Rule::Floor, "store/table.rs", "use crate::config::Config;");
    breaks(Rule::Floor, "store/mod.rs", "use crate::accounts;");
    breaks(Rule::Floor, "store/mod.rs", "use poem::Response;");
    breaks(Rule::Floor, "types.rs", "use tokio::sync::mpsc;");
    breaks(Rule::Floor, "http/auth.rs", "use crate::accounts::session;");
    breaks(Rule::Floor, "http/mod.rs", "fn f() { crate::entries::any() }");
    breaks(Rule::Floor, "app.rs", "use super::accounts as people;");
    breaks(Rule::Floor, "jobs.rs", "use crate::{entries};");
    breaks(Rule::Floor, "config.rs", "use crate::cli;");
    breaks(Rule::Floor, "backup/mod.rs", "use crate::portfolio::Portfolio;");
}

#[test]
fn rows_that_another_room_sees_are_found() {
    breaks(Rule::Rows, "entries/mod.rs", "fn f() { accounts::store::any() }");
    breaks(Rule::Rows, "entries/pages.rs", "use crate::accounts::store as rows;");
    breaks(Rule::Rows, "portfolio/mod.rs", "use crate::entries::store::{self};");
    breaks(Rule::Rows, "wiring.rs", "use crate::accounts::store;");
    // Handed on by the room's own rules, they are seen all the same.
    let mut tree = good();
    tree.get_mut("accounts/mod.rs").unwrap().push_str("pub use store::AccountRow;");
    tree.get_mut("entries/mod.rs").unwrap().push_str("use crate::accounts::AccountRow;");
    let found = broken(&tree);
    assert!(matches!(&found[..], [one] if one.rule == Rule::Rows && one.file == "entries/mod.rs"), "{found:?}");
}

#[test]
fn a_rule_that_names_the_web_or_async_is_found() {
    breaks(Rule::Words, "accounts/mod.rs", "use poem::Response;");
    breaks(Rule::Words, "entries/store.rs", "use poem_openapi::Object;");
    breaks(Rule::Words, "entries/draft.rs", "fn f() { minijinja::render() }");
    breaks(Rule::Words, "entries/draft.rs", "async fn f() {}");
    breaks(Rule::Words, "accounts/password.rs", "fn f() { g().await }");
    breaks(Rule::Words, "entries/store.rs", "fn f() { tokio::spawn(g) }");
    breaks(Rule::Words, "entries/mod.rs", "#[derive(serde::Serialize)] struct Entry;");
}

#[test]
fn unsafe_code_outside_the_one_module_is_found() {
    breaks(Rule::Unsafe, "store/mod.rs", "fn f() { unsafe { g() } }");
    breaks(Rule::Unsafe, "main.rs", "unsafe extern \"C\" { fn g(); }");
}

#[test]
fn a_caller_made_by_hand_is_found() {
    breaks(Rule::Caller, "entries/mod.rs", "fn f() { let caller = Caller { account, family }; }");
    breaks(Rule::Caller, "entries/pages.rs", "fn f() -> Caller { crate::types::Caller { account, family } }");
}

#[test]
fn family_rows_that_a_caller_does_not_lead_to_are_found() {
    breaks(Rule::Tenancy, "entries/store.rs", "const BY_DAY: Table<(Date, FamilyId), Row> = Table::new(\"x\");");
}

#[test]
fn a_module_that_the_picture_does_not_know_is_found() {
    breaks(Rule::Unknown, "utils.rs", "fn help() {}");
}
