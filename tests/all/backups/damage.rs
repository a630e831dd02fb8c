//! A backup that was damaged, and what notices it.

use std::fs;

use hec::backup::ledger;

use super::{Bench, objects};

/// Numbers that are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut next = self.0;
        next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (next ^ (next >> 31)) % bound
    }
}

#[test]
fn a_flipped_byte_anywhere_is_found() {
    let cases: u64 = std::env::var("HEC_BACKUP_FLIPS").map_or(60, |cases| cases.parse().unwrap());
    let bench = Bench::new(1, 5);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    let all = objects(&bench.path("usb"));
    let total: u64 = all.iter().map(|(_, bytes)| bytes).sum();
    let mut chance = Chance(6);
    for case in 0..cases {
        // Every object in turn first, then wherever there is most.
        let (path, at) = match all.get(case as usize) {
            Some((path, bytes)) => (path, chance.below(*bytes)),
            None => {
                let mut at = chance.below(total);
                let found = all.iter().find(|(_, bytes)| {
                    let here = at < *bytes;
                    if !here {
                        at -= bytes;
                    }
                    here
                });
                (&found.unwrap().0, at)
            }
        };
        let whole = fs::read(path).unwrap();
        let mut flipped = whole.clone();
        flipped[at as usize] ^= 1 << chance.below(8);
        fs::write(path, &flipped).unwrap();
        assert!(bench.verifies(&usb).is_err(), "byte {at} of {}", path.display());
        fs::write(path, &whole).unwrap();
    }
    bench.verifies(&usb).unwrap();
}

#[test]
fn what_is_missing_cut_off_or_in_anothers_place_is_found() {
    let bench = Bench::new(1, 5);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    let all = objects(&bench.path("usb"));
    for (number, (path, bytes)) in all.iter().enumerate() {
        let whole = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        assert!(bench.verifies(&usb).is_err(), "{} is missing", path.display());
        fs::write(path, &whole[..(*bytes / 2) as usize]).unwrap();
        assert!(bench.verifies(&usb).is_err(), "{} is cut off", path.display());
        let other = &all[(number + 1) % all.len()].0;
        fs::copy(other, path).unwrap();
        assert!(bench.verifies(&usb).is_err(), "{} is {}", path.display(), other.display());
        fs::write(path, &whole).unwrap();
    }
    bench.verifies(&usb).unwrap();
}

#[test]
fn an_older_backup_in_the_newest_ones_place_is_found() {
    let bench = Bench::new(1, 5);
    let usb = bench.disk("usb");
    let (first, second) = (bench.backs_up(&usb), bench.backs_up(&usb));
    let folder = |name: &str| bench.path("usb/backups").join(name);
    // The newest is gone altogether: whoever put the folder back as it was the day before.
    fs::rename(folder(&second.name), bench.path("aside")).unwrap();
    let why = bench.verifies(&usb).unwrap_err().to_string();
    assert!(why.contains(&second.name) && why.contains("missing"), "{why}");
    // Its name holds what the older one held.
    fs::create_dir(folder(&second.name)).unwrap();
    for file in ["head", "list"] {
        fs::copy(folder(&first.name).join(file), folder(&second.name).join(file)).unwrap();
    }
    assert!(bench.verifies(&usb).is_err());
    fs::remove_dir_all(folder(&second.name)).unwrap();
    fs::rename(bench.path("aside"), folder(&second.name)).unwrap();
    bench.verifies(&usb).unwrap();
}

#[test]
fn damage_that_a_look_back_finds_is_remembered() {
    let bench = Bench::new(1, 20);
    let usb = bench.disk("usb");
    let (first, second) = (bench.backs_up(&usb), bench.backs_up(&usb));
    let rounds = || bench.store.db.read(|tx| ledger::rounds(tx, "usb")).unwrap();
    // A photo, which a backup that is not read back whole only looks at the length of.
    let (photo, bytes) = objects(&bench.path("usb/blobs")).pop().unwrap();
    let whole = fs::read(&photo).unwrap();
    let mut bent = whole.clone();
    bent[(bytes / 2) as usize] ^= 1;
    fs::write(&photo, &bent).unwrap();
    assert!(bench.verifies(&usb).is_err());
    let found = rounds().remove(0);
    assert!(found.name == second.name && found.damaged && found.why.is_some(), "{found:?}");
    assert_eq!(ledger::last_good(&rounds()).map(|good| good.name.clone()), Some(first.name.clone()));
    // A name that nobody knows is a slip of whoever typed it.
    let before = rounds();
    assert!(bench.keeper().verify(&usb, Some("20260101T000000Z-000007"), &mut super::quiet()).is_err());
    assert_eq!(rounds(), before);
    // The cable was loose, and all is there: it is as good as it was.
    fs::write(&photo, &whole).unwrap();
    assert_eq!(bench.verifies(&usb).unwrap(), second.name);
    assert!(rounds()[0].is_good() && !rounds()[0].damaged);
    // An older one that is damaged makes the newest one doubtful, which shares what lies there.
    fs::write(&photo, &bent).unwrap();
    assert!(bench.keeper().verify(&usb, Some(&first.name), &mut super::quiet()).is_err());
    assert!(rounds()[0].damaged && rounds()[1].damaged && rounds()[1].why.is_some());
    let mended = bench.backs_up(&usb);
    assert!(mended.is_good() && !mended.damaged && mended.written >= first.written, "{mended:?}");
    assert_eq!(fs::read(&photo).unwrap(), whole, "it was sent anew");
    bench.verifies(&usb).unwrap();
}

