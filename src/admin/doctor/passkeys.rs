//! Passkeys belong to a name: whether this instance still has the one that they were made for.

use crate::{
    accounts::{browser::site, passkey},
    config::Config,
    store::Store,
};

use super::Check;

/// Whether passkeys were left behind by another name.
pub fn passkeys(store: &Store, config: &Config) -> Check {
    let name = site::name(config);
    let (here, elsewhere) = match store.db.read(|tx| passkey::count(tx, name.as_deref())) {
        Ok(counted) => counted,
        Err(error) => return Check::fail("passkeys", error.to_string()),
    };
    let of = name.map_or_else(|| "there is no name for passkeys".to_owned(), |name| format!("for {name}: {here}"));
    match elsewhere {
        0 => Check::ok("passkeys", of),
        _ => Check::warn("passkeys", format!("{of}; made for other names, and of no use: {elsewhere}")).mend(
            "put the earlier name first in `names`, or have people sign in with password and recovery code, and add new \
             ones",
        ),
    }
}
