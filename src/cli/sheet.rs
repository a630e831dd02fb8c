//! `hec sheet`: the sheet for the drawer, as text.

use clap::Args;
use jiff::tz::TimeZone;

use crate::{
    admin::{instance, sheet},
    config::Config,
    error::Result,
    store::Store,
};

use super::{
    opening::Keys,
    verb::{self, Verb},
};

/// Print the sheet for the drawer: where the record and its backups lie, and what to do when everything else is lost
///
/// The recovery code is not on it, since it is kept nowhere: write it in by hand. /admin/sheet prints the same.
#[derive(Args)]
pub struct Sheet {}

impl Sheet {
    pub fn run(self, config: &Config) -> Result<()> {
        verb::run(config, &Keys::new(config), Verb::Sheet).map(drop)
    }
}

/// Its lines.
pub fn words(store: &Store, config: &Config, url: &str) -> Result<String> {
    let name = store.db.read(instance::get)?.name;
    let today = store.db.clock().now().date_in(&TimeZone::system());
    Ok(sheet::of(config, url, name.as_deref(), today).lines())
}
