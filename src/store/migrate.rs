//! Numbered migrations: append only, all that are due in one transaction, newer data refused.

use crate::error::{Error, Result};

use super::{Db, Write, place};

/// One step of the schema. Its number is its place in the list, from 1.
#[derive(Clone, Copy)]
pub struct Migration {
    /// What is true afterwards.
    pub name: &'static str,
    /// Changes the rows.
    pub run: fn(&mut Write) -> Result<()>,
}

/// Runs the migrations that a store has not seen, in order, in one transaction.
///
/// # Errors
/// `Refused` where the store has seen more of them than this binary knows: it names the version that is needed.
pub fn migrate(db: &Db, migrations: &[Migration]) -> Result<()> {
    let about = db.read(place::about)?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if about.schema > known {
        return Err(Error::Refused(format!(
            "this store was written by HEC {}; this is {}, which is older: install HEC {} or later",
            about.written_by,
            env!("CARGO_PKG_VERSION"),
            about.written_by
        )));
    }
    let due: Vec<Migration> = migrations.iter().skip(about.schema as usize).copied().collect();
    if due.is_empty() {
        return Ok(());
    }
    db.write_blocking(move |tx| {
        let mut about = place::about(tx)?;
        for migration in &due {
            tracing::debug!(name = migration.name, "bringing the store up to date");
            (migration.run)(tx)?;
        }
        about.schema = known;
        about.written_by = env!("CARGO_PKG_VERSION").to_owned();
        place::set_about(tx, &about);
        Ok(())
    })
}
