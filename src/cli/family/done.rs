//! What whoever holds the store does.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, TryLockError},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    admin::{
        bringing::{self, Held, Person, Wish},
        deletion,
    },
    backup::{
        Destination, Destinations, Place, destinations::To, format, format::Head, ledger, places, round, taken::Taken,
    },
    config::Config,
    error::{Error, Result},
    store::{self, Options, Progress, Store, sealed::DataKey, slots::Opener},
    types::{AccountId, FamilyId, Timestamp},
    wiring,
};

use super::{
    super::{backup, opening, verb::Sent},
    said::{Agreed, Backup, Family, Member, Said},
};

/// One family at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What is asked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Where backups are looked for; at every destination of the settings where none is named.
    pub from: Option<Whence>,
    /// Which backup.
    pub backup: Option<String>,
    /// What opens it, where the store's own key does not.
    pub opener: Option<Sent>,
    /// What for.
    pub what: What,
}

/// Where backups lie.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whence {
    /// In a folder.
    Folder(PathBuf),
    /// At a destination, of a file with this text.
    Named(Zeroizing<String>, String),
}

/// What for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// To see the families of a backup.
    List,
    /// To see what would be done.
    Plan(Choice),
    /// To do it.
    Bring(Choice),
}

/// Which family, and who of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Choice {
    /// Its name or id.
    pub family: String,
    /// See [`Wish::same_email`].
    pub same_email: bool,
    /// See [`Wish::left_out`].
    pub left_out: Vec<String>,
    /// See [`Wish::agreed`].
    pub agreed: Option<Vec<Agreed>>,
}

/// It may hold credentials.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("backup", &self.backup).field("what", &self.what).finish_non_exhaustive()
    }
}

/// A backup that may be opened.
struct Candidate {
    place: Place,
    head: Head,
    proven: bool,
    moved: bool,
}

impl Candidate {
    fn said(&self) -> Backup {
        Backup::of(self.place.name(), &self.head, self.proven, self.moved)
    }
}

/// A family that was found in a backup.
struct Found {
    candidate: Candidate,
    taken: Taken,
    family: FamilyId,
    held: Held,
    passed: Vec<String>,
}

/// Does what is asked, and answers in JSON.
///
/// # Errors
/// `Refused`, in words for whoever asked; nothing has changed then.
pub fn perform(store: &Store, config: &Config, ask: &Ask, mut progress: Progress) -> Result<String> {
    let _alone = match ALONE.try_lock() {
        Ok(alone) => alone,
        Err(TryLockError::Poisoned(alone)) => alone.into_inner(),
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Refused("another family is being brought back: wait until that is done".to_owned()));
        }
    };
    let bench = Bench { store, config };
    let said = match &ask.what {
        What::List => bench.list(ask, &mut progress),
        What::Plan(choice) => bench.plan(ask, choice, &mut progress),
        What::Bring(choice) => bench.bring(ask, choice, &mut progress),
    }?;
    serde_json::to_string(&said).map_err(Error::internal)
}

/// Why a backup was not opened.
enum Closed {
    /// Somebody must say what opens it.
    Sealed,
    /// It can't be.
    Because(Error),
}

struct Bench<'a> {
    store: &'a Store,
    config: &'a Config,
}

