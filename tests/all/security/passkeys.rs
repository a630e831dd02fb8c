//! Passkeys: made, used in place of password and code, refused, removed.

use hec::{
    accounts::{
        Email,
        browser::{
            ceremony::{Bound, Ceremonies, OF_ONE_NETWORK, REMEMBERED},
            site,
        },
        change, factor,
        log::{self, Act},
        passkey, post, reset,
    },
    config::{
        Tls,
        mail::{Mail, Security, Server},
    },
    http::firewall::Client,
    types::{AccountId, Clock, Secret, Timestamp},
};

use super::{
    NEW,
    authenticator::{Key, VERIFIED, adds, adds_key, asked, encode, get, post, session, signs_in},
    cookie, elsewhere, renewed,
};
use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp};

/// The acts in an account's log, the newest first.
fn acts(app: &TestApp, person: &Person) -> Vec<Act> {
    let account = person.caller.account;
    let lines = app.app.db.read(|tx| log::of_account(tx, account, 100)).unwrap();
    lines.into_iter().map(|line| line.act).collect()
}

/// Ana with a passkey and nothing else beside her password.
async fn with_passkey(app: &TestApp) -> (Person, Key, Vec<String>) {
    let ana = app.parent("ana").await;
    let (reply, key) = adds(app, &ana, "My phone").await;
    let codes = reply.clone().assert(200).words(".codes li");
    (renewed(&ana, &reply), key, codes)
}

/// Types the password at the name of passkeys; the cookie that waits for more.
async fn types_password(app: &TestApp) -> String {
    let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("next", "/learners")];
    let first = post(app, "", "/sign-in", &fields).await.assert_sent_to("/sign-in/code?next=%2Flearners");
    format!("hec-code={}", cookie(&first, "hec-code").unwrap())
}

#[tokio::test]
async fn the_first_one_brings_recovery_codes_and_then_lets_somebody_in_by_itself() {
    let app = TestApp::start().await;
    let (ana, key, codes) = with_passkey(&app).await;
    assert_eq!(codes.len(), factor::CODES);
    let page = get(&app, &session(&ana), "/account/security").await.assert(200);
    page.assert_says("My phone").assert_says("Not used yet").assert_says("10 recovery codes are left");

    let entered = signs_in(&app, &key).await.assert_sent_to("/learners");
    let here = renewed(&ana, &entered);
    here.visit("/learners").await.assert(200);
    assert!(cookie(&entered, "hec-device").is_some(), "the browser is known from now on");
    let page = get(&app, &session(&here), "/account/security").await.assert(200);
    page.assert_says("Last used").assert_says("Signed in with a passkey").assert_silent_about("Not used yet");
    assert!([Act::PasskeySignedIn, Act::PasskeyAdded].iter().all(|act| acts(&app, &ana).contains(act)));

    // A second one comes without new codes, and a known device stays known.
    let (second, _) = adds(&app, &here, "The tablet").await;
    second.assert_sent_to("/account/security?notice=passkey-added#passkeys");
}

#[tokio::test]
async fn it_stands_beside_the_password_as_a_code_does() {
    let app = TestApp::start().await;
    let (ana, key, codes) = with_passkey(&app).await;
    let waiting = types_password(&app).await;
    let page = get(&app, &waiting, "/sign-in/code?next=/learners").await.assert(200);
    page.assert_says("Use a passkey").assert_silent_about("Six digits");
    // At another name there is no button, and so no word of one but of where it is.
    let page = app.client.get(format!("{}/sign-in/code", app.url)).header("cookie", &waiting).reply().await.assert(200);
    let page = page.assert_says("Now type one of your recovery codes").assert_says("open HEC at localhost");
    page.assert_silent_about("Use a passkey").assert_silent_about("use your passkey");
    let options = post(&app, &waiting, "/passkeys/challenge", &[("for", "code")]).await.assert(200).json();
    assert_eq!(options["allowCredentials"][0]["id"], encode(&key.id));
    let answer = key.answer(&options);
    let done = post(&app, &waiting, "/sign-in/code", &[("passkey", &answer), ("next", "/learners")]).await;
    renewed(&ana, &done.assert_sent_to("/learners")).visit("/learners").await.assert(200);
    // The sign-in that waited is over.
    let over = post(&app, &waiting, "/sign-in/code", &[("passkey", &answer)]).await;
    over.assert_sent_to("/sign-in?notice=sign-in-again&next=%2F");

    // A recovery code does where the passkey is not at hand; a code of an app that nobody set up does not.
    let waiting = types_password(&app).await;
    post(&app, &waiting, "/sign-in/code", &[("code", "123456")]).await.assert(422);
    post(&app, &waiting, "/sign-in/code", &[("recovery", &codes[0])]).await.assert(303);
}

