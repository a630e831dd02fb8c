//! The rounds: everything once on either side, in turn; who comes first changes from round to round.

use std::time::Duration;

use super::{
    disks::Delay,
    settings::Settings,
    sides::{
        Random, Side, db_gets, db_puts, fill, gets, gets_alone, open_db, puts, raw_syncs, scans, some_gets, some_scans,
        warm, warm_db,
    },
    table::{Row, Table},
};

/// How many rows a cold store is asked for: few enough that most are met for the first time.
const COLD_GETS: u32 = 2_000;
const COLD_SCANS: u64 = 20;

/// The lengths of the files, in bytes.
pub struct Sizes {
    pub rows: [u64; 2],
    pub end: [u64; 2],
}

/// How often the sides of a short measurement take turns: whatever else the machine does then meets both alike.
const TURNS: u32 = 10;

/// Runs a short measurement on both sides, in many turns, and enters the means.
fn turns(table: &mut Table, row: Row, slice: Duration, mut measure: impl FnMut(usize, Duration) -> f64) {
    let mut found = [0.0; 2];
    for turn in 0..2 * TURNS as usize {
        // One, other, other, one: so that neither always comes after the same.
        let side = usize::from(turn % 4 == 1 || turn % 4 == 2);
        found[side] += measure(side, slice / TURNS) / f64::from(TURNS);
    }
    table.enter(row, found);
}

/// Runs a measurement on both sides, and enters it.
fn both(table: &mut Table, row: Row, round: usize, mut measure: impl FnMut(usize) -> f64) {
    let mut found = [0.0; 2];
    let order = if round.is_multiple_of(2) { [0, 1] } else { [1, 0] };
    for side in order {
        found[side] = measure(side);
    }
    table.enter(row, found);
}

pub fn run(settings: &Settings, table: &mut Table) -> Sizes {
    let folder = tempfile::tempdir_in(&settings.folder).unwrap();
    let (folder, delay) = (folder.path(), Delay::default());
    let (sealed, disk) = Side::sealed(folder, delay.clone());
    let sides = [Side::plain(folder, delay.clone()), sealed];
    sides.iter().for_each(|side| fill(&side.open(), settings.rows, settings.value));
    let rows = sides.each_ref().map(Side::bytes);

    for round in 0..settings.rounds {
        eprintln!("round {} of {}", round + 1, settings.rounds);
        delay.set(Duration::ZERO);
        let raw = raw_syncs(folder, &delay, settings.slice);
        table.enter(Row::RawSync, [raw, raw]);
        reads(settings, table, round, &sides);
        writes(settings, table, round, &sides, &delay);
        through_db(settings, table, round, &sides, &delay, || open_db(folder, disk.clone()));
    }
    Sizes { rows, end: sides.each_ref().map(Side::bytes) }
}

fn reads(settings: &Settings, table: &mut Table, round: usize, sides: &[Side; 2]) {
    let (slice, hot) = (settings.slice, 0..settings.hot);
    let random = || Random::new(round as u64 * 77 + 5);
    let mut gotten = [0.0; 2];
    both(table, Row::Open, round, |side| {
        let (db, opened) = sides[side].open_timed();
        gotten[side] = some_gets(&db, 0..settings.rows, &mut random(), COLD_GETS);
        opened
    });
    table.enter(Row::ColdGet, gotten);
    both(table, Row::ColdScan, round, |side| some_scans(&sides[side].open(), settings.rows, round, COLD_SCANS));

    let dbs = sides.each_ref().map(Side::open);
    dbs.iter().for_each(|db| warm(db, hot.clone()));
    let randoms = &mut [random(), random()];
    turns(table, Row::HotGet, slice, |side, slice| gets(&dbs[side], hot.clone(), &mut randoms[side], slice));
    turns(table, Row::HotGetAlone, slice, |side, slice| gets_alone(&dbs[side], hot.clone(), &mut randoms[side], slice));
    turns(table, Row::HotScan, slice, |side, slice| scans(&dbs[side], hot.clone(), &mut randoms[side], slice));
}

fn writes(settings: &Settings, table: &mut Table, round: usize, sides: &[Side; 2], delay: &Delay) {
    let dbs = sides.each_ref().map(Side::open);
    for (row, sync) in [(Row::Put, Duration::ZERO), (Row::SlowPut, settings.sync)] {
        delay.set(sync);
        both(table, row, round, |side| puts(&dbs[side], 1, settings.rows, settings.value, settings.slice * 2));
    }
    // Closing syncs too.
    delay.set(Duration::ZERO);
}

/// Plain redb has one put to a commit, however many wait; HEC commits them together.
fn through_db(
    settings: &Settings,
    table: &mut Table,
    round: usize,
    sides: &[Side; 2],
    delay: &Delay,
    open: impl Fn() -> hec::store::Db,
) {
    let (rows, len, slice, hot) = (settings.rows, settings.value, settings.slice, 0..settings.hot);
    let random = || Random::new(round as u64 * 77 + 5);
    let redb = {
        let db = sides[1].open();
        warm(&db, hot.clone());
        gets_alone(&db, hot.clone(), &mut random(), slice)
    };
    let (plain, db) = (sides[0].open(), open());
    warm_db(&db, hot.clone());
    table.enter(Row::DbGet, [redb, db_gets(&db, hot.clone(), &mut random(), slice)]);

    let fast = [(Row::DbPut, 1), (Row::Put8, 8), (Row::Put64, 64)];
    let slow = [(Row::SlowDbPut, 1), (Row::SlowPut8, 8), (Row::SlowPut64, 64)];
    for (sync, measured) in [(Duration::ZERO, fast), (settings.sync, slow)] {
        delay.set(sync);
        let mut together = [0.0; 3];
        for (at, (row, writers)) in measured.into_iter().enumerate() {
            both(table, row, round, |side| match side {
                0 => puts(&plain, writers, rows, len, slice * 2),
                _ => {
                    together[at] = db_puts(&db, writers, rows, len, slice * 2);
                    together[at]
                }
            });
        }
        let row = if sync.is_zero() { Row::Together } else { Row::SlowTogether };
        table.enter(row, [together[0], together[2]]);
    }
    delay.set(Duration::ZERO);
    db.close();
}
