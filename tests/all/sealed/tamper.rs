//! Someone, or time, changes the file while it is closed. An answer may fail to come; it may never be wrong.

use std::{collections::BTreeMap, io, sync::Arc};

use hec::store::sealed::{Bad, Cipher, Controls, DataKey, Deep, Fault, Layout, SealedFile, layout};
use redb::StorageBackend;

use super::{
    cases::{quietly, setting},
    disk::{Disk, Image},
    rng::Rng,
    workload::{self, Rows, apply, key, some_changes},
};

const BLOCK: usize = layout::BLOCK;

/// A file that was closed cleanly, and the same file some commits earlier.
struct Files {
    layout: Layout,
    image: Image,
    rows: Rows,
    older: Image,
    older_rows: Rows,
}

fn files(cipher: Cipher) -> Files {
    let mut rng = Rng::new(31);
    let disk = Disk::default();
    let mut db = workload::database(SealedFile::create(disk.session(), &key(), cipher).unwrap()).unwrap();
    let mut rows = Rows::new();
    let mut older = None;
    for step in 0..12 {
        let changes = some_changes(&mut rng, &rows, 40);
        workload::write(&db, &changes, true, true).unwrap();
        rows = apply(&rows, &changes);
        if step == 7 {
            drop(db);
            older = Some((disk.image(), rows.clone()));
            db = workload::open(&disk, Controls::default()).unwrap();
        }
    }
    // A transaction that spills and is given up leaves blocks behind that only the close makes an epoch of.
    workload::write(&db, &some_changes(&mut rng, &rows, 200), true, false).unwrap();
    drop(db);
    let (older, older_rows) = older.unwrap();
    Files { layout: cipher.layout(), image: disk.image(), rows, older, older_rows }
}

impl Files {
    /// Where each data block lies, by the block of the file below.
    fn data(&self) -> BTreeMap<u64, u64> {
        let blocks = self.layout.first(self.layout.groups_in_file(self.image.len()));
        (0..blocks).map(|block| (self.layout.data(block) / BLOCK as u64, block)).collect()
    }

    /// What a deep check must say of a damaged block: nothing where it was never written, or given up since.
    fn expected(&self, number: u64) -> Vec<Bad> {
        let disk = Disk::with(self.image.clone());
        let sealed = SealedFile::open(disk.session(), &key(), Controls::default()).unwrap();
        let read = sealed.read(number * BLOCK as u64, &mut [0; BLOCK]);
        read.map(|()| vec![Bad::Block(number)]).unwrap_or_default()
    }

    fn both() -> [Self; 2] {
        [files(Cipher::Aes256GcmSiv), files(Cipher::XChaCha20Poly1305)]
    }
}

fn block(image: &Image, offset: u64) -> Vec<u8> {
    let mut out = vec![0; BLOCK];
    // A file may end in the middle of what a layout has room for.
    drop(image.read(offset, &mut out));
    out
}

fn deep(image: &Image) -> io::Result<Deep> {
    SealedFile::open(Disk::with(image.clone()).session(), &key(), Controls::default())?.deep_check()
}

fn read(image: &Image) -> io::Result<Rows> {
    workload::rows(&workload::open(&Disk::with(image.clone()), Controls::default())?)
}

/// Whatever was changed: the rows are right or there are none, nothing panics, and where reading fails the deep check
/// names something. Gives what it named.
fn holds(image: &Image, rows: &Rows) -> Option<Deep> {
    let found = quietly(|| deep(image)).ok();
    let error = match quietly(|| read(image)) {
        Ok(read) => {
            assert!(read == *rows, "a wrong answer");
            return found;
        }
        Err(error) => error,
    };
    assert_ne!(error.to_string(), "it panicked");
    assert!(found.as_ref().is_none_or(|found| !found.bad.is_empty()), "unnoticed by the deep check: {error}");
    found
}

#[test]
fn an_untouched_file_is_sound() {
    for files in Files::both() {
        let deep = holds(&files.image, &files.rows).unwrap();
        assert!(deep.bad.is_empty() && deep.blocks > 100, "{deep:?}");
    }
}

#[test]
fn no_flipped_bit_gives_a_wrong_answer() {
    let flips = setting("HEC_TAMPER_CASES", 300) as usize;
    for files in Files::both() {
        let (mut rng, data) = (Rng::new(3), files.data());
        let mut refused = 0;
        for _ in 0..flips {
            let at = rng.next() % if rng.one_in(3) { 40 * BLOCK as u64 } else { files.image.len() };
            let mut image = files.image.clone();
            let mut byte = [0];
            image.read(at, &mut byte).unwrap();
            image.write(at, &[byte[0] ^ (1 << rng.below(8))]);
            let found = holds(&image, &files.rows);
            refused += usize::from(found.is_none());
            // Block 0 travels in the header; its own place is never written.
            if let Some(number) = data.get(&(at / BLOCK as u64)).filter(|number| **number > 0) {
                let bad = found.expect("data does not keep a file from opening").bad;
                assert_eq!(bad, files.expected(*number), "byte {at}");
            }
        }
        println!("{flips} flips, {refused} refused at opening");
    }
}

#[test]
fn blocks_cannot_change_places() {
    for files in Files::both() {
        let (mut rng, places) = (Rng::new(4), files.image.len() / BLOCK as u64);
        for _ in 0..150 {
            let (one, other) = (rng.next() % places * BLOCK as u64, rng.next() % places * BLOCK as u64);
            let mut image = files.image.clone();
            image.write(one, &block(&files.image, other));
            image.write(other, &block(&files.image, one));
            holds(&image, &files.rows);
        }
    }
}

