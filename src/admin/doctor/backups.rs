//! Whether there are copies in other places, of late, and read back.

use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

use crate::{
    backup::{
        Destinations,
        destinations::To,
        ledger::{self, Round},
        round::DEEP,
    },
    config::Config,
    error::Result,
    store::Store,
    types::Timestamp,
};

use super::{Check, days, megabytes};

/// The check's name.
pub const NAME: &str = "backups";
/// A backup may be late by so much before anybody is told.
const GRACE: Duration = Duration::from_hours(12);
/// So long it is told that an old copy was put in the store's place.
const TOLD: Duration = Duration::from_hours(30 * 24);

/// How the backups are.
pub fn backups(store: &Store, config: &Config, now: Timestamp) -> Check {
    let Some(file) = config.backups.as_deref() else {
        return Check::warn(NAME, "there is no copy of the record in another place")
            .mend("write a file of destinations: the chapter \"Backups\" of the README shows one");
    };
    match Destinations::read(file).and_then(|destinations| looked(store, &destinations, now)) {
        Ok(check) => check,
        Err(error) => Check::fail(NAME, error.to_string()).mend("mend the file of destinations"),
    }
}

fn looked(store: &Store, destinations: &Destinations, now: Timestamp) -> Result<Check> {
    if destinations.all.is_empty() {
        return Ok(Check::warn(NAME, "the file of destinations names none").mend("add one: the README shows how"));
    }
    let (mut good, mut late, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    for one in &destinations.all {
        let rounds = store.db.read(|tx| ledger::rounds(tx, &one.name))?;
        match (ledger::last_good(&rounds), rounds.first()) {
            (Some(good_one), _) if now.since(good_one.began) <= destinations.every + GRACE => {
                good.push(format!("{} {}", one.name, ago(now, good_one.began)));
            }
            (Some(old), last) => {
                let why = last.and_then(|round| round.why.clone()).unwrap_or_else(|| "none was made since".to_owned());
                late.push(format!("the last good one at {} was made {}: {why}", one.name, ago(now, old.began)));
            }
            (None, Some(Round { why: Some(why), .. })) => late.push(format!("there is none at {}: {why}", one.name)),
            // The first one is about to be made.
            (None, _) => looks.push(format!("there is none at {} yet", one.name)),
        }
        if let Some(why) = rounds.first().and_then(|last| last.untidy.as_ref()) {
            looks.push(format!("older backups at {} could not be removed: {why}", one.name));
        }
        if rounds.iter().find_map(|round| round.deep).is_some_and(|deep| now.since(deep) > DEEP + GRACE + GRACE) {
            late.push(format!("no backup at {} was read back whole for a month", one.name));
        }
        if let [newest, before, ..] = good_ones(&rounds)[..]
            && newest.bytes < before.bytes / 2
        {
            late.push(format!(
                "the last backup at {} is much smaller than the one before ({} after {})",
                one.name,
                megabytes(newest.bytes),
                megabytes(before.bytes)
            ));
        }
    }
    if destinations.all.iter().all(|one| matches!(&one.to, To::Disk(path) if is_same_disk(path, store.vault.folder())))
    {
        looks.push("every copy lies on the record's own disk: when it dies, all are gone".to_owned());
    }
    let behind = store.db.read(ledger::instance)?.and_then(|instance| instance.behind);
    if behind.is_some_and(|behind| now.since(behind) < TOLD) {
        looks.push("an older copy of the record has taken its place: a backup is newer than what is here".to_owned());
    }
    if !late.is_empty() {
        late.extend(looks);
        return Ok(Check::fail(NAME, late.join("; ")).mend("look at the destination, then run: hec backup now"));
    }
    if !looks.is_empty() {
        return Ok(Check::warn(NAME, looks.join("; ")).mend("the chapter \"Backups\" of the README tells more"));
    }
    Ok(Check::ok(NAME, format!("made and read back: {}", good.join(", "))))
}

fn good_ones(rounds: &[Round]) -> Vec<&Round> {
    rounds.iter().filter(|round| round.why.is_none() && round.proven.is_some()).take(2).collect()
}

fn is_same_disk(one: &Path, other: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|about| about.dev()).ok();
    device(one).is_some_and(|one| device(other) == Some(one))
}

/// "today", "3 days ago".
fn ago(now: Timestamp, at: Timestamp) -> String {
    match now.since(at).as_secs() / 86_400 {
        0 => "within a day".to_owned(),
        count => format!("{} ago", days(count)),
    }
}
