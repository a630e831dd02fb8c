//! Another name and another email, with mail and without.

use hec::{
    accounts::{
        Email,
        log::{self, Act},
    },
    types::Role,
};
use reqwest::Method;

use crate::support::{PASSWORD, Person, SendExt, TestApp};

use super::{
    server::{MailServer, Taken},
    usual,
};

async fn signs_in(app: &TestApp, email: &str) -> u16 {
    app.submit("/sign-in", &[("email", email), ("password", PASSWORD)]).await.status
}

fn acts(app: &TestApp, person: &Person) -> Vec<Act> {
    let lines = app.app.db.read(|tx| log::of_account(tx, person.caller.account, 20)).unwrap();
    lines.iter().map(|line| line.act).collect()
}

/// Asks for another address; the secret of the link that comes to it.
async fn asks(app: &TestApp, server: &mut MailServer, person: &Person, email: &str) -> String {
    person.submit("/account/email", &[("email", email)]).await.assert_sent_to("/account/email?notice=email-asked");
    app.sends().await;
    let taken = server.next();
    assert_eq!((taken.to(), taken.subject()), (email, "Is this your email address?"));
    taken.secret("/account/email/confirm?token=")
}

#[tokio::test]
async fn a_name_changes_at_once() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.visit("/account").await.assert(200).assert_says("/account/details").assert_says("/account/email");
    ana.visit("/account/details").await.assert(200).assert_says("value=\"ana\"");
    let long = "a".repeat(101);
    let refused = ana.submit("/account/details", &[("name", &long)]).await.assert(422);
    refused.assert_says("100").assert_says(&long);
    ana.submit("/account/details", &[("name", "  Anna ")]).await.assert_sent_to("/account?notice=name-changed");
    ana.visit("/account?notice=name-changed").await.assert_says("Anna").assert_says("Your name is changed");
    assert!(acts(&app, &ana).contains(&Act::NameChanged));
    assert_eq!(ana.get("/me").await.assert(200).json()["name"], "Anna");
}

#[tokio::test]
async fn without_mail_another_email_holds_at_once_after_asking_who_one_is() {
    let app = TestApp::start().await;
    let (ana, _ben) = (app.parent("ana").await, app.parent("ben").await);
    let page = ana.visit("/account/email").await.assert(200).assert_says("It holds at once");
    page.assert_silent_about("confirm");
    app.minutes_pass(15);
    let again = "/sign-in/again?next=%2Faccount%2Femail";
    ana.visit("/account/email").await.assert_sent_to(again);
    let form = ana.submit("/account/email", &[("email", "anna@example.org")]).await;
    form.assert_sent_to(&format!("{again}%3Fnotice%3Dconfirmed"));
    let ana = app.person("ana", &ana.caller).await;
    for (email, why) in [
        ("", "error"),
        ("anna", "anna"),
        ("anna@example,org", "The part behind the @"),
        ("anna@example", "a name with a dot in it"),
        ("ana@example.org", "your email already"),
        ("BEN@example.org", "already has an account"),
    ] {
        ana.submit("/account/email", &[("email", email)]).await.assert(422).assert_says(why);
    }
    ana.submit("/account/email", &[("email", "anna@example.org")])
        .await
        .assert_sent_to("/account?notice=email-changed");
    assert_eq!((signs_in(&app, "ana@example.org").await, signs_in(&app, "Anna@example.org").await), (422, 303));
    assert!(acts(&app, &ana).contains(&Act::EmailChanged));
    ana.visit("/account").await.assert(200).assert_says("anna@example.org");
    // The old one is free.
    let fields =
        [("name", "New"), ("email", "ana@example.org"), ("password", PASSWORD), ("adult", "yes"), ("family", "New")];
    app.submit("/register", &fields).await.assert_sent_to("/?notice=welcome");
    // Only its letters' case: the same address, written as its owner likes.
    ana.submit("/account/email", &[("email", "Anna@Example.org")]).await.assert(303);
    ana.visit("/account").await.assert(200).assert_says("Anna@Example.org");
    assert_eq!(signs_in(&app, "anna@example.org").await, 303);
}

#[tokio::test]
async fn a_password_is_not_the_new_email() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let password = "quiet.meadow.sparrow@lantern.example";
    let changed = ana.submit("/account/security/password", &[("password", password)]).await.assert(303);
    let ana = ana.in_session(changed.session().unwrap());
    for email in [password.to_owned(), password.replace("quiet", "Quiet")] {
        let page = ana.submit("/account/email", &[("email", &email)]).await.assert(422);
        page.assert_says("That is your password");
    }
}

