//! The operator's page and the support bundle.

use serde_json::{Value, json};

use crate::support::{Person, TestApp};

/// Where an operator looks.
const PAGES: [&str; 3] = ["/admin", "/admin/log", "/admin/support"];

async fn a_record(app: &TestApp) -> Person {
    let ben = app.parent("ben").await;
    ben.adds("Leaf rubbings", json!({ "text": "Behind the old mill", "place": "Mill lane" })).await;
    ben
}

#[tokio::test]
async fn only_an_operator_is_told_that_there_is_such_a_page() {
    let app = TestApp::start().await;
    let (olive, ben) = (app.operator("olive").await, app.parent("ben").await);
    for path in PAGES {
        olive.visit(path).await.assert(200);
        let (there, nowhere) = (ben.visit(path).await, ben.visit("/admin/nowhere").await);
        assert_eq!((there.status, there.shape(&[])), (404, nowhere.shape(&[])));
        let asked = app.visit(path).await;
        assert_eq!((asked.status, asked.header("location").starts_with("/sign-in")), (303, true));
        assert_eq!(olive.submit(path, &[]).await.status, 405, "nothing is changed there");
    }
    let links = |page: crate::support::Reply| page.attributes("footer a", "href");
    assert!(links(olive.visit("/").await).contains(&"/admin".to_owned()));
    assert!(!links(ben.visit("/").await).contains(&"/admin".to_owned()));
    // A token is for a record, never for the machine.
    let by_token = app.client.get(format!("{}/admin", app.url)).bearer_auth(&olive.token);
    assert_eq!(crate::support::SendExt::reply(by_token).await.status, 303);
}

#[tokio::test]
async fn the_page_says_what_the_doctor_says_in_words() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    let page = olive.visit("/admin").await.assert(200);
    let patient = hec::admin::doctor::Patient::served(&app.app);
    let found = hec::admin::doctor::examine(&patient, false, &mut (Box::new(|_, _| {}) as hec::store::Progress));
    let mut said: Vec<String> = page.words(".checks li .soft");
    let mut expected: Vec<String> = found.checks.iter().map(|check| check.found.clone()).collect();
    // How much of the disk is free changes while this looks.
    let tells_space = |words: &String| words.ends_with(" free") || words.contains(" free:");
    said.retain(|words| !tells_space(words));
    expected.retain(|words| !tells_space(words));
    said.sort();
    expected.sort();
    assert_eq!(said, expected);
    let words = page.words(".checks .state");
    let failed = found.checks.iter().filter(|check| check.state == hec::admin::doctor::State::Fail).count();
    assert!(failed > 0, "the clock of this test is behind the build");
    assert_eq!(words.iter().filter(|word| *word == "Failed").count(), failed);
    assert!(words.iter().all(|word| ["Well", "Look", "Failed"].contains(&word.as_str())), "{words:?}");
    assert_eq!(words[0], "Failed", "the worst comes first");
    assert!(!page.text().contains("admin-"), "every word is in the catalogue");
}

#[tokio::test]
async fn nothing_of_a_record_is_shown_or_handed_out() {
    let app = TestApp::start_with(|config| config.names = vec!["rowan.example.org".to_owned()]).await;
    let olive = app.operator("olive").await;
    let ben = a_record(&app).await;
    for path in PAGES {
        let reply = olive.visit(path).await.assert(200);
        for words in ["Leaf rubbings", "old mill", "Mill lane", "Wren of ben", "Family of ben", "ben@example.org"] {
            reply.clone().assert_silent_about(words);
        }
        for id in [ben.caller.family.to_string(), ben.caller.account.to_string()] {
            reply.clone().assert_silent_about(&id);
        }
    }
    let page = olive.visit("/admin").await;
    let facts: Vec<(String, String)> = page.words("dt").into_iter().zip(page.words("dd")).collect();
    assert!(facts.contains(&("Families".to_owned(), "2".to_owned())), "{facts:?}");
    let bundle = olive.visit("/admin/support").await;
    assert!(bundle.header("content-disposition").contains("hec-support.json"));
    assert_eq!(bundle.json()["counts"], json!({ "families": 2, "accounts": 2 }));
    bundle.assert_silent_about("rowan").assert_silent_about("olive");
}

#[tokio::test]
async fn a_bundle_says_every_setting_with_its_origin() {
    let app = TestApp::start().await;
    let bundle = app.operator("olive").await.visit("/admin/support").await.json();
    let settings = bundle["settings"].as_array().unwrap();
    assert_eq!(settings.len(), hec::config::keys::KEYS.len());
    let of = |name: &str| settings.iter().find(|setting| setting["name"] == name).unwrap();
    assert_eq!(of("registration")["value"], "open");
    assert_eq!(of("data")["value"], Value::from(app.folder().to_str().unwrap()));
    assert!(settings.iter().all(|setting| setting["origin"].is_string()));
    assert!(bundle["checks"].as_array().unwrap().len() > 8);
    assert_eq!(bundle["version"], env!("CARGO_PKG_VERSION"));
}
