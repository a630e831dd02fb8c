//! Setting an instance up: until then it serves nothing, and one link does it once.

use reqwest::Method;

use crate::support::{PASSWORD, SendExt, TestApp};

const FORM: [(&str, &str); 6] = [
    ("name", "Ana"),
    ("email", "ana@example.org"),
    ("password", PASSWORD),
    ("adult", "yes"),
    ("family", "The Ash family"),
    ("learner", "Wren"),
];

/// The form with a link's secret; what is given replaces what stands there.
async fn sets_up(app: &TestApp, token: &str, with: &[(&str, &str)]) -> crate::support::Reply {
    let kept = FORM.iter().filter(|(name, _)| !with.iter().any(|(other, _)| other == name));
    let fields: Vec<(&str, &str)> = kept.chain(with).copied().chain([("token", token)]).collect();
    app.submit("/setup", &fields).await
}

#[tokio::test]
async fn until_it_is_set_up_every_page_says_so() {
    let app = TestApp::start().await;
    let source = include_str!("../../src/routes.rs");
    let routes: Vec<&str> = source.split(".at(\"").skip(1).map(|route| route.split('"').next().unwrap()).collect();
    assert!(routes.len() > 30);
    for route in routes.into_iter().chain(["/nowhere", "/api", "/api/v1/me", "/api/v1/entries", "/api/v1/nowhere"]) {
        let path = route.replace(":id", crate::support::UNKNOWN).replace(":name", "hec.css").replace(":size", "thumb");
        for method in [Method::GET, Method::POST] {
            let ask = app.client.request(method.clone(), format!("{}{path}", app.url));
            let reply = ask.header("sec-fetch-site", "same-origin").reply().await;
            match path.as_str() {
                // What there never is, or never takes a form, is not waited for.
                "/nowhere" | "/api" | "/api/v1/nowhere" => assert_eq!(reply.status, 404),
                _ if reply.status == 405 => assert!(!reply.header("allow").contains(method.as_str())),
                _ if reply.status == 415 => assert_eq!(method, Method::POST),
                "/setup" | "/password-check" => assert!(reply.status != 503),
                path if path.starts_with("/health/") || path.starts_with("/assets/") => assert_ne!(reply.status, 503),
                path if path.starts_with("/api") => drop(reply.assert_problem(503)),
                _ => drop(reply.assert(503).assert_says("has not been set up yet")),
            }
        }
    }
}

