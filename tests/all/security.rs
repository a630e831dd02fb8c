//! Proving anew who one is, devices, passwords, the second factor, and the door of the operator's pages.

mod asked;
pub mod authenticator;
mod beside;
mod cli;
mod factor;
mod guesses;
mod operator;
mod passkeys;
mod passkeys_kept;
mod passkeys_places;

use reqwest::Method;

use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp};

const NEW: &str = "another four unrelated words";

/// The value of a cookie that a reply sets.
pub fn cookie(reply: &Reply, name: &str) -> Option<String> {
    let set = reply.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let found = set.filter_map(|set| set.split(';').next()?.split_once('=')).find(|(found, _)| *found == name);
    found.map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
}

/// The person in the session that a reply began or renewed.
pub fn renewed(person: &Person, reply: &Reply) -> Person {
    person.in_session(cookie(reply, "hec").expect("a new session"))
}

/// The same person on one more device.
pub async fn elsewhere(app: &TestApp, person: &Person) -> Person {
    app.person(&person.name, &person.caller).await
}

#[tokio::test]
async fn what_could_let_others_in_asks_again_and_leads_back() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.visit("/account/security/password").await.assert(200);
    app.minutes_pass(15);
    let again = "/sign-in/again?next=%2Faccount%2Fsecurity%2Fpassword";
    ana.visit("/account/security/password").await.assert_sent_to(again);
    // A form is come back to where it stands.
    let form = ana.submit("/account/security/password", &[("password", NEW)]).await;
    form.assert_sent_to(&format!("{again}%3Fnotice%3Dconfirmed"));
    let codes = ana.submit("/account/security/codes", &[]).await;
    codes.assert_sent_to("/sign-in/again?next=%2Faccount%2Fsecurity%3Fnotice%3Dconfirmed");
    let thanks = ana.visit("/account/security?notice=confirmed").await.assert(200);
    thanks.assert_says("do once more what you were about to do");
    // Who was reading goes on where they were; a form has to be filled in once more.
    let reading = ana.visit("/sign-in/again?next=%2Flearners").await.assert(200);
    reading.assert_says("Then you go on where you were").assert_silent_about("once more");
    let sending = ana.visit("/sign-in/again?next=%2Ffamily%3Fnotice%3Dconfirmed").await.assert(200);
    sending.assert_says("fill in its form or press its button once more").assert_silent_about("go on where you were");
    let wrong = ana.submit("/sign-in/again", &[("password", "not it"), ("next", "/learners")]).await.assert(422);
    wrong.assert_says("That is not the password").assert_silent_about("not it<");
    let proved = ana.submit("/sign-in/again", &[("password", PASSWORD), ("next", "/account/security/password")]).await;
    let now = renewed(&ana, &proved.assert_sent_to("/account/security/password"));
    assert_ne!(now.session, ana.session);
    ana.visit("/learners").await.assert(303);
    now.visit("/account/security/password").await.assert(200);
    now.visit("/sign-in/again?next=/learners").await.assert_sent_to("/learners");
    let out = app.visit("/sign-in/again").await;
    out.assert_sent_to("/sign-in?next=%2Fsign%2Din%2Fagain");
}

#[tokio::test]
async fn another_password_ends_every_other_session_with_the_next_request() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let tablet = elsewhere(&app, &ana).await;
    tablet.visit("/learners").await.assert(200);
    let short = ana.submit("/account/security/password", &[("password", "short")]).await.assert(422);
    short.assert_says("15").assert_silent_about("\"short\"");
    let same = ana.submit("/account/security/password", &[("password", PASSWORD)]).await.assert(422);
    same.assert_says("That is the password that you have now").assert_silent_about(PASSWORD);
    app.minutes_pass(1);
    let changed = ana.submit("/account/security/password", &[("password", NEW)]).await;
    let here = renewed(&ana, &changed.assert_sent_to("/account?notice=password-changed#tokens"));
    tablet.visit("/learners").await.assert(303);
    let api = tablet.browse(Method::GET, "/api/v1/me").header("sec-fetch-site", "same-origin");
    api.reply().await.assert_problem(401);
    ana.visit("/learners").await.assert(303);
    here.visit("/learners").await.assert(200);
    // A token that was made before.
    here.get("/me").await.assert_problem(401);
    here.visit("/account?notice=password-changed").await.assert_says("have to be let in anew");
    let sign_in = |password| [("email", "ana@example.org"), ("password", password), ("next", "/")];
    app.submit("/sign-in", &sign_in(PASSWORD)).await.assert(422);
    app.submit("/sign-in", &sign_in(NEW)).await.assert(303);
    here.visit("/account/security").await.assert_says("Password changed");
}

