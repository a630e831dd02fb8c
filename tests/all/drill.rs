//! The recovery drill and the sheet for the drawer: what an operator is asked each quarter, and what is printed.

use std::{fs, path::Path};

use hec::store::slots::{Cost, Opener, RecoveryCode};

use crate::{
    keys::{Machine, doctor},
    process::answer,
    support::{Person, Reply, TestApp, opens_admin, rows_of},
};

const PAGE: &str = "/admin/recovery";

/// A site with a recovery code.
async fn site(change: impl FnOnce(&mut hec::config::Config)) -> (TestApp, Person, String) {
    let app = TestApp::start_with(change).await;
    let olive = app.operator("olive").await;
    let code = RecoveryCode::random().unwrap();
    app.app.vault.add_slot(&Opener::Recovery(code.clone()), Cost::FLOOR).unwrap();
    let words = code.expose().to_string();
    (app, olive, words)
}

async fn opened(app: &TestApp, person: &Person) -> Person {
    person.in_session(opens_admin(&app.app, &person.session).await)
}

fn is_asked(page: &Reply) -> bool {
    page.attributes("main a", "href").contains(&PAGE.to_owned())
}

async fn types(person: &Person, code: &str) -> Reply {
    person.submit(PAGE, &[("code", code)]).await
}

#[tokio::test]
async fn operators_are_asked_each_quarter_and_nothing_is_locked_by_it() {
    let (app, olive, code) = site(|_| {}).await;
    let ben = app.parent("ben").await;
    assert!(!is_asked(&olive.visit("/").await.assert(200)));
    app.days_pass(90);
    let olive = opened(&app, &app.person("olive", &olive.caller).await).await;
    assert!(!is_asked(&olive.visit("/").await.assert(200)));
    app.days_pass(1);
    let olive = opened(&app, &app.person("olive", &olive.caller).await).await;
    let ben = app.person("ben", &ben.caller).await;
    let page = olive.visit("/").await.assert(200).assert_says("time to try the recovery code");
    assert!(is_asked(&page) && !is_asked(&ben.visit("/").await.assert(200)));
    olive.notes("Work goes on").await;
    olive.visit(PAGE).await.assert(200).assert_says("Nobody has typed it here yet");

    let groups = code.to_lowercase().replace('-', " ");
    types(&olive, &groups).await.assert_sent_to("/admin/recovery?notice=recovery-right");
    let page = olive.visit("/admin/recovery?notice=recovery-right").await.assert(200);
    page.assert_says("That is the right code").assert_says("asks again on");
    assert!(!is_asked(&olive.visit("/").await.assert(200)));
    app.days_pass(91);
    let olive = app.person("olive", &olive.caller).await;
    assert!(is_asked(&olive.visit("/").await.assert(200)));
}

#[tokio::test]
async fn a_slip_is_named_a_wrong_code_slowed_down_and_neither_stands_anywhere() {
    let (app, olive, code) = site(|_| {}).await;
    let mut slip: Vec<char> = code.chars().collect();
    slip[13] = if slip[13] == '7' { '8' } else { '7' };
    let slip: String = slip.into_iter().collect();
    for _ in 0..30 {
        let page = types(&olive, &slip).await.assert(422).assert_says("a slip in group 3");
        assert_eq!(page.attributes("#code", "value"), [""]);
        page.assert_silent_about(&slip[6..]);
    }
    types(&olive, "").await.assert(422).assert_says("Fill this in");
    let mut waits = 0;
    for _ in 0..30 {
        let other = RecoveryCode::random().unwrap().expose().to_string();
        let page = types(&olive, &other).await;
        assert!(page.status == 422 || page.status == 429, "{}", page.status);
        waits += u32::from(page.status == 429 && !page.header("retry-after").is_empty());
        page.assert_silent_about(&other[6..]);
    }
    assert!(waits > 0, "guesses are slowed down");
    assert_eq!(app.app.db.read(hec::admin::drill::last).unwrap(), None);
    let disk = [app.disk(), rows_of(&app.app.vault)].concat();
    assert!(!disk.iter().any(|file| file.windows(code.len()).any(|bytes| bytes == code.as_bytes())));
}

