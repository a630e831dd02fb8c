//! Key slots and key files, damaged or made up. Nothing in a slots' file is secret, and its checksum needs no key, so
//! anyone may have written it.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::LazyLock,
};

use hec::{
    store::{
        sealed::DataKey,
        slots::{Cost, HEAD, KeyFile, MAX, NAMES, Opener, Passphrase, RecoveryCode, SUM, Slot, Slots},
    },
    types::Timestamp,
};
use sha2::{Digest, Sha256};

use crate::sealed::workload::key;

use super::input::{Input, change, folder};

/// So cheap that guessing costs nothing.
const COST: Cost = Cost { memory: 8, passes: 1 };
const KEY_FILE: &str = "key";

/// A folder's files, and what they say.
struct Base {
    now: Vec<u8>,
    slots: Vec<Slot>,
    older: Vec<u8>,
    older_slots: Vec<Slot>,
    key_file: Vec<u8>,
    openers: [Opener; 3],
}

static BASE: LazyLock<Base> = LazyLock::new(|| Base::make().expect("a sound disk"));

impl Base {
    fn make() -> hec::error::Result<Self> {
        let folder = folder()?;
        let openers = [
            Opener::KeyFile(KeyFile::read_or_create(&folder.path().join(KEY_FILE))?),
            Opener::Recovery(RecoveryCode::random()?),
            Opener::Passphrase(Passphrase::attempt("leaf rubbings in autumn")),
        ];
        let now = Timestamp::from_millis(1_790_000_000_000);
        let mut slots = Slots::new(&key(), &openers, COST, now)?;
        slots.save(folder.path())?;
        let (older, older_slots) = (fs::read(folder.path().join(NAMES[0]))?, slots.all().to_vec());
        // Slots of two keys, as while the data key is being changed.
        slots.add(&DataKey::from_bytes([3; 32]), &openers[1], COST, now)?;
        slots.save(folder.path())?;
        let key_file = fs::read(folder.path().join(KEY_FILE))?;
        let now = fs::read(folder.path().join(NAMES[0]))?;
        Ok(Self { now, slots: slots.all().to_vec(), older, older_slots, key_file, openers })
    }
}

/// Makes length and checksum fit the body.
fn sum(bytes: &mut Vec<u8>) {
    if bytes.len() < HEAD + SUM {
        return;
    }
    let body = bytes.len() - SUM;
    bytes[10..HEAD].copy_from_slice(&((body - HEAD) as u32).to_le_bytes());
    bytes.truncate(body);
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(folder.join(name))?;
    file.write_all(bytes)
}

pub fn run(input: &mut Input) {
    let base = &*BASE;
    let folder = folder().expect("a folder");
    let mut made_up = false;
    let mut key_file = base.key_file.clone();
    for name in NAMES {
        let mut bytes = if input.coin() { base.older.clone() } else { base.now.clone() };
        match input.below(6) {
            0 => {}
            1 => continue,
            2 => {
                // All of it.
                let body = input.some(255);
                bytes = [&bytes[..HEAD], body, &[0; SUM]].concat();
                sum(&mut bytes);
                made_up = true;
            }
            3 => {
                for _ in 0..=input.below(4) {
                    change(&mut bytes, &base.older, input);
                }
                sum(&mut bytes);
                made_up = true;
            }
            _ => {
                for _ in 0..=input.below(4) {
                    change(&mut bytes, &base.older, input);
                }
            }
        }
        write(folder.path(), name, &bytes).expect("written");
    }
    if input.coin() {
        for _ in 0..=input.below(3) {
            change(&mut key_file, &base.key_file, input);
        }
    }
    write(folder.path(), KEY_FILE, &key_file).expect("written");
    let mine = KeyFile::read(&folder.path().join(KEY_FILE));
    assert!(mine.is_ok() || key_file != base.key_file, "a key file is refused");

    let Ok(mut slots) = Slots::read(folder.path(), &[key().id()]) else { return };
    assert!(slots.all().len() * 32 <= MAX, "more slots than the file has room for");
    if !made_up {
        assert!(slots.all() == base.slots || slots.all() == base.older_slots, "slots that nobody wrote");
    }
    let affordable = slots.all().iter().filter_map(|slot| slot.cost).all(|cost| cost.memory <= 64 && cost.passes <= 2);
    let openers = base.openers.iter().cloned().chain(mine.ok().map(Opener::KeyFile));
    for opener in openers.filter(|opener| affordable || !matches!(opener, Opener::Passphrase(_))) {
        match slots.unlock(key().id(), &opener) {
            Ok(opened) => assert!(opened.as_bytes() == key().as_bytes(), "another key"),
            Err(error) => drop(error.to_string()),
        }
    }
    let first = slots.all().first().map_or(0, |slot| slot.number);
    drop(slots.remove(first));
    drop(slots.add(&key(), &base.openers[1], COST, Timestamp::from_millis(0)));
    let wanted = slots.all().to_vec();
    if slots.save(folder.path()).is_ok() {
        let read = Slots::read(folder.path(), &[key().id()]).expect("what was just saved");
        assert!(read.agree() && read.all() == wanted, "saved slots are others");
    }
}
