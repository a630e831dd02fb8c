//! The disk, and who may read what lies on it.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use crate::{
    config::{Config, Tls},
    store::{self, Store},
    types::Timestamp,
};

use super::{Check, megabytes};

/// Below so much free space, in multiples of the store, things like a change of the key will not fit.
const ROOMY: u64 = 3;
/// So long a record that was replaced may lie there before anybody is told.
const LEFT: Duration = Duration::from_hours(30 * 24);
/// What is written, and removed at once.
const PROBE: &str = "hec.probe";

/// How much is free.
pub fn room(store: &Store) -> Check {
    let Some((free, reserve)) = store::space(store.vault.folder()) else {
        return Check::warn("disk", "this file system does not tell how much is free");
    };
    let bytes = store.vault.sealed().map_or(0, |sealed| sealed.bytes);
    let found = format!("{} free", megabytes(free));
    if free < reserve {
        Check::fail("disk", format!("{found}: nothing is written any more, reading goes on"))
            .mend(format!("make room, {} at least", megabytes(reserve)))
    } else if free < reserve + ROOMY * bytes {
        Check::warn("disk", format!("{found}: a change of the key may not fit")).mend("make room")
    } else {
        Check::ok("disk", found)
    }
}

/// Whether a record that another has replaced still lies there: what was deleted since is still in it.
pub fn left(store: &Store, now: Timestamp) -> Check {
    let old = |path: &PathBuf| {
        let moved = fs::metadata(path).and_then(|about| about.modified()).ok()?;
        let moved = Timestamp::from_millis(i64::try_from(moved.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?);
        (now.since(moved) > LEFT).then(|| path.display().to_string())
    };
    let old: Vec<String> = store::replaced(store.vault.folder()).iter().filter_map(old).collect();
    if old.is_empty() {
        return Check::ok("left", "no record lies here that was replaced long ago");
    }
    Check::warn("left", format!("{}: the record as it was before a restore, more than 30 days ago", old.join(", ")))
        .mend("remove it once all is well: what was deleted since is still in it")
}

/// Whether something can be written, and stays.
pub fn writing(store: &Store) -> Check {
    let folder = store.vault.folder();
    match try_writing(&folder.join(PROBE)) {
        Ok(()) => Check::ok("write", "a file can be written here, and removed again"),
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            Check::fail("write", format!("{} can only be read: nothing new is kept", folder.display())).mend(
                "look at the disk and its cable (`dmesg`): a failing disk is often made read-only; then mount it anew",
            )
        }
        // How much is free was looked at already.
        Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
            Check::fail("write", "there is no room for even a small file").mend("make room")
        }
        Err(error) => Check::fail("write", format!("nothing can be written in {}: {error}", folder.display()))
            .mend("look whether the folder belongs to the user that runs HEC, and at the disk"),
    }
}

fn try_writing(path: &Path) -> io::Result<()> {
    let written = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = written.and_then(|mut file| {
        file.write_all(b"hec")?;
        file.sync_all()
    });
    match fs::remove_file(path) {
        // Two may look at the same time: one of them removes it for both.
        Err(error) if error.kind() != io::ErrorKind::NotFound => written.and(Err(error)),
        _ => written,
    }
}

/// Who else may read the folder, the key file or the certificate's private key.
pub fn modes(store: &Store, config: &Config) -> Check {
    let inside = files(store.vault.folder()).into_iter().find(|(_, mode)| mode & 0o077 != 0);
    let beside = secrets(config).into_iter().find(|(_, mode)| mode & 0o027 != 0);
    let found = match (inside, beside) {
        (Some((path, mode)), _) => (path, mode, "go="),
        // A key may be given to a group on purpose, to read.
        (None, Some((path, mode))) => (path, mode, "g-w,o="),
        (None, None) => return Check::ok("modes", "nobody else on this machine can read the folder or a key"),
    };
    let (path, mode, change) = found;
    Check::fail("modes", format!("{path} can be reached by others (mode {:03o})", mode & 0o777))
        .mend(format!("chmod {change} '{path}'"))
}

/// Files of keys and passwords outside the folder, with the modes.
fn secrets(config: &Config) -> Vec<(String, u32)> {
    let private_key = match &config.tls {
        Tls::Files { private_key, .. } => Some(private_key),
        _ => None,
    };
    let key_files = config.key_files.iter().find(|path| path.exists());
    let password = config.mail.as_ref().and_then(|mail| mail.account.as_ref()).map(|account| &account.password_file);
    key_files.into_iter().chain(private_key).chain(password).filter_map(|path| mode(path)).collect()
}

/// The folder and what lies in it, with the modes. Inside a folder that others can't enter they reach nothing.
fn files(folder: &Path) -> Vec<(String, u32)> {
    let inside = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    [folder.to_owned()]
        .into_iter()
        .chain(inside)
        .filter_map(|path| Some((path.display().to_string(), fs::symlink_metadata(&path).ok()?.mode())))
        .collect()
}

/// Of what a path leads to: links, as certbot makes them, have no modes of their own.
fn mode(path: &Path) -> Option<(String, u32)> {
    Some((path.display().to_string(), fs::metadata(path).ok()?.mode()))
}