#[test]
fn a_backup_under_an_earlier_key_is_not_called_damaged() {
    let bench = Bench::new(1, 5);
    let usb = bench.disk("usb");
    let first = bench.backs_up(&usb);
    let keep = [hec::store::slots::Opener::Recovery(bench.code.clone())];
    bench.store.vault.rotate(&keep, &[], hec::store::slots::Cost::FLOOR, super::quiet()).unwrap();
    let rounds = || bench.store.db.read(|tx| ledger::rounds(tx, "usb")).unwrap();
    let before = rounds();
    for name in [None, Some(first.name.as_str())] {
        let why = bench.keeper().verify(&usb, name, &mut super::quiet()).unwrap_err().to_string();
        assert!(why.contains("sealed with another key"), "{why}");
    }
    assert_eq!(rounds(), before, "it is as good as it was");
    let second = bench.backs_up(&usb);
    assert!(second.is_good() && !second.damaged, "{second:?}");
    assert_eq!(bench.verifies(&usb).unwrap(), second.name);
}

#[test]
fn what_came_back_in_a_restore_knows_the_backup_that_it_came_from() {
    let bench = Bench::new(1, 5);
    let (usb, back) = (bench.disk("usb"), bench.path("back"));
    let round = bench.backs_up(&usb);
    bench.restores(&usb, &back).unwrap();
    let locked = hec::store::Locked::find(&back).unwrap();
    let key = locked.unlock(&hec::store::slots::Opener::Recovery(bench.code.clone())).unwrap();
    let options = hec::store::Options::new(
        hec::store::Environment::Development,
        hec::types::Clock::System,
        hec::wiring::MIGRATIONS,
    );
    let store = locked.open(key, options).unwrap();
    let keeper =
        hec::backup::round::Keeper { store: &store, named: super::NAMED, runtime: bench.runtime.handle().clone() };
    let rounds = || store.db.read(|tx| ledger::rounds(tx, "usb")).unwrap();
    // It was copied before it had a name.
    assert!(rounds()[0].name.is_empty());
    let (photo, bytes) = objects(&bench.path("usb/blobs")).pop().unwrap();
    let whole = fs::read(&photo).unwrap();
    fs::write(&photo, vec![7; bytes as usize]).unwrap();
    assert!(keeper.verify(&usb, None, &mut super::quiet()).is_err());
    assert!(rounds()[0].damaged && rounds()[0].why.is_some());
    fs::write(&photo, whole).unwrap();
    keeper.verify(&usb, None, &mut super::quiet()).unwrap();
    let known = rounds().remove(0);
    assert!(known.is_good() && !known.damaged && known.name == round.name && known.bytes == round.bytes, "{known:?}");
}

#[test]
fn an_older_head_that_is_bent_keeps_nobody_from_reading_the_newest_back() {
    let bench = Bench::new(1, 5);
    let usb = bench.disk("usb");
    let (first, second) = (bench.backs_up(&usb), bench.backs_up(&usb));
    let head = |name: &str| bench.path("usb/backups").join(name).join("head");
    fs::write(head(&first.name), b"nothing").unwrap();
    assert_eq!(bench.verifies(&usb).unwrap(), second.name);
    fs::write(head(&second.name), b"nothing").unwrap();
    assert!(bench.verifies(&usb).unwrap_err().to_string().contains(&format!("the head of {} is damaged", second.name)));
    let rounds = bench.store.db.read(|tx| ledger::rounds(tx, "usb")).unwrap();
    assert!(rounds[0].damaged && rounds[0].why.is_some() && !rounds[1].damaged);
}

#[test]
fn after_damage_the_next_backup_builds_upon_nothing_that_lies_there() {
    let bench = Bench::new(1, 600);
    let usb = bench.disk("usb");
    let first = bench.backs_up(&usb);
    assert_eq!(first.why, None);
    let packs = objects(&bench.path("usb/packs"));
    for (pack, bytes) in &packs {
        fs::write(pack, vec![7; *bytes as usize]).unwrap();
    }
    let failed = bench.backs_up(&usb);
    assert!(failed.damaged && failed.proven.is_none() && failed.why.is_some(), "{failed:?}");
    let heads = hec::backup::format::heads(&bench.place(&usb)).unwrap().0;
    assert_eq!(
        heads.iter().map(|head| &head.name).collect::<Vec<_>>(),
        [&first.name],
        "nobody restores what is damaged"
    );
    let mended = bench.backs_up(&usb);
    assert_eq!((mended.why.clone(), mended.damaged), (None, false));
    assert!(mended.written >= first.written, "everything was sent anew");
    bench.verifies(&usb).unwrap();
}
