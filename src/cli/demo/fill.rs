//! Fills a new store with the demo's families.

use std::{collections::HashMap, io::Cursor, thread};

use image::codecs::jpeg::JpegEncoder;
use sha2::{Digest, Sha256};

use crate::{
    accounts,
    entries::{
        self, Attached, Cleaned, Files, Slot,
        pictures::{self, Limits},
    },
    error::{Error, Result},
    families,
    portfolio::{self, RawChoice},
    store::{Blobs, Read, Store, Write},
    types::{Role, Timestamp},
};

use super::{
    family::{self, Made, Person, demo_hash},
    pictures::Picture,
    words::{self, EntrySpec, Family},
};

/// Every account of the demo has this password: the data are made up, and the server listens to this machine only.
pub const PASSWORD: &str = "conkers and wellies";

/// Shared by every start, so that screenshots and notes keep fitting.
const SEED: u64 = 20;
const YEARS: u8 = 2;
const SIZE: (u32, u32) = (1200, 900);
/// A grandparent who may look on.
const VIEWER: Person = Person { name: "Jenifer Penrose", email: "jenifer@example.org" };

/// Who looks after the instance, and keeps no record in it.
const OPERATOR: Person = Person { name: "Morwenna Hosking", email: "operator@example.org" };

/// Whether nobody is in the store, or only some of the families are: their filling was cut off.
///
/// # Errors
/// `Internal` only.
pub fn is_due(tx: &Read) -> Result<bool> {
    let (Some(first), Some(last)) = (words::FAMILIES.first(), words::FAMILIES.last()) else { return Ok(false) };
    Ok(!accounts::any(tx)? || stands(tx, first)? && !stands(tx, last)?)
}

fn stands(tx: &Read, family: &Family) -> Result<bool> {
    let email = accounts::Email::parse(family.adult.email)?;
    Ok(accounts::credentials(tx, &email)?.is_some())
}

