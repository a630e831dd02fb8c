//! A password of eight characters, chosen together with an app that makes codes.

use data_encoding::BASE32_NOPAD;
use hec::{
    accounts::{self, Email, factor, reset},
    config::Registration,
    types::{AccountId, Secret},
};

use super::{cookie, renewed};
use crate::support::{Person, Reply, TestApp};

/// Strong, with ten characters.
const SHORT: &str = "kUmq7-vurX";
const LONG: &str = "another four unrelated words";

/// What an app does that is no part of HEC, which was pointed at a page.
fn code(app: &TestApp, page: &Reply) -> String {
    let secret = page.words("#secret").remove(0);
    let bytes = BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(totp_rs::Secret::new(bytes.into())).build_noncompliant();
    totp.generate(u64::try_from(app.app.clock().now().millis()).unwrap() / 1000).to_string()
}

fn sealed(page: &Reply) -> String {
    page.attributes("[name=sealed]", "value").remove(0)
}

/// The form of registration, filled in but for what is given.
async fn registers(app: &TestApp, name: &str, password: &str, sealed: &str, code: &str) -> Reply {
    let email = format!("{name}@example.org");
    let fields = [
        ("name", name),
        ("email", &*email),
        ("password", password),
        ("family", "Field"),
        ("learner", "Wren"),
        ("adult", "yes"),
        ("sealed", sealed),
        ("code", code),
    ];
    app.submit("/register", &fields).await
}

fn account(app: &TestApp, name: &str) -> Option<AccountId> {
    let email = Email::parse(&format!("{name}@example.org")).unwrap();
    app.app.db.read(|tx| accounts::by_email(tx, &email)).unwrap().map(|account| account.id)
}

/// Somebody who has just registered with a short password and an app.
async fn with_short(app: &TestApp) -> (Person, Reply) {
    let mut fern = app.parent("first").await;
    let page = app.visit("/register").await.assert(200);
    let done = registers(app, "fern", SHORT, &sealed(&page), &code(app, &page)).await.assert(200);
    fern.caller.account = account(app, "fern").unwrap();
    let session = cookie(&done, "hec").expect("a session");
    (fern.in_session(session), done)
}

#[tokio::test]
async fn eight_characters_are_enough_with_the_right_code_and_everything_is_made_at_once() {
    let app = TestApp::start().await;
    let (fern, done) = with_short(&app).await;
    let codes = done.words(".codes li");
    assert_eq!(codes.len(), factor::CODES);
    assert_eq!(done.attributes("main a.btn", "href"), ["/?notice=welcome"]);
    let id = fern.caller.account;
    let (on, left, short) = app
        .app
        .db
        .read(|tx| Ok((factor::is_on(tx, id)?, factor::codes_left(tx, id)?, accounts::is_short(tx, id)?)))
        .unwrap();
    assert_eq!((on, left, short), (true, factor::CODES, true));
    fern.visit("/learners").await.assert(200).assert_says("Wren");
    fern.visit("/account/security").await.assert(200).assert_says("Second factor set up");
    // From then on both are asked for; the code that proved the app is used.
    app.submit("/sign-in", &[("email", "fern@example.org"), ("password", SHORT)])
        .await
        .assert_sent_to("/sign-in/code?next=%2F");
    let used = fern.code();
    assert!(!app.app.db.write(move |tx| factor::check(tx, id, &used)).await.unwrap());
}

#[tokio::test]
async fn without_the_right_code_nothing_is_made_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    app.parent("first").await;
    let page = app.visit("/register").await.assert(200);
    let (sealed_one, right) = (sealed(&page), code(&app, &page));
    let shown = page.words("#secret");
    for (password, code, says) in [
        (SHORT, "", "Use a password of 15 characters or more"),
        (SHORT, "000000", "That code does not fit"),
        (SHORT, "12345", "That code does not fit"),
        (LONG, "000000", "That code does not fit"),
        ("kUmq7-v", &*right, "Use a password of 8 characters or more"),
        ("password1", &*right, "among the million most common"),
    ] {
        let again = registers(&app, "fern", password, &sealed_one, code).await.assert(422);
        let again = again.assert_says(says);
        assert_eq!(again.words("#secret"), shown, "the app may hold it already");
        assert_eq!(again.attributes("#email", "value"), ["fern@example.org"]);
        assert_eq!(again.attributes("details.fold[open] #code", "id"), ["code"], "{password} {code}: the fold is open");
        again.assert_silent_about(&format!("value=\"{password}\""));
    }
    assert_eq!(account(&app, "fern"), None);
    // None of that used it up; the code is right, and so it goes.
    registers(&app, "fern", SHORT, &sealed_one, &right).await.assert(200);
}

