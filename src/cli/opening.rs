//! Making and opening the store of a configuration: where keys are looked for, and who is asked.

use std::{
    cell::{Cell, OnceCell, RefCell},
    fs::File,
    io::{IsTerminal, Read},
    path::Path,
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    backup::{Destinations, before},
    config::{Config, Unlock},
    error::{Error, Invalid, Result},
    http::messages::complaint,
    store::{
        self, Copying, Due, Locked, Options, Store, Upgrade,
        sealed::DataKey,
        slots::{Cost, GROUP, GROUPS, KeyFile, Kind, Mistyped, Opener, Passphrase, RecoveryCode},
    },
    types::Clock,
    wiring,
};

use super::{backup::handle, owner};

/// A longer passphrase is none.
const MAX: u64 = 8 * 1024;

/// Standard input, as a descriptor's path.
const STDIN: &str = "/dev/fd/0";

/// Whether somebody is there to answer: every end is a terminal. What is printed there lands in no file.
pub fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// How the store of a configuration is opened: where migrations are due, after a copy.
pub fn options(config: &Config) -> Options {
    let asked = config.clone();
    let copying: Copying = Arc::new(move |store, due| copy_before(&asked, store, due));
    Options { upgrade: Upgrade::After(copying), ..options_with(config, Upgrade::Later) }
}

/// The same with another thing that comes before migrations.
pub fn options_with(config: &Config, upgrade: Upgrade) -> Options {
    Options { cache: config.cache, upgrade, ..Options::new(config.environment, Clock::System, wiring::MIGRATIONS) }
}

fn copy_before(config: &Config, store: &Store, due: &Due) -> Result<String> {
    let destinations = match config.backups.as_deref().map(Destinations::read).transpose() {
        Ok(destinations) => destinations,
        Err(error) => {
            tracing::warn!(%error, "no backup before the upgrade");
            None
        }
    };
    before::upgrade(store, due, destinations.as_ref(), wiring::DOORS.named_blobs, &handle()?)
}

/// What somebody typed: a recovery code if it reads like one, otherwise a passphrase.
pub fn opener(typed: &str) -> Opener {
    RecoveryCode::parse(typed).map_or_else(|_| Opener::Passphrase(Passphrase::attempt(typed)), Opener::Recovery)
}

/// A refusal that says what is wrong with a recovery code, where what was typed looks like one with a slip in it; any other
/// as it was. Of what was typed it repeats nothing but a sign that no code has.
pub fn slip(typed: &str, error: Error) -> Error {
    let (Error::Refused(_), Some(slip)) = (&error, RecoveryCode::slip(typed)) else { return error };
    let invalid = |message| Invalid::new("password", message);
    let invalid = match slip {
        Mistyped::Length(count) => {
            invalid("error-recovery-slip-length").with("count", count).with("all", GROUPS * GROUP)
        }
        Mistyped::Symbol(symbol) => invalid("error-recovery-slip-symbol").with("symbol", symbol),
        Mistyped::Group(group) => invalid("error-recovery-slip").with("group", group),
        Mistyped::Exchanged(one, other) => invalid("error-recovery-exchanged").with("one", one).with("other", other),
        Mistyped::Moved(group, place) => invalid("error-recovery-moved").with("group", group).with("place", place),
    };
    invalid.into()
}

/// The same for a terminal, where there is no field.
pub fn slip_typed(typed: &str, error: Error) -> Error {
    match slip(typed, error) {
        Error::Invalid(slips) => Error::Refused(slips.iter().map(complaint).collect::<Vec<_>>().join("; ")),
        error => error,
    }
}

/// Refuses where somebody forgot the `sudo` on a machine with the package: there is no store in their own folder.
///
/// # Errors
/// `Refused`.
pub fn refuse_without_sudo(data: &Path) -> Result<()> {
    lacks_sudo(data, Path::new(owner::SERVICE), rustix::process::geteuid().is_root())
}

