//! Codes of an app, and recovery codes.

use hec::accounts::factor::{self, Seed};

use super::{cookie, elsewhere, renewed};
use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp};

/// Sets the second factor up on its page; answers the session that goes on, and the recovery codes.
async fn sets_up(ana: &Person) -> (Person, Vec<String>) {
    let page = ana.visit("/account/security/factor").await.assert(200);
    let secret = page.words("#secret").remove(0);
    assert!(secret.split(' ').all(|group| group.len() == 4), "{secret}");
    // What an app does that is no part of HEC.
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    assert_eq!(bytes.len(), 20);
    let app = totp_rs::Builder::new().with_secret(totp_rs::Secret::new(bytes.into())).build_noncompliant();
    let now = u64::try_from(ana.now().millis()).unwrap() / 1000;
    let code = app.generate(now).to_string();
    ana.submit("/account/security/factor", &[("code", "000000")]).await.assert(422).assert_says("does not fit");
    let done = ana.submit("/account/security/factor", &[("code", &code)]).await.assert(200);
    let codes = done.words(".codes li");
    assert_eq!(codes.len(), factor::CODES);
    (renewed(ana, &done), codes)
}

/// The first step of a sign-in: the cookie that waits for the code.
async fn types_password(app: &TestApp) -> String {
    let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("next", "/learners")];
    let first = app.submit("/sign-in", &fields).await.assert_sent_to("/sign-in/code?next=%2Flearners");
    assert!(cookie(&first, "hec").is_none(), "the password alone lets nobody in");
    cookie(&first, "hec-code").unwrap()
}

async fn types_code(app: &TestApp, waiting: &str, fields: &[(&str, &str)]) -> Reply {
    let form = app.client.post(format!("{}/sign-in/code", app.url)).header("sec-fetch-site", "same-origin");
    form.header("cookie", format!("hec-code={waiting}")).form(fields).reply().await
}

#[tokio::test]
async fn a_parent_sets_it_up_and_signs_in_with_it() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (ana, codes) = sets_up(&ana).await;
    ana.visit("/account/security").await.assert(200).assert_says("10 recovery codes").assert_silent_about(&codes[0]);
    app.minutes_pass(1);
    let waiting = types_password(&app).await;
    let form = app.client.get(format!("{}/sign-in/code?next=/learners", app.url));
    form.header("cookie", format!("hec-code={waiting}")).reply().await.assert(200).assert_says("six digits");
    let wrong = types_code(&app, &waiting, &[("code", "12345")]).await.assert(422);
    wrong.assert_says("That code does not fit");
    let code = ana.code();
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let done =
        types_code(&app, &waiting, &[("code", &spaced), ("next", "/learners")]).await.assert_sent_to("/learners");
    renewed(&ana, &done).visit("/learners").await.assert(200);
    types_code(&app, &waiting, &[("code", &code)]).await.assert_sent_to("/sign-in?notice=sign-in-again&next=%2F");
}

#[tokio::test]
async fn the_picture_holds_the_same_secret() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.visit("/account/security/factor/code.svg").await.assert(404);
    ana.visit("/account/security/factor").await.assert(200);
    let picture = ana.visit("/account/security/factor/code.svg").await.assert(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert_eq!(picture.header("cache-control"), "no-store");
    let seed = app.app.db.read(|tx| factor::waiting(tx, ana.caller.account)).unwrap().unwrap();
    let url = seed.url("HEC", "ana@example.org").unwrap();
    assert!(url.starts_with("otpauth://totp/HEC") && url.contains(&*seed.text()), "{}", *url);
}

#[tokio::test]
async fn a_used_code_is_refused_a_thousand_times() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let account = ana.caller.account;
    app.app.db.write(move |tx| factor::set(tx, account, &Seed::random()?, None, &[])).await.unwrap();
    let (code, mut accepted) = (ana.code(), 0);
    for _ in 0..=1_000 {
        let code = code.clone();
        accepted += u32::from(app.app.db.write(move |tx| factor::check(tx, account, &code)).await.unwrap());
    }
    assert_eq!(accepted, 1, "the first time only");
    // By many at once, too.
    app.minutes_pass(1);
    let code = ana.code();
    let all = (0..100).map(|_| {
        let code = code.clone();
        app.app.db.write(move |tx| factor::check(tx, account, &code))
    });
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.into_iter().filter(|one| *one.as_ref().unwrap()).count(), 1);
}

