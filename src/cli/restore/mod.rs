//! `hec restore`: a store from its backup.

mod disks;
mod guided;
mod naming;
mod network;
mod service;
mod stopping;

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
    accounts::{
        self,
        log::{About, Act, Operator, operated},
    },
    admin::drill,
    backup::{
        Destination, Place,
        destinations::To,
        ledger,
        restore::{self, Restored},
    },
    config::{Config, Settings, Unlock},
    error::{Error, Result},
    store::{
        self, Locked, Upgrade, aside,
        slots::{Opener, Passphrase, RecoveryCode},
    },
    wiring,
};

use super::{
    backup::{destinations, handle, size, when},
    family,
    init::line,
    opening::{self, Keys},
    owner::{self, Right},
    say,
    verb::progress,
};

/// Bring the record back from a backup, or one family alone
///
/// Needs the backup and what opened the record: the recovery code on paper, the passphrase, or the key file. What is in
/// the folder of the record now is kept beside it.
///
/// On a terminal, without --from, it asks where the backup lies (a disk that is plugged in, a NAS, a bucket), and does
/// the rest: stops the server of this machine and starts it again. With --from nothing is asked but for what opens the
/// backup; stop the server first.
///
/// With --family one family alone comes back, that was deleted or lived at another HEC, beside those that live here:
/// nothing else is changed, and the server may run. Without --from it is looked for in the newest backup that was read
/// back and found good, and then in older ones.
#[derive(Args)]
pub struct Restore {
    /// The folder that the backups lie in, or the name of a destination in the file that --backups names; or the folder
    /// of a copy that was made before an upgrade, or of a record that a restore has put aside
    #[arg(long, value_name = "FOLDER|NAME")]
    from: Option<String>,
    /// This backup, as `hec backup list` names it; the newest unless said
    #[arg(long, value_name = "BACKUP")]
    backup: Option<String>,
    /// The questions were asked: who asked them starts the server
    #[arg(long, hide = true)]
    guided: bool,
    #[command(flatten)]
    alone: family::Alone,
}

impl Restore {
    pub fn run(self, settings: &Settings) -> Result<()> {
        let config = Config::load(settings)?;
        let is_guided = self.from.is_none() && !self.alone.is_asked();
        if is_guided && opening::is_attended() {
            return guided::run(settings, &config);
        }
        if is_guided {
            return Err(Error::Refused(
                "nobody is there to answer: say where the backup lies (--from FOLDER or NAME), or run this on a terminal"
                    .to_owned(),
            ));
        }
        owner::take_on_with(&config.data, if self.alone.is_asked() { Right::None } else { Right::Read })?;
        if self.alone.is_asked() {
            return family::run(&self.alone, self.from.as_deref(), self.backup, &config);
        }
        if !settings.says("data") {
            // A record in one's own folder is wanted only where that is said.
            opening::refuse_without_sudo(&config.data)?;
        }
        store::refuse_held(&config.data)?;
        let from = self.from.as_deref().unwrap_or_default();
        let folder = PathBuf::from(from);
        if is_path(from, self.guided) && aside::is_aside(&folder) {
            // It is the owner's own.
            owner::give_up_reading()?;
            return go_back(&config, &folder, self.guided);
        }
        let (destination, is_named) = named(from, self.guided, &config)?;
        if !matches!(destination.to, To::Disk(_)) {
            owner::give_up_reading()?;
        }
        let place = Place::open_as_is(&destination, &handle()?)?;
        let head = restore::find(&place, self.backup.as_deref())?;
        let keys = Keys::new(&config);
        say(&format!("The backup {} of {}, made by HEC {}.", head.name, when(head.made), head.version))?;
        let stands = agreed(&config, &keys)?;
        let (opener, also) = openers(&config, &keys, |opener| head.unlock(opener).map(drop))?;
        let options = opening::options(&config);
        let named = wiring::DOORS.named_blobs;
        let done = restore::restore(
            restore::Source { place: &place, head: &head, opener: &opener, also: also.as_ref() },
            &config.data,
            options,
            named,
            &mut progress(),
        )?;
        say(&format!(
            "The record is back as it was on {}: {} in {} files beside the rows. Every byte was checked.",
            when(done.made),
            size(done.bytes),
            done.blobs
        ))?;
        match &done.kept {
            Some(kept) if stands => say(&put_aside(kept))?,
            Some(kept) => say(&format!("What was here before, which nobody had begun, lies in {}.", kept.display()))?,
            None => {}
        }
        if let Err(error) = note(&config, &opener, is_named.then_some(destination.name), done) {
            tracing::warn!(%error, "the log of the instance does not tell of this");
        }
        if self.guided { Ok(()) } else { say(start(&config)) }
    }
}

fn is_path(from: &str, guided: bool) -> bool {
    from.contains('/') || !guided
}

/// Where the backup lies, and whether that is a destination of the file: a folder that is named by its path has no rows of
/// its own. Who was asked has chosen a name or a path, whatever lies in the folder that they were in.
fn named(from: &str, guided: bool, config: &Config) -> Result<(Destination, bool)> {
    let path = PathBuf::from(from);
    if path.is_dir() && is_path(from, guided) {
        let to = To::Disk(std::fs::canonicalize(path)?);
        return Ok((Destination { name: "folder".to_owned(), to, append_only: true }, false));
    }
    if from.contains('/') {
        return Err(Error::Refused(format!("there is no folder {from}")));
    }
    Ok((destinations(config)?.named(from).cloned()?, true))
}

