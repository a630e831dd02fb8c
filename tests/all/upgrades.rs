//! Upgrades: a copy first that was read back, then all migrations or none; stores of every earlier schema; the way back.

mod cut_off;
mod golden;
mod maker;

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use hec::{
    backup::{
        Destinations, Named, Place, before,
        prove::{self, Depth, Reader},
        restore,
    },
    error::{Error, Result},
    store::{
        self, Environment, Locked, Migration, Options, Store, TableSum, Upgrade, aside,
        slots::{Cost, KeyFile, Opener, RecoveryCode},
    },
    types::{Clock, Timestamp},
    wiring,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    keys::doctor,
    process::{Answer, answer, hec},
    support::join,
};

const NAMED: Named = wiring::DOORS.named_blobs;
/// All but the last.
const EARLIER: &[Migration] = wiring::MIGRATIONS.split_last().unwrap().1;
const BEGIN: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// What there is, and one more.
fn and(one: Migration) -> &'static [Migration] {
    [wiring::MIGRATIONS, &[one]].concat().leak()
}

const LEAVES_A_TRACE: Migration = Migration { name: "a trace", run: |tx| hec::admin::instance::rename(tx, "Renamed") };
const FAILS: Migration = Migration {
    name: "fails",
    run: |tx| {
        hec::admin::instance::rename(tx, "Half done")?;
        Err(Error::broken("on purpose"))
    },
};
const PANICS: Migration = Migration {
    name: "panics",
    run: |tx| {
        hec::admin::instance::rename(tx, "Half done")?;
        std::panic::resume_unwind(Box::new("on purpose"))
    },
};

/// A store as an earlier version has left it, and a place beside it.
struct Bench {
    folder: TempDir,
    runtime: Runtime,
    clock: Clock,
    code: RecoveryCode,
    /// What it held.
    held: Vec<TableSum>,
}

impl Bench {
    fn new() -> Self {
        Self::of(wiring::MIGRATIONS)
    }