#[tokio::test]
async fn a_clock_may_be_one_step_off_and_time_goes_only_forwards() {
    let app = TestApp::start().await;
    let account = app.parent("ana").await.caller.account;
    let seed = Seed::random().unwrap();
    let given = seed.clone();
    app.app.db.write(move |tx| factor::set(tx, account, &given, None, &[])).await.unwrap();
    let step = std::time::Duration::from_secs(factor::STEP);
    let now = app.app.clock().now();
    let at = |steps: i64| hec::types::Timestamp::from_millis(now.millis() + steps * 30_000);
    let fits = |steps| {
        let code = seed.code(at(steps)).unwrap();
        app.app.db.write(move |tx| factor::check(tx, account, &code))
    };
    for (steps, expected) in [(-2, false), (2, false), (-1, true), (-1, false), (1, true), (0, false), (1, false)] {
        assert_eq!(fits(steps).await.unwrap(), expected, "{steps} steps from now");
    }
    app.app.clock().advance(step);
    assert!(!fits(1).await.unwrap(), "used already");
    assert!(fits(2).await.unwrap());
    for nonsense in ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"] {
        assert!(!app.app.db.write(move |tx| factor::check(tx, account, nonsense)).await.unwrap());
    }
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (ana, codes) = sets_up(&ana).await;
    let typed = codes[3].to_uppercase().replace('-', " ");
    let waiting = types_password(&app).await;
    let entered = types_code(&app, &waiting, &[("recovery", &typed), ("next", "/learners?order=age#top")]).await;
    let at = "/learners?notice=recovery-used&left=9&order=age#top";
    let told = renewed(&ana, &entered.assert_sent_to(at)).visit("/learners?notice=recovery-used&left=9").await;
    told.assert(200).assert_says("That recovery code is gone now").assert_says("9 are left");
    let waiting = types_password(&app).await;
    let spent = types_code(&app, &waiting, &[("recovery", &typed)]).await.assert(422);
    let spent = spent.assert_says("used before").assert_says("take another one from your paper");
    spent.assert_silent_about("Wait for the next one");
    types_code(&app, &waiting, &[("code", "000000")]).await.assert(422).assert_says("Wait for the next one");
    let page = ana.visit("/account/security").await.assert(200);
    page.assert_says("9 recovery codes are left").assert_says("A recovery code was used");
    // New ones take the place of all the old ones.
    let renewed_codes = ana.submit("/account/security/codes", &[]).await.assert(200);
    assert_eq!(renewed_codes.words(".codes li").len(), factor::CODES);
    types_code(&app, &waiting, &[("recovery", &codes[4])]).await.assert(422);
}

#[tokio::test]
async fn five_minutes_or_five_wrong_codes_and_the_password_is_asked_for_again() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (ana, _) = sets_up(&ana).await;
    let anew = "/sign-in?notice=sign-in-again&next=%2F";
    app.minutes_pass(1);
    let waiting = types_password(&app).await;
    app.minutes_pass(5);
    types_code(&app, &waiting, &[("code", &ana.code())]).await.assert_sent_to(anew);
    types_code(&app, "guessed", &[("code", &ana.code())]).await.assert_sent_to(anew);
    app.submit("/sign-in/code", &[("code", &ana.code())]).await.assert_sent_to(anew);
    // One network has three wrong codes in a while; the sign-in has five, wherever they come from.
    let waiting = types_password(&app).await;
    for _ in 0..3 {
        types_code(&app, &waiting, &[("code", "000000")]).await.assert(422);
    }
    let slowed = types_code(&app, &waiting, &[("code", &ana.code())]).await.assert(429);
    assert_eq!(slowed.header("retry-after"), "600");
    slowed.assert_says("Wait 10 minutes");
    let hash = hec::types::hash_secret(&waiting);
    for _ in 0..2 {
        app.app.db.write(move |tx| hec::accounts::waiting::fail(tx, hash)).await.unwrap();
    }
    types_code(&app, &waiting, &[("code", &ana.code())]).await.assert_sent_to(anew);
}

#[tokio::test]
async fn turning_it_off_asks_again_and_takes_the_recovery_codes_along() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (ana, codes) = sets_up(&ana).await;
    app.minutes_pass(16);
    ana.submit("/account/security/factor/off", &[]).await.assert(303);
    assert!(app.app.db.read(|tx| factor::is_on(tx, ana.caller.account)).unwrap());
    let password_only = ana.submit("/sign-in/again", &[("password", PASSWORD)]).await.assert(422);
    password_only.assert_says("That code does not fit");
    let again = [("password", PASSWORD), ("code", &*ana.code()), ("next", "/account/security/factor/off")];
    let ana = renewed(&ana, &ana.submit("/sign-in/again", &again).await.assert(303));
    ana.visit("/account/security/factor/off").await.assert(200).assert_says("recovery codes stop working");
    let off = ana.submit("/account/security/factor/off", &[]).await;
    let ana = renewed(&ana, &off.assert_sent_to("/account/security?notice=factor-removed"));
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert_sent_to("/");
    let (account, code) = (ana.caller.account, codes[0].clone());
    assert!(!app.app.db.write(move |tx| factor::recover(tx, account, &code)).await.unwrap());
    ana.visit("/account/security").await.assert_says("Second factor turned off");
}

#[tokio::test]
async fn without_a_second_factor_the_operators_pages_close_at_once() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    olive.visit("/admin").await.assert(200);
    let off = olive.submit("/account/security/factor/off", &[]).await.assert(303);
    renewed(&olive, &off).visit("/admin").await.assert_sent_to("/admin/open?next=%2Fadmin");
}

#[tokio::test]
async fn a_secret_that_was_not_confirmed_does_not_count() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.visit("/account/security/factor").await.assert(200);
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", PASSWORD)]).await.assert_sent_to("/");
    let first = ana.visit("/account/security/factor").await.words("#secret").remove(0);
    let same = elsewhere(&app, &ana).await.visit("/account/security/factor").await.words("#secret").remove(0);
    assert_eq!(first, same, "whoever comes back sees the same");
    app.minutes_pass(61);
    let later = elsewhere(&app, &ana).await.visit("/account/security/factor").await.words("#secret").remove(0);
    assert_ne!(first, later);
}
