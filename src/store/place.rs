//! A store's folder: made in one piece, opened only by what may open it, by one process at a time.
//!
//! | name | what it is |
//! |---|---|
//! | `hec.store` | the rows, sealed; see `sealed` |
//! | `hec.keys`, `hec.keys.copy` | the key slots; see `slots` |
//! | `hec.key` | the key file, in development stores only |
//! | `blobs/` | pictures, sealed; see `blobs` |
//! | `hec.store.new`, `.next`, `.check` | a store that is being made, written anew, checked: left by a crash at most |
//! | `incoming/` | a backup that a family is taken out of: left by a crash at most |
//! | `restoring/`, `restored/` | another store that is put in this one's place; see `restoring.rs` |
//! | `before-restore-N/` | the store that was here before |
//! | `before-upgrade-N/` | the store as it was before migrations; see `aside.rs` |
//! | `hec.sock` | the socket of the running server |

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use minicbor::{Decode, Encode};

use crate::{
    error::{Error, Result},
    row,
    types::{Clock, Timestamp},
};

use super::{
    Db, aside,
    backend::{self, CACHE, Medium, create_over, in_use, open_locked, refusal},
    blobs::Blobs,
    migrate::{self, Migration, Upgrade},
    restoring, rewrite,
    sealed::{DataKey, Fault, KeyId, keys_of},
    slots::{Cost, KeyFile, Opener, Slot, Slots},
    table::Table,
    vault::Vault,
};

pub(super) use super::blobs::sync_folder;

/// The file of rows.
pub(super) const FILE: &str = "hec.store";
/// The same while it is being made.
const MAKING: &str = "hec.store.new";
/// The same while it is written anew.
pub(super) const NEXT: &str = "hec.store.next";
/// A copy that is being checked.
pub(super) const CHECK: &str = "hec.store.check";
/// A backup that is put together to take something out of it.
const INCOMING: &str = "incoming";
/// The key file of a development store.
const DEVELOPMENT_KEY: &str = "hec.key";
/// What the store says of itself.
const ABOUT: Table<(String,), About> = Table::new("about");
/// How long an opening waits for another process to end: a service that restarts overlaps with itself for a moment.
const PATIENCE: Duration = Duration::from_secs(2);

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
pub struct About {
    /// What the store is for.
    #[n(0)]
    pub environment: Environment,
    /// How many migrations it has seen.
    #[n(1)]
    pub schema: u32,
    /// The version of HEC that last changed the schema: an older binary names it when it refuses.
    #[n(2)]
    pub written_by: String,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
}
row!(About, version 1);

/// What the store says of itself.
///
/// # Errors
/// `Refused` where it says nothing.
pub fn about(tx: &super::Read) -> Result<About> {
    tx.get(&ABOUT, &key())?
        .ok_or_else(|| Error::Refused("this is not a store of HEC, or its making was cut off".into()))
}

pub(super) fn set_about(tx: &mut super::Write, about: &About) {
    tx.put(&ABOUT, &key(), about);
}

fn key() -> (String,) {
    ("store".to_owned(),)
}

/// An open store: its rows, its blobs, and what its keeper does with both.
#[derive(Clone)]
pub struct Store {
    /// The rows.
    pub db: Db,
    /// The files.
    pub blobs: Blobs,
    /// Keys, checks, copies, compaction.
    pub vault: Vault,
}

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// What the store must be for.
    pub environment: Environment,
    /// Where moments come from.
    pub clock: Clock,
    /// Every migration, in order.
    pub migrations: &'static [Migration],
    /// Memory for pages, in bytes.
    pub cache: usize,
    /// What comes before migrations that are due.
    pub upgrade: Upgrade,
}

impl Options {
    /// The defaults for an environment: 32 MiB of cache, and migrations at once.
    pub fn new(environment: Environment, clock: Clock, migrations: &'static [Migration]) -> Self {
        Self { environment, clock, migrations, cache: CACHE, upgrade: Upgrade::AtOnce }
    }
}

/// Whether there is a store in a folder.
pub fn exists(folder: &Path) -> bool {
    folder.join(FILE).exists() || restoring::is_pending(folder)
}

/// The key file that a development store keeps in its own folder: its records are made up, and it should open without
/// more ado.
pub fn development_key(folder: &Path) -> PathBuf {
    folder.join(DEVELOPMENT_KEY)
}

