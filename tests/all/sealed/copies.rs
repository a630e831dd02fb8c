//! Threads: readers beside a writer, snapshots beside a writer, and a new key.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hec::store::sealed::{Cipher, Controls, DataKey, Fault, SealedFile};
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::{
    disk::Disk,
    rng::Rng,
    workload::{self, Rows, apply, key, some_changes},
};

const TABLE: TableDefinition<u64, &[u8]> = TableDefinition::new("turns");
const ROWS: u64 = 800;

/// Every commit gives some rows its number, and row 0 always.
fn turn(db: &Database, number: u64) {
    let mut tx = db.begin_write().unwrap();
    tx.set_quick_repair(true);
    {
        let mut table = tx.open_table(TABLE).unwrap();
        let value = number.to_le_bytes().repeat(120);
        table.insert(0, value.as_slice()).unwrap();
        let rows = if number == 0 { ROWS } else { 5 };
        for nth in 0..rows {
            table.insert(1 + (number * 5 + nth) % (ROWS - 1), value.as_slice()).unwrap();
        }
    }
    tx.commit().unwrap();
}

/// The number of the last commit, where all rows are as it left them.
fn whole(db: &Database) -> u64 {
    let tx = db.begin_read().unwrap();
    let table = tx.open_table(TABLE).unwrap();
    let last = u64::from_le_bytes(table.get(0).unwrap().unwrap().value()[..8].try_into().unwrap());
    for row in table.iter().unwrap() {
        let (key, value) = row.unwrap();
        let (key, value) = (key.value(), value.value());
        let number = u64::from_le_bytes(value[..8].try_into().unwrap());
        assert_eq!(value, number.to_le_bytes().repeat(120));
        let written = |number: &u64| key == 0 || (0..5).any(|nth| 1 + (number * 5 + nth) % (ROWS - 1) == key);
        let wanted = (1..=last).rev().find(written).unwrap_or(0);
        assert_eq!(number, wanted, "row {key} in commit {last}");
    }
    last
}

fn store(disk: &Disk) -> (SealedFile, Database) {
    let sealed = SealedFile::create(disk.session(), &key(), Cipher::best()).unwrap();
    // Hardly any cache: nearly every read goes to the file, and many to a tag page.
    sealed.hold_tags(1);
    let db = Builder::new().set_cache_size(64 << 10).create_with_backend(sealed.clone()).unwrap();
    turn(&db, 0);
    (sealed, db)
}

#[test]
fn readers_see_whole_commits_while_one_writes() {
    let disk = Disk::default();
    let (_, db) = store(&disk);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let seen = whole(&db);
                    assert!(seen >= last, "time goes forward");
                    last = seen;
                }
            });
        }
        (1..=150).for_each(|number| turn(&db, number));
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(whole(&db), 150);
}

#[test]
fn a_snapshot_taken_beside_a_writer_is_whole_and_holds_what_was_acknowledged() {
    let disk = Disk::default();
    let (sealed, db) = store(&disk);
    let (done, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            (1..).take_while(|_| !done.load(Ordering::Relaxed)).for_each(|number| {
                turn(&db, number);
                acknowledged.store(number, Ordering::Relaxed);
            });
        });
        for _ in 0..25 {
            let before = acknowledged.load(Ordering::Relaxed);
            let copy = Disk::default();
            let epoch = sealed.snapshot(copy.session()).unwrap();
            let after = acknowledged.load(Ordering::Relaxed) + 1;

            let copied = SealedFile::open(copy.session(), &key(), Controls::default()).unwrap();
            assert_eq!(copied.figures().epoch, epoch);
            let deep = copied.deep_check().unwrap();
            assert!(deep.bad.is_empty() && deep.blocks > 100, "{deep:?}");
            let mut copied = workload::database(copied).unwrap();
            let number = whole(&copied);
            assert!((before..=after).contains(&number), "{before} ≤ {number} ≤ {after}");
            assert!(copied.check_integrity().unwrap());
            turn(&copied, number + 1);
            assert_eq!(whole(&copied), number + 1, "the copy is a store of its own");
        }
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap();
    });
    assert!(sealed.deep_check().unwrap().bad.is_empty());
}

#[test]
fn a_snapshot_that_fails_leaves_the_writer_alone() {
    let disk = Disk::default();
    let (sealed, db) = store(&disk);
    let full = Disk::default();
    full.fail_at(3, super::disk::Failure::NoSpace);
    assert!(sealed.snapshot(full.session()).is_err());
    turn(&db, 1);
    assert_eq!(whole(&db), 1);
    let copy = Disk::default();
    sealed.snapshot(copy.session()).unwrap();
    let again = sealed.snapshot(copy.session()).unwrap_err();
    assert_eq!(Fault::of(&again), Some(&Fault::NotEmpty));
}

#[test]
fn a_rewritten_file_has_the_same_rows_under_another_key_and_cipher() {
    let (disk, mut rng) = (Disk::default(), Rng::new(12));
    let db = SealedFile::create(disk.session(), &key(), Cipher::Aes256GcmSiv).unwrap();
    let db = workload::database(db).unwrap();
    let mut rows = Rows::new();
    for _ in 0..6 {
        let changes = some_changes(&mut rng, &rows, 50);
        workload::write(&db, &changes, true, true).unwrap();
        rows = apply(&rows, &changes);
    }
    drop(db);

    let (new, other) = (Disk::default(), DataKey::from_bytes([0x77; 32]));
    let sealed = SealedFile::open(disk.session(), &key(), Controls::default()).unwrap();
    let mut told = Vec::new();
    let mut progress = |done, of| told.push((done, of));
    let rewritten = sealed.rewrite_to(new.session(), &other, Cipher::XChaCha20Poly1305, &mut progress);
    let (rewritten, damaged) = rewritten.unwrap();
    assert!(told.is_sorted() && told.last().is_some_and(|(done, of)| done == of), "progress ends with all of it");
    assert!(damaged.is_empty());
    drop(rewritten);
    assert!(SealedFile::open(new.session(), &key(), Controls::default()).is_err());
    let rewritten = SealedFile::open(new.session(), &other, Controls::default()).unwrap();
    assert_eq!(rewritten.cipher(), Cipher::XChaCha20Poly1305);
    assert!(rewritten.deep_check().unwrap().bad.is_empty());
    let mut db = workload::database(rewritten).unwrap();
    assert!(workload::rows(&db).unwrap() == rows && db.check_integrity().unwrap());
}
