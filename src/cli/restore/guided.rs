//! `hec restore` on a terminal, with nothing said: it asks where the backup lies, and does what comes before and after.
//!
//! What only root may do is done here: to mount a disk, to write the file of destinations, to stop the server and start
//! it. The record itself is brought back by another process, as the user whose record it is.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, stdin},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    backup::{Destinations, places},
    cli::{asked_to_stop, init::line, opening, owner, runtime, say},
    config::{Config, Settings},
    error::{Error, Result},
};

use super::{
    disks::{self, Mounted, Part},
    naming,
    network::{Answers, Kind, Tried},
    service::{self, Service},
    start,
    stopping::{Running, until_stopped},
};

/// So many folders deep is looked for backups.
const DEPTH: usize = 3;

/// Where a backup may lie.
enum Choice {
    /// At a destination that the file names.
    Named(String),
    /// In a folder that can be seen.
    Folder(PathBuf),
    /// On a disk that nobody has mounted.
    Part(Part),
    /// In the network.
    Network(Kind),
    /// In a folder that is typed.
    Other,
}

impl Choice {
    fn words(&self) -> String {
        match self {
            Self::Named(name) => format!("{name}, as the file of destinations names it"),
            Self::Folder(path) => format!("the folder {}", shown(path)),
            Self::Part(part) => format!("on a disk that is plugged in: {}", part.words()),
            Self::Network(Kind::WebDav) => "on a NAS or a server, by WebDAV".to_owned(),
            Self::Network(Kind::S3) => "in a bucket (S3)".to_owned(),
            Self::Other => "in another folder".to_owned(),
        }
    }
}

/// Asks, and brings the record back.
///
/// # Errors
/// `Refused`, saying what to do.
pub fn run(settings: &Settings, config: &Config) -> Result<()> {
    if !settings.says("data") {
        opening::refuse_without_sudo(&config.data)?;
    }
    say("This brings the whole record back from a backup. Have the sheet with the recovery code at hand.")?;
    let (running, seen) = watch::channel(Running::default());
    let service = Service::of(config);
    // What was cut off may have left these.
    disks::unmount();
    let file = destinations_file(config);
    let terminal = tcgetattr(stdin()).map_err(io::Error::from)?;
    let mut asking = Asking {
        settings: settings.clone(),
        config: config.clone(),
        file: file.clone(),
        service: service.clone(),
        answers: Answers::default(),
        running,
        terminal: terminal.clone(),
    };
    let runtime = runtime()?;
    let stopped = asked_to_stop(&runtime)?;
    let mut hung_up = {
        let _inside = runtime.enter();
        signal(SignalKind::hangup())?
    };
    let asked = runtime.spawn_blocking(move || asking.ask());
    let done = runtime.block_on(until_stopped(asked, seen.clone(), async {
        tokio::select! {
            () = stopped => {}
            _ = hung_up.recv() => {}
        }
    }));
    runtime.shutdown_background();
    // A hidden answer that was not given leaves what is typed hidden.
    tcsetattr(stdin(), OptionalActions::Now, &terminal).unwrap_or_default();
    disks::unmount();
    Tried::forget(&file);
    let is_back = seen.borrow().is_back;
    // The server first: a terminal that is gone takes no words.
    let served = match &service {
        Some(service) if done.is_err() && is_back => Some(service.start()),
        Some(service) if done.is_err() => Some(service.leave()),
        _ => None,
    };
    match (done, served) {
        (Ok(()), _) if service.is_none() => say(start(config)),
        (Ok(()), _) => Ok(()),
        (Err(error), Some(Ok(()))) if is_back => say(&format!("\nThe record is back, and the server runs ({error}).")),
        (Err(error), _) if is_back => {
            Err(Error::Refused(format!("{error}. The record is back, all the same. {}", start(config))))
        }
        (Err(error), Some(Err(why))) => Err(Error::Refused(format!("{error}. The server does not start again: {why}"))),
        (Err(error), _) => Err(error),
    }
}

