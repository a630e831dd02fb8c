//! Whether somebody has tried the recovery code of late.

use jiff::tz::TimeZone;

use crate::{
    admin::drill,
    error::Result,
    store::{Store, slots::Kind},
};

use super::Check;

/// The check's name.
const NAME: &str = "recovery";

/// When the recovery code was last tried.
pub fn recovery(store: &Store) -> Check {
    looked(store).unwrap_or_else(|error| Check::fail(NAME, error.to_string()))
}

fn looked(store: &Store) -> Result<Check> {
    let (last, due) = store.db.read(|tx| Ok((drill::last(tx)?, drill::is_due(tx)?)))?;
    if !store.vault.slots()?.iter().any(|slot| slot.kind == Kind::Recovery) {
        let found = "there is no recovery code to try";
        return Ok(if due {
            Check::warn(NAME, found).mend("make one at /setup/keys/new, or run: hec key add --recovery")
        } else {
            Check::ok(NAME, found)
        });
    }
    let found = match last {
        Some(last) => format!("the recovery code was last tried on {}", last.date_in(&TimeZone::UTC)),
        None => "nobody has tried the recovery code from the paper yet".to_owned(),
    };
    let check = if due { Check::warn } else { Check::ok };
    let check = check(NAME, found);
    Ok(if due { check.mend("type it at /admin/recovery, or run: hec key check --recovery") } else { check })
}