#[tokio::test]
async fn devices_are_listed_for_their_own_account_and_can_be_signed_out_there() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    app.minutes_pass(1);
    let agent = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";
    let form = app.client.post(format!("{}/sign-in", app.url)).header("sec-fetch-site", "same-origin");
    let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("next", "/")];
    let phone = renewed(&ana, &form.header("user-agent", agent).form(&fields).reply().await.assert(303));
    let page = ana.visit("/account/security").await.assert(200);
    assert_eq!(page.words("#devices ~ ul h3"), ["Firefox, Android", "Unknown browser"]);
    let page = page.assert_says("This device").assert_says("from 127.0.0.1");
    let end = page.attributes("form[action$='/end'][action*='devices/']", "action");
    let end = end.iter().find(|action| !action.ends_with("devices/end")).unwrap();
    ben.submit(end, &[]).await.assert(404);
    phone.visit("/learners").await.assert(200);
    ana.submit(end, &[]).await.assert_sent_to("/account/security?notice=device-signed-out");
    phone.visit("/learners").await.assert(303);
    ana.submit(end, &[]).await.assert(404);
    let others = [elsewhere(&app, &ana).await, elsewhere(&app, &ana).await];
    ana.submit("/account/security/devices/end", &[]).await.assert(303);
    for other in others {
        other.visit("/learners").await.assert(303);
    }
    ana.visit("/learners").await.assert(200);
    ben.visit("/account/security").await.assert(200).assert_silent_about("Firefox");
}

#[tokio::test]
async fn a_session_that_began_on_a_home_screen_may_rest_for_sixty_days() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("installed", "1")];
    let installed = renewed(&ana, &app.submit("/sign-in", &fields).await.assert(303));
    app.days_pass(59);
    installed.visit("/learners").await.assert(200);
    ana.visit("/learners").await.assert(303);
    app.days_pass(61);
    installed.visit("/learners").await.assert(303);
}

#[tokio::test]
async fn a_wrong_answer_in_an_open_session_is_told() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    app.minutes_pass(16);
    for _ in 0..6 {
        ana.submit("/sign-in/again", &[("password", "not this one"), ("next", "/family")]).await.assert(422);
    }
    let told = ana.visit("/account/security").await.assert(200);
    let lines = told.words("#log ~ ul li").iter().filter(|line| line.contains("gave a wrong password")).count();
    assert_eq!(lines, 5, "and who tries on does not fill the log");
}

#[tokio::test]
async fn the_log_tells_its_own_account_what_happened_fifty_lines_a_page() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    for _ in 0..60 {
        app.minutes_pass(1);
        app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert(303);
    }
    let page = ana.visit("/account/security").await.assert(200);
    assert_eq!(page.words("#log ~ ul li").len(), 50);
    let older = page.attributes("a[href*='before=']", "href").remove(0);
    let rest = ana.visit(&older).await.assert(200);
    // And that she registered, and made a token.
    assert_eq!(rest.words("#log ~ ul li").len(), 12);
    assert!(rest.attributes("a[href*='before=']", "href").is_empty());
    ben.visit(&older).await.assert(200).assert_says("Account made").assert_silent_about("Signed in<");
    app.days_pass(367);
    app.app.db.write(hec::accounts::log::sweep).await.unwrap();
    let later = elsewhere(&app, &ana).await;
    // What is new alone: `elsewhere` has made a token.
    assert_eq!(later.visit("/account/security").await.words("#log ~ ul li").len(), 1);
}

#[tokio::test]
async fn a_link_for_a_new_password_works_once_and_signs_everybody_out() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (secret, account) = (hec::types::Secret::random().unwrap(), ana.caller.account);
    let hash = secret.hash();
    app.app.db.write(move |tx| hec::accounts::reset::make(tx, account, hash)).await.unwrap();
    let token = secret.expose();
    app.visit(&format!("/reset?token={token}")).await.assert(200).assert_says("ana@example.org");
    app.visit("/reset?token=guessed").await.assert(404).assert_says("no longer works");
    app.submit("/reset", &[("token", token), ("password", "short")]).await.assert(422);
    let fields = [("token", token), ("password", NEW)];
    let done = app.submit("/reset", &fields).await.assert_sent_to("/sign-in?notice=password-set");
    assert!(cookie(&done, "hec").is_none(), "a link is no sign-in");
    assert!(cookie(&done, "hec-device").is_some(), "and its browser is not locked out by whoever guesses");
    ana.visit("/learners").await.assert(303);
    app.submit("/reset", &fields).await.assert(404);
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", NEW)]).await.assert(303);
    let hash = hec::types::hash_secret("late");
    app.app.db.write(move |tx| hec::accounts::reset::make(tx, account, hash)).await.unwrap();
    app.days_pass(1);
    app.visit("/reset?token=late").await.assert(404);
}

#[tokio::test]
async fn a_weak_hash_is_made_anew_when_its_owner_signs_in() {
    use hec::accounts::{Email, Password, credentials, password};
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let weak = hec::config::PasswordCost { memory: 8_192, passes: 1, places: 1 };
    let (weak, account) = (password::hash(weak, &Password::attempt(PASSWORD)).unwrap(), ana.caller.account);
    app.app.db.write(move |tx| hec::accounts::set_password(tx, account, &weak)).await.unwrap();
    let is_weak = || {
        let found = app.app.db.read(|tx| credentials(tx, &Email::parse("ana@example.org").unwrap())).unwrap();
        password::is_other(app.app.config.password, &found.unwrap().1)
    };
    assert!(is_weak());
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", "not this one")]).await.assert(422);
    assert!(is_weak(), "a wrong password changes nothing");
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert(303);
    assert!(!is_weak());
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert(303);
}
