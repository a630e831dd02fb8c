//! Whether there are copies in other places, of late, and read back.

use std::{collections::BTreeSet, fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

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
        Ok((check, _)) => check,
        Err(error) => Check::fail(NAME, error.to_string()).mend("mend the file of destinations"),
    }
}

/// What is worth a message to whoever looks after the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The file of destinations can't be used.
    File,
    /// There is no good backup of late.
    Late,
    /// What lies at a destination is not what was written there.
    Damaged,
    /// Nothing was read back whole for a month.
    Unread,
    /// The last one is much smaller than the one before.
    Smaller,
    /// An older copy of the record has taken its place.
    Behind,
}

impl Trouble {
    /// Its name in the catalogue, after `mail-backups-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Late => "late",
            Self::Damaged => "damaged",
            Self::Unread => "unread",
            Self::Smaller => "smaller",
            Self::Behind => "behind",
        }
    }
}

/// What is wrong with the backups, where there are to be any: none where all is well.
///
/// # Errors
/// `Internal` only.
pub fn troubles(store: &Store, file: &Path, now: Timestamp) -> Result<BTreeSet<Trouble>> {
    let destinations = match Destinations::read(file) {
        Ok(destinations) => destinations,
        Err(_) => return Ok(BTreeSet::from([Trouble::File])),
    };
    Ok(looked(store, &destinations, now)?.1)
}

fn looked(store: &Store, destinations: &Destinations, now: Timestamp) -> Result<(Check, BTreeSet<Trouble>)> {
    let mut troubles = BTreeSet::new();
    if destinations.all.is_empty() {
        let check = Check::warn(NAME, "the file of destinations names none").mend("add one: the README shows how");
        return Ok((check, troubles));
    }
    let (mut good, mut late, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    for one in &destinations.all {
        let rounds = store.db.read(|tx| ledger::rounds(tx, &one.name))?;
        let (first, last) = (rounds.first(), rounds.last());
        if first.is_some_and(|round| round.damaged) {
            troubles.insert(Trouble::Damaged);
            // What was found first; what came of later tries is another matter.
            let why = rounds.iter().take_while(|round| round.damaged).filter_map(why).last();
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            late.push(format!("what lies at {} is not as it was written{why}", one.name));
        }
        match (ledger::last_good(&rounds), first) {
            (Some(good_one), _) if now.since(good_one.began) <= destinations.every + GRACE => {
                good.push(format!("{} {}", one.name, ago(now, good_one.began)));
            }
            (Some(old), first) => {
                troubles.insert(Trouble::Late);
                let why = first.and_then(why).unwrap_or("none was made since");
                late.push(format!("the last good one at {} was made {}: {why}", one.name, ago(now, old.began)));
            }
            (None, Some(failed @ Round { why: Some(_), .. })) => {
                troubles.insert(Trouble::Late);
                late.push(format!("there is none at {}: {}", one.name, why(failed).unwrap_or_default()));
            }
            (None, _) if last.is_some_and(|oldest| now.since(oldest.began) > destinations.every + GRACE) => {
                troubles.insert(Trouble::Late);
                let why = rounds.iter().find_map(why).unwrap_or("none of them has come to its end yet");
                late.push(format!("there is none at {}: {why}", one.name));
            }
            // The first one is about to be made, or on its way.
            (None, _) => looks.push(format!("there is none at {} yet", one.name)),
        }
        if let Some(why) = rounds.first().and_then(|last| last.untidy.as_ref()) {
            looks.push(format!("older backups at {} could not be removed: {why}", one.name));
        }
        if rounds.iter().find_map(|round| round.deep).is_some_and(|deep| now.since(deep) > DEEP + GRACE + GRACE) {
            troubles.insert(Trouble::Unread);
            late.push(format!("no backup at {} was read back whole for a month", one.name));
        }
        if let [newest, before, ..] = good_ones(&rounds)[..]
            && newest.bytes < before.bytes / 2
        {
            troubles.insert(Trouble::Smaller);
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
        troubles.insert(Trouble::Behind);
        looks.push("an older copy of the record has taken its place: a backup is newer than what is here".to_owned());
    }
    if !late.is_empty() {
        late.extend(looks);
        let check = Check::fail(NAME, late.join("; ")).mend("look at the destination, then run: hec backup now");
        return Ok((check, troubles));
    }
    if !looks.is_empty() {
        let check = Check::warn(NAME, looks.join("; ")).mend("the chapter \"Backups\" of the README tells more");
        return Ok((check, troubles));
    }
    Ok((Check::ok(NAME, format!("made and read back: {}", good.join(", "))), troubles))
}

/// Why a backup is not good, without the destination's name in front.
fn why(round: &Round) -> Option<&str> {
    let why = round.why.as_deref()?;
    Some(why.strip_prefix(&format!("{}: ", round.destination)).unwrap_or(why))
}

fn good_ones(rounds: &[Round]) -> Vec<&Round> {
    rounds.iter().filter(|round| round.is_good()).take(2).collect()
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
