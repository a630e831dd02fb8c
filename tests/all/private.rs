//! Private entries exist for owners and carers, and for tokens that were given the right. For nobody and nothing else.

use hec::types::Scope;
use serde_json::{Value, json};

use crate::support::{Person, TODAY, TestApp, UNKNOWN, jpeg};

struct Secret {
    ana: Person,
    /// Those for whom it must not exist.
    others: Vec<Person>,
    entry: String,
    picture: String,
}

/// An owner's private entry with a picture, a viewer, and a token without the right.
async fn a_secret(app: &TestApp) -> Secret {
    let ana = app.parent("ana").await;
    ana.notes("An open walk").await;
    let more = json!({ "private": true, "starred": true, "text": "A worrysome day", "kind": "note", "place": "The clinic",
        "subjects": [ana.subjects[0]] });
    let entry = ana.adds("Hush", more).await["id"].as_str().unwrap().to_owned();
    let picture = ana.upload(&entry, "hush.jpg", jpeg(1)).await.assert(201).json()["id"].as_str().unwrap().to_owned();
    let others = vec![app.viewer_of(&ana, "vera").await, ana.without(Scope::RecordsPrivate).await];
    Secret { ana, others, entry, picture }
}

#[tokio::test]
async fn a_private_entry_is_in_no_list() {
    let app = TestApp::start().await;
    let Secret { ana, others, .. } = a_secret(&app).await;
    let lists = |ana: &Person| {
        vec![
            "/entries".to_owned(),
            format!("/entries?learner={}", ana.learner),
            format!("/entries?subject={}", ana.subjects[0]),
            "/entries?kind=note".to_owned(),
            "/entries?starred=true".to_owned(),
            "/entries?state=done".to_owned(),
            format!("/entries?from={TODAY}&to={TODAY}"),
            "/search?q=hush".to_owned(),
            "/search?q=worrysome".to_owned(),
            "/search?q=clinic".to_owned(),
            "/search?q=wren".to_owned(),
        ]
    };
    for list in lists(&ana) {
        assert!(ana.titles(&list).await.contains(&"Hush".to_owned()), "{list}");
        for other in &others {
            let reply = other.get(&list).await.assert(200);
            reply.assert_silent_about("Hush").assert_silent_about("worrysome").assert_silent_about("clinic");
        }
    }
}

#[tokio::test]
async fn a_list_does_not_betray_that_something_is_left_out() {
    let app = TestApp::start().await;
    let Secret { others, .. } = a_secret(&app).await;
    for other in &others {
        let page = other.get("/entries?limit=1").await.json();
        assert_eq!((page["items"].as_array().unwrap().len(), &page["next"]), (1, &Value::Null));
        let nothing = other.get("/entries?starred=true").await.json();
        assert_eq!(nothing, json!({ "items": [], "next": null }));
    }
}

#[tokio::test]
async fn a_private_entry_and_its_picture_are_not_found() {
    let app = TestApp::start().await;
    let Secret { ana, others, entry, picture } = a_secret(&app).await;
    let paths = |entry: &str, picture: &str| {
        [
            format!("/entries/{entry}"),
            format!("/entries/{entry}/attachments"),
            format!("/attachments/{picture}"),
            format!("/attachments/{picture}?size=thumb"),
        ]
    };
    for other in &others {
        for (path, unknown) in paths(&entry, &picture).iter().zip(paths(UNKNOWN, UNKNOWN)) {
            ana.get(path).await.assert(200);
            let (hidden, unknown) = (other.get(path).await.assert_problem(404), other.get(&unknown).await);
            assert_eq!(hidden.shape(&[&entry, &picture]), unknown.shape(&[UNKNOWN]));
        }
    }
}

