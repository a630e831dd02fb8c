//! Conditional requests: nothing is overwritten unseen, nothing is sent twice.

use reqwest::Method;
use serde_json::json;

use crate::support::{Ids, SendExt, TODAY, TestApp, UNKNOWN};

#[tokio::test]
async fn a_put_creates_then_stands_then_refuses_other_content() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (path, entry) = (format!("/entries/{UNKNOWN}"), json!({ "date": TODAY, "title": "Kites" }));
    let created = ana.put(&path, entry.clone()).await.assert(201);
    assert_eq!(created.json()["id"], UNKNOWN);
    app.minutes_pass(5);
    let again = ana.put(&path, entry).await.assert(200);
    assert_eq!((again.json(), again.header("etag")), (created.json(), created.header("etag")));
    ana.put(&path, json!({ "date": TODAY, "title": "Boats" })).await.assert_problem(412);
    assert_eq!(ana.get(&path).await.json()["title"], "Kites");
}

#[tokio::test]
async fn a_put_with_the_tag_replaces_and_a_stale_one_does_not() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/entries/{}", ana.notes("Kites").await);
    let first = ana.get(&path).await.header("etag").to_owned();
    let boats = json!({ "date": TODAY, "title": "Boats" });
    let replaced = ana.put_if(&path, &first, boats).await.assert(200);
    assert_eq!((&replaced.json()["version"], &replaced.json()["title"]), (&json!(2), &json!("Boats")));
    assert_ne!(replaced.header("etag"), first);
    ana.put_if(&path, &first, json!({ "date": TODAY, "title": "Trains" })).await.assert_problem(412);
    for tag in ["\"99\"", "*x", "", "\"abc\""] {
        ana.put_if(&path, tag, json!({ "date": TODAY, "title": "Trains" })).await.assert_problem(412);
    }
    assert_eq!(ana.get(&path).await.json()["title"], "Boats");
    ana.put_if(&format!("/entries/{UNKNOWN}"), &first, json!({ "date": TODAY })).await.assert_problem(404);
}

#[tokio::test]
async fn a_deleted_entrys_id_is_not_used_again() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/entries/{}", ana.notes("Kites").await);
    ana.delete(&path).await.assert(204);
    ana.get(&path).await.assert_problem(404);
    ana.put(&path, json!({ "date": TODAY, "title": "Boats" })).await.assert_problem(412);
    ana.delete(&path).await.assert_problem(404);
}

#[tokio::test]
async fn deleting_takes_a_tag_too() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let path = format!("/entries/{}", ana.notes("Kites").await);
    ana.ask(Method::DELETE, &path).header("if-match", "\"7\"").reply().await.assert_problem(412);
    ana.get(&path).await.assert(200);
    ana.ask(Method::DELETE, &path).header("if-match", "\"1\"").reply().await.assert(204);
}

#[tokio::test]
async fn what_was_deleted_comes_back_for_thirty_days() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (kites, boats) = (ana.notes("Kites").await, ana.notes("Boats").await);
    for entry in [&kites, &boats] {
        ana.delete(&format!("/entries/{entry}")).await.assert(204);
    }
    app.days_pass(29);
    assert_eq!(ana.post(&format!("/entries/{kites}/restore"), json!(null)).await.assert(200).json()["title"], "Kites");
    assert_eq!(ana.titles("/entries").await, ["Kites"]);
    app.days_pass(2);
    app.app.db.write(hec::entries::purge).await.unwrap();
    ana.post(&format!("/entries/{boats}/restore"), json!(null)).await.assert_problem(404);
    // One that stands may be brought back again: it stays as it is.
    assert_eq!(ana.post(&format!("/entries/{kites}/restore"), json!(null)).await.assert(200).json()["version"], 2);
}

#[tokio::test]
async fn every_read_has_a_tag_and_is_not_sent_twice() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let Ids { learner, subject, entry, attachment, portfolio, .. } = Ids::of(&ana).await;
    for path in [
        "/me".to_owned(),
        "/learners".to_owned(),
        format!("/learners/{learner}"),
        "/subjects".to_owned(),
        format!("/subjects/{subject}"),
        "/entries".to_owned(),
        format!("/entries/{entry}"),
        format!("/entries/{entry}/attachments"),
        format!("/attachments/{attachment}"),
        format!("/attachments/{attachment}?size=thumb"),
        "/search?q=walk".to_owned(),
        "/portfolios".to_owned(),
        format!("/portfolios/{portfolio}"),
    ] {
        let tag = ana.get(&path).await.assert(200).header("etag").to_owned();
        assert!(!tag.is_empty(), "{path} has no ETag");
        let known = ana.ask(Method::GET, &path).header("if-none-match", &tag).reply().await.assert(304);
        assert!(known.bytes.is_empty() && known.header("etag") == tag, "{path}");
        let others = ana.ask(Method::GET, &path).header("if-none-match", format!("\"other\", {tag}")).reply().await;
        others.assert(304);
        ana.ask(Method::GET, &path).header("if-none-match", "\"other\"").reply().await.assert(200);
    }
}

#[tokio::test]
async fn a_change_changes_the_tag() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let list = ana.get("/entries").await.header("etag").to_owned();
    let entry = ana.notes("Kites").await;
    let path = format!("/entries/{entry}");
    assert_ne!(ana.get("/entries").await.header("etag"), list);
    let before = ana.get(&path).await.header("etag").to_owned();
    ana.upload(&entry, "kite.jpg", crate::support::jpeg(3)).await.assert(201);
    let known = ana.ask(Method::GET, &path).header("if-none-match", before).reply().await;
    assert_eq!(known.assert(200).json()["attachments"].as_array().unwrap().len(), 1);
}
