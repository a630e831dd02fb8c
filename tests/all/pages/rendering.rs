//! Every page renders, for an empty family and a full one, for owners, viewers and strangers.

use serde_json::json;

use crate::support::{Ids, Person, Reply, TestApp, jpeg};

/// Every page that a route of `routes.rs` reads, but those for programs, and those that only a link opens.
fn pages(ids: Option<&Ids>) -> Vec<String> {
    let source = include_str!("../../../src/routes.rs");
    let routes = source.split(".at(\"").skip(1).filter(|route| route.contains("get("));
    let paths = routes.map(|route| route.split('"').next().unwrap().to_owned());
    let ours = paths.filter(|path| {
        // Those that follow a link or name a member are rendered in `families`, `learner_sign_in` and `mail`.
        let others = [
            "/family/join",
            "/family/members",
            "/learner/",
            "/reset",
            "/account/security/factor/code",
            "/account/email/confirm",
        ];
        let programs = ["/health", "/assets", "/openapi", "/media", "/setup", "/admin", "/oauth", "/.well-known"];
        !path.ends_with(".md") && !programs.iter().chain(&others).any(|start| path.starts_with(start))
    });
    let all: Vec<String> = ours
        .filter_map(|path| match ids {
            None => Some(path).filter(|path| !path.contains(':')),
            Some(ids) if path.starts_with("/entries") => Some(path.replace(":id", &ids.entry)),
            Some(ids) if path.starts_with("/learners") => Some(path.replace(":id", &ids.learner)),
            Some(ids) => Some(path.replace(":id", &ids.portfolio)),
        })
        .collect();
    assert!(all.len() >= 10, "{all:?}");
    all
}

/// Nothing went wrong while the page was made, as far as its reader can tell.
fn assert_sound(path: &str, page: &Reply) {
    assert!(page.status < 400, "{path}: {}", page.status);
    if page.status != 200 {
        return;
    }
    let text = page.text();
    for wrong in ["Undefined", "undefined value", "{{", "{%", "{ $", "{$"] {
        assert!(!text.contains(wrong), "{path} says {wrong}");
    }
    for key in crate::words::keys() {
        for before in [">", "\"", " "] {
            let raw = format!("{before}{key}<");
            assert!(!key.contains('-') || !text.contains(&raw), "{path} shows the key {key}");
        }
    }
    assert_eq!(page.attributes("[style]", "style").len(), 0, "{path} has an inline style");
    assert_eq!(page.attributes("html", "lang"), ["en-GB"], "{path}");
    assert!(page.words("title").len() == 1 && !page.words("title")[0].is_empty(), "{path}");
}

async fn all_sound(person: &Person, ids: Option<&Ids>) {
    for path in pages(ids) {
        assert_sound(&path, &person.visit(&path).await);
    }
}

/// Everything that a page could show.
async fn full(app: &TestApp) -> (Person, Ids) {
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let ids = Ids::of(&ana).await;
    let kinds = ["activity", "reading", "outing", "group", "project", "milestone", "note"];
    for (number, kind) in kinds.into_iter().enumerate() {
        let more = json!({ "date": format!("2026-02-{:02}", 10 + number), "learners": [ana.learner, jay], "kind": kind, "minutes": 45 * (number + 1),
            "text": "Some **words**.", "place": "Here", "subjects": [ana.subjects[number]], "resources": ["A book"], "starred": number % 2 == 0,
            "private": number == 3, "state": (["done", "draft", "planned"][number % 3]),
            "voices": [{ "learner": jay, "words": "oh", "feeling": (["good", "mixed", "hard"][number % 3]) }] });
        let entry = ana.adds(&format!("Day {number}"), more).await["id"].as_str().unwrap().to_owned();
        for blue in 0..number {
            ana.upload(&entry, "a.jpg", jpeg(blue as u8)).await.assert(201);
        }
    }
    ana.put(&format!("/learners/{jay}"), json!({ "nickname": "Jay", "archived": true })).await.assert(200);
    ana.put(&format!("/subjects/{}", ana.subjects[9]), json!({ "name": "Gone", "area": "arts", "archived": true }))
        .await
        .assert(200);
    (ana, ids)
}

