//! `hec key`: who may open the store.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    config::Config,
    error::{Error, Result},
    store::{
        Vault,
        slots::{KeyFile, Kind, Opener, RecoveryCode, Slot},
    },
};

use super::{
    init,
    opening::{self, Keys, is_attended},
    say,
    verb::{self, Sent, Verb},
};

/// See and change what opens the store
#[derive(Subcommand)]
pub enum Key {
    /// List the key slots
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a key slot
    Add(Which),
    /// Remove a key slot; the last one stays
    Remove {
        /// Its number, from `hec key list`
        slot: u32,
    },
    /// Make a new data key and write the whole store anew under it
    ///
    /// The key file and the passphrase stay as they are; a new recovery code is made. Needs as much free space as the
    /// store takes. Writing waits meanwhile, reading goes on. It may be interrupted at any moment: the store then opens
    /// as before, or with the new keys
    Rotate {
        /// Ask nothing: print the new recovery code without asking it back
        #[arg(long)]
        yes: bool,
        /// Go without the passphrase: its slot is not kept
        #[arg(long)]
        without_passphrase: bool,
    },
    /// Check that a key opens the store, without changing anything
    Check(Which),
}

/// Which kind of key.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// A key file: this one, or the usual one
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    file: Option<Option<PathBuf>>,
    /// A passphrase, which is asked for
    #[arg(long)]
    passphrase: bool,
    /// A recovery code; a new one is shown once and asked back
    #[arg(long)]
    recovery: bool,
}

impl Key {
    pub fn run(self, config: &Config) -> Result<()> {
        let keys = Keys::new(config);
        match self {
            Self::List { json } => verb::run(config, &keys, Verb::KeyList { json }).map(drop),
            Self::Add(which) => which.add(config, &keys),
            Self::Remove { slot } => verb::run(config, &keys, Verb::KeyRemove { slot }).map(drop),
            Self::Rotate { yes, without_passphrase } => rotate(config, &keys, yes, without_passphrase),
            Self::Check(which) => which.check(config, &keys),
        }
    }
}

impl Which {
    fn add(self, config: &Config, keys: &Keys) -> Result<()> {
        // First whether there is a store, and a key for it: nothing should be made or asked in vain.
        verb::ask(config, keys, Verb::KeyList { json: false })?;
        let opener = match (&self.file, self.passphrase, self.recovery) {
            (_, true, _) => Opener::Passphrase(keys.new_passphrase()?),
            (_, _, true) => Opener::Recovery(RecoveryCode::random()?),
            (Some(Some(path)), ..) => Opener::KeyFile(KeyFile::read_or_create(path)?),
            (Some(None), ..) => Opener::KeyFile(keys.new_key_file()?),
            (None, ..) => return Err(which_one()),
        };
        // First on paper, then in the store: should this be cut off, there is no slot for a code that nobody has.
        if let Opener::Recovery(code) = &opener {
            init::show(code)?;
            if is_attended() {
                init::ask_back(code)?;
            }
        }
        verb::run(config, keys, Verb::KeyAdd { opener: Sent::from(&opener) })?;
        match opener {
            Opener::KeyFile(file) => say(&format!("Its key file is {}.", file.path().display())),
            _ => Ok(()),
        }
    }

    fn check(self, config: &Config, keys: &Keys) -> Result<()> {
        let opener = match (&self.file, self.passphrase, self.recovery) {
            (Some(Some(path)), ..) => Opener::KeyFile(KeyFile::read(path)?),
            (Some(None), ..) => Opener::KeyFile(keys.key_file()?),
            (None, true, _) => opening::opener(keys.said_or_asked("Passphrase: ")?),
            (None, _, true) => {
                let typed = keys.said_or_asked("Recovery code: ")?;
                Opener::Recovery(RecoveryCode::parse(typed).map_err(|slip| Error::Refused(slip.to_string()))?)
            }
            (None, false, false) => return Err(which_one()),
        };
        verb::run(config, keys, Verb::KeyCheck { opener: Sent::from(&opener) }).map(drop)
    }
}

fn which_one() -> Error {
    Error::Refused("say which: --file [FILE], --passphrase or --recovery".to_owned())
}

/// Gathers what opens the store now, so that it will afterwards; the recovery code is made anew.
fn rotate(config: &Config, keys: &Keys, yes: bool, without_passphrase: bool) -> Result<()> {
    let (slots, _) = verb::ask(config, keys, Verb::KeyList { json: true })?;
    let slots: serde_json::Value = serde_json::from_str(&slots).map_err(Error::internal)?;
    let kinds: Vec<&str> = slots.as_array().into_iter().flatten().filter_map(|slot| slot["kind"].as_str()).collect();
    let has = |kind: Kind| kinds.contains(&kind.as_str());
    let mut keep = Vec::new();
    if has(Kind::KeyFile) {
        keep.push(Opener::KeyFile(keys.key_file()?));
    }
    if has(Kind::Passphrase) && !without_passphrase {
        let opener = opening::opener(keys.said_or_asked("Passphrase, which stays as it is: ")?);
        if opener.kind() != Kind::Passphrase {
            return Err(Error::Refused(
                "the recovery code is made anew: say the passphrase, which stays, or go on --without-passphrase"
                    .to_owned(),
            ));
        }
        keep.push(opener);
    }
    let code = RecoveryCode::random()?;
    if !yes && !is_attended() {
        return Err(Error::Refused(
            "nobody is there to write the new recovery code down: run this on a terminal, or say --yes".to_owned(),
        ));
    }
    // Before anything changes: should this be cut off after the change, the code is on paper.
    say("There will be a new recovery code. The old one opens nothing afterwards but old backups.")?;
    init::show(&code)?;
    if !yes {
        init::ask_back(&code)?;
    }
    let keep = keep.iter().map(Sent::from).collect();
    verb::run(config, keys, Verb::KeyRotate { keep, new: vec![Sent::Recovery(code.expose())] }).map(drop)
}

/// The slots as lines, or as JSON.
pub fn list(slots: &[Slot], json: bool) -> Result<String> {
    if json {
        let slots: Vec<_> = slots
            .iter()
            .map(|slot| {
                json!({
                    "slot": slot.number,
                    "kind": slot.kind.as_str(),
                    "made": slot.made.to_string(),
                    "fingerprint": slot.fingerprint.map(|name| name.to_string()),
                    "data_key": slot.key().to_string(),
                })
            })
            .collect();
        return serde_json::to_string(&slots).map_err(Error::internal);
    }
    let mut lines = vec!["slot  opened by      since                     fingerprint".to_owned()];
    lines.extend(slots.iter().map(|slot| {
        let name = slot.fingerprint.map(|name| name.to_string()).unwrap_or_default();
        format!("{:>4}  {:<13}  {:<24}  {name}", slot.number, slot.kind.as_str(), slot.made)
    }));
    if !slots.iter().any(|slot| slot.kind == Kind::Recovery) {
        lines.push("There is no recovery code: make one with `hec key add --recovery`.".to_owned());
    }
    Ok(lines.join("\n"))
}

/// What a rotation has come to, in words.
pub fn rotated(damaged: usize, vault: &Vault) -> String {
    let mut words = format!("The store is sealed with a new data key, {}.", vault.key().id());
    if damaged > 0 {
        words += &format!(
            "\n{damaged} blocks did not authenticate and were left out. After a power cut that may be nothing; \
             `hec doctor --deep` tells."
        );
    }
    words
}
