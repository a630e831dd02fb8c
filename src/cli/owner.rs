//! Verbs that root runs (`sudo hec …`) go on as the owner of the store's folder: what they write must be the server's to
//! read, and root has no business among files that another user may change.

use std::{
    env,
    fs::metadata,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, absolute},
    process::Command,
};

use crate::{config::usual_file, error::Result};

/// The folder of the package's service.
pub const SERVICE: &str = "/var/lib/hec";

/// Begins this command anew as the folder's owner, where root runs it and the folder is another user's.
///
/// # Errors
/// `Internal` where it can't be begun anew.
pub fn take_on(data: &Path) -> Result<()> {
    let Ok(folder) = metadata(data) else { return Ok(()) };
    if !rustix::process::geteuid().is_root() || folder.uid() == 0 {
        return Ok(());
    }
    let mut same = Command::new(env::current_exe()?);
    // With another user's id, the groups of root are given up as well.
    // What root's settings say holds for the owner as well.
    same.env("HEC_DATA", absolute(data)?);
    if let Some(file) = usual_file().filter(|_| env::var_os("HEC_CONFIG").is_none()) {
        same.env("HEC_CONFIG", file);
    }
    Err(same.args(env::args_os().skip(1)).uid(folder.uid()).gid(folder.gid()).exec().into())
}
