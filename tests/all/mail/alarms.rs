//! Operators are told when something is wrong with the backups: once a day, and once that all is well again.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use hec::{
    admin::alarm,
    backup::ledger::{self, Round},
};

use crate::support::{TestApp, scratch};

use super::server::{MailServer, Taken};

/// A site with a destination that exists on paper: what became of its backups is what a test says.
async fn site(server: &MailServer) -> (TestApp, tempfile::TempDir) {
    let (folder, mail) = (scratch(), server.plain());
    let file: PathBuf = folder.path().join("backups.toml");
    fs::write(&file, "[[destination]]\nname = \"attic\"\nto = \"/nonexistent/secret-place/hec\"\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let app = TestApp::start_with(|config| {
        config.names = vec!["hec.example.org".to_owned()];
        config.listen = vec![([127, 0, 0, 1], 8080).into()];
        config.mail = Some(mail);
        config.backups = file.into();
    });
    (app.await, folder)
}

/// What became of a backup just now: `why` it failed, or that it was read back.
async fn backed_up(app: &TestApp, number: u64, bytes: u64, why: Option<&str>) {
    let now = app.app.clock().now();
    let proven = why.is_none().then_some(now);
    let round = Round {
        destination: "attic".to_owned(),
        number,
        name: format!("backup-{number}"),
        began: now,
        ended: Some(now),
        written: bytes,
        bytes,
        why: why.map(str::to_owned),
        proven,
        deep: Some(now),
        damaged: why.is_some_and(|why| why.contains("damaged")),
        untidy: None,
        kept_until: None,
    };
    app.app.db.write(move |tx| ledger::put(tx, &round)).await.unwrap();
}

/// What the job does, and the next one that sends.
async fn looks(app: &TestApp) {
    let of = app.app.clone();
    tokio::task::spawn_blocking(move || alarm::look(&of)).await.unwrap().unwrap();
    app.sends().await;
}

fn assert_told(taken: &Taken, subject: &str, words: &[&str]) {
    assert_eq!(taken.subject(), subject);
    for words in words {
        assert!(taken.text().contains(words), "{words}: {}", taken.text());
    }
    for secret in ["attic", "secret-place", "nonexistent", "403", "backups.toml"] {
        assert!(!taken.text().contains(secret), "{secret}: {}", taken.text());
    }
}

const BAD: &str = "Something is wrong with the backups of HEC";
const WELL: &str = "The backups of HEC are well again";

#[tokio::test]
async fn every_operator_with_a_proved_address_is_told_once_a_day_and_once_that_it_is_over() {
    let mut server = MailServer::start(&["plain"]);
    let (app, _folder) = site(&server).await;
    let olive = app.operator("olive").await;
    app.proves(&mut server, &olive).await;
    // Who does not look after it, and whose address is not proved.
    app.proved(&mut server, "ben").await;
    app.operator("otto").await;
    backed_up(&app, 1, 5_000_000, None).await;
    looks(&app).await;
    assert_eq!(app.last().0, "confirm", "all is well, and nobody is told so");
    app.minutes_pass(60);
    backed_up(&app, 2, 0, Some("403 from https://nas/secret-place: damaged")).await;
    looks(&app).await;
    let told = server.next();
    assert_eq!(told.to(), "olive@example.org", "whose address was proved, and who looks after the instance");
    assert_told(&told, BAD, &["not what was written there", "http://hec.example.org", "/admin/backups"]);
    for _ in 0..3 {
        app.minutes_pass(60);
        looks(&app).await;
    }
    assert_eq!(app.messages().iter().filter(|one| one.kind.as_str() == "backups-bad").count(), 1, "once a day");
    app.days_pass(1);
    backed_up(&app, 3, 0, Some("403")).await;
    app.days_pass(1);
    looks(&app).await;
    assert_told(&server.next(), BAD, &["No good backup was made of late"]);
    backed_up(&app, 4, 5_000_000, None).await;
    looks(&app).await;
    assert_told(&server.next(), WELL, &["made and read back again"]);
    looks(&app).await;
    assert_eq!(app.last().0, "backups-well", "once");
    // Another trouble is another alarm, at once.
    app.minutes_pass(60);
    backed_up(&app, 5, 1_000_000, None).await;
    looks(&app).await;
    assert_told(&server.next(), BAD, &["much smaller than the one before"]);
    let to: Vec<_> = server.stop().iter().map(|taken| taken.to().to_owned()).collect();
    assert!(to.is_empty(), "{to:?}: nobody else was told");
}

#[tokio::test]
async fn a_file_of_destinations_that_cant_be_used_is_told_too_and_without_mail_nothing_is_queued() {
    let mut server = MailServer::start(&["plain"]);
    let (app, folder) = site(&server).await;
    let olive = app.operator("olive").await;
    app.proves(&mut server, &olive).await;
    fs::write(folder.path().join("backups.toml"), "nonsense").unwrap();
    looks(&app).await;
    assert_told(&server.next(), BAD, &["The file that says where they go cannot be used"]);
    let quiet = TestApp::start_with(|config| config.backups = folder.path().join("backups.toml").into()).await;
    quiet.operator("olive").await;
    looks(&quiet).await;
    assert!(quiet.messages().is_empty());
}
