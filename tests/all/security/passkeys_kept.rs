//! Passkeys of an account: added, renamed, removed, and what becomes of them and of recovery codes with a new password.

use hec::{
    accounts::{Email, change, factor, log::Act, passkey, post, reset},
    config::mail::{Mail, Security, Server},
    types::{AccountId, Secret},
};

use super::{
    NEW,
    authenticator::{adds, adds_key, get, post, session, signs_in},
    cookie, elsewhere,
    passkeys::{acts, with_passkey},
    renewed,
};
use crate::support::{PASSWORD, Person, TestApp};

#[tokio::test]
async fn whoever_removes_one_proved_who_they_are_and_the_last_takes_the_codes_along() {
    let app = TestApp::start().await;
    let (ana, key, codes) = with_passkey(&app).await;
    let ben = app.parent("ben").await;
    let (reply, _) = adds(&app, &ben, "His phone").await;
    let ben = renewed(&ben, &reply);
    let page = get(&app, &session(&ana), "/account/security").await;
    let remove = page.attributes("form", "action").into_iter().find(|to| to.ends_with("/remove")).unwrap();
    ben.submit(&remove, &[]).await.assert(404);
    app.minutes_pass(15);
    let again = "/sign-in/again?next=%2Faccount%2Fsecurity%3Fnotice%3Dconfirmed";
    ana.submit(&remove, &[]).await.assert_sent_to(again);
    let page = ana.visit(again).await.assert(200).assert_says("open HEC at localhost");
    page.assert_says("password again with one of your recovery codes").assert_silent_about("use your passkey");
    get(&app, &session(&ana), again).await.assert(200).assert_says("use your passkey");
    let password_only = ana.submit("/sign-in/again", &[("password", PASSWORD)]).await.assert(422);
    assert!(cookie(&password_only, "hec").is_none());
    let again = [("password", PASSWORD), ("recovery", &*codes[0])];
    let ana = renewed(&ana, &ana.submit("/sign-in/again", &again).await.assert(303));
    let removed = ana.submit(&remove, &[]).await;
    let ana = renewed(&ana, &removed.assert_sent_to("/account/security?notice=passkey-removed#passkeys"));
    assert!(acts(&app, &ana).contains(&Act::PasskeyRemoved));
    signs_in(&app, &key).await.assert(422);
    let account = ana.caller.account;
    assert_eq!(app.app.db.read(|tx| factor::codes_left(tx, account)).unwrap(), 0);
    // The password stands alone again.
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert_sent_to("/");
}

#[tokio::test]
async fn an_account_has_ten_at_most_and_no_key_twice() {
    let app = TestApp::start().await;
    let mut ana = app.parent("ana").await;
    let mut first = None;
    for number in 0..passkey::MOST {
        let (reply, key) = adds(&app, &ana, &format!("Number {number}")).await;
        ana = renewed(&ana, &reply);
        first.get_or_insert(key);
    }
    let (many, _) = adds(&app, &ana, "One too many").await;
    many.assert(422).assert_says("at most 10 passkeys");
    let mut known = first.unwrap();
    let ben = app.parent("ben").await;
    adds_key(&app, &ben, "Not mine", &mut known).await.assert(422).assert_says("in use already");
    assert_eq!(app.app.db.read(|tx| passkey::all(tx, ana.caller.account)).unwrap().len(), passkey::MOST);
    // They go with the account.
    let account = ana.caller.account;
    app.app.db.write(move |tx| hec::accounts::delete(tx, account)).await.unwrap();
    assert_eq!(app.app.db.read(|tx| passkey::count(tx, Some("localhost"))).unwrap(), (0, 0));
    let free = adds_key(&app, &ben, "Mine now", &mut known).await;
    free.assert(200);
}

/// A site that has messages to send, and somebody whose address is proved.
async fn with_mail() -> (TestApp, Person) {
    let app = TestApp::start_with(|config| {
        let server = Server { security: Security::Plain, host: "127.0.0.1".to_owned(), port: 9 };
        config.mail = Some(Mail { server, from: "hec@example.org".to_owned(), account: None, root: None });
    })
    .await;
    let ana = app.parent("ana").await;
    let (account, secret) = (ana.caller.account, Secret::random().unwrap());
    let proving = app.app.db.write(move |tx| {
        change::begin(tx, account, &Email::parse("ana@example.org")?, &secret)?;
        change::confirm(tx, account, secret.hash(), true, "")
    });
    proving.await.unwrap();
    (app, ana)
}

