//! Which settings a server started with that are not those of its last start: whoever may write the file of settings
//! acts as an operator. Names are told; values are kept as hashes, only to be compared.

use sha2::{Digest, Sha256};

use crate::{
    accounts::log::{About, Act, Operator, operated},
    app::App,
    config::{Values, keys::KEYS},
    error::Result,
    store::Write,
};

use super::store::{self, Said};

/// What is said anew at each start, and says nothing of how the instance is run.
const PASSED_OVER: [&str; 3] = ["config", "data", "passphrase_fd"];

/// Has the log of the instance tell what is other than at the last start.
///
/// # Errors
/// `Internal` only.
pub fn look(app: &App) -> Result<()> {
    let now = hashes(&app.config.values)?;
    if app.db.read(store::settings)?.as_ref() == Some(&now) {
        return Ok(());
    }
    app.db.write_blocking(move |tx| note(tx, now))
}

/// Keeps the settings of this start. The first start has none to compare them with.
///
/// # Errors
/// `Internal` only.
pub fn note(tx: &mut Write, now: Said) -> Result<()> {
    if let Some(before) = store::settings(tx)? {
        let other = KEYS.iter().map(|key| key.name).filter(|name| {
            let of = |all: &[(String, [u8; 32])]| all.iter().find(|(known, _)| known == name).map(|(_, hash)| *hash);
            of(&before) != of(&now)
        });
        let other: Vec<&str> = other.collect();
        if !other.is_empty() {
            operated(tx, Act::SettingsChanged, Operator::CommandLine, About::Words(&other.join(", ")))?;
        }
    }
    store::put_settings(tx, now);
    Ok(())
}

/// What was said, name by name.
///
/// # Errors
/// `Refused` only where a value could not have been read before.
pub fn hashes(values: &Values) -> Result<Said> {
    let said = KEYS.iter().filter(|key| values.says(key.name) && !PASSED_OVER.contains(&key.name));
    said.map(|key| {
        let all: Vec<String> = values.all(key.name)?;
        Ok((key.name.to_owned(), Sha256::digest(all.join("\n")).into()))
    })
    .collect()
}