fn lacks_sudo(data: &Path, service: &Path, is_root: bool) -> Result<()> {
    if is_root || store::exists(data) || data == service || !service.exists() {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "there is no store in {}. For the one of this machine's service, begin with sudo: sudo hec …",
        data.display()
    )))
}

/// The keys that a command can lay hands on. What was said or typed once is not asked for again.
pub struct Keys<'a> {
    config: &'a Config,
    said: OnceCell<Zeroizing<String>>,
    /// A new passphrase that was typed twice already.
    chosen: RefCell<Option<Passphrase>>,
    /// Whether what was said has unlocked the store: then it is no new passphrase.
    spent: Cell<bool>,
}

impl<'a> Keys<'a> {
    /// For a configuration.
    pub fn new(config: &'a Config) -> Self {
        Self { config, said: OnceCell::new(), chosen: RefCell::default(), spent: Cell::new(false) }
    }

    /// Opens the store for a verb: with the key file, or with what was said or is typed.
    ///
    /// # Errors
    /// `Refused` where there is no store, or no key for it.
    pub fn open(&self) -> Result<Store> {
        self.open_with(options(self.config))
    }

    /// The same, opened in another way.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub fn open_with(&self, options: Options) -> Result<Store> {
        let locked = self.find()?;
        match self.unlock(&locked)? {
            Some(key) => locked.open(key, options),
            None => Err(unsaid()),
        }
    }

    /// The store of the configuration, still locked.
    fn find(&self) -> Result<Locked> {
        refuse_without_sudo(&self.config.data)?;
        Locked::find(&self.config.data)
    }

    /// The store's key; none where somebody must say a passphrase and nobody does.
    ///
    /// # Errors
    /// `Refused` where the key file is missing or wrong, or what was said is.
    pub fn unlock(&self, locked: &Locked) -> Result<Option<DataKey>> {
        let has = |kind| locked.slots().any(|slot| slot.kind == kind);
        let mut missing = None;
        let by_itself = self.config.unlock != Some(Unlock::Passphrase) || !has(Kind::Passphrase);
        if has(Kind::KeyFile) && !by_itself {
            tracing::warn!("a key file opens this store as well: `hec key list`, `hec key remove`");
        }
        if has(Kind::KeyFile) && by_itself || locked.slots().next().is_none() {
            match self.key_file_for(locked).and_then(|file| locked.unlock(&Opener::KeyFile(file))) {
                Ok(key) => return Ok(Some(key)),
                Err(error) => missing = Some(error),
            }
        }
        if self.said()?.is_none() && is_attended() {
            if let Some(missing) = &missing {
                eprintln!("{missing}");
            }
            self.ask("Passphrase or recovery code (Enter alone: neither): ")?;
        }
        match (self.said()?.filter(|said| !said.is_empty()), missing) {
            (Some(said), _) => {
                self.spent.set(true);
                locked.unlock(&opener(said)).map(Some).map_err(|error| slip_typed(said, error))
            }
            (None, Some(missing)) if !has(Kind::Passphrase) => Err(missing),
            (None, missing) => {
                if let Some(missing) = missing {
                    tracing::warn!("it does not start by itself: {missing}");
                }
                Ok(None)
            }
        }
    }

    /// Makes the store: with a key file or a new passphrase, and a recovery code where there is one.
    ///
    /// # Errors
    /// `Refused` where there is a store already, or nobody says the passphrase.
    pub fn create(&self, unlock: Unlock, code: Option<&RecoveryCode>) -> Result<Store> {
        // Before a key file is made: beside the slots of a store it would be the wrong one.
        store::refuse_existing(&self.config.data)?;
        let first = match unlock {
            Unlock::Passphrase => Opener::Passphrase(self.new_passphrase()?),
            Unlock::File => Opener::KeyFile(self.new_key_file()?),
        };
        let openers: Vec<Opener> = [first].into_iter().chain(code.cloned().map(Opener::Recovery)).collect();
        store::create(&self.config.data, &openers, Cost::STANDARD, options(self.config))
    }

    /// The key file that this store opens with; where there is none, the one that is there.
    fn key_file_for(&self, locked: &Locked) -> Result<KeyFile> {
        // A development store has its key beside it. Opened as another it is refused, but for what it is.
        let made_up = store::development_key(&self.config.data);
        let asked: Vec<_> = locked.slots().filter_map(|slot| slot.fingerprint).collect();
        let there = self.config.key_files.iter().chain([&made_up]).filter(|path| path.exists());
        let fits = |file: &KeyFile| asked.contains(&file.fingerprint());
        match there.filter_map(|path| KeyFile::read(path).ok()).find(fits) {
            Some(file) => Ok(file),
            None => self.key_file(),
        }
    }

    /// The key file.
    ///
    /// # Errors
    /// `Refused` where it is missing, with every place that was looked at, or where it can't be used.
    pub fn key_file(&self) -> Result<KeyFile> {
        let places = &self.config.key_files;
        match places.iter().find(|path| path.exists()) {
            Some(path) => KeyFile::read(path),
            None => {
                let places: Vec<_> = places.iter().map(|path| path.display().to_string()).collect();
                Err(Error::Refused(format!(
                    "the key file is missing: looked for {}. Put it back from its copy, say where it is with \
                     --key-file, or make another on a terminal, with the recovery code: hec key add --file",
                    places.join(" and ")
                )))
            }
        }
    }

    /// The key file that is there, or a new one in the usual place: one key file may open several stores.
    ///
    /// # Errors
    /// `Refused` where the one that is there can't be used, or none can be made.
    pub fn new_key_file(&self) -> Result<KeyFile> {
        let places = &self.config.key_files;
        let place = places.iter().find(|path| path.exists()).or(places.last());
        KeyFile::read_or_create(place.map_or(Path::new("hec.key"), |place| place))
    }

    /// A new passphrase: from where it was said to be, or from the terminal, twice.
    ///
    /// # Errors
    /// `Refused` where it is too short or too long, or nobody says it.
    pub fn new_passphrase(&self) -> Result<Passphrase> {
        if let Some(chosen) = &*self.chosen.borrow() {
            return Ok(chosen.clone());
        }
        let chosen = self.choose_passphrase()?;
        *self.chosen.borrow_mut() = Some(chosen.clone());
        Ok(chosen)
    }

    fn choose_passphrase(&self) -> Result<Passphrase> {
        if !self.spent.get()
            && let Some(said) = self.said()?
        {
            return Passphrase::new(said);
        }
        if !is_attended() {
            return Err(unsaid());
        }
        loop {
            let prompt = format!("New passphrase, at least {} characters; several words are best: ", Passphrase::MIN);
            let typed = read(&prompt)?;
            match Passphrase::new(&typed) {
                Err(error) => eprintln!("{error}"),
                Ok(passphrase) if *read("The same again: ")? == *typed => return Ok(passphrase),
                Ok(_) => eprintln!("The two differ."),
            }
        }
    }

    /// A passphrase or a recovery code that exists.
    ///
    /// # Errors
    /// `Refused` where nobody says it.
    pub fn said_or_asked(&self, prompt: &str) -> Result<&str> {
        if self.said()?.is_none() && is_attended() {
            self.ask(prompt)?;
        }
        self.said()?.ok_or_else(|| {
            Error::Refused(format!(
                "nobody is there to answer ({}): run this on a terminal, or give it with --passphrase-fd",
                prompt.trim_end_matches([' ', ':'])
            ))
        })
    }

    /// Whether something was said in a file descriptor or a credential.
    ///
    /// # Errors
    /// `Refused` where it can't be read.
    pub fn is_said(&self) -> Result<bool> {
        Ok(self.said()?.is_some())
    }

    /// What was said in a file descriptor or a credential, or typed before. A line end at its end is not part of it.
    fn said(&self) -> Result<Option<&str>> {
        if self.said.get().is_none()
            && let Some(path) = self.config.passphrase_files.first()
        {
            let refused = |why: std::io::Error| Error::Refused(format!("the passphrase in {}: {why}", path.display()));
            let mut text = Zeroizing::new(String::new());
            // Standard input may be a socket, which can't be opened by its path.
            let input: Result<Box<dyn Read>, std::io::Error> = if path == Path::new(STDIN) {
                Ok(Box::new(std::io::stdin()))
            } else {
                File::open(path).map(|file| Box::new(file) as _)
            };
            input.and_then(|input| input.take(MAX).read_to_string(&mut text)).map_err(refused)?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            drop(self.said.set(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned())));
        }
        Ok(self.said.get().map(|said| said.as_str()))
    }

    fn ask(&self, prompt: &str) -> Result<()> {
        drop(self.said.set(read(prompt)?));
        Ok(())
    }
}

