//! Writing, changing, deleting and bringing back an entry.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Person, TODAY, TestApp, jpeg, png};

/// The newest entry.
async fn newest(person: &Person) -> Value {
    person.get("/entries?limit=1").await.assert(200).json()["items"][0].clone()
}

fn id(entry: &Value) -> &str {
    entry["id"].as_str().unwrap()
}

fn photo(bytes: Vec<u8>, name: &'static str) -> Part {
    Part::bytes(bytes).file_name(name).mime_str("image/jpeg").unwrap()
}

#[tokio::test]
async fn a_day_with_two_children_and_two_photos_is_written_in_one_form() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let form = Form::new()
        .text("date", TODAY)
        .text("learner", ana.learner.clone())
        .text("learner", jay.clone())
        .text("title", " Newts ")
        .text("text", "Two of them\r\nin the pond")
        .part("photos", photo(jpeg(1), "one.jpg"))
        .part("photos", photo(png(2), "two.png"))
        .part("photos", Part::bytes(Vec::new()).file_name(""))
        .text("kind", "outing")
        .text("subject", ana.subjects[2].clone())
        .text("subject", ana.subjects[1].clone())
        .text("minutes", "90")
        .text("place", "Allotment")
        .text("resources", "A net\r\n\r\n A jar ")
        .text(format!("words-{jay}"), "it looked at me")
        .text(format!("feeling-{jay}"), "good")
        .text(format!("words-{}", ana.learner), "")
        .text(format!("feeling-{}", ana.learner), "")
        .text("starred", "yes")
        .text("state", "done");
    ana.submit_files("/entries/new", form).await.assert_sent_to("/?notice=entry-saved#day-2026-03-02");
    let entry = newest(&ana).await;
    for (field, value) in [
        ("learners", json!([ana.learner, jay])),
        ("title", json!("Newts")),
        ("text", json!("Two of them\nin the pond")),
        ("kind", json!("outing")),
        ("subjects", json!([ana.subjects[2], ana.subjects[1]])),
        ("minutes", json!(90)),
        ("place", json!("Allotment")),
        ("resources", json!(["A net", "A jar"])),
        ("voices", json!([{ "learner": jay, "words": "it looked at me", "feeling": "good" }])),
        ("starred", json!(true)),
        ("private", json!(false)),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    let names: Vec<&Value> = entry["attachments"].as_array().unwrap().iter().map(|one| &one["filename"]).collect();
    assert_eq!(names, ["one.jpg", "two.png"]);
    let page = ana.visit(&format!("/entries/{}", id(&entry))).await.assert(200);
    assert_eq!((page.words("h1"), page.attributes(".gallery img", "src").len()), (vec!["Newts".to_owned()], 2));
    for image in page.attributes(".gallery img", "src") {
        ana.visit(&image).await.assert(200);
    }
}

#[tokio::test]
async fn a_title_or_a_photo_alone_is_enough() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.writes_on_page("/entries/new", &[("date", TODAY), ("title", "Kites")]).await.assert(303);
    let form = Form::new().text("date", TODAY).part("photos", photo(jpeg(1), "a.jpg"));
    ana.submit_files("/entries/new", form).await.assert(303);
    assert_eq!(ana.get("/entries").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn saving_and_writing_another_keeps_day_and_children() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let fields = [("date", "2026-01-05"), ("title", "Kites"), ("learner", &*ana.learner), ("then", "another")];
    let next = ana.writes_on_page("/entries/new", &fields).await.assert(303).header("location").to_owned();
    let form = ana.visit(&next).await.assert(200).assert_says("role=\"status\"");
    assert_eq!(form.attributes("#date", "value"), ["2026-01-05"]);
    assert_eq!(form.attributes("input[name=learner][checked]", "value"), [ana.learner.as_str()]);
    assert_eq!(form.attributes("#title", "value"), [""]);
}

#[tokio::test]
async fn a_new_form_is_about_today_and_the_child_it_was_asked_for() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let form = ana.visit(&format!("/entries/new?learner={jay}")).await.assert(200);
    assert_eq!(form.attributes("#date", "value"), [TODAY]);
    assert_eq!(form.attributes("input[name=learner][checked]", "value"), [jay]);
    let form = ana.visit("/entries/new?date=2026-02-30").await.assert(200);
    assert_eq!(form.attributes("#date", "value"), [TODAY]);
}

