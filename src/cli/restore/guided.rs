//! `hec restore` on a terminal, with nothing said: it asks where the backup lies, and does what comes before and after.
//!
//! What only root may do is done here: to mount a disk, to write the file of destinations, to stop the server and start
//! it. The record itself is brought back by another process, as the user whose record it is.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use crate::{
    backup::{Destinations, places},
    cli::{init::line, opening, owner, say},
    config::{Config, Settings, is_host_name, own_name},
    error::{Error, Result},
};

use super::{
    disks::{self, Mounted, Part},
    network::{Answers, Kind, Tried},
    service::{self, Service},
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
            Self::Folder(path) => format!("the folder {}", path.display()),
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
    let service = Service::of(config);
    let mut asking = Asking { settings, config, service: service.as_ref(), answers: Default::default() };
    match (asking.ask(), &service) {
        (Ok(()), Some(service)) => begin(config, service),
        (Err(error), Some(service)) => {
            service.leave()?;
            Err(error)
        }
        (done, None) => done,
    }
}

struct Asking<'a> {
    settings: &'a Settings,
    config: &'a Config,
    service: Option<&'a Service>,
    answers: [Answers; 2],
}

impl Asking<'_> {
    /// Until the record is back.
    fn ask(&mut self) -> Result<()> {
        loop {
            let choices = self.choices();
            let listed = choices.iter().zip(1..).map(|(choice, number)| format!("  {number}  {}\n", choice.words()));
            let listed: String = listed.collect();
            say(&format!(
                "\nWhere does the backup lie? A disk that is plugged in now is there when you press Enter.\n\n{listed}"
            ))?;
            let typed = line(&format!("1 to {}: ", choices.len()))?;
            let Some(choice) = number(&typed).and_then(|number| choices.get(number)) else { continue };
            match self.take(choice) {
                Ok(true) => return Ok(()),
                Ok(false) => say("\nNothing here was changed.")?,
                Err(Error::Refused(why)) => say(&format!("\nThat did not do: {why}."))?,
                Err(error) => return Err(error),
            }
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let named = self.config.backups.as_deref().and_then(|file| Destinations::read(file).ok());
        let named = named.map(|destinations| destinations.all).unwrap_or_default();
        let folders = disks::mounted().into_iter().flat_map(|folder| places::below(&folder, DEPTH));
        let parts = if rustix::process::geteuid().is_root() { disks::parts() } else { Vec::new() };
        let mut choices: Vec<Choice> = named.into_iter().map(|one| Choice::Named(one.name)).collect();
        choices.extend(folders.map(Choice::Folder));
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
                let found = places::below(mounted.folder(), DEPTH);
                let folder =
                    one_of(found)?.ok_or_else(|| Error::Refused(format!("there is no backup on {}", part.device)))?;
                self.bring(folder.as_ref(), None)
            }
            Choice::Network(kind) => self.network(*kind),
            Choice::Other => {
                let typed = line("The folder that the backups lie in: ")?;
                let typed = std::path::absolute(typed.trim())?;
                let found = one_of(places::below(&typed, DEPTH))?;
                self.bring(found.unwrap_or(typed).as_ref(), None)
            }
        }
    }

    fn network(&mut self, kind: Kind) -> Result<bool> {
        let file = destinations_file(self.config);
        let known = Destinations::read(&file).map(|known| known.all).unwrap_or_default();
        let (answers, name) = match kind {
            Kind::WebDav => (&mut self.answers[0], "nas"),
            Kind::S3 => (&mut self.answers[1], "cloud"),
        };
        let mut names = [name.to_owned()].into_iter().chain((2..).map(|number| format!("{name}-{number}")));
        let name = names.find(|name| known.iter().all(|one| one.name != *name)).unwrap_or_default();
        let block = answers.ask(kind, &name)?;
        let tried = Tried::write(&file, &block, &self.config.data)?;
        let done = self.bring(name.as_ref(), Some(tried.path()))?;
        if done {
            tried.keep()?;
            say(&format!("Backups go on there, under the name {name}: {} says so.", file.display()))?;
        }
        Ok(done)
    }

    /// The same command once more, told where the backup lies.
    fn bring(&self, from: &OsStr, backups: Option<&Path>) -> Result<bool> {
        if let Some(service) = self.service {
            service.stop()?;
        }
        say("")?;
        let mut more = vec![OsStr::new("--guided"), OsStr::new("--from"), from];
        more.extend(backups.iter().flat_map(|file| [OsStr::new("--backups"), file.as_os_str()]));
        Ok(service::again(&more)?.success())
    }
}

/// The one that is meant of several.
fn one_of(mut found: Vec<PathBuf>) -> Result<Option<PathBuf>> {
    if found.len() < 2 {
        return Ok(found.pop());
    }
    loop {
        let listed = found.iter().zip(1..).map(|(path, number)| format!("  {number}  {}\n", path.display()));
        say(&format!("\nThere are backups in several folders:\n\n{}", listed.collect::<String>()))?;
        let typed = line(&format!("1 to {}: ", found.len()))?;
        if let Some(path) = number(&typed).and_then(|number| found.get(number)) {
            return Ok(Some(path.clone()));
        }
    }
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

/// Gives the machine the address that people know, and starts the server.
fn begin(config: &Config, service: &Service) -> Result<()> {
    let own = own_name();
    let names = &config.names;
    // Where the settings say a name, that is the one.
    let name = if names.is_empty() || *names == [own.clone()] { name_machine(own)? } else { names[0].clone() };
    service.start()?;
    say(&format!("\nThe server runs. Sign in as before, at https://{name}"))?;
    say("Then look whether all is well, and whether backups are made: sudo hec doctor")
}

/// Asks for the address that people know, and has the machine have it. Gives the one that it has then.
fn name_machine(own: String) -> Result<String> {
    say(&format!(
        "\nPhones and computers look for the record at its old address, which stands on the sheet. Here it would be\n\
         https://{own}"
    ))?;
    loop {
        let typed = line("The address on the sheet (Enter alone: leave it as it is): ")?.trim().to_lowercase();
        let name = typed.trim_start_matches("https://").split(['/', ':']).next().unwrap_or_default();
        match name.strip_suffix(".local") {
            _ if name.is_empty() || name == own => return Ok(own),
            Some(label) if is_host_name(label) && !label.contains('.') => match service::call_machine(label) {
                Ok(()) => return Ok(name.to_owned()),
                Err(error) => say(&format!("{error}."))?,
            },
            None if is_host_name(name) => {
                say(&format!(
                    "That is no name of the house. Put names = [\"{name}\"] into /etc/hec/hec.toml, and what else stood \
                     there on the old machine;\nthen: sudo systemctl restart hec (README, chapter “Where to put it”)."
                ))?;
                return Ok(own);
            }
            _ => say("That is no address, as https://hearth.local is one.")?,
        }
    }
}
