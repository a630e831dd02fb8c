//! `hec portfolio rename`: changes the nickname in a downloaded portfolio, offline.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use clap::{Args, Subcommand};

use crate::{
    error::{Error, Result},
    portfolio::rename::{Options, rename},
};

/// Work on a downloaded portfolio
#[derive(Subcommand)]
pub enum Portfolio {
    Rename(Rename),
}

/// Change the nickname everywhere in a portfolio file. Nothing is sent anywhere; the file itself stays as it is
#[derive(Args)]
pub struct Rename {
    /// The downloaded file (HTML)
    file: PathBuf,
    /// The name to show instead
    #[arg(long, value_name = "NAME")]
    to: String,
    /// Where to write the copy; beside the file, under its changed name, where it is left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A name that stands in the file, where it is not the file's own nickname
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
    /// Leave the name alone where it is written in small letters (it may be a plant or a bird)
    #[arg(long)]
    keep_lowercase: bool,
}

impl Portfolio {
    pub fn run(self) -> Result<()> {
        let Self::Rename(rename) = self;
        rename.run()
    }
}

impl Rename {
    fn run(self) -> Result<()> {
        let named = |why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", self.file.display()));
        let html = fs::read_to_string(&self.file).map_err(|why| named(&why))?;
        let options = Options { keep_lowercase: self.keep_lowercase, from: self.from.as_deref() };
        let renamed = rename(&html, &self.to, options).map_err(|why| named(&why))?;
        let out = self.out.clone().unwrap_or_else(|| self.file.with_file_name(&renamed.file_name));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&out)
            .map_err(|why| Error::Refused(format!("{}: {why} (choose another with --out)", out.display())))?;
        file.write_all(renamed.html.as_bytes())?;
        println!("{} places changed: {}", renamed.changed, out.display());
        if !renamed.leftovers.is_empty() {
            println!("The old name still stands inside other words: {}", renamed.leftovers.join(", "));
        }
        Ok(())
    }
}