#[tokio::test]
async fn the_edit_form_shows_what_is_stored() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let more = json!({ "text": "Two\n\n  & <three>", "subjects": [ana.subjects[2]], "kind": "outing", "minutes": 90,
        "place": "The \"pond\"", "resources": ["A net", "A jar"], "starred": true, "private": true, "state": "draft",
        "voices": [{ "learner": ana.learner, "words": "'hello'", "feeling": "hard" }] });
    let entry = ana.adds("Newts & <friends>", more).await;
    ana.upload(id(&entry), "a.jpg", jpeg(1)).await.assert(201);
    let form = ana.visit(&format!("/entries/{}/edit", id(&entry))).await.assert(200);
    let value = |selector: &str| form.attributes(selector, "value").join(",");
    assert_eq!(value("#title"), "Newts & <friends>");
    assert_eq!(value("#place"), "The \"pond\"");
    assert_eq!((value("#minutes"), value("input[name=version]")), ("90".into(), "2".into()));
    assert_eq!(value("input[name=learner][checked]"), ana.learner);
    assert_eq!(value("input[name=subject][checked]"), ana.subjects[2]);
    assert_eq!(value("input[name=kind][checked]"), "outing");
    assert_eq!(value("input[name=state][checked]"), "draft");
    assert_eq!(value("input[name=starred][checked], input[name=private][checked]"), "yes,yes");
    assert_eq!(value(&format!("[name='feeling-{}'][checked]", ana.learner)), "hard");
    assert_eq!(form.words("#text"), ["Two\n\n  & <three>"]);
    assert_eq!(form.words("#resources"), ["A net\nA jar"]);
    assert_eq!(form.words(&format!("[name='words-{}']", ana.learner)), ["'hello'"]);
    assert_eq!(form.attributes("[name^='caption-']", "name").len(), 1);
}

#[tokio::test]
async fn saving_the_edit_form_unchanged_changes_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let more = json!({ "text": "\nA blank line first\n", "learners": [jay], "kind": "note", "resources": ["One", "Two"], "starred": true,
        "voices": [{ "learner": jay, "words": "hello\nyou", "feeling": "mixed" }] });
    let before = ana.adds("Newts", more).await;
    let path = format!("/entries/{}/edit", id(&before));
    let page = ana.visit(&path).await.assert(200);
    let fields = crate::pages::form_errors::filled_in(&page);
    let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
    ana.submit_files(&path, form).await.assert(303);
    assert_eq!(newest(&ana).await, before);
}

#[tokio::test]
async fn an_edit_captions_removes_and_adds_photos() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let mut pictures = Vec::new();
    for blue in 1..=2 {
        let added = ana.upload(&entry, "a.jpg", jpeg(blue)).await.assert(201).json();
        pictures.push(added["id"].as_str().unwrap().to_owned());
    }
    let form = Form::new()
        .text("version", "3")
        .text("date", TODAY)
        .text("title", "Leaves")
        .text(format!("caption-{}", pictures[0]), "gone")
        .text(format!("remove-{}", pictures[0]), "yes")
        .text(format!("caption-{}", pictures[1]), "An oak’s")
        .part("photos", photo(jpeg(3), "c.jpg"));
    let path = format!("/entries/{entry}/edit");
    ana.submit_files(&path, form).await.assert_sent_to(&format!("/entries/{entry}?notice=entry-saved"));
    let attachments = newest(&ana).await["attachments"].clone();
    assert_eq!(attachments.as_array().unwrap().len(), 2);
    assert_eq!((&attachments[0]["id"], &attachments[0]["caption"]), (&json!(pictures[1]), &json!("An oak’s")));
    assert_eq!(app.blobs(), 6);
    ana.visit(&format!("/media/{}/thumb", pictures[0])).await.assert(404);
}

#[tokio::test]
async fn a_photo_of_another_entry_cannot_be_taken_away_here() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (leaves, twigs) = (ana.notes("Leaves").await, ana.notes("Twigs").await);
    let added = ana.upload(&leaves, "a.jpg", jpeg(1)).await.assert(201).json();
    let (caption, remove) = (format!("caption-{}", id(&added)), format!("remove-{}", id(&added)));
    let fields = [("version", "1"), ("date", TODAY), ("title", "Twigs"), (&*caption, "x"), (&*remove, "yes")];
    ana.writes_on_page(&format!("/entries/{twigs}/edit"), &fields).await.assert(303);
    let kept = ana.get(&format!("/entries/{leaves}")).await.json();
    assert_eq!(kept["attachments"], json!([added]));
}

