//! Passkeys: made, used in place of password and code, refused.

use hec::accounts::{
    factor,
    log::{self, Act},
    passkey,
};

use super::{
    authenticator::{Key, VERIFIED, adds, adds_key, asked, encode, get, post, session, signs_in},
    cookie, renewed,
};
use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp};

/// The acts in an account's log, the newest first.
pub fn acts(app: &TestApp, person: &Person) -> Vec<Act> {
    let account = person.caller.account;
    let lines = app.app.db.read(|tx| log::of_account(tx, account, 100)).unwrap();
    lines.into_iter().map(|line| line.act).collect()
}

/// Ana with a passkey and nothing else beside her password.
pub async fn with_passkey(app: &TestApp) -> (Person, Key, Vec<String>) {
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
