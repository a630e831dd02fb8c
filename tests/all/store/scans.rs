//! Scans inside a closure: own changes and the table below, in one order.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
};

use hec::{
    error::{Error, Result},
    store::{Db, Mark, Read, Table, Write},
};

use super::{CELLS, cell, new};

/// Numbers and their values.
type Pairs = Vec<(u64, u64)>;

/// Rows of group 1, in the order in which they come.
fn scanned(tx: &Read) -> Pairs {
    tx.under(&CELLS, &(1u8,)).map(|row| row.map(|((_, number), row)| (number, row.value)).unwrap()).collect()
}

/// Even numbers below `rows`, in group 1; a row on either side of the group.
fn fill(db: &Db, rows: u64) {
    db.write_blocking(move |tx| {
        (0..rows).for_each(|number| tx.put(&CELLS, &(1, number * 2), &cell(number)));
        tx.put(&CELLS, &(0, u64::MAX), &cell(0));
        tx.put(&CELLS, &(2, 0), &cell(0));
        Ok(())
    })
    .unwrap();
}

/// Takes `put` for a row's number, and its new value or none.
type Change = Box<dyn Fn(&mut dyn FnMut(u64, Option<u64>)) + Send>;

/// Makes a change in a transaction and in a map; returns what a scan finds, in its order, and what it should find.
fn make(tx: &mut Write, rows: u64, change: &Change) -> (Pairs, Pairs) {
    let mut expected: BTreeMap<u64, u64> = (0..rows).map(|number| (number * 2, number)).collect();
    change(&mut |number, value| match value {
        Some(value) => {
            tx.put(&CELLS, &(1, number), &cell(value));
            expected.insert(number, value);
        }
        None => {
            tx.remove(&CELLS, &(1, number));
            expected.remove(&number);
        }
    });
    (scanned(tx), expected.into_iter().collect())
}

/// Each change over the same rows: undone, but for the last one, which is kept and read again.
fn check(rows: u64, changes: Vec<Change>) {
    let (_folder, store) = new();
    fill(&store.db, rows);
    let changes = Arc::new(Mutex::new(changes));
    let (tell, told) = mpsc::channel();
    let undone = (0..changes.lock().unwrap().len()).map(|number| {
        let (changes, tell) = (changes.clone(), tell.clone());
        store.db.write(move |tx| {
            tell.send((number, make(tx, rows, &changes.lock().unwrap()[number]))).unwrap();
            Err::<(), _>(Error::Stale)
        })
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = runtime.block_on(futures_util::future::join_all(undone));
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Stale))));
    drop(tell);
    let mut seen = 0;
    for (number, (found, expected)) in told {
        assert_eq!(found, expected, "change {number} over {rows} rows");
        seen += 1;
    }
    assert_eq!(seen, answers.len());
    let last = changes.lock().unwrap().pop().unwrap();
    let (_, expected) = store.db.write_blocking(move |tx| Ok(make(tx, rows, &last))).unwrap();
    assert_eq!(store.db.read(|tx| Ok(scanned(tx))).unwrap(), expected, "kept over {rows} rows");
}

#[test]
fn a_scan_sees_what_was_put_changed_and_removed_in_order() {
    // Around the 64 rows that are taken from the table at a time.
    for rows in [0, 1, 2, 63, 64, 65, 127, 128, 129, 200] {
        check(
            rows,
            vec![
                Box::new(|_| {}),
                Box::new(move |put| (0..=rows).for_each(|number| put(number * 2 + 1, Some(number)))),
                Box::new(move |put| (0..rows).step_by(3).for_each(|number| put(number * 2, None))),
                Box::new(move |put| (0..rows).for_each(|number| put(number * 2, None))),
                Box::new(move |put| (0..rows).for_each(|number| put(number * 2 + 1, None))),
                Box::new(move |put| {
                    for number in 0..rows * 2 {
                        put(number, Some(7));
                        put(number, None);
                        put(number, if number % 5 == 0 { None } else { Some(number) });
                    }
                }),
            ],
        );
    }
}