#[tokio::test]
async fn who_no_longer_has_it_makes_another() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    let page = olive.visit(PAGE).await.assert(200).assert_says("There is no recovery code yet");
    assert!(page.attributes("main form", "action").contains(&"/setup/keys/new".to_owned()));
    let shown = olive.submit("/setup/keys/new", &[]).await.assert(200);
    let code = shown.words(".groups li").join("-");
    olive.submit("/setup/keys/check", &[("code", &code)]).await.assert(303);
    assert!(app.app.db.read(hec::admin::drill::last).unwrap().is_some(), "one that was typed back was tried");
    let page = olive.visit(PAGE).await.assert(200);
    page.assert_says("I no longer have it").assert_says("hec key rotate");
}

#[test]
fn the_verb_tries_it_and_the_doctor_tells_when() {
    let machine = Machine::new();
    let code = machine.init();
    let told = || {
        let found: serde_json::Value = serde_json::from_str(&machine.run(&[&"doctor", &"--json"]).out).unwrap();
        let check = found["checks"].as_array().unwrap().iter().find(|check| check["name"] == "recovery").cloned();
        check.unwrap()["found"].as_str().unwrap().to_owned()
    };
    assert!(told().contains("nobody has tried"), "{}", told());
    machine.says("7K3QX", &[&"key", &"check", &"--recovery"]).refused("40 letters and digits");
    machine.run(&[&"key", &"check", &"--file"]).done();
    assert!(told().contains("nobody has tried"));
    machine.says(&code, &[&"key", &"check", &"--recovery"]).done();
    assert!(told().contains("was last tried on 2"), "{}", told());
}

#[test]
fn a_doctor_looks_at_it_after_a_quarter() {
    let folder = tempfile::tempdir().unwrap();
    crate::process::seed(folder.path(), 1, 1);
    assert_eq!(doctor::state(&doctor::doctor(folder.path(), false).1, "recovery"), "ok", "there is none to try");
}

const PLACES: &str = r#"
[[destination]]
name = "usb"
to = "/mnt/the usb disk/hec"
[[destination]]
name = "nas"
to = "https://nas.example.org/dav/hec"
user = "olive-on-the-nas"
password = "the password of the nas"
[[destination]]
name = "cloud"
to = "s3://our-bucket/hec"
endpoint = "https://s3.example.org"
access_key_id = "the id of the key"
secret_access_key = "the key of the cloud"
"#;

fn write_places(folder: &Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("backups.toml");
    fs::write(&file, PLACES).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// What stands on a sheet, however it is printed.
#[track_caller]
fn tells(text: &str) {
    let commands = [
        "sudo hec restore --from '/mnt/the usb disk/hec'",
        "sudo hec restore --from nas",
        "sudo hec restore --from cloud",
    ];
    let places = ["https://nas.example.org/dav/hec", "our-bucket/hec at", "https://s3.example.org", "olive-on-the-nas"];
    let rest = ["systemctl stop hec", "Whom to ask", env!("CARGO_PKG_VERSION"), "Eight groups of five"];
    for words in commands.iter().chain(&places).chain(&rest) {
        assert!(text.contains(words), "{words} in {text}");
    }
    for secret in ["the password of the nas", "the id of the key", "the key of the cloud"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

/// A page's words, as they are read.
fn read(page: &Reply) -> String {
    page.words(".drawer").join(" ")
}

#[tokio::test]
async fn the_sheet_says_all_that_is_needed_and_no_credential_and_the_code_only_as_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_places(folder.path());
    let (_app, olive, code) = site(|config| config.backups = file.into()).await;
    let page = olive.visit("/admin/sheet").await.assert(200);
    tells(&read(&page));
    assert_eq!(page.words(".groups li"), [""; 8], "lines to write on");
    page.assert_silent_about(&code[..5]);
    for path in ["/admin", "/admin/backups", PAGE] {
        let links = olive.visit(path).await.assert(200).attributes("main a", "href");
        assert!(links.contains(&"/admin/sheet".to_owned()), "{path}");
    }
    // With the code, on the one page that shows it.
    let shown = olive.submit("/setup/keys/new", &[]).await.assert(200);
    tells(&read(&shown));
    assert!(shown.words(".groups li").iter().all(|group| group.len() == 5));
}

#[test]
fn the_verb_prints_the_same() {
    let machine = Machine::new();
    let code = machine.init();
    let file = write_places(machine.folder.path());
    let printed = answer(machine.command(&[&"sheet"]).env("HEC_BACKUPS", &file)).done();
    tells(&printed);
    assert!(!printed.contains(&code[..5]) && printed.contains("_ _ _ _ _"), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 250));
    let none = machine.run(&[&"sheet"]).done();
    assert!(none.contains("Nowhere yet"), "{none}");
}
