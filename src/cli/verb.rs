//! What can be asked of whoever holds a store: the verb itself where no server does, the server through its socket
//! where one does. Both do the same.

use std::{fmt, io::IsTerminal, path::PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    accounts::{
        log::{About, Act, Operator, operated},
        setup,
    },
    admin::{
        doctor::{Patient, examine},
        drill,
        support::bundle,
    },
    config::Config,
    error::{Error, Result},
    store::{
        Progress, Store, Upgrade,
        slots::{Cost, KeyFile, Kind, Opener, Passphrase, RecoveryCode},
    },
    types::Secret,
};

use super::{
    account, allowance, app, backup, control, doctor, family, key, mail,
    opening::{self, Keys},
    say, sheet,
};

/// What can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verb {
    /// A new set-up link.
    SetupLink,
    /// Another app.
    AppCreate {
        /// What it is called.
        name: String,
        /// Where its codes may go.
        redirects: Vec<String>,
        /// As JSON.
        json: bool,
    },
    /// The key slots.
    KeyList {
        /// As JSON.
        json: bool,
    },
    /// Another slot.
    KeyAdd {
        /// What opens it.
        opener: Sent,
    },
    /// A slot less.
    KeyRemove {
        /// Its number.
        slot: u32,
    },
    /// A new data key.
    KeyRotate {
        /// What opens the store now, and will.
        keep: Vec<Sent>,
        /// What only will.
        new: Vec<Sent>,
    },
    /// Whether something opens the store.
    KeyCheck {
        /// What should.
        opener: Sent,
    },
    /// Another account.
    AccountCreate {
        /// Its address.
        email: String,
        /// How the person is addressed.
        name: String,
        /// Their family's name.
        family: String,
        /// Whether it looks after the instance.
        operator: bool,
        /// Its password; without one there is a link.
        password: Option<Zeroizing<String>>,
    },
    /// The accounts.
    AccountList {
        /// As JSON.
        json: bool,
    },
    /// A link for a new password.
    AccountReset {
        /// Whose.
        email: String,
    },
    /// A second factor less.
    #[serde(rename = "account-disable-2fa")]
    AccountDisable2fa {
        /// Whose.
        email: String,
    },
    /// Somebody who looks after the instance, or does no longer.
    AccountOperator {
        /// Who.
        email: String,
        /// No longer.
        off: bool,
    },
    /// An account less.
    AccountDelete {
        /// Which.
        email: String,
    },
    /// What families' photos take, and may.
    AllowanceList {
        /// As JSON.
        json: bool,
    },
    /// Another allowance for a family.
    AllowanceSet {
        /// Whose.
        reference: String,
        /// How much.
        size: String,
    },
    /// What photos take, counted anew.
    AllowanceRecount,
    /// A backup, now.
    BackupNow {
        /// Where to; everywhere where none is named.
        to: Option<String>,
    },
    /// The backups that there are.
    BackupList {
        /// Where; everywhere where none is named.
        at: Option<String>,
        /// As JSON.
        json: bool,
    },
    /// A backup, read back.
    BackupVerify {
        /// Where; everywhere where none is named.
        at: Option<String>,
        /// Which; the newest where none is named.
        backup: Option<String>,
    },
    /// Old backups less.
    BackupPrune {
        /// Where; everywhere where none is named.
        at: Option<String>,
    },
    /// A family out of a backup. Boxed, since it is the longest.
    Family(Box<family::Ask>),
    /// A message, to try the mail server.
    MailTest {
        /// To which address.
        to: String,
    },
    /// What is well and what is not.
    Doctor {
        /// Every block and blob, too.
        deep: bool,
        /// As JSON.
        json: bool,
    },
    /// The sheet for the drawer.
    Sheet,
    /// The support bundle.
    Support,
}

/// An opener on its way to the server.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sent {
    /// The path of a key file, and what stands in it.
    KeyFile(PathBuf, Zeroizing<String>),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
    /// A recovery code.
    Recovery(Zeroizing<String>),
}

impl Sent {
    /// What kind of thing it is, as `hec key list` says.
    fn kind(&self) -> &'static str {
        match self {
            Self::KeyFile(..) => Kind::KeyFile.as_str(),
            Self::Passphrase(_) => Kind::Passphrase.as_str(),
            Self::Recovery(_) => Kind::Recovery.as_str(),
        }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent(…)")
    }
}

