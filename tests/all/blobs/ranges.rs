//! Parts of a blob: read from anywhere, without what lies before or behind.

use std::io::Read as _;

use hec::store::{Blob, Blobs, blobs::seal::CHUNK};
use proptest::prelude::*;

use super::{BOTH, LENGTHS, damage::damaged_except, new, path, text, today};

fn range(blobs: &Blobs, blob: &Blob, from: usize, count: usize) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    let reader = blobs.reader(blob).unwrap().starting_at(from as u64);
    reader.take(count as u64).read_to_end(&mut read).map(|_| read)
}

fn slice(text: &[u8], from: usize, count: usize) -> &[u8] {
    &text[from.min(text.len())..from.saturating_add(count).min(text.len())]
}

#[test]
fn every_range_around_a_border_is_the_texts() {
    let (_folder, blobs) = new();
    for cipher in BOTH {
        let blobs = blobs.clone().sealing_with(cipher);
        for text in LENGTHS.map(|len| text(len, 2)) {
            let blob = blobs.put(&text, today()).unwrap();
            for from in LENGTHS.into_iter().chain([usize::MAX]) {
                for count in [0, 1, 16, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK] {
                    let read = range(&blobs, &blob, from, count).unwrap();
                    assert!(read == slice(&text, from, count), "{cipher:?}, {}: {count} from {from}", text.len());
                }
            }
        }
    }
}

#[test]
fn a_range_is_proven_by_the_chunks_that_it_touches_alone() {
    let (folder, blobs) = new();
    for cipher in BOTH {
        let text = text(4 * CHUNK + 99, 3);
        let blob = blobs.clone().sealing_with(cipher).put(&text, today()).unwrap();
        damaged_except(&path(&folder, blob.id), &[1, 2]);
        let read = |from, count| range(&blobs, &blob, from, count);
        assert!(read(CHUNK, 2 * CHUNK).unwrap() == text[CHUNK..3 * CHUNK]);
        assert!(read(CHUNK + 7, CHUNK).unwrap() == text[CHUNK + 7..2 * CHUNK + 7]);
        for (from, count) in [(CHUNK - 1, 1), (CHUNK - 1, 9), (3 * CHUNK - 1, 2), (3 * CHUNK, 1), (4 * CHUNK, 99)] {
            assert!(read(from, count).is_err(), "{count} from {from}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_range_is_the_texts(
        len in 0..4 * CHUNK,
        cipher in prop::sample::select(BOTH.to_vec()),
        ranges in prop::collection::vec((0..5 * CHUNK, 0..3 * CHUNK), 8),
        steps in prop::collection::vec(1..2 * CHUNK, 1..9),
    ) {
        let (_folder, blobs) = new();
        let text = text(len, 4);
        let blob = blobs.clone().sealing_with(cipher).put(&text, today()).unwrap();
        for (from, count) in ranges {
            prop_assert!(range(&blobs, &blob, from, count).unwrap() == slice(&text, from, count));
        }
        // The whole of it in steps of any size, back and forth over one reader.
        let mut reader = blobs.reader(&blob).unwrap();
        for from in [0, len / 2, 0] {
            reader = reader.starting_at(from as u64);
            let mut read = Vec::new();
            for step in steps.iter().cycle() {
                let before = read.len();
                (&mut reader).take(*step as u64).read_to_end(&mut read).unwrap();
                if read.len() == before {
                    break;
                }
            }
            prop_assert!(read == text[from..]);
        }
    }
}
