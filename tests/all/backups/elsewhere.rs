//! The other places are real: rclone serves S3 and WebDAV. And the real binary, killed.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use hec::{
    backup::{Destination, Destinations, destinations::To, restore, round},
    store,
};

use super::{Bench, held, objects, quiet};
use crate::process::hec;

/// Another program's server; it ends when this is dropped.
pub struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub fn rclone(what: &str, more: &[&str], folder: &Path) -> (Server, u16) {
    let port = free_port();
    fs::create_dir_all(folder).unwrap();
    let mut command = Command::new(std::env::var_os("HEC_RCLONE").expect("HEC_RCLONE"));
    command.args(["serve", what, "--addr", &format!("127.0.0.1:{port}")]).args(more).arg(folder);
    command.env("RCLONE_CONFIG", "/dev/null");
    (listening(command, port), port)
}

/// What passes everything on to a server but requests to remove.
pub(super) fn without_delete(server: u16, folder: &Path) -> (Server, u16) {
    let (port, file) = (free_port(), folder.join("Caddyfile"));
    let text = format!(
        "{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n bind 127.0.0.1\n @remove method DELETE\n \
         respond @remove 403\n reverse_proxy 127.0.0.1:{server}\n}}\n"
    );
    fs::write(&file, text).unwrap();
    let mut command = Command::new(std::env::var_os("HEC_CADDY").expect("HEC_CADDY"));
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    for home in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(home, folder);
    }
    (listening(command, port), port)
}

/// Free a moment ago; nobody else asks for it meanwhile.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listening(mut command: Command, port: u16) -> Server {
    let server = Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    server
}

fn s3(port: u16) -> Destination {
    let to = To::S3 {
        bucket: "bucket".to_owned(),
        prefix: "hec/of ours".to_owned(),
        endpoint: format!("http://127.0.0.1:{port}"),
        region: "us-east-1".to_owned(),
        access_key_id: "HECACCESSKEY".to_owned(),
        secret_access_key: "hecsecretkey".into(),
        root: None,
    };
    Destination { name: "cloud".to_owned(), to, append_only: false }
}

fn webdav(port: u16, password: &str) -> Destination {
    let to = To::WebDav {
        url: format!("http://127.0.0.1:{port}/hec"),
        user: "user".to_owned(),
        password: password.to_owned().into(),
        root: None,
    };
    Destination { name: "nas".to_owned(), to, append_only: false }
}

fn reasons(bench: &Bench, all: &Destinations) -> Vec<Option<String>> {
    let of = |name: &str| bench.store.db.read(|tx| hec::backup::ledger::rounds(tx, name)).unwrap();
    all.all.iter().map(|one| of(&one.name).first().and_then(|round| round.why.clone())).collect()
}

#[test]
fn a_disk_s3_and_webdav_get_the_same_and_one_that_fails_stops_no_other() {
    let bench = Bench::new(1, 60);
    let (buckets, shares) = (bench.path("s3"), bench.path("dav"));
    fs::create_dir_all(buckets.join("bucket")).unwrap();
    fs::create_dir_all(shares.join("hec")).unwrap();
    let (cloud, s3_port) = rclone("s3", &["--auth-key", "HECACCESSKEY,hecsecretkey"], &buckets);
    let (_nas, dav_port) = rclone("webdav", &["--user", "user", "--pass", "pass"], &shares);
    let all = Destinations {
        every: Duration::from_hours(24),
        all: vec![bench.disk("usb"), s3(s3_port), webdav(dav_port, "pass")],
        ..Destinations::default()
    };
    assert_eq!(bench.keeper().due(&all).unwrap(), 0, "{:?}", reasons(&bench, &all));
    let now = held(&bench.store);
    for destination in &all.all {
        let back = bench.path(&format!("back-{}", destination.name));
        let restored = bench.restores(destination, &back).unwrap();
        assert!(restored.blobs >= 6);
        assert_eq!(bench.holds(&back), now, "{}", destination.name);
        bench.verifies(destination).unwrap();
    }
    assert_eq!(bench.keeper().due(&all).unwrap(), 0, "nothing is due");
    assert_eq!(objects(&bench.path("usb")).iter().filter(|(path, _)| path.ends_with("head")).count(), 1);

    // One goes away in the middle of a backup, one has another password.
    bench.store.db.write_blocking(|tx| crate::support::join(tx, "newcomer")).unwrap();
    let mut cloud = Some(cloud);
    let mut progress: store::Progress = Box::new(move |_, _| drop(cloud.take()));
    let failed = bench.keeper().back_up(&all.all[1], &all, &mut progress).unwrap();
    assert!(failed.why.is_some() && failed.proven.is_none() && !failed.damaged, "{failed:?}");
    let wrong = bench.keeper().back_up(&webdav(dav_port, "another"), &all, &mut quiet()).unwrap();
    let why = wrong.why.unwrap();
    assert!(why.starts_with("nas: ") && !why.contains("another"), "{why}");
    for destination in [&all.all[0], &all.all[2]] {
        assert_eq!(bench.backs_up(destination).why, None);
    }
    let rounds = bench.store.db.read(|tx| hec::backup::ledger::rounds(tx, "cloud")).unwrap();
    assert!(round::is_due(&rounds, Duration::from_secs(1), bench.store.db.clock().now().plus(Duration::from_hours(2))));
}

