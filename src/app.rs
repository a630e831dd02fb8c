//! What a handler may reach. It knows no room: the rooms' parts come in through [`Doors`].

mod sightings;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Semaphore;

use crate::{
    config::Config,
    error::Result,
    http::{edge::Edge, guesses::Guesses},
    jobs::Pool,
    store::{Blobs, Db, Read, Store, Vault, Write},
    types::{Clock, Credential, FamilyId, Identity, Timestamp},
};

pub use sightings::{Sighting, Sightings};

/// How many uploaded files, of at most 25 MB, are in memory at a time.
const UPLOADS: usize = 4;

/// The running instance. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Rows.
    pub db: Db,
    /// Files.
    pub blobs: Blobs,
    /// Keys, checks, copies, compaction.
    pub vault: Vault,
    /// Settings.
    pub config: Arc<Config>,
    /// Threads that hash passwords: few, since each takes much memory.
    pub hashing: Pool,
    /// How often passwords and codes may be tried.
    pub guesses: Arc<Guesses>,
    /// Threads that work on pictures: few, for the same reason.
    pub pictures: Pool,
    /// Threads that put documents together.
    pub documents: Pool,
    /// Places for uploads in memory; the others wait in their sockets.
    pub uploads: Arc<Semaphore>,
    /// How the server is reached.
    pub edge: Arc<Edge>,
    /// Since when the store is open.
    pub started: Timestamp,
    /// Whether backups fail or are overdue, as was last looked.
    pub backups_fail: Arc<AtomicBool>,
    /// Proxies that somebody should configure.
    pub sightings: Arc<Sightings>,
    doors: Doors,
    set_up: Arc<AtomicBool>,
}

/// What the floor asks the rooms: handed in by `wiring`.
#[derive(Clone, Copy)]
pub struct Doors {
    /// Proves a credential.
    pub identify: fn(&Read, Credential) -> Result<Option<Identity>>,
    /// Notes that a credential was used.
    pub note_use: fn(&mut Write, Credential) -> Result<()>,
    /// What the frame of a page says of who is signed in.
    pub describe: fn(&Read, &Identity) -> Result<Described>,
    /// Whether the instance has been set up.
    pub is_set_up: fn(&Read) -> Result<bool>,
    /// Every blob that rows name.
    pub named_blobs: crate::backup::Named,
    /// What the instance is called, where somebody has said so.
    pub instance_name: fn(&Read) -> Result<Option<String>>,
}

/// Who is signed in, in words.
#[derive(Debug, Clone)]
pub struct Described {
    /// The account's name.
    pub account_name: String,
    /// Whether the account looks after the instance.
    pub operator: bool,
    /// The family, where the account belongs to one.
    pub family: Option<FamilyId>,
    /// Its name.
    pub family_name: Option<String>,
    /// The family's time zone.
    pub zone: jiff::tz::TimeZone,
    /// Where an operator goes on with setting up; none where nothing is left, and for everybody else.
    pub unfinished: Option<&'static str>,
    /// Whether an operator is to try the recovery code again.
    pub drill_due: bool,
    /// Whether they keep the family's record, and declared to read along only.
    pub declares: bool,
    /// The families that the account belongs to beside this one.
    pub other_families: Vec<(FamilyId, String)>,
    /// What owners and carers are shown of a family that is to be deleted.
    pub deletion: Option<Ending>,
    /// Whether it is a child who signed in, whose parents see everything.
    pub is_learner: bool,
    /// Where that child signs in.
    pub door: Option<String>,
}

/// A family that is to be deleted.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Who asked for it.
    pub by: String,
    /// When it happens.
    pub due: Timestamp,
    /// Whether whoever is told may stop it.
    pub may_stop: bool,
}

impl App {
    /// Puts an instance together.
    ///
    /// # Errors
    /// `Internal` where the store can't be read.
    pub fn new(store: Store, config: Config, doors: Doors) -> Result<Self> {
        let set_up = store.db.read(doors.is_set_up)?;
        let started = store.db.clock().now();
        Ok(Self {
            guesses: Arc::new(Guesses::new(store.db.clock(), config.password.places)?),
            hashing: Pool::new(config.password.places, 64),
            pictures: Pool::new(config.picture_places, 256),
            documents: Pool::new(2, 64),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            sightings: Arc::default(),
            backups_fail: Arc::default(),
            db: store.db,
            blobs: store.blobs,
            vault: store.vault,
            config: Arc::new(config),
            edge: Arc::default(),
            started,
            doors,
            set_up: Arc::new(AtomicBool::new(set_up)),
        })
    }

    /// The same behind a port.
    #[must_use]
    pub fn behind(self, edge: Arc<Edge>) -> Self {
        Self { edge, ..self }
    }

    /// Proves a credential in this snapshot.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn identify(&self, tx: &Read, credential: Credential) -> Result<Option<Identity>> {
        (self.doors.identify)(tx, credential)
    }

    /// Notes that a credential was used.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn note_use(&self, tx: &mut Write, credential: Credential) -> Result<()> {
        (self.doors.note_use)(tx, credential)
    }

    /// What the frame of a page says of who is signed in.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn describe(&self, tx: &Read, identity: &Identity) -> Result<Described> {
        (self.doors.describe)(tx, identity)
    }

    /// Whether the instance has been set up. Once it is, it stays so, and the store is not asked again.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn is_set_up(&self) -> Result<bool> {
        if self.set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let set_up = self.db.read(self.doors.is_set_up)?;
        self.set_up.store(set_up, Ordering::Relaxed);
        Ok(set_up)
    }

    /// What the instance is called, where somebody has said so.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn instance_name(&self) -> Result<Option<String>> {
        self.db.read(self.doors.instance_name)
    }

    /// What lists every blob that rows name.
    pub fn named_blobs(&self) -> crate::backup::Named {
        self.doors.named_blobs
    }

    /// The store that it stands on.
    pub fn store(&self) -> Store {
        Store { db: self.db.clone(), blobs: self.blobs.clone(), vault: self.vault.clone() }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.db.clock()
    }
}
