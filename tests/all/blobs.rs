//! Files that rows name: stored, read, removed, swept.

use std::{collections::HashSet, fs, io::Read as _, path::PathBuf, time::Duration};

use hec::{
    store::Blobs,
    types::{BlobId, Timestamp},
};
use tempfile::TempDir;

const DAY: Duration = Duration::from_hours(24);

fn long_ago() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// What was made the day before this is young.
fn today() -> Timestamp {
    long_ago().plus(DAY * 100)
}

fn new() -> (TempDir, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path().join("blobs")).unwrap();
    (folder, blobs)
}

/// Where a blob lies: the only file of its name.
fn path(folder: &TempDir, id: BlobId) -> PathBuf {
    let shards = fs::read_dir(folder.path().join("blobs")).unwrap();
    let found: Vec<_> = shards.map(|shard| shard.unwrap().path().join(id.to_string())).filter(|p| p.exists()).collect();
    let [path] = &found[..] else { panic!("{id} lies in {found:?}") };
    path.clone()
}

fn files(folder: &TempDir) -> usize {
    let shards =
        fs::read_dir(folder.path().join("blobs")).unwrap().filter_map(|shard| fs::read_dir(shard.unwrap().path()).ok());
    shards.map(Iterator::count).sum()
}

#[test]
fn bytes_come_back_as_they_were_stored() {
    let (folder, blobs) = new();
    let contents = [Vec::new(), vec![0], b"a picture".to_vec(), (0..300_000).map(|n| (n % 251) as u8).collect()];
    let ids: Vec<_> = contents.iter().map(|bytes| blobs.put(bytes, today()).unwrap()).collect();
    // Another one over the same folder, as after a restart.
    let again = Blobs::open(folder.path().join("blobs")).unwrap();
    for (id, bytes) in ids.iter().zip(&contents) {
        assert!(blobs.get(*id).unwrap() == *bytes);
        let mut read = Vec::new();
        again.file(*id).unwrap().read_to_end(&mut read).unwrap();
        assert!(read == *bytes);
    }
    assert_eq!(files(&folder), contents.len(), "nothing temporary is left");
}

#[test]
fn the_same_bytes_twice_are_two_blobs() {
    let (_folder, blobs) = new();
    let (one, other) = (blobs.put(b"twins", today()).unwrap(), blobs.put(b"twins", today()).unwrap());
    assert_ne!(one, other);
    blobs.remove(one).unwrap();
    assert_eq!(blobs.get(other).unwrap(), b"twins");
}

#[test]
fn what_was_removed_is_gone_and_may_be_removed_again() {
    let (folder, blobs) = new();
    let id = blobs.put(b"a picture", today()).unwrap();
    blobs.remove(id).unwrap();
    assert!(blobs.get(id).is_err() && blobs.file(id).is_err());
    assert_eq!(files(&folder), 0);
    blobs.remove(id).unwrap();
    blobs.remove(BlobId::new(today())).unwrap();
}

#[test]
fn a_copy_outlives_what_it_was_made_of() {
    let (_folder, blobs) = new();
    let id = blobs.put(b"a picture", today()).unwrap();
    let copy = blobs.copy_unsynced(id, today()).unwrap();
    blobs.remove(id).unwrap();
    assert_eq!(blobs.get(copy).unwrap(), b"a picture");
    assert!(blobs.copy_unsynced(id, today()).is_err(), "what is gone can't be copied");
}

#[test]
fn many_threads_store_at_once() {
    let (folder, blobs) = new();
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            let blobs = &blobs;
            scope.spawn(move || {
                for number in 0..20u8 {
                    let id = blobs.put(&[thread, number], today()).unwrap();
                    assert_eq!(blobs.get(id).unwrap(), [thread, number]);
                }
            });
        }
    });
    assert_eq!(files(&folder), 160);
}

#[test]
fn a_sweep_removes_old_files_that_no_row_names_and_nothing_else() {
    let (folder, blobs) = new();
    let put = |at| blobs.put(b"a picture", at).unwrap();
    let (named_old, named_young) = (put(long_ago()), put(today()));
    let (orphan_old, orphan_young) = (put(long_ago()), put(today()));
    let edge = put(today());
    let named = HashSet::from([named_old, named_young, BlobId::new(today())]);
    assert_eq!(blobs.sweep(&named, today()).unwrap(), 1);
    for kept in [named_old, named_young, orphan_young, edge] {
        assert_eq!(blobs.get(kept).unwrap(), b"a picture");
    }
    assert!(blobs.get(orphan_old).is_err());
    assert_eq!(blobs.sweep(&named, today()).unwrap(), 0, "once is enough");
    // A millisecond later the young ones are old.
    assert_eq!(blobs.sweep(&named, today().plus(Duration::from_millis(1))).unwrap(), 2);
    assert_eq!(files(&folder), 2);
}

#[test]
fn a_sweep_removes_what_a_crash_left_half_written() {
    let (folder, blobs) = new();
    let (old, young, named) = (
        blobs.put(b"a picture", long_ago()).unwrap(),
        blobs.put(b"a picture", today()).unwrap(),
        blobs.put(b"a picture", long_ago()).unwrap(),
    );
    let half = |id| {
        let whole = path(&folder, id);
        let half = whole.with_extension("tmp");
        fs::rename(whole, &half).unwrap();
        half
    };
    let (old, young, named_half) = (half(old), half(young), half(named));
    assert!(blobs.get(named).is_err(), "half a file is no blob");
    assert_eq!(blobs.sweep(&HashSet::from([named]), today()).unwrap(), 2);
    assert!(!old.exists() && !named_half.exists(), "nobody writes to these any more");
    assert!(young.exists(), "somebody may be writing to it");
}

#[test]
fn a_sweep_removes_files_whose_names_are_none_of_ours_and_passes_over_folders() {
    let (folder, blobs) = new();
    let id = blobs.put(b"a picture", long_ago()).unwrap();
    let shard = path(&folder, id).parent().unwrap().to_owned();
    fs::write(shard.join("notes.txt"), "x").unwrap();
    fs::write(shard.join(id.to_string().to_uppercase()), "x").unwrap();
    fs::create_dir(shard.join("snapshots")).unwrap();
    fs::write(folder.path().join("blobs/read me"), "x").unwrap();
    assert_eq!(blobs.sweep(&HashSet::from([id]), today()).unwrap(), 2);
    assert_eq!(blobs.get(id).unwrap(), b"a picture");
    assert!(shard.join("snapshots").exists() && folder.path().join("blobs/read me").exists());
}

#[test]
fn sweeps_and_removals_at_the_same_time_harm_nobody() {
    let (folder, blobs) = new();
    let ids: Vec<_> = (0..200).map(|_| blobs.put(b"a picture", long_ago()).unwrap()).collect();
    std::thread::scope(|scope| {
        let sweeps = [0; 2].map(|_| scope.spawn(|| blobs.sweep(&HashSet::new(), today()).unwrap()));
        ids.iter().for_each(|id| blobs.remove(*id).unwrap());
        let swept: usize = sweeps.into_iter().map(|sweep| sweep.join().unwrap()).sum();
        assert!(swept <= ids.len());
    });
    assert_eq!(files(&folder), 0);
}
