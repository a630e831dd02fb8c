//! How much room the photos of a family may take: counted, bounded, told, and seen by operators without a name.

use hec::{
    accounts::log,
    admin::doctor::{Patient, State, examine},
    config::Amount,
    entries::space::{self, Level},
    families::allowance::{self, Own},
    store::{Progress, Table},
    types::{FamilyId, reference},
};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::json;

use crate::support::{Person, TODAY, TestApp, jpeg, jpeg_of, opens_admin};

/// A site whose settings allow each family so much.
async fn site(bytes: u64) -> TestApp {
    TestApp::start_with(|config| config.family_allowance = Some(Amount(bytes))).await
}

fn used(app: &TestApp, person: &Person) -> u64 {
    app.app.db.read(|tx| space::of(tx, person.caller.family, None)).unwrap().used.0
}

/// What is counted is what the rows say, for every family.
fn assert_counted_rightly(app: &TestApp) {
    assert!(app.app.db.read(space::miscounted).unwrap().is_empty());
}

async fn allow(app: &TestApp, person: &Person, own: Option<Own>) {
    let family = person.caller.family;
    app.app.db.write(move |tx| allowance::set(tx, log::Operator::CommandLine, family, own)).await.unwrap();
}

fn photo(seed: u8) -> Part {
    Part::bytes(jpeg_of(1200, 900, seed)).file_name("newt.jpg")
}

#[tokio::test]
async fn what_comes_and_goes_is_counted_to_the_byte() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    assert_eq!(used(&app, &ana), 0);
    let first = ana.upload(&entry, "a.jpg", jpeg_of(1200, 900, 1)).await.assert(201);
    let one = used(&app, &ana);
    assert!(one > first.json()["bytes"].as_u64().unwrap(), "all three sizes count");
    assert_counted_rightly(&app);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    // The same once more, in its place a smaller one, a caption, a star: each counts as what it is.
    ana.upload(&entry, "b.jpg", jpeg(2)).await.assert(201);
    let two = used(&app, &ana);
    let put =
        ana.ask(Method::PUT, &format!("/entries/{entry}/attachments/{id}")).header("if-match", first.header("etag"));
    let put = put.header("content-type", "image/jpeg").body(jpeg(3));
    crate::support::SendExt::reply(put).await.assert(200);
    assert!(used(&app, &ana) < two);
    assert_counted_rightly(&app);
    ana.patch(&format!("/attachments/{id}"), json!({ "caption": "A leaf" })).await.assert(200);
    let whole = used(&app, &ana);
    // Deleted it still counts, brought back it does not count twice, and gone for good it counts no more.
    ana.delete(&format!("/entries/{entry}")).await.assert(204);
    assert_eq!(used(&app, &ana), whole);
    ana.submit(&format!("/entries/{entry}/restore"), &[]).await.assert(303);
    assert_eq!(used(&app, &ana), whole);
    ana.delete(&format!("/attachments/{id}")).await.assert(204);
    assert!(used(&app, &ana) < whole);
    assert_counted_rightly(&app);
    ana.delete(&format!("/entries/{entry}")).await.assert(204);
    app.days_pass(31);
    app.app.db.write(|tx| hec::entries::purge(tx).map(drop)).await.unwrap();
    assert_eq!(used(&app, &ana), 0);
    assert_counted_rightly(&app);
}