/// Asks for a secret on the terminal, without showing it.
fn read(prompt: &str) -> Result<Zeroizing<String>> {
    Ok(Zeroizing::new(rpassword::prompt_password(prompt)?))
}

fn unsaid() -> Error {
    Error::Refused(
        "the store opens with a passphrase: run this on a terminal, or give the passphrase with --passphrase-fd"
            .to_owned(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn said(typed: &str) -> String {
        slip_typed(typed, Error::Refused("the wrong passphrase".to_owned())).to_string()
    }

    #[test]
    fn a_code_with_a_slip_is_told_what_is_wrong_with_it() {
        let code = RecoveryCode::random().unwrap().expose();
        let looks = "That looks like the recovery code";
        assert_eq!(
            said(&code[..46]),
            format!(
                "{looks}, but a recovery code has 40 letters and digits, and this has 39. Compare it with the paper"
            )
        );
        let foreign = said(&format!("U{}", &code[1..]));
        assert_eq!(foreign, format!("{looks}, but no code has the sign “U”. Compare it with the paper"));
        let mut groups: Vec<&str> = code.split('-').collect();
        groups.swap(2, 6);
        assert!(said(&groups.join(" ")).contains("groups 3 and 7 seem to be exchanged"));
        groups.swap(2, 6);
        let last = groups.remove(7);
        groups.insert(0, last);
        assert!(said(&groups.join(" ")).contains("group 1 seems to belong in place 8"));
    }

    #[test]
    fn a_wrong_passphrase_stays_one_and_another_trouble_is_no_slip() {
        assert_eq!(said("apple berry candy dance eagle fancy grape hello"), "the wrong passphrase");
        assert_eq!(said(&RecoveryCode::random().unwrap().expose()), "the wrong passphrase");
        let code = RecoveryCode::random().unwrap().expose();
        assert!(matches!(slip(&code[..46], Error::Full), Error::Full));
    }

    #[test]
    fn sudo_is_missed_only_where_the_service_has_a_folder_and_there_is_no_store_in_ones_own() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (own, service) = (folder.path().join("own"), folder.path().join("service"));
        std::fs::create_dir(&own)?;
        assert!(lacks_sudo(&own, &service, false).is_ok(), "there is no such service here");
        std::fs::create_dir(&service)?;
        let said = lacks_sudo(&own, &service, false).map_err(|error| error.to_string()).unwrap_err();
        assert!(
            said.contains(&format!("there is no store in {}", own.display())) && said.contains("sudo hec"),
            "{said}"
        );
        assert!(
            lacks_sudo(&folder.path().join("none"), &service, false).is_err(),
            "one's own folder need not be there"
        );
        assert!(lacks_sudo(&own, &service, true).is_ok(), "root needs none");
        assert!(lacks_sudo(&service, &service, false).is_ok(), "the service's own folder was named");
        let store = store::create_development(&own, Clock::System, wiring::MIGRATIONS)?;
        store.db.close();
        assert!(lacks_sudo(&own, &service, false).is_ok(), "somebody's own store is theirs to open");
        Ok(())
    }
}
