//! The command line's side.

use std::{
    io::{IsTerminal, Read, Write},
    path::PathBuf,
};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
    backup::Destinations,
    cli::{
        opening::{self, Keys},
        plainly, say,
        verb::{self, Verb},
    },
    config::Config,
    error::{Error, Result},
    store,
};

use super::{
    done::{Ask, Choice, What, Whence},
    said::{Agreed, Said, words},
};

/// A longer recovery code or passphrase is none.
const MOST: u64 = 8 * 1024;

/// One family alone.
#[derive(Args)]
pub struct Alone {
    /// One family alone, put beside those that live here: its name, or its id. Works while the server runs
    #[arg(long, value_name = "NAME|ID", help_heading = "One family alone")]
    pub family: Option<String>,
    /// Show which families a backup holds, by id, count and size; change nothing
    #[arg(long, conflicts_with = "family", help_heading = "One family alone")]
    pub list_families: bool,
    /// Show what would be done with --family; change nothing
    #[arg(long, requires = "family", conflicts_with = "yes", help_heading = "One family alone")]
    dry_run: bool,
    /// Ask nothing
    #[arg(long, requires = "family", help_heading = "One family alone")]
    yes: bool,
    /// Let another account here that has a member's email take that member's place: the same person made it
    #[arg(long, requires = "family", help_heading = "One family alone")]
    same_email: bool,
    /// Leave this member out, who is not to come back. May be said several times
    #[arg(long, value_name = "EMAIL", requires = "family", help_heading = "One family alone")]
    leave_out: Vec<String>,
    /// Read what opens the backup of another HEC (recovery code, passphrase) from this descriptor
    #[arg(long, value_name = "NUMBER", help_heading = "One family alone")]
    code_fd: Option<u32>,
    /// Answer in JSON
    #[arg(long, help_heading = "One family alone")]
    json: bool,
}

impl Alone {
    /// Whether it is about one family, and not about the whole record.
    pub fn is_asked(&self) -> bool {
        self.family.is_some() || self.list_families
    }
}

/// Shows the families of a backup, or brings one back.
///
/// # Errors
/// `Refused`, saying what to do.
pub fn run(alone: &Alone, from: Option<&str>, backup: Option<String>, config: &Config) -> Result<()> {
    if !store::exists(&config.data) {
        return Err(Error::Refused(format!(
            "there is no record in {} that a family could be put into: bring the whole record back (without --family), \
             or make one first (hec init)",
            config.data.display()
        )));
    }
    let attended = std::io::stdin().is_terminal();
    if alone.family.is_some() && !alone.yes && !alone.dry_run && !attended {
        return Err(Error::Refused(
            "nobody is there to ask: look with --dry-run, and say --yes then; or run this on a terminal".to_owned(),
        ));
    }
    let mut asking = Asking {
        config,
        keys: Keys::new(config),
        from: from.map(|from| whence(from, config)).transpose()?,
        backup,
        opener: alone.code_fd.map(read).transpose()?,
    };
    let choice = alone.family.clone().map(|family| Choice {
        family,
        same_email: alone.same_email,
        left_out: alone.leave_out.clone(),
        agreed: None,
    });
    let what = match choice.clone() {
        None => What::List,
        Some(choice) if alone.yes => What::Bring(choice),
        Some(choice) => What::Plan(choice),
    };
    let mut said = asking.ask(what.clone())?;
    if let Said::Sealed { backup } = &said {
        let lead = format!("{} It is sealed with another key than this record", backup.words());
        if !attended {
            return Err(Error::Refused(format!("{lead}: give what opens it with --code-fd")));
        }
        eprintln!("{}", plainly(&lead));
        let typed = Zeroizing::new(rpassword::prompt_password("Recovery code or passphrase of that backup: ")?);
        asking.opener = Some(typed.clone());
        said = asking.ask(what).map_err(|error| opening::slip_typed(&typed, error))?;
    }
    // Of two answers in JSON nobody could read either.
    if !alone.json || choice.is_none() || alone.yes || alone.dry_run {
        show(&said, alone.json)?;
    } else {
        eprintln!("{}", plainly(&words(&said)));
    }
    let (Some(choice), false, false) = (choice, alone.yes, alone.dry_run) else { return Ok(()) };
    let Said::Family { backup, family, people, .. } = said else { return Err(unexpected()) };
    confirm()?;
    let agreed = Some(people.into_iter().map(|person| Agreed { id: person.id, how: person.how }).collect());
    asking.backup = Some(backup.name);
    show(&asking.ask(What::Bring(Choice { family: family.id, agreed, ..choice }))?, alone.json)
}

/// What stays the same from one question to the next.
struct Asking<'a> {
    config: &'a Config,
    keys: Keys<'a>,
    from: Option<Whence>,
    backup: Option<String>,
    opener: Option<Zeroizing<String>>,
}

impl Asking<'_> {
    fn ask(&self, what: What) -> Result<Said> {
        let opener = self.opener.as_ref().map(|said| (&opening::opener(said)).into());
        let asked = Ask { from: self.from.clone(), backup: self.backup.clone(), opener, what };
        let (answer, _) = verb::ask(self.config, &self.keys, Verb::Family(Box::new(asked)))?;
        serde_json::from_str(&answer).map_err(|_| unexpected())
    }
}

fn show(said: &Said, json: bool) -> Result<()> {
    say(&if json { serde_json::to_string(said).map_err(Error::internal)? } else { words(said) })
}

fn confirm() -> Result<()> {
    eprint!("Bring the family back like this? Type yes: ");
    std::io::stderr().flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim().eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        Err(Error::Refused("nothing was changed".to_owned()))
    }
}

/// A folder, or a destination of the file: whoever holds the store may know another file, or none.
fn whence(from: &str, config: &Config) -> Result<Whence> {
    let path = PathBuf::from(from);
    if path.is_dir() {
        return Ok(Whence::Folder(std::fs::canonicalize(path)?));
    }
    if from.contains('/') {
        return Err(Error::Refused(format!("there is no folder {from}")));
    }
    let all = crate::cli::backup::destinations(config)?;
    all.named(from)?;
    let file = config.backups.as_deref().ok_or_else(unexpected)?;
    Ok(Whence::Named(Destinations::text(file)?, from.to_owned()))
}

fn read(descriptor: u32) -> Result<Zeroizing<String>> {
    let refused = |error: std::io::Error| Error::Refused(format!("descriptor {descriptor} can't be read: {error}"));
    let mut text = Zeroizing::new(String::new());
    let file = std::fs::File::open(format!("/dev/fd/{descriptor}")).map_err(refused)?;
    file.take(MOST).read_to_string(&mut text).map_err(refused)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn unexpected() -> Error {
    Error::broken("an answer that nobody expects: is the server of another version?")
}
