//! Measures what backups cost: `cargo bench --bench backups`.
//!
//! - How much a second backup sends, as a part of the first, of a record with 20,000 entries and 500 photos: at once, and
//!   after another family came with 20 entries.
//! - Whether a backup that is made while 2,000 rows a second are written, two tables in each write, is of one moment.
//! - The most memory that a backup and a restore of a store with 10 GB of media take, as a part of 64 MB. The media are
//!   one file of 16 MB under many names, so that they lie on the disk once; their backup lies there in full, which needs
//!   11 GB beside the temporary folder, and as much again for the restore. `HEC_BENCH_MEDIA` says how many GB.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    io::Cursor,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use hec::{
    backup::{
        Destination, Destinations, Named, Place,
        destinations::{Keep, To},
        ledger::Round,
        restore::{self, Source},
        round::Keeper,
    },
    error::Result,
    row,
    store::{
        self, Blob, Environment, Options, Read, Store, Table,
        slots::{Cost, Opener, RecoveryCode},
    },
    types::{BlobId, Clock},
    wiring,
};
use image::{ImageFormat, Rgb, RgbImage};
use minicbor::{Decode, Encode};
use tokio::runtime::Runtime;

const MEDIA: Table<(BlobId,), Medium> = Table::new("bench_media");
const LEFT: Table<(u64,), Number> = Table::new("bench_left");
const RIGHT: Table<(u64,), Number> = Table::new("bench_right");
/// What is compared with, in bytes of memory.
const LIMIT: f64 = 64e6;

#[derive(Encode, Decode)]
struct Medium(#[n(0)] Blob);
row!(Medium, version 1);

#[derive(Encode, Decode, PartialEq)]
struct Number(#[n(0)] u64);
row!(Number, version 1);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["measured", "backup", folder] => measured_backup(Path::new(folder)),
        ["measured", "restore", folder, code] => measured_restore(Path::new(folder), code),
        // `cargo bench` says so; `cargo test --benches` does not, and a test run is no time to measure.
        all if all.contains(&"--bench") => {
            again();
            while_written();
            memory();
        }
        _ => {}
    }
}

fn again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, photos) = (folder.path().join("data"), folder.path().join("photos"));
    fs::create_dir(&photos).unwrap();
    for number in 0..500 {
        fs::write(photos.join(format!("{number:03}.jpg")), photo(number)).unwrap();
    }
    seed(&data, 20_000, Some(&photos));
    let to = disk(&folder.path().join("copies"));
    let first = backs_up(&open(&data), wiring::DOORS.named_blobs, &to);
    let second = backs_up(&open(&data), wiring::DOORS.named_blobs, &to);
    seed(&data, 20, None);
    let third = backs_up(&open(&data), wiring::DOORS.named_blobs, &to);
    println!("20,000 entries and 500 photos: the first backup sends {:.1} MB", mega(first.written));
    for (round, when) in [(second, "the second, at once,"), (third, "one after 20 more entries")] {
        let part = 100.0 * round.written as f64 / first.written as f64;
        println!("  {when} sends {:.2} MB: {part:.2} % of the first (limit 2 %)", mega(round.written));
        assert!(part < 2.0, "a backup of what has hardly changed is a large one");
    }
}

/// As phones take them, but smaller: of larger ones the second backup is an even smaller part.
fn photo(seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let image = RgbImage::from_fn(1_000, 750, |x, y| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let noise = (state % 48) as u8;
        Rgb([(x / 5) as u8 ^ noise, (y / 4) as u8 ^ noise, (seed as u8).wrapping_add(noise)])
    });
    let mut jpeg = Cursor::new(Vec::new());
    image.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

fn while_written() {
    const RATE: u64 = 2_000;
    const WRITERS: u64 = 64;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seed(&data, 5_000, None);
    let (store, to) = (open(&data), disk(&folder.path().join("copies")));
    let code = RecoveryCode::random().unwrap();
    store.vault.add_slot(&Opener::Recovery(code.clone()), Cost::FLOOR).unwrap();
    let (stop, next, began) = (AtomicBool::new(false), AtomicU64::new(0), Instant::now());
    let rounds: Vec<Round> = thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // Not faster than was said.
                    let due = began + Duration::from_micros(1_000_000 * number / RATE);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let written = store.db.write_blocking(move |tx| {
                        tx.put(&LEFT, &(number,), &Number(number));
                        tx.put(&RIGHT, &(number,), &Number(number));
                        Ok(())
                    });
                    written.unwrap();
                }
            });
        }
        let rounds = (0..3).map(|_| backs_up(&store, wiring::DOORS.named_blobs, &to)).collect();
        stop.store(true, Ordering::Relaxed);
        rounds
    });
    let (written, seconds) = (next.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    let back = folder.path().join("back");
    restored(&to, &code, &back, wiring::DOORS.named_blobs);
    let locked = store::Locked::find(&back).unwrap();
    let key = locked.unlock(&Opener::Recovery(code)).unwrap();
    let found = locked.open(key, options()).unwrap();
    let (left, right) = found.db.read(|tx| Ok((numbers(tx, &LEFT)?, numbers(tx, &RIGHT)?))).unwrap();
    assert!(left == right && !left.is_empty(), "half of a write is in the backup");
    assert!(left.len() as u64 <= written);
    println!(
        "{} backups while {:.0} writes a second were made (target {RATE}): {} writes in the last one, each whole",
        rounds.len(),
        written as f64 / seconds,
        left.len()
    );
}

