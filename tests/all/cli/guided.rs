//! `hec restore` as somebody meets it who has a new machine, the sheet, and a backup somewhere.

use std::{fs, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use super::terminal::Terminal;
use crate::{
    backups::elsewhere::{Server, rclone},
    keys::Machine,
};

/// A machine with a record, and its recovery code; a backup lies where the file of destinations says.
fn backed_up(destination: &str) -> (Machine, String) {
    let machine = Machine::new();
    let code = machine.init();
    let file = machine.folder.path().join("backups.toml");
    fs::write(&file, format!("[[destination]]\n{destination}")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    machine.run(&[&"backup", &"now", &"--backups", &file]).done();
    (machine, code)
}

/// A NAS that serves a backup by WebDAV, as long as this lives, and what opens the backup.
struct Nas {
    address: String,
    code: String,
    _server: Server,
    _served: TempDir,
}

fn nas() -> Nas {
    let served = tempfile::tempdir().unwrap();
    fs::create_dir(served.path().join("hec")).unwrap();
    let (server, port) = rclone("webdav", &["--user", "olive", "--pass", "of the nas"], served.path());
    let address = format!("http://127.0.0.1:{port}/hec");
    let place = format!("name = \"nas\"\nto = \"{address}\"\nuser = \"olive\"\npassword = \"of the nas\"");
    let (_, code) = backed_up(&place);
    Nas { address, code, _server: server, _served: served }
}

/// Chooses what is listed with these words.
#[track_caller]
fn chooses(terminal: &mut Terminal, words: &str) {
    terminal.reads("Where does the backup lie?");
    let listed = terminal.reads("stop here").replace('\r', "");
    let line = listed.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words} in {listed}"));
    let number = line.split_whitespace().next().unwrap().to_owned();
    terminal.reads(" to ");
    terminal.types(&number);
}

/// How many backups there are; each was read back.
fn proven(machine: &Machine) -> usize {
    let listed = machine.run(&[&"backup", &"list", &"--json"]).done();
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    assert!(listed.iter().all(|backup| !backup["proven"].is_null()), "{listed:?}");
    listed.len()
}

#[test]
fn a_folder_that_is_typed_one_too_high_is_enough_and_a_slip_in_the_code_is_told() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("their disk/hec");
    fs::create_dir_all(&folder).unwrap();
    let (_old, code) = backed_up(&format!("name = \"usb\"\nto = \"{}\"", folder.display()));

    let new = Machine::new();
    let mut terminal = Terminal::run(new.folder.path(), "restore");
    chooses(&mut terminal, "in another folder");
    terminal.reads("The folder");
    terminal.types(&place.path().display().to_string());
    terminal.reads("Recovery code");
    let wrong = if code.starts_with('7') { '8' } else { '7' };
    terminal.types(&format!("{wrong}{}", &code[1..]));
    terminal.reads("slip in group 1");
    terminal.types(&code[..code.len() - 1]);
    terminal.reads("this has 39");
    terminal.types(&code.to_lowercase().replace('-', " "));
    let end = terminal.ends();
    assert!(end.contains("The record is back") && end.contains("Start the server: hec serve"), "{end}");
    // It opens by itself from now on.
    new.run(&[&"key", &"list"]).done();
    let looked = new.run(&[&"doctor"]).out;
    assert!(looked.contains("the recovery code was last tried on"), "{looked}");
}

