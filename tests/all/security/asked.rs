//! What is asked for a password once more, and what an account is told of itself.

use hec::accounts::{self, Email, log, password};

use super::{
    authenticator::{adds, get, session, signs_in},
    renewed,
};
use crate::support::{HASH, PASSWORD, TestApp};

const WORDS: &str = "nine herons over the marsh";

#[tokio::test]
async fn words_for_a_child_are_set_only_by_who_proved_lately_who_they_are() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.child().await;
    let path = format!("/learners/{}/sign-in", ana.learner);
    app.minutes_pass(16);
    let next = hec::http::query_value(&format!("{path}?notice=confirmed"));
    ana.submit(&path, &[("words", WORDS)]).await.assert_sent_to(&format!("/sign-in/again?next={next}"));
    ana.child_enters("Wren of ana", WORDS).await.assert(422);
    // Nobody types words in vain: the page leads to the question first.
    let page = ana.visit(&path).await.assert(200).assert_says("HEC asks for your password again first");
    assert!(page.attributes("#words", "value").is_empty());
    let led = page.attributes("a.btn[href^='/sign-in/again']", "href").remove(0);
    assert_eq!(led, format!("/sign-in/again?next={path}"));
    ana.visit(&led).await.assert(200).assert_says("Then you go on where you were");
    let proved = ana.submit("/sign-in/again", &[("password", PASSWORD), ("next", &path)]).await;
    let now = renewed(&ana, &proved.assert_sent_to(&path));
    assert_eq!(now.visit(&path).await.assert(200).attributes("#words", "value").len(), 1);
    now.submit(&path, &[("words", WORDS)]).await.assert(200);
    now.child_enters("Wren of ana", WORDS).await.assert(303);
    // To end it lets nobody in.
    app.minutes_pass(16);
    now.submit(&format!("{path}/end"), &[]).await.assert(303);
}

#[tokio::test]
async fn who_adds_a_passkey_reads_that_the_password_alone_signs_in_no_longer() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let alone = "your password alone no longer signs you in";
    let (add, safety) = ("/account/security/passkeys/new", "/account/security");
    get(&app, &session(&ana), safety).await.assert(200).assert_says(alone);
    let page = get(&app, &session(&ana), add).await.assert(200).assert_says(alone);
    page.assert_says("Ten recovery codes are shown next");
    let (reply, key) = adds(&app, &ana, "My phone").await;
    let ana = renewed(&ana, &reply.assert(200));
    get(&app, &session(&ana), safety).await.assert(200).assert_says("Your password alone does not sign you in");
    let page = get(&app, &session(&ana), add).await.assert(200).assert_silent_about("Ten recovery codes");
    let page = page.assert_says("You have 10 recovery codes left");
    assert_eq!(page.attributes("a[href$='#codes']", "href"), ["/account/security#codes"]);
    // And so it is.
    let fields = [("email", "ana@example.org"), ("password", PASSWORD)];
    app.submit("/sign-in", &fields).await.assert_sent_to("/sign-in/code?next=%2F");
    signs_in(&app, &key).await.assert(303);
}

#[tokio::test]
async fn an_address_that_no_mail_could_reach_is_refused_wherever_a_new_one_is_typed() {
    let app = TestApp::start_with(|config| config.registration = hec::config::Registration::Open).await;
    let olive = app.operator("olive").await;
    let says = "The part behind the @ must be a name with a dot in it";
    for email in ["beth@example", "beth@example,org", "beth@example.org.", "beth@-example.org", "beth@192.0.2.1"] {
        let register =
            [("name", "Beth"), ("email", email), ("password", PASSWORD), ("family", "Beech"), ("adult", "yes")];
        let page = app.submit("/register", &register).await.assert(422);
        assert!(page.words("#email-error").concat().contains(says), "{email}: {}", page.text());
        let changed = olive.submit("/account/email", &[("email", email)]).await.assert(422);
        assert!(changed.words("#email-error").concat().contains(says), "{email}");
        olive.submit("/family/invitations", &[("role", "carer"), ("email", email)]).await.assert(422).assert_says(says);
        let invited = olive.submit("/admin/invitations", &[("whom", "Beth"), ("email", email)]).await.assert(422);
        invited.assert_says(says);
    }
    for email in ["beth@localhost", "beth@b\u{fc}cher.example", "\u{df}eth+hec@mail.example.org"] {
        assert!(Email::parse(email).is_ok(), "{email}");
    }
}

#[tokio::test]
async fn who_has_such_an_address_from_before_signs_in_with_it_proves_it_anew_and_can_leave() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let made = app.app.db.write(|tx| {
        let email = Email::known("alice@example")?;
        accounts::register(tx, "Alice".to_owned(), &email, &HASH, false)
    });
    let alice = made.await.unwrap().id;
    let fields = [("email", "Alice@Example"), ("password", PASSWORD)];
    let entered = app.submit("/sign-in", &fields).await.assert(303);
    let here = renewed(&ana, &entered);
    app.minutes_pass(16);
    let proved = here.submit("/sign-in/again", &[("password", PASSWORD), ("next", "/account/email")]).await;
    let here = renewed(&here, &proved.assert_sent_to("/account/email"));
    here.submit("/account/email", &[("email", "alice@example.org")]).await.assert(303);
    assert_eq!(app.app.db.read(|tx| accounts::get(tx, alice)).unwrap().email, "alice@example.org");
    app.submit("/sign-in", &fields).await.assert(422);
    app.app.db.write(move |tx| accounts::delete(tx, alice)).await.unwrap();
    let old = app.app.db.write(|tx| {
        let email = Email::known("bob@example,org")?;
        let bob = accounts::register(tx, "Bob".to_owned(), &email, &HASH, false)?.id;
        accounts::delete(tx, bob)?;
        accounts::by_email(tx, &email)
    });
    assert!(old.await.unwrap().is_none());
}

#[tokio::test]
async fn an_account_is_told_what_is_held_about_it_and_what_was_done_in_words_about_itself() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let page = ana.visit("/account").await.assert(200);
    let page = page.assert_says("for a year what was done with your account").assert_silent_about("are all that HEC");
    assert!(page.attributes(".hint a", "href").contains(&"/account/security#devices".to_owned()));
    let account = ana.caller.account;
    let noting = app.app.db.write(move |tx| {
        let noted = log::Noted { account: Some(account), ..log::Noted::default() };
        log::note(tx, log::Act::OperatorAdded, &noted);
        log::note(tx, log::Act::OperatorRemoved, &noted);
        Ok(())
    });
    noting.await.unwrap();
    let told = ana.visit("/account/security").await.assert(200);
    let told = told.assert_says("Whoever runs this HEC let your account look after it");
    told.assert_says("Your account no longer looks after this HEC").assert_silent_about("Let an account look after");
    // Of which family somebody is removed, their own log says.
    let vera = app.viewer_of(&ana, "vera").await;
    let path = format!("/family/members/{}/remove", vera.caller.account);
    ana.submit(&path, &[]).await.assert(303);
    let lines =
        vera.visit("/account/security").await.assert(200).words("#log ~ ul li strong, #log ~ ul li strong + span");
    let at = lines.iter().position(|line| line == "You were removed from the family").expect("a line");
    assert_eq!(lines[at + 1], "Family of ana");
    assert!(ana.visit("/family/log").await.assert(200).text().contains("vera"));
}

#[test]
fn a_password_beside_an_app_that_stands_may_be_as_short_as_one_chosen_with_it() {
    use password::Factor;
    assert_eq!((Factor::Stands.min(), Factor::None.min()), (Factor::InTheSameStep.min(), 15));
}
