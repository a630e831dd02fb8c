//! Children, subjects and portfolios through their forms.

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_learner_is_added_changed_put_away_and_brought_back() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let added = ana.submit("/learners", &[("nickname", " Zoë & co "), ("colour", "plum")]).await;
    ana.visit(added.assert(303).header("location")).await.assert(200).assert_says("Zoë &amp; co");
    let listed = ana.get("/learners").await.json();
    let zoe = listed["items"].as_array().unwrap().iter().find(|one| one["nickname"] == "Zoë & co").unwrap().clone();
    assert_eq!(zoe["colour"], "plum");
    let path = format!("/learners/{}", zoe["id"].as_str().unwrap());
    ana.submit(&path, &[("nickname", "Zoe"), ("colour", "teal")]).await.assert(303);
    ana.submit(&format!("{path}/archive"), &[]).await.assert(303);
    let learner = ana.get(&path).await.json();
    assert_eq!(
        (&learner["nickname"], &learner["colour"], &learner["archived"]),
        (&json!("Zoe"), &json!("teal"), &json!(true))
    );
    ana.visit("/entries/new").await.assert_silent_about("Zoe");
    ana.submit(&format!("{path}/unarchive"), &[]).await.assert(303);
    ana.visit("/entries/new").await.assert_says("Zoe");
}

#[tokio::test]
async fn a_refused_learner_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for (nickname, says) in
        [("", "Fill this in"), (&*"x".repeat(41), "40 characters or fewer"), ("wren of ANA", "already uses this one")]
    {
        let page = ana.submit("/learners", &[("nickname", nickname), ("colour", "rose")]).await.assert(422);
        assert_eq!(page.attributes("#nickname", "value"), [nickname]);
        assert_eq!(page.attributes("input[name=colour][checked]", "value"), ["rose"]);
        assert!(page.words("#nickname-error").concat().contains(says), "{nickname}");
    }
    let path = format!("/learners/{}", ana.learner);
    ana.submit(&path, &[("nickname", ""), ("colour", "rose")]).await.assert(422).assert_says("Fill this in");
}

#[tokio::test]
async fn a_subject_is_added_changed_put_away_and_brought_back() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.submit("/subjects", &[("name", "Knots"), ("area", "life_skills")]).await.assert(303);
    let listed = ana.get("/subjects").await.json();
    let knots = listed["items"].as_array().unwrap().iter().find(|one| one["name"] == "Knots").unwrap().clone();
    let path = format!("/subjects/{}", knots["id"].as_str().unwrap());
    ana.submit(&path, &[("name", "Ropes"), ("area", "arts")]).await.assert(303);
    ana.submit(&format!("{path}/archive"), &[("name", "ignored"), ("area", "arts")]).await.assert(303);
    let subject = ana.get(&path).await.json();
    assert_eq!(
        (&subject["name"], &subject["area"], &subject["archived"]),
        (&json!("Ropes"), &json!("arts"), &json!(true))
    );
    ana.visit("/entries/new").await.assert_silent_about("Ropes");
    ana.submit(&format!("{path}/unarchive"), &[]).await.assert(303);
    ana.visit("/entries/new").await.assert_says("Ropes");
    ana.submit("/subjects", &[("name", ""), ("area", "arts")]).await.assert(422).assert_says("Fill this in");
    ana.submit(&path, &[("name", "Maths"), ("area", "arts")]).await.assert(422).assert_says("already uses this one");
}

#[tokio::test]
async fn a_viewer_sees_no_form_that_writes_and_none_works() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = crate::support::Ids::of(&ana).await;
    let vera = app.viewer_of(&ana, "vera").await;
    let pages = [
        "/".to_owned(),
        "/search?q=walk".into(),
        "/learners".into(),
        "/subjects".into(),
        "/portfolio".into(),
        format!("/entries/{}", ids.entry),
        format!("/learners/{}", ids.learner),
        format!("/portfolio/{}", ids.portfolio),
    ];
    for path in pages {
        let page = vera.visit(&path).await.assert(200);
        assert!(page.attributes("form[method=post]", "action").is_empty(), "{path}");
        assert!(
            !page.attributes("a", "href").iter().any(|to| to.starts_with("/entries/new") || to.ends_with("/edit")),
            "{path}"
        );
    }
    for (path, fields) in [
        ("/learners".to_owned(), vec![("nickname", "Jay")]),
        (format!("/learners/{}", ids.learner), vec![("nickname", "Jay")]),
        (format!("/learners/{}/archive", ids.learner), vec![]),
        ("/subjects".into(), vec![("name", "Knots"), ("area", "arts")]),
        (format!("/subjects/{}/archive", ids.subject), vec![]),
        (format!("/entries/{}/star", ids.entry), vec![]),
        (format!("/entries/{}/delete", ids.entry), vec![]),
        (format!("/entries/{}/restore", ids.deleted), vec![]),
        (
            "/portfolio".into(),
            vec![("title", "x"), ("learner", &*ids.learner), ("from", "2026-01-01"), ("to", "2026-02-01")],
        ),
        (format!("/portfolio/{}/delete", ids.portfolio), vec![]),
    ] {
        assert_eq!(vera.submit(&path, &fields).await.status, 403, "{path}");
    }
    let entry = [("date", "2026-03-02"), ("title", "x"), ("version", "2")];
    vera.writes_on_page("/entries/new", &entry).await.assert(403);
    vera.writes_on_page(&format!("/entries/{}/edit", ids.entry), &entry).await.assert(403);
    vera.visit("/entries/new").await.assert(403);
    vera.visit(&format!("/entries/new?like={}", ids.entry)).await.assert(403);
    vera.visit(&format!("/entries/{}/edit", ids.entry)).await.assert(403);
}

#[tokio::test]
async fn a_viewers_upload_is_refused_before_it_is_worked_on() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let vera = app.viewer_of(&ana, "vera").await;
    let photo = reqwest::multipart::Part::bytes(crate::support::jpeg(1)).file_name("a.jpg");
    let form = reqwest::multipart::Form::new().text("date", "2026-03-02").part("photos", photo);
    vera.submit_files("/entries/new", form).await.assert(403);
    assert_eq!(app.blobs(), 0);
}
