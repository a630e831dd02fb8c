//! What a record that came back is told of that: whoever looks at it must not read that nobody tried what just worked.

use std::time::Duration;

use hec::{
    admin::drill,
    backup::{
        ledger::{self, Round},
        restore::Restored,
    },
    store::{self, Environment, Options, Store, slots::Opener},
    types::{Clock, Timestamp},
    wiring,
};

use super::Bench;

/// A record that was brought back, open.
fn came_back(bench: &Bench, name: &str) -> Store {
    let locked = store::Locked::find(&bench.path(name)).unwrap();
    let key = locked.unlock(&Opener::Recovery(bench.code.clone())).unwrap();
    locked.open(key, Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS)).unwrap()
}

fn rounds(store: &Store, destination: &str) -> Vec<Round> {
    store.db.read(|tx| ledger::rounds(tx, destination)).unwrap()
}

#[test]
fn a_record_that_came_back_can_be_told_that_its_code_was_typed_and_its_backup_read() {
    let bench = Bench::new(1, 2);
    let usb = bench.disk("usb");
    let first = bench.backs_up(&usb);
    let made = bench.backs_up(&usb);
    let restored = bench.restores(&usb, &bench.path("back")).unwrap();
    let back = came_back(&bench, "back");
    let before = rounds(&back, "usb");
    assert_eq!((before[0].number, before[0].name.as_str(), before[0].proven), (made.number, "", None));
    assert_eq!(back.db.read(drill::last).unwrap(), None);

    let began = back.db.clock().now();
    let noted = back.db.write_blocking(move |tx| {
        drill::note(tx);
        ledger::read_back(tx, "usb", &restored)
    });
    noted.unwrap();
    assert!(back.db.read(drill::last).unwrap().is_some_and(|tried| tried >= began));
    let after = rounds(&back, "usb");
    let Round { proven, deep, ended, .. } = after[0].clone();
    assert!(after[0].is_good() && proven == deep && proven.is_some_and(|proven| proven >= began));
    assert_eq!((&after[0].name, after[0].number, after[0].bytes), (&made.name, made.number, made.bytes));
    assert_eq!((after[0].began, ended), (before[0].began, proven));
    assert_eq!(after[1..], before[1..], "what is known of the others stays");
    assert_eq!(ledger::last_good(&after).map(|good| good.name.clone()), Some(made.name));
    assert!(back.db.read(ledger::proven).unwrap().contains(&first.name));
    back.db.close();
}

#[test]
fn what_the_row_of_a_backup_says_beside_that_it_was_read_stays() {
    let bench = Bench::new(1, 1);
    let at = |millis| Timestamp::from_millis(millis);
    let until = bench.store.db.clock().now().plus(Duration::from_hours(24 * 30));
    let known = Round {
        destination: "usb".to_owned(),
        number: 7,
        name: "20260301T020000Z-000007".to_owned(),
        began: at(5_000),
        ended: Some(at(6_000)),
        written: 12,
        bytes: 40,
        why: Some("usb: it was not as it was written".to_owned()),
        proven: None,
        deep: None,
        damaged: true,
        untidy: Some("usb: full".to_owned()),
        kept_until: Some(until),
    };
    let restored = |name: &str| Restored {
        name: name.to_owned(),
        made: at(5_500),
        version: String::new(),
        blobs: 0,
        bytes: 41,
        kept: None,
    };
    let (row, back) = (known.clone(), restored(&known.name));
    let noted = bench.store.db.write_blocking(move |tx| {
        ledger::put(tx, &row)?;
        ledger::read_back(tx, "usb", &back)?;
        ledger::read_back(tx, "the new disk", &back)
    });
    noted.unwrap();
    let [round] = &rounds(&bench.store, "usb")[..] else { panic!("one row") };
    let now = round.proven;
    assert!(now.is_some() && round.is_kept(bench.store.db.clock().now()));
    let wanted = Round { bytes: 41, why: None, proven: now, deep: now, damaged: false, ..known };
    assert_eq!(*round, wanted);
    // One that is called otherwise now than when the backup was made.
    let [fresh] = &rounds(&bench.store, "the new disk")[..] else { panic!("one row") };
    assert_eq!((fresh.began, fresh.bytes, fresh.number), (at(5_500), 41, 7));
    assert!(fresh.is_good() && fresh.deep == fresh.proven);

    // What had not ended when the record was copied is not known; what had, stays.
    let begun = Round { destination: "nas".to_owned(), ended: None, why: None, damaged: false, ..round.clone() };
    let noted = bench.store.db.write_blocking(move |tx| {
        ledger::put(tx, &begun)?;
        ledger::forget_begun(tx)
    });
    noted.unwrap();
    assert_eq!(rounds(&bench.store, "nas"), []);
    assert_eq!(rounds(&bench.store, "usb").len(), 1);

    let nameless = restored("no-number");
    bench.store.db.write_blocking(move |tx| ledger::read_back(tx, "usb", &nameless)).unwrap_err();
}