/// Makes a store in a folder, which must not hold one, and opens it. A crash while it is made leaves none, and the next
/// one starts over.
///
/// # Errors
/// `Refused` where there is a store already, or the key slots of one: a key is never made beside them.
pub fn create(folder: &Path, openers: &[Opener], cost: Cost, options: Options) -> Result<Store> {
    refuse_existing(folder)?;
    make(folder)?;
    let lock = Arc::new(lock(folder)?);
    // Again, now that nobody else can make one.
    refuse_existing(folder)?;
    let temporary = folder.join(MAKING);
    let key = DataKey::random()?;
    // What is left of a making that was cut off is written over, never removed: beside it the slots are of no store.
    let disk = create_over(&temporary).map_err(|error| refusal(&temporary, error))?;
    let medium = Medium::on_disk(folder.join(FILE), key.clone(), options.cache, lock);
    let redb = medium.create(Arc::new(disk))?;
    let mut slots = Slots::new(&key, openers, cost, options.clock.now())?;
    if !slots.save(folder)? {
        return Err(Error::broken("the key slots could not be made durable"));
    }
    let blobs = Blobs::open(folder.join("blobs"))?;
    let db = Db::start(redb, medium, options.clock)?;
    let environment = options.environment;
    db.write_blocking(move |tx| {
        let about = About { environment, schema: 0, written_by: String::new(), created_at: tx.now() };
        set_about(tx, &about);
        Ok(())
    })?;
    migrate::begin(&db, options.migrations)?;
    fs::rename(&temporary, folder.join(FILE))?;
    sync_folder(folder)?;
    let vault = Vault::new(folder, slots, db.clone(), migrate::count(options.migrations));
    Ok(Store { blobs, vault, db })
}

/// Whether a folder is free for a new store.
///
/// # Errors
/// `Refused` where there is one already, or the key slots of one.
pub fn refuse_existing(folder: &Path) -> Result<()> {
    if exists(folder) {
        return Err(Error::Refused(format!("there is a store in {} already", folder.display())));
    }
    // Slots beside a half-made store are of that one, which never held anything.
    if Slots::exist(folder) && !is_half_made(folder) {
        return Err(Error::Refused(format!(
            "there are key slots in {} but no store: put the store back from a backup, \
             or move the slots away if you are sure that nothing needs them",
            folder.display()
        )));
    }
    Ok(())
}

/// Whether the making of a store was cut off in a folder.
pub fn is_half_made(folder: &Path) -> bool {
    folder.join(MAKING).exists()
}

/// Makes a development store, whose key file lies in its own folder.
///
/// # Errors
/// As [`create`].
pub fn create_development(folder: &Path, clock: Clock, migrations: &'static [Migration]) -> Result<Store> {
    refuse_existing(folder)?;
    make(folder)?;
    let key = KeyFile::read_or_create(&development_key(folder))?;
    let options = Options::new(Environment::Development, clock, migrations);
    create(folder, &[Opener::KeyFile(key)], Cost::FLOOR, options)
}

/// Opens a development store with the key file in its own folder.
///
/// # Errors
/// As [`Locked::find`] and [`Locked::open`].
pub fn open_development(folder: &Path, clock: Clock, migrations: &'static [Migration]) -> Result<Store> {
    let locked = Locked::find(folder)?;
    let key = locked.unlock(&Opener::KeyFile(KeyFile::read(&development_key(folder))?))?;
    locked.open(key, Options::new(Environment::Development, clock, migrations))
}

/// A store that this process holds but has not unlocked.
pub struct Locked {
    folder: PathBuf,
    lock: Arc<File>,
    slots: Slots,
    wanted: KeyId,
}

impl Locked {
    /// Takes hold of the store in a folder.
    ///
    /// # Errors
    /// `Refused` where there is none, where another process has it, where its file or its key slots can't be used.
    pub fn find(folder: &Path) -> Result<Self> {
        if !exists(folder) {
            return Err(Error::Refused(format!("there is no store in {}", folder.display())));
        }
        let lock = Arc::new(lock(folder)?);
        restoring::finish(folder)?;
        let path = folder.join(FILE);
        // Whoever has just put it here may still be letting go of it.
        let opened = patiently(|| match open_locked(&path) {
            Err(error) if Fault::of(&error) == Some(&Fault::InUse) => Ok(None),
            other => other.map(Some),
        });
        let opened = opened.and_then(|disk| disk.ok_or_else(|| Fault::InUse.into()));
        let named = opened.and_then(|disk| keys_of(&disk)).map_err(|error| refusal(&path, error))?;
        let slots = Slots::read(folder, &named)?;
        // What the file says of its key is not proven yet: of two names the one counts for which there are slots.
        let known = named.iter().copied().find(|key| slots.of(*key).next().is_some());
        let Some(wanted) = known.or(named.first().copied()) else {
            return Err(Error::broken("a sealed file names its key"));
        };
        Ok(Self { folder: folder.to_owned(), lock, slots, wanted })
    }

