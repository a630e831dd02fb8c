//! `hec doctor`: what is well and what is not.

use std::{io::Read, path::PathBuf};

use clap::Args;
use data_encoding::HEXLOWER;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    admin::doctor::{self, Examination},
    config::Settings,
    error::{Error, Result},
    store::{self, sealed::DataKey},
};

use super::{
    opening::Keys,
    say,
    verb::{self, Verb},
};

/// Look at the store, its keys, its disk, and say what to do. Exit code 1 where something failed
#[derive(Args)]
pub struct Doctor {
    /// Read and authenticate every block and every picture
    #[arg(long)]
    deep: bool,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
    /// Examine a copy of a store whose key comes on standard input
    #[arg(long, hide = true, value_name = "FILE")]
    examine_copy: Option<PathBuf>,
}

impl Doctor {
    pub fn run(self, settings: &Settings) -> Result<bool> {
        if let Some(copy) = self.examine_copy {
            let whole = store::examine_copy(&copy, &key()?)?;
            say(if whole { doctor::WHOLE } else { doctor::DAMAGED })?;
            return Ok(whole);
        }
        let config = super::owned(settings)?;
        let asked = Verb::Doctor { deep: self.deep, json: self.json };
        match verb::run(&config, &Keys::new(&config), asked) {
            Err(why @ Error::Refused(_)) => {
                let found = Examination::unopened(&why);
                say(&words(&found, self.json))?;
                Err(why)
            }
            other => other,
        }
    }
}

/// What was found, as lines or as one line of JSON.
pub fn words(found: &Examination, as_json: bool) -> String {
    if !as_json {
        return found.to_string();
    }
    let checks = found.checks.iter().map(
        |check| json!({ "name": check.name, "state": check.state.as_str(), "found": check.found, "mend": check.mend }),
    );
    json!({ "well": found.is_well(), "checks": checks.collect::<Vec<_>>() }).to_string()
}

fn key() -> Result<DataKey> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().take(64).read_to_string(&mut text)?;
    let bytes = Zeroizing::new(HEXLOWER.decode(text.as_bytes()).map_err(Error::internal)?);
    let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(Error::internal)?;
    Ok(DataKey::from_bytes(bytes))
}
