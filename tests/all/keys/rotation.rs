//! A new data key: everything is written anew, and a kill at any moment leaves the old store or the new one.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use super::{Machine, code_in};
use crate::process::{Client, Server, answer, hec, seed};

#[test]
fn a_rotation_leaves_nothing_that_the_old_code_opens() {
    let machine = Machine::new();
    let old = machine.init();
    let before = fs::read(machine.data().join("hec.store")).unwrap();
    let key = machine.slots()[0]["data_key"].clone();
    machine.run(&[&"key", &"rotate"]).refused("--yes");
    let new = code_in(&machine.run(&[&"key", &"rotate", &"--yes"]).done());
    assert_eq!(machine.kinds(), ["key file", "recovery code"]);
    assert_ne!(machine.slots()[0]["data_key"], key);
    machine.says(&old, &[&"key", &"check", &"--recovery"]).refused("wrong recovery code");
    machine.says(&new, &[&"key", &"check", &"--recovery"]).done();
    // The old file does not fit the new slots: no mixture opens.
    fs::write(machine.data().join("hec.store"), before).unwrap();
    machine.run(&[&"key", &"list"]).refused("belong to another store");
}

#[tokio::test]
async fn a_rotation_beside_a_running_server_loses_nothing_and_stops_no_reader() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(&[&"--data", &folder.path()]);
    let client = Client::new(&server);
    let before = client.all("entries").await;
    let mut rotate = hec(&[&"key", &"rotate", &"--yes", &"--data", &folder.path()]);
    let mut rotating =
        rotate.env("HEC_ENVIRONMENT", "development").stdout(std::process::Stdio::null()).spawn().unwrap();
    let mut reads = 0;
    let status = loop {
        assert!(client.all("entries").await == before);
        reads += 1;
        if let Some(status) = rotating.try_wait().unwrap() {
            break status;
        }
    };
    assert!(status.success() && reads > 0);
    assert!(client.all("entries").await == before);
    server.kill();
    let server = Server::demo(&[&"--data", &folder.path()]);
    assert!(Client::new(&server).all("entries").await == before);
}

/// How many kills: `HEC_KILLS=200` for the long run.
fn kills() -> u32 {
    std::env::var("HEC_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(25)
}

#[test]
fn a_kill_at_any_moment_of_a_rotation_leaves_the_old_store_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seed(&data, 1, 300);
    let rotate = || {
        let mut rotate = hec(&[&"key", &"rotate", &"--yes", &"--data", &data]);
        rotate.env("HEC_ENVIRONMENT", "development").stdout(std::process::Stdio::null());
        rotate.stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let key = || {
        let list = answer(hec(&[&"key", &"list", &"--json", &"--data", &data]).env("HEC_ENVIRONMENT", "development"));
        let slots: serde_json::Value = serde_json::from_str(&list.done()).unwrap();
        slots[0]["data_key"].clone()
    };
    let begun = Instant::now();
    assert!(rotate().wait().unwrap().success());
    let whole = begun.elapsed();

    let (mut old, mut seen) = (key(), [0, 0]);
    for number in 0..kills() {
        // Spread over the whole of it, and a little beyond.
        let moment = whole.mul_f64(1.5 * f64::from(number * 7 % kills()) / f64::from(kills()));
        let mut rotating = rotate();
        thread::sleep(moment.max(Duration::from_micros(50)));
        rotating.kill().unwrap();
        rotating.wait().unwrap();

        let new = key();
        seen[usize::from(new != old)] += 1;
        let doctor =
            hec(&[&"doctor", &"--deep", &"--json", &"--data", &data]).env("HEC_ENVIRONMENT", "development").output();
        let doctor: serde_json::Value = serde_json::from_slice(&doctor.unwrap().stdout).unwrap();
        assert_eq!(doctor["well"], true, "kill {number} after {moment:?}: {doctor:#}");
        assert!(!data.join("hec.store.next").exists(), "what was cut off is cleared away");
        old = new;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "some kills came before the new key stood, some after: {seen:?}");
    // Data whole: a second filling of the same store finds the first family.
    let accounts = seed(&data, 1, 1)["accounts"].as_array().unwrap().len();
    assert_eq!(accounts, 2);
}