impl From<&Opener> for Sent {
    fn from(opener: &Opener) -> Self {
        match opener {
            Opener::KeyFile(file) => Self::KeyFile(file.path().to_owned(), file.text()),
            Opener::Passphrase(passphrase) => Self::Passphrase(passphrase.expose().to_owned().into()),
            Opener::Recovery(code) => Self::Recovery(code.expose()),
        }
    }
}

impl TryFrom<&Sent> for Opener {
    type Error = Error;
    fn try_from(sent: &Sent) -> Result<Self> {
        Ok(match sent {
            Sent::KeyFile(path, text) => Self::KeyFile(KeyFile::parse(path, text)?),
            Sent::Passphrase(passphrase) => Self::Passphrase(Passphrase::attempt(passphrase)),
            Sent::Recovery(code) => {
                Self::Recovery(RecoveryCode::parse(code).map_err(|slip| Error::Refused(slip.to_string()))?)
            }
        })
    }
}

/// Whoever holds the store.
pub struct Keeper {
    /// The store.
    pub store: Store,
    /// Where people find its server.
    pub url: String,
    /// What a look at the whole sees.
    pub patient: Patient,
}

impl Keeper {
    /// Does what is asked. Gives the words to print, and whether all is well.
    pub fn perform(&self, verb: Verb, mut progress: Progress) -> Result<(String, bool)> {
        let vault = &self.store.vault;
        let words = match verb {
            Verb::SetupLink => setup_link(&self.store, &self.url)?,
            Verb::AppCreate { name, redirects, json } => app::create(&self.store, &name, &redirects, json)?,
            Verb::KeyList { json } => key::list(&vault.slots()?, json)?,
            Verb::KeyAdd { opener } => {
                let number = vault.add_slot(&(&opener).try_into()?, Cost::STANDARD)?;
                self.note(Act::KeyAdded, opener.kind());
                format!("Slot {number} opens the store from now on.")
            }
            Verb::KeyRemove { slot } => {
                let slot = vault.remove_slot(slot)?;
                self.note(Act::KeyRemoved, slot.kind.as_str());
                format!(
                    "Slot {} ({}) is gone. Whoever has an old copy of the key slots and what opened it can still \
                     open old copies of the store, and this one until `hec key rotate` has made a new data key.",
                    slot.number,
                    slot.kind.as_str()
                )
            }
            Verb::KeyRotate { keep, new } => {
                let keep = keep.iter().map(Opener::try_from).collect::<Result<Vec<_>>>()?;
                let new = new.iter().map(Opener::try_from).collect::<Result<Vec<_>>>()?;
                let rotated = key::rotated(vault.rotate(&keep, &new, Cost::STANDARD, progress)?, vault);
                self.note(Act::KeyRotated, "");
                rotated
            }
            Verb::KeyCheck { opener } => {
                vault.check(&(&opener).try_into()?)?;
                if let Sent::Recovery(_) = opener {
                    self.store.db.write_blocking(|tx| {
                        drill::note(tx);
                        Ok(())
                    })?;
                }
                "It opens the store.".to_owned()
            }
            Verb::AccountCreate { email, name, family, operator, password } => {
                let cost = self.patient.config().password;
                account::create(&self.store.db, &self.url, cost, (email, name, family), operator, password)?
            }
            Verb::AccountList { json } => account::list(&self.store.db, json)?,
            Verb::AccountReset { email } => account::reset_password(&self.store.db, &self.url, &email)?,
            Verb::AccountDisable2fa { email } => {
                account::disable_2fa(&self.store.db, self.patient.config().mail.is_some(), &email)?
            }
            Verb::AccountOperator { email, off } => account::operator(&self.store.db, &email, !off)?,
            Verb::AccountDelete { email } => account::delete(&self.store.db, &email)?,
            Verb::AllowanceList { json } => {
                allowance::list(&self.store.db, self.patient.config().family_allowance, json)?
            }
            Verb::AllowanceSet { reference, size } => {
                allowance::set(&self.store.db, self.patient.config().family_allowance, &reference, &size)?
            }
            Verb::AllowanceRecount => allowance::recount(&self.store.db)?,
            Verb::BackupNow { to } => {
                let backups = self.backups()?;
                self.note(Act::BackupBegun, to.as_deref().unwrap_or_default());
                return backup::now(&backups, to.as_deref(), progress);
            }
            Verb::BackupList { at, json } => backup::list(&self.backups()?, at.as_deref(), json)?,
            Verb::BackupVerify { at, backup } => {
                return backup::verify(&self.backups()?, at.as_deref(), backup.as_deref(), progress);
            }
            Verb::BackupPrune { at } => {
                let backups = self.backups()?;
                self.note(Act::BackupsPruned, at.as_deref().unwrap_or_default());
                return backup::prune(&backups, at.as_deref());
            }
            Verb::Family(ask) => family::perform(&self.store, self.patient.config(), &ask, progress)?,
            Verb::MailTest { to } => {
                let sent = mail::test(self.patient.config(), &self.url, &to, self.store.db.clock().now())?;
                self.note(Act::MailTried, "");
                sent
            }
            Verb::Doctor { deep, json } => {
                let found = examine(&self.patient, deep, &mut progress);
                return Ok((doctor::words(&found, json), found.is_well()));
            }
            Verb::Sheet => sheet::words(&self.store, self.patient.config(), &self.url)?,
            Verb::Support => {
                let bundle = bundle(&self.patient, &mut progress)?;
                self.note(Act::SupportFetched, "");
                bundle
            }
        };
        Ok((words, true))
    }
}

