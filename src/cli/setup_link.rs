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

/// Print a new link that sets this HEC up. It works once, for thirty minutes; earlier links end
#[derive(Args)]
pub struct SetupLink {}

impl SetupLink {
    pub fn run(self, config: &Config) -> Result<()> {
        let store = store::open(&config.data, config.environment, Clock::System, wiring::MIGRATIONS)?;
        print(&store.db, config.listen)
    }
}

/// Makes a link and prints it.
pub fn print(db: &Db, address: SocketAddr) -> Result<()> {
    let secret = Secret::random().map_err(Error::internal)?;
    let hash = secret.hash();
    db.write_blocking(move |tx| setup::make(tx, hash))?;
    println!("Set it up here, within thirty minutes (the link works once):");
    println!("  http://{address}/setup?token={}", secret.expose());
    Ok(())
}