/// Has the record tell that it came from a backup: in the log of the instance; that the backup was read back; and, where
/// the recovery code has opened it, that the code on the paper works.
fn note(config: &Config, opener: &Opener, destination: Option<String>, restored: Restored) -> Result<()> {
    let locked = Locked::find(&config.data)?;
    let store = locked.open(locked.unlock(opener)?, opening::options_with(config, Upgrade::Later))?;
    let is_code = matches!(opener, Opener::Recovery(_));
    let noted = store.db.write_blocking(move |tx| {
        operated(tx, Act::Restored, Operator::CommandLine, About::Words(""))?;
        if is_code {
            drill::note(tx);
        }
        if let Some(destination) = &destination {
            ledger::read_back(tx, destination, &restored)?;
        }
        ledger::forget_begun(tx)
    });
    store.db.close();
    noted
}

fn put_aside(kept: &Path) -> String {
    let kept = kept.display();
    format!(
        "The record that was here lies in {kept}, whole: hec restore --from {kept} would bring it back. Remove it once all is \
         well."
    )
}

/// Whether a record stands here that somebody has begun: one that can't be looked into counts as such.
fn stands(config: &Config, keys: &Keys) -> bool {
    let has_accounts = || {
        let locked = Locked::find(&config.data)?;
        let key = locked.unlock(&Opener::KeyFile(keys.key_file()?))?;
        let store = locked.open(key, opening::options_with(config, Upgrade::Later))?;
        let any = store.db.read(accounts::any);
        store.db.close();
        any
    };
    store::exists(&config.data) && has_accounts().unwrap_or(true)
}

/// Asks before another takes the place of a record that stands here. Gives whether one does.
fn agreed(config: &Config, keys: &Keys) -> Result<bool> {
    let stands = stands(config, keys);
    if !stands || !opening::is_attended() {
        return Ok(stands);
    }
    say(&format!(
        "\nA record is kept on this machine already, in {}. The other one would take its place; that one is put aside, whole.",
        config.data.display()
    ))?;
    match line("Type yes to go on: ")?.trim().to_lowercase().as_str() {
        "yes" => Ok(true),
        _ => Err(Error::Refused("nothing was changed".to_owned())),
    }
}

/// Puts a copy that lies beside the record in its place: one that was made before an upgrade, or put aside by a restore.
fn go_back(config: &Config, copy: &Path, guided: bool) -> Result<()> {
    let copy = std::fs::canonicalize(copy)?;
    let keys = Keys::new(config);
    agreed(config, &keys)?;
    let (opener, also) = openers(config, &keys, |opener| Locked::find(&copy)?.unlock(opener).map(drop))?;
    let options = opening::options_with(config, Upgrade::Later);
    let kept = store::bring_back(&copy, &config.data, (&opener, also.as_ref()), options, wiring::DOORS.named_blobs)?;
    let name = copy.file_name().unwrap_or_default().to_string_lossy().into_owned();
    say(&format!("The record is back as it was in {name}."))?;
    if let Some(kept) = kept {
        say(&put_aside(&kept))?;
    }
    if guided { Ok(()) } else { say(start(config)) }
}

/// How the server is started that has this record.
fn start(config: &Config) -> &'static str {
    if config.data == Path::new(owner::SERVICE) {
        "Start the server: sudo systemctl start hec.socket hec-plain.socket hec"
    } else {
        "Start the server: hec serve"
    }
}

/// What opens the backup, and what is to open the record here from then on: a key file, unless a passphrase does.
fn openers(config: &Config, keys: &Keys, unlock: impl Fn(&Opener) -> Result<()>) -> Result<(Opener, Option<Opener>)> {
    let here = keys.key_file().map(Opener::KeyFile);
    if let Ok(here) = here
        && unlock(&here).is_ok()
    {
        return Ok((here, None));
    }
    let opener = if opening::is_attended() && !keys.is_said()? { asked(unlock)? } else { said(keys, unlock)? };
    let also = match (&opener, config.unlock) {
        (Opener::Passphrase(_), _) | (_, Some(Unlock::Passphrase)) => None,
        _ => Some(Opener::KeyFile(keys.new_key_file()?)),
    };
    Ok((opener, also))
}

/// What was said in a file descriptor or a credential.
fn said(keys: &Keys, unlock: impl Fn(&Opener) -> Result<()>) -> Result<Opener> {
    let said = keys.said_or_asked("Recovery code or passphrase")?;
    let opener = opening::opener(said);
    unlock(&opener).map_err(|error| opening::slip_typed(said, error))?;
    Ok(opener)
}

/// Asks until what is typed opens it. A code is seen as it is typed, since it is long and stands on the paper beside; a
/// passphrase is not.
fn asked(unlock: impl Fn(&Opener) -> Result<()>) -> Result<Opener> {
    loop {
        let typed = Zeroizing::new(line("Recovery code, as it stands on the paper (Enter alone: a passphrase): ")?);
        let opener = if typed.trim().is_empty() {
            let typed = Zeroizing::new(rpassword::prompt_password("Passphrase (Enter alone: stop): ")?);
            if typed.is_empty() {
                return Err(Error::Refused("nothing was typed, and nothing was changed".to_owned()));
            }
            Opener::Passphrase(Passphrase::attempt(&typed))
        } else {
            match RecoveryCode::parse(&typed) {
                Ok(code) => Opener::Recovery(code),
                Err(slip) => {
                    say(&format!("Not yet: {slip}."))?;
                    continue;
                }
            }
        };
        match (unlock(&opener), &opener) {
            (Ok(()), _) => return Ok(opener),
            (Err(Error::Refused(_)), Opener::Recovery(_)) => {
                say(
                    "That is a whole recovery code, but it does not open this backup: it is of another record, or another one came after it.",
                )?;
            }
            (Err(Error::Refused(_)), _) => say("That passphrase does not open this backup.")?,
            (Err(error), _) => return Err(error),
        }
    }
}
