//! Upgrades that are killed at any moment.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use hec::store::Upgrade;

use super::{Bench, EARLIER, blobs, but_backups, rows, shut};
use crate::{keys::doctor, process::hec};

/// How many kills: `HEC_KILLS=200` for the long run.
fn kills() -> u32 {
    std::env::var("HEC_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(16)
}

#[test]
fn a_kill_at_any_moment_leaves_the_record_of_before_or_the_one_of_after_and_only_whole_copies() {
    let bench = Bench::of(EARLIER);
    let before = bench.folder.path().join("before");
    copy(&bench.data(), &before);
    let upgrade = || {
        let mut command = hec(&[&"upgrade"]);
        command.env("HEC_DATA", bench.data()).env("HEC_ENVIRONMENT", "development");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let begun = Instant::now();
    assert!(upgrade().wait().unwrap().success());
    let whole = begun.elapsed();
    let mut seen = [0, 0];
    for number in 0..kills() {
        fs::remove_dir_all(bench.data()).unwrap();
        copy(&before, &bench.data());
        let moment = whole.mul_f64(1.3 * f64::from(number * 7 % kills()) / f64::from(kills()));
        let mut upgrading = upgrade();
        thread::sleep(moment.max(Duration::from_micros(50)));
        // The last one is let go on to its end.
        if number + 1 < kills() {
            upgrading.kill().unwrap();
        }
        upgrading.wait().unwrap();

        let (_, found) = doctor::doctor(&bench.data(), true);
        // A commit that was cut off leaves blocks that no row is in: `blocks` tells of them, and `tree` that all is well.
        for check in found["checks"].as_array().unwrap().iter().filter(|check| check["name"] != "blocks") {
            assert_ne!(check["state"], "fail", "kill {number} after {moment:?}: {check:#}");
        }
        assert_eq!(doctor::state(&found, "tree"), "ok", "kill {number} after {moment:?}");
        let done = doctor::state(&found, "upgrade") == "ok";
        seen[usize::from(done)] += 1;
        assert!(!done || bench.asides().len() == 1, "no row changed before the copy was whole");
        for path in bench.asides() {
            let old = bench.opens(&path, EARLIER, Upgrade::AtOnce).unwrap();
            assert_eq!((rows(&old), blobs(&path).len()), (but_backups(bench.held.clone()), 2));
            shut(old);
        }
        // Whatever was left, the next try ends well.
        assert!(upgrade().wait().unwrap().success());
        assert!(!bench.data().join("before-upgrade.new").exists() && bench.asides().len() == 1);
    }
    assert!(seen[0] > 0 && seen[1] > 0, "some kills came before, some after: {seen:?}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}
