//! The sealed file, damaged while it is closed.

use std::{io, sync::LazyLock};

use hec::store::sealed::{Cipher, Controls, DataKey, Fault, SealedFile, keys_of, layout};
use redb::StorageBackend;

use crate::sealed::{
    disk::{Disk, Image},
    rng::Rng,
    workload::{self, Rows, apply, key, some_changes},
};

use super::{
    forge::{Forger, block},
    input::Input,
};

const BLOCK: usize = layout::BLOCK;
/// The most changes of one run: more find nothing that fewer don't.
const EDITS: usize = 8;
/// The most blocks that are read of a file whose header was forged to be long.
const READ: u64 = 2048;

/// One store at several moments.
struct Base {
    cipher: Cipher,
    /// Closed in good order.
    closed: Image,
    rows: Rows,
    /// As a process that was killed has left it, after a commit that was acknowledged, and the rows of the one before.
    killed: Image,
    killed_rows: Rows,
    before_rows: Rows,
    /// Closed, some commits earlier.
    older: Image,
    older_rows: Rows,
    /// Another file under the same key.
    stranger: Image,
    forger: Forger,
}

static BASES: LazyLock<[Base; 2]> = LazyLock::new(|| {
    [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305].map(|cipher| Base::make(cipher).expect("a sound disk"))
});

impl Base {
    fn make(cipher: Cipher) -> io::Result<Self> {
        let mut rng = Rng::new(5);
        let disk = Disk::default();
        let mut db = workload::database(SealedFile::create(disk.session(), &key(), cipher)?)?;
        let mut rows = Rows::new();
        let mut older = (Image::default(), Rows::new());
        for step in 0..6 {
            let changes = some_changes(&mut rng, &rows, 12);
            workload::write(&db, &changes, true, true)?;
            rows = apply(&rows, &changes);
            if step == 3 {
                drop(db);
                older = (disk.image(), rows.clone());
                db = workload::open(&disk, Controls::default())?;
            }
        }
        let before_rows = rows.clone();
        let changes = some_changes(&mut rng, &rows, 6);
        workload::write(&db, &changes, true, true)?;
        rows = apply(&rows, &changes);
        let (killed, killed_rows) = (disk.image(), rows.clone());
        drop(db);

        let other = Disk::default();
        drop(workload::database(SealedFile::create(other.session(), &key(), cipher)?)?);
        let closed = disk.image();
        let forger = Forger::new(&closed, cipher, key());
        let (older, older_rows) = older;
        let stranger = other.image();
        Ok(Self { cipher, closed, rows, killed, killed_rows, before_rows, older, older_rows, stranger, forger })
    }

    /// Any place of the file, the few that hold everything together more often than the many that don't.
    fn place(&self, image: &Image, input: &mut Input) -> u64 {
        let sizes = self.cipher.layout();
        let groups = sizes.groups_in_file(self.closed.len());
        match input.below(6) {
            0 => layout::superblock(input.below(layout::COPIES)),
            1 | 2 => layout::header(input.below(layout::COPIES)),
            3 => sizes.tag_page(input.below(groups as usize) as u64, input.below(layout::COPIES)),
            4 => sizes.data(input.below((groups * sizes.group()) as usize) as u64),
            _ => input.below((image.len() / BLOCK as u64).max(1) as usize) as u64 * BLOCK as u64,
        }
    }

    /// Changes the image. Gives whether the key was needed for it.
    fn edit(&self, image: &mut Image, input: &mut Input) -> bool {
        let at = self.place(image, input);
        let within = |input: &mut Input| if input.coin() { input.below(96) } else { input.below(BLOCK) } as u64;
        match input.below(11) {
            0 => {
                let at = at + within(input);
                let mut byte = [0];
                if image.read(at, &mut byte).is_ok() {
                    image.write(at, &[byte[0] ^ 1 << input.below(8)]);
                }
            }
            1 => image.write(at + within(input), input.some(16)),
            2 => image.write(at, &[0; BLOCK]),
            3 => {
                let other = self.place(image, input);
                let (one, two) = (block(image, at), block(image, other));
                image.write(at, &two);
                image.write(other, &one);
            }
            4 => {
                let other = self.place(image, input);
                image.write(other, &block(image, at));
            }
            5 | 6 => {
                let count = 1 + input.below(48) as u64;
                (0..count).map(|block| at + block * BLOCK as u64).for_each(|at| {
                    image.write(at, &block(&self.older, at));
                });
            }
            7 => image.write(at, &block(&self.stranger, at)),
            8 => image.set_len(at + within(input)),
            9 => {
                let len = match input.below(3) {
                    0 => image.len() + within(input),
                    1 => image.len() + BLOCK as u64 * input.word() as u64,
                    // A sparse file may claim to be of any length.
                    _ => 1 << (20 + input.below(8)),
                };
                if len > image.len() {
                    image.set_len(len);
                }
            }
            _ => {
                self.forger.forge(image, input);
                return true;
            }
        }
        false
    }

