//! Measures the sealed file against plain redb: `cargo bench --bench store`.
//!
//! Both hold the same rows, with the same settings of redb, on the same disk, and are measured in turn in one run, since
//! disks and machines drift: a ratio is the median of the rounds' own ratios. With `HEC_BENCH_…` other sizes are measured,
//! see `settings.rs`. Nothing here fails a test: numbers are read by people.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod disks;
mod load;
mod rounds;
mod settings;
mod sides;
mod table;

use std::time::Instant;

use load::Load;
use settings::Settings;

fn main() {
    // `cargo bench` says so; `cargo test --benches` does not, and a test run is no time to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (settings, load, began) = (Settings::read(), Load::begin(), Instant::now());
    let mut table = table::Table::default();
    let sizes = rounds::run(&settings, &mut table);
    table.print(&settings, &sizes);
    println!("\nTook {} s. {}", began.elapsed().as_secs(), load.end());
}