#[test]
fn a_block_cannot_go_back_in_time() {
    for files in Files::both() {
        let mut changed = 0;
        for (place, number) in files.data() {
            let offset = place * BLOCK as u64;
            let old = block(&files.older, offset);
            if old == block(&files.image, offset) {
                continue;
            }
            changed += 1;
            let mut image = files.image.clone();
            image.write(offset, &old);
            assert_eq!(holds(&image, &files.rows).unwrap().bad, files.expected(number));
        }
        assert!(changed > 50);
    }
}

#[test]
fn a_group_cannot_go_back_in_time() {
    for files in Files::both() {
        let mut refused = 0;
        let moved = |group: &u64| {
            let page = |copy| files.layout.tag_page(*group, copy);
            (0..layout::COPIES).any(|copy| block(&files.older, page(copy)) != block(&files.image, page(copy)))
        };
        for group in (0..files.layout.groups_in_file(files.image.len())).filter(moved) {
            for with_data in [false, true] {
                let mut image = files.image.clone();
                let mut back = |offset| image.write(offset, &block(&files.older, offset));
                (0..layout::COPIES).for_each(|copy| back(files.layout.tag_page(group, copy)));
                if with_data {
                    (files.layout.first(group)..files.layout.first(group + 1))
                        .map(|number| files.layout.data(number))
                        .filter(|offset| *offset < files.image.len())
                        .for_each(&mut back);
                }
                assert_eq!(Fault::of(&deep(&image).unwrap_err()), Some(&Fault::NoEpoch), "group {group}");
                refused += 1;
            }
        }
        assert!(refused >= 2);
    }
}

#[test]
fn headers_cannot_go_back_without_their_tag_pages() {
    for files in Files::both() {
        let mut image = files.image.clone();
        for copy in 0..layout::COPIES {
            image.write(layout::header(copy), &block(&files.older, layout::header(copy)));
        }
        assert_eq!(Fault::of(&deep(&image).unwrap_err()), Some(&Fault::NoEpoch));
    }
}

#[test]
fn a_whole_file_that_went_back_is_known_by_its_epoch_alone() {
    for files in Files::both() {
        let epoch = |image: &Image| {
            let sealed = SealedFile::open(Disk::with(image.clone()).session(), &key(), Controls::default()).unwrap();
            sealed.figures().epoch
        };
        assert_eq!(read(&files.older).unwrap(), files.older_rows);
        assert!(epoch(&files.older) < epoch(&files.image));
    }
}

#[test]
fn a_file_cut_short_is_refused_or_right() {
    for files in Files::both() {
        let mut rng = Rng::new(6);
        for _ in 0..100 {
            let mut image = files.image.clone();
            image.set_len(rng.next() % files.image.len());
            holds(&image, &files.rows);
        }
    }
}

#[test]
fn a_refusal_says_why() {
    let files = files(Cipher::best());
    let open = |image: Image, key: &DataKey| {
        SealedFile::open(Disk::with(image).session(), key, Controls::default())
            .map(drop)
            .map_err(|error| Fault::of(&error).cloned().expect("a fault"))
    };
    let other = DataKey::from_bytes([9; 32]);
    let wrong = Fault::WrongKey { file: key().id(), given: other.id() };
    assert_eq!(open(files.image.clone(), &other), Err(wrong));
    assert_eq!(open(Image::default(), &key()), Err(Fault::NotSealed));

    let changed = |at: u64, bytes: &[u8], copies: usize| {
        let mut image = files.image.clone();
        (0..copies).for_each(|copy| image.write(layout::superblock(copy) + at, bytes));
        image
    };
    assert_eq!(open(changed(0, b"redb", 2), &key()), Err(Fault::NotSealed));
    assert_eq!(open(changed(8, &[2, 0], 2), &key()), Err(Fault::Newer(2)));
    assert_eq!(open(changed(20, &[0; 4], 2), &key()), Err(Fault::Superblocks));
    assert_eq!(open(changed(10, &[7], 1), &key()), Ok(()), "the other copy stands");

    let disk = Disk::with(changed(0, &[0; BLOCK], 1));
    drop(SealedFile::open(disk.session(), &key(), Controls::default()).unwrap());
    assert_eq!(block(&disk.image(), 0), block(&files.image, 0), "and the lost one is restored");

    let disk = Disk::default();
    drop(SealedFile::create(disk.session(), &key(), Cipher::best()).unwrap());
    assert_eq!(open(disk.image(), &key()), Err(Fault::Empty));
    let again = SealedFile::create(disk.session(), &key(), Cipher::best());
    assert_eq!(Fault::of(&again.unwrap_err()), Some(&Fault::NotEmpty));
}

#[test]
fn a_file_has_one_owner_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sealed");
    let open = || {
        let file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
        hec::store::sealed::DiskFile::lock(file)
    };
    let first = open().unwrap();
    assert_eq!(Fault::of(&open().unwrap_err()), Some(&Fault::InUse));
    let sealed = SealedFile::create(Arc::new(first), &key(), Cipher::best()).unwrap();
    drop(workload::database(sealed).unwrap());
    let sealed = SealedFile::open(Arc::new(open().unwrap()), &key(), Controls::default()).unwrap();
    assert!(sealed.deep_check().unwrap().bad.is_empty());
}
