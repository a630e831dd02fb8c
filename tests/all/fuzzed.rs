//! A few of the fuzzer's runs, each time the same ones. `fuzz/README.md` says how to make many more.

#[path = "../../fuzz/harness/mod.rs"]
mod harness;

use crate::sealed::{cases::setting, rng::Rng};

#[test]
fn a_damaged_store_is_refused_or_right() {
    let mut rng = Rng::new(17);
    for _ in 0..setting("HEC_FUZZ_CASES", 600) {
        let len = 4 + rng.below(60);
        harness::run(&rng.bytes(len));
    }
}