    /// Whether all that proves the older epoch is in the file: then the whole file has gone back, which only an epoch
    /// remembered elsewhere can tell.
    fn went_back(&self, image: &Image) -> bool {
        let same = |offset| block(image, offset) == block(&self.older, offset);
        let sizes = self.cipher.layout();
        let group = |group: u64| {
            let copies = (0..layout::COPIES).map(|copy| sizes.tag_page(group, copy));
            let written: Vec<u64> =
                copies.filter(|offset| block(&self.older, *offset).iter().any(|byte| *byte != 0)).collect();
            written.is_empty() || written.into_iter().any(same)
        };
        (0..layout::COPIES).map(layout::header).any(same) && (0..sizes.groups_in_file(self.older.len())).all(group)
    }
}

pub fn run(input: &mut Input, controls: Controls) {
    let base = &BASES[input.below(2)];
    let killed = input.coin();
    let mut image = if killed { base.killed.clone() } else { base.closed.clone() };
    let mut forged = false;
    for _ in 0..EDITS {
        if input.is_empty() {
            break;
        }
        forged |= base.edit(&mut image, input);
    }
    let disk = Disk::with(image.clone());
    drop(keys_of(&*disk.session()));
    if forged {
        drop(use_up(&disk));
        return;
    }

    let mut allowed = if killed { vec![&base.killed_rows, &base.before_rows] } else { vec![&base.rows] };
    if base.went_back(&image) {
        allowed.push(&base.older_rows);
    }
    let opened = SealedFile::open(disk.session(), &key(), controls);
    let deep = match opened.and_then(|file| file.deep_check()) {
        Ok(deep) => deep,
        Err(error) => {
            assert!(Fault::of(&error).is_some(), "a refusal has a name: {error}");
            return;
        }
    };
    // What was opened changes nothing that a second opening would see.
    match read(&disk, controls) {
        Ok(found) => {
            assert!(allowed.contains(&&found), "a wrong answer");
            go_on(&disk, found);
        }
        Err(error) => assert!(!deep.bad.is_empty(), "unnoticed by the deep check: {error}"),
    }
}

fn read(disk: &Disk, controls: Controls) -> io::Result<Rows> {
    workload::rows(&workload::open(disk, controls)?)
}

/// What was read whole takes another commit, and then holds it. A block that no row needed may still be damaged, so the
/// commit may fail; then what was there before is there still, unless that needs the block now.
fn go_on(disk: &Disk, found: Rows) {
    let changes = [((0, 1), Some(vec![7; 300])), ((1, 2), Some(vec![8; 5000]))];
    let written = workload::open(disk, Controls::default()).and_then(|db| workload::write(&db, &changes, true, true));
    let after = apply(&found, &changes);
    if let Ok(again) = read(disk, Controls::default()) {
        let right = again == after || written.is_err() && again == found;
        assert!(right, "after another commit ({written:?}) the rows are others");
    }
}

/// Everything that a sealed file can be asked for, where its content is the forger's: redb is not shown that.
fn use_up(disk: &Disk) -> io::Result<()> {
    let file = SealedFile::open(disk.session(), &key(), Controls::default())?;
    drop(file.deep_check());
    let len = StorageBackend::len(&file)?;
    let mut out = vec![0; BLOCK];
    for number in 1..(len / BLOCK as u64).min(READ) {
        drop(file.read(number * BLOCK as u64, &mut out));
    }
    drop(file.read(0, &mut out[..512]));
    let copy = Disk::default();
    drop(file.snapshot(copy.session()));
    drop(file.write(BLOCK as u64, &out));
    drop(file.set_len(len.saturating_sub(3 * BLOCK as u64)));
    drop(file.set_len(len + 64 * BLOCK as u64));
    drop(file.sync_data());
    drop(file.close());
    drop(SealedFile::open(copy.session(), &key(), Controls::default()));
    drop(SealedFile::open(disk.session(), &key(), Controls::default())?);
    SealedFile::open(disk.session(), &DataKey::from_bytes([1; 32]), Controls::default()).map(drop)
}
