//! Tag pages that are not in memory: how many are, and what becomes of those that the disk changes meanwhile.

use std::io;

use hec::store::sealed::{Cipher, Controls, DEFER, Fault, SealedFile, layout};
use redb::StorageBackend;

use super::{
    disk::{Disk, Failure},
    workload::key,
};

const GROUPS: u64 = 40;

/// A block's place in redb's file: the second of its group.
fn place(layout: layout::Layout, group: u64) -> u64 {
    (layout.first(group) + 1) * layout::BLOCK_LEN
}

/// A file with a block in each of its groups, whose bytes say which group it is.
fn made(disk: &Disk, cipher: Cipher) -> SealedFile {
    let sealed = SealedFile::create(disk.session(), &key(), cipher).unwrap();
    sealed.hold_tags(3);
    sealed.set_len(layout_of(cipher).first(GROUPS) * layout::BLOCK_LEN).unwrap();
    sealed.write(0, &[1; 320]).unwrap();
    for group in 0..GROUPS {
        sealed.write(place(layout_of(cipher), group), &[group as u8; layout::BLOCK]).unwrap();
    }
    sealed
}

fn layout_of(cipher: Cipher) -> layout::Layout {
    cipher.layout()
}

fn read(sealed: &SealedFile, cipher: Cipher, group: u64) -> io::Result<()> {
    let mut out = [0xff; layout::BLOCK];
    sealed.read(place(layout_of(cipher), group), &mut out)?;
    assert_eq!(out, [group as u8; layout::BLOCK], "group {group}");
    Ok(())
}

#[test]
fn few_stay_in_memory_and_all_are_read() {
    for cipher in [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305] {
        let disk = Disk::default();
        let sealed = made(&disk, cipher);
        assert_eq!(sealed.figures().awake as u64, GROUPS, "the disk has none of them yet");
        sealed.sync_data().unwrap();
        assert_eq!(sealed.figures().awake, 3);
        drop(sealed);

        let sealed = SealedFile::open(disk.session(), &key(), Controls::default()).unwrap();
        sealed.hold_tags(3);
        assert_eq!(sealed.figures().awake, 0, "none is wanted before somebody wants it");
        for turn in 0..3 * GROUPS {
            read(&sealed, cipher, turn * 7 % GROUPS).unwrap();
            assert!(sealed.figures().awake <= 3);
        }
        // One that is wanted all the time stays, mostly.
        let (wanted, before) = (5, disk.calls());
        for group in (10..20).flat_map(|group| [wanted, group]) {
            read(&sealed, cipher, group).unwrap();
        }
        let calls = disk.calls() - before;
        assert!(calls <= 20 + 2 * 15, "{calls} calls: one for each block, two for each group that was asleep");
        assert!(sealed.deep_check().unwrap().bad.is_empty());
    }
}

#[test]
fn giving_up_the_end_of_a_file_reaches_those_that_sleep() {
    let (disk, cipher) = (Disk::default(), Cipher::Aes256GcmSiv);
    let sealed = made(&disk, cipher);
    sealed.sync_data().unwrap();
    let half = layout_of(cipher).first(GROUPS / 2) * layout::BLOCK_LEN;
    sealed.set_len(half).unwrap();
    sealed.write(0, &[2; 320]).unwrap();
    sealed.sync_data().unwrap();
    assert!(sealed.figures().awake <= 3);
    sealed.set_len(2 * half).unwrap();
    for group in 0..GROUPS {
        let found = read(&sealed, cipher, group);
        match found.as_ref().err().map(Fault::of) {
            None => assert!(group < GROUPS / 2),
            Some(Some(Fault::NeverWritten(_))) => assert!(group >= GROUPS / 2),
            _ => found.unwrap(),
        }
    }
}

#[test]
fn a_page_that_is_not_the_one_that_was_opened_is_refused() {
    let (disk, cipher) = (Disk::default(), Cipher::Aes256GcmSiv);
    let sealed = made(&disk, cipher);
    sealed.sync_data().unwrap();
    let older = disk.image();
    // Another epoch of the same block, so that an older page of the same group and copy is there to be put back.
    for head in [2, 3] {
        sealed.write(place(layout_of(cipher), 9), &[9; layout::BLOCK]).unwrap();
        sealed.write(0, &[head; 320]).unwrap();
        sealed.sync_data().unwrap();
    }
    for group in 20..30 {
        read(&sealed, cipher, group).unwrap();
    }
    let good = disk.image();
    let pages = |group| (0..layout::COPIES).map(move |copy| layout_of(cipher).tag_page(group, copy));
    for (what, from) in [("put back", Some(&older)), ("gone", None)] {
        let mut image = good.clone();
        for offset in pages(9) {
            let mut block = [0; layout::BLOCK];
            if let Some(older) = from {
                older.read(offset, &mut block).unwrap();
            }
            image.write(offset, &block);
        }
        disk.replace(image);
        assert_eq!(Fault::of(&read(&sealed, cipher, 9).unwrap_err()), Some(&Fault::Tags(9)), "{what}");
        assert!(!sealed.deep_check().unwrap().bad.is_empty(), "{what}");
        disk.replace(good.clone());
        read(&sealed, cipher, 9).unwrap();
        for group in 20..30 {
            read(&sealed, cipher, group).unwrap();
        }
    }

    // A write into such a group changes nothing, and is the last.
    let mut image = good.clone();
    pages(9).for_each(|offset| image.write(offset, &[0; layout::BLOCK]));
    disk.replace(image);
    let refused = sealed.write(place(layout_of(cipher), 9), &[1; layout::BLOCK]).unwrap_err();
    assert_eq!(Fault::of(&refused), Some(&Fault::Tags(9)));
    assert_eq!(Fault::of(&sealed.sync_data().unwrap_err()), Some(&Fault::Latched));
    disk.replace(good);
    let again = SealedFile::open(disk.session(), &key(), Controls::default()).unwrap();
    read(&again, cipher, 9).unwrap();
}

#[test]
fn what_the_disk_does_not_have_is_not_forgotten_when_it_refuses() {
    let (disk, cipher) = (Disk::default(), Cipher::Aes256GcmSiv);
    let sealed = made(&disk, cipher);
    disk.fail_at(disk.calls(), Failure::Device);
    sealed.sync_data().unwrap_err();
    disk.mend();
    for group in (0..GROUPS).chain(0..GROUPS) {
        read(&sealed, cipher, group).unwrap();
    }
    assert_eq!(sealed.figures().awake as u64, GROUPS);
    const { assert!(GROUPS < DEFER) };
}