struct Asking {
    settings: Settings,
    config: Config,
    /// The file of destinations, which may not be there yet.
    file: PathBuf,
    service: Option<Service>,
    answers: Answers,
    running: watch::Sender<Running>,
    /// The terminal as it was found.
    terminal: Termios,
}

impl Asking {
    /// Until the record is back, and the server runs.
    fn ask(&mut self) -> Result<()> {
        let mut choices = Vec::new();
        loop {
            if choices.is_empty() {
                choices = self.choices()?;
            }
            let typed = line(&format!("0 to {}: ", choices.len()))?;
            let choice = match typed.trim().parse::<usize>() {
                Ok(0) => return Err(Error::Refused("stopped".to_owned())),
                Ok(number) => choices.get(number - 1),
                Err(_) => None,
            };
            let Some(choice) = choice else {
                if typed.trim().is_empty() {
                    choices.clear();
                }
                continue;
            };
            match self.take(choice) {
                Ok(true) => break,
                Ok(false) => {}
                Err(Error::Refused(why)) => say(&format!("\nThat did not work: {why}."))?,
                Err(error) => return Err(error),
            }
            choices.clear();
        }
        match &self.service {
            Some(service) => naming::begin(&self.config, service),
            None => Ok(()),
        }
    }

    /// Where backups may lie, and shows it.
    fn choices(&self) -> Result<Vec<Choice>> {
        say("\nLooking for backups …")?;
        let choices = self.looked();
        let listed = choices.iter().zip(1..).map(|(choice, number)| format!("  {number}  {}\n", choice.words()));
        let listed: String = listed.collect();
        say(&format!(
            "\nWhere does the backup lie? If it is on a disk that is not listed, plug it in and press Enter.\n\n{listed}  \
             0  stop here\n"
        ))?;
        Ok(choices)
    }

    fn looked(&self) -> Vec<Choice> {
        let named = self.config.backups.as_deref().and_then(|file| Destinations::read(file).ok());
        let named = named.map(|destinations| destinations.all).unwrap_or_default();
        let mut folders: Vec<PathBuf> =
            disks::mounted().into_iter().flat_map(|folder| places::below(&folder, DEPTH)).collect();
        folders.sort();
        folders.dedup();
        let parts = if rustix::process::geteuid().is_root() { disks::parts() } else { Vec::new() };
        let mut choices: Vec<Choice> = named.into_iter().map(|one| Choice::Named(one.name)).collect();
        choices.extend(folders.into_iter().map(Choice::Folder));
        choices.extend(parts.into_iter().map(Choice::Part));
        if !self.settings.says("backups") {
            choices.extend([Kind::WebDav, Kind::S3].map(Choice::Network));
        }
        choices.push(Choice::Other);
        choices
    }

    /// Brings the record back from there; false where it did not come, and why has been told.
    fn take(&mut self, choice: &Choice) -> Result<bool> {
        match choice {
            Choice::Named(name) => self.bring(name.as_ref(), None),
            Choice::Folder(folder) => self.bring(folder.as_ref(), None),
            Choice::Part(part) => {
                let mounted = Mounted::part(part)?;
                let found = one_of(places::below(mounted.folder(), DEPTH))?;
                let none = || Error::Refused(format!("no backup was found on {}", part.device));
                self.bring(found.ok_or_else(none)?.as_ref(), None)
            }
            Choice::Network(kind) => self.network(*kind),
            Choice::Other => {
                let typed = line("The folder that the backups lie in: ")?;
                if typed.trim().is_empty() {
                    return Err(Error::Refused("no folder was named".to_owned()));
                }
                let typed = std::path::absolute(typed.trim())?;
                let found = one_of(places::below(&typed, DEPTH))?;
                self.bring(found.unwrap_or(typed).as_ref(), None)
            }
        }
    }

