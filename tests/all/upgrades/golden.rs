//! Golden folders: stores as earlier versions of HEC have left them, with every feature used. Each is opened, brought up
//! to date, verified, backed up, and brought back.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use hec::{
    app::App,
    backup::{Destinations, Place, before, restore, round::Keeper},
    store::{
        self, Environment, Locked, Options, Store, TableSum, Upgrade,
        slots::{Opener, RecoveryCode},
    },
    types::{Clock, Timestamp},
    wiring,
};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    NAMED,
    maker::{self, Told},
};
use crate::support::{TestApp, config};

/// The archives, the oldest first: `NN-schema-S.tar.gz`.
fn archives() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "gz")).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// An archive, unpacked.
struct Golden {
    folder: TempDir,
    told: Told,
}

impl Golden {
    fn unpack(archive: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(archive).arg("-C").arg(folder.path());
        assert!(tar.status().unwrap().success(), "{}", archive.display());
        let told = serde_json::from_slice(&fs::read(folder.path().join("told.json")).unwrap()).unwrap();
        Self { folder, told }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The recovery code opens it, and nothing else is needed.
    fn opener(&self) -> Opener {
        Opener::Recovery(RecoveryCode::parse(&self.told.recovery_code).unwrap())
    }

    fn options(&self) -> Options {
        // What had its time when it was made still has.
        let clock = Clock::manual(Timestamp::from_millis(self.told.made + 3_600_000));
        Options::new(Environment::Development, clock, wiring::MIGRATIONS)
    }

    fn open(&self, folder: &Path, upgrade: Upgrade) -> Store {
        let locked = Locked::find(folder).unwrap();
        let key = locked.unlock(&self.opener()).unwrap();
        locked.open(key, Options { upgrade, ..self.options() }).unwrap()
    }
}

/// Those of the tables in which nothing stands. That the list has every table is tested beside it.
fn empty(told: &Told) -> Vec<String> {
    let all = hec::admin::tables::TABLES.iter().map(|(name, _)| (*name).to_owned());
    all.filter(|name| told.tables.get(name).is_none_or(|rows| *rows == 0)).collect()
}

/// Rows and blobs, but for what is remembered of backups, which goes on.
fn held(store: &Store) -> (Vec<TableSum>, Vec<(String, Vec<u8>)>) {
    let blobs = store.db.read(NAMED).unwrap();
    let blobs = blobs.iter().map(|blob| (blob.id.to_string(), store.blobs.get(blob).unwrap())).collect();
    (super::rows(store), blobs)
}

/// Everything that was answered is answered still; a later version may say more.
#[track_caller]
fn is_part(before: &Value, now: &Value, at: &str) {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            for (name, value) in before {
                is_part(value, now.get(name).unwrap_or(&Value::Null), &format!("{at}.{name}"));
            }
        }
        (Value::Array(before), Value::Array(now)) => {
            assert_eq!(before.len(), now.len(), "{at}");
            for (number, (before, now)) in before.iter().zip(now).enumerate() {
                is_part(before, now, &format!("{at}.{number}"));
            }
        }
        _ => assert_eq!(before, now, "{at}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_brought_up_to_date_verified_backed_up_and_brought_back() {
    for archive in archives() {
        let golden = Arc::new(Golden::unpack(&archive));
        let of = golden.clone();
        let store = tokio::task::spawn_blocking(move || {
            let copying: store::Copying = Arc::new(|store, due| {
                let runtime = tokio::runtime::Handle::current();
                before::upgrade(store, due, None, NAMED, &runtime)
            });
            let store = of.open(&of.data(), Upgrade::After(copying));
            let about = store.db.read(store::about).unwrap();
            assert_eq!(about.schema as usize, wiring::MIGRATIONS.len());
            assert_eq!(store::aside::copies(&of.data()).len(), usize::from(about.schema > of.told.schema));
            let deep = store.vault.deep_check().unwrap();
            assert!(deep.bad.is_empty() && deep.blocks > 0);
            assert!(store.vault.with_copy(store::examine_copy).unwrap(), "every page is where it belongs");
            store
        });
        let store = store.await.unwrap();
        // As it was: to its apps, and to whoever signs in.
        let told = &golden.told;
        let app = App::new(store.clone(), config(&golden.data()), wiring::DOORS).unwrap();
        let site = TestApp::over(app).await;
        for (asked, before) in &told.replies {
            is_part(before, &maker::ask(&site, &told.token, asked).await, asked);
        }
        for (path, sum) in &told.files {
            assert_eq!(*sum, maker::file(&site, &told.token, path).await, "{path}");
        }
        let signs_in = [("email", &*told.email), ("password", &*told.password)];
        site.submit("/sign-in", &signs_in).await.assert_sent_to("/sign-in/code?next=%2F");

        let of = golden.clone();
        tokio::task::spawn_blocking(move || comes_back(&of, &store)).await.unwrap();
    }
}

/// Backed up, proven, and brought back into an empty folder by the recovery code alone.
fn comes_back(golden: &Golden, store: &Store) {
    let runtime = tokio::runtime::Handle::current();
    let to = golden.folder.path().join("usb");
    let all = Destinations::parse(&format!("[[destination]]\nname = \"usb\"\nto = \"{}\"\n", to.display())).unwrap();
    let keeper = Keeper { store, named: NAMED, runtime: runtime.clone() };
    let before = held(store);
    let mut quiet: store::Progress = Box::new(|_, _| {});
    let round = keeper.back_up(&all.all[0], &all, &mut quiet).unwrap();
    assert_eq!(round.why, None);
    assert!(round.proven.is_some() && round.deep.is_some());
    keeper.verify(&all.all[0], None, &mut quiet).unwrap();
    let place = Place::open(&all.all[0], &runtime).unwrap();
    let (head, opener) = (restore::find(&place, None).unwrap(), golden.opener());
    let source = restore::Source { place: &place, head: &head, opener: &opener, also: None };
    let empty = golden.folder.path().join("empty");
    let restored = restore::restore(source, &empty, golden.options(), NAMED, &mut quiet).unwrap();
    assert!(restored.blobs >= 6, "two pictures in three sizes");
    let back = golden.open(&empty, Upgrade::Later);
    assert_eq!(held(&back), before);
    assert!(held(&back).0.iter().map(|table| table.rows).sum::<u64>() > 100);
    back.db.close();
    store.db.close();
}

#[test]
fn the_newest_is_of_this_schema_and_has_a_row_in_every_table() {
    let newest = Golden::unpack(archives().last().unwrap());
    let how = "CONTRIBUTING.md, \"Golden folders\", says how a new one is made";
    assert_eq!(newest.told.schema as usize, wiring::MIGRATIONS.len(), "there is none of this schema: {how}");
    assert_eq!(empty(&newest.told), Vec::<String>::new(), "nothing stands in these tables: {how}");
    // And the archive holds what it says.
    let store = newest.open(&newest.data(), Upgrade::Later);
    let rows: Vec<(String, u64)> =
        store.vault.sums().unwrap().into_iter().map(|table| (table.name, table.rows)).collect();
    assert_eq!(rows, newest.told.tables.into_iter().collect::<Vec<_>>());
    store.db.close();
}

/// `HEC_GOLDEN=new` puts what is made into the tests, beside those that are there; `HEC_GOLDEN=replace`, in the place of
/// the newest, which no release has written.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_one_can_be_made_with_a_row_in_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let told = maker::make(&folder.path().join("data")).await;
    assert_eq!(empty(&told), Vec::<String>::new(), "tests/all/upgrades/maker.rs puts nothing into these tables");
    fs::write(folder.path().join("told.json"), serde_json::to_vec_pretty(&told).unwrap()).unwrap();
    let Ok(asked) = std::env::var("HEC_GOLDEN") else { return };
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut there: Vec<PathBuf> =
        fs::read_dir(&golden).into_iter().flatten().map(|file| file.unwrap().path()).collect();
    there.sort();
    let last = there.iter().filter_map(|path| path.file_name()?.to_str()?.split('-').next()?.parse::<u32>().ok()).max();
    let number = match (&*asked, last) {
        ("replace", Some(last)) => {
            fs::remove_file(there.last().unwrap()).unwrap();
            last
        }
        ("new" | "replace", last) => last.unwrap_or(0) + 1,
        (other, _) => panic!("HEC_GOLDEN is new or replace, not {other}"),
    };
    let archive = golden.join(format!("{number:02}-schema-{}.tar.gz", told.schema));
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--exclude=hec.sock", "-czf"]);
    tar.arg(&archive).arg("-C").arg(folder.path()).args(["data", "told.json"]);
    assert!(tar.env("GZIP", "-9").status().unwrap().success());
    println!("{}: {} bytes", archive.display(), fs::metadata(&archive).unwrap().len());
}