#[tokio::test]
async fn a_photo_beyond_the_allowance_is_refused_in_words_and_text_is_saved_all_the_same() {
    let app = site(400_000).await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let entry = ana.notes("Leaves").await;
    let mut sent = 0;
    let refused = loop {
        let reply = ana.upload(&entry, "a.jpg", jpeg_of(1200, 900, sent)).await;
        if reply.status != 201 {
            break reply.assert(422);
        }
        sent += 1;
        assert!(sent < 40, "it ends somewhere");
    };
    assert!(sent > 0);
    let files = app.blobs();
    assert_eq!(files, usize::from(sent) * 3, "a refused photo leaves no file");
    let problem = refused.json();
    assert_eq!(problem["type"], "urn:hec:problem:family-allowance");
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"], &error["max"]),
        (&json!("file"), &json!("allowance"), &json!("400 KB"))
    );
    assert_eq!((&error["max_bytes"], &error["used_bytes"]), (&json!(400_000), &json!(used(&app, &ana))));
    assert_eq!(error["reference"], reference(&ana.caller.family));
    // On the page nothing that was typed is lost, and without the photo it is saved.
    let form = |photos: u8| {
        let form =
            Form::new().text("date", TODAY).text("learner", ana.learner.clone()).text("title", "Newts in the pond");
        (0..photos).fold(form, |form, at| form.part("photos", photo(at)))
    };
    let page = ana.submit_files("/entries/new", form(3)).await.assert(422);
    assert_eq!(page.attributes("#title", "value"), ["Newts in the pond"]);
    let said = page.words("#photos-error").concat();
    for words in ["may take 400 KB", "remove photos", &reference(&ana.caller.family)] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!((page.words("#photos-error-2").len(), app.blobs()), (0, files), "it is said once, and nothing stays");
    ana.submit_files("/entries/new", form(0)).await.assert(303);
    // The others go on.
    let other = ben.notes("Leaves").await;
    ben.upload(&other, "a.jpg", jpeg_of(1200, 900, 1)).await.assert(201);
    assert_counted_rightly(&app);
}

#[tokio::test]
async fn two_uploads_at_once_cant_pass_the_bound_together() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    ana.upload(&entry, "a.jpg", jpeg_of(800, 600, 0)).await.assert(201);
    let one = used(&app, &ana);
    allow(&app, &ana, Some(Own::Of(Amount(one * 4)))).await;
    let uploads = (1..=8).map(|seed| ana.upload(&entry, "a.jpg", jpeg_of(800, 600, seed)));
    let replies = futures_util::future::join_all(uploads).await;
    let taken = replies.iter().filter(|reply| reply.status == 201).count();
    assert!((1..8).contains(&taken), "{taken}");
    assert!(replies.iter().all(|reply| [201, 422].contains(&reply.status)));
    assert!(used(&app, &ana) <= one * 4);
    assert_eq!(app.blobs(), (taken + 1) * 3);
    assert_counted_rightly(&app);
}

#[tokio::test]
async fn with_less_than_is_used_nothing_goes_and_what_shrinks_is_taken() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let first = ana.upload(&entry, "a.jpg", jpeg_of(1200, 900, 1)).await.assert(201);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    allow(&app, &ana, Some(Own::Of(Amount(1_000)))).await;
    let replaced = |tag: String, bytes| {
        let ask = ana.ask(Method::PUT, &format!("/entries/{entry}/attachments/{id}")).header("if-match", tag);
        crate::support::SendExt::reply(ask.header("content-type", "image/jpeg").body(bytes))
    };
    let tag = first.header("etag").to_owned();
    replaced(tag.clone(), jpeg_of(1600, 1200, 2)).await.assert(422);
    replaced(tag, jpeg_of(600, 400, 2)).await.assert(200);
    // One goes and a smaller one comes, in the same form.
    let version = ana.get(&format!("/entries/{entry}")).await.json()["version"].to_string();
    let in_its_place = |bytes| {
        let form = Form::new()
            .text("version", version.clone())
            .text("date", TODAY)
            .text("learner", ana.learner.clone())
            .text("title", "Leaves")
            .text(format!("remove-{id}"), "yes")
            .part("photos", Part::bytes(bytes).file_name("leaf.jpg"));
        async { ana.submit_files(&format!("/entries/{entry}/edit"), form).await }
    };
    let before = used(&app, &ana);
    in_its_place(jpeg_of(1600, 1200, 4)).await.assert(422);
    assert_eq!((used(&app, &ana), app.blobs()), (before, 3), "what is refused changes nothing");
    in_its_place(jpeg_of(300, 200, 4)).await.assert(303);
    assert!(used(&app, &ana) < before);
    assert_counted_rightly(&app);
    allow(&app, &ana, Some(Own::Of(Amount(used(&app, &ana))))).await;
    ana.upload(&entry, "a.jpg", jpeg(1)).await.assert(422);
    allow(&app, &ana, Some(Own::Unbounded)).await;
    ana.upload(&entry, "a.jpg", jpeg(1)).await.assert(201);
    assert_counted_rightly(&app);
}

