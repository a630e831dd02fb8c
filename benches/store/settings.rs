//! What a run can be told, by environment variables.

use std::{path::PathBuf, time::Duration};

/// How much is measured, and where.
pub struct Settings {
    /// `HEC_BENCH_ROWS`: how many rows each store holds.
    pub rows: u64,
    /// `HEC_BENCH_VALUE`: the bytes of a value, which are random.
    pub value: usize,
    /// `HEC_BENCH_HOT`: how many rows the hot reads are spread over; they must fit the cache.
    pub hot: u64,
    /// `HEC_BENCH_ROUNDS`: how often everything is measured.
    pub rounds: usize,
    /// `HEC_BENCH_SLICE_MS`: for how long each time. Writes get twice as long.
    pub slice: Duration,
    /// `HEC_BENCH_SYNC_MS`: what a slow sync takes at least.
    pub sync: Duration,
    /// `HEC_BENCH_FOLDER`: where the files lie; by default beside the build, since a temporary folder may lie in memory.
    pub folder: PathBuf,
}

impl Settings {
    pub fn read() -> Self {
        let rows = number("HEC_BENCH_ROWS", 100_000);
        Self {
            rows,
            value: number("HEC_BENCH_VALUE", 1024) as usize,
            hot: number("HEC_BENCH_HOT", 8_000).clamp(1, rows),
            rounds: number("HEC_BENCH_ROUNDS", 9).max(1) as usize,
            slice: Duration::from_millis(number("HEC_BENCH_SLICE_MS", 250)),
            sync: Duration::from_millis(number("HEC_BENCH_SYNC_MS", 8)),
            folder: std::env::var_os("HEC_BENCH_FOLDER")
                .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from),
        }
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
