//! Which passwords are accepted.

use std::{path::Path, sync::LazyLock};

use hec::accounts::{
    Factor, Password,
    password::{self, common},
};

use crate::support::{SendExt, TestApp};

#[path = "../../packaging/common-passwords/filter.rs"]
mod filter;

/// The million most common, the most common first.
static LIST: LazyLock<String> = LazyLock::new(|| {
    let file = std::env::var_os("HEC_COMMON_PASSWORDS")
        .expect("set HEC_COMMON_PASSWORDS to a file that `tests/passwords FILE` has made");
    std::fs::read_to_string(file).expect("HEC_COMMON_PASSWORDS is a file")
});

/// The key of the message that refuses a password; none where it is accepted.
fn refusal(password: &str, factor: Factor, known: &[&str]) -> Option<&'static str> {
    Password::parse("password", password, factor, known).err().map(|invalid| invalid.message)
}

#[test]
fn every_one_of_the_million_most_common_is_refused() {
    let (mut common, mut short) = (0, 0);
    for password in LIST.lines() {
        match refusal(password, Factor::InTheSameStep, &[]) {
            Some("error-password-common") => common += 1,
            Some("error-password-short") => short += 1,
            other => panic!("{password}: {other:?}"),
        }
        if password.chars().count() >= password::MIN {
            assert_eq!(refusal(password, Factor::None, &[]), Some("error-password-common"), "{password}");
        }
    }
    assert_eq!(common + short, 999_999);
    assert!(common > 450_000, "{common}");
}

#[test]
fn the_filter_is_what_its_command_makes_of_the_list() {
    let made = filter::made_of(&LIST).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/accounts/password/common.filter");
    let committed = std::fs::read(file).unwrap();
    assert!(made == committed, "run packaging/common-passwords/make: {} bytes, not {}", committed.len(), made.len());
    assert!(committed.len() < 1_300_000, "{}", committed.len());
}

#[test]
fn of_a_million_others_fewer_than_one_in_ten_thousand_are_taken_for_common() {
    // Marsaglia's xorshift: any numbers will do, as long as they are the same ones each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let taken = (0..1_000_000).filter(|_| common::holds(&format!("{:016x}{:08x}", random(), random() as u32))).count();
    println!("{taken} of 1,000,000 random passwords are taken for common");
    assert!(taken < 100, "{taken}");
}

#[test]
fn a_common_one_is_common_in_any_case_and_any_normal_form() {
    for password in ["1q2w3e4r5t6y7u8i", "1Q2W3E4R5T6Y7U8I", "PASSWORD1", "password1"] {
        assert!(common::holds(password), "{password}");
    }
    assert_eq!(common::key("Ren\u{e9}e"), common::key("RENE\u{301}E"));
}

#[test]
fn the_bounds_count_characters_and_a_second_factor_lowers_the_least() {
    let words = "conkers, wellies and \u{1f426} on the \u{e9}tag\u{e8}re ";
    let cut = |length: usize| words.chars().cycle().take(length).collect::<String>();
    for (length, factor, expected) in [
        (14, Factor::None, Some("error-password-short")),
        (15, Factor::None, None),
        (128, Factor::None, None),
        (129, Factor::None, Some("error-password-long")),
        (100_000, Factor::None, Some("error-password-long")),
        (7, Factor::InTheSameStep, Some("error-password-short")),
        (14, Factor::InTheSameStep, None),
        (129, Factor::InTheSameStep, Some("error-password-long")),
    ] {
        assert_eq!(refusal(&cut(length), factor, &[]), expected, "{length} {factor:?}");
    }
    assert_eq!(refusal("kX9#vTq2z", Factor::InTheSameStep, &[]), None);
    assert_eq!(refusal("kX9#vTq2z", Factor::None, &[]), Some("error-password-short"));
    // Decomposed, it is longer; what counts is what is hashed.
    assert_eq!(refusal(&"e\u{301}".repeat(14), Factor::None, &[]), Some("error-password-short"));
    let composed: String = ('\u{c0}'..='\u{ff}').cycle().step_by(7).take(128).collect();
    let decomposed: String = unicode(&composed, true);
    assert!(decomposed.chars().count() > 200);
    assert_eq!(refusal(&decomposed, Factor::None, &[]), None);
}

#[test]
fn it_is_not_built_round_the_name_the_email_or_the_instance() {
    let known = ["Ana Sofia Ashfield", "ana.ash@woodland.example", "The Conker House"];
    for password in [
        "Sofia Ashfield 12",
        "ana.ash@woodland.example",
        "woodland woodland",
        "THE CONKER HOUSE",
        "ashfield.ashfield.sofia",
    ] {
        assert_eq!(refusal(password, Factor::None, &known), Some("error-password-known"), "{password}");
    }
    assert_eq!(refusal("kX9#vTq2z", Factor::InTheSameStep, &known), None);
    assert_eq!(refusal("sofia9#v2", Factor::InTheSameStep, &known), Some("error-password-known"));
    assert_eq!(refusal("nine herons over the marsh", Factor::None, &known), None);
}

#[test]
fn signs_that_may_stand_for_letters_keep_no_processor_busy() {
    for signs in ["4@8({[<3691!|105$+7%2", "1!|/42@8({[<3691!|105$+7%2", "11!!||77$$55++%%22006699"] {
        let password: String = signs.chars().cycle().take(password::MAX).collect();
        assert_eq!(refusal(&password, Factor::None, &[]), None);
    }
}