fn numbers(tx: &Read, table: &Table<(u64,), Number>) -> Result<Vec<u64>> {
    tx.under(table, &()).map(|row| row.map(|(_, Number(number))| number)).collect()
}

fn memory() {
    let wanted: u64 = std::env::var("HEC_BENCH_MEDIA").map_or(10, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let code = RecoveryCode::random().unwrap();
    {
        let store = store::create_development(&folder.path().join("data"), Clock::System, wiring::MIGRATIONS).unwrap();
        store.vault.add_slot(&Opener::Recovery(code.clone()), Cost::FLOOR).unwrap();
        let mut bytes = vec![0; 16_000_000];
        getrandom::fill(&mut bytes).unwrap();
        let now = store.db.clock().now();
        let first = store.blobs.put(&bytes, now).unwrap();
        let count = wanted * 1_000_000_000 / 16_000_000;
        let mut all = vec![first];
        for _ in 1..count {
            all.push(store.blobs.copy_unsynced(&all[0], now).unwrap());
        }
        let put = store.db.write_blocking(move |tx| {
            for blob in all {
                tx.put(&MEDIA, &(blob.id,), &Medium(blob));
            }
            Ok(())
        });
        put.unwrap();
        store.db.close();
    }
    for arguments in [vec!["backup"], vec!["restore", "CODE"]] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["measured", arguments[0]]).arg(folder.path());
        if arguments.len() > 1 {
            command.arg(code.expose().as_str());
        }
        let run = command.output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let most: f64 = String::from_utf8(run.stdout).unwrap().trim().parse().unwrap();
        let what = arguments[0];
        println!(
            "{what} of a store with {wanted} GB of media: {:.1} MB of memory at most, {:.2} of the limit",
            most / 1e6,
            most / LIMIT
        );
        assert!(most < LIMIT, "{what} takes too much memory");
    }
}

fn measured_backup(folder: &Path) {
    let store = open(&folder.join("data"));
    backs_up(&store, media, &disk(&folder.join("copies")));
    println!("{}", most_memory());
}

fn measured_restore(folder: &Path, code: &str) {
    let code = RecoveryCode::parse(code).unwrap();
    restored(&disk(&folder.join("copies")), &code, &folder.join("back"), media);
    println!("{}", most_memory());
}

fn media(tx: &Read) -> Result<Vec<Blob>> {
    tx.under(&MEDIA, &()).map(|row| row.map(|(_, Medium(blob))| blob)).collect()
}

/// The most memory that this process has had so far, in bytes (proc(5), VmHWM).
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn seed(data: &Path, entries: u32, photos: Option<&Path>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hec"));
    command.args(["seed", "--entries", &entries.to_string(), "--data"]).arg(data);
    if let Some(photos) = photos {
        command.arg("--photos").arg(photos);
    }
    let run = command.output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

fn open(data: &Path) -> Store {
    store::open_development(data, Clock::System, wiring::MIGRATIONS).unwrap()
}

fn options() -> Options {
    Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS)
}

fn disk(folder: &Path) -> Destination {
    Destination { name: "disk".to_owned(), to: To::Disk(folder.to_owned()), append_only: false }
}

fn backs_up(store: &Store, named: Named, to: &Destination) -> Round {
    let runtime = Runtime::new().unwrap();
    let all = Destinations { keep: Keep::default(), ..Destinations::default() };
    let keeper = Keeper { store, named, runtime: runtime.handle().clone() };
    let round = keeper.back_up(to, &all, &mut (Box::new(|_, _| {}) as store::Progress)).unwrap();
    assert_eq!(round.why, None);
    round
}

fn restored(from: &Destination, code: &RecoveryCode, to: &Path, named: Named) {
    let runtime = Runtime::new().unwrap();
    let place = Place::open(from, runtime.handle()).unwrap();
    let head = restore::find(&place, None).unwrap();
    let opener = Opener::Recovery(code.clone());
    let source = Source { place: &place, head: &head, opener: &opener, also: None };
    restore::restore(source, to, options(), named, &mut (Box::new(|_, _| {}) as store::Progress)).unwrap();
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