/// Puts the families that are missing, their record and their pictures in the store.
///
/// # Errors
/// `Full` on a full disk.
pub fn families(store: &Store) -> Result<()> {
    let now = store.db.clock().now();
    let today = now.date_in(&jiff::tz::TimeZone::get("Europe/London").unwrap_or(jiff::tz::TimeZone::UTC)).civil();
    let until = (today.year(), today.month(), today.day());
    let written: Vec<(&'static Family, Vec<EntrySpec>)> =
        words::FAMILIES.iter().map(|family| (family, words::entries(family, until, YEARS, SEED))).collect();
    let wanted = written.iter().flat_map(|(_, entries)| entries.iter().flat_map(|entry| entry.pictures.clone()));
    let album = Album::draw(&store.blobs, wanted, now)?;
    let hash = demo_hash()?;
    for (at, (family, entries)) in written.into_iter().enumerate() {
        let (hash, album) = (hash.clone(), album.clone());
        store.db.write_blocking(move |tx| {
            if stands(tx, family)? {
                return Ok(());
            }
            let owner = Person { name: family.adult.name, email: family.adult.email };
            let children: Vec<_> = family.learners.iter().map(|l| (l.nickname, l.colour)).collect();
            let made = family::make(tx, family.name, &owner, &children, &hash, false)?;
            for other in family.others {
                let other = Person { name: other.name, email: other.email };
                join(tx, &made, &other, Role::Carer, &hash)?;
            }
            if at == 0 {
                join(tx, &made, &VIEWER, Role::Viewer, &hash)?;
                let registration = OPERATOR.registration()?;
                accounts::register(tx, registration.name, &registration.email, &hash, true)?;
            }
            for spec in &entries {
                let entry = family::add(tx, &made, spec, now)?;
                for picture in &spec.pictures {
                    album.attach(tx, &made, entry.id, *picture)?;
                }
            }
            tx.set_now(now);
            sample_portfolio(tx, &made, family, today)
        })?;
    }
    Ok(())
}

fn join(tx: &mut Write, family: &Made, person: &Person, role: Role, hash: &accounts::PasswordHash) -> Result<()> {
    let registration = person.registration()?;
    let account = accounts::register(tx, registration.name, &registration.email, hash, false)?;
    families::join(tx, family.owner.family, account.id, role);
    Ok(())
}

/// A portfolio of the last year, so that the page has something to show.
fn sample_portfolio(tx: &mut Write, made: &Made, family: &Family, today: jiff::civil::Date) -> Result<()> {
    let (Some(learner), Some(spec)) = (made.learners.first(), family.learners.first()) else { return Ok(()) };
    let from = today.checked_sub(jiff::Span::new().years(1)).map_err(Error::internal)?;
    let choice = RawChoice {
        title: format!("A year with {}", spec.nickname),
        learner: learner.to_string(),
        from: from.to_string(),
        to: today.to_string(),
        photos: Some("small".to_owned()),
        introduction: Some(family.approach.to_owned()),
        ..RawChoice::default()
    };
    portfolio::make(tx, &made.owner, choice.parse()?).map(drop)
}

/// Each picture drawn and cleaned once; entries get copies that share the bytes on the disk.
#[derive(Clone)]
struct Album {
    blobs: Blobs,
    pictures: HashMap<Picture, Cleaned>,
    now: Timestamp,
}

impl Album {
    fn draw(blobs: &Blobs, wanted: impl Iterator<Item = Picture>, now: Timestamp) -> Result<Self> {
        let mut kinds: Vec<Picture> = wanted.collect();
        kinds.sort_unstable();
        kinds.dedup();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(kinds.len().max(1));
        let shares = kinds.chunks(kinds.len().div_ceil(threads).max(1));
        let drawn = thread::scope(|scope| {
            let threads: Vec<_> = shares
                .map(|share| {
                    scope.spawn(move || share.iter().map(|kind| Ok((*kind, drawn(blobs, *kind, now)?))).collect())
                })
                .collect();
            let joined = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(Error::broken("drawing a picture panicked"))));
            joined.collect::<Result<Vec<HashMap<_, _>>>>()
        })?;
        Ok(Self { blobs: blobs.clone(), pictures: drawn.into_iter().flatten().collect(), now })
    }

    fn attach(&self, tx: &mut Write, family: &Made, entry: crate::types::EntryId, kind: Picture) -> Result<()> {
        let Some(picture) = self.pictures.get(&kind) else { return Ok(()) };
        let copy = |blob| self.blobs.copy_unsynced(blob, self.now);
        let Files { original, screen, thumb } = &picture.files;
        let files = Files { original: copy(original)?, screen: copy(screen)?, thumb: copy(thumb)? };
        let added = entries::attach(tx, &family.owner, entry, &Slot::New, Cleaned { files, ..picture.clone() }, None)?;
        let Attached::Created(attachment) = added else { return Ok(()) };
        entries::caption(tx, &family.owner, attachment.id, Some(kind.caption())).map(drop)
    }
}

fn drawn(blobs: &Blobs, kind: Picture, now: Timestamp) -> Result<Cleaned> {
    let image = super::pictures::draw(kind, SEED, SIZE.0, SIZE.1);
    let mut jpeg = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&image).map_err(Error::internal)?;
    let digest = Sha256::digest(jpeg.get_ref()).into();
    let picture = pictures::clean(jpeg.into_inner(), &Limits::default()).map_err(Error::internal)?;
    let filename = format!("{kind:?}.jpg").to_lowercase();
    Ok(Cleaned {
        filename,
        media_type: picture.media_type,
        bytes: picture.original.len() as u64,
        width: picture.width,
        height: picture.height,
        files: Files {
            original: blobs.put(&picture.original, now)?,
            screen: blobs.put(&picture.screen, now)?,
            thumb: blobs.put(&picture.thumb, now)?,
        },
        digest,
    })
}
