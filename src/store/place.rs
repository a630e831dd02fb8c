//! A store's folder: created in one piece, opened only by what may open it.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    str::FromStr,
};

use minicbor::{Decode, Encode};
use redb::Database;

use crate::{
    error::{Error, Result},
    row,
    types::{Clock, Timestamp},
};

use super::{
    Db,
    backend::{self, Medium},
    blobs::{Blobs, sync_folder},
    migrate::{Migration, migrate},
    table::Table,
};

/// The file of rows inside a store's folder.
const FILE: &str = "hec.redb";
/// What the store says of itself.
const ABOUT: Table<(String,), About> = Table::new("about");

/// What a store is for. Stamped at creation and never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Environment {
    /// A family's own record.
    #[n(0)]
    Production,
    /// A rehearsal.
    #[n(1)]
    Staging,
    /// Made-up families only.
    #[n(2)]
    Development,
}

impl Environment {
    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
        }
    }
}

impl FromStr for Environment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Production, Self::Staging, Self::Development]
            .into_iter()
            .find(|environment| environment.as_str() == text)
            .ok_or_else(|| "must be production, staging or development".to_owned())
    }
}

/// The store's own row.
#[derive(Debug, Clone, Encode, Decode)]
pub(super) struct About {
    #[n(0)]
    environment: Environment,
    #[n(1)]
    pub(super) schema: u32,
    /// The version of HEC that last changed the schema: an older binary names it when it refuses.
    #[n(2)]
    pub(super) written_by: String,
    #[n(3)]
    created_at: Timestamp,
}
row!(About, version 1);

pub(super) fn about(tx: &super::Read) -> Result<About> {
    tx.get(&ABOUT, &key())?
        .ok_or_else(|| Error::Refused("this is not a store of HEC, or its making was cut off".into()))
}

pub(super) fn set_about(tx: &mut super::Write, about: &About) {
    tx.put(&ABOUT, &key(), about);
}

fn key() -> (String,) {
    ("store".to_owned(),)
}

/// An open store: its rows and its blobs.
#[derive(Clone)]
pub struct Store {
    /// The rows.
    pub db: Db,
    /// The files.
    pub blobs: Blobs,
}

/// Whether there is a store in a folder.
pub fn exists(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// Makes a store in a folder, which must not hold one, and opens it. A crash while it is made leaves none.
///
/// # Errors
/// `Refused` where there is one already, and outside development: until the store is sealed, only made-up families
/// may be written to the disk.
pub fn create(folder: &Path, environment: Environment, clock: Clock, migrations: &[Migration]) -> Result<Store> {
    if environment != Environment::Development {
        return Err(Error::Refused(format!(
            "this version cannot make a {} store yet, because records would lie unencrypted on the disk; \
             try `hec demo`, or set the environment to development (for made-up families only)",
            environment.as_str()
        )));
    }
    // Nobody else on the machine has business in there.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Of two processes that make a store here, the second waits and then finds it made.
    let making = fs::File::open(folder)?;
    making.lock()?;
    if exists(folder) {
        return Err(Error::Refused(format!("there is a store in {} already", folder.display())));
    }
    let temporary = folder.join("hec.redb.new");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let db = Db::start(backend::create(&temporary)?, Medium::new(file(folder)), clock)?;
    db.write_blocking(move |tx| {
        let about = About { environment, schema: 0, written_by: String::new(), created_at: tx.now() };
        set_about(tx, &about);
        Ok(())
    })?;
    migrate(&db, migrations)?;
    fs::rename(&temporary, file(folder))?;
    sync_folder(folder)?;
    drop(making);
    Ok(Store { db, blobs: Blobs::open(folder.join("blobs"))? })
}

/// Opens the store in a folder and brings its rows up to date.
///
/// # Errors
/// `Refused` where there is none, where it belongs to another environment, where it is newer than this binary, or
/// where another process has it open.
pub fn open(folder: &Path, environment: Environment, clock: Clock, migrations: &[Migration]) -> Result<Store> {
    if !exists(folder) {
        return Err(Error::Refused(format!("there is no store in {}", folder.display())));
    }
    let redb: Database = backend::open(&file(folder))?;
    let db = Db::start(redb, Medium::new(file(folder)), clock)?;
    let found = db.read(about)?.environment;
    if found != environment {
        return Err(Error::Refused(format!(
            "the store in {} is for {}, and this is {}",
            folder.display(),
            found.as_str(),
            environment.as_str()
        )));
    }
    migrate(&db, migrations)?;
    Ok(Store { db, blobs: Blobs::open(folder.join("blobs"))? })
}

fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}
