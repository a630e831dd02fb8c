//! `hec init`: keys and store without serving.

use std::io::{Write, stdin, stdout};

use clap::Args;

use crate::{
    admin::drill,
    config::{Config, Settings, Unlock},
    error::{Error, Result},
    store::{self, Store, slots::RecoveryCode},
};

use super::{
    address, first,
    opening::{Keys, is_attended},
    say,
};

/// Make the keys, the store and a file of settings, and print the recovery code
#[derive(Args)]
pub struct Init {
    /// Ask nothing and write no settings: what was not said takes its default
    #[arg(long)]
    yes: bool,
}

impl Init {
    pub fn run(self, settings: &Settings) -> Result<()> {
        let mut config = first(settings, !self.yes && is_attended())?;
        store::refuse_existing(&config.data)?;
        if self.yes {
            let (unlock, keys) = (config.unlock.unwrap_or(Unlock::File), Keys::new(&config));
            if unlock == Unlock::Passphrase {
                keys.new_passphrase()?;
            }
            let code = RecoveryCode::random()?;
            // On paper first: should the making be cut off, nobody misses a code.
            show(&code)?;
            keys.create(unlock, Some(&code))?.db.close();
            return made(&config, unlock);
        }
        if !is_attended() {
            return Err(Error::Refused(
                "nobody is there to answer: run this on a terminal, or say --yes (and write the recovery code down)"
                    .to_owned(),
            ));
        }
        guide(&mut config)?.db.close();
        say(&address::start(settings))
    }
}

/// Makes a store with somebody at the terminal: asks which way to unlock it and how it is reached, and makes it once
/// the recovery code was typed back. Where nothing was said of the address before, a file of settings is written, and
/// the configuration follows it.
pub fn guide(config: &mut Config) -> Result<Store> {
    let unlock = match config.unlock {
        Some(unlock) => unlock,
        None => choose()?,
    };
    let keys = Keys::new(config);
    if unlock == Unlock::Passphrase {
        keys.new_passphrase()?;
    }
    let answers = address::ask(config)?;
    let code = RecoveryCode::random()?;
    show(&code)?;
    ask_back(&code)?;
    let store = keys.create(unlock, Some(&code))?;
    store.db.write_blocking(|tx| {
        drill::note(tx);
        Ok(())
    })?;
    made(config, unlock)?;
    if let Some(answers) = answers {
        answers.keep(config)?;
    }
    Ok(store)
}

fn choose() -> Result<Unlock> {
    say("\
The record is encrypted. What should open it when this machine starts?

  1  A key file on this machine. It starts by itself, after a power cut too.
     Protects: a backup, a copy or a disk that somebody finds without the key file.
     Does not protect: against a thief who takes the whole machine.

  2  A passphrase that you type on a web page after each start.
     Protects: against a thief of the machine as well.
     Costs: after a power cut nobody can write until somebody has typed it.

You can change this later with `hec key`.
")?;
    loop {
        match line("1 or 2: ")?.trim() {
            "1" => return Ok(Unlock::File),
            "2" => return Ok(Unlock::Passphrase),
            _ => {}
        }
    }
}

fn made(config: &Config, unlock: Unlock) -> Result<()> {
    say(&format!("The store is in {}", config.data.display()))?;
    if unlock == Unlock::File
        && let Some(path) = config.key_files.iter().find(|path| path.exists())
    {
        say(&format!("Its key file is {}: keep a copy of it where the record is not.", path.display()))?;
    }
    Ok(())
}

/// Prints a code, the only time that it is shown.
pub fn show(code: &RecoveryCode) -> Result<()> {
    say(&format!(
        "
The recovery code, shown this once. Write it on paper and keep it away from this machine:

    {}

Whoever has it and the store, or a backup, can read the record. If every other key is lost, it is the only way in.
`hec sheet` prints what belongs beside it: where backups lie, and what to do.
",
        *code.expose()
    ))
}

/// Goes on only once the code was typed from the paper.
pub fn ask_back(code: &RecoveryCode) -> Result<()> {
    loop {
        let typed = zeroize::Zeroizing::new(line("Type it from the paper, in capitals or not: ")?);
        match RecoveryCode::parse(&typed) {
            Ok(typed) if typed == *code => return Ok(()),
            Ok(_) => say("That is another code than the one above.")?,
            Err(slip) => say(&format!("Not yet: {slip}."))?,
        }
    }
}

/// Asks for a line. The end of the input is no answer.
pub fn line(prompt: &str) -> Result<String> {
    print!("{prompt}");
    stdout().flush()?;
    let mut line = String::new();
    if stdin().read_line(&mut line)? == 0 {
        return Err(Error::Refused("no answer".to_owned()));
    }
    Ok(line)
}