#[test]
fn a_nas_is_asked_for_until_it_answers_and_backups_go_on_there() {
    let Nas { address, code, .. } = &nas();

    let new = Machine::new();
    // Where the command is run there is a folder with that name.
    fs::create_dir(new.folder.path().join("nas")).unwrap();
    let file = new.folder.path().join("settings/hec/backups.toml");
    let mut terminal = Terminal::run(new.folder.path(), "restore");
    chooses(&mut terminal, "WebDAV");
    for (question, typed) in [
        ("address", "nas.local/hec"),
        ("It must begin with https://", address),
        ("User", "olive"),
        ("Password", "another"),
        ("certificate", ""),
    ] {
        terminal.reads(question);
        terminal.types(typed);
    }
    terminal.reads("user or password is refused");
    assert!(!file.exists(), "what does not answer is not kept");
    chooses(&mut terminal, "WebDAV");
    for (question, typed) in [("address", ""), ("User", ""), ("Password", "of the nas"), ("certificate", "")] {
        terminal.reads(question);
        terminal.types(typed);
    }
    terminal.reads("Recovery code");
    terminal.types(code);
    let end = terminal.ends();
    assert!(end.contains("The record is back") && end.contains("Backups go on there"), "{end}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(proven(&new), 1);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2, "the key file, and this one");
    new.run(&[&"backup", &"now"]).done();
    assert_eq!(proven(&new), 2);
}

#[test]
fn whoever_stops_leaves_nothing_behind() {
    let Nas { address, .. } = &nas();
    let new = Machine::new();
    let settings = new.folder.path().join("settings/hec");

    let mut terminal = Terminal::run(new.folder.path(), "restore");
    chooses(&mut terminal, "WebDAV");
    for (question, typed) in [("address", "https://192.168.1.10/hec"), ("User", "olive")] {
        terminal.reads(question);
        terminal.types(typed);
    }
    terminal.reads("Password");
    let end = terminal.interrupts();
    assert!(end.contains("hec: stopped"), "{end}");

    // Where the other process asks, in the clear and hidden.
    for hidden in [false, true] {
        let mut terminal = Terminal::run(new.folder.path(), "restore");
        chooses(&mut terminal, "WebDAV");
        for (question, typed) in
            [("address", address.as_str()), ("User", "olive"), ("Password", "of the nas"), ("certificate", "")]
        {
            terminal.reads(question);
            terminal.types(typed);
        }
        terminal.reads("Recovery code");
        assert!(settings.join("backups.toml.tried").exists());
        if hidden {
            terminal.types("");
            terminal.reads("Passphrase (");
        }
        let end = terminal.interrupts();
        assert!(!end.contains("The record is back") && !end.contains("Where does"), "{end}");
    }
    assert!(!new.data().join("hec.store").exists() && !settings.join("backups.toml.tried").exists());
}

#[test]
fn a_place_is_added_to_the_file_that_is_there() {
    let Nas { address, code, .. } = &nas();
    let new = Machine::new();
    let (settings, usb) = (new.folder.path().join("settings/hec"), new.folder.path().join("usb"));
    fs::create_dir_all(&settings).unwrap();
    fs::create_dir(&usb).unwrap();
    let file = settings.join("backups.toml");
    fs::write(&file, format!("[[destination]]\nname = \"nas\"\nto = \"{}\"", usb.display())).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

    let mut terminal = Terminal::run(new.folder.path(), "restore");
    // The one that has no backup says so, and asks on.
    chooses(&mut terminal, "nas, as");
    terminal.reads("there is no backup");
    chooses(&mut terminal, "WebDAV");
    for (question, typed) in
        [("address", address.as_str()), ("User", "olive"), ("Password", "of the nas"), ("certificate", "")]
    {
        terminal.reads(question);
        terminal.types(typed);
    }
    terminal.reads("Recovery code");
    terminal.types(code);
    assert!(terminal.ends().contains("under the name nas-2"));
    let listed = new.run(&[&"backup", &"list"]).done();
    assert!(listed.contains("nas-2: ") && listed.contains("nas: no backup yet"), "{listed}");
}

#[test]
fn a_record_that_stands_here_is_put_aside_only_where_somebody_says_yes_and_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let (_old, code) = backed_up(&format!("name = \"usb\"\nto = \"{}\"", place.path().display()));
    let new = Machine::new();
    new.init();
    let olive: [&dyn AsRef<std::ffi::OsStr>; 8] =
        [&"account", &"create", &"olive@example.org", &"--name", &"Olive", &"--family", &"The Greens", &"--adult"];
    new.says("kettles, moss and a tricycle", &[&olive[..], &[&"--password-fd", &"0"]].concat()).done();
    let accounts = || new.run(&[&"account", &"list"]).done();
    let from = format!("restore --from '{}'", place.path().display());

    let mut terminal = Terminal::run(new.folder.path(), &from);
    terminal.reads("Type yes to go on");
    terminal.types("no");
    let end = terminal.fails();
    assert!(end.contains("nothing was changed") && accounts().contains("olive@"), "{end}");

    let mut terminal = Terminal::run(new.folder.path(), &from);
    terminal.reads("Type yes to go on");
    terminal.types("yes");
    terminal.reads("Recovery code");
    terminal.types(&code);
    let end = terminal.ends();
    let aside = new.data().join("before-restore-1");
    assert!(end.contains(&format!("hec restore --from {}", aside.display())), "{end}");
    assert!(!accounts().contains("olive@"));
    new.run(&[&"restore", &"--from", &aside]).done();
    assert!(accounts().contains("olive@"), "it is back");
}

#[test]
fn where_nobody_can_answer_it_says_what_to_say() {
    let machine = Machine::new();
    machine.run(&[&"restore"]).refused("--from FOLDER or NAME");
}
