//! What is remembered of backups: the instance's random name, how many there were, and what became of each.

use std::collections::HashSet;

use minicbor::{Decode, Encode, bytes::ByteArray};

use crate::{
    error::{Error, Result},
    row,
    store::{Read, Table, Write},
    types::Timestamp,
};

use super::{
    format::{self, InstanceId},
    restore::Restored,
};

const INSTANCE: Table<(String,), InstanceRow> = Table::new("backup_instance");
const ROUNDS: Table<(String, u64), RoundRow> = Table::new("backup_rounds");
/// So many rounds of each destination are remembered.
const KEPT: usize = 100;

#[derive(Encode, Decode)]
struct InstanceRow {
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    number: u64,
    #[n(2)]
    behind: Option<Timestamp>,
}
row!(InstanceRow, version 1);

#[derive(Encode, Decode)]
struct RoundRow {
    #[n(0)]
    name: String,
    #[n(1)]
    began: Timestamp,
    #[n(2)]
    ended: Option<Timestamp>,
    #[n(3)]
    written: u64,
    #[n(4)]
    bytes: u64,
    #[n(5)]
    why: Option<String>,
    #[n(6)]
    proven: Option<Timestamp>,
    #[n(7)]
    deep: Option<Timestamp>,
    #[n(8)]
    damaged: bool,
    #[n(9)]
    untidy: Option<String>,
    #[n(10)]
    kept_until: Option<Timestamp>,
}
row!(RoundRow, version 1);

/// Whose backups these are, and which one is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// The random name that all its backups carry.
    pub id: InstanceId,
    /// The number of the last backup.
    pub number: u64,
    /// When it was noticed that the store is older than a backup of it: an old copy was put in its place.
    pub behind: Option<Timestamp>,
}

/// What became of a backup at one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The destination.
    pub destination: String,
    /// The backup's number.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// When it was begun.
    pub began: Timestamp,
    /// When it had ended, well or not; none while it runs, or where it was cut off.
    pub ended: Option<Timestamp>,
    /// How many bytes were sent.
    pub written: u64,
    /// How many bytes it has in all.
    pub bytes: u64,
    /// Why it is not good.
    pub why: Option<String>,
    /// When it was read back and found good.
    pub proven: Option<Timestamp>,
    /// When every byte of it was read back, and restored into a scratch folder.
    pub deep: Option<Timestamp>,
    /// Whether what lies there was not as it was written: the next backup builds upon none of it.
    pub damaged: bool,
    /// Why older ones that are kept no longer could not be removed, where the backup itself is good.
    pub untidy: Option<String>,
    /// Until when it is kept whatever came after it: one that was made before an upgrade is the way back.
    pub kept_until: Option<Timestamp>,
}

impl Round {
    /// Whether it was read back and found good.
    pub fn is_good(&self) -> bool {
        self.why.is_none() && self.proven.is_some()
    }

    /// Whether it must be kept, whatever came after it.
    pub fn is_kept(&self, now: Timestamp) -> bool {
        self.is_good() && self.kept_until.is_some_and(|until| now < until)
    }
}

/// The instance, once it has made a backup.
///
/// # Errors
/// `Internal` only.
pub fn instance(tx: &Read) -> Result<Option<Instance>> {
    Ok(tx.get(&INSTANCE, &key())?.map(|row| Instance { id: row.id.into(), number: row.number, behind: row.behind }))
}

/// Takes the next number; the copy that is made afterwards knows of it.
///
/// # Errors
/// `Internal` only.
pub fn next(tx: &mut Write) -> Result<Instance> {
    let instance = match instance(tx)? {
        Some(before) => Instance { number: before.number + 1, ..before },
        None => {
            let mut id = [0; 16];
            getrandom::fill(&mut id).map_err(Error::internal)?;
            Instance { id, number: 1, behind: None }
        }
    };
    set(tx, instance);
    Ok(instance)
}

/// Goes on after a backup with a higher number than the store knows of: the store is older than that backup.
///
/// # Errors
/// `Internal` only.
pub fn catch_up(tx: &mut Write, number: u64) -> Result<Instance> {
    let before = instance(tx)?.ok_or_else(|| Error::broken("there is no backup to catch up with"))?;
    let instance = Instance { number: number + 1, behind: Some(tx.now()), ..before };
    set(tx, instance);
    Ok(instance)
}

