//! `hec setup-link`: another single-use set-up link.

use clap::Args;

use crate::{config::Config, error::Result};

use super::{
    opening::Keys,
    verb::{self, Verb},
};

/// Print a new link that sets this HEC up. It works once, for thirty minutes; earlier links end
#[derive(Args)]
pub struct SetupLink {}

impl SetupLink {
    pub fn run(self, config: &Config) -> Result<()> {
        verb::run(config, &Keys::new(config), Verb::SetupLink).map(drop)
    }
}