    /// The slots that can unlock it.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.of(self.wanted)
    }

    /// The key that the store is sealed with, if the opener is the right one.
    ///
    /// # Errors
    /// `Refused` where it is not: both fingerprints are named.
    pub fn unlock(&self, opener: &Opener) -> Result<DataKey> {
        self.slots.unlock(self.wanted, opener)
    }

    /// Opens the store, clears up after what a crash cut off, and brings the rows up to date, after a copy where the
    /// options say so.
    ///
    /// # Errors
    /// `Refused` where the key is wrong, where the store belongs to another environment or is newer than this binary,
    /// or where it is damaged beyond what an opening mends; where the copy or a migration fails, and then no row has
    /// changed.
    pub fn open(&self, key: DataKey, options: Options) -> Result<Store> {
        let (folder, id) = (self.folder.as_path(), key.id());
        let medium = Medium::on_disk(folder.join(FILE), key, options.cache, self.lock.clone());
        let db = Db::start(medium.open()?, medium, options.clock)?;
        let found = db.read(about)?.environment;
        if found != options.environment {
            return Err(Error::Refused(format!(
                "the store in {} is for {}, and this is {}",
                folder.display(),
                found.as_str(),
                options.environment.as_str()
            )));
        }
        let known = migrate::count(options.migrations);
        let due = migrate::due(&db, known)?;
        let slots = self.tidy(id);
        let vault = Vault::new(folder, slots, db.clone(), known);
        let store = Store { blobs: Blobs::open(folder.join("blobs"))?, vault, db };
        if let Some(due) = due {
            let copy = match &options.upgrade {
                Upgrade::Later => return Ok(store),
                Upgrade::AtOnce => None,
                Upgrade::After(copying) => Some(copying(&store, &due)?),
            };
            migrate::upgrade(&store.db, options.migrations, &due, copy)?;
        }
        Ok(store)
    }

    /// After a change of the data key that was cut off there are slots of two keys, and perhaps half a file. A full
    /// disk is no reason not to open: the next opening tries again.
    fn tidy(&self, key: KeyId) -> Slots {
        let mut slots = self.slots.clone();
        let more = slots.keep_only(key);
        let saved = if more || !slots.agree() { slots.save(&self.folder).map(drop) } else { Ok(()) };
        let left = [NEXT, CHECK].map(|name| self.folder.join(name));
        let cleared = saved.and_then(|()| left.iter().try_for_each(|path| rewrite::remove(path)));
        let cleared = cleared.and_then(|()| clear_incoming(&self.folder)).and_then(|()| aside::clear(&self.folder));
        let cleared = cleared.and_then(|()| Ok(restoring::clear(&self.folder)?));
        if let Err(error) = cleared {
            tracing::warn!(%error, "what something that was cut off has left could not be cleared up");
        }
        slots
    }
}

/// Opens rows on a disk of the caller's making, without a folder's other parts: for tests and measurements.
///
/// # Errors
/// As [`Locked::open`].
#[doc(hidden)]
pub fn rows_on(
    folder: &Path,
    disk: impl Fn() -> io::Result<Arc<dyn super::sealed::BlockFile>> + Send + Sync + 'static,
    key: DataKey,
    clock: Clock,
) -> Result<Db> {
    let medium = Medium::on(folder.to_owned(), Box::new(disk), key, CACHE);
    let redb = medium.open_or_create()?;
    Db::start(redb, medium, clock)
}

/// Where a backup is put together that something is taken out of, inside a store's folder; empty.
///
/// # Errors
/// Where the disk fails.
pub fn make_incoming(folder: &Path) -> Result<PathBuf> {
    clear_incoming(folder)?;
    let incoming = folder.join(INCOMING);
    DirBuilder::new().mode(0o700).create(&incoming)?;
    Ok(incoming)
}

/// Removes what was put together there.
///
/// # Errors
/// Where the disk fails.
pub fn clear_incoming(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder.join(INCOMING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Makes the folder if need be. Nobody else on the machine has business in there; but where others' files lie in it
/// already, its modes are theirs.
pub(super) fn make(folder: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if fs::read_dir(folder)?.next().is_none() {
        let private = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
        private.map_err(|error| unfit(folder, "can't be made private", &error))?;
    }
    Ok(())
}

fn unfit(folder: &Path, what: &str, error: &io::Error) -> Error {
    Error::Refused(format!(
        "{} {what} ({error}): a store needs a file system with owners, modes and locks, such as ext4; \
         exFAT, FAT and many network drives have none",
        folder.display()
    ))
}

/// Takes the lock of a folder: one process at a time has the store, whatever its files are called at the moment.
pub(super) fn lock(folder: &Path) -> Result<File> {
    let file = File::open(folder)?;
    let locked = patiently(|| match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unfit(folder, "can't be locked", &error)),
    });
    locked?.map(|()| file).ok_or_else(in_use)
}

/// Refuses a folder that another process has: before somebody types what they would type in vain.
///
/// # Errors
/// `Refused` where one has it, or where it can't be locked.
pub fn refuse_held(folder: &Path) -> Result<()> {
    if folder.exists() { lock(folder).map(drop) } else { Ok(()) }
}

/// Tries again for a while where somebody else has it; none where they still do then.
fn patiently<T, E>(mut take: impl FnMut() -> Result<Option<T>, E>) -> Result<Option<T>, E> {
    let since = Instant::now();
    loop {
        match take()? {
            Some(taken) => return Ok(Some(taken)),
            None if since.elapsed() > PATIENCE => return Ok(None),
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Whether so many bytes more fit on the disk of a folder, with the reserve left over.
///
/// # Errors
/// `Full` where they don't.
pub fn leave_room(folder: &Path, bytes: u64) -> Result<()> {
    backend::check_space(folder, bytes)
}

/// The free bytes of a folder's disk, where it can tell, and how many are left alone.
pub fn space(folder: &Path) -> Option<(u64, u64)> {
    backend::space(folder).map(|free| (free, backend::RESERVE))
}
