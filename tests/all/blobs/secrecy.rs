//! What a file and a log do not tell.

use std::{collections::HashSet, fs};

use hec::store::{
    Blob,
    blobs::seal::{CHUNK, TAG},
};

use super::{BOTH, new, path, reference, text, today};

fn key(blob: &Blob) -> [u8; 32] {
    reference(&minicbor::to_vec(blob).unwrap()).1
}

fn windows(bytes: &[u8], len: usize) -> HashSet<&[u8]> {
    bytes.windows(len).collect()
}

#[test]
fn neither_text_nor_key_is_in_the_file() {
    let (folder, blobs) = new();
    for cipher in BOTH {
        let text = text(2 * CHUNK + 100, 11);
        let blob = blobs.clone().sealing_with(cipher).put(&text, today()).unwrap();
        let file = fs::read(path(&folder, blob.id)).unwrap();
        let (seen, key) = (windows(&file, 8), key(&blob));
        assert!(text.windows(8).all(|part| !seen.contains(part)));
        assert!(key.windows(8).all(|part| !seen.contains(part)));
    }
}

#[test]
fn equal_texts_and_equal_chunks_look_different() {
    let (folder, blobs) = new();
    for cipher in BOTH {
        let blobs = blobs.clone().sealing_with(cipher);
        let same = vec![7; 4 * CHUNK];
        let files = [(); 2].map(|()| fs::read(path(&folder, blobs.put(&same, today()).unwrap().id)).unwrap());
        let chunks: HashSet<_> = files.iter().flat_map(|file| file.chunks(CHUNK + TAG)).collect();
        assert_eq!(chunks.len(), 8);
    }
}

#[test]
fn every_blob_has_a_key_of_its_own() {
    let (_folder, blobs) = new();
    let keys: HashSet<_> = (0..100).map(|_| key(&blobs.put(b"twins", today()).unwrap())).collect();
    assert_eq!(keys.len(), 100);
}

#[test]
fn a_key_is_not_printed() {
    let (_folder, blobs) = new();
    for cipher in BOTH {
        let blob = blobs.clone().sealing_with(cipher).put(b"a picture", today()).unwrap();
        let printed = format!("Blob {{ id: {:?}, key: BlobKey, cipher: {cipher:?}, len: 9 }}", blob.id);
        assert_eq!(format!("{blob:?}"), printed);
        let reader = blobs.reader(&blob).unwrap();
        assert_eq!(format!("{reader:?}"), format!("BlobReader {{ id: {:?}, position: 0, .. }}", blob.id));
    }
}

#[test]
fn a_reference_comes_back_from_its_row_and_opens_the_blob() {
    let (_folder, blobs) = new();
    for cipher in BOTH {
        let blob = blobs.clone().sealing_with(cipher).put(b"a picture", today()).unwrap();
        let row = minicbor::to_vec(&blob).unwrap();
        let again: Blob = minicbor::decode(&row).unwrap();
        assert_eq!((&again, again.len), (&blob, 9));
        assert_eq!(blobs.get(&again).unwrap(), b"a picture");
        let short = row.iter().position(|byte| *byte == 0x58).unwrap() + 1;
        let mut cut = row.clone();
        cut[short] = 31;
        cut.remove(short + 1);
        assert!(minicbor::decode::<Blob>(&cut).is_err(), "a key of 31 bytes");
    }
}
