//! Making and opening: once, by one, for one purpose.

use std::{fs, sync::Barrier, thread};

use hec::{
    error::Error,
    store::{self, Environment, Store, Write},
};

use super::{CELLS, cell, create, new, open_as, refused, reopen};

/// Something to find again.
fn mark(store: &Store, number: u64) {
    let put = move |tx: &mut Write| {
        tx.put(&CELLS, &(1, number), &cell(1));
        Ok(())
    };
    store.db.write_blocking(put).unwrap();
}

#[test]
fn a_store_opens_only_for_what_it_was_made_for() {
    let (folder, store) = new();
    drop(store);
    drop(reopen(folder.path(), &[]).unwrap());
    for environment in [Environment::Production, Environment::Staging] {
        let why = refused(open_as(folder.path(), environment));
        assert!(why.contains("development") && why.contains(environment.as_str()), "{why}");
    }
    assert!(reopen(folder.path(), &[]).is_ok());
}

#[test]
fn a_store_is_made_once() {
    let (folder, store) = new();
    let again = || refused(create(folder.path(), &[]));
    assert!(again().contains("already"));
    mark(&store, 1);
    drop(store);
    assert!(again().contains("already"));
    let store = reopen(folder.path(), &[]).unwrap();
    assert!(store.db.read(|tx| tx.has(&CELLS, &(1, 1))).unwrap());
}

#[test]
fn of_many_that_make_a_store_at_once_one_does() {
    for _ in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let start = Barrier::new(6);
        let made: Vec<u64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..6)
                .map(|number| {
                    let (folder, start) = (folder.path(), &start);
                    scope.spawn(move || {
                        start.wait();
                        match create(folder, &[]) {
                            Ok(store) => {
                                mark(&store, number);
                                Some(number)
                            }
                            Err(Error::Refused(_)) => None,
                            Err(other) => panic!("{other:?}"),
                        }
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        let [winner] = made[..] else { panic!("made by {made:?}") };
        let store = reopen(folder.path(), &[]).unwrap();
        assert!(store.db.read(|tx| tx.has(&CELLS, &(1, winner))).unwrap(), "what its maker wrote is there");
    }
}

#[test]
fn a_creation_that_was_cut_off_is_no_store_and_can_be_made_again() {
    for left_over in [&b""[..], b"half a file"] {
        let folder = tempfile::tempdir().unwrap();
        let half = folder.path().join("hec.store.new");
        fs::write(&half, left_over).unwrap();
        assert!(!store::exists(folder.path()));
        assert!(refused(reopen(folder.path(), &[])).contains("no store"));
        let store = create(folder.path(), &[]).unwrap();
        mark(&store, 1);
        assert!(store::exists(folder.path()) && !half.exists());
        drop(store);
        assert!(reopen(folder.path(), &[]).unwrap().db.read(|tx| tx.has(&CELLS, &(1, 1))).unwrap());
    }
}

#[test]
fn an_empty_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hec.store");
    fs::write(&file, b"").unwrap();
    let why = refused(reopen(folder.path(), &[]));
    assert!(why.contains("hec.store") && why.contains("not a store"), "{why}");
    assert!(refused(create(folder.path(), &[])).contains("already"));
    assert_eq!(fs::metadata(&file).unwrap().len(), 0);
}

#[test]
fn a_file_that_is_no_store_is_an_error_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hec.store");
    let bytes = b"conkers ".repeat(4_000);
    fs::write(&file, &bytes).unwrap();
    assert!(reopen(folder.path(), &[]).is_err());
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_second_one_cannot_open_a_store_that_is_in_use() {
    let (folder, store) = new();
    let why = refused(reopen(folder.path(), &[]));
    assert!(why.contains("another HEC") && why.contains("--data"), "{why}");
    // Also while only a clone of its rows is left.
    let db = store.db.clone();
    drop(store);
    refused(reopen(folder.path(), &[]));
    drop(db);
    assert!(reopen(folder.path(), &[]).is_ok());
}

#[test]
fn there_is_no_store_in_a_folder_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("nowhere");
    assert!(refused(reopen(&inner, &[])).contains("no store"));
    assert!(!inner.exists());
}
