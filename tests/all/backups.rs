//! Copies in other places: made while the store is in use, read back before they are called good, and brought back.

mod arrives;
mod cut_off;
mod damage;
pub mod elsewhere;
mod family;
mod noted;
mod told;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use hec::{
    backup::{
        Destination, Destinations, Named, Place,
        destinations::{Keep, To},
        format::{self, Head},
        ledger::{self, Round},
        restore::{self, Restored, Source},
        round::Keeper,
    },
    error::Result,
    store::{
        self, Environment, Options, Store, TableSum,
        slots::{Cost, Opener, RecoveryCode},
    },
    types::Clock,
    wiring,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::process::run;

const NAMED: Named = wiring::DOORS.named_blobs;
/// Nobody is called like another.
static NAMES: AtomicUsize = AtomicUsize::new(0);

/// A store with made-up families, and places for its copies.
struct Bench {
    folder: TempDir,
    runtime: Runtime,
    store: Store,
    code: RecoveryCode,
}

impl Bench {
    fn new(families: u32, entries: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, photos) = (folder.path().join("data"), folder.path().join("photos"));
        fs::create_dir(&photos).unwrap();
        for (number, bytes) in [crate::support::jpeg_of(900, 700, 3), crate::support::png(4)].iter().enumerate() {
            fs::write(photos.join(format!("{number}.{}", ["jpg", "png"][number])), bytes).unwrap();
        }
        let (families, entries) = (families.to_string(), entries.to_string());
        run(&[&"seed", &"--families", &families, &"--entries", &entries, &"--photos", &photos, &"--data", &data])
            .done();
        let store = store::open_development(&data, Clock::System, wiring::MIGRATIONS).unwrap();
        let code = RecoveryCode::random().unwrap();
        store.vault.add_slot(&Opener::Recovery(code.clone()), Cost::FLOOR).unwrap();
        Self { folder, runtime: Runtime::new().unwrap(), store, code }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn disk(&self, name: &str) -> Destination {
        Destination { name: name.to_owned(), to: To::Disk(self.path(name)), append_only: false }
    }

    fn keeper(&self) -> Keeper<'_> {
        Keeper { store: &self.store, named: NAMED, runtime: self.runtime.handle().clone() }
    }

    fn backs_up(&self, to: &Destination) -> Round {
        let all = Destinations { keep: Keep::default(), ..Destinations::default() };
        self.keeper().back_up(to, &all, &mut quiet()).unwrap()
    }

    fn verifies(&self, at: &Destination) -> Result<String> {
        self.keeper().verify(at, None, &mut quiet())
    }

    fn place(&self, at: &Destination) -> Place {
        Place::open(at, self.runtime.handle()).unwrap()
    }

    /// Brings the newest backup back into a folder, by the recovery code alone.
    fn restores(&self, from: &Destination, to: &Path) -> Result<Restored> {
        let place = self.place(from);
        let head = restore::find(&place, None)?;
        let options = Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS);
        let opener = Opener::Recovery(self.code.clone());
        let source = Source { place: &place, head: &head, opener: &opener, also: None };
        restore::restore(source, to, options, NAMED, &mut quiet())
    }

    /// Everything in a folder's store: each table by its name, and each blob's bytes. Made from what is there, so that no
    /// table can be forgotten.
    fn holds(&self, folder: &Path) -> (Vec<TableSum>, Vec<(String, Vec<u8>)>) {
        let locked = store::Locked::find(folder).unwrap();
        let key = locked.unlock(&Opener::Recovery(self.code.clone())).unwrap();
        let options = Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS);
        let opened = locked.open(key, options).unwrap();
        let held = held(&opened);
        opened.db.close();
        held
    }
}

