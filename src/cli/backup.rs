//! `hec backup`: copies of the store in other places.

use std::sync::OnceLock;

use clap::Subcommand;
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::runtime::{Handle, Runtime};

use crate::{
    backup::{Destination, Destinations, Place, format, ledger, round},
    config::Config,
    error::{Error, Result},
    http::words,
    store::{Progress, Store},
    types::Timestamp,
    wiring,
};

use super::{opening::Keys, runtime, verb};

pub use crate::http::words::size;

/// Back up, and see what was backed up
#[derive(Subcommand)]
pub enum Backup {
    /// Make a backup at every destination, and read it back
    Now {
        /// At this one only
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// List the backups that there are
    List {
        /// At this destination only
        #[arg(long, value_name = "NAME")]
        at: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Read a backup back, every byte of it, and open it
    Verify {
        /// At this destination only
        #[arg(long, value_name = "NAME")]
        at: Option<String>,
        /// This one, as `list` names it; the newest unless said
        #[arg(long, value_name = "BACKUP")]
        backup: Option<String>,
    },
    /// Remove backups that are older than the file of destinations keeps them
    Prune {
        /// At this destination only
        #[arg(long, value_name = "NAME")]
        at: Option<String>,
    },
}

impl Backup {
    pub fn run(self, config: &Config) -> Result<bool> {
        let asked = match self {
            Self::Now { to } => verb::Verb::BackupNow { to },
            Self::List { at, json } => verb::Verb::BackupList { at, json },
            Self::Verify { at, backup } => verb::Verb::BackupVerify { at, backup },
            Self::Prune { at } => verb::Verb::BackupPrune { at },
        };
        verb::run(config, &Keys::new(config), asked)
    }
}

/// Where requests run: in the server's runtime, or in one of the verb's own.
///
/// # Errors
/// `Internal` where none can be made.
pub fn handle() -> Result<Handle> {
    static OWN: OnceLock<Runtime> = OnceLock::new();
    if let Ok(handle) = Handle::try_current() {
        return Ok(handle);
    }
    if OWN.get().is_none() {
        drop(OWN.set(runtime()?));
    }
    OWN.get().map(|own| own.handle().clone()).ok_or_else(|| Error::broken("no runtime"))
}

/// The destinations of a configuration.
///
/// # Errors
/// `Refused` where there is no file of them, or it can't be used.
pub fn destinations(config: &Config) -> Result<Destinations> {
    let file = config.backups.as_deref().ok_or_else(|| {
        Error::Refused(
            "nothing says where backups go: write a file of destinations, and name it with --backups \
             (the chapter \"Backups\" of the README shows one)"
                .to_owned(),
        )
    })?;
    let destinations = Destinations::read(file)?;
    if destinations.all.is_empty() {
        return Err(Error::Refused(format!("{} names no destination", file.display())));
    }
    Ok(destinations)
}

/// A store and where its backups go.
pub struct Backups<'a> {
    keeper: round::Keeper<'a>,
    destinations: Destinations,
}

impl<'a> Backups<'a> {
    /// Of a store and a configuration.
    ///
    /// # Errors
    /// As [`destinations`].
    pub fn of(store: &'a Store, config: &Config) -> Result<Self> {
        let keeper = round::Keeper { store, named: wiring::DOORS.named_blobs, runtime: handle()? };
        Ok(Self { keeper, destinations: destinations(config)? })
    }

