//! The log of those who look after the instance: each act with who and when, never a word of a record, for a year.

use hec::{
    accounts::log::{self, About, Act, Operator},
    types::reference,
};
use serde_json::json;

use crate::{process::run, support::TestApp};

#[tokio::test]
async fn what_operators_do_stands_in_their_log_with_who_and_when() {
    let app = TestApp::start().await;
    let (olive, ben) = (app.operator("olive").await, app.parent("ben").await);
    olive.visit("/admin/log").await.assert(200).assert_says("Nothing yet");
    olive.submit("/admin/invitations", &[("whom", "the Ash family")]).await.assert(200);
    olive.visit("/admin/support").await.assert(200);
    olive.submit(&format!("/admin/families/{}", ben.caller.family), &[("allowance", "2 GB")]).await.assert(303);
    let account = ben.caller.account;
    let act = move |tx: &mut hec::store::Write| {
        log::operated(tx, Act::OperatorReset, Operator::CommandLine, About::Account(account))
    };
    app.app.db.write(act).await.unwrap();
    let page = olive.visit("/admin/log").await.assert(200);
    let told = page.words("main .list li p");
    let reset = format!("Whoever runs this HEC made a link for a new password {}", reference(&account));
    let allowed = format!("Allowance changed of family {}", reference(&ben.caller.family));
    let by_olive = "2 March 2026 at 10:00, by olive";
    let expected = [
        (reset.as_str(), "2 March 2026 at 10:00, on the machine\u{2019}s command line"),
        (allowed.as_str(), by_olive),
        ("Support file fetched", by_olive),
        ("Invited somebody the Ash family", by_olive),
    ];
    let told: Vec<(&str, &str)> = told.chunks(2).map(|line| (line[0].as_str(), line[1].as_str())).collect();
    assert_eq!(told, expected);
    assert!(!page.text().contains("act-"), "every word is in the catalogue");
    ben.visit("/admin/log").await.assert(404);
    app.minutes_pass(16);
    olive.visit("/admin/log").await.assert_sent_to("/admin/open?next=%2Fadmin%2Flog");
}

#[tokio::test]
async fn a_backup_by_the_button_and_another_name_stand_there() {
    let folder = tempfile::tempdir().unwrap();
    let (file, usb) = (folder.path().join("backups.toml"), folder.path().join("usb"));
    std::fs::create_dir(&usb).unwrap();
    std::fs::write(&file, format!("[[destination]]\nname = \"usb\"\nto = {usb:?}\n")).unwrap();
    let app = TestApp::start_with(|config| config.backups = file.into()).await;
    let olive = app.operator("olive").await;
    olive.submit("/admin/backups/now", &[]).await.assert(303);
    olive.submit("/setup/name", &[("instance", "The Ash co-op")]).await.assert(303);
    olive.submit("/setup/name", &[("instance", "The Ash co-op")]).await.assert(303);
    let lines = app.app.db.read(|tx| log::of_operators(tx, None, 10)).unwrap();
    let told: Vec<_> = lines.iter().map(|line| (line.act, line.by.as_str(), line.about.as_str())).collect();
    let expected = [(Act::InstanceNamed, "olive", "The Ash co-op"), (Act::BackupBegun, "olive", "")];
    assert_eq!(told, expected, "what changes nothing is not told");
    // The page tells of it once it is made.
    let good = async {
        while !olive.visit("/admin/backups").await.assert(200).text().contains("Read back") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), good).await.unwrap();
    assert!(usb.join("backups").read_dir().unwrap().next().is_some());
}

