//! Scans inside a closure: own changes and the table below, in one order.

use std::collections::BTreeMap;

use hec::store::{Db, Mark, Read, Table, Write};

use super::{CELLS, cell, new};

/// Rows of group 1 as a map, after a closure changed them, and as a closure saw them meanwhile.
fn scanned(tx: &Read) -> BTreeMap<u64, u64> {
    tx.under(&CELLS, &(1u8,)).map(|row| row.map(|((_, number), row)| (number, row.value)).unwrap()).collect()
}

fn in_order(tx: &Read) -> Vec<u64> {
    tx.under(&CELLS, &(1u8,)).map(|row| row.unwrap().0.1).collect()
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

/// Changes rows in the store and in a map, scans both, and keeps the change.
fn change(rows: u64, change: impl Fn(&mut dyn FnMut(u64, Option<u64>)) + Send + 'static) {
    let (_folder, store) = new();
    fill(&store.db, rows);
    let mut expected: BTreeMap<u64, u64> = (0..rows).map(|number| (number * 2, number)).collect();
    let (within, map) = store
        .db
        .write_blocking(move |tx: &mut Write| {
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
            Ok((in_order(tx), (scanned(tx), expected)))
        })
        .unwrap();
    let (found, expected) = map;
    assert_eq!(within, expected.keys().copied().collect::<Vec<_>>(), "with {rows} rows below");
    assert_eq!(found, expected, "with {rows} rows below");
    assert_eq!(store.db.read(|tx| Ok(scanned(tx))).unwrap(), expected, "with {rows} rows, once it is kept");
}

/// Around the 64 rows that are taken from the table at a time.
const SIZES: [u64; 10] = [0, 1, 2, 63, 64, 65, 127, 128, 129, 200];

#[test]
fn a_scan_sees_rows_that_were_put_between() {
    for rows in SIZES {
        change(rows, move |put| (0..=rows).for_each(|number| put(number * 2 + 1, Some(number))));
    }
}

#[test]
fn a_scan_leaves_out_rows_that_were_removed() {
    for rows in SIZES {
        change(rows, move |put| (0..rows).step_by(3).for_each(|number| put(number * 2, None)));
        change(rows, move |put| (0..rows).for_each(|number| put(number * 2, None)));
        change(rows, move |put| (0..rows).for_each(|number| put(number * 2 + 1, None)));
    }
}

#[test]
fn a_scan_sees_rows_as_they_were_last_put() {
    for rows in SIZES {
        change(rows, move |put| {
            for number in 0..rows * 2 {
                put(number, Some(7));
                put(number, None);
                put(number, if number % 5 == 0 { None } else { Some(number) });
            }
        });
    }
}

#[test]
fn a_scan_crosses_the_edge_of_a_chunk() {
    for edge in [62, 63, 64, 65, 126, 127, 128, 129] {
        for number in [edge * 2 - 1, edge * 2, edge * 2 + 1] {
            change(200, move |put| put(number, Some(1)));
            change(200, move |put| put(number, None));
        }
    }
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
    let keys = |tx: &Read| {
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
    };
    store.db.read(|tx| Ok(keys(tx))).unwrap();
    // Below changes, and with changes on both sides of every prefix.
    store.db.write_blocking(move |tx| Ok(keys(tx))).unwrap();
    store
        .db
        .write_blocking(move |tx| {
            for group in [0, 1, 254, 255] {
                tx.remove(&CELLS, &(group, 0));
                tx.put(&CELLS, &(group, 0), &cell(u64::from(group)));
            }
            keys(tx);
            Ok(())
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