#[tokio::test]
async fn with_mail_another_email_holds_once_its_link_came_back() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    ana.visit("/account").await.assert(200).assert_says("(confirmed)");
    let token = asks(&app, &mut server, &ana, "anna@example.org").await;
    let page = ana.visit("/account/email").await.assert(200).assert_says("We sent a message to anna@example.org");
    page.assert_says("Send it again").assert_says("You sign in with ana@example.org");
    assert_eq!((signs_in(&app, "ana@example.org").await, signs_in(&app, "anna@example.org").await), (303, 422));
    app.sends().await;
    assert_eq!(server.next().subject(), "A new device signed in to HEC");
    // Looking at it changes nothing; mail servers look.
    let commits = app.app.db.commits();
    let path = format!("/account/email/confirm?token={token}");
    ana.visit(&path).await.assert(200).assert_says("anna@example.org");
    ana.browse(Method::HEAD, &path).reply().await.assert(200);
    let stranger = app.visit(&path).await.assert(303);
    assert!(stranger.header("location").starts_with("/sign-in?next="), "{}", stranger.header("location"));
    assert_eq!(app.app.db.commits(), commits);
    // Whoever else is signed in can't use it: a slip of the pen gives nobody the account.
    let ben = app.parent("ben").await;
    ben.visit(&path).await.assert(404).assert_silent_about("anna@example.org");
    ben.submit("/account/email/confirm", &[("token", &token)]).await.assert(404);
    let done = ana.submit("/account/email/confirm", &[("token", &token)]).await;
    // It proves nothing of who holds the device.
    assert!(done.assert_sent_to("/account?notice=email-proved").session().is_none());
    ana.submit("/account/email/confirm", &[("token", &token)]).await.assert(404);
    assert_eq!((signs_in(&app, "ana@example.org").await, signs_in(&app, "anna@example.org").await), (422, 303));
    assert!(acts(&app, &ana).contains(&Act::EmailChanged) && acts(&app, &ana).contains(&Act::EmailProved));
    app.sends().await;
    let told = server.next();
    assert_eq!((told.to(), told.subject()), ("ana@example.org", "Your HEC email was changed"));
    assert!(!told.raw().contains("anna@"), "the old address does not learn the new one");
    assert_eq!(server.next().to(), "anna@example.org", "of the sign-in");
}

#[tokio::test]
async fn a_link_ends_with_its_day_with_another_one_and_when_it_is_cancelled() {
    let (app, mut server) = usual().await;
    let ana = app.parent("ana").await;
    let first = asks(&app, &mut server, &ana, "anna@example.org").await;
    ana.submit("/account/email/again", &[]).await.assert_sent_to("/account/email?notice=email-asked");
    app.sends().await;
    let second = server.next().secret("/account/email/confirm?token=");
    ana.submit("/account/email/confirm", &[("token", &first)]).await.assert(404);
    ana.visit(&format!("/account/email/confirm?token={second}")).await.assert(200);
    ana.submit("/account/email/cancel", &[]).await.assert_sent_to("/account/email?notice=email-cancelled");
    ana.submit("/account/email/confirm", &[("token", &second)]).await.assert(404);
    ana.visit("/account/email").await.assert(200).assert_silent_about("anna@example.org");
    let third = asks(&app, &mut server, &ana, "anna@example.org").await;
    app.days_pass(1);
    ana.submit("/account/email/confirm", &[("token", &third)]).await.assert(404);
    let ana = app.person("ana", &ana.caller).await;
    let fourth = asks(&app, &mut server, &ana, "anna@example.org").await;
    let changed = ana.submit("/account/security/password", &[("password", "seven other quiet words")]).await;
    let ana = ana.in_session(changed.assert(303).session().unwrap());
    ana.submit("/account/email/confirm", &[("token", &fourth)]).await.assert(404);
    app.minutes_pass(1);
    // One that is cancelled while it waits to be sent is not sent.
    ana.submit("/account/email", &[("email", "anna@example.org")]).await.assert(303);
    ana.submit("/account/email/cancel", &[]).await.assert(303);
    app.sends().await;
    assert_eq!(app.last(), ("confirm", "failed", Some("withdrawn".to_owned())));
    assert!(server.stop().is_empty());
}