    fn of(migrations: &'static [Migration]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(BEGIN);
        let store = store::create_development(&folder.path().join("data"), clock.clone(), migrations).unwrap();
        let code = RecoveryCode::random().unwrap();
        store.vault.add_slot(&Opener::Recovery(code.clone()), Cost::FLOOR).unwrap();
        for name in ["ana", "ben"] {
            store.db.write_blocking(move |tx| join(tx, name)).unwrap();
        }
        // Blobs that no row names are taken along all the same: which ones count is not this version's to say.
        for picture in [&b"a leaf"[..], &[7; 200_000]] {
            store.blobs.put(picture, BEGIN).unwrap();
        }
        let held = store.vault.sums().unwrap();
        shut(store);
        Self { folder, runtime: Runtime::new().unwrap(), clock, code, held }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn opens(&self, folder: &Path, migrations: &'static [Migration], upgrade: Upgrade) -> Result<Store> {
        let locked = Locked::find(folder)?;
        let key = locked.unlock(&Opener::Recovery(self.code.clone()))?;
        let options = Options::new(Environment::Development, self.clock.clone(), migrations);
        locked.open(key, Options { upgrade, ..options })
    }

    /// Opens it as a later version does, which has one more migration.
    fn upgrades(&self, one: Migration, destinations: Option<&Destinations>) -> Result<Store> {
        let (destinations, runtime) = (destinations.cloned(), self.runtime.handle().clone());
        let copying: store::Copying =
            Arc::new(move |store, due| before::upgrade(store, due, destinations.as_ref(), NAMED, &runtime));
        self.opens(&self.data(), and(one), Upgrade::After(copying))
    }

    /// The store is as it was, for the version that it was written by.
    #[track_caller]
    fn is_as_it_was(&self) {
        let store = self.opens(&self.data(), wiring::MIGRATIONS, Upgrade::AtOnce).unwrap();
        assert_eq!(rows(&store), but_backups(self.held.clone()));
        shut(store);
    }

    fn destinations(&self, names: &[&str]) -> Destinations {
        let one = |name: &&str| {
            let to = self.folder.path().join(name);
            format!("[[destination]]\nname = \"d{}\"\nto = \"{}\"\n", name.len(), to.display())
        };
        Destinations::parse(&names.iter().map(one).collect::<String>()).unwrap()
    }

    fn asides(&self) -> Vec<PathBuf> {
        aside::copies(&self.data()).into_iter().map(|copy| copy.path).collect()
    }

    /// `hec` for this store.
    fn hec(&self, args: &[&str]) -> Answer {
        let mut command = hec(&[]);
        command.args(args).env("HEC_DATA", self.data()).env("HEC_ENVIRONMENT", "development");
        answer(&mut command)
    }
}

/// Closes a store for good, so that the next may have it.
fn shut(store: Store) {
    store.db.close();
}

/// What is told of the record: not what is remembered of its copies, nor tables without rows.
fn but_backups(mut tables: Vec<TableSum>) -> Vec<TableSum> {
    tables.retain(|table| table.rows > 0 && !table.name.starts_with("backup_"));
    tables
}

fn rows(store: &Store) -> Vec<TableSum> {
    but_backups(store.vault.sums().unwrap())
}

fn name_of(store: &Store) -> Option<String> {
    store.db.read(|tx| Ok(hec::admin::instance::get(tx)?.name)).unwrap()
}

/// Every blob of a folder, with its inode.
fn blobs(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for shard in fs::read_dir(folder.join("blobs")).unwrap() {
        for file in fs::read_dir(shard.unwrap().path()).unwrap() {
            let file = file.unwrap();
            found.push((file.file_name().into_string().unwrap(), file.metadata().unwrap().ino()));
        }
    }
    found.sort();
    found
}

#[test]
fn where_backups_go_somewhere_one_is_made_and_read_back_before_any_row_changes() {
    let bench = Bench::new();
    let usb = bench.destinations(&["usb"]);
    let store = bench.upgrades(LEAVES_A_TRACE, Some(&usb)).unwrap();
    assert_eq!(name_of(&store).as_deref(), Some("Renamed"));
    let last = store.db.read(store::last_upgrade).unwrap().unwrap();
    let known = u32::try_from(wiring::MIGRATIONS.len()).unwrap();
    assert_eq!((last.from, last.to, &*last.before), (known, known + 1, env!("CARGO_PKG_VERSION")));
    let copy = last.copy.unwrap();
    assert!(copy.starts_with("the backup ") && copy.ends_with(" at d3"), "{copy}");
    assert_eq!(bench.asides(), Vec::<PathBuf>::new(), "one copy is enough");

    // What lies there is the record of before, whole, and the version of before takes it.
    let place = Place::open(&usb.all[0], bench.runtime.handle()).unwrap();
    let head = restore::find(&place, None).unwrap();
    let key = head.unlock(&Opener::Recovery(bench.code.clone())).unwrap();
    let reader = Reader { key: &key, named: NAMED, now: BEGIN };
    let scratch = bench.folder.path().join("scratch");
    let (_, inside) =
        prove::prove(&place, &head.name, reader, &scratch, Depth::Whole, &mut (Box::new(|_, _| {}) as _)).unwrap();
    assert_eq!((inside.schema, but_backups(inside.tables)), (known, but_backups(bench.held.clone())));
    let opener = Opener::Recovery(bench.code.clone());
    let source = restore::Source { place: &place, head: &head, opener: &opener, also: None };
    let options = Options::new(Environment::Development, bench.clock.clone(), wiring::MIGRATIONS);
    shut(store);
    restore::restore(source, &bench.data(), options, NAMED, &mut (Box::new(|_, _| {}) as _)).unwrap();
    bench.is_as_it_was();
}

#[test]
fn where_none_goes_anywhere_a_copy_lies_beside_that_the_version_of_before_opens() {
    let bench = Bench::new();
    let before = blobs(&bench.data());
    let store = bench.upgrades(LEAVES_A_TRACE, None).unwrap();
    let copies = bench.asides();
    assert_eq!(copies, [bench.data().join("before-upgrade-1")]);
    let told = store.db.read(store::last_upgrade).unwrap().unwrap().copy;
    assert_eq!(told, Some(copies[0].display().to_string()));
    assert_eq!(blobs(&copies[0]), before, "blobs are the same files under another name, and take no room");
    shut(store);
    let old = bench.opens(&copies[0], wiring::MIGRATIONS, Upgrade::AtOnce).unwrap();
    assert_eq!(rows(&old), but_backups(bench.held.clone()));
    assert!(old.vault.slots_agree() && old.vault.deep_check().unwrap().bad.is_empty());
    shut(old);
    // Going back: the copy takes the place of what the later version has made of it, which is kept.
    let options = Options::new(Environment::Development, bench.clock.clone(), wiring::MIGRATIONS);
    let opener = Opener::KeyFile(KeyFile::read(&bench.data().join("hec.key")).unwrap());
    let kept = store::bring_back(&copies[0], &bench.data(), (&opener, None), options, NAMED).unwrap().unwrap();
    bench.is_as_it_was();
    assert_eq!(blobs(&bench.data()).len(), 2);
    assert!(kept.join("hec.store").exists() && copies[0].join("hec.store").exists());
}

#[test]
fn a_destination_that_fails_stops_no_upgrade() {
    let bench = Bench::new();
    // Nobody has mounted the disk; the file of destinations' second place is well.
    let one = bench.destinations(&["not/mounted"]);
    let store = bench.upgrades(LEAVES_A_TRACE, Some(&one)).unwrap();
    assert_eq!(bench.asides().len(), 1);
    shut(store);
    let bench = Bench::new();
    let two = bench.destinations(&["not/mounted", "usb"]);
    let store = bench.upgrades(LEAVES_A_TRACE, Some(&two)).unwrap();
    let copy = store.db.read(store::last_upgrade).unwrap().unwrap().copy.unwrap();
    assert!(copy.ends_with(" at d3") && bench.asides().is_empty(), "{copy}");
    shut(store);
}

#[test]
fn a_migration_that_fails_changes_nothing_and_its_copy_serves_the_next_try() {
    for broken in [FAILS, PANICS] {
        let bench = Bench::new();
        for _ in 0..3 {
            let Err(Error::Refused(why)) = bench.upgrades(broken, None) else { panic!("{} went well", broken.name) };
            let version = env!("CARGO_PKG_VERSION");
            assert!(why.contains("Nothing was changed") && why.contains(&format!("install HEC {version}")), "{why}");
            assert!(why.contains("before-upgrade-1"), "{why}");
            bench.is_as_it_was();
            assert_eq!(bench.asides().len(), 1, "the same state needs no second copy");
        }
        let store = bench.upgrades(LEAVES_A_TRACE, None).unwrap();
        assert_eq!((name_of(&store).as_deref(), bench.asides().len()), (Some("Renamed"), 1));
        shut(store);
    }
}

#[test]
fn without_a_copy_there_is_no_upgrade_unless_somebody_says_so() {
    let bench = Bench::new();
    // What is in the way of the copy.
    fs::write(bench.data().join("before-upgrade.new"), "a file").unwrap();
    let Err(Error::Refused(why)) = bench.upgrades(LEAVES_A_TRACE, None) else { panic!("it went well") };
    assert!(why.contains("Nothing was changed") && why.contains("hec upgrade --without-copy"), "{why}");
    bench.is_as_it_was();
    let store = bench.opens(&bench.data(), and(LEAVES_A_TRACE), Upgrade::AtOnce).unwrap();
    assert_eq!(store.db.read(store::last_upgrade).unwrap().unwrap().copy, None);
    shut(store);
}

#[test]
fn a_copy_that_changed_since_is_not_taken_for_one_of_now() {
    let bench = Bench::new();
    assert!(bench.upgrades(FAILS, None).is_err());
    let store = bench.opens(&bench.data(), wiring::MIGRATIONS, Upgrade::AtOnce).unwrap();
    store.db.write_blocking(|tx| join(tx, "cy")).unwrap();
    shut(store);
    // And one whose bytes were harmed is none at all.
    let second = bench.upgrades(FAILS, None).err().unwrap().to_string();
    assert!(second.contains("before-upgrade-2"), "{second}");
    let harmed = bench.asides()[1].join("hec.store");
    let mut bytes = fs::read(&harmed).unwrap();
    bytes.iter_mut().skip(4096 * 4).for_each(|byte| *byte ^= 1);
    fs::write(&harmed, bytes).unwrap();
    let third = bench.upgrades(FAILS, None).err().unwrap().to_string();
    assert!(third.contains("before-upgrade-3"), "{third}");
}

#[test]
fn a_later_upgrade_keeps_no_earlier_copy_for_longer() {
    let bench = Bench::new();
    let day = std::time::Duration::from_hours(24);
    assert!(bench.upgrades(FAILS, None).is_err());
    bench.clock.advance(day * 20);
    let store = bench.opens(&bench.data(), wiring::MIGRATIONS, Upgrade::AtOnce).unwrap();
    store.db.write_blocking(|tx| join(tx, "cy")).unwrap();
    shut(store);
    let store = bench.upgrades(LEAVES_A_TRACE, None).unwrap();
    assert_eq!(bench.asides().len(), 2);
    bench.clock.advance(day * 11);
    assert_eq!(before::sweep(&store, None).unwrap(), 1);
    assert_eq!(bench.asides(), [bench.data().join("before-upgrade-2")]);
    shut(store);
}

#[test]
fn copies_are_removed_once_they_have_lain_long_enough() {
    let bench = Bench::new();
    let store = bench.upgrades(LEAVES_A_TRACE, None).unwrap();
    let day = std::time::Duration::from_hours(24);
    bench.clock.advance(day * 29);
    assert_eq!((before::sweep(&store, None).unwrap(), bench.asides().len()), (0, 1));
    let usb = bench.destinations(&["usb"]);
    assert_eq!(before::sweep(&store, Some(&usb)).unwrap(), 0, "no backup was made since");
    let keeper = hec::backup::round::Keeper { store: &store, named: NAMED, runtime: bench.runtime.handle().clone() };
    assert_eq!(keeper.back_up(&usb.all[0], &usb, &mut (Box::new(|_, _| {}) as _)).unwrap().why, None);
    assert_eq!(before::sweep(&store, Some(&usb)).unwrap(), 1);
    assert!(bench.asides().is_empty() && !bench.data().join("before-upgrade-1").exists());
    assert_eq!(blobs(&bench.data()).len(), 2, "what the record itself holds stays");
    shut(store);

    let bench = Bench::new();
    let store = bench.upgrades(LEAVES_A_TRACE, None).unwrap();
    bench.clock.advance(day * 30);
    assert_eq!((before::sweep(&store, None).unwrap(), bench.asides().len()), (1, 0));
    shut(store);
}

#[test]
fn every_earlier_schema_is_brought_up_to_date() {
    for seen in 0..wiring::MIGRATIONS.len() {
        let bench = Bench::of(&wiring::MIGRATIONS[..seen]);
        let copies = Arc::new(AtomicUsize::new(0));
        let counted = copies.clone();
        let copying: store::Copying = Arc::new(move |store, due| {
            counted.fetch_add(1, Ordering::Relaxed);
            assert_eq!(due.from as usize, seen);
            Ok(aside::set_aside(store, due)?.display().to_string())
        });
        let store = bench.opens(&bench.data(), wiring::MIGRATIONS, Upgrade::After(copying.clone())).unwrap();
        assert_eq!(store.db.read(store::about).unwrap().schema as usize, wiring::MIGRATIONS.len());
        assert_eq!(store.db.read(hec::accounts::count).unwrap(), 2);
        shut(store);
        let store = bench.opens(&bench.data(), wiring::MIGRATIONS, Upgrade::After(copying)).unwrap();
        assert_eq!(copies.load(Ordering::Relaxed), 1, "what is up to date needs no copy");
        shut(store);
    }
}

#[test]
fn the_verbs_look_without_changing_upgrade_with_a_copy_and_go_back() {
    let bench = Bench::of(EARLIER);
    let (_, looked) = doctor::doctor(&bench.data(), false);
    assert_eq!(doctor::state(&looked, "upgrade"), "warn", "{looked}");
    let schema = |looked: &serde_json::Value| {
        let store = looked["checks"].as_array().unwrap().iter().find(|check| check["name"] == "store").unwrap();
        store["found"].as_str().unwrap().split("schema ").nth(1).unwrap().split(',').next().unwrap().to_owned()
    };
    assert_eq!(schema(&looked), EARLIER.len().to_string(), "who looks changes nothing");
    assert!(bench.asides().is_empty());

    let said = bench.hec(&["upgrade"]).done();
    let copy = bench.asides().remove(0);
    assert!(said.contains("was brought up to date") && said.contains(copy.to_str().unwrap()), "{said}");
    let (_, looked) = doctor::doctor(&bench.data(), false);
    assert_eq!((doctor::state(&looked, "upgrade"), schema(&looked)), ("ok", wiring::MIGRATIONS.len().to_string()));
    assert!(bench.hec(&["upgrade"]).done().contains("is up to date"));

    let back = bench.hec(&["restore", "--from", copy.to_str().unwrap()]).done();
    assert!(back.contains("as it was in before-upgrade-1") && back.contains("before-restore-1"), "{back}");
    assert_eq!(schema(&doctor::doctor(&bench.data(), false).1), EARLIER.len().to_string());
    // Any other verb brings it up to date as the server does: with a copy, which is there already.
    bench.hec(&["account", "list"]).done();
    assert_eq!(
        (schema(&doctor::doctor(&bench.data(), false).1), bench.asides().len()),
        (wiring::MIGRATIONS.len().to_string(), 1)
    );
}
