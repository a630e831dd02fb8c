//! A file of destinations that is written while the server runs is taken up by it; one that was named is missed.

use std::{ffi::OsStr, fs, path::Path};

use hec::{app::App, config::Backups, wiring};
use serde_json::Value;

use crate::{
    keys::Machine,
    process::{Answer, Server, answer},
    support::{TestApp, scratch},
};

/// Writes a file with one destination, whose folder is there.
fn write_places(file: &Path, usb: &Path) {
    fs::create_dir_all(usb).unwrap();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("[[destination]]\nname = \"usb\"\nto = {usb:?}\n")).unwrap();
}

/// The next look of the schedule.
async fn backs_up(app: &App) -> hec::error::Result<()> {
    let job = wiring::JOBS.iter().find(|job| job.name == "back up").unwrap();
    let (run, of) = (job.run, app.clone());
    tokio::task::spawn_blocking(move || run(&of)).await.unwrap()
}

#[tokio::test]
async fn the_next_look_of_the_schedule_takes_a_new_file_up_and_misses_it_when_it_goes() {
    let folder = scratch();
    let (first, second) = (folder.path().join("own/backups.toml"), folder.path().join("system/backups.toml"));
    let usb = folder.path().join("usb");
    let places = vec![first.clone(), second.clone()];
    let app = TestApp::start_with(|config| config.backups = Backups::usual(places)).await;
    let olive = app.operator("olive").await;
    backs_up(&app.app).await.unwrap();
    olive.visit("/admin/backups").await.assert(200).assert_says("there is no copy of the record in another place");
    olive.submit("/admin/backups/now", &[]).await.assert(404);

    write_places(&second, &usb);
    backs_up(&app.app).await.unwrap();
    assert_eq!(usb.join("backups").read_dir().unwrap().count(), 1, "it was made, without a restart");
    olive.visit("/admin/backups").await.assert(200).assert_says("Read back").assert_says("usb");

    fs::remove_file(&second).unwrap();
    let missed = backs_up(&app.app).await.unwrap_err().to_string();
    assert!(missed.contains(second.to_str().unwrap()), "{missed}");
    olive.visit("/admin/backups").await.assert(200).assert_says("No such file");
    write_places(&second, &usb);
    backs_up(&app.app).await.unwrap();
}

fn said(machine: &Machine) -> (String, String) {
    let found: Value = serde_json::from_str(&machine.run(&[&"doctor", &"--json"]).out).unwrap();
    let check = found["checks"].as_array().unwrap().iter().find(|check| check["name"] == "backups").unwrap().clone();
    (check["state"].as_str().unwrap().to_owned(), check["found"].as_str().unwrap().to_owned())
}

#[test]
fn a_running_server_and_every_verb_agree_on_a_file_that_has_just_come() {
    let machine = Machine::new();
    machine.init();
    let server = machine.serve();
    let list = || machine.run(&[&"backup", &"list"]);
    list().refused("nothing says where backups go");
    assert_eq!(said(&machine).1, "there is no copy of the record in another place");

    let usb = machine.folder.path().join("usb");
    write_places(&machine.folder.path().join("settings/hec/backups.toml"), &usb);
    assert_eq!(list().done().trim(), "usb: no backup yet");
    assert!(said(&machine).1.contains("there is none at usb yet"), "{:?}", said(&machine));
    machine.run(&[&"backup", &"now"]).done();
    let beside = list().done();
    assert!(beside.contains("read back"), "{beside}");
    assert!(server.stop().0.success());
    assert_eq!(list().done(), beside);
}

#[test]
fn a_file_that_was_named_and_is_missing_is_an_error_at_once() {
    let machine = Machine::new();
    machine.init();
    let named = machine.folder.path().join("named.toml");
    let asks = |args: &[&str]| -> Answer { answer(machine.command(&[]).args(args).env("HEC_BACKUPS", &named)) };
    let server =
        Server::serve_by(machine.command(&[&"serve", &"--listen", &"127.0.0.1:0"]).arg("--backups").arg(&named));
    // Another file in the usual place does not stand in for it.
    write_places(&machine.folder.path().join("settings/hec/backups.toml"), &machine.folder.path().join("usb"));
    let missing = format!("{}: No such file", named.display());
    let (state, found) = said(&machine);
    assert_eq!(state, "fail");
    assert!(found.contains(&missing), "{found}");
    asks(&["backup", "list"]).refused(&missing);
    assert!(server.stop().0.success());
    asks(&["backup", "now"]).refused(&missing);
}

#[test]
fn a_record_that_a_server_has_is_not_brought_back_over_and_nobody_types_their_code_in_vain() {
    let machine = Machine::new();
    machine.init();
    let usb = machine.folder.path().join("usb");
    write_places(&machine.folder.path().join("settings/hec/backups.toml"), &usb);
    machine.run(&[&"backup", &"now"]).done();
    let server = machine.serve();
    // Neither a backup is looked for first, nor a code asked for.
    let restores = |from: &dyn AsRef<OsStr>| machine.run(&[&"restore", &"--from", from]);
    restores(&"/nonexistent/folder").refused("another HEC is using this data");
    restores(&"usb").refused("another HEC is using this data");
    assert!(server.stop().0.success());
    restores(&"/nonexistent/folder").refused("there is no folder");
    restores(&"usb").done();
    assert!(machine.data().join("before-restore-1").exists());
}
