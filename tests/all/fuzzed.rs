//! A few of the fuzzer's runs, each time the same ones. `fuzz/README.md` says how to make many more.

#[path = "../../fuzz/harness/mod.rs"]
mod harness;

use hec::store::sealed::{Cipher, Controls, Fault, SealedFile, Without, layout};

use crate::sealed::{
    cases::{quietly, setting},
    disk::Disk,
    rng::Rng,
    workload::{database, key},
};
use harness::forge::Forger;

fn some_bytes(rng: &mut Rng) -> Vec<u8> {
    let len = 4 + rng.below(60);
    rng.bytes(len)
}

#[test]
fn a_damaged_store_is_refused_or_right() {
    let mut rng = Rng::new(17);
    for _ in 0..setting("HEC_FUZZ_CASES", 600) {
        harness::run(&some_bytes(&mut rng));
    }
}

/// A fuzzer that is content with a broken file would be content with anything.
#[test]
fn a_missing_safeguard_would_be_noticed() {
    let mut rng = Rng::new(18);
    let controls = Controls::for_tests(Without::Accumulator);
    let noticed = (0..20_000).find(|_| {
        let bytes = some_bytes(&mut rng);
        quietly(|| {
            harness::run_with(&bytes, controls);
            Ok(())
        })
        .is_err()
    });
    println!("noticed after {noticed:?} runs");
    assert!(noticed.is_some());
}

/// Found by the fuzzer: the number after the highest one is none, and room for sixteen terabytes is too much.
#[test]
fn a_forged_header_is_not_believed_beyond_what_a_file_can_be() {
    let disk = Disk::default();
    drop(database(SealedFile::create(disk.session(), &key(), Cipher::best()).unwrap()).unwrap());
    let image = disk.image();
    let forger = Forger::new(&image, Cipher::best(), key());
    let most = Cipher::best().layout().groups(layout::MAX_LEN);
    for (field, number) in [(0, 0), (0, 1 << 32), (0, u64::MAX), (1, u64::MAX), (2, most), (2, u64::MAX)] {
        let mut image = image.clone();
        for copy in 0..layout::COPIES {
            let mut text = forger.header(&image, copy).unwrap();
            text[field * 8..field * 8 + 8].copy_from_slice(&number.to_le_bytes());
            forger.set_header(&mut image, copy, &text);
        }
        let opened = SealedFile::open(Disk::with(image).session(), &key(), Controls::default());
        assert_eq!(opened.map(drop).map_err(|error| Fault::of(&error).cloned()), Err(Some(Fault::NoEpoch)));
    }
}
