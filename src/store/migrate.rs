//! Numbered migrations: append only, all that are due in one transaction, newer data refused. What came before them, and
//! when they ran, is remembered.

use std::{fmt, sync::Arc};

use minicbor::{Decode, Encode};

use crate::{
    error::{Error, Result},
    row,
    types::Timestamp,
};

use super::{Db, Read, Store, Table, Write, place};

/// By the schema that it led to.
const UPGRADES: Table<(u64,), UpgradeRow> = Table::new("upgrades");

/// One step of the schema. Its number is its place in the list, from 1.
#[derive(Clone, Copy)]
pub struct Migration {
    /// What is true afterwards.
    pub name: &'static str,
    /// Changes the rows.
    pub run: fn(&mut Write) -> Result<()>,
}

/// What comes before migrations that are due.
#[derive(Clone)]
pub enum Upgrade {
    /// Nothing: the store is made up, or is itself a copy.
    AtOnce,
    /// A copy, which this makes and proves; it gives in words where that lies. Where it fails nothing is changed.
    After(Copying),
    /// They wait: the store is only looked at.
    Later,
}

/// Makes the copy that migrations wait for.
pub type Copying = Arc<dyn Fn(&Store, &Due) -> Result<String> + Send + Sync>;

/// The migrations that a store has not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// How many it has seen.
    pub from: u32,
    /// How many there are.
    pub to: u32,
    /// The version of HEC that wrote it.
    pub written_by: String,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from schema {}, written by HEC {}, to schema {}", self.from, self.written_by, self.to)
    }
}

/// An upgrade that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    /// How many migrations the store had seen before.
    pub from: u32,
    /// And afterwards.
    pub to: u32,
    /// When.
    pub at: Timestamp,
    /// The version of HEC that had written it.
    pub before: String,
    /// The version that did it.
    pub by: String,
    /// Where the copy of before lies, in words; none where there is none.
    pub copy: Option<String>,
}

#[derive(Encode, Decode)]
struct UpgradeRow {
    #[n(0)]
    from: u32,
    #[n(1)]
    at: Timestamp,
    #[n(2)]
    before: String,
    #[n(3)]
    by: String,
    #[n(4)]
    copy: Option<String>,
}
row!(UpgradeRow, version 1);

/// The last upgrade of a store, if there was one.
///
/// # Errors
/// `Internal` only.
pub fn last_upgrade(tx: &Read) -> Result<Option<Upgraded>> {
    let last = tx.under(&UPGRADES, &()).last().transpose()?;
    Ok(last.map(|((to,), row)| {
        let UpgradeRow { from, at, before, by, copy } = row;
        Upgraded { from, to: u32::try_from(to).unwrap_or(u32::MAX), at, before, by, copy }
    }))
}

/// How many migrations there are.
pub(super) fn count(migrations: &[Migration]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

/// The migrations that a store has not seen; none where it is up to date.
///
/// # Errors
/// `Refused` where it has seen more of them than this binary knows: it names the version that is needed.
pub(super) fn due(db: &Db, known: u32) -> Result<Option<Due>> {
    let about = db.read(place::about)?;
    if about.schema > known {
        return Err(Error::Refused(format!(
            "this store was written by HEC {}; this is {}, which is older: install HEC {} or later, \
             or go back to the copy of before (the chapter \"Upgrading and going back\" of the README)",
            about.written_by,
            env!("CARGO_PKG_VERSION"),
            about.written_by
        )));
    }
    let due = Due { from: about.schema, to: known, written_by: about.written_by };
    Ok((due.from < due.to).then_some(due))
}

/// Runs the migrations of a new store, in one transaction.
///
/// # Errors
/// A migration's.
pub(super) fn begin(db: &Db, migrations: &[Migration]) -> Result<()> {
    if migrations.is_empty() {
        return Ok(());
    }
    run(db, migrations, None)
}

/// Runs the migrations that are due, in order, in one transaction. The copy of before is remembered.
///
/// # Errors
/// `Refused` where one of them fails: nothing is changed then.
pub(super) fn upgrade(db: &Db, migrations: &[Migration], due: &Due, copy: Option<String>) -> Result<()> {
    let kept = copy.clone();
    run(db, migrations, Some((due.clone(), copy))).map_err(|error| {
        let back = format!("install HEC {} again, and go on with it", due.written_by);
        let (why, then) = match &error {
            Error::Full => ("there is no room".to_owned(), "make room, and start again".to_owned()),
            Error::Internal(cause) => (cause.to_string(), back),
            other => (other.to_string(), back),
        };
        tracing::error!(%error, "the record could not be brought up to date; it is as it was");
        let copy = kept.map(|kept| format!(" There is a copy, too: {kept}.")).unwrap_or_default();
        Error::Refused(format!(
            "the record could not be brought up to date ({due}): {why}. Nothing was changed: {then}.{copy}"
        ))
    })
}

fn run(db: &Db, migrations: &[Migration], noted: Option<(Due, Option<String>)>) -> Result<()> {
    let seen = noted.as_ref().map_or(0, |(due, _)| due.from as usize);
    let known = count(migrations);
    let due: Vec<Migration> = migrations.iter().skip(seen).copied().collect();
    db.write_blocking(move |tx| {
        let mut about = place::about(tx)?;
        for migration in &due {
            tracing::debug!(name = migration.name, "bringing the store up to date");
            (migration.run)(tx)?;
        }
        about.schema = known;
        about.written_by = env!("CARGO_PKG_VERSION").to_owned();
        place::set_about(tx, &about);
        if let Some((due, copy)) = noted {
            let (at, by) = (tx.now(), about.written_by);
            let row = UpgradeRow { from: due.from, at, before: due.written_by, by, copy };
            tx.put(&UPGRADES, &(u64::from(due.to),), &row);
        }
        Ok(())
    })
}
