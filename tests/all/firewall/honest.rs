//! Two hundred honest diary texts, each of which some filter refuses: code, SQL, recipes, hearts, other languages.

use serde_json::json;

use super::texts;
use crate::support::{TODAY, TestApp};

#[tokio::test]
async fn no_honest_text_is_refused_by_the_api() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let texts = texts("honest");
    assert!(texts.len() >= 200);
    for text in &texts {
        let title = text.lines().next().unwrap();
        let sent = json!({
            "title": title, "text": text, "place": title, "resources": [title],
            "voices": [{ "learner": ana.learner, "words": text, "feeling": "good" }],
        });
        let entry = ana.adds(title, sent.clone()).await;
        let read = ana.get(&format!("/entries/{}", entry["id"].as_str().unwrap())).await.assert(200).json();
        for (field, value) in sent.as_object().unwrap() {
            assert_eq!(&read[field], value, "{field}");
        }
    }
}

#[tokio::test]
async fn no_honest_text_is_refused_by_the_form() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let words = format!("words-{}", ana.learner);
    for text in texts("honest") {
        let title = text.lines().next().unwrap();
        let fields = [
            ("date", TODAY),
            ("learner", &*ana.learner),
            ("title", title),
            ("text", &text),
            ("place", title),
            ("resources", title),
            (&*words, &text),
        ];
        app.minutes_pass(1);
        ana.writes_on_page("/entries/new", &fields).await.assert(303);
        let entry = ana.get("/entries?limit=1").await.json()["items"][0].clone();
        assert_eq!((&entry["title"], &entry["place"], &entry["text"]), (&json!(title), &json!(title), &json!(text)));
        assert_eq!((&entry["resources"], &entry["voices"][0]["words"]), (&json!([title]), &json!(text)));
        let page = ana.visit(&format!("/entries/{}", entry["id"].as_str().unwrap())).await.assert(200);
        assert_eq!(page.words("h1").first().map(String::as_str), Some(title.trim()));
    }
}

#[tokio::test]
async fn honest_texts_can_be_searched_for() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.adds("Everything", json!({ "text": texts("honest").join("\n") })).await;
    for text in texts("honest") {
        let query =
            percent_encoding::utf8_percent_encode(text.lines().next().unwrap(), percent_encoding::NON_ALPHANUMERIC);
        ana.visit(&format!("/search?q={query}")).await.assert(200);
        ana.get(&format!("/search?q={query}")).await.assert(200);
    }
}
