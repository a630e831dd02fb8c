//! A disk that fails under the rows: what was acknowledged is kept, what can go on goes on, and nothing needs a restart.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hec::{
    error::Error,
    store::{
        self, Db, Write,
        sealed::{BlockFile, DataKey},
    },
};

use super::{CELLS, cell, clock};
use crate::sealed::disk::{Disk, Failure};

fn rows_on(disk: &Disk) -> Result<Db, Error> {
    let folder = std::env::temp_dir();
    let disk = disk.clone();
    let sessions = move || Ok(disk.session() as Arc<dyn BlockFile>);
    store::rows_on(&folder, sessions, DataKey::from_bytes([3; 32]), clock())
}

fn put(db: &Db, number: u64) -> Result<(), Error> {
    db.write_blocking(move |tx: &mut Write| {
        tx.put(&CELLS, &(1, number), &cell(number));
        Ok(())
    })
}

fn has(db: &Db, number: u64) -> Result<bool, Error> {
    db.read(|tx| tx.has(&CELLS, &(1, number)))
}

/// Writes and reads in turns; gives the numbers that were acknowledged.
fn script(db: &Db) -> Vec<u64> {
    (0..12)
        .filter(|number| {
            let told = put(db, *number).is_ok();
            // A read may fail, but never lies.
            if let Ok(there) = has(db, *number) {
                assert!(there || !told, "{number} was acknowledged and is not there");
            }
            told
        })
        .collect()
}

#[test]
fn an_error_at_any_call_loses_nothing_and_passes() {
    let whole = Disk::default();
    let first = whole.calls();
    let db = rows_on(&whole).unwrap();
    let begun = whole.calls();
    assert_eq!(script(&db).len(), 12);
    let calls = whole.calls();
    assert!(calls > begun && begun > first);

    for failure in [Failure::Device, Failure::NoSpace] {
        for call in begun + 1..=calls {
            let disk = Disk::default();
            let db = rows_on(&disk).unwrap();
            disk.fail_at(call, failure);
            let told = script(&db);
            disk.mend();
            // Without a restart: at the latest the write after the next one is taken again.
            let again = (0..3).any(|_| put(&db, 100).is_ok());
            assert!(again && has(&db, 100).unwrap(), "it does not go on after {failure:?} at call {call}");
            for number in &told {
                assert!(has(&db, *number).unwrap(), "{number} is lost after {failure:?} at call {call}");
            }
            db.close();
            drop(db);
            let db = rows_on(&disk).unwrap();
            assert!(told.iter().all(|number| has(&db, *number).unwrap()), "lost after a restart: call {call}");
        }
    }
}

#[test]
fn a_store_that_cannot_be_opened_again_says_so_and_comes_back_with_its_disk() {
    let (disk, gone) = (Disk::default(), Arc::new(AtomicBool::new(false)));
    let (sessions, away) = (disk.clone(), gone.clone());
    let opener = move || match away.load(Ordering::Relaxed) {
        true => Err(io::Error::from_raw_os_error(5)),
        false => Ok(sessions.session() as Arc<dyn BlockFile>),
    };
    let db = store::rows_on(&std::env::temp_dir(), opener, DataKey::from_bytes([3; 32]), clock()).unwrap();
    for by_reading in [false, true] {
        put(&db, 1).unwrap();
        gone.store(true, Ordering::Relaxed);
        disk.fail_at(disk.calls(), Failure::Device);
        assert!(put(&db, 2).is_err());
        assert!(matches!(has(&db, 1), Err(Error::Unavailable)), "nothing rather than something wrong");
        assert!(matches!(put(&db, 2), Err(Error::Unavailable)));
        disk.mend();
        gone.store(false, Ordering::Relaxed);
        if by_reading {
            // A reader has it tried again, once in a while.
            while has(&db, 1).is_err() {
                std::thread::yield_now();
            }
        } else {
            put(&db, 3).unwrap();
        }
        assert!(has(&db, 1).unwrap());
    }
}
