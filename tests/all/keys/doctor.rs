//! `hec doctor`: well when all is well, and each kind of harm found and named.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;

use crate::process::{Answer, Server, answer, hec, seed};

pub fn doctor(data: &Path, deep: bool) -> (i32, Value) {
    let mut command = hec(&[&"doctor", &"--json", &"--data", &data]);
    if deep {
        command.arg("--deep");
    }
    let Answer { code, out, err } = answer(command.env("HEC_ENVIRONMENT", "development"));
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

pub fn state<'a>(found: &'a Value, name: &str) -> &'a str {
    let checks = found["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {found}"))["state"]
        .as_str()
        .unwrap()
}

#[tokio::test]
async fn a_store_that_is_well_is_well_alone_and_beside_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(&[&"--data", &folder.path()]);
    let (code, beside) = doctor(folder.path(), true);
    assert_eq!((code, &beside["well"]), (0, &Value::Bool(true)), "{beside}");
    assert_eq!(state(&beside, "keys"), "warn", "a demo has no recovery code");
    for name in [
        "store",
        "disk",
        "write",
        "modes",
        "clock",
        "build",
        "certificate",
        "names",
        "listen",
        "reach",
        "proxies",
        "passkeys",
        "upgrade",
        "recovery",
        "left",
        "blocks",
        "tree",
        "pictures",
    ] {
        assert_eq!(state(&beside, name), "ok", "{name}: {beside}");
    }
    assert!(server.stop().0.success());
    let (code, alone) = doctor(folder.path(), true);
    let names = |found: &Value| {
        let checks = found["checks"].as_array().unwrap().iter();
        let checks = checks.filter(|check| check["name"] != "listen" && check["name"] != "reach");
        checks.map(|check| (check["name"].clone(), check["state"].clone())).collect::<Vec<_>>()
    };
    assert_eq!((code, names(&alone)), (0, names(&beside)));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name == "hec.store.check"), "{left:?}");
}

#[test]
fn each_kind_of_harm_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (data, photos) = (folder.path().join("data"), folder.path().join("photos"));
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("leaf.jpg"), crate::support::jpeg(7)).unwrap();
    let photos: [&dyn AsRef<std::ffi::OsStr>; 8] =
        [&"seed", &"--families", &"1", &"--entries", &"50", &"--photos", &photos, &"--data"];
    answer(hec(&photos).arg(&data)).done();
    let (code, well) = doctor(&data, true);
    assert_eq!(code, 0, "{well}");

    // Modes.
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let (code, found) = doctor(&data, false);
    assert_eq!((code, state(&found, "modes")), (1, "fail"));
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();

    // Something that can't be written.
    fs::create_dir(data.join("hec.probe")).unwrap();
    let (code, found) = doctor(&data, false);
    assert_eq!((code, state(&found, "write")), (1, "fail"));
    fs::remove_dir(data.join("hec.probe")).unwrap();

    // A picture: changed, then gone.
    let blobs: Vec<_> = fs::read_dir(data.join("blobs"))
        .unwrap()
        .flat_map(|shard| fs::read_dir(shard.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    let good = fs::read(&blobs[0]).unwrap();
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    fs::write(&blobs[0], bad).unwrap();
    assert_eq!(state(&doctor(&data, false).1, "pictures"), "ok", "a quick look does not read them");
    let (code, found) = doctor(&data, true);
    assert_eq!((code, state(&found, "pictures")), (1, "fail"));
    fs::remove_file(&blobs[0]).unwrap();
    assert_eq!(state(&doctor(&data, false).1, "pictures"), "fail");
    fs::write(&blobs[0], good).unwrap();

    // A block of the rows, wherever it is: all of the file's end is blocks.
    let store = data.join("hec.store");
    let good = fs::read(&store).unwrap();
    let mut found_bad = 0;
    for at in (4096 * 40..good.len()).step_by(4096 * 16) {
        let mut bad = good.clone();
        bad[at + 17] ^= 4;
        fs::write(&store, &bad).unwrap();
        let (code, found) = doctor(&data, true);
        // A place that was never written holds nothing that could be harmed.
        if code != 0 {
            found_bad += 1;
            assert!(found["checks"].as_array().unwrap().iter().any(|check| check["state"] == "fail"), "{found}");
        }
    }
    assert!(found_bad > 0);
    fs::write(&store, &good).unwrap();
    assert_eq!(doctor(&data, true).0, 0);
}

#[test]
fn what_cannot_be_opened_is_said_in_the_same_form() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (code, found) = doctor(&data, false);
    assert_eq!((code, state(&found, "store")), (3, "fail"));
    seed(&data, 1, 1);
    fs::remove_file(data.join("hec.key")).unwrap();
    let (code, found) = doctor(&data, false);
    assert_eq!(code, 3);
    assert!(found["checks"][0]["found"].as_str().unwrap().contains("hec.key"), "{found}");
}