#[tokio::test]
async fn health_and_assets_answer_from_the_start() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(app.visit(path).await.assert(200).json()["status"], "pass");
    }
    assert_eq!(app.visit("/assets/hec.css").await.assert(200).header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn a_link_makes_the_first_account_and_signs_it_in() {
    let app = TestApp::start().await;
    let token = app.setup_link().await;
    let form = app.visit(&format!("/setup?token={token}")).await.assert(200);
    assert_eq!(form.attributes("input[name=token]", "value"), [token.as_str()]);
    let done = sets_up(&app, &token, &[]).await.assert_sent_to("/setup/name");
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let home = app.client.get(format!("{}/", app.url)).header("cookie", cookie).reply().await.assert(200);
    home.assert_says("The Ash family");
    let operators = app.app.db.read(hec::accounts::all).unwrap();
    assert!(operators.len() == 1 && operators[0].operator);
}

#[tokio::test]
async fn a_link_works_once() {
    let app = TestApp::start().await;
    let token = app.setup_link().await;
    sets_up(&app, &token, &[]).await.assert(303);
    let again = sets_up(&app, &token, &[("email", "ben@example.org")]).await.assert(404);
    again.assert_says("This link no longer works").assert_says("hec setup-link");
    app.visit(&format!("/setup?token={token}")).await.assert(404).assert_says("This link no longer works");
    assert_eq!(app.app.db.read(hec::accounts::all).unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_who_use_it_at_once_one_gets_in() {
    for _ in 0..5 {
        let app = TestApp::start().await;
        let token = app.setup_link().await;
        let others = ["ana@example.org", "ben@example.org", "cat@example.org"].map(|email| {
            let (app, token) = (&app, &token);
            async move { sets_up(app, token, &[("email", email)]).await.status }
        });
        let [one, two, three] = others;
        let (one, two, three) = tokio::join!(one, two, three);
        let mut all = [one, two, three];
        all.sort_unstable();
        assert_eq!(all, [303, 404, 404]);
        assert_eq!(app.app.db.read(hec::accounts::all).unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_link_lives_for_thirty_minutes() {
    let app = TestApp::start().await;
    let token = app.setup_link().await;
    app.minutes_pass(29);
    app.visit(&format!("/setup?token={token}")).await.assert(200);
    app.minutes_pass(1);
    app.visit(&format!("/setup?token={token}")).await.assert(404).assert_says("older than 30 minutes");
    sets_up(&app, &token, &[]).await.assert(404);
    assert!(app.app.db.read(hec::accounts::all).unwrap().is_empty());
}

#[tokio::test]
async fn another_link_ends_the_first() {
    let app = TestApp::start().await;
    let (first, second) = (app.setup_link().await, app.setup_link().await);
    sets_up(&app, &first, &[]).await.assert(404);
    sets_up(&app, &second, &[]).await.assert(303);
}

#[tokio::test]
async fn a_wrong_link_explains_itself() {
    let app = TestApp::start().await;
    app.setup_link().await;
    for token in ["", "x", "?", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let page = app.visit(&format!("/setup?token={token}")).await.assert(404);
        page.assert_says("This link no longer works").assert_says("hec setup-link");
        sets_up(&app, token, &[]).await.assert(404);
    }
    app.visit("/setup").await.assert(404);
}

#[tokio::test]
async fn no_link_is_made_once_it_is_set_up() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let made = app.app.db.write(|tx| hec::accounts::setup::make(tx, [7; 32])).await;
    assert!(matches!(made, Err(hec::error::Error::Refused(_))));
}

#[tokio::test]
async fn every_wrong_field_is_named_and_the_link_still_works() {
    let app = TestApp::start().await;
    let token = app.setup_link().await;
    for (field, value, says) in [
        ("name", "", "Fill this in"),
        ("email", "ana", "Enter an email address"),
        ("email", "", "Fill this in"),
        ("email", "alice@example", "The part behind the @"),
        ("email", "alice@example,org", "no comma"),
        ("email", "alice@example.org.", "no dot at the end"),
        ("email", "alice,bob@example.org", "Enter an email address"),
        ("password", "short", "15 characters or more"),
        ("password", "abcabcabcabcabcabc", "What is repeated"),
        ("password", "1q2w3e4r5t6y7u8i", "among the million most common"),
        ("password", "ana@example.org12", "not built round your name"),
        ("adult", "", "Confirm that you are 18 or over"),
        ("family", "", "Fill this in"),
    ] {
        let page = sets_up(&app, &token, &[(field, value)]).await.assert(422);
        assert_eq!(page.attributes(".error-summary a", "href"), [format!("#{field}")], "{field}: {value}");
        assert!(page.words(&format!("#{field}-error")).concat().contains(says), "{field}: {}", page.text());
        assert!(page.attributes("input[type=password]", "value").is_empty());
    }
    let all = app.submit("/setup", &[("token", &token)]).await.assert(422);
    assert_eq!(all.attributes(".error-summary a", "href").len(), 5, "{:?}", all.words(".error-summary"));
    sets_up(&app, &token, &[]).await.assert(303);
}

#[tokio::test]
async fn registration_follows_the_setting() {
    let open = TestApp::start().await;
    open.parent("ana").await;
    let ben: Vec<(&str, &str)> =
        FORM.iter().map(|(name, value)| (*name, if *name == "email" { "ben@example.org" } else { *value })).collect();
    open.submit("/register", &ben).await.assert_sent_to("/?notice=welcome");
    open.submit("/register", &ben).await.assert(422).assert_says("already has an account");
    let closed = TestApp::start_with(|config| config.registration = hec::config::Registration::Off).await;
    closed.parent("ana").await;
    closed.visit("/register").await.assert(200).assert_says("not open to new families");
    closed.submit("/register", &ben).await.assert(403);
    assert_eq!(closed.app.db.read(hec::accounts::all).unwrap().len(), 1);
}
