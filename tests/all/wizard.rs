//! Setting up after the first account: every step, forwards and back, and what nobody else may see of it.

mod address;
mod code;

use reqwest::{Method, RequestBuilder};

use crate::support::{Log, PASSWORD, Reply, SendExt, TestApp, opens_admin};

/// Every page of it that is read, in order.
const STEPS: [&str; 5] = ["/setup/name", "/setup/address", "/setup/keys", "/setup/learner", "/setup/done"];

/// Whoever set this HEC up, in one browser.
struct Operator {
    url: String,
    client: reqwest::Client,
    cookie: String,
}

impl Operator {
    /// Uses a set-up link.
    async fn of(app: &TestApp) -> Self {
        Self::of_family(app, "the Ash family").await
    }

    async fn of_family(app: &TestApp, family: &str) -> Self {
        let token = app.setup_link().await;
        let fields = [
            ("token", token.as_str()),
            ("name", "Ana"),
            ("email", "ana@example.org"),
            ("password", PASSWORD),
            ("adult", "yes"),
            ("family", family),
        ];
        let done = app.submit("/setup", &fields).await.assert_sent_to("/setup/name");
        Self::with(app, &done)
    }

    /// The same account in another browser.
    async fn elsewhere(app: &TestApp) -> Self {
        let done = app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert(303);
        Self::with(app, &done)
    }

    fn with(app: &TestApp, reply: &Reply) -> Self {
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { url: app.url.clone(), client: app.client.clone(), cookie }
    }

    /// The same browser, when the server was started again.
    fn after_restart(&self, app: &TestApp) -> Self {
        Self { url: app.url.clone(), client: app.client.clone(), cookie: self.cookie.clone() }
    }

    /// The same browser, once password and code have opened the operator's pages.
    async fn opens_admin(&self, app: &TestApp) -> Self {
        let session = opens_admin(&app.app, self.cookie.strip_prefix("hec=").unwrap()).await;
        Self { url: app.url.clone(), client: app.client.clone(), cookie: format!("hec={session}") }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let ask = self.client.request(method, format!("{}{path}", self.url)).header("cookie", &self.cookie);
        ask.header("sec-fetch-site", "same-origin")
    }

    async fn visit(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).reply().await
    }

    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.ask(Method::POST, path).form(fields).reply().await
    }

    /// Has a code made, and reads it from the page.
    async fn is_shown_a_code(&self) -> String {
        let page = self.submit("/setup/keys/new", &[]).await.assert(200);
        let groups = page.words(".groups li");
        assert_eq!((groups.len(), groups.iter().all(|group| group.len() == 5)), (8, true), "{groups:?}");
        groups.join("-")
    }

    async fn types(&self, code: &str) -> Reply {
        self.submit("/setup/keys/check", &[("code", code)]).await
    }
}

/// How many recovery codes open the record.
fn codes(app: &TestApp) -> usize {
    let slots = app.app.vault.slots().unwrap();
    slots.iter().filter(|slot| slot.kind == hec::store::slots::Kind::Recovery).count()
}

fn opens(app: &TestApp, code: &str) -> bool {
    let code = hec::store::slots::RecoveryCode::parse(code).unwrap();
    app.app.vault.check(&hec::store::slots::Opener::Recovery(code)).is_ok()
}

