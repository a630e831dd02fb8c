//! `hec support`: a file for somebody who helps.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf};

use clap::Args;

use crate::{
    config::Config,
    error::{Error, Result},
};

use super::{
    opening::Keys,
    say,
    verb::{self, Verb},
};

/// Print what somebody who helps needs to know: checks and settings, without names, emails and addresses of this
/// instance, and without anything of the record
#[derive(Args)]
pub struct Support {
    /// Write it to a new file instead
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Support {
    pub fn run(self, config: &Config) -> Result<()> {
        let (bundle, _) = verb::ask(config, &Keys::new(config), Verb::Support)?;
        let Some(out) = &self.out else { return say(&bundle) };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(out)
            .map_err(|why| Error::Refused(format!("{}: {why} (choose another with --out)", out.display())))?;
        writeln!(file, "{bundle}")?;
        say(&format!("Read it before you pass it on: {}", out.display()))
    }
}