#[tokio::test]
async fn the_log_is_paged_tells_nothing_of_a_record_and_ends_after_a_year() {
    let app = TestApp::start().await;
    let (olive, ben) = (app.operator("olive").await, app.parent("ben").await);
    ben.adds("Leaf rubbings", json!({ "text": "Behind the old mill" })).await;
    let by = Operator::Account(olive.caller.account);
    for number in 0..120 {
        let words = format!("usb {number}");
        app.app.db.write(move |tx| log::operated(tx, Act::BackupBegun, by, About::Words(&words))).await.unwrap();
    }
    let (mut seen, mut path) = (Vec::new(), "/admin/log".to_owned());
    loop {
        let page = olive.visit(&path).await.assert(200);
        for words in ["Leaf rubbings", "old mill", "Family of ben", "ben@example.org"] {
            page.clone().assert_silent_about(words);
        }
        seen.extend(page.words("main .list .wrap"));
        let older = page.attributes("main a[href^='/admin/log?before=']", "href");
        let Some(next) = older.first() else { break };
        path.clone_from(next);
    }
    let expected: Vec<String> = (0..120).rev().map(|number| format!("usb {number}")).collect();
    assert_eq!(seen, expected);
    app.days_pass(367);
    app.app.db.write(|tx| log::sweep(tx).map(drop)).await.unwrap();
    assert!(app.app.db.read(|tx| log::of_operators(tx, None, 10)).unwrap().is_empty());
}

#[test]
fn what_is_done_on_the_command_line_stands_there_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    run(&[&"seed", &"--families", &"1", &"--entries", &"2", &"--data", &data]).done();
    let hec = |words: &[&str]| {
        let words: Vec<&dyn AsRef<std::ffi::OsStr>> =
            words.iter().map(|word| word as &dyn AsRef<std::ffi::OsStr>).collect();
        let common: [&dyn AsRef<std::ffi::OsStr>; 4] = [&"--environment", &"development", &"--data", &data];
        run(&[words.as_slice(), &common].concat()).done()
    };
    hec(&["account", "create", "new@example.org", "--name", "New", "--family", "New ones", "--adult"]);
    hec(&["account", "reset-password", "new@example.org"]);
    hec(&["key", "add", "--recovery"]);
    hec(&["app", "create", "--name", "Snail", "--redirect", "http://127.0.0.1/in"]);
    let listed: serde_json::Value = serde_json::from_str(&hec(&["allowance", "list", "--json"])).unwrap();
    let reference = listed[0]["reference"].as_str().unwrap();
    hec(&["allowance", "set", reference, "1.5 GB"]);
    assert!(hec(&["allowance", "list"]).contains("of 1.5 GB, said for this family"));
    assert!(hec(&["allowance", "recount"]).contains("Every count was right"));
    let store = hec::store::open_development(&data, hec::types::Clock::System, hec::wiring::MIGRATIONS).unwrap();
    let lines = store.db.read(|tx| log::of_operators(tx, None, 100)).unwrap();
    let acts: Vec<Act> = lines.iter().rev().map(|line| line.act).collect();
    let expected = [Act::AccountMade, Act::OperatorReset, Act::KeyAdded, Act::AppRegistered, Act::AllowanceChanged];
    assert_eq!(acts, expected);
    assert!(lines.iter().all(|line| line.by.is_empty() && line.network.is_empty()));
    assert!(lines.iter().all(|line| !line.about.contains('@') && line.about != "New"), "{lines:?}");
}

#[tokio::test]
async fn settings_that_are_others_than_at_the_last_start_are_told_by_name() {
    use hec::{
        admin::settings,
        config::{Settings, Values},
    };
    let app = TestApp::start().await;
    let said = |said: &[(&str, &str)]| {
        let settings = said.iter().fold(Settings::default(), |settings, (name, value)| settings.with(name, *value));
        settings::hashes(&Values::gather(&settings, None).unwrap()).unwrap()
    };
    let starts = [
        said(&[("registration", "invite"), ("data", "/one")]),
        said(&[("registration", "invite"), ("data", "/another")]),
        said(&[("registration", "open"), ("family_allowance", "5 GB")]),
        said(&[("registration", "open"), ("family_allowance", "5 GB")]),
        said(&[("registration", "open")]),
    ];
    for start in starts {
        app.app.db.write(move |tx| settings::note(tx, start)).await.unwrap();
    }
    let lines = app.app.db.read(|tx| log::of_operators(tx, None, 10)).unwrap();
    let told: Vec<(Act, &str)> = lines.iter().rev().map(|line| (line.act, line.about.as_str())).collect();
    assert_eq!(
        told,
        [(Act::SettingsChanged, "registration, family_allowance"), (Act::SettingsChanged, "family_allowance")]
    );
}