fn held(store: &Store) -> (Vec<TableSum>, Vec<(String, Vec<u8>)>) {
    let tables = store
        .vault
        .with_copied(|copy, copied| Ok(store::look_into(copy, &copied.key, store.db.clock().now(), |_| Ok(()))?.0));
    // What is remembered of the backups themselves, of who began them, and of the code that was typed for them, goes on.
    let beside = ["instance_log", "recovery_drill"];
    let goes_on = |table: &TableSum| table.name.starts_with("backup") || beside.contains(&table.name.as_str());
    let tables = tables.unwrap().into_iter().filter(|table| !goes_on(table)).collect();
    let blobs = store.db.read(NAMED).unwrap();
    let blobs = blobs.iter().map(|blob| (blob.id.to_string(), store.blobs.get(blob).unwrap()));
    (tables, blobs.collect())
}

fn quiet() -> store::Progress {
    Box::new(|_, _| {})
}

/// Every object of a folder, with its length.
fn objects(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = file.path();
        if path.is_dir() { found.extend(objects(&path)) } else { found.push((path, file.metadata().unwrap().len())) }
    }
    found.sort();
    found
}

#[test]
fn what_was_backed_up_comes_back_byte_for_byte_by_the_recovery_code_alone() {
    let bench = Bench::new(1, 60);
    let usb = bench.disk("usb");
    let round = bench.backs_up(&usb);
    assert_eq!(round.why, None);
    assert!(round.proven.is_some() && round.deep.is_some() && round.written > 0);
    assert_eq!(bench.verifies(&usb).unwrap(), round.name);
    let back = bench.path("empty");
    let restored = bench.restores(&usb, &back).unwrap();
    assert_eq!((restored.name, restored.kept), (round.name, None));
    assert!(restored.blobs >= 6, "two photos in three sizes");
    let now = held(&bench.store);
    assert!(now.0.len() > 10 && now.0.iter().any(|table| table.rows > 100));
    assert_eq!(bench.holds(&back), now);
    // Nothing is left of the making.
    for left in ["restoring", "restored", "hec.store.check", "hec.store.proof"] {
        assert!(!back.join(left).exists() && !bench.path("data").join(left).exists(), "{left}");
    }
}

#[test]
fn nothing_of_a_record_stands_in_a_backup_in_clear() {
    let bench = Bench::new(1, 40);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    for (path, _) in objects(&bench.path("usb")) {
        let bytes = fs::read(&path).unwrap();
        for word in ["Tamsin", "Bertie", "Maisie", "example.org", "development", "JFIF"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} in {}", path.display());
        }
    }
}

#[test]
fn a_second_backup_sends_what_has_changed() {
    let bench = Bench::new(1, 400);
    let usb = bench.disk("usb");
    let first = bench.backs_up(&usb);
    let before = objects(&bench.path("usb"));
    let second = bench.backs_up(&usb);
    assert_eq!((first.why, second.why.clone()), (None, None));
    // A small store: of a large one the part is much smaller.
    assert!(second.written * 4 < first.written, "{} after {}", second.written, first.written);
    let after = objects(&bench.path("usb"));
    assert!(before.iter().all(|object| after.contains(object)), "what was there is not touched");
    assert!(bench.restores(&usb, &bench.path("back")).is_ok());
    assert_eq!(bench.holds(&bench.path("back")), held(&bench.store));
}

#[test]
fn a_restore_keeps_the_store_that_was_there() {
    let bench = Bench::new(1, 20);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    let back = bench.path("back");
    bench.restores(&usb, &back).unwrap();
    let first = bench.holds(&back);
    let kept = bench.restores(&usb, &back).unwrap().kept.expect("the old store is kept");
    assert_eq!(bench.holds(&back), first);
    fs::create_dir(bench.path("moved")).unwrap();
    for name in ["hec.store", "hec.keys", "hec.keys.copy", "blobs"] {
        fs::rename(kept.join(name), bench.path("moved").join(name)).unwrap();
    }
    assert_eq!(bench.holds(&bench.path("moved")), first, "and it opens");
}

