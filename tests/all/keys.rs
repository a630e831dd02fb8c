//! Who may open a store: key files, passphrases, recovery codes; the verbs for them, and what a kill may do to them.

pub mod doctor;
mod format;
mod rotation;
mod unlocking;

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Answer, Server, answer, hec};

pub const PASSPHRASE: &str = "kettles, moss and a bicycle";

/// A machine with nothing on it but a folder for data and one for settings.
pub struct Machine {
    pub folder: TempDir,
}

impl Machine {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("settings/hec/hec.key")
    }

    pub fn command(&self, args: &[&dyn AsRef<OsStr>]) -> Command {
        let mut command = hec(args);
        command.env("XDG_CONFIG_HOME", self.folder.path().join("settings")).env("HEC_DATA", self.data());
        command
    }

    pub fn run(&self, args: &[&dyn AsRef<OsStr>]) -> Answer {
        answer(&mut self.command(args))
    }

    /// Runs a verb that reads a passphrase, or a recovery code, from its standard input.
    pub fn says(&self, words: &str, args: &[&dyn AsRef<OsStr>]) -> Answer {
        let file = self.folder.path().join("said");
        fs::write(&file, format!("{words}\n")).unwrap();
        let mut command = self.command(args);
        answer(command.args(["--passphrase-fd", "0"]).stdin(Stdio::from(fs::File::open(file).unwrap())))
    }

    /// Makes a store with a key file; gives its recovery code.
    pub fn init(&self) -> String {
        code_in(&self.run(&[&"init", &"--yes"]).done())
    }

    /// Makes a store with a passphrase; gives its recovery code.
    pub fn init_with_passphrase(&self) -> String {
        code_in(&self.says(PASSPHRASE, &[&"init", &"--unlock", &"passphrase", &"--yes"]).done())
    }

    pub fn serve(&self) -> Server {
        Server::serve_by(&mut self.command(&[&"serve", &"--listen", &"127.0.0.1:0"]))
    }

    fn slots(&self) -> Vec<Value> {
        serde_json::from_str(&self.run(&[&"key", &"list", &"--json"]).done()).unwrap()
    }

    fn kinds(&self) -> Vec<String> {
        self.slots().iter().map(|slot| slot["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// The recovery code among what was printed.
fn code_in(printed: &str) -> String {
    let line = printed.lines().map(str::trim).find(|line| line.len() == 47 && line.matches('-').count() == 7);
    line.unwrap_or_else(|| panic!("no recovery code in {printed}")).to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_store_has_a_key_file_elsewhere_and_a_recovery_code() {
    let machine = Machine::new();
    let code = machine.init();
    assert_eq!(machine.kinds(), ["key file", "recovery code"]);
    assert_eq!((mode(&machine.key_file()), mode(&machine.data())), (0o600, 0o700));
    for name in ["hec.store", "hec.keys", "hec.keys.copy"] {
        assert_eq!(mode(&machine.data().join(name)), 0o600, "{name}");
    }
    assert!(!machine.key_file().starts_with(machine.data()), "whoever copies the data should not copy the key");
    machine.says(&code, &[&"key", &"check", &"--recovery"]).done();
    machine.run(&[&"key", &"check", &"--file"]).done();
    machine.run(&[&"init", &"--yes"]).refused("already");
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let machine = Machine::new();
    machine.run(&[&"init"]).refused("--yes");
    machine.run(&[&"init", &"--unlock", &"passphrase", &"--yes"]).refused("--passphrase-fd");
    machine.says("too short", &[&"init", &"--unlock", &"passphrase", &"--yes"]).refused("at least 15 characters");
    assert!(!machine.data().join("hec.store").exists());
}

#[test]
fn a_key_file_that_is_missing_wrong_open_to_others_or_damaged_is_refused_for_what_it_is() {
    let (machine, stranger) = (Machine::new(), Machine::new());
    machine.init();
    stranger.init();
    let list: [&dyn AsRef<OsStr>; 2] = [&"key", &"list"];
    let kept = fs::read(machine.key_file()).unwrap();
    let fingerprint = |machine: &Machine| {
        let text = fs::read_to_string(machine.key_file()).unwrap();
        text.lines().last().unwrap().split(' ').nth(1).unwrap().to_owned()
    };

    let (ours, theirs) = (fingerprint(&machine), fingerprint(&stranger));
    fs::copy(stranger.key_file(), machine.key_file()).unwrap();
    let wrong = machine.run(&list);
    assert!(wrong.err.contains(&ours) && wrong.err.contains(&theirs), "both fingerprints: {}", wrong.err);
    wrong.refused("the wrong key");

    fs::remove_file(machine.key_file()).unwrap();
    let missing = machine.run(&list);
    assert!(missing.err.contains(machine.key_file().to_str().unwrap()), "{}", missing.err);
    missing.refused("looked for");
    assert!(!machine.key_file().exists(), "a key is never made beside a store");
    answer(machine.command(&list).args(["--key-file", "/nowhere/else.key"])).refused("/nowhere/else.key");

    fs::write(machine.key_file(), &kept).unwrap();
    fs::set_permissions(machine.key_file(), fs::Permissions::from_mode(0o640)).unwrap();
    machine.run(&list).refused("chmod 600");
    fs::set_permissions(machine.key_file(), fs::Permissions::from_mode(0o600)).unwrap();
    machine.run(&list).done();

    let mut damaged = kept.clone();
    *damaged.iter_mut().rev().nth(5).unwrap() ^= 1;
    for (bytes, why) in [(&damaged[..], "damaged"), (b"", "not a key file"), (&[0xff; 64], "not a key file")] {
        fs::write(machine.key_file(), bytes).unwrap();
        machine.run(&list).refused(why);
    }
}

#[test]
fn the_recovery_code_makes_a_new_key_file_for_one_that_was_lost() {
    let machine = Machine::new();
    let code = machine.init();
    fs::remove_file(machine.key_file()).unwrap();
    machine.says(&code.to_lowercase(), &[&"key", &"add", &"--file"]).done();
    machine.run(&[&"key", &"check", &"--file"]).done();
    // The slot of the lost file goes; the store still opens.
    machine.run(&[&"key", &"remove", &"1"]).done();
    assert_eq!(machine.kinds(), ["recovery code", "key file"]);
}

#[test]
fn slots_come_and_go_but_the_last_one_stays() {
    let machine = Machine::new();
    let code = machine.init();
    machine.says(PASSPHRASE, &[&"key", &"add", &"--passphrase"]).done();
    let second = code_in(&machine.run(&[&"key", &"add", &"--recovery"]).done());
    assert_eq!(machine.kinds(), ["key file", "recovery code", "passphrase", "recovery code"]);
    for words in [&code, &second] {
        machine.says(words, &[&"key", &"check", &"--recovery"]).done();
    }
    machine.says(PASSPHRASE, &[&"key", &"check", &"--passphrase"]).done();
    machine.says("kettles, moss and a tricycle", &[&"key", &"check", &"--passphrase"]).refused("wrong passphrase");
    machine.says("7K3QX", &[&"key", &"check", &"--recovery"]).refused("40 letters and digits");
    machine.run(&[&"key", &"add", &"--file"]).refused("already");
    assert_eq!(machine.run(&[&"key", &"add"]).code, 2, "which one is a matter of usage");

    for slot in ["2", "3", "4"] {
        machine.run(&[&"key", &"remove", &slot]).done();
    }
    machine.run(&[&"key", &"remove", &"1"]).refused("the last one");
    machine.run(&[&"key", &"remove", &"9"]).refused("no key slot 9");
    machine
        .says(&code, &[&"key", &"check", &"--recovery"])
        .refused("no recovery code opens this store, but a key file does");
    machine.run(&[&"key", &"add", &"--recovery"]).done();
    assert_eq!(machine.slots().last().unwrap()["slot"], 5, "a number is never used again");
}

#[test]
fn the_verbs_do_the_same_beside_a_running_server() {
    let machine = Machine::new();
    let code = machine.init();
    let alone = machine.run(&[&"key", &"list"]).done();
    let server = machine.serve();
    assert_eq!(machine.run(&[&"key", &"list"]).done(), alone);
    machine.says(&code, &[&"key", &"check", &"--recovery"]).done();
    machine.run(&[&"key", &"add", &"--recovery"]).done();
    machine.run(&[&"key", &"remove", &"2"]).done();
    machine.says(&code, &[&"key", &"check", &"--recovery"]).refused("wrong recovery code");
    machine.run(&[&"key", &"remove", &"7"]).refused("no key slot 7");
    let beside = machine.run(&[&"key", &"list"]).done();
    assert!(server.stop().0.success());
    assert_eq!(machine.run(&[&"key", &"list"]).done(), beside);
}

#[test]
fn one_copy_of_the_slots_is_enough_and_mends_the_other() {
    let machine = Machine::new();
    machine.init();
    let copies = ["hec.keys", "hec.keys.copy"].map(|name| machine.data().join(name));
    let good = fs::read(&copies[0]).unwrap();
    for (number, copy) in copies.iter().enumerate() {
        for damage in [None, Some(&b""[..]), Some(b"HECkeys\x1a rubbish"), Some(&good[..good.len() - 1])] {
            match damage {
                None => fs::remove_file(copy).unwrap(),
                Some(bytes) => fs::write(copy, bytes).unwrap(),
            }
            machine.run(&[&"key", &"list"]).done();
            assert_eq!(fs::read(copy).unwrap(), fs::read(&copies[1 - number]).unwrap(), "mended");
        }
    }
    copies.iter().for_each(|copy| fs::write(copy, b"rubbish").unwrap());
    machine.run(&[&"key", &"list"]).refused("damaged");
    copies.iter().for_each(|copy| fs::remove_file(copy).unwrap());
    machine.run(&[&"key", &"list"]).refused("hec.keys.copy");
    machine.run(&[&"init", &"--yes"]).refused("already");
}

#[test]
fn a_flipped_bit_in_what_lies_in_clear_locks_nobody_out() {
    let machine = Machine::new();
    machine.init();
    let store = machine.data().join("hec.store");
    let good = fs::read(&store).unwrap();
    // Magic, version, cipher, file id, key id, fingerprint: in either copy.
    for at in [0, 8, 10, 20, 40, 60].into_iter().flat_map(|at| [at, 4096 + at]) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&store, &bad).unwrap();
        machine.run(&[&"key", &"list"]).done();
    }
}

#[test]
fn a_rotation_keeps_the_passphrase_and_never_the_old_code() {
    let machine = Machine::new();
    let code = machine.init_with_passphrase();
    machine.says(&code, &[&"key", &"rotate", &"--yes"]).refused("say the passphrase");
    let new = code_in(&machine.says(PASSPHRASE, &[&"key", &"rotate", &"--yes"]).done());
    machine.says(PASSPHRASE, &[&"key", &"check", &"--passphrase"]).done();
    machine.says(&code, &[&"key", &"check", &"--recovery"]).refused("wrong recovery code");
    let newer = code_in(&machine.says(&new, &[&"key", &"rotate", &"--yes", &"--without-passphrase"]).done());
    machine.says(&newer, &[&"key", &"check", &"--recovery"]).done();
    machine.says(PASSPHRASE, &[&"key", &"check", &"--passphrase"]).refused("no passphrase opens this store, but a ");
}

#[test]
fn nothing_is_made_in_the_place_of_a_store_that_is_away() {
    let machine = Machine::new();
    machine.init();
    // The disk is not mounted: its folder is empty, the key file is where it was.
    fs::remove_dir_all(machine.data()).unwrap();
    fs::create_dir(machine.data()).unwrap();
    let serve: [&dyn AsRef<OsStr>; 3] = [&"serve", &"--listen", &"127.0.0.1:0"];
    answer(&mut machine.command(&serve)).refused("mounted");
    assert_eq!(fs::read_dir(machine.data()).unwrap().count(), 0);
    machine.run(&[&"init", &"--yes"]).done();
}

#[test]
fn a_variable_that_is_empty_counts_as_not_said() {
    let machine = Machine::new();
    machine.init();
    fs::set_permissions(machine.key_file(), fs::Permissions::from_mode(0o644)).unwrap();
    answer(machine.command(&[&"key", &"list"]).env("CREDENTIALS_DIRECTORY", "")).refused("chmod 600");
    fs::set_permissions(machine.key_file(), fs::Permissions::from_mode(0o600)).unwrap();
    let mut elsewhere = machine.command(&[&"key", &"list"]);
    let home = machine.folder.path().join("home");
    elsewhere.env("XDG_CONFIG_HOME", "").env("HOME", &home).current_dir(machine.folder.path());
    answer(&mut elsewhere).refused(home.to_str().unwrap());
}

#[test]
fn a_start_that_was_told_to_wait_for_a_passphrase_waits() {
    let machine = Machine::new();
    machine.init();
    machine.says(PASSPHRASE, &[&"key", &"add", &"--passphrase"]).done();
    let mut serve = machine.command(&[&"serve", &"--listen", &"127.0.0.1:0"]);
    let server = Server::serve_by(serve.env("HEC_UNLOCK", "passphrase"));
    machine.run(&[&"key", &"list"]).refused("locked");
    let (_, _, logged) = server.stop_and_tell();
    assert!(logged.contains("a key file opens this store as well"), "{logged}");
}

#[test]
fn slots_of_another_store_and_a_store_without_its_slots_are_told_apart() {
    let (machine, stranger) = (Machine::new(), Machine::new());
    machine.init();
    stranger.init();
    for name in ["hec.keys", "hec.keys.copy"] {
        fs::copy(stranger.data().join(name), machine.data().join(name)).unwrap();
    }
    machine.run(&[&"key", &"list"]).refused("belong to another store");
    // Slots without a store may be all that opens a backup: nothing is made beside them.
    fs::remove_file(machine.data().join("hec.store")).unwrap();
    machine.run(&[&"init", &"--yes"]).refused("key slots");
    answer(&mut machine.command(&[&"serve", &"--listen", &"127.0.0.1:0"])).refused("key slots");
}
