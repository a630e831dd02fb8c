//! Key files: 256 random bits in a file that only its owner may read.

use std::{
    fmt,
    fs::{DirBuilder, File},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    store::{place::sync_folder, sealed::random},
};

use super::{Fingerprint, derive};

/// What stands before the key on its line.
const WORD: &str = "hec-key-1";
/// Longer files are no key files.
const MAX: u64 = 4096;
const ABOUT: &str = "\
# The key file of a HEC record. Whoever has this file and the record can read it, and without a key nobody can.
# Keep a copy where the record is not. The first number is the key's fingerprint, the second is the key.
";

/// A key file's key. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct KeyFile {
    key: Zeroizing<[u8; 32]>,
    /// Where it was read from.
    path: PathBuf,
}

impl KeyFile {
    /// Reads a key file.
    ///
    /// # Errors
    /// `Refused`, with what is wrong: missing, readable by others, not a key file, damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let refused = |why: &dyn fmt::Display| Error::Refused(format!("the key file {} {why}", path.display()));
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => refused(&"is not there"),
            _ => refused(&format_args!("can't be read: {error}")),
        })?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(refused(&"is not a file"));
        }
        // systemd hands credentials out in a folder that only the service can enter, under modes of its own.
        if about.mode() & 0o077 != 0 && !is_credential(path) {
            let mode = about.mode() & 0o777;
            return Err(refused(&format_args!(
                "can be read by others (mode {mode:03o}): chmod 600 {}",
                path.display()
            )));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX).read_to_string(&mut text).map_err(|_| refused(&"is not a key file of HEC"))?;
        Self::parse(path, &text)
    }

    /// Takes the text of a key file that somebody else has read.
    ///
    /// # Errors
    /// `Refused`, with what is wrong.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let key = parse(text).map_err(|why| Error::Refused(format!("the key file {} {why}", path.display())))?;
        Ok(Self { key, path: path.to_owned() })
    }

    /// Makes a new key file, which must not exist yet, durably.
    ///
    /// # Errors
    /// Where there is a file already, or none can be made.
    pub fn create(path: &Path) -> Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        random(key.as_mut_slice())?;
        let made = Self { key, path: path.to_owned() };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let text = made.text();
        // Under another name first: half a key file would be refused for ever after.
        let refused =
            |error: io::Error| Error::Refused(format!("cannot make the key file {}: {error}", path.display()));
        let mut file = NamedTempFile::new_in(folder).map_err(refused)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(refused)?;
        file.persist_noclobber(path).map_err(|kept| refused(kept.error))?;
        sync_folder(folder)?;
        Ok(made)
    }

    /// Reads the key file if there is one, and makes it otherwise.
    ///
    /// # Errors
    /// As [`KeyFile::read`] and [`KeyFile::create`].
    pub fn read_or_create(path: &Path) -> Result<Self> {
        if path.try_exists()? {
            return Self::read(path);
        }
        // Where another process was faster, its key file is as good.
        Self::create(path).or_else(|error| if path.exists() { Self::read(path) } else { Err(error) })
    }

    /// The public name of the key.
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.key)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in the file.
    pub fn text(&self) -> Zeroizing<String> {
        let hex = Zeroizing::new(HEXLOWER.encode(self.key.as_slice()));
        Zeroizing::new(format!("{ABOUT}{WORD} {} {}\n", self.fingerprint(), *hex))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.key.as_slice()
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({}, {})", self.path.display(), self.fingerprint())
    }
}

fn fingerprint(key: &[u8; 32]) -> Fingerprint {
    let mut short = [0; 8];
    short.copy_from_slice(&derive(&[], key, "key file id")[..8]);
    Fingerprint(short)
}

fn parse(text: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (Some(line), None) = (lines.next(), lines.next()) else { return Err("is not a key file of HEC") };
    let mut words = line.split_whitespace();
    let (Some(WORD), Some(name), Some(hex), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err("is not a key file of HEC");
    };
    let mut key = Zeroizing::new([0; 32]);
    let decoded = Zeroizing::new(HEXLOWER.decode(hex.as_bytes()).map_err(|_| "is damaged")?);
    if decoded.len() != key.len() {
        return Err("is damaged");
    }
    key.copy_from_slice(&decoded);
    if fingerprint(&key).to_string() != name { Err("is damaged") } else { Ok(key) }
}

/// Whether a path lies in the folder in which systemd hands a service its credentials.
fn is_credential(path: &Path) -> bool {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    folder.is_some_and(|folder| folder.is_absolute() && path.starts_with(folder))
}