#[tokio::test]
async fn every_page_of_an_empty_family_renders() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    all_sound(&ana, None).await;
    assert_sound("/learners/:id", &ana.visit(&format!("/learners/{}", ana.learner)).await);
    let vera = app.viewer_of(&ana, "vera").await;
    for path in ["/", "/search", "/learners", "/subjects", "/portfolio", "/account", "/help", "/privacy"] {
        assert_sound(path, &vera.visit(path).await);
    }
}

#[tokio::test]
async fn every_page_of_a_full_family_renders() {
    let app = TestApp::start().await;
    let (ana, ids) = full(&app).await;
    all_sound(&ana, Some(&ids)).await;
    for path in ["/?starred=true", "/?kind=note&state=draft", "/search?q=day", "/entries/new?date=2026-01-01"] {
        assert_sound(path, &ana.visit(path).await);
    }
}

#[tokio::test]
async fn every_page_of_a_full_family_renders_for_a_viewer() {
    let app = TestApp::start().await;
    let (ana, ids) = full(&app).await;
    let vera = app.viewer_of(&ana, "vera").await;
    for path in pages(Some(&ids)) {
        let page = vera.visit(&path).await;
        // Forms for writing are not a viewer's.
        let writes = ["/entries/new", "/entries/deleted", "/family/delete", "/family/log"].contains(&path.as_str());
        if writes || path.ends_with("/edit") || path.ends_with("/sign-in") && path.starts_with("/learners") {
            page.assert(403);
        } else {
            assert_sound(&path, &page);
        }
    }
}

#[tokio::test]
async fn strangers_read_what_is_for_all_and_are_sent_to_sign_in_elsewhere() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    for path in pages(Some(&ids)) {
        let page = app.visit(&path).await;
        let open = [
            "/sign-in",
            "/sign-in/forgotten",
            "/register",
            "/help",
            "/help/leaving",
            "/help/dpia",
            "/help/privacy-notice",
            "/privacy",
            "/docs",
        ];
        if open.contains(&path.as_str()) {
            assert_sound(&path, &page);
        } else {
            assert!(page.assert(303).header("location").starts_with("/sign-in"), "{path}");
        }
    }
}

#[tokio::test]
async fn an_error_is_a_page_with_a_way_home() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for path in [
        "/nowhere",
        "/.env",
        "/wp-login.php",
        "/entries/x",
        "/assets/nothing.css",
        "/assets/%2e%2e%2fCargo.toml",
        "/portfolio/1",
    ] {
        let page = ana.visit(path).await.assert(404);
        assert_eq!(page.words("h1"), ["Nothing here"], "{path}");
        assert!(page.attributes("a", "href").contains(&"/".to_owned()));
    }
    let page = ana.submit("/help", &[]).await.assert(405);
    assert_eq!(page.words("h1"), ["That is not possible here"]);
}

#[tokio::test]
async fn every_link_asset_and_form_of_a_page_leads_somewhere() {
    let app = TestApp::start().await;
    let (ana, ids) = full(&app).await;
    let mut seen = std::collections::BTreeSet::new();
    for path in pages(Some(&ids)) {
        let page = ana.visit(&path).await;
        let links = page.attributes("a", "href").into_iter();
        let assets = page.attributes("link", "href").into_iter().chain(page.attributes("script, img, iframe", "src"));
        let uses = page.attributes("use", "href").into_iter();
        for link in links.chain(assets).chain(uses).filter(|link| link.starts_with('/')) {
            if seen.insert(link.split('#').next().unwrap().to_owned()) {
                assert!(ana.visit(&link).await.status < 400, "{path} leads to {link}");
            }
        }
        let known = page.attributes("[id]", "id");
        let distinct: std::collections::BTreeSet<&String> = known.iter().collect();
        assert_eq!(distinct.len(), known.len(), "an id stands twice on {path}");
        for target in page
            .attributes("a[href^='#']", "href")
            .iter()
            .map(|to| to[1..].to_owned())
            .chain(page.attributes("label", "for"))
        {
            assert!(known.contains(&target), "{path} has no #{target}");
        }
    }
    assert!(seen.len() > 30);
}