#[tokio::test]
async fn six_steps_lead_from_the_link_to_the_journal() {
    let app = TestApp::start().await;
    let token = app.setup_link().await;
    app.visit(&format!("/setup?token={token}")).await.assert(200).assert_says("Step 1 of 6");
    let ana = Operator::of(&app).await;

    let page = ana.visit("/setup/name").await.assert(200).assert_says("Step 2 of 6");
    assert_eq!(page.attributes("#instance", "value"), ["HEC of the Ash family"]);
    assert!(page.attributes(".back a", "href").is_empty(), "the link is used up: there is no way back");
    ana.submit("/setup/name", &[("instance", "Ash HEC")]).await.assert_sent_to("/setup/address");

    let page = ana.visit("/setup/address").await.assert(200).assert_says("Step 3 of 6");
    assert_eq!(page.attributes(".back a", "href"), ["/setup/name"]);
    ana.submit("/setup/address", &[]).await.assert_sent_to("/setup/keys");

    ana.visit("/setup/keys").await.assert(200).assert_says("Step 4 of 6").assert_says("There is none yet");
    let code = ana.is_shown_a_code().await;
    ana.visit("/setup/keys/check").await.assert(200).assert_says("Step 4 of 6");
    assert_eq!(codes(&app), 0, "a code that nobody has typed back is no key");
    ana.types(&code.replace('-', " ").to_lowercase()).await.assert_sent_to("/setup/learner?notice=set-up-code-kept");
    assert!(codes(&app) == 1 && opens(&app, &code));

    ana.visit("/setup/learner").await.assert(200).assert_says("Step 5 of 6");
    let added = ana.submit("/setup/learner", &[("nickname", "Wren"), ("colour", "sky")]).await;
    added.assert_sent_to("/setup/done?notice=learner-added");

    let page = ana.visit("/setup/done?notice=learner-added").await.assert(200).assert_says("Step 6 of 6");
    page.assert_says("The child is added").assert_says("Ash HEC").assert_says("Keep the paper safe");
    ana.submit("/setup/done", &[]).await.assert_sent_to("/?notice=set-up-finished");
    ana.visit("/?notice=set-up-finished")
        .await
        .assert(200)
        .assert_says("All set")
        .assert_silent_about("Finish setting");
}

#[tokio::test]
async fn every_step_can_be_skipped_but_it_ends_only_once_a_code_came_back_from_paper() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    for (at, step) in STEPS.into_iter().enumerate() {
        let journal = ana.visit("/").await.assert(200).assert_says("Finish setting up");
        assert_eq!(journal.attributes(".unfinished a", "href"), [step], "the first step that is open");
        let next = STEPS.get(at + 1).copied().unwrap_or("/setup/keys?notice=set-up-code-needed");
        ana.submit(step, &[("skip", "yes")]).await.assert_sent_to(next);
    }
    assert_eq!(codes(&app), 0);
    ana.visit("/setup/keys?notice=set-up-code-needed").await.assert(200).assert_says("One thing is left");
    // A code that was only shown is none.
    let code = ana.is_shown_a_code().await;
    ana.submit("/setup/done", &[]).await.assert_sent_to("/setup/keys?notice=set-up-code-needed");
    let journal = ana.visit("/").await.assert(200).assert_says("Finish setting up");
    assert_eq!(journal.attributes(".unfinished a", "href"), ["/setup/done"]);
    ana.types(&code).await.assert(303);
    ana.submit("/setup/done", &[]).await.assert_sent_to("/?notice=set-up-finished");
    ana.visit("/").await.assert(200).assert_silent_about("Finish setting up");
    ana.visit("/setup/done").await.assert_sent_to("/admin/open?next=%2Fsetup%2Fdone");
    let ana = ana.opens_admin(&app).await;
    let list = ana.visit("/setup/done").await.assert(200).assert_says("How this HEC is set up");
    list.assert_says("There is one. Keep the paper safe").assert_silent_about("Step ");
    app.visit("/sign-in").await.assert(200).assert_silent_about("Ash family");
}

#[tokio::test]
async fn it_goes_on_where_it_stopped_in_another_browser_and_after_a_restart() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    ana.submit("/setup/name", &[("instance", "")]).await.assert_sent_to("/setup/address");
    ana.submit("/setup/address", &[]).await.assert_sent_to("/setup/keys");
    let elsewhere = Operator::elsewhere(&app).await;
    assert_eq!(elsewhere.visit("/").await.attributes(".unfinished a", "href"), ["/setup/keys"]);
    elsewhere.visit("/setup?token=anything").await.assert_sent_to("/setup/keys");
    let again = TestApp::over(app.app.clone()).await;
    let ana = ana.after_restart(&again);
    assert_eq!(ana.visit("/").await.attributes(".unfinished a", "href"), ["/setup/keys"]);
}