#[test]
fn what_a_place_answers_is_told_with_what_to_do() {
    let bench = Bench::new(1, 10);
    let (buckets, shares) = (bench.path("s3"), bench.path("dav"));
    fs::create_dir_all(buckets.join("bucket")).unwrap();
    fs::create_dir_all(&shares).unwrap();
    let (_cloud, s3_port) = rclone("s3", &["--auth-key", "HECACCESSKEY,hecsecretkey"], &buckets);
    let (_nas, dav_port) = rclone("webdav", &["--user", "user", "--pass", "pass"], &shares);
    fs::create_dir(shares.join("hec")).unwrap();
    for (destination, address) in [
        (s3(s3_port), format!("bucket/hec/of ours at http://127.0.0.1:{s3_port}")),
        (webdav(dav_port, "pass"), format!("http://127.0.0.1:{dav_port}/hec")),
    ] {
        let words = format!("{}: there is no backup in {address}", destination.name);
        assert_eq!(restore::find(&bench.place(&destination), None).unwrap_err().to_string(), words);
        assert_eq!(bench.verifies(&destination).unwrap_err().to_string(), words);
    }
    let mut other_key = s3(s3_port);
    let mut no_bucket = s3(s3_port);
    if let (To::S3 { access_key_id, .. }, To::S3 { bucket, .. }) = (&mut other_key.to, &mut no_bucket.to) {
        "HECOTHERKEY".clone_into(access_key_id);
        "elsewhere".clone_into(bucket);
    }
    for (place, begins) in [
        (webdav(dav_port, "another"), "nas: user or password is refused (401 "),
        (other_key, "cloud: the access_key_id is unknown there (403 Forbidden: InvalidAccessKeyId"),
        (no_bucket, "cloud: there is no such bucket: make it, or mend its name (404 Not Found: NoSuchBucket"),
    ] {
        let why = bench.backs_up(&place).why.unwrap();
        assert!(why.starts_with(begins) && !why.contains('<'), "{why}");
        assert!(!why.contains("hecsecretkey") && !why.contains("another"), "{why}");
    }
}

#[test]
fn a_killed_backup_or_restore_leaves_a_store_that_is_whole() {
    let kills: u64 = std::env::var("HEC_BACKUP_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let bench = Bench::new(1, 30);
    let (usb, data, back) = (bench.disk("usb"), bench.path("copy"), bench.path("back"));
    assert_eq!(bench.backs_up(&usb).why, None);
    bench.restores(&usb, &back).unwrap();
    let old = bench.holds(&back);
    bench.store.db.close();
    // This process still holds the folder.
    assert!(Command::new("cp").arg("-a").arg(bench.path("data")).arg(&data).status().unwrap().success());
    let (file, said) = (bench.path("backups.toml"), bench.path("said"));
    fs::write(&file, format!("[[destination]]\nname = \"usb\"\nto = {:?}\n", bench.path("usb"))).unwrap();
    fs::write(&said, &*bench.code.expose()).unwrap();
    fs::set_permissions(&said, fs::Permissions::from_mode(0o600)).unwrap();
    let verb = |folder: &Path, args: &[&str]| {
        let mut command = hec(&[&"--environment", &"development", &"--data", &folder, &"--backups", &file]);
        command.args(["--passphrase-fd", "0"]).args(args).stdin(fs::File::open(&said).unwrap());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    for (folder, args) in [(&data, ["backup", "now", "--to", "usb"]), (&back, ["restore", "--from", "usb", "--"])] {
        let args: Vec<&str> = args.into_iter().filter(|arg| *arg != "--").collect();
        let began = std::time::Instant::now();
        assert!(verb(folder, &args).status().unwrap().success());
        let whole = began.elapsed();
        for kill in 0..kills {
            let mut child = verb(folder, &args).spawn().unwrap();
            let until = std::time::Instant::now() + whole * kill as u32 / kills as u32;
            while std::time::Instant::now() < until && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            drop(child.kill());
            child.wait().unwrap();
            let found = bench.holds(folder);
            assert!(found == old, "kill {kill} of {args:?}");
        }
    }
    let listed = verb(&back, &["backup", "verify"]).stdout(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.status.success() && said.contains("is good"), "{said}");
}