impl Keeper {
    /// Notes in the log of the instance what was done here: words name destinations and kinds of keys. What was done
    /// stands, also where a full disk takes no note of it.
    fn note(&self, act: Act, words: &str) {
        let words = words.to_owned();
        let noted =
            self.store.db.write_blocking(move |tx| operated(tx, act, Operator::CommandLine, About::Words(&words)));
        if let Err(error) = noted {
            tracing::warn!(act = act.as_str(), %error, "what was done could not be noted");
        }
    }

    fn backups(&self) -> Result<backup::Backups<'_>> {
        backup::Backups::of(&self.store, self.patient.config())
    }
}

/// Makes a set-up link, in words. They are printed and never logged.
pub fn setup_link(store: &Store, url: &str) -> Result<String> {
    let secret = Secret::random().map_err(Error::internal)?;
    let hash = secret.hash();
    store.db.write_blocking(move |tx| {
        setup::make(tx, hash)?;
        operated(tx, Act::SetupLinkMade, Operator::CommandLine, About::Words(""))
    })?;
    Ok(format!("Set it up here, within thirty minutes (the link works once):\n  {url}/setup?token={}", secret.expose()))
}

/// Does a verb, in the server that holds the store or here, and prints what it says. Gives whether all is well.
pub fn run(config: &Config, keys: &Keys, verb: Verb) -> Result<bool> {
    let (words, well) = ask(config, keys, verb)?;
    say(&words)?;
    Ok(well)
}

/// Does a verb, in the server that holds the store or here. Gives what it says, and whether all is well.
pub fn ask(config: &Config, keys: &Keys, verb: Verb) -> Result<(String, bool)> {
    if let Some(answer) = control::ask(&config.data, &verb, &mut *progress())? {
        return Ok(answer);
    }
    let store = match verb {
        // Whoever looks changes nothing.
        Verb::Doctor { .. } | Verb::Support => keys.open_with(opening::options_with(config, Upgrade::Later))?,
        _ => keys.open()?,
    };
    let patient = Patient::alone(store.clone(), config.clone());
    let keeper = Keeper { store, url: config.url(config.address()), patient };
    let answer = keeper.perform(verb, progress());
    keeper.store.db.close();
    answer
}

/// Long work's progress: on a terminal a line that moves on, otherwise a line for every tenth.
pub fn progress() -> Progress {
    let mut told = None;
    Box::new(move |done, of| {
        if of == 0 {
            return;
        }
        let terminal = std::io::stderr().is_terminal();
        let step = done.saturating_mul(if terminal { 100 } else { 10 }) / of;
        if told.replace(step) == Some(step) {
            return;
        }
        if terminal {
            eprint!("\r{step:>3} %{}", if done >= of { "\n" } else { "" });
        } else {
            eprintln!("{} %", step * 10);
        }
    })
}
