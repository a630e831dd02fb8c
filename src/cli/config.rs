//! `hec config explain`: every setting, what holds, and why.

use clap::Subcommand;

use crate::{
    config::{Settings, explain::Explained},
    error::Result,
};

use super::say;

/// The settings
#[derive(Subcommand)]
pub enum Verb {
    /// Print every setting with its value, where it comes from and what it means
    Explain {
        /// As one line of JSON
        #[arg(long)]
        json: bool,
    },
}

impl Verb {
    pub fn run(self, settings: &Settings) -> Result<()> {
        let Self::Explain { json } = self;
        let explained = Explained::of(settings)?;
        say(&if json { explained.json().to_string() } else { explained.text() })
    }
}