    fn chosen(&self, name: Option<&str>) -> Result<Vec<&Destination>> {
        match name {
            Some(name) => Ok(vec![self.destinations.named(name)?]),
            None => Ok(self.destinations.all.iter().collect()),
        }
    }
}

/// Makes backups. Gives what became of each, and whether all are good.
pub fn now(backups: &Backups, to: Option<&str>, mut progress: Progress) -> Result<(String, bool)> {
    let (mut words, mut well) = (Vec::new(), true);
    for destination in backups.chosen(to)? {
        let round = backups.keeper.back_up(destination, &backups.destinations, &mut progress)?;
        well &= round.why.is_none();
        words.push(match &round.why {
            None => format!(
                "{}: {} is there and was read back: {} in all, of which {} were new.",
                round.destination,
                round.name,
                size(round.bytes),
                size(round.written)
            ),
            Some(why) => format!("{}: FAILED. {}", round.destination, unnamed(&round.destination, why)),
        });
    }
    Ok((words.join("\n"), well))
}

/// The backups that there are, in words or as JSON.
pub fn list(backups: &Backups, at: Option<&str>, as_json: bool) -> Result<String> {
    let (mut words, mut listed) = (Vec::new(), Vec::new());
    for destination in backups.chosen(at)? {
        let looked = Place::open(destination, &backups.keeper.runtime)
            .and_then(|place| format::heads(&place).map(|found| (place, found)));
        let (place, heads) = match looked {
            Ok((place, (heads, damaged))) => {
                words.extend(damaged.iter().map(|name| format!("{}: {name}: its head is damaged", destination.name)));
                (place, heads)
            }
            Err(error) => {
                words.push(format!("{}: {}", destination.name, unnamed(&destination.name, &error.to_string())));
                continue;
            }
        };
        let rounds = backups.keeper.store.db.read(|tx| ledger::rounds(tx, &destination.name))?;
        if heads.is_empty() {
            words.push(format!("{}: no backup yet", destination.name));
        }
        for head in heads {
            let round = rounds.iter().find(|round| round.name == head.name);
            let proven = round.filter(|round| round.why.is_none()).and_then(|round| round.proven);
            let good = proven.map_or("not proven".to_owned(), |at| format!("read back {}", when(at)));
            let whole = bytes(&place, &head, round);
            let in_all =
                whole.map_or_else(|| "its list can't be read".to_owned(), |bytes| format!("{} in all", size(bytes)));
            words.push(format!("{}: {}  {}  {in_all}  {good}", destination.name, head.name, when(head.made)));
            listed.push(json!({
                "destination": destination.name, "name": head.name, "number": head.number,
                "made": moment(head.made), "version": head.version, "proven": proven.map(moment),
                "bytes": whole, "written": round.map(|round| round.written),
            }));
        }
    }
    if as_json {
        return serde_json::to_string_pretty(&listed).map_err(Error::internal);
    }
    Ok(words.join("\n"))
}

/// Reads backups back. Gives what became of each, and whether all are good.
pub fn verify(
    backups: &Backups,
    at: Option<&str>,
    backup: Option<&str>,
    mut progress: Progress,
) -> Result<(String, bool)> {
    let (mut words, mut well) = (Vec::new(), true);
    for destination in backups.chosen(at)? {
        match backups.keeper.verify(destination, backup, &mut progress) {
            Ok(name) => words.push(format!("{}: {name} is good: every byte was read back.", destination.name)),
            Err(error @ Error::Refused(_)) => {
                well = false;
                let why = error.to_string();
                words.push(format!("{}: NOT GOOD. {}", destination.name, unnamed(&destination.name, &why)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((words.join("\n"), well))
}

/// Removes what is old. Gives what became of that at each destination, and whether all is well.
pub fn prune(backups: &Backups, at: Option<&str>) -> Result<(String, bool)> {
    let (mut words, mut well) = (Vec::new(), true);
    for destination in backups.chosen(at)? {
        if destination.append_only {
            words.push(format!("{}: nothing is removed there (append_only)", destination.name));
            continue;
        }
        match backups.keeper.prune(destination, &backups.destinations) {
            Ok(pruned) => words.push(format!(
                "{}: {} backups removed, and {} that no backup needs any more",
                destination.name,
                pruned.backups,
                size(pruned.bytes)
            )),
            Err(error @ Error::Refused(_)) => {
                well = false;
                let why = error.to_string();
                words.push(format!("{}: FAILED. {}", destination.name, unnamed(&destination.name, &why)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((words.join("\n"), well))
}

/// How many bytes a backup has in all: as it is remembered, or as its list says.
fn bytes(place: &Place, head: &format::Head, round: Option<&ledger::Round>) -> Option<u64> {
    let known = round.map(|round| round.bytes).filter(|bytes| *bytes > 0);
    known.or_else(|| format::get_list(place, head).ok().map(|list| list.bytes(head)))
}

/// Why something failed, without the name of the destination, which stands before it already.
fn unnamed<'a>(name: &str, why: &'a str) -> &'a str {
    why.strip_prefix(name).and_then(|why| why.strip_prefix(": ")).unwrap_or(why)
}

/// A moment as people say it, in the zone of this machine.
pub fn when(at: Timestamp) -> String {
    words::moment(at, &TimeZone::system())
}

/// A moment as everybody writes it.
pub fn moment(at: Timestamp) -> String {
    at.to_string()
}
