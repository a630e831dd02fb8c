//! `hec restore`: a store from its backup.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    backup::{Destination, Place, destinations::To, restore},
    config::{Config, Settings, Unlock},
    error::{Error, Result},
    store::{self, Upgrade, aside, slots::Opener},
    wiring,
};

use super::{
    backup::{destinations, handle, moment, size},
    opening::{self, Keys},
    owner, say,
    verb::progress,
};

/// Bring the record back from a backup
///
/// Needs the backup and what opened the record: the recovery code on paper, the passphrase, or the key file. What is in
/// the folder of the record now is kept beside it. Stop the server first.
#[derive(Args)]
pub struct Restore {
    /// The folder that the backups lie in, or the name of a destination in the file that --backups names; or the folder
    /// of a copy that was made before an upgrade
    #[arg(long, value_name = "FOLDER|NAME")]
    from: String,
    /// This backup, as `hec backup list` names it; the newest unless said
    #[arg(long, value_name = "BACKUP")]
    backup: Option<String>,
}

impl Restore {
    pub fn run(self, settings: &Settings) -> Result<()> {
        let config = Config::load(settings)?;
        owner::take_on(&config.data)?;
        let folder = PathBuf::from(&self.from);
        if aside::is_aside(&folder) {
            return go_back(&config, &folder);
        }
        let destination = self.destination(&config)?;
        let place = Place::open(&destination, &handle()?)?;
        let head = restore::find(&place, self.backup.as_deref())?;
        let keys = Keys::new(&config);
        say(&format!("The backup {} of {}, made by HEC {}.", head.name, moment(head.made), head.version))?;
        let (opener, also) = openers(&config, &keys, &head)?;
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
            moment(done.made),
            size(done.bytes),
            done.blobs
        ))?;
        if let Some(kept) = done.kept {
            say(&format!("What was there before lies in {}; remove it once all is well.", kept.display()))?;
        }
        say("Start the server: hec serve")
    }

    fn destination(&self, config: &Config) -> Result<Destination> {
        let path = PathBuf::from(&self.from);
        if path.is_dir() {
            let to = To::Disk(std::fs::canonicalize(path)?);
            return Ok(Destination { name: "folder".to_owned(), to, append_only: true });
        }
        if self.from.contains('/') {
            return Err(Error::Refused(format!("there is no folder {}", self.from)));
        }
        destinations(config)?.named(&self.from).cloned()
    }
}

/// Puts the copy that was made before an upgrade in the record's place.
fn go_back(config: &Config, copy: &Path) -> Result<()> {
    let copy = std::fs::canonicalize(copy)?;
    let keys = Keys::new(config);
    let opener = match keys.key_file() {
        Ok(file) => Opener::KeyFile(file),
        Err(_) => opening::opener(keys.said_or_asked("Recovery code or passphrase: ")?),
    };
    let options = opening::options_with(config, Upgrade::Later);
    let kept = store::bring_back(&copy, &config.data, &opener, options, wiring::DOORS.named_blobs)?;
    say("The record is back as it was before the upgrade.")?;
    if let Some(kept) = kept {
        say(&format!("What was there before lies in {}; remove it once all is well.", kept.display()))?;
    }
    say("Start the server: hec serve")
}

/// What opens the backup, and what is to open the record here from then on: a key file, unless a passphrase does.
fn openers(config: &Config, keys: &Keys, head: &crate::backup::format::Head) -> Result<(Opener, Option<Opener>)> {
    let here = keys.key_file().map(Opener::KeyFile);
    if let Ok(here) = here
        && head.unlock(&here).is_ok()
    {
        return Ok((here, None));
    }
    let said = keys.said_or_asked("Recovery code or passphrase: ")?;
    let opener = opening::opener(said);
    head.unlock(&opener).map_err(|error| opening::slip(said, error))?;
    let also = match (&opener, config.unlock) {
        (Opener::Passphrase(_), _) | (_, Some(Unlock::Passphrase)) => None,
        _ => Some(Opener::KeyFile(keys.new_key_file()?)),
    };
    Ok((opener, also))
}
