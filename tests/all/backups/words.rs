//! What is said where a record can't be brought back, or a backup can't be made: in words that somebody can act on.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use hec::backup::{Destination, destinations::To, restore};

use super::{Bench, objects};
use crate::process::{Answer, answer, hec};

impl Bench {
    /// What is said where the backup of this name, or the newest, is looked for.
    fn missed(&self, at: &Path, name: Option<&str>) -> String {
        let to = To::Disk(at.to_owned());
        let place = self.place(&Destination { name: "folder".to_owned(), to, append_only: true });
        restore::find(&place, name).unwrap_err().to_string()
    }
}

#[test]
fn a_folder_that_is_one_too_high_or_too_low_is_told_the_right_one() {
    let bench = Bench::new(1, 5);
    let mount = bench.path("mnt");
    fs::create_dir(&mount).unwrap();
    let hec = mount.join("hec");
    let round = bench.backs_up(&Destination { name: "usb".to_owned(), to: To::Disk(hec.clone()), append_only: false });
    for wrong in [mount.clone(), hec.join("backups"), hec.join("backups").join(&round.name)] {
        let words = format!(
            "folder: there is no backup in {}; one lies in {hec}: --from {hec}",
            wrong.display(),
            hec = hec.display()
        );
        assert_eq!(bench.missed(&wrong, None), words);
        assert_eq!(bench.missed(&wrong, Some(&round.name)), words);
    }
    let other = bench.path("other");
    fs::create_dir(&other).unwrap();
    let words = format!("folder: there is no backup in {}. Is that the right folder", other.display());
    assert!(bench.missed(&other, None).starts_with(&words));
    // A name that none has, and those that there are.
    let words = format!("there is no backup of-yesterday in {}; there are {}", hec.display(), round.name);
    assert_eq!(bench.missed(&hec, Some("of-yesterday")), format!("folder: {words}"));
    // The only one can't be read.
    fs::write(hec.join("backups").join(&round.name).join("head"), b"nothing").unwrap();
    assert_eq!(bench.missed(&hec, None), format!("folder: {}: the head of a backup is damaged", round.name));
}

#[test]
fn a_damaged_piece_is_told_with_what_else_can_be_tried() {
    let bench = Bench::new(1, 20);
    let (usb, back) = (bench.disk("usb"), bench.path("back"));
    let first = bench.backs_up(&usb);
    let (photo, bytes) = objects(&bench.path("usb/blobs")).pop().unwrap();
    let whole = fs::read(&photo).unwrap();
    fs::write(&photo, vec![7; bytes as usize]).unwrap();
    let why = bench.restores(&usb, &back).unwrap_err().to_string();
    let nothing = "is not what was written. Nothing here was changed: ";
    assert!(why.contains(&format!("{nothing}no older one lies there; try another place")), "{why}");
    fs::write(&photo, &whole).unwrap();
    let second = bench.backs_up(&usb);
    fs::write(&photo, vec![7; bytes as usize]).unwrap();
    let why = bench.restores(&usb, &back).unwrap_err().to_string();
    let older = format!("try an older one with --backup ({}), or another place", first.name);
    assert!(why.ends_with(&format!("{nothing}{older}")), "{why}");
    assert!(!back.join("hec.store").exists());
    // To read one back changes nothing anyway.
    let why = bench.verifies(&usb).unwrap_err().to_string();
    assert!(why.ends_with("is not what was written"), "{why}");
    fs::write(&photo, &whole).unwrap();
    let list = bench.path("usb/backups").join(&second.name).join("list");
    fs::remove_file(list).unwrap();
    let why = bench.restores(&usb, &back).unwrap_err().to_string();
    assert!(why.ends_with(&format!("list is missing. Nothing here was changed: {older}")), "{why}");
}

/// A copy of the bench's store, which this process does not hold, with a file of destinations.
struct Copy {
    bench: Bench,
    data: PathBuf,
    file: PathBuf,
    said: PathBuf,
}

impl Copy {
    fn new(destinations: impl Fn(&Bench) -> String) -> Self {
        let bench = Bench::new(1, 20);
        bench.store.db.close();
        let (data, file, said) = (bench.path("copy"), bench.path("backups.toml"), bench.path("said"));
        assert!(Command::new("cp").arg("-a").arg(bench.path("data")).arg(&data).status().unwrap().success());
        for (path, text) in [(&file, destinations(&bench)), (&said, bench.code.expose().to_string())] {
            fs::write(path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self { bench, data, file, said }
    }

    fn asked(&self, args: &[&str]) -> Answer {
        let mut command = hec(&[&"--environment", &"development", &"--data", &self.data, &"--backups", &self.file]);
        command.args(["--passphrase-fd", "0", "backup"]).args(args).stdin(fs::File::open(&self.said).unwrap());
        answer(&mut command)
    }
}

/// The sizes that are told "in all".
fn sizes(said: &str) -> Vec<String> {
    let before = |(at, _): (usize, &str)| said[..at].rsplit([':', ' ']).take(2).collect::<Vec<_>>().join(" ");
    said.match_indices(" in all").map(before).collect()
}

#[test]
fn the_same_backup_has_the_same_size_whoever_tells_it() {
    let copy = Copy::new(|bench| format!("[[destination]]\nname = \"usb\"\nto = {:?}\n", bench.path("usb")));
    let made = copy.asked(&["now"]).done();
    let listed = copy.asked(&["list"]).done();
    assert_eq!(sizes(&made).len(), 1, "{made}");
    assert_eq!(sizes(&made), sizes(&listed), "{made}\n{listed}");
    // Another record at the same place knows nothing of it, and tells the same.
    let json =
        |copy: &Copy| -> serde_json::Value { serde_json::from_str(&copy.asked(&["list", "--json"]).done()).unwrap() };
    let known = json(&copy)[0]["bytes"].as_u64().unwrap();
    let other = Copy { file: copy.file.clone(), ..Copy::new(|_| String::new()) };
    assert_eq!(json(&other)[0]["bytes"].as_u64(), Some(known));
    assert_eq!(sizes(&other.asked(&["list"]).done()), sizes(&made));
    let stored: u64 = objects(&copy.bench.path("usb/blobs")).iter().map(|(_, bytes)| bytes).sum();
    assert!(stored > 0 && known > stored);
}

#[test]
fn a_destination_is_named_once_and_one_that_fails_stops_no_other() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let copy = Copy::new(|bench| {
        format!(
            "[[destination]]\nname = \"nas\"\nto = \"http://127.0.0.1:{port}/dav\"\n[[destination]]\nname = \"usb\"\n\
             to = {:?}\n",
            bench.path("usb")
        )
    });
    let nobody = format!("nobody answers at 127.0.0.1:{port}");
    for (args, begins, other) in [
        (["now"], "FAILED. ", "was read back"),
        (["list"], "", "read back"),
        (["verify"], "NOT GOOD. ", "is good"),
        (["prune"], "FAILED. ", "0 backups removed"),
    ] {
        let answer = copy.asked(&args);
        assert!(answer.out.contains(&format!("nas: {begins}{nobody}")), "{args:?}: {}", answer.out);
        assert!(answer.out.contains("usb: ") && answer.out.contains(other), "{args:?}: {}", answer.out);
        assert_eq!(answer.out.matches("nas: ").count(), 1, "{}", answer.out);
    }
}