#[tokio::test]
async fn what_an_app_was_shown_works_once_for_an_hour_for_its_own_form_and_from_here_only() {
    let app = TestApp::start().await;
    app.parent("first").await;
    let page = app.visit("/register").await.assert(200);
    let (sealed_one, right) = (sealed(&page), code(&app, &page));
    registers(&app, "fern", SHORT, &sealed_one, &right).await.assert(200);
    let twice = registers(&app, "gale", SHORT, &sealed_one, &right).await.assert(422);
    let twice = twice.assert_says("too old, or it was used");
    assert_ne!(twice.words("#secret"), page.words("#secret"), "another one is shown");
    // Altered, made up, too old.
    let page = app.visit("/register").await.assert(200);
    let (sealed_two, right) = (sealed(&page), code(&app, &page));
    let altered = format!("{}A", &sealed_two[..sealed_two.len() - 1]);
    let altered = if altered == sealed_two { format!("{}B", &sealed_two[..sealed_two.len() - 1]) } else { altered };
    for bad in [&*altered, "", "x", &"A".repeat(91), &"A".repeat(100_000)] {
        registers(&app, "gale", SHORT, bad, &right).await.assert(422).assert_says("too old, or it was used");
    }
    app.minutes_pass(60);
    registers(&app, "gale", SHORT, &sealed_two, &code(&app, &page)).await.assert(422).assert_says("too old");
    // One of another form: a reset's.
    let fern = account(&app, "first").unwrap();
    let link = Secret::random().unwrap();
    let hash = link.hash();
    app.app.db.write(move |tx| reset::make(tx, fern, hash)).await.unwrap();
    let page = app.visit(&format!("/reset?token={}", link.expose())).await.assert(200);
    let foreign = registers(&app, "gale", SHORT, &sealed(&page), &code(&app, &page)).await;
    foreign.assert(422).assert_says("too old, or it was used");
    assert_eq!(account(&app, "gale"), None);
    // A hundred at once with one picture: one account.
    let page = app.visit("/register").await.assert(200);
    let (sealed_three, right) = (sealed(&page), code(&app, &page));
    let names: Vec<String> = (0..20).map(|number| format!("many{number}")).collect();
    let all = names.iter().map(|name| registers(&app, name, SHORT, &sealed_three, &right));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(names.iter().filter(|name| account(&app, name).is_some()).count(), 1);
}

#[tokio::test]
async fn a_longer_password_may_have_an_app_beside_it_too_and_is_not_short() {
    let app = TestApp::start().await;
    app.parent("first").await;
    let page = app.visit("/register").await.assert(200);
    registers(&app, "fern", LONG, &sealed(&page), &code(&app, &page)).await.assert(200);
    let fern = account(&app, "fern").unwrap();
    let found = app.app.db.read(|tx| Ok((factor::is_on(tx, fern)?, accounts::is_short(tx, fern)?))).unwrap();
    assert_eq!(found, (true, false));
    // And without a code, as ever, there is none.
    registers(&app, "gale", LONG, "", "").await.assert_sent_to("/?notice=welcome");
    let gale = account(&app, "gale").unwrap();
    assert!(!app.app.db.read(|tx| factor::is_on(tx, gale)).unwrap());
}

