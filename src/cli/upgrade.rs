//! `hec upgrade`: the record brought up to date without serving it.

use clap::Args;

use crate::{
    config::Config,
    error::Result,
    store::{self, aside},
};

use super::{
    opening::{self, Keys},
    say,
};

/// Bring the record up to date now, as the next start would, after a copy of it
///
/// A version of HEC that keeps rows in another way changes them when it first opens the record. Before that it makes a
/// backup and reads it back; where there is no destination, or none takes it, a copy beside the record. Stop the server
/// first.
#[derive(Args)]
pub struct Upgrade {
    /// Make no copy: there is one already, or there is no room
    #[arg(long)]
    without_copy: bool,
}

impl Upgrade {
    pub fn run(self, config: &Config) -> Result<()> {
        let keys = Keys::new(config);
        let options = if self.without_copy {
            opening::options_with(config, store::Upgrade::AtOnce)
        } else {
            opening::options(config)
        };
        let began = options.clock.now();
        let opened = keys.open_with(options)?;
        let told = opened.db.read(|tx| Ok((store::about(tx)?, store::last_upgrade(tx)?)));
        opened.db.close();
        let (about, last) = told?;
        match last.filter(|last| last.at >= began) {
            Some(last) => {
                let copy = last.copy.map_or("no copy was made".to_owned(), |copy| format!("as it was before: {copy}"));
                say(&format!("The record was brought up to date, from schema {} to {}; {copy}.", last.from, last.to))?;
            }
            None => say(&format!("The record is up to date: schema {}, HEC {}.", about.schema, about.written_by))?,
        }
        for copy in aside::copies(&config.data) {
            say(&format!("A copy from {} lies in {}; HEC {} opens it.", copy.made, copy.path.display(), copy.version))?;
        }
        Ok(())
    }
}
