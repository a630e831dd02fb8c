//! Which apps may ask: a customer's own, the operator's, and those that an operator approved.

use hec::oauth::apps::{MAX_OWN, MAX_REDIRECTS};

use crate::support::{Person, TestApp};

use super::{DEVICE, Held, OWN, SITE, address, app, asks, lets_in, redeems, sends};

async fn registers(person: &Person, name: &str, redirects: &str) -> String {
    let fields = [("name", name), ("redirect", redirects)];
    person.submit("/account/apps", &fields).await.assert_sent_to("/account/apps?notice=app-registered#own");
    let page = person.visit("/account/apps").await.assert(200);
    let own = page.attributes("form[action$='/delete']", "action");
    own.last().unwrap().split('/').nth(3).unwrap().to_owned()
}

#[tokio::test]
async fn an_app_of_ones_own_may_be_let_in_by_oneself_and_by_others_once_it_is_approved() {
    let site = TestApp::start().await;
    let (ana, ben, ops) = (site.parent("ana").await, site.parent("ben").await, site.operator("ops").await);
    let client = registers(&ana, "Leaf", &format!("{SITE}\r\n\r\n  {OWN}\r\n")).await;
    let question = asks(&client, SITE, "records:read");
    ana.visit(&address(&question)).await.assert(200).assert_says("You registered this app yourself");
    let held = Held::by(&site, &ana, &client, "records:read").await;
    held.acting_for(&ana).get("/me").await.assert(200);

    // For others it might be anything. Nothing goes to its address, not even that something is wrong.
    for path in [address(&question), address(&super::but(&question, "response_type", None))] {
        let page = ben.visit(&path).await;
        assert_eq!((page.status, page.header("location")), (403, ""));
        page.assert_says("Somebody must approve this app first").assert_silent_about("href=\"/admin/apps\"");
        let fields = [("decision", "allow"), ("allow", "records:read"), ("learners", "all")];
        assert_eq!(ben.submit(&path, &fields).await.status, 403);
    }
    ops.visit(&address(&question)).await.assert(403).assert_says("href=\"/admin/apps\"");
    ben.submit(&format!("/admin/apps/{client}/approve"), &[]).await.assert(404);
    let list = ops.visit("/admin/apps").await.assert(200).assert_says("Registered by ana.");
    assert_eq!(list.words("main dd code"), [SITE, OWN]);
    let form = list.attributes("form[action$='/approve']", "action").remove(0);
    ops.submit(&form, &[]).await.assert_sent_to("/admin/apps?notice=app-approved");
    ben.visit(&address(&question)).await.assert(200).assert_says("Whoever runs this HEC has approved this app");
    let his = Held::by(&site, &ben, &client, "records:read").await;

    // Its end is its owner's to decide, and nobody else's.
    let delete = format!("/account/apps/{client}/delete");
    ben.submit(&delete, &[]).await.assert(404);
    his.acting_for(&ben).get("/me").await.assert(200);
    ana.submit(&delete, &[]).await.assert_sent_to("/account/apps?notice=app-deleted");
    ops.visit("/account/security").await.assert(200).assert_says("App approved for everybody");
    for person in [&ana, &ben] {
        person.visit("/account/security").await.assert(200).assert_says("App removed");
    }
    ben.visit("/family/log").await.assert(200).assert_says("An app is gone, and what ben had given it: Leaf");
    his.acting_for(&ben).get("/me").await.assert_problem(401);
    held.acting_for(&ana).get("/me").await.assert_problem(401);
    assert_eq!(ben.visit(&address(&question)).await.status, 400);
}

#[tokio::test]
async fn who_signed_in_a_while_ago_is_asked_again_before_they_register_an_app() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let fields = [("name", "Leaf"), ("redirect", SITE)];
    site.minutes_pass(16);
    let reply = ana.submit("/account/apps", &fields).await;
    reply.assert_sent_to("/sign-in/again?next=%2Faccount%2Fapps%3Fnotice%3Dconfirmed");
    ana.visit("/account/apps").await.assert(200).assert_says("asked for your password").assert_silent_about("Leaf");
}

#[tokio::test]
async fn a_form_that_is_refused_says_why_and_keeps_what_was_typed() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let many = (0..=MAX_REDIRECTS).map(|number| format!("{SITE}/{number}\n")).collect::<String>();
    for (name, redirect, field, words) in [
        ("", SITE, "name", "Fill this in"),
        (&*"x".repeat(61), SITE, "name", "60 characters or fewer"),
        ("Le\u{202e}af", SITE, "name", "cannot be shown"),
        ("Leaf", "", "redirect", "Fill this in"),
        ("Leaf", "http://app.example.org/", "redirect", "This does not fit: http:"),
        ("Leaf", "https://app.example.org/#x", "redirect", "This does not fit"),
        ("Leaf", "javascript:alert(1)", "redirect", "This does not fit"),
        ("Leaf", &many, "redirect", "10 or fewer"),
    ] {
        let page = ana.submit("/account/apps", &[("name", name), ("redirect", redirect)]).await.assert(422);
        assert!(page.words(&format!("#{field}-error")).join(" ").contains(words), "{name} {redirect}: {}", page.text());
        assert_eq!(page.attributes(".error-summary a", "href"), [format!("#{field}")]);
        assert_eq!(page.attributes("#name", "value"), [name]);
    }
    for number in 0..MAX_OWN {
        registers(&ana, &format!("Leaf {number}"), SITE).await;
    }
    ana.submit("/account/apps", &[("name", "One more"), ("redirect", SITE)]).await.assert(422);
}

#[tokio::test]
async fn the_page_tells_what_each_app_may_do_and_when_it_last_came() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[DEVICE]).await;
    let redirect = "http://127.0.0.1:49152/signed-in";
    let code = lets_in(&ana, &asks(&client, redirect, "records:read portfolio:read")).await;
    let held = Held::of(sends(&site, "/oauth/token", &redeems(&client, redirect, &code)).await);
    let page = ana.visit("/account/apps").await.assert(200);
    page.assert_says("Family of ana: Read the journal, Read portfolios.")
        .assert_says("Let in 2 March 2026, asks again 2 March 2027.")
        .assert_says("Not used yet.");
    site.minutes_pass(20);
    held.acting_for(&ana).get("/me").await.assert(200);
    ana.visit("/account/apps").await.assert(200).assert_says("Last used 2 March 2026.");
}

#[tokio::test]
async fn pages_of_apps_are_for_those_who_are_signed_in() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    site.visit("/account/apps").await.assert_sent_to("/sign-in?next=%2Faccount%2Fapps");
    site.visit("/admin/apps").await.assert(303);
    ana.visit("/admin/apps").await.assert(404);
}