#[tokio::test]
async fn it_proves_anew_who_somebody_is_and_opens_the_operators_pages() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    let (reply, key) = adds(&app, &olive, "My phone").await;
    let olive = renewed(&olive, &reply.assert(303));
    app.minutes_pass(16);
    let cookies = session(&olive);
    get(&app, &cookies, "/admin").await.assert_sent_to("/admin/open?next=%2Fadmin");
    post(&app, &cookies, "/admin/open", &[("password", PASSWORD)]).await.assert(422);
    let options = post(&app, &cookies, "/passkeys/challenge", &[("for", "again")]).await.assert(200).json();
    let open = [("passkey", &*key.answer(&options)), ("next", "/admin")];
    let opened = renewed(&olive, &post(&app, &cookies, "/admin/open", &open).await.assert_sent_to("/admin"));
    get(&app, &session(&opened), "/admin").await.assert(200);

    app.minutes_pass(16);
    let cookies = session(&opened);
    get(&app, &cookies, "/account/security/password").await.assert(303);
    // To add one more is asked for only after that.
    post(&app, &cookies, "/passkeys/challenge", &[("for", "add")]).await.assert(303);
    let options = post(&app, &cookies, "/passkeys/challenge", &[("for", "again")]).await.assert(200).json();
    let again = [("passkey", &*key.answer(&options)), ("next", "/account/security/password")];
    let again = post(&app, &cookies, "/sign-in/again", &again).await.assert_sent_to("/account/security/password");
    let proved = renewed(&opened, &again);
    assert_ne!(proved.session, opened.session, "a new secret");
    get(&app, &session(&proved), "/account/security/password").await.assert(200);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_lets_nobody_in() {
    let app = TestApp::start().await;
    let (ana, key, _) = with_passkey(&app).await;
    let ben = app.parent("ben").await;
    let (reply, of_ben) = adds(&app, &ben, "His phone").await;
    reply.assert(200);
    let with = |change: fn(&mut Key)| {
        let mut key = key.clone();
        change(&mut key);
        key
    };
    let stranger = Key::new(&app);
    let lies = [
        ("another origin", with(|key| key.origin = "https://evil.example".into())),
        ("a name below ours", with(|key| key.origin = "http://evil.localhost".into())),
        ("another scheme", with(|key| key.origin = key.origin.replace("http:", "https:"))),
        ("another site's name", with(|key| key.rp = "evil.example".into())),
        ("no finger, face or PIN", with(|key| key.flags &= !VERIFIED)),
        ("another account's owner", Key { user: of_ben.user.clone(), ..key.clone() }),
        ("a key that nobody has", stranger.clone()),
        ("another key under that id", Key { id: key.id.clone(), user: key.user.clone(), ..stranger }),
    ];
    let refused = |reply: Reply, lie: &str| {
        assert_eq!(reply.status, 422, "{lie}: {}", reply.text());
        assert!(cookie(&reply, "hec").is_none(), "{lie}");
        reply.assert_says("That passkey does not belong here");
    };
    for (lie, key) in lies {
        refused(signs_in(&app, &key).await, lie);
        app.minutes_pass(1);
    }
    // Another question than the one that was asked.
    let (other, _) = asked(&app).await;
    let (_, cookies) = asked(&app).await;
    refused(post(&app, &cookies, "/sign-in", &[("passkey", &key.answer(&other))]).await, "another challenge");
    app.minutes_pass(1);
    // What was asked of a session, or of another browser, is no sign-in.
    let options = post(&app, &session(&ana), "/passkeys/challenge", &[("for", "again")]).await.assert(200).json();
    let (_, cookies) = asked(&app).await;
    refused(post(&app, &cookies, "/sign-in", &[("passkey", &key.answer(&options))]).await, "asked for another page");
    app.minutes_pass(1);
    // Ben's passkey beside Ana's password, and in her session.
    let waiting = types_password(&app).await;
    let options = post(&app, &waiting, "/passkeys/challenge", &[("for", "code")]).await.assert(200).json();
    refused(post(&app, &waiting, "/sign-in/code", &[("passkey", &of_ben.answer(&options))]).await, "Ben's, for a code");
    app.minutes_pass(1);
    let options = post(&app, &session(&ana), "/passkeys/challenge", &[("for", "again")]).await.assert(200).json();
    let again = [("passkey", &*of_ben.answer(&options))];
    refused(post(&app, &session(&ana), "/sign-in/again", &again).await, "Ben's, in Ana's session");
    assert!(acts(&app, &ana).contains(&Act::SignInFailed));
    // After all of that it works as before.
    signs_in(&app, &key).await.assert_sent_to("/learners");
}