#[test]
fn a_wrong_code_and_a_store_in_use_change_nothing() {
    let bench = Bench::new(1, 20);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    let place = bench.place(&usb);
    let head = restore::find(&place, None).unwrap();
    let options = || Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS);
    let wrong = Opener::Recovery(RecoveryCode::random().unwrap());
    let empty = bench.path("empty");
    let refused = restore::restore(
        Source { place: &place, head: &head, opener: &wrong, also: None },
        &empty,
        options(),
        NAMED,
        &mut quiet(),
    );
    assert!(refused.is_err() && !empty.join("hec.store").exists());
    let other = Options::new(Environment::Production, Clock::System, wiring::MIGRATIONS);
    let code = Opener::Recovery(bench.code.clone());
    let refused = restore::restore(
        Source { place: &place, head: &head, opener: &code, also: None },
        &empty,
        other,
        NAMED,
        &mut quiet(),
    );
    assert!(refused.unwrap_err().to_string().contains("is of a store for development"));
    let data = bench.path("data");
    let busy = restore::restore(
        Source { place: &place, head: &head, opener: &code, also: None },
        &data,
        options(),
        NAMED,
        &mut quiet(),
    );
    assert!(busy.unwrap_err().to_string().contains("another HEC is using this data"));
    let older = Options { migrations: &[], ..options() };
    let newer = restore::restore(
        Source { place: &place, head: &head, opener: &code, also: None },
        &empty,
        older,
        NAMED,
        &mut quiet(),
    );
    assert!(newer.unwrap_err().to_string().contains("install that version or a later one"));
}

#[test]
fn a_backup_while_everybody_writes_is_of_one_moment() {
    let bench = Bench::new(1, 20);
    let usb = bench.disk("usb");
    let (stop, store) = (AtomicBool::new(false), bench.store.clone());
    let count = |store: &Store| {
        store.db.read(|tx| Ok((hec::accounts::all(tx)?.len() as u64, hec::families::count(tx)? as u64))).unwrap()
    };
    let (accounts, families) = count(&store);
    let written = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut written = 0;
                    while !stop.load(Ordering::Relaxed) {
                        // Two tables change together: a backup that is not of one moment has one without the other.
                        store
                            .db
                            .write_blocking(|tx| {
                                crate::support::join(tx, &format!("p{}", NAMES.fetch_add(1, Ordering::Relaxed)))
                            })
                            .unwrap();
                        written += 1;
                    }
                    written
                })
            })
            .collect();
        let rounds: Vec<_> = (0..3).map(|_| bench.backs_up(&usb)).collect();
        stop.store(true, Ordering::Relaxed);
        assert!(rounds.iter().all(|round| round.why.is_none()), "{rounds:?}");
        writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>()
    });
    assert!(written > 20);
    bench.restores(&usb, &bench.path("back")).unwrap();
    let locked = store::Locked::find(&bench.path("back")).unwrap();
    let key = locked.unlock(&Opener::Recovery(bench.code.clone())).unwrap();
    let options = Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS);
    let back = locked.open(key, options).unwrap();
    let (people, found) = count(&back);
    assert!(found > families && found <= count(&bench.store).1);
    assert_eq!(people - accounts, found - families, "each account came with its family");
}

#[test]
fn a_folder_that_holds_another_records_backups_is_left_alone() {
    let (one, other) = (Bench::new(1, 5), Bench::new(1, 5));
    let usb = one.disk("usb");
    assert_eq!(one.backs_up(&usb).why, None);
    let before = objects(&one.path("usb"));
    let refused = other.backs_up(&usb).why.expect("it is refused");
    assert!(refused.contains("another record"), "{refused}");
    assert_eq!(objects(&one.path("usb")), before);
}

