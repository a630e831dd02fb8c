//! What is told of backups that are not as they should be, and what must not spoil one.

use std::{fs, time::Duration};

use hec::{
    admin::doctor::{State, backups::backups},
    backup::{
        Destination, Destinations,
        destinations::{Keep, To},
        ledger::{self, Round},
    },
    config::Config,
    types::Timestamp,
};

use super::{Bench, NAMED, elsewhere};

const DAY: Duration = Duration::from_hours(24);

/// What the doctor says of rounds, the newest last, each so many hours ago.
fn told(bench: &Bench, rounds: Vec<(u64, Round)>) -> (State, String) {
    let now = bench.store.db.clock().now();
    fs::create_dir_all(bench.path("usb")).unwrap();
    let file = bench.path("backups.toml");
    fs::write(&file, format!("[[destination]]\nname = \"usb\"\nto = {:?}\n", bench.path("usb"))).unwrap();
    let ago = |hours: u64| Timestamp::from_millis(now.millis() - i64::try_from(hours * 3_600_000).unwrap());
    for (number, (hours, round)) in rounds.into_iter().enumerate() {
        let at = ago(hours);
        let (proven, deep) = (round.proven.map(|_| at), round.deep.map(|_| at));
        let ended = (proven.is_some() || round.why.is_some()).then_some(at);
        let round = Round { number: number as u64 + 1, began: at, ended, proven, deep, ..round };
        bench.store.db.write_blocking(move |tx| ledger::put(tx, &round)).unwrap();
    }
    let config = Config { backups: file.into(), ..crate::support::config(bench.folder.path()) };
    let check = backups(&bench.store, &config, now);
    (check.state, check.found)
}

/// A good one.
fn good(bytes: u64) -> Round {
    let at = Timestamp::from_millis(0);
    Round {
        destination: "usb".to_owned(),
        number: 0,
        name: "a-backup".to_owned(),
        began: at,
        ended: None,
        written: 1,
        bytes,
        why: None,
        proven: Some(at),
        deep: Some(at),
        damaged: false,
        untidy: None,
        kept_until: None,
    }
}

#[test]
fn what_is_overdue_unproven_or_shrinking_makes_the_doctor_fail() {
    let says = |rounds: Vec<(u64, Round)>| told(&Bench::new(1, 1), rounds);
    // All of them on one disk, here.
    let (state, found) = says(vec![(1, good(1_000))]);
    assert!(state == State::Warn && found.contains("own disk"), "{found}");
    let (state, found) = says(vec![(24 * 4, good(1_000))]);
    assert!(state == State::Fail && found.contains("was made 4 days ago"), "{found}");
    let failed = Round { why: Some("usb: no such folder".to_owned()), proven: None, deep: None, ..good(0) };
    let (state, found) = says(vec![(24 * 4, good(1_000)), (1, failed)]);
    assert!(state == State::Fail && found.contains(": no such folder"), "{found}");
    let shallow = Round { deep: None, ..good(1_000) };
    let (state, found) = says(vec![(24 * 40, good(1_000)), (1, shallow)]);
    assert!(state == State::Fail && found.contains("read back whole for a month"), "{found}");
    let (state, found) = says(vec![(25, good(1_000)), (1, good(400))]);
    assert!(state == State::Fail && found.contains("much smaller"), "{found}");
    // Damage is told at once, however young the last good one is.
    let why = Some("usb: the pack 1 is not what was written".to_owned());
    let damaged = Round { damaged: true, why, proven: None, deep: None, ..good(0) };
    let (state, found) = says(vec![(2, good(1_000)), (1, damaged)]);
    assert!(state == State::Fail && found.contains("not as it was written: the pack 1"), "{found}");
    // One that was cut off has no end and no reason.
    let cut_off = || Round { proven: None, deep: None, ..good(0) };
    let (state, found) = says(vec![(20, cut_off()), (1, cut_off())]);
    assert!(state == State::Warn && found.contains("there is none at usb yet"), "{found}");
    let (state, found) = says(vec![(72, cut_off()), (40, cut_off()), (1, cut_off())]);
    assert!(state == State::Fail && found.contains("come to its end yet"), "{found}");
    let failed = || Round { why: Some("usb: no such folder".to_owned()), ..cut_off() };
    let (state, found) = says(vec![(72, failed()), (40, failed()), (1, cut_off())]);
    assert!(state == State::Fail && found.contains("there is none at usb: no such folder"), "{found}");
    let (state, found) = says(vec![(25, good(1_000)), (1, Round { untidy: Some("403".to_owned()), ..good(1_000) })]);
    assert!(state == State::Warn && found.contains("could not be removed: 403"), "{found}");
}