#[tokio::test]
async fn an_address_that_somebody_has_is_treated_the_same_and_they_are_told() {
    let (app, mut server) = usual().await;
    let (ana, _ben) = (app.parent("ana").await, app.parent("ben").await);
    let free = ana.submit("/account/email", &[("email", "cat@example.org")]).await;
    let free_page = ana.visit("/account/email").await.text();
    app.sends().await;
    server.next();
    let taken = ana.submit("/account/email", &[("email", "Ben@example.org")]).await;
    assert_eq!((free.status, free.header("location")), (taken.status, taken.header("location")));
    let taken_page = ana.visit("/account/email").await.text();
    assert_eq!(free_page.replace("cat@example.org", "?"), taken_page.replace("Ben@example.org", "?"));
    app.sends().await;
    let told = server.next();
    assert_eq!((told.to(), told.subject()), ("ben@example.org", "You have an account on HEC already"));
    assert!(!told.raw().contains("token=") && !told.raw().contains("ana"), "{}", told.raw());
    // No link for a new password would come to an address that nobody proved.
    let leads_to = |told: &Taken, path: &str| told.text().lines().any(|line| line.trim_end().ends_with(path));
    assert!(leads_to(&told, "/sign-in") && told.text().contains("ask whoever looks after"), "{}", told.text());
    assert!(!told.text().contains("/sign-in/forgotten"));
    app.proved(&mut server, "dora").await;
    ana.submit("/account/email", &[("email", "dora@example.org")]).await.assert(303);
    app.sends().await;
    let told = server.next();
    assert!(told.to() == "dora@example.org" && leads_to(&told, "/sign-in/forgotten"), "{}", told.text());
    assert_eq!((signs_in(&app, "ana@example.org").await, signs_in(&app, "ben@example.org").await), (303, 303));
}

#[tokio::test]
async fn of_two_who_want_the_same_address_the_first_to_prove_it_gets_it() {
    let (app, mut server) = usual().await;
    for round in 0..3 {
        let (ana, ben) = (app.parent(&format!("ana{round}")).await, app.parent(&format!("ben{round}")).await);
        let email = format!("both{round}@example.org");
        let one = asks(&app, &mut server, &ana, &email).await;
        let two = asks(&app, &mut server, &ben, &email).await;
        let (one, two) = ([("token", one.as_str())], [("token", two.as_str())]);
        let path = "/account/email/confirm";
        let (one, two) = tokio::join!(ana.submit(path, &one), ben.submit(path, &two));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
        let holder = app.app.db.read(|tx| hec::accounts::by_email(tx, &Email::parse(&email)?)).unwrap().unwrap();
        let winner = if one.status == 303 { &ana } else { &ben };
        assert_eq!(holder.id, winner.caller.account);
    }
}

#[tokio::test]
async fn a_new_account_proves_its_address_and_notices_go_to_proved_ones_only() {
    let (app, mut server) = usual().await;
    let ana = app.parent("ana").await;
    let fields =
        [("name", "Cat"), ("email", "cat@example.org"), ("password", PASSWORD), ("adult", "yes"), ("family", "Cedar")];
    let welcome = app.submit("/register", &fields).await.assert_sent_to("/?notice=welcome");
    let session = welcome.session().unwrap();
    let account =
        app.app.db.read(|tx| hec::accounts::by_email(tx, &Email::parse("cat@example.org")?)).unwrap().unwrap();
    assert!(account.verified_at.is_none());
    // Nobody has proved it yet, so nothing but the link goes there.
    assert_eq!(signs_in(&app, "cat@example.org").await, 303);
    app.sends().await;
    let token = server.next().secret("/account/email/confirm?token=");
    let cat = ana.in_session(session);
    cat.visit("/account").await.assert(200).assert_says("(not confirmed yet)");
    app.minutes_pass(16);
    cat.submit("/account/email/confirm", &[("token", &token)]).await.assert(303);
    let again = cat.visit("/account/security/password").await.assert(303);
    assert!(again.header("location").starts_with("/sign-in/again"), "whoever found the phone open has its mail, too");
    assert_eq!(signs_in(&app, "cat@example.org").await, 303);
    app.sends().await;
    let told = server.next();
    assert_eq!((told.to(), told.subject()), ("cat@example.org", "A new device signed in to HEC"));
    assert!(told.text().contains("2 March 2026 at 10:16"), "{}", told.text());
    assert!(server.stop().is_empty());
}

