//! What operators are told by mail of their backups: that something is wrong, once a day while it lasts, and once that
//! all is well again. Messages name kinds of trouble; no place, no path, no word of a server's.

use std::{collections::BTreeSet, path::Path, time::Duration};

use crate::{
    accounts::{
        self,
        post::{self, Kind},
    },
    app::App,
    error::Result,
    store::Write,
    types::Timestamp,
};

use super::{
    doctor::backups::{self, Trouble},
    store,
};

/// The pause between two messages about the same trouble.
pub const PAUSE: Duration = Duration::from_hours(24);

/// Looks at the backups, where there are to be any, and tells operators where mail is set up.
///
/// # Errors
/// `Internal` only.
pub fn look(app: &App) -> Result<()> {
    let Some(file) = app.config.backups.as_deref().filter(|_| !app.config.demo) else { return Ok(()) };
    if app.config.mail.is_none() {
        return Ok(());
    }
    let found = troubles(app, file)?;
    app.db.write_blocking(move |tx| tell(tx, &found))
}

fn troubles(app: &App, file: &Path) -> Result<BTreeSet<Trouble>> {
    backups::troubles(&app.store(), file, app.clock().now())
}

/// Queues what is to be told now of what was found.
///
/// # Errors
/// `Internal` only.
pub fn tell(tx: &mut Write, found: &BTreeSet<Trouble>) -> Result<()> {
    let last: Option<Timestamp> = store::told(tx)?;
    if found.is_empty() {
        if last.is_some() {
            store::set_told(tx, None);
            everybody(tx, Kind::BackupsWell, "")?;
        }
        return Ok(());
    }
    if last.is_none_or(|last| tx.now().since(last) >= PAUSE) {
        let named: Vec<&str> = found.iter().map(|trouble| trouble.as_str()).collect();
        let now = tx.now();
        store::set_told(tx, Some(now));
        everybody(tx, Kind::BackupsBad, &named.join(","))?;
    }
    Ok(())
}

/// Every operator whose address was proved.
fn everybody(tx: &mut Write, kind: Kind, detail: &str) -> Result<()> {
    for account in accounts::all(tx)?.into_iter().filter(|account| account.operator) {
        post::notice(tx, true, account.id, kind, detail)?;
    }
    Ok(())
}
