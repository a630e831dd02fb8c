//! What was measured, as a table of 80 columns.

use std::collections::BTreeMap;

use super::{rounds::Sizes, settings::Settings};

/// A line, in the order in which it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    HotGet,
    HotGetAlone,
    HotScan,
    ColdGet,
    ColdScan,
    Open,
    RawSync,
    Put,
    DbPut,
    Put8,
    Put64,
    SlowPut,
    SlowDbPut,
    SlowPut8,
    SlowPut64,
    DbGet,
    Together,
    SlowTogether,
}

impl Row {
    /// What stands above it, where a new part begins.
    fn part(self) -> Option<[&'static str; 3]> {
        match self {
            Self::HotGet => Some(["Reads", "plain", "sealed"]),
            Self::RawSync => Some(["Durable writes, the disk as it is", "plain", "sealed"]),
            Self::SlowPut => Some(["Durable writes, every sync slowed", "plain", "sealed"]),
            Self::DbGet => Some(["What HEC's Db adds, all sealed", "redb", "Db"]),
            Self::Together => Some(["What group commit gains, Db, sealed", "1 writer", "64"]),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::HotGet => "hot get, get/s",
            Self::HotGetAlone | Self::DbGet => "hot get, a snapshot each, get/s",
            Self::HotScan => "hot scan of 1,000, scan/s",
            Self::ColdGet => "cold get, get/s",
            Self::ColdScan => "cold scan of 1,000, scan/s",
            Self::Open => "open, ms",
            Self::RawSync => "append 4 KiB + fdatasync, sync/s",
            Self::Put | Self::SlowPut => "1 writer, put/s",
            Self::DbPut | Self::SlowDbPut => "1 writer, sealed by Db, put/s",
            Self::Put8 | Self::SlowPut8 => "8 writers, sealed by Db, put/s",
            Self::Put64 | Self::SlowPut64 => "64 writers, sealed by Db, put/s",
            Self::Together => "the disk as it is, put/s",
            Self::SlowTogether => "every sync slowed, put/s",
        }
    }

    /// What the ratio should be at least.
    fn target(self) -> Option<f64> {
        match self {
            Self::HotGet | Self::HotGetAlone | Self::HotScan => Some(0.9),
            Self::SlowPut => Some(1.5),
            Self::SlowTogether => Some(40.0),
            _ => None,
        }
    }
}

/// The measured pairs, round after round.
#[derive(Default)]
pub struct Table(BTreeMap<Row, Vec<[f64; 2]>>);

impl Table {
    pub fn enter(&mut self, row: Row, found: [f64; 2]) {
        self.0.entry(row).or_default().push(found);
    }

    pub fn print(&self, settings: &Settings, sizes: &Sizes) {
        println!(
            "{} rows of {} bytes, {} rounds; medians, and half the",
            settings.rows, settings.value, settings.rounds
        );
        println!("distance of the quartiles in % of them. Cache of redb: 32 MiB on both sides,");
        println!("quick-repair on. Hot: {} rows, read before. Cold: redb's cache is", settings.hot);
        println!("empty, the kernel's is not. Slowed: a sync takes {} ms.", settings.sync.as_millis());
        for (row, pairs) in &self.0 {
            if let Some([part, one, other]) = row.part() {
                println!("\n{part:<34}{one:>10}  ± %{other:>10}  ± %  ratio   target");
            }
            let side = |side: usize| quartiles(pairs.iter().map(|pair| pair[side]));
            let [_, ratio, _] = quartiles(pairs.iter().map(|[one, other]| other / one));
            let columns = [0, 1].map(side).map(|[low, middle, high]| {
                format!("{:>10} {:>4.0}", figure(middle), (high - low) / 2.0 / middle * 100.0)
            });
            let judged = row.target().map_or_else(String::new, |target| {
                format!("{target:>5} {}", if ratio >= target { "pass" } else { "MISS" })
            });
            let line = match row {
                Row::RawSync => format!("{:<34}{}", row.label(), columns[0]),
                _ => format!("{:<34}{}{} {ratio:>6.2}{judged}", row.label(), columns[0], columns[1]),
            };
            println!("{}", line.trim_end());
        }
        println!("\n{:<34}{:>10}     {:>10}      ratio", "Length of the file, MiB", "plain", "sealed");
        for (label, [plain, sealed]) in [("all rows put", sizes.rows), ("after the rounds", sizes.end)] {
            let mib = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
            println!("{label:<34}{:>10}     {:>10}      {:.3}", mib(plain), mib(sealed), sealed as f64 / plain as f64);
        }
    }
}

/// The first, the second and the third.
fn quartiles(numbers: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    [at(0.25), at(0.5), at(0.75)]
}

/// Three digits or all whole ones, with thousands apart.
fn figure(number: f64) -> String {
    if number < 100.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
