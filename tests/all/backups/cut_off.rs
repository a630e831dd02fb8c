//! Backups and restores that are cut off at any point.

use std::{
    fmt,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::stream::BoxStream;
use hec::backup::{Place, format, ledger::Instance, make::make};
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, local::LocalFileSystem, path::Path,
};

use super::{Bench, NAMED, held, quiet};

/// A folder that takes so many objects and no more.
#[derive(Debug)]
struct Dying {
    disk: LocalFileSystem,
    left: AtomicUsize,
}

impl fmt::Display for Dying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a disk that dies")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Dying {
    async fn put_opts(&self, at: &Path, what: PutPayload, how: PutOptions) -> object_store::Result<PutResult> {
        let dead = object_store::Error::Generic { store: "test", source: "the disk died".into() };
        let alive = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        alive.map_err(|_| dead)?;
        self.disk.put_opts(at, what, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.disk.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> object_store::Result<GetResult> {
        self.disk.get_opts(at, how).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> object_store::Result<Vec<bytes::Bytes>> {
        self.disk.get_ranges(at, ranges).await
    }

    fn delete_stream(
        &self,
        which: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.disk.delete_stream(which)
    }

    fn list(&self, below: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.disk.list(below)
    }

    async fn list_with_delimiter(&self, below: Option<&Path>) -> object_store::Result<ListResult> {
        self.disk.list_with_delimiter(below).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> object_store::Result<()> {
        self.disk.copy_opts(from, to, how).await
    }
}

#[test]
fn a_backup_that_is_cut_off_anywhere_is_none_and_the_one_before_stays_good() {
    let bench = Bench::new(1, 8);
    let usb = bench.disk("usb");
    let first = bench.backs_up(&usb);
    assert_eq!(first.why, None);
    bench.store.db.write_blocking(|tx| crate::support::join(tx, "newcomer")).unwrap();
    // How many objects a second one takes, with nothing to build upon.
    let mut cuts = 0;
    for left in 0.. {
        let disk = LocalFileSystem::new_with_prefix(bench.path("usb")).unwrap();
        let dying = Arc::new(Dying { disk, left: AtomicUsize::new(left) });
        let place = Place::over("usb", dying, bench.runtime.handle());
        let id = hec::backup::round::instance_id(&bench.store).unwrap().unwrap();
        let instance = Instance { id, number: 100 + left as u64, behind: None };
        match make(&bench.store, NAMED, &place, instance, true, &mut quiet()) {
            Err(_) => {
                cuts += 1;
                let (heads, damaged) = format::heads(&bench.place(&usb)).unwrap();
                assert_eq!((heads.len(), damaged.len()), (1, 0), "cut after {left} objects");
                assert_eq!(heads[0].name, first.name);
            }
            Ok(_) => break,
        }
    }
    assert!(cuts > 8, "{cuts}");
    assert_eq!(format::heads(&bench.place(&usb)).unwrap().0.len(), 2);
    bench.verifies(&usb).unwrap();
}

#[test]
fn what_was_sent_before_a_first_backup_was_cut_off_is_not_sent_again() {
    let bench = Bench::new(1, 20);
    let usb = bench.disk("usb");
    let disk = || {
        std::fs::create_dir_all(bench.path("usb")).unwrap();
        LocalFileSystem::new_with_prefix(bench.path("usb")).unwrap()
    };
    let blobs = bench.store.db.read(NAMED).unwrap().len();
    // All of the store, and half of the photos.
    let dying = Arc::new(Dying { disk: disk(), left: AtomicUsize::new(1 + blobs / 2) });
    let place = Place::over("usb", dying, bench.runtime.handle());
    let instance = bench.store.db.write_blocking(hec::backup::ledger::next).unwrap();
    make(&bench.store, NAMED, &place, instance, false, &mut quiet()).unwrap_err();
    let sent = super::objects(&bench.path("usb/blobs"));
    assert!(sent.len() >= blobs / 4, "{} of {blobs}", sent.len());
    // One of them is not as it was sent, which is found; then everything is sent anew.
    let (path, bytes) = &sent[0];
    let whole = std::fs::read(path).unwrap();
    std::fs::write(path, vec![7; *bytes as usize]).unwrap();
    let round = bench.backs_up(&usb);
    assert!(round.damaged && round.why.is_some(), "{round:?}");
    std::fs::write(path, &whole).unwrap();
    std::fs::remove_dir_all(bench.path("usb/backups")).unwrap();
    let place = bench.place(&usb);
    let instance = bench.store.db.write_blocking(hec::backup::ledger::next).unwrap();
    let made = make(&bench.store, NAMED, &place, instance, false, &mut quiet()).unwrap();
    let photos: u64 = sent.iter().map(|(_, bytes)| bytes).sum();
    assert!(made.written + photos <= made.bytes() + 4_096, "{} of {}", made.written, made.bytes());
    bench.verifies(&usb).unwrap();
}

#[test]
fn a_restore_whose_source_dies_anywhere_leaves_what_was_there() {
    let bench = Bench::new(1, 6);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    let back = bench.path("back");
    bench.restores(&usb, &back).unwrap();
    let before = bench.holds(&back);
    for (path, _) in super::objects(&bench.path("usb")) {
        let aside = bench.path("aside");
        std::fs::rename(&path, &aside).unwrap();
        assert!(bench.restores(&usb, &back).is_err(), "{} is missing", path.display());
        std::fs::rename(&aside, &path).unwrap();
        assert!(!back.join("restoring").exists() && !back.join("before-restore-1").exists());
    }
    assert_eq!(bench.holds(&back), before);
    assert_eq!(before, held(&bench.store));
}