#[test]
fn a_file_that_is_removed_while_it_is_sent_is_in_the_backup_and_goes_afterwards() {
    let bench = Bench::new(1, 20);
    let usb = bench.disk("usb");
    let blob = bench.store.db.read(NAMED).unwrap().remove(0);
    let (blobs, id) = (bench.store.blobs.clone(), blob.id);
    let mut told = false;
    let mut progress: hec::store::Progress = Box::new(move |_, _| {
        if !told {
            told = true;
            blobs.remove(id).unwrap();
        }
    });
    let round = bench.keeper().back_up(&usb, &Destinations::default(), &mut progress).unwrap();
    assert_eq!(round.why, None);
    assert!(!bench.store.blobs.sealed_file(id).exists());
    let back = bench.path("back");
    bench.restores(&usb, &back).unwrap();
    assert!(bench.holds(&back).1.iter().any(|(name, bytes)| *name == id.to_string() && bytes.len() as u64 == blob.len));
}

#[test]
fn while_files_are_held_none_is_removed_nor_swept() {
    let bench = Bench::new(1, 20);
    let (blobs, now) = (&bench.store.blobs, bench.store.db.clock().now());
    let all: Vec<_> = bench.store.db.read(NAMED).unwrap().into_iter().map(|blob| blob.id).collect();
    let there = || all.iter().filter(|id| blobs.sealed_file(**id).exists()).count();
    let (one, other) = (blobs.hold(), blobs.hold());
    blobs.remove(all[0]).unwrap();
    assert_eq!(blobs.sweep(|| Ok(Default::default()), now.plus(DAY)).unwrap(), 0);
    drop(one);
    assert_eq!(there(), all.len());
    drop(other);
    assert_eq!(there(), all.len() - 1);
    assert_eq!(blobs.sweep(|| Ok(Default::default()), now.plus(DAY)).unwrap(), all.len() - 1);
}

#[test]
fn what_is_brought_in_again_is_not_taken_away_by_whoever_had_done_with_it() {
    let bench = Bench::new(1, 20);
    let blobs = &bench.store.blobs;
    let [first, second, ..] = &bench.store.db.read(NAMED).unwrap()[..] else { panic!("two files are needed") };
    let there = |blob: &hec::store::Blob| blobs.sealed_file(blob.id).exists();
    let bytes = fs::read(blobs.sealed_file(first.id)).unwrap();
    // A backup runs; meanwhile a photo is taken away, and its family deleted and brought back.
    let backup = blobs.hold();
    blobs.remove(first.id).unwrap();
    blobs.remove(second.id).unwrap();
    {
        let _bringing = blobs.hold_sweeps();
        assert!(!blobs.bring(first, |_| panic!("it is there and whole")).unwrap());
        drop(backup);
        assert!(there(first) && !there(second));
        // Whoever is late with a removal that was due before.
        blobs.remove(first.id).unwrap();
        assert!(there(first));
    }
    blobs.remove(first.id).unwrap();
    assert!(!there(first), "from then on it is a file like any other");
    let _bringing = blobs.hold_sweeps();
    assert!(blobs.bring(first, |file| Ok(std::io::Write::write_all(file, &bytes)?)).unwrap());
    blobs.check(first).unwrap();
}

#[test]
fn where_old_ones_can_not_be_removed_the_new_one_is_good_and_that_is_told() {
    let bench = Bench::new(1, 10);
    let shares = bench.path("dav");
    fs::create_dir_all(shares.join("hec")).unwrap();
    let (_nas, port) = elsewhere::rclone("webdav", &["--user", "user", "--pass", "pass"], &shares);
    let (_front, front) = elsewhere::without_delete(port, bench.folder.path());
    let to = To::WebDav {
        url: format!("http://127.0.0.1:{front}/hec"),
        user: "user".to_owned(),
        password: "pass".to_owned().into(),
        root: None,
    };
    let nas = Destination { name: "nas".to_owned(), to, append_only: false };
    let all = Destinations { keep: Keep { days: 1, weeks: 0, months: 0 }, ..Destinations::default() };
    let rounds: Vec<Round> = (0..4).map(|_| bench.keeper().back_up(&nas, &all, &mut super::quiet()).unwrap()).collect();
    assert!(rounds.iter().all(|round| round.why.is_none() && round.proven.is_some()), "{rounds:?}");
    assert!(rounds[..3].iter().all(|round| round.untidy.is_none()));
    let why = rounds[3].untidy.as_ref().expect("the first one should have gone");
    assert!(why.starts_with("nas: ") && !why.contains("pass"), "{why}");
    assert_eq!(bench.verifies(&nas).unwrap(), rounds[3].name);
}