#[tokio::test]
async fn what_was_changed_in_another_window_is_not_overwritten() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let path = format!("/entries/{entry}/edit");
    let first = [("date", TODAY), ("title", "Frogs"), ("version", "1")];
    ana.writes_on_page(&path, &first).await.assert(303);
    let second = [("date", TODAY), ("title", "Toads, which I typed"), ("version", "1")];
    let page = ana.writes_on_page(&path, &second).await.assert(422);
    page.clone().assert_says("This entry was changed in another window");
    assert_eq!(page.attributes("#title", "value"), ["Toads, which I typed"]);
    assert_eq!(newest(&ana).await["title"], "Frogs");
    let none = ana.writes_on_page(&path, &[("date", TODAY), ("title", "Toads")]).await;
    assert_eq!(none.status, 422, "a form without a version is a stale one");
}

#[tokio::test]
async fn a_star_is_given_and_taken_away() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let star = format!("/entries/{entry}/star");
    for _tapped_twice in 0..2 {
        ana.submit(&star, &[("starred", "yes")])
            .await
            .assert_sent_to(&format!("/entries/{entry}?notice=entry-starred"));
        assert_eq!(newest(&ana).await["starred"], true);
    }
    ana.submit(&star, &[("starred", "no")]).await.assert_sent_to(&format!("/entries/{entry}?notice=entry-unstarred"));
    assert_eq!(newest(&ana).await["starred"], false);
}

#[tokio::test]
async fn the_same_again_copies_what_repeats_and_leaves_what_was_said_that_day() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let more = json!({ "date": "2026-01-05", "text": "That day", "kind": "group", "minutes": 60, "place": "Pool", "starred": true,
        "subjects": [ana.subjects[0]], "resources": ["Goggles"], "state": "draft",
        "voices": [{ "learner": ana.learner, "words": "cold" }] });
    let before = ana.adds("Swimming", more).await;
    ana.upload(id(&before), "a.jpg", jpeg(1)).await.assert(201);
    let sent = ana.submit(&format!("/entries/{}/again", id(&before)), &[]).await;
    let form = ana.visit(sent.assert(303).header("location")).await.assert(200);
    assert_eq!(ana.titles("/entries").await.len(), 1, "nothing is written until it is saved");
    let fields = crate::pages::form_errors::filled_in(&form);
    let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
    ana.submit_files("/entries/new", form).await.assert(303);
    let copy = newest(&ana).await;
    for field in ["learners", "title", "kind", "minutes", "place", "subjects", "resources"] {
        assert_eq!(copy[field], before[field], "{field}");
    }
    let fresh =
        json!({ "date": TODAY, "text": null, "voices": [], "attachments": [], "starred": false, "state": "done" });
    for (field, value) in fresh.as_object().unwrap() {
        assert_eq!(&copy[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_deleted_entry_is_brought_back_from_the_notice() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let sent = ana.submit(&format!("/entries/{entry}/delete"), &[]).await;
    let journal = ana.visit(sent.assert(303).header("location")).await.assert(200).assert_silent_about("Newts");
    ana.visit(&format!("/entries/{entry}")).await.assert(404);
    let undo = journal.attributes(".notice form", "action").remove(0);
    ana.submit(&undo, &[]).await.assert_sent_to(&format!("/entries/{entry}?notice=entry-restored"));
    ana.visit("/").await.assert_says("Newts");
    // "Undo" may be pressed twice.
    ana.submit(&undo, &[]).await.assert_sent_to(&format!("/entries/{entry}?notice=entry-restored"));
    assert_eq!(newest(&ana).await["version"], 2);
}

#[tokio::test]
async fn what_was_deleted_is_listed_for_those_who_may_bring_it_back() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    for title in ["Newts", "Frogs"] {
        let entry = ana.notes(title).await;
        ana.delete(&format!("/entries/{entry}")).await.assert(204);
        app.minutes_pass(1);
    }
    let page = ana.visit("/entries/deleted").await.assert(200);
    let listed = page.words(".list .item > div");
    assert!(listed[0].starts_with("Frogs") && listed[1].starts_with("Newts"), "the last deleted first: {listed:?}");
    assert_eq!(page.attributes("form[action$='/restore']", "action").len(), 2);
    ben.visit("/entries/deleted").await.assert(200).assert_silent_about("Newts");
    app.viewer_of(&ana, "vera").await.visit("/entries/deleted").await.assert(403);
}

#[tokio::test]
async fn a_notice_says_only_what_the_catalogue_says() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for query in [
        "notice=You+won",
        "notice=../../x",
        "notice=%3Cb%3E",
        "notice=no-such-notice",
        "notice=welcome&undo=javascript:x",
    ] {
        let page = ana.visit(&format!("/?{query}")).await.assert(200).assert_silent_about("You won");
        assert!(page.attributes(".notice form", "action").is_empty(), "{query}");
    }
    ana.visit("/learners?notice=learner-added&name=Call+0900")
        .await
        .assert_says("The child is added")
        .assert_silent_about("0900");
}
