//! `hec setup-link`: another single-use set-up link.

use std::net::SocketAddr;

use clap::Args;

use crate::{
    accounts::setup,
    config::Config,
    error::{Error, Result},
    store::{self, Db},
    types::{Clock, Secret},
    wiring,
};

use super::control::{self, Verb};

/// Print a new link that sets this HEC up. It works once, for thirty minutes; earlier links end
#[derive(Args)]
pub struct SetupLink {}

impl SetupLink {
    pub fn run(self, config: &Config) -> Result<()> {
        let words = match control::ask(&config.data, &Verb::SetupLink)? {
            Some(words) => words,
            None => {
                let store = store::open(&config.data, config.environment, Clock::System, wiring::MIGRATIONS)?;
                control::perform(&store.db, config.listen, &Verb::SetupLink)?
            }
        };
        println!("{words}");
        Ok(())
    }
}

/// Makes a link, in words. They are printed and never logged.
pub fn make(db: &Db, address: SocketAddr) -> Result<String> {
    let secret = Secret::random().map_err(Error::internal)?;
    let hash = secret.hash();
    db.write_blocking(move |tx| setup::make(tx, hash))?;
    Ok(format!(
        "Set it up here, within thirty minutes (the link works once):\n  http://{address}/setup?token={}",
        secret.expose()
    ))
}
