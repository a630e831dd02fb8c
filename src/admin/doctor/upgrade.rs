//! Whether the record is up to date with this version, and where it lies as it was before.

use jiff::tz::TimeZone;

use crate::{
    backup::{Destinations, before},
    config::Config,
    error::Result,
    store::{self, Store, aside},
};

use super::Check;

/// The check's name.
const NAME: &str = "upgrade";

/// How the last upgrade went.
pub fn upgrade(store: &Store, config: &Config) -> Check {
    looked(store, config).unwrap_or_else(|error| Check::fail(NAME, error.to_string()))
}

fn looked(store: &Store, config: &Config) -> Result<Check> {
    if let Some(due) = store.vault.due()? {
        return Ok(Check::warn(NAME, format!("the record is to be brought up to date, {due}"))
            .mend("start the server, or run `hec upgrade`: a copy comes first"));
    }
    let Some(last) = store.db.read(store::last_upgrade)? else {
        return Ok(Check::ok(NAME, "the record is as this version keeps it"));
    };
    let day = |at: crate::types::Timestamp| at.date_in(&TimeZone::UTC);
    let mut found = format!("brought up to date by HEC {} on {} (from HEC {})", last.by, day(last.at), last.before);
    if let Some(copy) = last.copy {
        found += &format!("; as it was before: {copy}");
    }
    let destinations = config.backups.as_deref().and_then(|file| Destinations::read(file).ok());
    for copy in aside::copies(store.vault.folder()) {
        let until = before::kept_until(store, destinations.as_ref(), &copy)?;
        found += &format!("; {} is kept until {}", copy.path.display(), day(until));
    }
    Ok(Check::ok(NAME, found))
}
