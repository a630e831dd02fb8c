//! The sealed file under power cuts, full and failing disks, and tampering.
//!
//! - `disk`: a simulated disk that forgets as real ones do; `workload`: redb at work on it; `cases`: cut, reopen, compare.
//! - `crash`, `controls`, `faults`, `tamper`, `asleep`, `copies`, `format`: the tests.
//!
//! A few hundred cuts are made each time; `HEC_CRASH_CASES=100000 cargo test --release --test all sealed::crash` is the
//! long run. A failure names its seed: `HEC_CRASH_SEED=… HEC_CRASH_CASES=40` repeats the forty cuts of its workload.

mod asleep;
pub mod cases;
mod controls;
mod copies;
mod crash;
pub mod disk;
mod faults;
mod format;
pub mod rng;
mod tamper;
pub mod workload;
