//! What is due, and the doing of it: one destination after the other, each with its own luck.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use crate::{
    error::{Error, Result},
    store::{self, Progress, Store},
    types::Timestamp,
};

use super::{
    Destination, Destinations, Named, Place, before,
    format::{self, Head, InstanceId},
    ledger::{self, Instance, Round},
    make::make,
    places,
    prove::{Depth, Reader, prove},
    prune::{Pruned, prune},
};

/// A backup that failed is tried again after this time.
const AGAIN: Duration = Duration::from_hours(1);
/// Every byte is read back so often.
pub const DEEP: Duration = Duration::from_hours(30 * 24);
/// The file in which a store is put together for its proof.
const PROOF: &str = "hec.store.proof";

/// One backup at a time in this process, wherever it goes.
static ALONE: Mutex<()> = Mutex::new(());

/// Whoever makes backups: a store that is open, and what its rows name.
#[derive(Clone)]
pub struct Keeper<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its blobs.
    pub named: Named,
    /// Where requests run.
    pub runtime: Handle,
}

impl Keeper<'_> {
    /// Makes the backups that are due. Gives how many failed.
    ///
    /// # Errors
    /// `Internal` where not even that could be noted.
    pub fn due(&self, destinations: &Destinations) -> Result<usize> {
        let mut failed = 0;
        for destination in &destinations.all {
            let rounds = self.store.db.read(|tx| ledger::rounds(tx, &destination.name))?;
            if is_due(&rounds, destinations.every, self.now()) {
                let round = self.back_up(destination, destinations, &mut (Box::new(|_, _| {}) as Progress))?;
                failed += usize::from(round.why.is_some());
            }
        }
        Ok(failed)
    }

    /// Makes a backup, reads it back, and removes what is old. What went wrong stands in the round.
    ///
    /// # Errors
    /// `Internal` where the round could not be noted.
    pub fn back_up(&self, to: &Destination, all: &Destinations, progress: &mut Progress) -> Result<Round> {
        self.run(to, all, None, progress)
    }

    /// The same before an upgrade: it is kept for so long, and it is made in so much time, since a destination that does
    /// not answer must not keep a start waiting.
    ///
    /// # Errors
    /// As [`Keeper::back_up`].
    pub fn back_up_before(
        &self,
        to: &Destination,
        all: &Destinations,
        (until, kept): (Instant, Duration),
        progress: &mut Progress,
    ) -> Result<Round> {
        self.run(to, all, Some((until, kept)), progress)
    }

    fn run(
        &self,
        to: &Destination,
        all: &Destinations,
        before_upgrade: Option<(Instant, Duration)>,
        progress: &mut Progress,
    ) -> Result<Round> {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.store.db.read(|tx| ledger::rounds(tx, &to.name))?;
        let mut instance = self.store.db.write_blocking(ledger::next)?;
        let began = self.now();
        // Until one was proven that builds upon nothing of what was damaged.
        let anew = before.first().is_some_and(|round| round.damaged);
        let mut round = Round {
            destination: to.name.clone(),
            number: instance.number,
            name: String::new(),
            began,
            ended: None,
            written: 0,
            bytes: 0,
            why: None,
            proven: None,
            deep: before.first().and_then(|round| round.deep),
            damaged: anew,
            untidy: None,
            kept_until: before_upgrade.map(|(_, kept)| began.plus(kept)),
        };
        let until = before_upgrade.map(|(until, _)| until);
        let place = Place::open(to, &self.runtime).map(|place| place.until(until));
        let done = place.and_then(|place| {
            let catching_up = self.catch_up(&place, &mut instance);
            round.number = instance.number;
            catching_up?;
            self.note(&round)?;
            self.try_back_up(&place, instance, all, &mut round, progress)
        });
        round.ended = Some(self.now());
        match done {
            Ok(()) => {
                tracing::info!(
                    destination = round.destination,
                    written = round.written,
                    bytes = round.bytes,
                    "a backup was made and read back"
                );
            }
            Err(error) => {
                tracing::error!(destination = round.destination, %error, "a backup failed");
                round.why = Some(error.to_string());
            }
        }
        metrics::counter!("hec_backups_total", "outcome" => if round.why.is_none() { "good" } else { "failed" })
            .increment(1);
        self.note(&round)?;
        Ok(round)
    }

    /// Where a backup has a higher number than the store knows of, the store is older than that backup: an old copy has
    /// been put in its place. That is noted, and goes on behind it.
    fn catch_up(&self, place: &Place, instance: &mut Instance) -> Result<()> {
        let (heads, _) = format::heads(place)?;
        let highest = heads.iter().filter(|head| *head.instance == instance.id).map(|head| head.number).max();
        if let Some(highest) = highest.filter(|highest| *highest >= instance.number) {
            tracing::warn!(destination = place.name(), "the store is older than its newest backup");
            *instance = self.store.db.write_blocking(move |tx| ledger::catch_up(tx, highest))?;
        }
        Ok(())
    }

    fn try_back_up(
        &self,
        place: &Place,
        instance: Instance,
        all: &Destinations,
        round: &mut Round,
        progress: &mut Progress,
    ) -> Result<()> {
        let made = make(self.store, self.named, place, instance, round.damaged, progress)?;
        (round.name, round.written, round.bytes) = (made.head.name.clone(), made.written, made.bytes());
        let now = self.now();
        let deep = round.deep.is_none_or(|deep| now.since(deep) > DEEP);
        let depth = if deep { Depth::Whole } else { Depth::Fresh(&made.fresh) };
        // The key that it was sealed with: the record may have another one by now.
        let reader = Reader { key: &made.key, named: self.named, now };
        let proven = prove(place, &round.name, reader, &self.proof()?, depth, progress);
        if let Err(error) = proven {
            if is_damage(&error, place) {
                round.damaged = true;
                // Whoever restores takes the newest: this one must not be it.
                // What was found matters more than a removal that fails.
                if !place.is_append_only()
                    && let Err(left) = place.remove(&format::head_path(&round.name))
                {
                    tracing::warn!(destination = round.destination, error = %left, "its head could not be removed");
                }
            }
            return Err(error);
        }
        let now = self.now();
        (round.proven, round.damaged) = (Some(now), false);
        if deep {
            round.deep = Some(now);
        }
        // The backup is good, whatever becomes of older ones.
        let pinned = self.pinned(&round.destination)?;
        match prune(place, all.keep, &pinned, now) {
            Ok(pruned) if pruned.backups > 0 => {
                tracing::info!(destination = round.destination, removed = pruned.backups, "old backups were removed");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(destination = round.destination, %error, "old backups could not be removed");
                round.untidy = Some(error.to_string());
            }
        }
        Ok(())
    }

    /// Reads a backup back, every byte of it; the newest where none is named. Damage is remembered: that backup counts
    /// as good no longer, and the next one builds upon nothing that lies there.
    ///
    /// # Errors
    /// `Refused`, saying what is not as it was written, or where there is none, or only another key or version reads it.
    pub fn verify(&self, from: &Destination, name: Option<&str>, progress: &mut Progress) -> Result<String> {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Place::open(from, &self.runtime)?;
        let known = self.store.db.read(|tx| ledger::rounds(tx, &from.name))?;
        let name = match name {
            Some(name) => name.to_owned(),
            None => self.newest(&place, &known)?,
        };
        let none = || Error::Refused(format!("{}: there is no backup {name}", from.name));
        let head = place.get(&format::head_path(&name))?.ok_or_else(none)?;
        let key = self.store.vault.key();
        match Head::from_bytes(&head) {
            Err(error) if Head::is_later(&head) => return Err(error),
            Ok(head) if *head.key != *key.id().as_bytes() => {
                return Err(Error::Refused(format!(
                    "{}: the backup {name} is sealed with another key than the record has now; what opened the record \
                     then still opens it. A new one: hec backup now",
                    from.name
                )));
            }
            _ => {}
        }
        let reader = Reader { key: &key, named: self.named, now: self.now() };
        let proven = prove(&place, &name, reader, &self.proof()?, Depth::Whole, progress);
        match &proven {
            Err(error) if is_damage(error, &place) => self.note_damage(&known, &name, error)?,
            Err(_) => {}
            Ok((head, _)) => {
                if let Some(round) = round_of(&known, &name) {
                    let now = Some(self.now());
                    // One that came back in a restore was noted before it had a name.
                    let bytes =
                        if round.bytes == 0 { format::get_list(&place, head)?.bytes(head) } else { round.bytes };
                    let whole = Round { name: name.clone(), bytes, why: None, damaged: false, ..round.clone() };
                    self.note(&Round { proven: now, deep: now, ended: round.ended.or(now), ..whole })?;
                }
            }
        }
        proven.map(|_| name)
    }

    /// The newest backup that there should be: one that is gone, or that can't be read, must not be passed over.
    fn newest(&self, place: &Place, known: &[Round]) -> Result<String> {
        let (heads, damaged) = format::heads(place)?;
        let lost = |name: &str, how: &str| {
            let error = Error::Refused(format!("{}: the {how}", place.name()));
            if let Some(round) = round_of(known, name) {
                self.note(&Round { damaged: true, why: Some(error.to_string()), ..round.clone() })?;
            }
            Err(error)
        };
        let newest = heads.first();
        let newer =
            |number: Option<u64>| newest.is_none_or(|newest| number.is_none_or(|number| newest.number < number));
        if let Some(name) =
            damaged.iter().filter(|name| newer(format::number_of(name))).max_by_key(|name| format::number_of(name))
        {
            if place.get(&format::head_path(name))?.is_some_and(|head| Head::is_later(&head)) {
                return Err(Error::Refused(format!("{}: {name} was made by a later version of HEC", place.name())));
            }
            return lost(name, &format!("head of {name} is damaged"));
        }
        let good = ledger::last_good(known);
        if let Some(good) = good.filter(|good| newer(Some(good.number))) {
            return lost(&good.name, &format!("backup {} is missing", good.name));
        }
        let newest = newest.map(|head| head.name.clone());
        newest.ok_or_else(|| places::none(place))
    }

    /// Remembers that a backup is not as it was written. What the newest one shares with it is no better.
    fn note_damage(&self, known: &[Round], name: &str, error: &Error) -> Result<()> {
        let round = round_of(known, name);
        if let Some(round) = round {
            self.note(&Round { damaged: true, why: Some(error.to_string()), ..round.clone() })?;
        }
        match known.first() {
            Some(newest) if round.is_none_or(|round| round.number != newest.number) => {
                self.note(&Round { damaged: true, ..newest.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Removes what is old at a destination.
    ///
    /// # Errors
    /// `Refused`, with the destination's name.
    pub fn prune(&self, at: &Destination, all: &Destinations) -> Result<Pruned> {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        prune(&Place::open(at, &self.runtime)?, all.keep, &self.pinned(&at.name)?, self.now())
    }

    /// The backups of a destination that stay, however old they are.
    fn pinned(&self, destination: &str) -> Result<HashSet<String>> {
        let (rounds, upgraded) =
            self.store.db.read(|tx| Ok((ledger::rounds(tx, destination)?, store::last_upgrade(tx)?)))?;
        let now = self.now();
        // From the upgrade on, too: a clock that stood in the past while the backup was made was set by then.
        let fresh = upgraded.filter(|upgrade| now < upgrade.at.plus(before::KEPT)).and_then(|upgrade| upgrade.copy);
        let is_its = |round: &Round| {
            round.kept_until.is_some() && fresh.as_ref().is_some_and(|copy| copy.contains(round.name.as_str()))
        };
        let kept = rounds.into_iter().filter(|round| round.is_kept(now) || round.is_good() && is_its(round));
        Ok(kept.map(|round| round.name).collect())
    }

    fn proof(&self) -> Result<PathBuf> {
        let path = self.store.vault.folder().join(PROOF);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(path),
        }
    }

    fn note(&self, round: &Round) -> Result<()> {
        let round = round.clone();
        self.store.db.write_blocking(move |tx| ledger::put(tx, &round))
    }

    fn now(&self) -> Timestamp {
        self.store.db.clock().now()
    }
}

/// What is remembered of a backup; a row that was written before it had its name has its number.
fn round_of<'a>(known: &'a [Round], name: &str) -> Option<&'a Round> {
    let number = format::number_of(name);
    known.iter().find(|round| round.name == name || round.name.is_empty() && Some(round.number) == number)
}

/// Whether what lies there is not as it was written. A request that failed, or a disk of our own that did, tells nothing
/// of that.
fn is_damage(error: &Error, place: &Place) -> bool {
    matches!(error, Error::Refused(_)) && !place.has_failed()
}

/// Whether a destination is to be backed up to: the last good one is old enough, and nothing failed just now.
pub fn is_due(rounds: &[Round], every: Duration, now: Timestamp) -> bool {
    let good = ledger::last_good(rounds).is_some_and(|good| now.since(good.began) < every);
    let failed = rounds.first().is_some_and(|last| last.why.is_some() && now.since(last.began) < AGAIN);
    !good && !failed
}

/// The random name of the instance, once it has made a backup.
///
/// # Errors
/// `Internal` only.
pub fn instance_id(store: &Store) -> Result<Option<InstanceId>> {
    Ok(store.db.read(ledger::instance)?.map(|instance| instance.id))
}
