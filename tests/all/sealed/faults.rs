//! A full disk and a failing device, at every call that a workload makes (with `HEC_FAULTS_EVERY=1`; else at every
//! fifth).

use std::{io, sync::Arc};

use hec::store::sealed::{Cipher, Controls, DataKey, Fault, SealedFile};
use redb::{Database, StorageBackend};

use super::{
    cases::{quietly, setting},
    disk::{CUTS, Disk, Failure, Image, Replay},
    rng::Rng,
    workload::{self, Rows, apply, key, same, some_changes},
};

/// What a script has been told so far.
struct Told {
    rows: Arc<Rows>,
    tried: Arc<Rows>,
}

fn prepared() -> (Image, Rows) {
    let disk = Disk::default();
    let db = workload::database(SealedFile::create(disk.session(), &key(), Cipher::best()).unwrap()).unwrap();
    let changes = some_changes(&mut Rng::new(5), &Rows::new(), 40);
    workload::write(&db, &changes, true, true).unwrap();
    drop(db);
    (disk.image(), apply(&Rows::new(), &changes))
}

/// A bit of everything, the same every time, until something fails.
fn script(disk: &Disk, told: &mut Told) -> io::Result<()> {
    let mut rng = Rng::new(9);
    let mut db = workload::open(disk, Controls::default())?;
    for step in 0..14 {
        match step {
            5 => drop(db.compact().map_err(io::Error::other)?),
            8 => {
                drop(db);
                db = workload::open(disk, Controls::default())?;
            }
            _ => commit(&db, [3, 1, 60, 8][step % 4], step != 7, &mut rng, told)?,
        }
    }
    same(&workload::rows(&db)?, &told.rows, "the script reads something else")
}

fn commit(db: &Database, count: usize, commit: bool, rng: &mut Rng, told: &mut Told) -> io::Result<()> {
    let changes = some_changes(rng, &told.rows, count);
    if commit {
        told.tried = Arc::new(apply(&told.rows, &changes));
    }
    workload::write(db, &changes, true, commit)?;
    told.rows = told.tried.clone();
    Ok(())
}

fn fails_at(call: usize, failure: Failure, start: &Image, rows: &Rows) -> io::Result<()> {
    let disk = Disk::with(start.clone());
    let mut told = Told { rows: Arc::new(rows.clone()), tried: Arc::new(rows.clone()) };
    disk.fail_at(call, failure);
    // An error is fine and even expected. What was told before it counts.
    if let Err(error) = quietly(|| script(&disk, &mut told))
        && error.to_string() == "it panicked"
    {
        return Err(error);
    }
    let is_told = |db: &Database| -> io::Result<Rows> {
        let found = workload::rows(db)?;
        if found == *told.rows || found == *told.tried {
            Ok(found)
        } else {
            Err(io::Error::other("an acknowledged commit is lost, or half a commit is there"))
        }
    };
    let log = disk.log();

    // The next process reads, on the same full disk even.
    drop(is_told(&workload::open(&disk, Controls::default())?)?);

    // And writes, once there is space.
    disk.mend();
    let mut db = workload::open(&disk, Controls::default())?;
    let found = is_told(&db)?;
    if !db.check_integrity().map_err(io::Error::other)? {
        return Err(io::Error::other("redb had to repair it"));
    }
    let change = [((1, 7), Some(vec![7; 900]))];
    workload::write(&db, &change, true, true)?;
    same(&workload::rows(&db)?, &apply(&found, &change), "the write after is not there")?;
    drop(db);

    // Power fails where the call had failed: whatever the kernel thought it had written.
    let mut rng = Rng::new(call as u64);
    let cut = *rng.pick(&CUTS);
    let cut_then = Replay::new(start.clone(), &log).cut(log.len(), cut, &mut rng);
    drop(is_told(&workload::open(&Disk::with(cut_then), Controls::default())?)?);

    // Or later, after the next process has worked on the kernel's word.
    let log = disk.log();
    let cut_later = Replay::new(start.clone(), &log).cut(log.len(), cut, &mut rng);
    let db = workload::open(&Disk::with(cut_later), Controls::default())?;
    same(&workload::rows(&db)?, &apply(&found, &change), "a commit after the failure is lost")
}

#[test]
fn a_full_or_failing_disk_at_any_call_loses_nothing() {
    let (start, rows) = prepared();
    let disk = Disk::with(start.clone());
    let mut told = Told { rows: Arc::new(rows.clone()), tried: Arc::new(rows.clone()) };
    script(&disk, &mut told).unwrap();
    let calls = disk.calls();

    let every = setting("HEC_FAULTS_EVERY", 5) as usize;
    let mut failures = Vec::new();
    for call in (0..calls).step_by(every) {
        for failure in [Failure::NoSpace, Failure::Device] {
            if let Err(error) = quietly(|| fails_at(call, failure, &start, &rows)) {
                failures.push(format!("{failure:?} at call {call}: {error}"));
            }
        }
    }
    println!("{calls} calls, {} failures", failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn after_a_failed_write_reads_go_on_and_writes_do_not() {
    let disk = Disk::default();
    let sealed = SealedFile::create(disk.session(), &DataKey::from_bytes([1; 32]), Cipher::best()).unwrap();
    sealed.set_len(5 * 4096).unwrap();
    sealed.write(4096, &[1; 4096]).unwrap();
    sealed.write(0, &[1; 320]).unwrap();
    sealed.sync_data().unwrap();

    disk.fail_at(disk.calls(), Failure::NoSpace);
    assert_eq!(sealed.write(2 * 4096, &[2; 4096]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    disk.mend();
    for refused in [sealed.write(2 * 4096, &[2; 4096]), sealed.sync_data(), sealed.set_len(4096)] {
        assert_eq!(Fault::of(&refused.unwrap_err()), Some(&Fault::Latched));
    }
    let mut out = [0; 4096];
    sealed.read(4096, &mut out).unwrap();
    assert_eq!(out, [1; 4096]);
    let never = sealed.read(3 * 4096, &mut out).unwrap_err();
    assert_eq!((Fault::of(&never), never.kind()), (Some(&Fault::NeverWritten(3)), io::ErrorKind::InvalidData));
}
