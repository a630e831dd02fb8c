//! What is sent comes back, and what is unset is told as such.

use serde_json::json;

use crate::support::{TODAY, TestApp};

#[tokio::test]
async fn what_is_unset_is_null_or_empty_never_absent() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.post("/entries", json!({ "date": TODAY })).await.assert(201).json();
    for name in ["title", "text", "kind", "minutes", "place"] {
        assert_eq!(entry.get(name), Some(&json!(null)), "{name}");
    }
    for name in ["learners", "subjects", "resources", "voices", "attachments"] {
        assert_eq!(entry.get(name), Some(&json!([])), "{name}");
    }
    for name in ["starred", "private"] {
        assert_eq!(entry.get(name), Some(&json!(false)), "{name}");
    }
    assert_eq!(entry["state"], "done");
}

#[tokio::test]
async fn null_and_absent_and_blank_are_all_unset() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let nulls = json!({ "date": TODAY, "title": null, "text": null, "kind": null, "minutes": null, "place": null, "state": null });
    let entry = ana.post("/entries", nulls).await.assert(201).json();
    assert_eq!((&entry["title"], &entry["state"]), (&json!(null), &json!("done")));
    let blank = json!({ "date": TODAY, "title": "  ", "text": "\n", "place": "" });
    let entry = ana.post("/entries", blank).await.assert(201).json();
    assert_eq!((&entry["title"], &entry["text"], &entry["place"]), (&json!(null), &json!(null), &json!(null)));
}

#[tokio::test]
async fn an_entry_comes_back_as_it_was_sent() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let sent = json!({
        "date": "2026-02-27", "learners": [jay, ana.learner], "title": "  Newts ", "text": "*Two* newts\r\n\r\nin the pond\t!",
        "subjects": [ana.subjects[3], ana.subjects[1]], "kind": "outing", "minutes": 90, "place": "Allotment",
        "resources": ["A net", "A jar"], "starred": true, "private": true, "state": "draft",
        "voices": [{ "learner": jay, "words": "it looked at me", "feeling": "good" },
                   { "learner": ana.learner, "words": null, "feeling": "mixed" }],
    });
    let added = ana.post("/entries", sent.clone()).await.assert(201);
    let entry = added.json();
    for (field, value) in sent.as_object().unwrap() {
        assert_eq!(&entry[field], value, "{field}");
    }
    assert_eq!(entry["version"], 1);
    assert_eq!(entry["created_at"], "2026-03-02T10:00:00.001Z");
    let location = added.header("location").strip_prefix("/api/v1").unwrap();
    assert_eq!(ana.get(location).await.assert(200).json(), entry);
}

#[tokio::test]
async fn naming_somebody_twice_is_once() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.adds("Twice", json!({ "learners": [ana.learner, ana.learner] })).await;
    assert_eq!(entry["learners"], json!([ana.learner]));
    let voice = json!({ "learner": ana.learner, "words": "again" });
    let twice = json!({ "date": TODAY, "learners": [ana.learner], "voices": [voice, voice] });
    ana.post("/entries", twice).await.assert_refused("voices.1.learner", "duplicate");
}

#[tokio::test]
async fn a_voice_belongs_to_a_learner_of_the_entry() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let entry = json!({ "date": TODAY, "learners": [ana.learner], "voices": [{ "learner": jay, "words": "me too" }] });
    ana.post("/entries", entry).await.assert_refused("voices.0.learner", "unknown-learner");
}

#[tokio::test]
async fn who_am_i_tells_no_more_than_the_token_may() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let me = ana.get("/me").await.assert(200).json();
    assert_eq!((&me["name"], &me["email"], &me["role"]), (&json!("ana"), &json!("ana@example.org"), &json!("owner")));
    assert_eq!(me["family"]["time_zone"], "Europe/London");
    let me = ana.without(hec::types::Scope::AccountRead).await.get("/me").await.assert(200).json();
    assert_eq!((&me["name"], &me["email"]), (&json!(null), &json!(null)));
    assert!(!me["scopes"].as_array().unwrap().contains(&json!("account:read")));
}

#[tokio::test]
async fn learners_and_subjects_are_listed_replaced_and_put_away() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let listed = ana.get("/learners").await.json();
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|one| one["nickname"].clone()).collect();
    assert_eq!((names, &listed["next"]), (vec![json!("Wren of ana"), json!("Jay")], &json!(null)));
    let (path, plum) = (format!("/learners/{jay}"), json!({ "nickname": "Jay", "colour": "plum", "archived": true }));
    let changed = ana.put(&path, plum).await.assert(200).json();
    assert_eq!(changed, json!({ "id": jay, "nickname": "Jay", "colour": "plum", "archived": true }));
    assert_eq!(ana.get(&path).await.json(), changed);
    let knots = ana.post("/subjects", json!({ "name": "Knots", "area": "life_skills" })).await.assert(201).json();
    let path = format!("/subjects/{}", knots["id"].as_str().unwrap());
    ana.put(&path, json!({ "name": "Ropes", "area": "arts", "archived": true })).await.assert(200);
    assert_eq!(ana.get(&path).await.json()["name"], "Ropes");
}