#[tokio::test]
async fn going_back_and_forth_changes_nothing_that_was_done() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    ana.submit("/setup/name", &[("instance", "Ours")]).await.assert(303);
    ana.submit("/setup/address", &[]).await.assert(303);
    let back = ana.visit("/setup/name").await.assert(200);
    assert_eq!(back.attributes("#instance", "value"), ["Ours"]);
    ana.submit("/setup/name", &[("skip", "yes")]).await.assert_sent_to("/setup/address");
    assert_eq!(ana.visit("/setup/name").await.attributes("#instance", "value"), ["Ours"]);
    assert_eq!(ana.visit("/").await.attributes(".unfinished a", "href"), ["/setup/keys"]);
    // A later step first, and one twice.
    ana.submit("/setup/learner", &[("skip", "yes")]).await.assert_sent_to("/setup/done");
    ana.submit("/setup/address", &[]).await.assert_sent_to("/setup/keys");
    assert_eq!(ana.visit("/").await.attributes(".unfinished a", "href"), ["/setup/keys"]);
    let code = ana.is_shown_a_code().await;
    ana.types(&code).await.assert(303);
    // The end is the end, whatever else was left out; a second press of its button too.
    for _ in 0..2 {
        ana.submit("/setup/done", &[]).await.assert_sent_to("/?notice=set-up-finished");
    }
    assert!(ana.visit("/").await.attributes(".unfinished a", "href").is_empty());
    // Afterwards each page stands alone, and is opened like all of the operator's.
    let ana = ana.opens_admin(&app).await;
    for step in STEPS {
        ana.visit(step).await.assert(200).assert_silent_about("Step ").assert_silent_about("Skip for now");
    }
    ana.submit("/setup/name", &[("instance", "Theirs")]).await.assert_sent_to("/setup/done");
    app.visit("/sign-in").await.assert_says("Theirs");
    ana.visit("/account").await.assert(200).assert_says("How this HEC is set up");
}

#[tokio::test]
async fn the_name_stands_where_people_sign_in_and_nowhere_as_markup() {
    let app = TestApp::start().await;
    let ana = Operator::of_family(&app, "<b>Ash</b> & \u{201c}Elm\u{201d}").await;
    let page = ana.visit("/setup/name").await.assert(200);
    assert_eq!(page.attributes("#instance", "value"), ["HEC of <b>Ash</b> & \u{201c}Elm\u{201d}"]);
    assert!(page.words("main b").is_empty());
    ana.submit("/setup/name", &[("instance", "<b>Ash</b> HEC")]).await.assert(303);
    for path in ["/sign-in", "/register", "/help"] {
        let page = app.visit(path).await.assert(200);
        assert_eq!(page.words(".brand"), ["<b>Ash</b> HEC"], "{path}");
        assert!(page.words("title")[0].ends_with("- <b>Ash</b> HEC") && page.words("b").is_empty(), "{path}");
    }
    assert_eq!(ana.visit("/help").await.words(".brand"), ["HEC"], "who is in knows where they are");
    ana.submit("/setup/name", &[("instance", "Ash")]).await.assert(303);
    let page = app.visit("/sign-in").await;
    assert_eq!(
        (page.words("title"), page.words(".brand")),
        (vec!["Sign in - Ash - HEC".to_owned()], vec!["HEC".to_owned()])
    );
    let long = "x".repeat(61);
    let refused = ana.submit("/setup/name", &[("instance", &long)]).await.assert(422);
    refused.assert_says("60 characters or fewer");
    assert_eq!(app.visit("/sign-in").await.words(".instance"), ["Ash"]);
    ana.submit("/setup/name", &[("instance", "  ")]).await.assert(303);
    assert_eq!(app.visit("/sign-in").await.words("title"), ["Sign in - HEC"]);
}

#[tokio::test]
async fn a_familys_name_of_any_length_makes_a_name_that_fits() {
    let app = TestApp::start().await;
    let ana = Operator::of_family(&app, &"\u{e9}".repeat(100)).await;
    let name = ana.visit("/setup/name").await.assert(200).attributes("#instance", "value").remove(0);
    assert_eq!(name.chars().count(), 60);
    ana.submit("/setup/name", &[("instance", &name)]).await.assert_sent_to("/setup/address");
}