/// How many messages of a kind wait.
fn waiting(app: &TestApp, kind: &str) -> usize {
    let all = app.app.db.read(|tx| post::recent(tx, 100)).unwrap();
    all.iter().filter(|message| message.kind.as_str() == kind).count()
}

fn codes_left(app: &TestApp, account: AccountId) -> usize {
    app.app.db.read(|tx| factor::codes_left(tx, account)).unwrap()
}

#[tokio::test]
async fn one_that_a_thief_made_with_the_password_is_told_of_and_ends_with_the_next_password() {
    let (app, ana) = with_mail().await;
    let thief = elsewhere(&app, &ana).await;
    let (added, key) = adds(&app, &thief, "The thief's").await;
    added.assert(200);
    assert_eq!(waiting(&app, "factor-added"), 1);
    let page = ana.visit("/account/security/password").await.assert(200).assert_says("Remove my passkey too");
    assert_eq!(page.attributes("#passkeys", "checked").len(), 1, "unless its owner says otherwise");
    // What was said stays said where the form comes back.
    let back = ana.submit("/account/security/password", &[("password", "short")]).await.assert(422);
    assert!(back.attributes("#passkeys", "checked").is_empty());
    let form = [("password", NEW), ("passkeys", "out")];
    let ana = renewed(&ana, &ana.submit("/account/security/password", &form).await.assert(303));
    signs_in(&app, &key).await.assert(422);
    thief.visit("/learners").await.assert_sent_to("/sign-in?next=%2Flearners");
    assert_eq!((waiting(&app, "password-changed"), waiting(&app, "factor-off")), (1, 1));
    assert!(acts(&app, &ana).contains(&Act::PasskeyRemoved));
    // Nothing stands beside the password, and the thief's recovery codes are worth nothing.
    assert_eq!(codes_left(&app, ana.caller.account), 0);
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", NEW)]).await.assert_sent_to("/");
    ana.visit("/account/security/password").await.assert(200).assert_silent_about("passkey");
}

#[tokio::test]
async fn an_app_and_its_recovery_codes_outlive_the_passkeys_that_a_new_password_shuts_out() {
    let (app, ana) = with_mail().await;
    let account = ana.caller.account;
    let codes = factor::new_codes().unwrap();
    let setting = app.app.db.write(move |tx| factor::set(tx, account, &factor::Seed::random()?, None, &codes));
    setting.await.unwrap();
    let (reply, key) = adds(&app, &ana, "My phone").await;
    let ana = renewed(&ana, &reply.assert(303));
    let form = [("password", NEW), ("passkeys", "out")];
    let ana = renewed(&ana, &ana.submit("/account/security/password", &form).await.assert(303));
    signs_in(&app, &key).await.assert(422);
    assert!(app.app.db.read(|tx| factor::is_on(tx, account)).unwrap());
    assert_eq!((codes_left(&app, account), waiting(&app, "factor-off")), (factor::CODES, 0));
    // The app goes while another passkey stands: the password does not stand alone.
    let (reply, _) = adds(&app, &ana, "My tablet").await;
    let ana = renewed(&ana, &reply.assert(303));
    let ana = renewed(&ana, &ana.submit("/account/security/factor/off", &[]).await.assert(303));
    assert_eq!(waiting(&app, "factor-off"), 0);
    let page = get(&app, &session(&ana), "/account/security").await;
    let remove = page.attributes("form", "action").into_iter().find(|to| to.ends_with("/remove")).unwrap();
    ana.submit(&remove, &[]).await.assert(303);
    assert_eq!((codes_left(&app, account), waiting(&app, "factor-off")), (0, 1));
}

