//! The recovery code: shown once, bound to one session, typed back from paper.

use super::{Operator, codes, opens};
use crate::support::{Log, TestApp, rows_of};

/// The code with another sign in its third group.
fn slipped(code: &str) -> String {
    let mut slip: Vec<char> = code.chars().collect();
    slip[13] = if slip[13] == '7' { '8' } else { '7' };
    slip.into_iter().collect()
}

#[tokio::test]
async fn what_is_wrong_with_it_is_told_and_the_code_goes_on_waiting() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    let another = hec::store::slots::RecoveryCode::random().unwrap().expose().to_string();
    for (typed, says) in [
        (String::new(), "Fill this in"),
        ("   ".to_owned(), "Fill this in"),
        (code[..46].to_owned(), "This has 39"),
        ("7".to_owned(), "only one"),
        (code.replace(&code[..1], "u"), "has the sign \u{201c}u\u{201d}"),
        ("<script>".to_owned(), "has the sign \u{201c}&lt;\u{201d}"),
        (slipped(&code), "a slip in group 3"),
        (another.clone(), "not the one that was just shown"),
        ("7".repeat(100_000), "This has 81"),
    ] {
        let page = ana.types(&typed).await.assert(422).assert_says(says);
        assert_eq!(page.attributes(".error-summary a", "href"), ["#code"]);
        assert_eq!(page.attributes("#code", "value"), [""], "what was typed is not shown again");
        for secret in [&code, &another] {
            page.clone().assert_silent_about(&secret[6..]);
        }
        assert_eq!(codes(&app), 0);
    }
    ana.types(&code).await.assert(303);
    assert!(opens(&app, &code) && !opens(&app, &another));
}

#[tokio::test]
async fn it_is_shown_once_and_stands_in_no_other_page_no_log_and_no_file() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let log = Log::listen();
    let code = ana.is_shown_a_code().await;
    let mut later = vec![ana.visit("/setup/keys/check").await, ana.types(&slipped(&code)).await];
    later.push(ana.types(&code).await.assert(303));
    for path in ["/setup/keys", "/setup/keys/check", "/setup/learner", "/setup/done", "/", "/account", "/setup/name"] {
        later.push(ana.visit(path).await.assert(200));
    }
    later.push(ana.types(&slipped(&code)).await.assert(422));
    let groups: Vec<&str> = code.split('-').collect();
    for page in later {
        // One group may be part of something else by chance; two in a row are not.
        for pair in groups.windows(2) {
            for between in ["-", " ", "", "</li>\n<li>"] {
                page.clone().assert_silent_about(&pair.join(between));
            }
        }
        for (name, value) in &page.headers {
            assert!(!value.to_str().unwrap_or_default().contains(&groups[0..2].join("-")), "{name}");
        }
    }
    for group in &groups {
        assert!(log.about(group).is_empty(), "{:?}", log.about(group));
    }
    let disk = [app.disk(), rows_of(&app.app.vault)].concat();
    for form in [code.clone(), code.replace('-', ""), code.to_lowercase()] {
        assert!(!disk.iter().any(|file| file.windows(form.len()).any(|bytes| bytes == form.as_bytes())));
    }
}

#[tokio::test]
async fn the_page_that_shows_it_is_kept_by_nobody() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let page = ana.submit("/setup/keys/new", &[]).await.assert(200);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    ana.visit("/setup/keys/new").await.assert(405);
}

#[tokio::test]
async fn another_session_cannot_confirm_it_not_even_the_same_persons() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    let elsewhere = Operator::elsewhere(&app).await;
    elsewhere.visit("/setup/keys/check").await.assert_sent_to("/setup/keys?notice=set-up-code-gone");
    elsewhere.types(&code).await.assert_sent_to("/setup/keys?notice=set-up-code-gone");
    elsewhere.visit("/setup/keys?notice=set-up-code-gone").await.assert(200).assert_says("No new code is waiting");
    assert_eq!(codes(&app), 0);
    // A code of the other's own takes nothing from the first.
    let own = elsewhere.is_shown_a_code().await;
    assert_ne!(own, code);
    elsewhere.types(&code).await.assert(422).assert_says("not the one that was just shown");
    ana.types(&code).await.assert(303);
    elsewhere.types(&own).await.assert(303);
    assert!(opens(&app, &code) && opens(&app, &own));
}