#[tokio::test]
async fn children_are_added_one_by_one_and_a_slip_is_told() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let empty = ana.submit("/setup/learner", &[("nickname", ""), ("colour", "plum")]).await.assert(422);
    assert_eq!(empty.attributes(".error-summary a", "href"), ["#nickname"]);
    assert_eq!(empty.attributes("input[name=colour][checked]", "value"), ["plum"]);
    let added = ana.submit("/setup/learner", &[("nickname", "Wren"), ("colour", "sky"), ("another", "yes")]).await;
    added.assert_sent_to("/setup/learner?notice=learner-added");
    let page = ana.visit("/setup/learner").await.assert(200).assert_says("Who else is learning?");
    assert_eq!(page.words(".people li"), ["Wren"]);
    ana.submit("/setup/learner", &[("nickname", "Wren")]).await.assert(422).assert_says("already uses this one");
    app.minutes_pass(1);
    ana.submit("/setup/learner", &[("nickname", "Robin")]).await.assert(303);
    ana.visit("/setup/done").await.assert(200).assert_says("Wren, Robin");
}

#[tokio::test]
async fn to_everybody_else_there_are_no_such_pages() {
    let app = TestApp::start().await;
    Operator::of(&app).await;
    let ben = app.parent("ben").await;
    let vera = app.viewer_of(&ben, "vera").await;
    let commits = app.app.db.commits();
    for path in STEPS.into_iter().chain(["/setup/keys/check", "/setup/keys/new"]) {
        for person in [&ben, &vera] {
            if path != "/setup/keys/new" {
                person.visit(path).await.assert(404).assert_says("Nothing here");
            }
            person.submit(path, &[("instance", "Mine"), ("nickname", "Mine"), ("code", "x")]).await.assert(404);
        }
        if path != "/setup/keys/new" {
            let asked = app.visit(path).await.assert(303);
            assert!(asked.header("location").starts_with("/sign-in?next="), "{path}");
        }
        app.submit(path, &[("instance", "Mine")]).await.assert(401);
    }
    assert_eq!(app.app.db.commits(), commits, "something was written");
    for page in [ben.visit("/").await, ben.visit("/account").await] {
        page.assert(200).assert_silent_about("Finish setting up").assert_silent_about("/setup/");
    }
}

#[tokio::test]
async fn an_instance_that_was_set_up_before_these_steps_has_none_open() {
    let app = TestApp::start().await;
    let ana = app.app.db.write(|tx| {
        let raw = hec::accounts::RawRegistration {
            name: "Ana".to_owned(),
            email: "ana@example.org".to_owned(),
            password: PASSWORD.to_owned(),
            adult: true,
        };
        let household = hec::admin::Household { family: "Ash".to_owned(), learner: None };
        let hash = hec::accounts::password::hash(
            hec::config::PasswordCost::FLOOR,
            &hec::accounts::Password::attempt(PASSWORD),
        )?;
        hec::admin::join(tx, raw.parse(None)?, &hash, &household, true)
    });
    ana.await.unwrap();
    let ana = Operator::elsewhere(&app).await;
    assert!(ana.visit("/").await.assert(200).attributes(".unfinished a", "href").is_empty());
    ana.visit("/setup").await.assert_sent_to("/setup/done");
    let ana = ana.opens_admin(&app).await;
    ana.visit("/setup/done").await.assert(200).assert_says("How this HEC is set up");
}

#[tokio::test]
async fn every_page_of_it_is_sound_and_leads_somewhere() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let log = Log::listen();
    let mut pages = Vec::new();
    for step in STEPS {
        pages.push((step, ana.visit(step).await));
    }
    pages.push(("/setup/keys/new", ana.submit("/setup/keys/new", &[]).await));
    pages.push(("/setup/keys/check", ana.visit("/setup/keys/check").await));
    pages.push(("/setup/keys/check", ana.types("x").await));
    for (path, page) in pages {
        assert!([200, 422].contains(&page.status), "{path}: {}", page.status);
        let text = page.text();
        for wrong in ["Undefined", "{{", "{%", "{ $", "{$", "setup-"] {
            // Ids and classes are not read by people.
            let shown = page.words("body").concat();
            assert!(!shown.contains(wrong), "{path} says {wrong}: {text}");
        }
        assert!(page.attributes("[style]", "style").is_empty());
        let ids = page.attributes("[id]", "id");
        let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "an id stands twice on {path}");
        for target in page.attributes("label", "for") {
            assert!(ids.contains(&target), "{path} has no #{target}");
        }
        for link in page.attributes("main a", "href").into_iter().filter(|link| link.starts_with('/')) {
            assert!(ana.visit(&link).await.status < 400, "{path} leads to {link}");
        }
    }
    assert!(log.about("ERROR").is_empty(), "{:?}", log.about("ERROR"));
}
