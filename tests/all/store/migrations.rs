//! Migrations: in order, once, all or none.

use hec::{
    error::{Error, Result},
    store::{self, Migration, Store, Table, Write},
};

use super::{Cell, cell, create, refused, reopen};

/// What ran, in order.
const LOG: Table<(u64,), Cell> = Table::new("log");

fn note(tx: &mut Write, what: u64) -> Result<()> {
    let next = tx.under(&LOG, &()).count() as u64;
    tx.put(&LOG, &(next,), &cell(what));
    Ok(())
}

const ONE: Migration = Migration { name: "one", run: |tx| note(tx, 1) };
const TWO: Migration = Migration { name: "two", run: |tx| note(tx, 2) };
const THREE: Migration = Migration { name: "three", run: |tx| note(tx, 3) };
const FOUR: Migration = Migration { name: "four", run: |tx| note(tx, 4) };
const FAILS: Migration = Migration {
    name: "fails",
    run: |tx| {
        note(tx, 99)?;
        Err(Error::broken("on purpose"))
    },
};
const PANICS: Migration = Migration {
    name: "panics",
    run: |tx| {
        note(tx, 98)?;
        std::panic::resume_unwind(Box::new("on purpose"))
    },
};

fn log(store: &Store) -> Vec<u64> {
    store.db.read(|tx| tx.under(&LOG, &()).map(|row| Ok(row?.1.value)).collect()).unwrap()
}

#[test]
fn each_runs_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path(), &[ONE, TWO]).unwrap();
    assert_eq!(log(&store), [1, 2]);
    drop(store);
    let store = reopen(folder.path(), &[ONE, TWO]).unwrap();
    assert_eq!(log(&store), [1, 2]);
    drop(store);
    let store = reopen(folder.path(), &[ONE, TWO, THREE, FOUR]).unwrap();
    assert_eq!(log(&store), [1, 2, 3, 4]);
    drop(store);
    assert_eq!(log(&reopen(folder.path(), &[ONE, TWO, THREE, FOUR]).unwrap()), [1, 2, 3, 4]);
}

#[test]
fn one_that_fails_leaves_nothing_of_those_before_it() {
    for broken in [FAILS, PANICS] {
        let folder = tempfile::tempdir().unwrap();
        drop(create(folder.path(), &[ONE]).unwrap());
        assert!(reopen(folder.path(), &[ONE, TWO, THREE, broken]).is_err(), "{}", broken.name);
        let store = reopen(folder.path(), &[ONE]).unwrap();
        assert_eq!(log(&store), [1]);
        drop(store);
        assert_eq!(log(&reopen(folder.path(), &[ONE, TWO, THREE, FOUR]).unwrap()), [1, 2, 3, 4]);
    }
}

#[test]
fn what_all_of_them_do_is_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path(), &[]).unwrap());
    let store = reopen(folder.path(), &[ONE, TWO, THREE, FOUR]).unwrap();
    assert_eq!(store.db.commits(), 1);
    drop(store);
    let store = reopen(folder.path(), &[ONE, TWO, THREE, FOUR]).unwrap();
    assert_eq!(store.db.commits(), 0, "nothing is due");
}

#[test]
fn newer_data_are_refused_by_the_name_of_the_version_that_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path(), &[ONE, TWO, THREE]).unwrap());
    let why = refused(reopen(folder.path(), &[ONE, TWO]));
    assert!(why.contains(&format!("install HEC {}", env!("CARGO_PKG_VERSION"))), "{why}");
    assert_eq!(log(&reopen(folder.path(), &[ONE, TWO, THREE]).unwrap()), [1, 2, 3], "and stay as they are");
}

#[test]
fn a_creation_whose_migrations_fail_leaves_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let create = |migrations: &[Migration]| create(folder.path(), migrations);
    assert!(create(&[ONE, FAILS]).is_err());
    assert!(!store::exists(folder.path()));
    assert_eq!(log(&create(&[ONE, TWO]).unwrap()), [1, 2]);
}