#[tokio::test]
async fn nonsense_is_refused_whatever_its_size() {
    let app = TestApp::start().await;
    let (_, key, _) = with_passkey(&app).await;
    let (options, cookies) = asked(&app).await;
    let right = key.answer(&options);
    let deep = "[".repeat(10_000);
    let huge = format!("{{\"id\":\"{}\"}}", "A".repeat(300_000));
    let longer = right.replacen('{', &format!("{{\"more\":\"{}\",", "A".repeat(17_000)), 1);
    for sent in ["x", "{}", "null", "[]", "\u{0}", &deep, &huge, &longer, &right.replace("public-key", "x")[..40]] {
        post(&app, &cookies, "/sign-in", &[("passkey", sent)]).await.assert(422);
        app.minutes_pass(1);
    }
    let broken: Vec<String> = [r#""signature":"AA""#, r#""signature":"""#]
        .iter()
        .map(|with| {
            let at = right.find(r#""signature":""#).unwrap();
            let end = right[at + 13..].find('"').unwrap() + at + 14;
            format!("{}{with}{}", &right[..at], &right[end..])
        })
        .collect();
    for sent in broken {
        let (_, cookies) = asked(&app).await;
        post(&app, &cookies, "/sign-in", &[("passkey", &sent)]).await.assert(422);
        app.minutes_pass(1);
    }
    let ana = app.parent("fay").await;
    let cookies = session(&ana);
    let path = "/account/security/passkeys/new";
    post(&app, &cookies, path, &[("name", "x"), ("passkey", "{}")]).await.assert(422).assert_says("took too long");
    post(&app, &cookies, "/passkeys/challenge", &[("for", "add")]).await.assert(200);
    post(&app, &cookies, path, &[("name", "x"), ("passkey", &huge)]).await.assert(422);
    post(&app, &cookies, path, &[("name", " "), ("passkey", "{}")]).await.assert(422);
    assert!(!app.app.db.read(|tx| factor::stands(tx, ana.caller.account)).unwrap());
    for purpose in ["", "x", "code", "again", "add"] {
        let reply = post(&app, "", "/passkeys/challenge", &[("for", purpose)]).await;
        assert!([303, 401, 403, 404].contains(&reply.status), "{purpose}: {}", reply.status);
    }
}

#[tokio::test]
async fn a_question_is_answered_once_and_within_five_minutes() {
    let app = TestApp::start().await;
    let (_, key, _) = with_passkey(&app).await;
    let (options, cookies) = asked(&app).await;
    let answer = key.answer(&options);
    app.minutes_pass(5);
    let late = post(&app, &cookies, "/sign-in", &[("passkey", &answer)]).await.assert(422);
    late.assert_says("That took too long");
    let (options, cookies) = asked(&app).await;
    app.minutes_pass(4);
    let answer = key.answer(&options);
    post(&app, &cookies, "/sign-in", &[("passkey", &answer)]).await.assert(303);
    post(&app, &cookies, "/sign-in", &[("passkey", &answer)]).await.assert(422);
    post(&app, "", "/sign-in", &[("passkey", &answer)]).await.assert(422);
    // By a hundred at once, too.
    app.minutes_pass(10);
    let (options, cookies) = asked(&app).await;
    let answer = key.answer(&options);
    let fields = [("passkey", &*answer)];
    let all = (0..100).map(|_| post(&app, &cookies, "/sign-in", &fields));
    let all = futures_util::future::join_all(all).await;
    let entered = all.iter().filter(|reply| reply.status == 303).count();
    assert_eq!(entered, 1, "{:?}", all.iter().map(|reply| reply.status).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_answers_nothing_that_was_asked_spends_nobodys_tries() {
    let app = TestApp::start().await;
    let (_, key, _) = with_passkey(&app).await;
    let (options, _) = asked(&app).await;
    let answer = key.answer(&options);
    for _ in 0..60 {
        let late = post(&app, "", "/sign-in", &[("passkey", &answer)]).await.assert(422);
        late.assert_says("That took too long");
    }
    let tried = app.app.guesses.tried();
    signs_in(&app, &key).await.assert_sent_to("/learners");
    assert_eq!(app.app.guesses.tried(), tried + 1);
}

#[tokio::test]
async fn wrong_answers_from_the_same_house_lock_out_no_device_that_is_known() {
    let app = TestApp::start().await;
    let (ana, key, _) = with_passkey(&app).await;
    let known = cookie(&signs_in(&app, &key).await.assert(303), "hec-device").unwrap();
    let stranger = Key::new(&app);
    for expected in [422, 422, 422, 422, 422, 422, 429] {
        signs_in(&app, &stranger).await.assert(expected);
    }
    signs_in(&app, &key).await.assert(429).assert_says("Too many tries");
    // On the device where it has signed in before.
    let (options, cookies) = asked(&app).await;
    let cookies = format!("{cookies}; hec-device={known}");
    post(&app, &cookies, "/sign-in", &[("passkey", &key.answer(&options))]).await.assert(303);
    // In a session that goes on.
    let options = post(&app, &session(&ana), "/passkeys/challenge", &[("for", "again")]).await.assert(200).json();
    post(&app, &session(&ana), "/sign-in/again", &[("passkey", &key.answer(&options))]).await.assert(303);
    // Wrong answers of such a device are counted as well.
    let mut last = 0;
    for _ in 0..40 {
        let (options, cookies) = asked(&app).await;
        let wrong = Key { origin: "https://evil.example".to_owned(), ..key.clone() };
        let cookies = format!("{cookies}; hec-device={known}");
        last = post(&app, &cookies, "/sign-in", &[("passkey", &wrong.answer(&options))]).await.status;
        if last != 422 {
            break;
        }
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn nothing_begins_by_a_passkey_that_was_removed_or_past_a_second_factor_that_has_just_been_set_up() {
    let app = TestApp::start().await;
    let (ana, key, _) = with_passkey(&app).await;
    let (account, id) = (ana.caller.account, passkey::id_of(&key.id));
    assert!(app.app.db.read(|tx| passkey::stands(tx, account, id)).is_ok());
    app.app.db.write(move |tx| factor::remove_passkey(tx, account, id)).await.unwrap();
    assert!(app.app.db.read(|tx| passkey::stands(tx, account, id)).is_err());

    // The password is being checked while the writer is busy with the second factor.
    let (go, going) = std::sync::mpsc::channel();
    let setting = app.app.db.write(move |tx| {
        going.recv().unwrap();
        factor::set(tx, account, &factor::Seed::random()?, None, &[])
    });
    let tried = app.app.guesses.tried();
    let release = async {
        while app.app.guesses.tried() == tried {
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
    };
    let sign_in = [("email", "ana@example.org"), ("password", PASSWORD)];
    let (set, reply, ()) = tokio::join!(setting, post(&app, "", "/sign-in", &sign_in), release);
    set.unwrap();
    assert!(cookie(&reply, "hec").is_none(), "{}: {}", reply.status, reply.header("location"));
    post(&app, "", "/sign-in", &sign_in).await.assert_sent_to("/sign-in/code?next=%2F");
}

#[tokio::test]
async fn a_key_whose_counter_goes_back_is_refused_and_the_log_tells() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let mut key = Key { counter: 7, ..Key::new(&app) };
    adds_key(&app, &ana, "A stick", &mut key).await.assert(200);
    for (counter, expected) in [(8, 303), (9, 303), (9, 422), (3, 422), (0, 422), (10, 303)] {
        key.counter = counter;
        let reply = signs_in(&app, &key).await.assert(expected);
        if expected == 422 {
            reply.assert_says("may have been copied");
        }
        app.minutes_pass(3);
    }
    assert_eq!(acts(&app, &ana).iter().filter(|act| **act == Act::PasskeyCopied).count(), 3);
}

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
    let ana = renewed(&ana, &done.assert_sent_to("/"));
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
async fn children_and_other_sites_are_asked_for_none() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let child = ana.child().await;
    for purpose in ["add", "again"] {
        let reply = post(&app, &session(&child), "/passkeys/challenge", &[("for", purpose)]).await;
        assert_eq!(reply.status, 401, "{purpose}");
    }
    child.visit("/account/security/passkeys/new").await.assert(404);
    let foreign = app.client.post(format!("{}/passkeys/challenge", app.url)).header("sec-fetch-site", "cross-site");
    foreign.form(&[("for", "sign-in")]).reply().await.assert(403);
}

#[tokio::test]
async fn they_belong_to_the_first_name_and_pages_elsewhere_say_so() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    // The tests' address is no name.
    let page = ana.visit("/account/security").await.assert(200);
    page.assert_says("open HEC at localhost").assert_silent_about("/account/security/passkeys/new");
    ana.visit("/account/security/passkeys/new").await.assert(200).assert_says("open HEC at localhost");
    app.visit("/sign-in").await.assert(200).assert_silent_about("passkey");
    get(&app, "", "/sign-in").await.assert(200).assert_says("Sign in with a passkey");
    let asked = app.submit("/passkeys/challenge", &[("for", "sign-in")]).await;
    asked.assert(404);
    let policy = app.visit("/sign-in").await;
    for feature in ["publickey-credentials-get=(self)", "publickey-credentials-create=(self)"] {
        assert!(policy.header("permissions-policy").contains(feature), "{feature}");
    }

    let folder = crate::support::scratch();
    let named = |names: &[&str], tls: Tls, proxies: &[&str]| {
        let mut config = crate::support::config(folder.path());
        config.names = names.iter().map(|name| (*name).to_owned()).collect();
        config.proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        config.tls = tls;
        site::name(&config)
    };
    let hec = Some("hec.example".to_owned());
    assert_eq!(named(&["hec.example", "diary.example"], Tls::Local, &[]), hec);
    assert_eq!(named(&["hec.example."], Tls::Off, &["192.0.2.1/32"]), hec, "a proxy encrypts");
    assert_eq!(named(&["hec.example"], Tls::Off, &[]), None, "no browser takes it without TLS");
    assert_eq!(named(&["192.0.2.7"], Tls::Local, &[]), None, "an address is no name");
    assert_eq!(named(&[], Tls::Off, &["192.0.2.1/32"]).as_deref(), Some("localhost"));
    assert_eq!(named(&[], Tls::Off, &[]).as_deref(), Some("localhost"));
}

#[tokio::test]
async fn a_passkey_of_an_earlier_name_is_told_of_and_stands_in_nobodys_way() {
    let app = TestApp::start().await;
    let (ana, key, codes) = with_passkey(&app).await;
    let folder = app.folder().to_owned();
    let mut renamed = app.app.clone();
    renamed.config = std::sync::Arc::new(hec::config::Config {
        names: vec!["diary.example".to_owned()],
        proxies: vec!["192.0.2.1/32".parse().unwrap()],
        ..crate::support::config(&folder)
    });
    assert_eq!(renamed.db.read(|tx| passkey::count(tx, site::name(&renamed.config).as_deref())).unwrap(), (0, 1));
    let later = TestApp::over(renamed).await;
    let page = ana.visit("/account/security").await;
    page.assert_silent_about("no longer called");
    let page = later.client.get(format!("{}/account/security", later.url)).header("cookie", session(&ana));
    let page = page.reply().await.assert(200);
    page.assert_says("Made for localhost, which this HEC is no longer called").assert_says("open HEC at diary.example");
    let fields = [("email", "ana@example.org"), ("password", PASSWORD)];
    let first = later.submit("/sign-in", &fields).await.assert_sent_to("/sign-in/code?next=%2F");
    let waiting = format!("hec-code={}", cookie(&first, "hec-code").unwrap());
    post(&later, &waiting, "/passkeys/challenge", &[("for", "code")]).await.assert(404);
    post(&later, &waiting, "/sign-in/code", &[("recovery", &codes[0])]).await.assert(303);
    drop(key);
}

#[test]
fn a_crowd_that_asks_takes_no_more_memory_than_the_bound_and_no_network_takes_it_all() {
    let folder = crate::support::scratch();
    let config = crate::support::config(folder.path());
    let clock = Clock::manual(Timestamp::from_millis(1_772_445_600_000));
    let ceremonies = Ceremonies::new(&config, &clock);
    let bound = |number: u32| {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        Bound::SignIn(hash)
    };
    let from = |number: u32| Client::at(std::net::IpAddr::from((0x0a00_0000 + number).to_be_bytes()));
    for number in 0..1_000 {
        ceremonies.ask(bound(number), from(1), &[]).unwrap();
    }
    assert_eq!(ceremonies.remembered(), OF_ONE_NETWORK);
    for number in 1_000..6_000 {
        ceremonies.ask(bound(number), from(number), &[]).unwrap();
    }
    assert_eq!(ceremonies.remembered(), REMEMBERED);
    // Who is signed in is not crowded out.
    ceremonies.ask(Bound::Again([7; 32]), from(2), &[]).unwrap();
    assert_eq!(ceremonies.remembered(), REMEMBERED + 1);
    clock.advance(std::time::Duration::from_mins(5));
    ceremonies.ask(bound(9_999), from(3), &[]).unwrap();
    assert_eq!(ceremonies.remembered(), 2, "what is too old is forgotten");
}