fn set(tx: &mut Write, instance: Instance) {
    let Instance { id, number, behind } = instance;
    tx.put(&INSTANCE, &key(), &InstanceRow { id: id.into(), number, behind });
}

/// Keeps what became of a backup, and forgets what is long ago.
///
/// # Errors
/// `Internal` only.
pub fn put(tx: &mut Write, round: &Round) -> Result<()> {
    let row = RoundRow {
        name: round.name.clone(),
        began: round.began,
        ended: round.ended,
        written: round.written,
        bytes: round.bytes,
        why: round.why.clone(),
        proven: round.proven,
        deep: round.deep,
        damaged: round.damaged,
        untidy: round.untidy.clone(),
        kept_until: round.kept_until,
    };
    tx.put(&ROUNDS, &(round.destination.clone(), round.number), &row);
    let mut all = rounds(tx, &round.destination)?;
    if all.len() > KEPT {
        // The last good one is remembered, however long ago it was; so is what must be kept.
        let good = last_good(&all).map(|round| round.number);
        let now = tx.now();
        all.retain(|round| Some(round.number) != good && !round.is_kept(now));
        for old in all.into_iter().skip(KEPT - 1) {
            tx.remove(&ROUNDS, &(old.destination, old.number));
        }
    }
    Ok(())
}

/// Notes in the record that came back that its backup was read back just now, every byte of it: the row that came with
/// it was written while it was made, before it had a name. What the row says beside that stays. For a destination of the
/// instance's own; a folder that is none has no rows.
///
/// # Errors
/// `Internal` only.
pub fn read_back(tx: &mut Write, destination: &str, restored: &Restored) -> Result<()> {
    let number = format::number_of(&restored.name).ok_or_else(|| Error::broken("a backup's name has no number"))?;
    let known = rounds(tx, destination)?.into_iter().find(|round| round.number == number);
    // A destination may have another name now than when the backup was made.
    let known = known.unwrap_or_else(|| Round {
        destination: destination.to_owned(),
        number,
        name: String::new(),
        began: restored.made,
        ended: None,
        written: 0,
        bytes: 0,
        why: None,
        proven: None,
        deep: None,
        damaged: false,
        untidy: None,
        kept_until: None,
    });
    let now = tx.now();
    let round = Round {
        name: restored.name.clone(),
        bytes: restored.bytes,
        ended: known.ended.or(Some(now)),
        why: None,
        proven: Some(now),
        deep: Some(now),
        damaged: false,
        ..known
    };
    put(tx, &round)
}

/// Forgets what had begun and not ended when the record that came back was copied: what became of it is not known.
///
/// # Errors
/// `Internal` only.
pub fn forget_begun(tx: &mut Write) -> Result<()> {
    let mut begun = Vec::new();
    for row in tx.under(&ROUNDS, &()) {
        let (key, row) = row?;
        begun.extend(row.ended.is_none().then_some(key));
    }
    for key in begun {
        tx.remove(&ROUNDS, &key);
    }
    Ok(())
}

/// What became of the backups at a destination, the newest first.
///
/// # Errors
/// `Internal` only.
pub fn rounds(tx: &Read, destination: &str) -> Result<Vec<Round>> {
    let mut all = Vec::new();
    for row in tx.under(&ROUNDS, &(destination.to_owned(),)) {
        let ((destination, number), row) = row?;
        let RoundRow { name, began, ended, written, bytes, why, proven, deep, damaged, untidy, kept_until } = row;
        all.push(Round {
            destination,
            number,
            name,
            began,
            ended,
            written,
            bytes,
            why,
            proven,
            deep,
            damaged,
            untidy,
            kept_until,
        });
    }
    all.reverse();
    Ok(all)
}

/// The names of the backups that were read back and found good, at any destination.
///
/// # Errors
/// `Internal` only.
pub fn proven(tx: &Read) -> Result<HashSet<String>> {
    let mut names = HashSet::new();
    for row in tx.under(&ROUNDS, &()) {
        let row = row?.1;
        names.extend((row.why.is_none() && row.proven.is_some()).then_some(row.name));
    }
    Ok(names)
}

/// The newest that is good.
pub fn last_good(rounds: &[Round]) -> Option<&Round> {
    rounds.iter().find(|round| round.is_good())
}

fn key() -> (String,) {
    ("instance".to_owned(),)
}
