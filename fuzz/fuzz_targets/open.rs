//! Opens what it has damaged: see `harness`. The simulated disk and the workload are those of the crash suite.

#![no_main]

#[allow(dead_code, reason = "the crash suite needs more of it")]
#[path = "../../tests/all/sealed"]
mod sealed {
    pub mod disk;
    pub mod rng;
    pub mod workload;
}

#[path = "../harness/mod.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::run(bytes));