#[tokio::test]
async fn a_token_without_the_right_can_neither_change_nor_make_what_is_private() {
    let app = TestApp::start().await;
    let Secret { ana, others, entry, picture } = a_secret(&app).await;
    let app_token = &others[1];
    let path = format!("/entries/{entry}");
    let draft = json!({ "date": TODAY, "title": "Open now" });
    app_token.put_if(&path, "\"2\"", draft.clone()).await.assert_problem(404);
    app_token.put(&path, draft).await.assert_problem(412);
    app_token.delete(&path).await.assert_problem(404);
    app_token.upload(&entry, "x.jpg", jpeg(2)).await.assert_problem(404);
    app_token.delete(&format!("/attachments/{picture}")).await.assert_problem(404);
    app_token.patch(&format!("/attachments/{picture}"), json!({ "caption": "x" })).await.assert_problem(404);
    app_token
        .post("/entries", json!({ "date": TODAY, "private": true }))
        .await
        .assert_problem(403)
        .assert_says("records:private");
    ana.delete(&path).await.assert(204);
    app_token.post(&format!("{path}/restore"), Value::Null).await.assert_problem(404);
    ana.post(&format!("{path}/restore"), Value::Null).await.assert(200);
}

#[tokio::test]
async fn no_page_of_a_viewer_shows_it() {
    let app = TestApp::start().await;
    let Secret { ana, others, entry, picture } = a_secret(&app).await;
    let vera = &others[0];
    for path in [
        "/".to_owned(),
        "/?starred=true".to_owned(),
        format!("/?learner={}", ana.learner),
        "/search?q=worrysome".to_owned(),
        "/search?q=wren".to_owned(),
        format!("/learners/{}", ana.learner),
    ] {
        assert!(ana.visit(&path).await.assert(200).text().contains("Hush"), "{path}");
        vera.visit(&path).await.assert(200).assert_silent_about("Hush").assert_silent_about(&entry);
    }
    for path in [format!("/entries/{entry}"), format!("/media/{picture}/thumb")] {
        ana.visit(&path).await.assert(200);
        vera.visit(&path).await.assert(404);
    }
    for entry in [&entry, crate::support::UNKNOWN] {
        vera.visit(&format!("/entries/{entry}/edit")).await.assert(403);
    }
}

#[tokio::test]
async fn no_document_holds_it_whoever_asks() {
    let app = TestApp::start().await;
    let Secret { ana, others, .. } = a_secret(&app).await;
    let portfolio = ana.makes_portfolio(json!({ "photos": "large" })).await;
    for path in ["", "/document", "/download"] {
        let page = ana.visit(&format!("/portfolio/{portfolio}{path}")).await.assert(200);
        page.assert_silent_about("Hush").assert_silent_about("worrysome").assert_silent_about("data:image/jpeg");
    }
    for person in others.iter().chain([&ana]) {
        let document = person.get(&format!("/portfolios/{portfolio}/document")).await.assert(200);
        document.assert_says("An open walk").assert_silent_about("Hush").assert_silent_about("clinic");
    }
}

#[tokio::test]
async fn what_becomes_private_disappears_and_what_is_opened_appears() {
    let app = TestApp::start().await;
    let Secret { ana, others, entry, .. } = a_secret(&app).await;
    let path = format!("/entries/{entry}");
    ana.put_if(&path, "\"2\"", json!({ "date": TODAY, "title": "Hush" })).await.assert(200);
    for other in &others {
        assert_eq!(other.titles("/search?q=hush").await, ["Hush"]);
    }
    ana.put_if(&path, "\"3\"", json!({ "date": TODAY, "title": "Hush", "private": true })).await.assert(200);
    for other in &others {
        assert!(other.titles("/search?q=hush").await.is_empty());
        assert_eq!(other.titles("/entries").await, ["An open walk"]);
    }
}

#[tokio::test]
async fn a_page_tells_the_owner_that_an_entry_is_private() {
    let app = TestApp::start().await;
    let Secret { ana, entry, .. } = a_secret(&app).await;
    let tags = ana.visit(&format!("/entries/{entry}")).await.words(".tag");
    assert!(tags.iter().any(|tag| tag.starts_with("Private")), "{tags:?}");
    ana.visit("/entries/new").await.assert_says("Carers only: learners and viewers do not see it");
}