#[tokio::test]
async fn a_passphrase_of_64_characters_works_from_every_normal_form() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let words = "Ren\u{e9}e z\u{e4}hlt \u{1e69}ieben F\u{fc}chse im \u{212b}lesund, \u{d55c}\u{ae00} \u{1f98a} & caf\u{e9} cr\u{e8}me \u{2014} ";
    let composed: String = unicode(words, false).chars().cycle().take(64).collect();
    let decomposed = unicode(&composed, true);
    assert!(composed.chars().count() == 64 && decomposed.chars().count() > 70);
    for (email, typed, others) in [
        ("ben@example.org", &composed, [&decomposed, &composed]),
        ("cat@example.org", &decomposed, [&composed, &decomposed]),
    ] {
        let fields = [("name", "B"), ("email", email), ("password", typed), ("adult", "yes"), ("family", "Beech")];
        app.submit("/register", &fields).await.assert_sent_to("/?notice=welcome");
        for other in others {
            app.submit("/sign-in", &[("email", email), ("password", other)]).await.assert(303);
        }
        let wrong = other_last(typed);
        app.submit("/sign-in", &[("email", email), ("password", &wrong)]).await.assert(422);
    }
}

#[tokio::test]
async fn while_it_is_typed_the_server_says_what_the_form_will_say() {
    let app = TestApp::start().await;
    let ask = async |fields: &[(&str, &str)]| {
        let reply = app.submit("/password-check", fields).await.assert(200).json();
        (reply["accepted"].as_bool().unwrap(), reply["words"].as_str().unwrap().to_owned())
    };
    // Whoever sets HEC up chooses a password too.
    assert_eq!(ask(&[("password", "conkers and wellies")]).await, (true, "Strong enough.".to_owned()));
    let ana = app.parent("anastasia").await;
    app.app.db.write(|tx| hec::admin::instance::rename(tx, "Conkerhouse")).await.unwrap();
    for (fields, says) in [
        (vec![], "15 characters or more"),
        (vec![("password", "kX9#vTq2z")], "15 characters or more"),
        (vec![("password", "abcabcabcabcabcabc")], "What is repeated is easy to guess"),
        (vec![("password", "conkerhouse 2026")], "not built round"),
        (vec![("password", "Benedict Beech 1"), ("name", "Benedict Beech")], "not built round"),
        (vec![("password", "benedict@beech.example"), ("email", "benedict@beech.example")], "not built round"),
    ] {
        let (accepted, words) = ask(&fields).await;
        assert!(!accepted && words.contains(says), "{fields:?}: {words}");
    }
    assert!(ask(&[("password", "kX9#vTq2z"), ("with_factor", "yes")]).await.0);
    // Of who is signed in, name and email are known.
    let own = ana.submit("/password-check", &[("password", "anastasia@example")]).await.assert(200).json();
    assert!(own["words"].as_str().unwrap().contains("not built round"), "{own}");
    let (_, words) = ask(&[("password", "anastasia@example")]).await;
    assert!(!words.contains("not built round"), "of a visitor nothing is: {words}");
}

#[tokio::test]
async fn asking_how_strong_a_password_is_has_its_bounds() {
    let app = TestApp::start_with(|config| config.limits = true).await;
    app.parent("ana").await;
    let long = "x".repeat(9_000);
    app.submit("/password-check", &[("password", &long)]).await.assert(413);
    let elsewhere = app.client.post(format!("{}/password-check", app.url)).header("sec-fetch-site", "cross-site");
    elsewhere.form(&[("password", "x")]).reply().await.assert(403);
    app.minutes_pass(5);
    let mut asked = 0;
    while app.submit("/password-check", &[("password", "x")]).await.status == 200 {
        asked += 1;
        assert!(asked < 200);
    }
    assert_eq!(asked, 100);
}

/// The same but for its last character.
fn other_last(password: &str) -> String {
    let mut characters: Vec<char> = password.chars().collect();
    *characters.last_mut().unwrap() = 'x';
    characters.into_iter().collect()
}

fn unicode(text: &str, apart: bool) -> String {
    use unicode_normalization::UnicodeNormalization;
    if apart { text.nfd().collect() } else { text.nfc().collect() }
}

#[tokio::test]
async fn the_server_says_why_a_password_is_refused_and_keeps_what_else_was_typed() {
    let app = TestApp::start().await;
    app.operator("ana").await;
    app.app.db.write(|tx| hec::admin::instance::rename(tx, "Conkerhouse")).await.unwrap();
    for (password, says) in [
        ("too short", "15 characters or more"),
        ("1q2w3e4r5t6y7u8i", "among the million most common"),
        ("fghijklmnopqrstuvw", "comes in order"),
        ("Conkerhouse Beech", "not built round your name"),
        ("Benedict Benedict", "not built round your name"),
    ] {
        let fields = [
            ("name", "Benedict"),
            ("email", "ben@example.org"),
            ("password", password),
            ("adult", "yes"),
            ("family", "Beech"),
        ];
        let page = app.submit("/register", &fields).await.assert(422);
        assert!(
            page.words("#password-error").concat().contains(says),
            "{password}: {:?}",
            page.words("#password-error")
        );
        assert_eq!(page.attributes("#name", "value"), ["Benedict"]);
        page.assert_silent_about(password);
    }
}