#[tokio::test]
async fn it_is_gone_with_the_session() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    ana.submit("/sign-out", &[]).await.assert(303);
    ana.types(&code).await.assert(401);
    Operator::elsewhere(&app).await.types(&code).await.assert_sent_to("/setup/keys?notice=set-up-code-gone");
    assert_eq!(codes(&app), 0);
}

#[tokio::test]
async fn it_is_gone_after_thirty_minutes() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    app.minutes_pass(29);
    ana.visit("/setup/keys/check").await.assert(200);
    app.minutes_pass(1);
    ana.visit("/setup/keys/check").await.assert_sent_to("/setup/keys?notice=set-up-code-gone");
    ana.types(&code).await.assert_sent_to("/setup/keys?notice=set-up-code-gone");
    assert_eq!(codes(&app), 0);
}

#[tokio::test]
async fn it_is_gone_after_a_restart() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    let again = TestApp::over(app.app.clone()).await;
    let ana = ana.after_restart(&again);
    ana.types(&code).await.assert_sent_to("/setup/keys?notice=set-up-code-gone");
    assert_eq!(codes(&app), 0);
    let code = ana.is_shown_a_code().await;
    ana.types(&code).await.assert(303);
    assert!(opens(&app, &code));
}

#[tokio::test]
async fn a_new_one_ends_the_one_before_it() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let (first, second) = (ana.is_shown_a_code().await, ana.is_shown_a_code().await);
    ana.types(&first).await.assert(422).assert_says("not the one that was just shown");
    ana.types(&second).await.assert(303);
    assert!(codes(&app) == 1 && opens(&app, &second) && !opens(&app, &first));
}

#[tokio::test]
async fn typed_twice_at_once_it_is_one_key() {
    for _ in 0..5 {
        let app = TestApp::start().await;
        let ana = Operator::of(&app).await;
        let code = ana.is_shown_a_code().await;
        let (one, two, three) = tokio::join!(ana.types(&code), ana.types(&code), ana.types(&code));
        for reply in [one, two, three] {
            assert!(reply.assert(303).header("location").starts_with("/setup/learner?notice="));
        }
        assert_eq!(codes(&app), 1);
    }
}

#[tokio::test]
async fn one_that_is_there_can_be_tried_and_another_made_beside_it() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    ana.types(&code).await.assert(303);
    let page = ana.visit("/setup/keys").await.assert(200).assert_says("There is one since 2 March 2026");
    assert!(page.attributes("main a", "href").contains(&"/setup/keys/check".to_owned()));
    ana.visit("/setup/keys/check").await.assert(200).assert_says("changes nothing");
    ana.types(&slipped(&code)).await.assert(422).assert_says("a slip in group 3");
    let stranger = hec::store::slots::RecoveryCode::random().unwrap().expose().to_string();
    ana.types(&stranger).await.assert(422).assert_says("does not open this record");
    ana.types(&code).await.assert_sent_to("/setup/learner?notice=set-up-code-right");
    assert_eq!(codes(&app), 1, "trying it makes no key");
    let another = ana.is_shown_a_code().await;
    ana.types(&code).await.assert(422).assert_says("not the one that was just shown");
    ana.types(&another).await.assert_sent_to("/setup/learner?notice=set-up-code-kept");
    assert!(codes(&app) == 2 && opens(&app, &code) && opens(&app, &another));
}

#[tokio::test]
async fn where_there_are_too_many_keys_that_is_said_and_the_code_waits() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let code = ana.is_shown_a_code().await;
    let random = || hec::store::slots::Opener::Recovery(hec::store::slots::RecoveryCode::random().unwrap());
    let vault = &app.app.vault;
    while vault.add_slot(&random(), hec::store::slots::Cost::FLOOR).is_ok() {}
    ana.types(&code).await.assert(422).assert_says("hec key remove");
    let last = vault.slots().unwrap().last().unwrap().number;
    vault.remove_slot(last).unwrap();
    ana.types(&code).await.assert(303);
    assert!(opens(&app, &code));
}
