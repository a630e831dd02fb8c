//! `hec man`: the manual pages.

use std::{fs, io::Write, path::PathBuf};

use clap::{Args, CommandFactory};

use crate::error::Result;

/// Print the manual page, or write the pages of all verbs into a folder
#[derive(Args)]
pub struct Man {
    /// Write `hec.1`, `hec-serve.1` and so on into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub fn run(self) -> Result<()> {
        let command = super::Cli::command();
        match self.out {
            Some(folder) => {
                // Everybody may read the manual.
                fs::create_dir_all(&folder)?; // nosemgrep: files-have-a-mode
                Ok(clap_mangen::generate_to(command, folder)?)
            }
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(command).render(&mut page)?;
                Ok(std::io::stdout().write_all(&page)?)
            }
        }
    }
}