impl Bench<'_> {
    fn list(&self, ask: &Ask, progress: &mut Progress) -> Result<Said> {
        let (candidates, passed) = self.candidates(ask)?;
        let candidate = candidates.into_iter().next().ok_or_else(none)?;
        let backup = candidate.said();
        let taken = match self.take(&candidate, ask, progress) {
            Ok(taken) => taken,
            Err(Closed::Sealed) => return Ok(Said::Sealed { backup }),
            Err(Closed::Because(error)) => return Err(error),
        };
        let mut families = Vec::new();
        for held in taken.store.db.read(bringing::held)? {
            let lives = self.store.db.read(|tx| bringing::lives(tx, held.id))?;
            families.push(Family::of(&held, lives));
        }
        Ok(Said::Families { backup, passed, families })
    }

    fn plan(&self, ask: &Ask, choice: &Choice, progress: &mut Progress) -> Result<Said> {
        let found = match self.find(ask, choice, progress)? {
            Ok(found) => found,
            Err(sealed) => return Ok(sealed),
        };
        let wish = found.wish(choice)?;
        let people = self.people(&found, &wish)?;
        self.make_room(&found)?;
        Ok(found.said(&people, None))
    }

    fn bring(&self, ask: &Ask, choice: &Choice, progress: &mut Progress) -> Result<Said> {
        let found = match self.find(ask, choice, progress)? {
            Ok(found) => found,
            Err(sealed) => return Ok(sealed),
        };
        let wish = found.wish(choice)?;
        self.people(&found, &wish)?;
        self.make_room(&found)?;
        // What is left of a family that was deleted a moment ago: its removal was due.
        while self.store.db.write_blocking(deletion::step)? {}
        let blobs = found.taken.store.db.read(|copy| bringing::blobs(copy, found.family))?;
        // Whence here on no sweep, until rows name what is brought.
        let held = self.store.blobs.hold_sweeps();
        let named = self.store.db.read(wiring::DOORS.named_blobs)?;
        let named: std::collections::HashSet<_> = named.iter().map(|blob| blob.id).collect();
        if blobs.iter().any(|blob| named.contains(&blob.id)) {
            return Err(Error::Refused(
                "the backup's photos bear the names of another family's: nothing was changed".to_owned(),
            ));
        }
        let written = found.taken.bring(&found.candidate.place, &blobs, &self.store.blobs, progress)?;
        let copy = found.taken.store.db.clone();
        let people = self.store.db.write_much(move |tx| copy.read(|copy| bringing::bring(tx, copy, &wish)))?;
        drop(held);
        tracing::info!(
            backup = found.candidate.head.name,
            family = %found.family,
            photos = found.held.photos,
            "a family was brought back from a backup"
        );
        Ok(found.said(&people, Some(written)))
    }

    fn people(&self, found: &Found, wish: &Wish) -> Result<Vec<Person>> {
        let store = &found.taken.store;
        self.store.db.read(|tx| store.db.read(|copy| bringing::plan(tx, copy, wish)))
    }

    /// Space for the photos and, generously, for the rows.
    fn make_room(&self, found: &Found) -> Result<()> {
        let rows = found.candidate.head.store_len;
        let room = store::leave_room(self.store.vault.folder(), found.held.bytes.saturating_add(rows));
        room.map_err(|error| match error {
            Error::Full => Error::Refused(format!(
                "there is no room: {} of photos and up to {} of rows would come; nothing was changed",
                backup::size(found.held.bytes),
                backup::size(rows)
            )),
            other => other,
        })
    }

    /// Looks for a family, in the newest backup first; or which backup must be unlocked for that.
    fn find(&self, ask: &Ask, choice: &Choice, progress: &mut Progress) -> Result<Result<Found, Said>> {
        let (candidates, unseen) = self.candidates(ask)?;
        let mut passed = unseen.clone();
        // Whoever is asked sees it before they say yes.
        if let (true, Some(unseen), What::Bring(Choice { agreed: None, .. })) =
            (ask.backup.is_none(), unseen.first(), &ask.what)
        {
            return Err(Error::Refused(format!(
                "{unseen}. A newer backup may lie there: nothing was changed. Say which one is meant with --backup, or \
                 where with --from"
            )));
        }
        let mut looked = Vec::new();
        for candidate in candidates {
            let taken = match self.take(&candidate, ask, progress) {
                Ok(taken) => taken,
                Err(Closed::Sealed) => return Ok(Err(Said::Sealed { backup: candidate.said() })),
                Err(Closed::Because(error @ Error::Refused(_))) if ask.backup.is_none() => {
                    passed.push(format!("{}: {error}", candidate.head.name));
                    continue;
                }
                Err(Closed::Because(error)) => return Err(error),
            };
            let meant = taken.store.db.read(|copy| {
                let meant = bringing::meant(copy, &choice.family)?;
                meant.into_iter().map(|family| bringing::one(copy, family)).collect::<Result<Vec<_>>>()
            })?;
            match meant.as_slice() {
                [] => {
                    passed.push(format!("{}: the family is not in it", candidate.head.name));
                    looked.push(candidate.head.name.clone());
                }
                [held] => {
                    let (held, family) = (held.clone(), held.id);
                    return Ok(Ok(Found { candidate, taken, family, held, passed }));
                }
                several => {
                    let ids: Vec<_> = several.iter().map(|held| Family::of(held, false).words()).collect();
                    return Err(Error::Refused(format!(
                        "several families have this name: say the id of the one that is meant\n     {}",
                        ids.join("\n     ")
                    )));
                }
            }
        }
        if looked.is_empty() {
            return Err(passed.pop().map_or_else(none, Error::Refused));
        }
        let unseen = not_looked_at(&unseen);
        Err(Error::Refused(format!(
            "no family has this name or id in {}. Ask for the name as the family writes it, or look with --list-families; \
             in a backup that is older than those that were proven: --backup NAME{unseen}",
            looked.join(", ")
        )))
    }

    /// Puts a backup together beside the store, under the store's own key or what was said.
    fn take(&self, candidate: &Candidate, ask: &Ask, progress: &mut Progress) -> Result<Taken, Closed> {
        let mut taken = || -> Result<Option<Taken>> {
            let Some(key) = self.key(&candidate.head, ask)? else { return Ok(None) };
            let (folder, named) = (self.store.vault.folder(), wiring::DOORS.named_blobs);
            let Candidate { place, head, .. } = candidate;
            let environment = self.store.db.read(store::about)?.environment;
            let clock = self.store.db.clock().clone();
            let options = Options { environment, clock, ..opening::options(self.config) };
            let taken = Taken::open(place, &head.name, &key, folder, options, named, progress)?;
            bringing::must_know(&taken.tables, &head.version)?;
            Ok(Some(taken))
        };
        taken().map_err(Closed::Because)?.ok_or(Closed::Sealed)
    }

    fn key(&self, head: &Head, ask: &Ask) -> Result<Option<DataKey>> {
        let own = self.store.vault.key();
        if *head.key == *own.id().as_bytes() {
            return Ok(Some(own));
        }
        ask.opener.as_ref().map(|sent| head.unlock(&Opener::try_from(sent)?)).transpose()
    }

    /// The backups that may be looked into, the newest first: those that were proven, where any was; or the one that was
    /// named. With them, why some destinations could not be looked at.
    fn candidates(&self, ask: &Ask) -> Result<(Vec<Candidate>, Vec<String>)> {
        let ours = round::instance_id(self.store)?;
        let proven = self.store.db.read(ledger::proven)?;
        let (mut candidates, mut unseen, mut empty): (Vec<Candidate>, Vec<String>, Vec<String>) = Default::default();
        for destination in self.destinations(ask)? {
            let listed = Place::open_as_is(&destination, &backup::handle()?)
                .and_then(|place| format::heads(&place).map(|heads| (place, heads)));
            match listed {
                Ok((place, (heads, damaged))) => {
                    if heads.is_empty() {
                        empty.push(places::none(&place).to_string());
                    }
                    let newest = heads.first().map(|head| head.number);
                    let newer = damaged.into_iter().filter(|name| format::number_of(name) > newest);
                    unseen.extend(newer.map(|name| format!("{}: the head of {name} can't be read", destination.name)));
                    candidates.extend(heads.into_iter().map(|head| {
                        let moved = ours != Some(*head.instance);
                        let proven = !moved && proven.contains(&head.name);
                        Candidate { place: place.clone(), head, proven, moved }
                    }));
                }
                // The other destinations may have it, but perhaps an older one.
                Err(error) => unseen.push(error.to_string()),
            }
        }
        if candidates.is_empty() && !unseen.is_empty() {
            return Err(Error::Refused(unseen.join("; ")));
        }
        match &ask.backup {
            Some(name) => {
                candidates.retain(|candidate| candidate.head.name == *name);
                if candidates.is_empty() {
                    let unseen = not_looked_at(&unseen);
                    return Err(Error::Refused(format!(
                        "there is no backup {name}; hec backup list names them{unseen}"
                    )));
                }
                candidates.truncate(1);
            }
            None if candidates.iter().any(|candidate| candidate.proven) => {
                candidates.retain(|candidate| candidate.proven);
            }
            None => {}
        }
        // Of one instance the number tells which is newer, whatever its clock said.
        let mut newest: HashMap<_, Timestamp> = HashMap::new();
        for Candidate { head, .. } in &candidates {
            let newest = newest.entry(*head.instance).or_insert(head.made);
            *newest = head.made.max(*newest);
        }
        candidates.sort_by_key(|Candidate { head, .. }| {
            std::cmp::Reverse((newest.get(&*head.instance).copied(), *head.instance, head.number))
        });
        match candidates.as_slice() {
            [] if empty.is_empty() => Err(none()),
            [] => Err(Error::Refused(empty.join("; "))),
            _ => Ok((candidates, unseen)),
        }
    }

    fn destinations(&self, ask: &Ask) -> Result<Vec<Destination>> {
        match &ask.from {
            None => Ok(backup::destinations(self.config)?.all),
            Some(Whence::Folder(folder)) => {
                must_see(folder)?;
                Ok(vec![Destination { name: "folder".to_owned(), to: To::Disk(folder.clone()), append_only: true }])
            }
            Some(Whence::Named(text, name)) => {
                let all = Destinations::parse(text).map_err(Error::Refused)?;
                Ok(vec![all.named(name)?.clone()])
            }
        }
    }
}