#[tokio::test]
async fn the_first_account_proves_its_address_as_well() {
    let (app, mut server) = usual().await;
    let token = app.setup_link().await;
    let fields = [
        ("token", token.as_str()),
        ("name", "Cat"),
        ("email", "cat@example.org"),
        ("password", PASSWORD),
        ("adult", "yes"),
        ("family", "Cedar"),
    ];
    app.submit("/setup", &fields).await.assert_sent_to("/setup/name");
    app.sends().await;
    let taken = server.next();
    assert_eq!(taken.to(), "cat@example.org");
    taken.secret("/account/email/confirm?token=");
    assert!(server.stop().is_empty());
}

#[tokio::test]
async fn a_device_that_is_known_stays_known_under_the_new_email() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    let signed_in = app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert(303);
    let cookies: Vec<&str> = signed_in.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    let device = cookies.iter().find(|cookie| cookie.contains("device")).expect("a device's cookie");
    let device = device.split(';').next().unwrap().to_owned();
    app.sends().await;
    server.next();
    let token = asks(&app, &mut server, &ana, "anna@example.org").await;
    ana.submit("/account/email/confirm", &[("token", &token)]).await.assert(303);
    let form = app.client.post(format!("{}/sign-in", app.url)).header("sec-fetch-site", "same-origin");
    let fields = [("email", "anna@example.org"), ("password", PASSWORD)];
    form.header("cookie", device).form(&fields).reply().await.assert(303);
    app.sends().await;
    assert_eq!(server.next().subject(), "Your HEC email was changed");
    assert!(server.stop().is_empty(), "no word of a new device");
}

#[tokio::test]
async fn turning_the_second_factor_off_is_told() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    let ana = ana.opens_admin().await;
    ana.submit("/account/security/factor/off", &[]).await.assert(303);
    app.sends().await;
    assert_eq!(server.next().subject(), "Your second factor was turned off");
}

#[tokio::test]
async fn an_invitation_that_is_withdrawn_is_not_sent_any_more() {
    let (app, server) = usual().await;
    let olive = app.operator("olive").await;
    let path_of = |page: &str, start: &str| {
        let at = page.find(start).unwrap_or_else(|| panic!("{start} is not in {page}"));
        page[at..].split('"').next().unwrap().to_owned()
    };
    olive.submit("/family/invitations", &[("role", "viewer"), ("email", "gran@example.org")]).await.assert(200);
    olive.submit("/admin/invitations", &[("whom", ""), ("email", "guest@example.org")]).await.assert(200);
    let family = path_of(&olive.visit("/family").await.text(), "/family/invitations/");
    let admin = path_of(&olive.visit("/admin/invitations").await.text(), "/admin/invitations/");
    olive.submit(&family, &[]).await.assert_sent_to("/family?notice=family-invitation-withdrawn");
    olive.submit(&admin, &[]).await.assert_sent_to("/admin/invitations?notice=invitation-withdrawn");
    // The one that stands is sent.
    olive.submit("/family/invitations", &[("role", "viewer"), ("email", "aunt@example.org")]).await.assert(200);
    let why = |message: &hec::accounts::post::Message| message.why.clone();
    let withdrawn = Some("withdrawn".to_owned());
    assert_eq!(app.messages().iter().map(why).collect::<Vec<_>>(), [None, withdrawn.clone(), withdrawn]);
    app.sends().await;
    let taken = server.stop();
    assert_eq!(taken.iter().map(|one| one.to()).collect::<Vec<_>>(), ["aunt@example.org"]);
}

#[tokio::test]
async fn an_owner_sends_an_invitation_and_the_guest_comes_in() {
    let (app, mut server) = usual().await;
    let ana = app.parent("ana").await;
    let fields = [("role", "viewer"), ("email", "gran@example.org")];
    let page = ana.submit("/family/invitations", &fields).await.assert(200);
    page.assert_says("A message with the link is on its way");
    app.sends().await;
    let taken = server.next();
    assert_eq!(taken.to(), "gran@example.org");
    let secret = taken.secret("/family/join?invitation=");
    let fields = [
        ("name", "Gran"),
        ("email", "gran@example.org"),
        ("password", PASSWORD),
        ("adult", "yes"),
        ("invitation", &secret),
    ];
    app.submit("/family/join", &fields).await.assert_sent_to("/?notice=family-joined");
    let gran = app.app.db.read(|tx| hec::accounts::by_email(tx, &Email::parse("gran@example.org")?)).unwrap().unwrap();
    let member = app.app.db.read(|tx| hec::families::membership(tx, gran.id, ana.caller.family)).unwrap();
    assert_eq!(member.unwrap().role, Role::Viewer);
}