#[tokio::test]
async fn a_family_is_told_how_much_is_used_and_by_which_reference_to_ask() {
    let app = site(10_000_000).await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    ana.upload(&entry, "a.jpg", jpeg_of(1200, 900, 1)).await.assert(201);
    let page = ana.visit("/family/room").await.assert(200).assert_says(&reference(&ana.caller.family));
    page.assert_says("of 10 MB");
    ana.visit("/family").await.assert_says("Room for photos");
    ana.visit("/entries/new").await.assert(200).assert_silent_about("photos take");
    let one = used(&app, &ana);
    for (max, level, words) in [
        (one * 100 / 85, Level::Filling, "photos take"),
        (one * 100 / 95, Level::Nearly, "little room left"),
        (one, Level::Full, "no more photos fit"),
    ] {
        allow(&app, &ana, Some(Own::Of(Amount(max)))).await;
        let space = app.app.db.read(|tx| space::of(tx, ana.caller.family, None)).unwrap();
        assert_eq!(space.level(), level, "{max}");
        ana.visit("/entries/new").await.assert(200).assert_says(words);
    }
    ana.visit("/family/room").await.assert_says("No more photos fit. What you write is saved as ever.");
    ana.visit("/family/log").await.assert_says("Whoever runs this HEC allowed your photos");
    let child = ana.child().await;
    let form = child.visit("/entries/new").await.assert(200).assert_says("no more photos fit");
    assert!(form.attributes("a[href='/family/room']", "href").is_empty(), "that page is the adults'");
}

#[tokio::test]
async fn operators_see_sizes_and_references_and_change_an_allowance() {
    let app = TestApp::start().await;
    let (olive, ben, cat) = (app.operator("olive").await, app.parent("ben").await, app.parent("cat").await);
    for (person, photos) in [(&ben, 1), (&cat, 3)] {
        let entry = person.notes("Leaf rubbings").await;
        for seed in 0..photos {
            person.upload(&entry, "a.jpg", jpeg_of(1200, 900, seed)).await.assert(201);
        }
    }
    let page = olive.visit("/admin/families").await.assert(200).assert_says("3 families, whose photos take");
    let order = page.words("main .list code");
    assert_eq!(order[..2], [reference(&cat.caller.family), reference(&ben.caller.family)], "the largest first");
    assert!(page.text().contains("one could fill the disk for all"));
    for words in ["Family of ben", "ben@example.org", "Leaf rubbings", "Wren"] {
        page.clone().assert_silent_about(words);
    }
    let typed = reference(&ben.caller.family).replace('-', " ").to_lowercase().replace(' ', "+");
    let one = format!("/admin/families/{}", ben.caller.family);
    olive.visit(&format!("/admin/families?reference={typed}")).await.assert_sent_to(&one);
    let page = olive.visit("/admin/families?reference=00000000").await.assert(422);
    page.assert_says("No family here has that reference");
    let page = olive.submit(&one, &[("allowance", "lots")]).await.assert(422);
    assert_eq!(page.assert_says("as in 500 MB or 2.5 GB").attributes("#allowance", "value"), ["lots"]);
    let half = Amount(used(&app, &ben) / 2).0;
    let typed = format!("0.{:03} MB", half / 1_000);
    olive.submit(&one, &[("allowance", &typed)]).await.assert_sent_to("/admin/families?notice=allowance-saved");
    olive.visit("/admin/families").await.assert_says("One has no room left").assert_says("(said here)");
    olive
        .visit("/admin/log")
        .await
        .assert_says("Allowance changed of family")
        .assert_says(&reference(&ben.caller.family));
    ben.upload(&ben.notes("More").await, "a.jpg", jpeg(7)).await.assert(422);
    olive.submit(&one, &[("allowance", "")]).await.assert(303);
    ben.upload(&ben.notes("More").await, "a.jpg", jpeg(7)).await.assert(201);
    // The pages ask who one is like all of the operator's, and are nobody else's.
    ben.visit("/admin/families").await.assert(404);
    ben.submit(&one, &[("allowance", "none")]).await.assert(404);
    app.minutes_pass(16);
    olive.submit(&one, &[("allowance", "none")]).await.assert(303);
    let own = app.app.db.read(|tx| allowance::own(tx, ben.caller.family)).unwrap();
    assert_eq!(own, None, "the pages were shut");
    let olive = olive.in_session(opens_admin(&app.app, &olive.session).await);
    olive.submit(&one, &[("allowance", "none")]).await.assert(303);
    assert_eq!(app.app.db.read(|tx| allowance::own(tx, ben.caller.family)).unwrap(), Some(Own::Unbounded));
}