impl Found {
    fn wish(&self, choice: &Choice) -> Result<Wish> {
        let agreed = choice.agreed.as_ref().map(|agreed| {
            let one = |one: &Agreed| Some((AccountId::parse(&one.id)?, one.how));
            let agreed = agreed.iter().map(one).collect::<Option<Vec<_>>>();
            agreed.ok_or_else(|| Error::Refused("this server does not know the request".to_owned()))
        });
        Ok(Wish {
            family: self.family,
            same_email: choice.same_email,
            left_out: choice.left_out.clone(),
            moved: self.candidate.moved,
            backup: self.candidate.head.name.clone(),
            agreed: agreed.transpose()?,
        })
    }

    fn said(&self, people: &[Person], written: Option<u64>) -> Said {
        Said::Family {
            backup: self.candidate.said(),
            passed: self.passed.clone(),
            family: Family::of(&self.held, written.is_some()),
            people: people.iter().map(Member::of).collect(),
            written,
        }
    }
}

/// A server may see less of the machine than whoever asks.
fn must_see(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Refused(format!(
            "what holds the record can't read {}: {error}. Copy the backup to where the service may read (for example \
             beside its other backups), or stop the service first",
            folder.display()
        ))),
    }
}

fn not_looked_at(unseen: &[String]) -> String {
    unseen.iter().map(|why| format!(". Not looked at: {why}")).collect()
}

fn none() -> Error {
    Error::Refused("there is no backup there".to_owned())
}