#[tokio::test]
async fn a_link_for_a_new_password_shuts_passkeys_out_and_leaves_a_second_factor() {
    let app = TestApp::start().await;
    let (ana, key, codes) = with_passkey(&app).await;
    let account = ana.caller.account;
    let linked = || async {
        let secret = Secret::random().unwrap();
        let hash = secret.hash();
        app.app.db.write(move |tx| reset::make(tx, account, hash)).await.unwrap();
        secret.expose().to_owned()
    };
    let token = linked().await;
    let page = app.visit(&format!("/reset?token={token}")).await.assert(200).assert_says("Remove my passkey too");
    assert_eq!(page.attributes("#passkeys", "checked").len(), 1);
    page.assert_says("asks for one of your recovery codes");
    let short = [("token", &*token), ("password", "kUmq7-vurX"), ("passkeys", "out")];
    let back = app.submit("/reset", &short).await.assert(422).assert_says("15 characters");
    assert_eq!(back.attributes("#passkeys", "checked").len(), 1);
    let form = [("token", &*token), ("password", NEW), ("passkeys", "out")];
    app.submit("/reset", &form).await.assert_sent_to("/sign-in?notice=password-set");
    signs_in(&app, &key).await.assert(422);
    // Whoever reads somebody's mail has the password by now, and nothing beside it.
    let sign_in = [("email", "ana@example.org"), ("password", NEW)];
    let first = post(&app, "", "/sign-in", &sign_in).await.assert_sent_to("/sign-in/code?next=%2F");
    let cookies = format!("hec-code={}", cookie(&first, "hec-code").unwrap());
    let done = post(&app, &cookies, "/sign-in/code", &[("recovery", &codes[0])]).await;
    let ana = renewed(&ana, &done.assert_sent_to("/?notice=recovery-used&left=9"));
    assert_eq!(codes_left(&app, account), factor::CODES - 1);

    // Where there is no code either, the passkey stays: it is the last.
    let (reply, key) = adds(&app, &ana, "My new phone").await;
    reply.assert(303);
    let using = app.app.db.write(move |tx| {
        for code in &codes[1..] {
            assert!(factor::recover(tx, account, code)?);
        }
        Ok(())
    });
    using.await.unwrap();
    let token = linked().await;
    let page = app.visit(&format!("/reset?token={token}")).await.assert(200).assert_says("go on signing in");
    assert!(page.attributes("#passkeys", "checked").is_empty());
    let form = [("token", &*token), ("password", "seven other quiet words"), ("passkeys", "out")];
    app.submit("/reset", &form).await.assert(303);
    signs_in(&app, &key).await.assert_sent_to("/learners");
}

#[tokio::test]
async fn the_operators_pages_close_with_the_passkeys() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    let (reply, _) = adds(&app, &olive, "My phone").await;
    let olive = renewed(&olive, &reply.assert(303));
    let form = [("password", NEW), ("passkeys", "out")];
    olive.visit("/admin").await.assert(200);
    olive.visit("/account/security/password").await.assert(200).assert_silent_about("You look after this HEC");
    let olive = renewed(&olive, &olive.submit("/account/security/password", &form).await.assert(303));
    olive.visit("/admin").await.assert_sent_to("/admin/open?next=%2Fadmin");
    // Without an app they stay closed until there is a second factor again.
    let (reply, _) = adds(&app, &olive, "My phone").await;
    let olive = renewed(&olive, &reply.assert(303));
    let olive = renewed(&olive, &olive.submit("/account/security/factor/off", &[]).await.assert(303));
    olive.visit("/account/security/password").await.assert(200).assert_says("You look after this HEC");
    let form = [("password", "seven other quiet words"), ("passkeys", "out")];
    let olive = renewed(&olive, &olive.submit("/account/security/password", &form).await.assert(303));
    let led = olive.visit("/admin/open?next=/admin").await.assert(303);
    assert!(led.header("location").starts_with("/account/security/factor?"), "{}", led.header("location"));
}

#[tokio::test]
async fn a_new_password_leaves_passkeys_where_their_owner_says_so_and_ends_sessions() {
    let app = TestApp::start().await;
    let (ana, key, _) = with_passkey(&app).await;
    let tablet = elsewhere(&app, &ana).await;
    ana.submit("/account/security/password", &[("password", NEW)]).await.assert(303);
    tablet.visit("/learners").await.assert_sent_to("/sign-in?next=%2Flearners");
    signs_in(&app, &key).await.assert_sent_to("/learners");
}

#[tokio::test]
async fn of_two_that_are_added_at_once_one_alone_brings_recovery_codes_and_these_hold() {
    let app = TestApp::start().await;
    for number in 0..8 {
        let ana = app.parent(&format!("ana{number}")).await;
        let tablet = elsewhere(&app, &ana).await;
        let (first, second) = tokio::join!(adds(&app, &ana, "My phone"), adds(&app, &tablet, "My tablet"));
        let mut shown = Vec::new();
        for reply in [first.0, second.0] {
            match reply.status {
                200 => shown.push(reply.words(".codes li")),
                _ => drop(reply.assert_sent_to("/account/security?notice=passkey-added#passkeys")),
            }
        }
        assert_eq!(shown.len(), 1, "who sees codes must be able to keep them");
        let (account, code) = (ana.caller.account, shown[0][0].clone());
        assert_eq!(codes_left(&app, account), factor::CODES);
        let used = app.app.db.write(move |tx| factor::recover(tx, account, &code)).await.unwrap();
        assert!(used);
    }
}