#[tokio::test]
async fn invitations_resets_and_the_set_up_link_offer_it_too() {
    let app = TestApp::start_with(|config| config.registration = Registration::Invite).await;
    // The set-up link.
    let link = app.setup_link().await;
    let page = app.visit(&format!("/setup?token={link}")).await.assert(200);
    let (seal, right) = (sealed(&page), code(&app, &page));
    let fields = |with: &[(&'static str, &str)]| {
        let mut all = vec![("name", "Olive".to_owned()), ("family", "Field".to_owned()), ("adult", "yes".to_owned())];
        all.extend(with.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    };
    let send = async |path: &str, all: Vec<(&'static str, String)>| {
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.submit(path, &all).await
    };
    let sent = |seal: &str, right: &str, email: &str, link: (&'static str, &str)| {
        fields(&[("email", email), ("password", SHORT), ("sealed", seal), ("code", right), link])
    };
    let set_up = send("/setup", sent(&seal, &right, "olive@example.org", ("token", &link))).await.assert(200);
    assert_eq!(set_up.attributes("main a.btn", "href"), ["/setup/name"]);
    assert!(app.app.db.read(|tx| factor::is_on(tx, account(&app, "olive").unwrap())).unwrap());

    // An owner's invitation to a family.
    let ana = app.parent("ana").await;
    let page = ana.submit("/family/invitations", &[("role", "carer")]).await.assert(200);
    let text = page.text();
    let at = text.find("invitation=").unwrap() + "invitation=".len();
    let secret: String = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let page = app.visit(&format!("/family/join?invitation={secret}")).await.assert(200);
    let (seal, right) = (sealed(&page), code(&app, &page));
    let joined =
        send("/family/join", sent(&seal, &right, "carl@example.org", ("invitation", &secret))).await.assert(200);
    assert_eq!(joined.attributes("main a.btn", "href"), ["/?notice=family-joined"]);
    assert!(app.app.db.read(|tx| factor::is_on(tx, account(&app, "carl").unwrap())).unwrap());

    // A link for a new password.
    let reset_link = async |id: AccountId| {
        let link = Secret::random().unwrap();
        let hash = link.hash();
        app.app.db.write(move |tx| reset::make(tx, id, hash)).await.unwrap();
        link.expose().to_owned()
    };
    let token = reset_link(ana.caller.account).await;
    let page = app.visit(&format!("/reset?token={token}")).await.assert(200);
    let (seal, right) = (sealed(&page), code(&app, &page));
    app.submit("/reset", &[("token", &token), ("password", SHORT)]).await.assert(422).assert_says("15 characters");
    let set = [("token", &*token), ("password", SHORT), ("sealed", &seal), ("code", &right)];
    let done = app.submit("/reset", &set).await.assert(200);
    assert_eq!(done.words(".codes li").len(), factor::CODES);
    assert!(cookie(&done, "hec").is_none(), "nobody is signed in by it");
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", SHORT)])
        .await
        .assert_sent_to("/sign-in/code?next=%2F");
    // Who has a second factor keeps it, and is offered no other; the next password may be as long as anybody likes.
    let token = reset_link(ana.caller.account).await;
    app.visit(&format!("/reset?token={token}")).await.assert(200).assert_silent_about("sealed");
    let longer = [("token", &*token), ("password", LONG)];
    app.submit("/reset", &longer).await.assert_sent_to("/sign-in?notice=password-set");
    assert!(!app.app.db.read(|tx| accounts::is_short(tx, ana.caller.account)).unwrap());
}

#[tokio::test]
async fn a_link_for_a_new_password_asks_for_no_more_than_the_account_page_while_an_app_is_on() {
    let app = TestApp::start().await;
    let (fern, _) = with_short(&app).await;
    let (id, other) = (fern.caller.account, "zPq8+wubNa");
    let linked = async || {
        let link = Secret::random().unwrap();
        let hash = link.hash();
        app.app.db.write(move |tx| reset::make(tx, id, hash)).await.unwrap();
        link.expose().to_owned()
    };
    let is_short = || app.app.db.read(|tx| accounts::is_short(tx, id)).unwrap();
    let token = linked().await;
    let page = app.visit(&format!("/reset?token={token}")).await.assert(200).assert_says("At least 8 characters");
    assert_eq!(page.attributes("[data-strength]", "data-factor"), [""], "judged under the same rule while it is typed");
    let sends =
        async |token: &str, password: &str| app.submit("/reset", &[("token", token), ("password", password)]).await;
    sends(&token, "zPq8+wu").await.assert(422).assert_says("8 characters or more").assert_says("At least 8 characters");
    sends(&token, other).await.assert_sent_to("/sign-in?notice=password-set");
    assert!(is_short(), "it does not stand alone");
    let sign_in = [("email", "fern@example.org"), ("password", other)];
    app.submit("/sign-in", &sign_in).await.assert_sent_to("/sign-in/code?next=%2F");
    sends(&linked().await, LONG).await.assert_sent_to("/sign-in?notice=password-set");
    assert!(!is_short());

    // The app is taken away while the form is on its way: then it takes fifteen, and the link is as good as before.
    let token = linked().await;
    let (go, going) = std::sync::mpsc::channel();
    let taking = app.app.db.write(move |tx| {
        going.recv().unwrap();
        factor::forget(tx, id)
    });
    let release = async {
        for _ in 0..100 {
            app.visit("/sign-in").await.assert(200);
        }
        go.send(()).unwrap();
    };
    let (taken, reply, ()) = tokio::join!(taking, sends(&token, other), release);
    assert!(taken.unwrap());
    reply.assert(422).assert_says("15 characters or more");
    assert!(!is_short());
    let page = app.visit(&format!("/reset?token={token}")).await.assert(200).assert_says("At least 15 characters");
    assert!(page.attributes("[data-strength]", "data-factor").is_empty());
    sends(&token, LONG).await.assert_sent_to("/sign-in?notice=password-set");
}

#[tokio::test]
async fn a_second_factor_that_is_set_up_meanwhile_stays() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (account, link) = (ana.caller.account, Secret::random().unwrap());
    let hash = link.hash();
    app.app.db.write(move |tx| reset::make(tx, account, hash)).await.unwrap();
    let page = app.visit(&format!("/reset?token={}", link.expose())).await.assert(200);
    let seed = factor::Seed::random().unwrap();
    let (kept, (go, going)) = (seed.clone(), std::sync::mpsc::channel());
    let setting = app.app.db.write(move |tx| {
        going.recv().unwrap();
        factor::set(tx, account, &kept, None, &[])
    });
    let (sealed, code) = (sealed(&page), code(&app, &page));
    let form = [("token", link.expose()), ("password", SHORT), ("sealed", &*sealed), ("code", &*code)];
    // While others look at pages, the form waits for the writer.
    let release = async {
        for _ in 0..100 {
            app.visit("/sign-in").await.assert(200);
        }
        go.send(()).unwrap();
    };
    let (set, reply, ()) = tokio::join!(setting, app.submit("/reset", &form), release);
    set.unwrap();
    reply.assert(422).assert_says("set up while this page was open");
    let now = app.app.db.read(|tx| factor::made_up_secret(tx, account)).unwrap().unwrap();
    assert_eq!(*now.text(), *seed.text());
    // The link is as good as before, for a password beside the app that there is.
    app.submit("/reset", &[("token", link.expose()), ("password", "kUmq7-v")]).await.assert(422);
    app.submit("/reset", &[("token", link.expose()), ("password", SHORT)]).await.assert(303);
}

#[tokio::test]
async fn the_second_factor_stays_until_the_password_can_stand_alone() {
    let app = TestApp::start().await;
    let (fern, _) = with_short(&app).await;
    let longer = "/account/security/password?notice=password-longer-first";
    fern.visit("/account/security/factor/off").await.assert_sent_to(longer);
    fern.submit("/account/security/factor/off", &[]).await.assert_sent_to(longer);
    let id = fern.caller.account;
    assert!(app.app.db.read(|tx| factor::is_on(tx, id)).unwrap());
    fern.visit(longer).await.assert(200).assert_says("fewer than 15 characters");
    fern.visit(longer).await.assert_says("At least 15 characters");
    // What that page sends is held to what it says.
    let asked = [("longer", "1"), ("password", "zPq8+wubNa")];
    fern.submit("/account/security/password", &asked).await.assert(422).assert_says("15 characters or more");
    let same = fern.submit("/account/security/password", &[("password", SHORT)]).await.assert(422);
    same.assert_says("That is the password that you have now");
    let fern = renewed(&fern, &fern.submit("/account/security/password", &[("password", LONG)]).await.assert(303));
    fern.visit("/account/security/factor/off").await.assert(200);
    fern.submit("/account/security/factor/off", &[]).await.assert_sent_to("/account/security?notice=factor-removed");
    assert!(!app.app.db.read(|tx| factor::is_on(tx, id)).unwrap());
}

#[tokio::test]
async fn a_short_password_is_changed_for_another_short_one_while_the_app_is_on() {
    let app = TestApp::start().await;
    let (fern, _) = with_short(&app).await;
    let (id, path, other) = (fern.caller.account, "/account/security/password", "zPq8+wubNa");
    fern.visit(path).await.assert(200).assert_says("At least 8 characters");
    fern.submit(path, &[("password", "zPq8+wu")]).await.assert(422).assert_says("8 characters or more");
    let meter = fern.submit("/password-check", &[("password", other)]).await.assert(200).json();
    assert_eq!(meter["accepted"], true);
    let fern = renewed(&fern, &fern.submit(path, &[("password", other)]).await.assert(303));
    assert!(app.app.db.read(|tx| accounts::is_short(tx, id)).unwrap(), "it does not stand alone");
    let longer = "/account/security/password?notice=password-longer-first";
    fern.visit("/account/security/factor/off").await.assert_sent_to(longer);
    app.submit("/sign-in", &[("email", "fern@example.org"), ("password", other)])
        .await
        .assert_sent_to("/sign-in/code?next=%2F");
    // Without an app it takes fifteen, as ever, and nobody is told of eight where no app is offered.
    let ana = app.parent("ana").await;
    let refused = ana.submit(path, &[("password", other)]).await.assert(422).assert_says("15 characters or more");
    refused.assert_silent_about("with an app that makes codes");
}

#[tokio::test]
async fn a_form_with_a_choice_says_that_eight_do_with_an_app_and_names_its_fields_in_their_order() {
    let app = TestApp::start().await;
    app.parent("first").await;
    let (page, long) = (app.visit("/register").await.assert(200), "x".repeat(101));
    let seal = sealed(&page);
    let sent = [
        ("name", ""),
        ("email", "fern@example"),
        ("password", SHORT),
        ("sealed", &*seal),
        ("code", ""),
        ("family", ""),
        ("learner", &*long),
    ];
    let told = app.submit("/register", &sent).await.assert(422);
    let words = "15 characters or more, or of 8 or more with an app that makes codes";
    let heard = told.words("#password-error").concat();
    assert!(heard.contains(words), "{heard}");
    let order = told.attributes(".error-summary a", "href");
    assert_eq!(order, ["#name", "#email", "#password", "#family", "#learner", "#adult"]);
    // Once in the summary and once at the field.
    assert_eq!(told.text().matches(words).count(), 2);
    let meter = app.submit("/password-check", &[("password", SHORT), ("beside", "1")]).await.json();
    assert!(meter["words"].as_str().unwrap().contains(words), "{meter}");
    let wrong_code = [sent[0], sent[1], sent[2], sent[3], ("code", "000000"), sent[5], sent[6]];
    let told = app.submit("/register", &wrong_code).await.assert(422);
    let order = told.attributes(".error-summary a", "href");
    assert_eq!(order, ["#name", "#email", "#code", "#family", "#learner", "#adult"]);
}

#[tokio::test]
async fn a_passkey_beside_it_lets_the_app_go_and_then_stays_itself() {
    let app = TestApp::start().await;
    let (fern, _) = with_short(&app).await;
    let (reply, _) = super::authenticator::adds(&app, &fern, "My phone").await;
    let fern = renewed(&fern, &reply.assert(303));
    fern.visit("/account/security/factor/off").await.assert(200).assert_says("recovery codes stay");
    let off = fern.submit("/account/security/factor/off", &[]).await;
    let fern = renewed(&fern, &off.assert_sent_to("/account/security?notice=factor-removed"));
    let id = fern.caller.account;
    assert_eq!(app.app.db.read(|tx| factor::codes_left(tx, id)).unwrap(), factor::CODES, "the codes stay");
    let page = fern.visit("/account/security").await;
    let remove = page.attributes("form", "action").into_iter().find(|to| to.ends_with("/remove")).unwrap();
    fern.submit(&remove, &[]).await.assert_sent_to("/account/security/password?notice=password-longer-first");
    assert!(app.app.db.read(|tx| factor::stands(tx, id)).unwrap());
    // With a password that may stand alone it can go.
    let form = |password| [("password", password), ("passkeys", "out")];
    fern.submit("/account/security/password", &form(SHORT)).await.assert(422).assert_says("15 characters");
    assert!(app.app.db.read(|tx| factor::stands(tx, id)).unwrap());
    fern.submit("/account/security/password", &form(LONG)).await.assert(303);
    assert!(!app.app.db.read(|tx| factor::stands(tx, id)).unwrap());
    app.submit("/sign-in", &[("email", "fern@example.org"), ("password", LONG)]).await.assert_sent_to("/");
}

#[tokio::test]
async fn once_the_operator_took_the_factor_away_a_short_password_leads_to_a_longer_one() {
    let app = TestApp::start().await;
    let (fern, _) = with_short(&app).await;
    let id = fern.caller.account;
    app.app.db.write(move |tx| factor::forget(tx, id)).await.unwrap();
    let sign_in = [("email", "fern@example.org"), ("password", SHORT)];
    let led = app.submit("/sign-in", &sign_in).await.assert(303);
    assert!(cookie(&led, "hec").is_none(), "nobody is signed in yet");
    let at = led.header("location").to_owned();
    assert!(at.starts_with("/reset?token=") && at.ends_with("&notice=password-longer-first"), "{at}");
    let page = app.visit(&at).await.assert(200).assert_says("fewer than 15 characters");
    let token = page.attributes("[name=token]", "value").remove(0);
    app.submit("/reset", &[("token", &token), ("password", SHORT)]).await.assert(422);
    app.submit("/reset", &[("token", &token), ("password", LONG)]).await.assert_sent_to("/sign-in?notice=password-set");
    app.submit("/sign-in", &[("email", "fern@example.org"), ("password", LONG)]).await.assert_sent_to("/");
}
