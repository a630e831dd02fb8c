//! Lists: filtered, and paged without gaps or repeats.

use std::collections::HashSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::support::{Person, TODAY, TestApp};

/// All pages of a list, one after another; `between` is done after each.
async fn pages(person: &Person, path: &str, limit: usize, mut between: impl AsyncFnMut(&[Value])) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), String::new());
    let sign = if path.contains('?') { '&' } else { '?' };
    for _ in 0..1000 {
        let page = person.get(&format!("{path}{sign}limit={limit}{after}")).await.assert(200).json();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= limit);
        between(&items).await;
        all.extend(items);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return all,
        }
    }
    panic!("{path} goes on for ever");
}

fn ids(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

/// 150 entries on 40 days, written in no order.
async fn a_hundred_and_fifty(person: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    for number in 0..150_u32 {
        let day = (number * 37) % 40;
        let date = format!("2026-0{}-{:02}", 1 + day / 20, 1 + day % 20);
        let starred = number % 3 == 0;
        all.push(person.adds(&format!("Note {number} owl"), json!({ "date": date, "starred": starred })).await);
    }
    all.sort_by_key(|entry| std::cmp::Reverse((entry["date"].to_string(), entry["id"].to_string())));
    all
}

#[tokio::test]
async fn every_page_size_walks_the_whole_journal_newest_first() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let expected = ids(&a_hundred_and_fifty(&ana).await);
    for limit in [1, 2, 7, 30, 49, 50, 100] {
        let found = pages(&ana, "/entries", limit, async |_| {}).await;
        assert_eq!(ids(&found), expected, "limit {limit}");
        let found = pages(&ana, "/search?q=owl", limit, async |_| {}).await;
        assert_eq!(ids(&found), expected, "search, limit {limit}");
    }
}

#[tokio::test]
async fn a_page_is_full_while_there_is_enough() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    a_hundred_and_fifty(&ana).await;
    assert_eq!(ana.get("/entries").await.json()["items"].as_array().unwrap().len(), 30);
    let last = ana.get("/entries?starred=true&limit=50").await.json();
    assert_eq!((last["items"].as_array().unwrap().len(), &last["next"]), (50, &json!(null)));
}

#[tokio::test]
async fn deleting_and_adding_between_pages_makes_no_gap_and_no_repeat() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let expected = ids(&a_hundred_and_fifty(&ana).await);
    let mut deleted = HashSet::new();
    let found = pages(&ana, "/entries", 7, async |seen| {
        // The last that was shown is where the next page begins; so is one that comes later.
        let seen = ids(seen);
        let later = expected.iter().position(|id| Some(id) == seen.last()).map_or(0, |at| at + 3);
        for id in seen.last().into_iter().chain(expected.get(later)) {
            if deleted.insert(id.clone()) {
                ana.delete(&format!("/entries/{id}")).await.assert(204);
            }
        }
        ana.adds("A newcomer", json!({ "date": "2026-12-31" })).await;
    });
    let found = ids(&found.await);
    let distinct: HashSet<&String> = found.iter().collect();
    assert_eq!(distinct.len(), found.len(), "an entry was shown twice");
    for id in expected.iter().filter(|id| !deleted.contains(*id)) {
        assert!(distinct.contains(id), "an entry was left out");
    }
}

