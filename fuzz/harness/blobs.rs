//! A blob's file, or the reference that a row keeps of it, damaged.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use hec::{
    store::{
        Blob, Blobs,
        blobs::seal::{CHUNK, TAG},
        sealed::Cipher,
    },
    types::Timestamp,
};

use crate::sealed::rng::Rng;

use super::input::{Input, change, folder};

/// Nothing, little, whole chunks to the byte, and some more.
const LENGTHS: [usize; 5] = [0, 700, CHUNK, CHUNK + 1, 2 * CHUNK + 900];

/// A blob as it was stored.
struct Base {
    text: Vec<u8>,
    blob: Blob,
    sealed: Vec<u8>,
    /// The file of another blob of the same length, and so of another key.
    stranger: Vec<u8>,
}

static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| make().expect("a sound disk"));

fn make() -> hec::error::Result<Vec<Base>> {
    let (folder, mut rng, now) = (folder()?, Rng::new(9), Timestamp::from_millis(1_790_000_000_000));
    let mut bases = Vec::new();
    for cipher in [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305] {
        let blobs = Blobs::open(folder.path())?.sealing_with(cipher);
        for len in LENGTHS {
            let text = rng.bytes(len);
            let (blob, other) = (blobs.put(&text, now)?, blobs.put(&text, now)?);
            let sealed = fs::read(path(folder.path(), &blob))?;
            bases.push(Base { text, sealed, stranger: fs::read(path(folder.path(), &other))?, blob });
        }
    }
    Ok(bases)
}

fn path(folder: &Path, blob: &Blob) -> PathBuf {
    let [.., last] = blob.id.bytes();
    folder.join(format!("{last:02x}")).join(blob.id.to_string())
}

pub fn run(input: &mut Input) {
    let base = &BASES[input.below(2 * LENGTHS.len())];
    let mut sealed = base.sealed.clone();
    let mut reference = minicbor::to_vec(&base.blob).expect("written to memory");
    let mut changed = false;
    match input.below(4) {
        0 => {
            change(&mut reference, &[], input);
            changed = true;
        }
        1 => chunks(&mut sealed, input),
        _ => {
            for _ in 0..=input.below(3) {
                change(&mut sealed, &base.stranger, input);
            }
        }
    }
    let Ok(blob) = minicbor::decode::<Blob>(&reference) else { return };
    let from = input.below(base.text.len() + 10);
    let count = input.below(base.text.len() + 10);

    let folder = folder().expect("a folder");
    let blobs = Blobs::open(folder.path()).expect("folders");
    fs::write(path(folder.path(), &blob), &sealed).expect("written");
    let whole = blobs.get(&blob);
    assert!(blobs.check(&blob).is_ok() == whole.is_ok(), "what is read whole is what is sound");
    let mut part = Vec::new();
    let read = blobs
        .reader(&blob)
        .map(|reader| reader.starting_at(from as u64).take(count as u64).read_to_end(&mut part).is_ok());
    // Whoever changes a row needs the key of the rows.
    if changed && reference != minicbor::to_vec(&base.blob).expect("written to memory") {
        return;
    }
    if sealed == base.sealed {
        assert!(whole.is_ok(), "an untouched blob");
    }
    if let Ok(whole) = whole {
        assert!(whole == base.text, "another text");
    }
    if let Ok(true) = read {
        let from = from.min(base.text.len());
        let to = (from + count).min(base.text.len());
        assert!(part == base.text[from..to], "another part");
    }
}

/// Chunks that change places, come twice, or are lost.
fn chunks(sealed: &mut Vec<u8>, input: &mut Input) {
    let mut chunks: Vec<Vec<u8>> = sealed.chunks(CHUNK + TAG).map(<[u8]>::to_vec).collect();
    let (one, other) = (input.below(chunks.len()), input.below(chunks.len()));
    match input.below(3) {
        0 => chunks.swap(one, other),
        1 => chunks.insert(one, chunks[other].clone()),
        _ => drop(chunks.remove(one)),
    }
    *sealed = chunks.concat();
}