#[tokio::test]
async fn first_codes_come_in_the_transaction_that_finds_nothing_beside_the_password() {
    let app = TestApp::start().await;
    let account = app.parent("ana").await.caller.account;
    let (codes, others) = (factor::new_codes().unwrap(), factor::new_codes().unwrap());
    let kept = codes.clone();
    let given = app.app.db.write(move |tx| {
        let first = factor::first_codes(tx, account, &codes)?;
        Ok((first, factor::first_codes(tx, account, &others)?))
    });
    assert_eq!(given.await.unwrap(), (true, false));
    assert!(app.app.db.write(move |tx| factor::recover(tx, account, &kept[0])).await.unwrap());
}

#[tokio::test]
async fn one_gets_another_name_in_any_letters_within_the_bound() {
    let app = TestApp::start().await;
    let (ana, key, _) = with_passkey(&app).await;
    let ben = app.parent("ben").await;
    let (reply, _) = adds(&app, &ben, "His phone").await;
    let ben = renewed(&ben, &reply);
    let page = ana.visit("/account/security").await.assert(200);
    let rename = page.attributes("form", "action").into_iter().find(|to| to.ends_with("/name")).unwrap();
    let longest = "携".repeat(passkey::NAME);
    for name in ["Ana’s téléphone 📱", &longest, "<b>&amp;\"x\"</b>"] {
        let done = ana.submit(&rename, &[("name", &format!("  {name} "))]).await;
        done.assert_sent_to("/account/security?notice=passkey-renamed#passkeys");
        let names = ana.visit("/account/security?notice=passkey-renamed").await.words("#passkeys ~ ul h3");
        assert_eq!(names[0], name);
    }
    let renamed = |app: &TestApp| acts(app, &ana).iter().filter(|act| **act == Act::PasskeyRenamed).count();
    assert_eq!(renamed(&app), 3);
    // The same name again is nothing that happened.
    ana.submit(&rename, &[("name", "<b>&amp;\"x\"</b>")]).await.assert(303);
    assert_eq!(renamed(&app), 3);
    for (wrong, words) in
        [("", "Fill this in"), (" \u{3000}", "Fill this in"), (&*"x".repeat(61), "60"), ("a\u{1b}b", "")]
    {
        let back = ana.submit(&rename, &[("name", wrong)]).await.assert(422).assert_says(words);
        assert_eq!(back.attributes("#name", "aria-invalid"), ["true"], "{wrong:?}");
        assert!(wrong.len() < 61 || back.attributes("#name", "value") == [wrong], "what was typed is kept");
    }
    ben.submit(&rename, &[("name", "Mine")]).await.assert(404);
    ana.submit(&rename.replace("/name", "x/name"), &[("name", "Mine")]).await.assert(404);
    // It works as before.
    signs_in(&app, &key).await.assert_sent_to("/learners");
}

#[tokio::test]
async fn a_new_password_makes_recovery_codes_that_a_thief_has_read_worth_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    assert!(ana.visit("/account/security/password").await.assert(200).attributes("#codes", "type").is_empty());
    let (account, read) = (ana.caller.account, factor::new_codes().unwrap());
    let stolen = read.clone();
    let setting = app.app.db.write(move |tx| factor::set(tx, account, &factor::Seed::random()?, None, &read));
    setting.await.unwrap();
    let page = ana.visit("/account/security/password").await.assert(200).assert_says("Make new recovery codes too");
    assert!(page.attributes("#codes", "checked").is_empty());
    let back = ana.submit("/account/security/password", &[("password", "short"), ("codes", "new")]).await.assert(422);
    assert_eq!(back.attributes("#codes", "checked").len(), 1, "what was said stays said");
    let form = [("password", NEW), ("codes", "new")];
    let shown = ana.submit("/account/security/password", &form).await.assert(200);
    let new = shown.words(".codes li");
    assert_eq!(new.len(), factor::CODES);
    let ana = renewed(&ana, &shown);
    assert!(acts(&app, &ana).contains(&Act::RecoveryCodesMade));
    let worth = app
        .app
        .db
        .write(move |tx| Ok((factor::recover(tx, account, &stolen[0])?, factor::recover(tx, account, &new[0])?)));
    assert_eq!(worth.await.unwrap(), (false, true));
    // Without the tick they stay as they are, and no page of codes comes.
    ana.submit("/account/security/password", &[("password", "seven other quiet words")]).await.assert(303);
    assert_eq!(codes_left(&app, account), factor::CODES - 1);
}
