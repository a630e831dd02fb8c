//! `hec doctor` beside a server that others reach.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    keys::doctor::state,
    process::{Answer, Server, answer, hec, seed},
};

/// A certificate for these names, and its key.
fn certify(folder: &Path, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(folder.join("chain.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("key.pem"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn with_tls<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command
        .env("HEC_ENVIRONMENT", "development")
        .env("HEC_TLS", "files")
        .env("HEC_NAMES", "house.test")
        .env("HEC_CERTIFICATE", folder.join("chain.pem"))
        .env("HEC_PRIVATE_KEY", folder.join("key.pem"))
        .env("HEC_DATA", folder.join("data"))
}

fn doctor(folder: &Path) -> (i32, Value) {
    let Answer { code, out, err } = answer(with_tls(&mut hec(&[&"doctor", &"--json"]), folder));
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

fn found<'a>(all: &'a Value, name: &str) -> &'a str {
    all["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()["found"].as_str().unwrap()
}

#[test]
fn a_certificate_for_another_name_is_found_in_the_file_and_in_a_handshake() {
    let folder = tempfile::tempdir().unwrap();
    seed(&folder.path().join("data"), 1, 1);
    certify(folder.path(), &["other.test"]);
    let (code, alone) = doctor(folder.path());
    assert_eq!((code, state(&alone, "certificate")), (1, "fail"), "{alone}");
    let serve = || Server::serve_by(with_tls(&mut hec(&[&"serve", &"--listen", &"127.0.0.1:0"]), folder.path()));
    let server = serve();
    let (code, wrong) = doctor(folder.path());
    assert_eq!((code, state(&wrong, "certificate"), state(&wrong, "reach")), (1, "fail", "fail"), "{wrong}");
    assert!(found(&wrong, "reach").contains("other.test"), "{wrong}");
    assert!(server.stop().0.success());

    certify(folder.path(), &["house.test"]);
    let server = serve();
    let (code, right) = doctor(folder.path());
    let states = ["certificate", "reach", "names", "listen"].map(|name| state(&right, name));
    assert_eq!((code, states), (0, ["ok"; 4]), "{right}");
    assert!(found(&right, "names").contains("not looked up"), "no name server is asked for a name of the home");
    assert!(server.stop().0.success());
}

#[test]
fn a_key_that_others_may_read_is_found() {
    let folder = tempfile::tempdir().unwrap();
    seed(&folder.path().join("data"), 1, 1);
    certify(folder.path(), &["house.test"]);
    assert_eq!(state(&doctor(folder.path()).1, "modes"), "ok");
    for (mode, expected) in [(0o640, "ok"), (0o660, "fail"), (0o604, "fail")] {
        let key = folder.path().join("key.pem");
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let all = doctor(folder.path()).1;
        assert_eq!(state(&all, "modes"), expected, "{mode:o}");
        assert!(expected == "ok" || found(&all, "modes").contains("key.pem"), "{all}");
    }
}

#[test]
fn the_support_bundle_is_the_same_alone_and_beside_a_server_and_names_no_house() {
    let folder = tempfile::tempdir().unwrap();
    seed(&folder.path().join("data"), 2, 1);
    certify(folder.path(), &["house.test"]);
    let bundle = |out: Option<&Path>| -> Value {
        let mut command = hec(&[&"support"]);
        if let Some(out) = out {
            command.arg("--out").arg(out);
        }
        let said = answer(with_tls(&mut command, folder.path())).done();
        let text = out.map_or(said, |out| fs::read_to_string(out).unwrap());
        assert!(!text.contains("house.test"), "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let alone = bundle(None);
    let server = Server::serve_by(with_tls(&mut hec(&[&"serve", &"--listen", &"127.0.0.1:0"]), folder.path()));
    let out = folder.path().join("help.json");
    let beside = bundle(Some(&out));
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&out).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    answer(with_tls(hec(&[&"support", &"--out"]).arg(&out), folder.path())).refused("--out");
    for key in ["counts", "version", "built"] {
        assert_eq!(alone[key], beside[key], "{key}");
    }
    assert_eq!(alone["counts"]["families"], 2);
    assert!(alone["open_since"].is_null() && beside["open_since"].is_string());
    assert_eq!(state(&beside, "reach"), "ok", "{beside}");
    assert!(found(&beside, "certificate").contains("name-1"), "{beside}");
    assert!(server.stop().0.success());
}
