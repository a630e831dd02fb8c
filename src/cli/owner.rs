//! Verbs that root runs (`sudo hec …`) go on as the owner of the store's folder: what they write must be the server's to
//! read, and root has no business among files that another user may change.

use std::{
    env,
    fs::metadata,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, absolute},
    process::Command,
};

use rustix::{
    process::{Gid, Uid},
    thread::{self, CapabilitySet, CapabilitySets},
};

use crate::{config::usual_file, error::Result};

/// The folder of the package's service.
pub const SERVICE: &str = "/var/lib/hec";

/// What the owner may do beyond what is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Nothing.
    None,
    /// Reading whatever root may read: a disk of copies from another machine belongs to a user with another number.
    Read,
}

/// Begins this command anew as the folder's owner, where root runs it and the folder is another user's.
///
/// # Errors
/// `Internal` where it can't be begun anew.
pub fn take_on(data: &Path) -> Result<()> {
    take_on_with(data, Right::None)
}

/// The same, with a right beyond the owner's.
///
/// # Errors
/// As [`take_on`].
pub fn take_on_with(data: &Path, right: Right) -> Result<()> {
    let Ok(folder) = metadata(data) else { return Ok(()) };
    if !rustix::process::geteuid().is_root() || folder.uid() == 0 {
        return Ok(());
    }
    let mut same = Command::new(env::current_exe()?);
    // What root's settings say holds for the owner as well.
    same.env("HEC_DATA", absolute(data)?);
    if let Some(file) = usual_file().filter(|_| env::var_os("HEC_CONFIG").is_none()) {
        same.env("HEC_CONFIG", file);
    }
    same.args(env::args_os().skip(1));
    let reads = CapabilitySet::DAC_READ_SEARCH;
    if right == Right::Read && thread::capabilities(None).is_ok_and(|mine| mine.permitted.contains(reads)) {
        become_reader(Uid::from_raw(folder.uid()), Gid::from_raw(folder.gid())).map_err(std::io::Error::from)?;
        return Err(same.exec().into());
    }
    // With another user's id, the groups of root are given up as well.
    Err(same.uid(folder.uid()).gid(folder.gid()).exec().into())
}

/// Gives up root and its groups, but for the right to read (`capabilities(7)`), which goes on to what is begun next.
/// It counts for this thread, and there is no other one yet.
fn become_reader(user: Uid, group: Gid) -> rustix::io::Result<()> {
    let reads = CapabilitySet::DAC_READ_SEARCH;
    thread::set_keep_capabilities(true)?;
    thread::set_thread_groups(&[])?;
    thread::set_thread_res_gid(group, group, group)?;
    thread::set_thread_res_uid(user, user, user)?;
    // Where it can't be kept, what is the owner's can be read, and the rest says that it is closed.
    let kept = CapabilitySets { effective: reads, permitted: reads, inheritable: reads };
    if thread::set_capabilities(None, kept).is_ok() {
        thread::configure_capability_in_ambient_set(reads, true).unwrap_or_default();
    }
    Ok(())
}

/// Gives up what [`Right::Read`] left, before anybody in the network is asked. There is no other thread yet.
///
/// # Errors
/// `Internal` where it can't be.
pub fn give_up_reading() -> Result<()> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let none = CapabilitySet::empty();
    let given_up =
        thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none });
    given_up.map_err(|error| std::io::Error::from(error).into())
}