#[test]
fn a_scan_crosses_the_edge_of_a_chunk() {
    let mut changes: Vec<Change> = Vec::new();
    for edge in [0, 62, 63, 64, 65, 126, 127, 128, 129, 199] {
        for number in [(edge * 2u64).saturating_sub(1), edge * 2, edge * 2 + 1] {
            changes.push(Box::new(move |put| put(number, Some(1))));
            changes.push(Box::new(move |put| put(number, None)));
        }
    }
    check(200, changes);
}

#[test]
fn a_scan_of_a_table_that_nobody_wrote_to_is_empty() {
    const EMPTY: Table<(u8, u64), Mark> = Table::new("empty");
    let (_folder, store) = new();
    let count = |tx: &Read| tx.under(&EMPTY, &()).count() + usize::from(tx.has(&EMPTY, &(1, 1)).unwrap());
    assert_eq!(store.db.read(|tx| Ok(count(tx))).unwrap(), 0);
    assert_eq!(store.db.write_blocking(move |tx| Ok(count(tx))).unwrap(), 0);
}

#[test]
fn a_scan_stays_under_its_prefix() {
    let (_folder, store) = new();
    store
        .db
        .write_blocking(|tx| {
            for group in [0, 1, 254, 255] {
                (0..3).for_each(|number| tx.put(&CELLS, &(group, number), &cell(u64::from(group))));
                tx.put(&CELLS, &(group, u64::MAX), &cell(u64::from(group)));
            }
            Ok(())
        })
        .unwrap();
    let keys = |tx: &Read| -> Result<()> {
        let under = |group: u8| tx.under(&CELLS, &(group,)).map(|row| row.unwrap().0).collect::<Vec<_>>();
        let from = |group: u8, from: (u8, u64)| {
            tx.from(&CELLS, &(group,), &from).map(|row| row.unwrap().0).collect::<Vec<_>>()
        };
        for group in [0, 1, 254, 255] {
            assert_eq!(under(group), [(group, 0), (group, 1), (group, 2), (group, u64::MAX)]);
            assert_eq!(from(group, (group, 2)), [(group, 2), (group, u64::MAX)]);
            assert_eq!(from(group, (group, 3)), [(group, u64::MAX)]);
        }
        assert_eq!(under(2), []);
        // From before the prefix, and from after it: never a row of another group.
        assert_eq!(from(1, (0, 1)), under(1));
        assert_eq!(from(1, (2, 0)), []);
        assert_eq!(from(1, (254, 0)), []);
        assert_eq!(tx.seek(&CELLS, &(1u8,), &(1, 1)).unwrap(), Some(((1, 1), cell(1))));
        assert_eq!(tx.seek(&CELLS, &(1u8,), &(0, 0)).unwrap(), Some(((1, 0), cell(1))));
        assert_eq!(tx.seek(&CELLS, &(2u8,), &(2, 0)).unwrap(), None);
        Ok(())
    };
    store.db.read(|tx| keys(tx)).unwrap();
    // Below changes, and with changes on both sides of every prefix.
    store.db.write_blocking(move |tx| keys(tx)).unwrap();
    store
        .db
        .write_blocking(move |tx| {
            for group in [0, 1, 254, 255] {
                tx.remove(&CELLS, &(group, 0));
                tx.put(&CELLS, &(group, 0), &cell(u64::from(group)));
            }
            keys(tx)
        })
        .unwrap();
}

#[test]
fn a_scan_reads_no_more_than_is_asked_for() {
    let (_folder, store) = new();
    fill(&store.db, 5_000);
    let before = store.db.rows_read();
    let read = store
        .db
        .read(|tx| {
            assert_eq!(tx.from(&CELLS, &(1u8,), &(1, 4_000)).take(30).count(), 30);
            Ok(tx.rows_read())
        })
        .unwrap();
    assert_eq!((read, store.db.rows_read() - before), (30, 30));
}
