//! `hec seed`: made-up stores of any size.

use std::{
    fs,
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    accounts::PasswordHash,
    config::Settings,
    entries::{
        self, Cleaned, Files,
        pictures::{self, Limits, Picture},
    },
    error::{Error, Result},
    store::{self, Store},
    types::{Clock, EntryId},
    wiring,
};

use super::demo::{
    self,
    family::{self, Made, Person, demo_hash},
    welcome, words,
};

/// Entries that share one transaction.
const BATCH: usize = 1_000;
/// Entries are spread over as many days as a childhood has.
const DAYS: i64 = 5_000;
const CHILDREN: [(&str, &str); 3] = [("Tamsin", "moss"), ("Bertie", "sky"), ("Maisie", "plum")];
const SEED: u64 = 41;

/// Fill a development store with made-up families, for trying out and measuring
#[derive(Args)]
pub struct Seed {
    /// How many families
    #[arg(long, default_value_t = 1)]
    families: u32,
    /// How many entries each
    #[arg(long, default_value_t = 1_000)]
    entries: usize,
    /// A folder of JPEG, PNG and WebP files; each family's latest entries get one each
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Print one line of JSON once it is done
    #[arg(long)]
    json: bool,
}

impl Seed {
    pub fn run(self, settings: &Settings) -> Result<()> {
        if !settings.says("data") {
            return Err(Error::Refused(
                "say where with --data DIR: made-up families need a folder of their own".into(),
            ));
        }
        let config = demo::config(settings, None, 0)?;
        let store = if store::exists(&config.data) {
            store::open_development(&config.data, Clock::System, wiring::MIGRATIONS)?
        } else {
            store::create_development(&config.data, Clock::System, wiring::MIGRATIONS)?
        };
        let photos = self.photos.as_deref().map(photos).transpose()?.unwrap_or_default();
        // Before anything is made: a file that is no picture should not leave half a store.
        photos.iter().try_for_each(|path| cleaned(path).map(drop))?;
        let hash = demo_hash()?;
        let before = store.db.read(|tx| Ok(crate::accounts::all(tx)?.len()))?;
        for number in 1..=self.families {
            self.family(&store, &hash, before + number as usize, &photos)?;
        }
        let told = welcome(&store.db, None)?;
        if self.json {
            told.print_json()?
        } else {
            told.print()
        }
        Ok(())
    }

    fn family(&self, store: &Store, hash: &PasswordHash, number: usize, photos: &[PathBuf]) -> Result<()> {
        let hash = hash.clone();
        let made = store.db.write_blocking(move |tx| {
            let (name, email) = (format!("Parent {number}"), format!("parent{number}@example.org"));
            let owner = Person { name: &name, email: &email };
            family::make(tx, &format!("Family {number}"), &owner, &CHILDREN, &hash, false)
        })?;
        let mut latest = Vec::new();
        let mut done = 0;
        while done < self.entries {
            let until = (done + BATCH).min(self.entries);
            let (made, total, range) = (made.clone(), self.entries, done..until);
            latest = store.db.write_blocking(move |tx| batch(tx, &made, number, total, range))?;
            done = until;
            self.progress(number, done);
        }
        for (photo, entry) in photos.iter().zip(latest.into_iter().rev()) {
            attach(store, &made, entry, photo)?;
        }
        Ok(())
    }

    /// On a terminal one line that moves on; otherwise a line every hundred thousand.
    fn progress(&self, number: usize, done: usize) {
        let line = format!("family {number} of {}: {done} of {} entries", self.families, self.entries);
        if std::io::stderr().is_terminal() {
            eprint!("\r{line}{}", if done == self.entries { "\n" } else { "" });
        } else if done == self.entries || done.is_multiple_of(100_000) {
            eprintln!("{line}");
        }
    }
}

/// Entries of a range, oldest first; returns their ids.
fn batch(
    tx: &mut store::Write,
    made: &Made,
    number: usize,
    total: usize,
    range: std::ops::Range<usize>,
) -> Result<Vec<EntryId>> {
    let now = tx.now();
    let today = now.date_in(&jiff::tz::TimeZone::UTC);
    let nicknames = CHILDREN.map(|(nickname, _)| nickname);
    range
        .map(|at| {
            let back = (total - 1 - at) as i64 * DAYS / total.max(1) as i64;
            let date = today.plus_days(-i32::try_from(back.min(DAYS)).unwrap_or(0)).civil();
            let index = (number as u64) << 32 | at as u64;
            let spec = words::bulk_entry(index, SEED, (date.year(), date.month(), date.day()), &nicknames);
            Ok(family::add(tx, made, &spec, now)?.id)
        })
        .collect()
}

fn photos(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

fn cleaned(path: &Path) -> Result<Picture> {
    let named = |why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", path.display()));
    let upload = fs::read(path).map_err(|why| named(&why))?;
    pictures::clean(upload, &Limits::default()).map_err(|why| named(&why))
}

fn attach(store: &Store, made: &Made, entry: EntryId, path: &Path) -> Result<()> {
    let picture = cleaned(path)?;
    let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let now = store.db.clock().now();
    let put = |bytes: &[u8]| store.blobs.put(bytes, now);
    let cleaned = Cleaned {
        filename,
        media_type: picture.media_type,
        bytes: picture.original.len() as u64,
        width: picture.width,
        height: picture.height,
        files: Files { original: put(&picture.original)?, screen: put(&picture.screen)?, thumb: put(&picture.thumb)? },
        digest: [0; 32],
    };
    let owner = made.owner.clone();
    store.db.write_blocking(move |tx| entries::attach(tx, &owner, entry, &entries::Slot::New, cleaned, None))?;
    Ok(())
}