#[tokio::test]
async fn any_combination_of_filters_shows_what_a_plain_look_shows() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let (kinds, states) = (["reading", "outing"], ["done", "draft", "planned"]);
    let mut all = Vec::new();
    for n in 0..90_usize {
        let learners: Vec<&String> =
            [&ana.learner, &jay].into_iter().enumerate().filter(|(at, _)| n >> at & 1 == 1).map(|(_, id)| id).collect();
        let more = json!({ "date": format!("2026-02-{:02}", 1 + n * 7 % 28), "learners": learners, "kind": kinds[n / 4 % 2],
            "subjects": [ana.subjects[n / 8 % 2]], "starred": n % 5 == 0, "state": states[n % 3] });
        all.push(ana.adds(&format!("Note {n}"), more).await);
    }
    all.sort_by_key(|entry| std::cmp::Reverse((entry["date"].to_string(), entry["id"].to_string())));
    let learners = [ana.learner.clone(), jay];
    let day = prop::option::of(1..29_u8);
    let index = |n: usize| prop::option::of(0..n);
    let choices =
        (index(2), index(2), index(2), index(3), prop::option::of(any::<bool>()), day.clone(), day, 1..40_usize);
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let (learner, subject, kind, state, starred, from, to, limit) =
            choices.new_tree(&mut runner).unwrap().current();
        let mut query = Vec::new();
        let mut add = |name: &str, value: Option<String>| query.extend(value.map(|value| format!("{name}={value}")));
        let day = |day: u8| format!("2026-02-{day:02}");
        add("learner", learner.map(|at| learners[at].clone()));
        add("subject", subject.map(|at| ana.subjects[at].clone()));
        add("kind", kind.map(|at| kinds[at].to_owned()));
        add("state", state.map(|at| states[at].to_owned()));
        add("starred", starred.map(|starred| starred.to_string()));
        add("from", from.map(day));
        add("to", to.map(day));
        let holds = |field: &Value, id: &String| field.as_array().unwrap().contains(&json!(id));
        let fits = |entry: &&Value| {
            learner.is_none_or(|at| holds(&entry["learners"], &learners[at]))
                && subject.is_none_or(|at| holds(&entry["subjects"], &ana.subjects[at]))
                && kind.is_none_or(|at| entry["kind"] == kinds[at])
                && state.is_none_or(|at| entry["state"] == states[at])
                && starred.is_none_or(|starred| entry["starred"] == starred)
                && from.is_none_or(|from| entry["date"].as_str().unwrap() >= day(from).as_str())
                && to.is_none_or(|to| entry["date"].as_str().unwrap() <= day(to).as_str())
        };
        let expected: Vec<Value> = all.iter().filter(fits).cloned().collect();
        let found = pages(&ana, &format!("/entries?{}", query.join("&")), limit, async |_| {}).await;
        assert_eq!(ids(&found), ids(&expected), "{query:?} limit={limit}");
    }
}

#[tokio::test]
async fn search_finds_beginnings_without_case_and_accents() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.adds("A visit to the Café", json!({ "text": "We saw **Hedgehogs**.", "place": "Zürich" })).await;
    ana.adds("Bread", json!({ "resources": ["Grandma's rye starter"], "subjects": [ana.subjects[0]] })).await;
    for (query, found) in [
        ("cafe", "A visit to the Café"),
        ("CAFÉ", "A visit to the Café"),
        ("cafe\u{301}", "A visit to the Café"),
        ("hedge", "A visit to the Café"),
        ("zurich visit", "A visit to the Café"),
        ("grandma", "Bread"),
        ("wren bread", "Bread"),
    ] {
        let reply = ana.ask(reqwest::Method::GET, "/search").query(&[("q", query)]);
        let reply = crate::support::SendExt::reply(reply).await.assert(200).json();
        assert_eq!(reply["items"][0]["title"], found, "{query}");
        assert_eq!(reply["items"].as_array().unwrap().len(), 1, "{query}");
    }
    for query in ["hedgehogs bread", "ogs", "zz", "!!!", "a b c d e f g h i"] {
        assert!(ana.titles(&format!("/search?q={query}")).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn search_forgets_what_an_entry_no_longer_says() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/entries/{}", ana.notes("Otters").await);
    ana.put_if(&path, "\"1\"", json!({ "date": TODAY, "title": "Badgers" })).await.assert(200);
    assert!(ana.titles("/search?q=otters").await.is_empty());
    assert_eq!(ana.titles("/search?q=badgers").await, ["Badgers"]);
    ana.delete(&path).await.assert(204);
    assert!(ana.titles("/search?q=badgers").await.is_empty());
}