#[test]
fn an_old_copy_in_the_stores_place_is_noticed() {
    let bench = Bench::new(1, 5);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    bench.restores(&usb, &bench.path("old")).unwrap();
    assert_eq!(bench.backs_up(&usb).why, None);
    let locked = store::Locked::find(&bench.path("old")).unwrap();
    let key = locked.unlock(&Opener::Recovery(bench.code.clone())).unwrap();
    let options = Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS);
    let old = locked.open(key, options).unwrap();
    assert_eq!(old.db.read(ledger::instance).unwrap().unwrap().behind, None);
    let keeper = Keeper { store: &old, named: NAMED, runtime: bench.runtime.handle().clone() };
    let round = keeper.back_up(&usb, &Destinations::default(), &mut quiet()).unwrap();
    assert_eq!((round.why, round.number), (None, 3));
    assert!(old.db.read(ledger::instance).unwrap().unwrap().behind.is_some());
    let heads: Vec<Head> = format::heads(&bench.place(&usb)).unwrap().0;
    assert_eq!(heads.iter().map(|head| head.number).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_backup_from_before_an_upgrade_is_kept_whatever_comes_after_it() {
    let bench = Bench::new(1, 10);
    let (usb, all) =
        (bench.disk("usb"), Destinations { keep: Keep { days: 1, weeks: 0, months: 0 }, ..Destinations::default() });
    let until = (std::time::Instant::now() + std::time::Duration::from_secs(600), hec::backup::before::KEPT);
    let before = bench.keeper().back_up_before(&usb, &all, until, &mut quiet()).unwrap();
    assert_eq!(before.why, None);
    let after: Vec<_> = (0..5).map(|_| bench.keeper().back_up(&usb, &all, &mut quiet()).unwrap().name).collect();
    let heads = || format::heads(&bench.place(&usb)).unwrap().0.into_iter().map(|head| head.name).collect::<Vec<_>>();
    assert_eq!(heads(), [&*after[4], &after[3], &after[2], &before.name]);
    bench.keeper().verify(&usb, Some(&before.name), &mut quiet()).unwrap();
    // Not for ever.
    let now = bench.store.db.clock().now();
    assert!(before.kept_until.unwrap() > now.plus(std::time::Duration::from_hours(29 * 24)));
    let over = Round { kept_until: Some(now), ..before };
    bench.store.db.write_blocking(move |tx| ledger::put(tx, &over)).unwrap();
    assert_eq!(bench.keeper().prune(&usb, &all).unwrap().backups, 1);
    assert_eq!(heads(), [&*after[4], &after[3], &after[2]]);
}

#[test]
fn what_no_backup_names_is_removed_and_what_one_names_is_not() {
    let bench = Bench::new(1, 40);
    let usb = bench.disk("usb");
    for _ in 0..4 {
        assert_eq!(bench.backs_up(&usb).why, None);
    }
    let heads = || format::heads(&bench.place(&usb)).unwrap().0.len();
    assert_eq!(heads(), 3, "the newest three, all of today");
    let place = bench.place(&usb);
    place.put("packs/left-behind", bytes::Bytes::from_static(b"by a run that was cut off")).unwrap();
    let (now, none) = (bench.store.db.clock().now(), Default::default());
    let keep = Keep { days: 1, weeks: 0, months: 0 };
    let pruned = hec::backup::prune::prune(&place, keep, &none, now).unwrap();
    assert_eq!((pruned.backups, pruned.objects), (0, 0), "what is young may be about to be named");
    let later = now.plus(std::time::Duration::from_hours(25));
    let pruned = hec::backup::prune::prune(&place, keep, &none, later).unwrap();
    assert_eq!((pruned.backups, heads()), (0, 3));
    assert!(pruned.objects >= 1 && !bench.path("usb/packs/left-behind").exists());
    bench.verifies(&usb).unwrap();
    let append_only = Destination { append_only: true, ..usb };
    bench.backs_up(&append_only);
    let kept = hec::backup::prune::prune(&bench.place(&append_only), keep, &none, later).unwrap();
    assert_eq!(kept, hec::backup::prune::Pruned::default());
}