fn doctor(app: &TestApp) -> (State, String) {
    let patient = Patient::served(&app.app);
    let found = examine(&patient, false, &mut (Box::new(|_, _| {}) as Progress));
    let check = found.checks.into_iter().find(|check| check.name == "families").unwrap();
    (check.state, check.found)
}

#[tokio::test]
async fn the_doctor_holds_the_counts_against_the_truth_and_a_recount_mends_them() {
    /// The same bytes as the row of the room that keeps it.
    #[derive(minicbor::Encode, minicbor::Decode)]
    struct Row {
        #[n(0)]
        bytes: u64,
    }
    hec::row!(Row, version 1);
    const SPACE: Table<(FamilyId,), Row> = Table::new("attachment_space");
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.upload(&ana.notes("Leaves").await, "a.jpg", jpeg(1)).await.assert(201);
    assert_eq!(doctor(&app).0, State::Ok, "{:?}", doctor(&app));
    assert!(doctor(&app).1.starts_with("1 family, whose photos take"), "{:?}", doctor(&app));
    let (family, right) = (ana.caller.family, used(&app, &ana));
    app.app
        .db
        .write(move |tx| {
            tx.put(&SPACE, &(family,), &Row { bytes: 7 });
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(used(&app, &ana), 7);
    let (state, found) = doctor(&app);
    assert_eq!(state, State::Fail);
    assert!(found.contains(&reference(&family)), "{found}");
    assert_eq!(app.app.db.write(space::recount).await.unwrap(), 1);
    assert_eq!((used(&app, &ana), doctor(&app).0), (right, State::Ok));
    // A store that is older than the count is counted once, as it is opened.
    app.app
        .db
        .write(move |tx| {
            tx.remove(&SPACE, &(family,));
            Ok(())
        })
        .await
        .unwrap();
    let count = hec::wiring::MIGRATIONS.iter().find(|one| one.name.contains("is counted")).unwrap().run;
    app.app.db.write(count).await.unwrap();
    assert_eq!(used(&app, &ana), right);
}

#[tokio::test]
async fn a_family_that_is_deleted_leaves_no_count_and_no_allowance() {
    let app = TestApp::start().await;
    let (olive, ana) = (app.operator("olive").await, app.parent("ana").await);
    ana.upload(&ana.notes("Leaves").await, "a.jpg", jpeg(1)).await.assert(201);
    allow(&app, &ana, Some(Own::Of(Amount(5_000_000)))).await;
    ana.submit("/family/delete", &[("name", "Family of ana")]).await.assert(303);
    while app.app.db.write(hec::admin::deletion::step).await.unwrap() {}
    let (counts, own) =
        app.app.db.read(|tx| Ok((space::counted(tx)?, allowance::own(tx, ana.caller.family)?))).unwrap();
    assert!(counts.is_empty() && own.is_none());
    olive.visit("/admin/families").await.assert_says("1 family, whose photos take 0 KB");
    olive.visit(&format!("/admin/families/{}", ana.caller.family)).await.assert(404);
}
