//! The copy that comes before an upgrade: a proven backup at the first destination that takes one; where there is none, a
//! proven copy in the store's own folder.

use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::{
    error::{Error, Result},
    store::{
        self, Due, Progress, Store,
        aside::{self, Aside},
    },
    types::Timestamp,
};

use super::{Destinations, Named, ledger, round::Keeper};

/// So long destinations are tried for, all together: somebody waits for the start.
const PATIENCE: Duration = Duration::from_mins(10);
/// A copy in the store's own folder is kept for so long,
pub const KEPT: Duration = Duration::from_hours(30 * 24);
/// and for so long where every destination has had a good backup since.
pub const KEPT_BESIDE_BACKUPS: Duration = Duration::from_hours(7 * 24);

/// Makes the copy. Gives in words where it lies, and how one goes back to it.
///
/// # Errors
/// `Refused`, where none can be made, with what to do.
pub fn upgrade(
    store: &Store,
    due: &Due,
    destinations: Option<&Destinations>,
    named: Named,
    runtime: &Handle,
) -> Result<String> {
    tracing::info!(%due, "the record is to be brought up to date; a copy comes first");
    let until = Instant::now() + PATIENCE;
    let keeper = Keeper { store, named, runtime: runtime.clone() };
    for one in destinations.iter().flat_map(|all| &all.all) {
        let mut quiet: Progress = Box::new(|_, _| {});
        // Its rows may be among those that only the version of before can write: then the other way is left.
        match destinations.map(|all| keeper.back_up_before(one, all, (until, KEPT), &mut quiet)) {
            Some(Ok(round)) if round.is_good() => {
                tracing::info!(destination = one.name, backup = round.name, "the copy is a backup that was read back");
                return Ok(format!("the backup {} at {}", round.name, one.name));
            }
            Some(Err(error)) => tracing::warn!(destination = one.name, %error, "no backup before the upgrade"),
            _ => {}
        }
    }
    let folder = store.vault.folder();
    match aside::set_aside(store, due) {
        Ok(path) => {
            tracing::info!(path = %path.display(), "the copy lies in the record's own folder, and was read back");
            Ok(path.display().to_string())
        }
        Err(error) => Err(Error::Refused(refusal(due, folder, &error))),
    }
}

fn refusal(due: &Due, folder: &std::path::Path, error: &Error) -> String {
    let what = match error {
        Error::Full => {
            let free = store::space(folder).map_or(0, |(free, _)| free);
            let needed = aside::room_needed(folder).unwrap_or_default();
            format!(
                "there is no room for it in {} ({} MB are free, {} MB are needed): make room",
                folder.display(),
                free / 1_000_000,
                needed.div_ceil(1_000_000)
            )
        }
        Error::Internal(cause) => format!("it could not be made ({cause}): look at the disk"),
        other => format!("it could not be made ({other}): look at the disk"),
    };
    format!(
        "HEC {} must bring the record up to date ({due}), and a copy comes first: {what}, and start again. Nothing was \
         changed. If you have a copy of your own: hec upgrade --without-copy",
        env!("CARGO_PKG_VERSION")
    )
}

/// Removes copies from before upgrades that have lain long enough. Gives how many.
///
/// # Errors
/// `Internal` where one can't be removed.
pub fn sweep(store: &Store, destinations: Option<&Destinations>) -> Result<usize> {
    let now = store.db.clock().now();
    let mut removed = 0;
    for copy in aside::copies(store.vault.folder()) {
        if now >= kept_until(store, destinations, &copy)? {
            aside::forget(&copy)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Until when a copy is kept. A clock that stood in the past while it was made, as that of a machine without a battery may
/// at its start, does not count where its own upgrade came later.
///
/// # Errors
/// `Internal` only.
pub fn kept_until(store: &Store, destinations: Option<&Destinations>, copy: &Aside) -> Result<Timestamp> {
    let last = store.db.read(store::last_upgrade)?;
    let own = last.filter(|last| last.copy.as_ref().is_some_and(|path| *path == copy.path.display().to_string()));
    let made = own.map_or(copy.made, |last| copy.made.max(last.at));
    Ok(made.plus(kept(store, destinations, made)?))
}

fn kept(store: &Store, destinations: Option<&Destinations>, made: Timestamp) -> Result<Duration> {
    let Some(all) = destinations.filter(|all| !all.all.is_empty()) else { return Ok(KEPT) };
    for one in &all.all {
        let rounds = store.db.read(|tx| ledger::rounds(tx, &one.name))?;
        if ledger::last_good(&rounds).is_none_or(|good| good.began <= made) {
            return Ok(KEPT);
        }
    }
    Ok(KEPT_BESIDE_BACKUPS)
}
