//! Files that rows name: stored, read, removed, swept.

mod damage;
mod format;
mod ranges;
mod secrecy;

use std::{collections::HashSet, fs, io::Read as _, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use hec::{
    store::{Blob, Blobs, blobs::seal::CHUNK, sealed::Cipher},
    types::{BlobId, Timestamp},
};
use tempfile::TempDir;

use crate::{sealed::rng::Rng, support::scratch};

const BOTH: [Cipher; 2] = [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305];
/// Lengths at which something begins or ends.
const LENGTHS: [usize; 9] = [0, 1, 15, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK + 12_345];

const DAY: Duration = Duration::from_hours(24);

fn long_ago() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// What was made the day before this is young.
fn today() -> Timestamp {
    long_ago().plus(DAY * 100)
}

fn new() -> (TempDir, Blobs) {
    let folder = scratch();
    let blobs = Blobs::open(folder.path().join("blobs")).unwrap();
    (folder, blobs)
}

/// Bytes of which no 16 come twice.
fn text(len: usize, seed: u64) -> Vec<u8> {
    Rng::new(seed).bytes(len)
}

/// What a row keeps, in its order: id, key, cipher, length.
fn reference(row: &[u8]) -> ([u8; 16], [u8; 32], u8, u64) {
    let mut d = minicbor::Decoder::new(row);
    assert_eq!(d.array().unwrap(), Some(4));
    let (id, key) = (d.bytes().unwrap().try_into().unwrap(), d.bytes().unwrap().try_into().unwrap());
    (id, key, d.u8().unwrap(), d.u64().unwrap())
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
    for cipher in BOTH {
        let blobs = blobs.clone().sealing_with(cipher);
        // Another one over the same folder, as after a restart, or on a machine that would choose the other cipher.
        let again = Blobs::open(folder.path().join("blobs")).unwrap();
        for bytes in LENGTHS.map(|len| text(len, 1)) {
            let blob = blobs.put(&bytes, today()).unwrap();
            assert_eq!(blob.len, bytes.len() as u64);
            for blobs in [&blobs, &again] {
                assert!(blobs.get(&blob).unwrap() == bytes, "{cipher:?}, {} bytes", bytes.len());
                let mut read = Vec::new();
                blobs.reader(&blob).unwrap().read_to_end(&mut read).unwrap();
                assert!(read == bytes);
                blobs.check(&blob).unwrap();
            }
        }
    }
    assert_eq!(files(&folder), BOTH.len() * LENGTHS.len(), "nothing temporary is left");
}

#[test]
fn only_the_owner_may_look_at_files_and_folders() {
    let (folder, blobs) = new();
    let blob = blobs.put(b"a picture", today()).unwrap();
    let file = path(&folder, blob.id);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&folder.path().join("blobs")), 0o700);
}

#[test]
fn the_same_bytes_twice_are_two_blobs() {
    let (_folder, blobs) = new();
    let (one, other) = (blobs.put(b"twins", today()).unwrap(), blobs.put(b"twins", today()).unwrap());
    assert_ne!(one, other);
    blobs.remove(one.id).unwrap();
    assert_eq!(blobs.get(&other).unwrap(), b"twins");
}

#[test]
fn what_was_removed_is_gone_and_may_be_removed_again() {
    let (folder, blobs) = new();
    let blob = blobs.put(b"a picture", today()).unwrap();
    blobs.remove(blob.id).unwrap();
    assert!(blobs.get(&blob).is_err() && blobs.reader(&blob).is_err() && blobs.check(&blob).is_err());
    assert_eq!(files(&folder), 0);
    blobs.remove(blob.id).unwrap();
    blobs.remove(BlobId::new(today())).unwrap();
}

#[test]
fn a_copy_outlives_what_it_was_made_of() {
    let (_folder, blobs) = new();
    let blob = blobs.put(b"a picture", today()).unwrap();
    let copy = blobs.copy_unsynced(&blob, today()).unwrap();
    assert_ne!(copy, blob);
    blobs.remove(blob.id).unwrap();
    assert_eq!(blobs.get(&copy).unwrap(), b"a picture");
    assert!(blobs.copy_unsynced(&blob, today()).is_err(), "what is gone can't be copied");
}

#[test]
fn many_threads_store_at_once() {
    let (folder, blobs) = new();
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            let blobs = &blobs;
            scope.spawn(move || {
                for number in 0..20u8 {
                    let blob = blobs.put(&[thread, number], today()).unwrap();
                    assert_eq!(blobs.get(&blob).unwrap(), [thread, number]);
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
    let named = HashSet::from([named_old.id, named_young.id, BlobId::new(today())]);
    assert_eq!(blobs.sweep(|| Ok(named.clone()), today()).unwrap(), 1);
    for kept in [&named_old, &named_young, &orphan_young, &edge] {
        assert_eq!(blobs.get(kept).unwrap(), b"a picture");
    }
    assert!(blobs.get(&orphan_old).is_err());
    assert_eq!(blobs.sweep(|| Ok(named.clone()), today()).unwrap(), 0, "once is enough");
    // A millisecond later the young ones are old.
    assert_eq!(blobs.sweep(|| Ok(named.clone()), today().plus(Duration::from_millis(1))).unwrap(), 2);
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
    let half = |blob: &Blob| {
        let whole = path(&folder, blob.id);
        let half = whole.with_extension("tmp");
        fs::rename(whole, &half).unwrap();
        half
    };
    let (old, young, named_half) = (half(&old), half(&young), half(&named));
    assert!(blobs.get(&named).is_err(), "half a file is no blob");
    assert_eq!(blobs.sweep(|| Ok(HashSet::from([named.id])), today()).unwrap(), 2);
    assert!(!old.exists() && !named_half.exists(), "nobody writes to these any more");
    assert!(young.exists(), "somebody may be writing to it");
}

#[test]
fn a_sweep_leaves_files_whose_names_are_none_of_ours_and_passes_over_folders() {
    let (folder, blobs) = new();
    let blob = blobs.put(b"a picture", long_ago()).unwrap();
    let id = blob.id;
    let shard = path(&folder, id).parent().unwrap().to_owned();
    fs::write(shard.join("notes.txt"), "x").unwrap();
    fs::write(shard.join(id.to_string().to_uppercase()), "x").unwrap();
    fs::create_dir(shard.join("snapshots")).unwrap();
    fs::write(folder.path().join("blobs/read me"), "x").unwrap();
    assert_eq!(blobs.sweep(|| Ok(HashSet::from([id])), today()).unwrap(), 0);
    assert_eq!(blobs.get(&blob).unwrap(), b"a picture");
    assert!(
        shard.join("notes.txt").exists()
            && shard.join("snapshots").exists()
            && folder.path().join("blobs/read me").exists()
    );
}

#[test]
fn sweeps_and_removals_at_the_same_time_harm_nobody() {
    let (folder, blobs) = new();
    let ids: Vec<_> = (0..200).map(|_| blobs.put(b"a picture", long_ago()).unwrap().id).collect();
    std::thread::scope(|scope| {
        let sweeps = [0; 2].map(|_| scope.spawn(|| blobs.sweep(|| Ok(HashSet::new()), today()).unwrap()));
        ids.iter().for_each(|id| blobs.remove(*id).unwrap());
        let swept: usize = sweeps.into_iter().map(|sweep| sweep.join().unwrap()).sum();
        assert!(swept <= ids.len());
    });
    assert_eq!(files(&folder), 0);
}