    fn network(&mut self, kind: Kind) -> Result<bool> {
        // What is there already is read first: nobody should answer in vain.
        let known = if self.file.exists() { Destinations::read(&self.file)?.all } else { Vec::new() };
        let name = match kind {
            Kind::WebDav => "nas",
            Kind::S3 => "cloud",
        };
        let mut names = [name.to_owned()].into_iter().chain((2..).map(|number| format!("{name}-{number}")));
        let certificate = |name: &str| self.file.with_file_name(format!("{name}.pem"));
        let is_free = |name: &String| {
            known.iter().all(|one| one.name != *name) && fs::symlink_metadata(certificate(name)).is_err()
        };
        let name = names.find(is_free).unwrap_or_default();
        let block = self.answers.ask(kind, &name, &certificate(&name))?;
        let new = Destinations::parse(&block).map_err(Error::Refused)?.all.pop().map(|one| one.to.address());
        let same = known.into_iter().find(|one| Some(one.to.address()) == new);
        let tried = Tried::write(&self.file, &block, certificate(&name), &self.config.data)?;
        let done = self.bring(name.as_ref(), Some(tried.path()))?;
        if done && let Some(same) = same {
            let (name, file) = (same.name, self.file.display());
            say(&format!(
                "Backups go on there, as {name} in {file} says: where its password there is an old one, mend it."
            ))?;
        } else if done {
            let file = self.file.display();
            say(&match tried.keep() {
                Ok(()) => format!(
                    "Backups go on there, under the name {name}, as {file} says; how long each is kept may be said there."
                ),
                Err(why) => format!("{why}. So no backup goes there yet: the README, chapter “Backups”, shows how."),
            })?;
        }
        Ok(done)
    }

    /// The same command once more, told where the backup lies.
    fn bring(&self, from: &OsStr, backups: Option<&Path>) -> Result<bool> {
        if let Some(service) = &self.service {
            service.stop()?;
        }
        say("")?;
        let mut whence = OsString::from("--from=");
        whence.push(from);
        let mut more = vec![OsStr::new("--guided"), &whence];
        more.extend(backups.iter().flat_map(|file| [OsStr::new("--backups"), file.as_os_str()]));
        let status = service::again(&more, &self.running)?;
        // It may have ended while what is typed was hidden.
        tcsetattr(stdin(), OptionalActions::Now, &self.terminal).unwrap_or_default();
        match status.code() {
            Some(0 | 2 | 3) => {}
            _ => say("\nIt was cut off. What is here is the old record or the new one, whole.")?,
        }
        if status.signal().is_some() {
            return Err(Error::broken("the other process was ended"));
        }
        Ok(status.success())
    }
}

/// The one that is meant of several.
fn one_of(mut found: Vec<PathBuf>) -> Result<Option<PathBuf>> {
    if found.len() < 2 {
        return Ok(found.pop());
    }
    loop {
        let listed = found.iter().zip(1..).map(|(path, number)| format!("  {number}  {}\n", shown(path)));
        say(&format!("\nThere are backups in several folders:\n\n{}", listed.collect::<String>()))?;
        let typed = line(&format!("1 to {}: ", found.len()))?;
        if let Some(path) = number(&typed).and_then(|number| found.get(number)) {
            return Ok(Some(path.clone()));
        }
    }
}

/// A path on one line.
fn shown(path: &Path) -> String {
    path.display().to_string().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A number from 1 as a place in a list.
fn number(typed: &str) -> Option<usize> {
    typed.trim().parse::<usize>().ok()?.checked_sub(1)
}

/// The file of destinations: the one that holds, or where one would be looked for.
fn destinations_file(config: &Config) -> PathBuf {
    match config.backups.as_deref() {
        Some(file) => file.to_owned(),
        None if config.data == Path::new(owner::SERVICE) => PathBuf::from("/etc/hec/backups.toml"),
        None => config.file.with_file_name("backups.toml"),
    }
}
