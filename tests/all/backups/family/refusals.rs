//! What is refused, in plain words, with nothing changed.

use std::fs;

use hec::{
    backup::{restore, taken::Taken},
    families,
    store::{Environment, Options},
    types::{Clock, Role},
    wiring,
};

use super::{
    super::{Bench, NAMED, quiet},
    House, Street, caller, rows,
};

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_changed() {
    let street = Street::new(4);
    let (bench, usb) = (&street.bench, street.bench.disk("usb"));
    let family = street.family;
    let both = bench.store.db.write_blocking(move |tx| {
        let all = families::all(tx)?;
        let other = all.iter().find(|one| one.id != family).unwrap().id;
        families::change(tx, &caller(street.owner, other), "FAMILY 1", "Europe/London").map(drop)
    });
    both.unwrap();
    let round = bench.backs_up(&usb);
    assert_eq!(round.why, None);
    let living = street.house("living");
    let id = family.to_string();
    street.deletes();
    let house = street.house("house");
    let before = house.rows();
    let refused = |args: &[&str], why: &str| house.restores(args).refused(why);
    refused(&["--family", "Family 1", "--yes"], "several families have this name");
    refused(&["--family", "Family 9", "--yes"], "no family has this name or id in");
    refused(&["--family", &id], "nobody is there to ask");
    refused(&["--family", &id, "--yes", "--leave-out", "nobody@example.org"], "does not belong to this family");
    refused(&["--family", &id, "--yes", "--leave-out", "parent1@example.org"], "without an owner");
    refused(&["--family", &id, "--yes", "--from", "/nowhere"], "there is no folder /nowhere");
    refused(&["--family", &id, "--yes", "--from", "nas"], "no destination is called nas");
    refused(&["--family", &id, "--yes", "--backup", "20200101T000000Z-000001"], "there is no backup 20200101T000000Z");
    assert_eq!(house.rows(), before);
    living.restores(&["--family", &id, "--yes"]).refused("Recently deleted entries");

    // A photo that is damaged where it lies.
    for (path, _) in super::super::objects(&bench.path("usb/blobs")) {
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    refused(&["--family", &id, "--yes"], "is not what was written");
    assert_eq!(house.rows(), before);
    assert!(!house.data.join("incoming").exists());
}

#[test]
fn without_a_record_or_a_first_account_there_is_nothing_to_put_it_into() {
    let street = Street::new(2);
    assert_eq!(street.bench.backs_up(&street.bench.disk("usb")).why, None);
    let house = street.house("house");
    fs::remove_dir_all(&house.data).unwrap();
    house.restores(&["--family", "Family 1", "--yes"]).refused("that a family could be put into");
    fs::create_dir(&house.data).unwrap();
    let empty = hec::store::create_development(&house.data, Clock::System, wiring::MIGRATIONS).unwrap();
    empty.db.close();
    drop(empty);
    let code = street.bench.code.expose();
    let asked = house.restores_with(&code, &["--family", "Family 1", "--yes"]);
    asked.refused("nobody has set this HEC up yet");
    assert!(rows_of(&house).is_empty());
}

/// Rows that somebody made, in a store that nobody has used.
fn rows_of(house: &House) -> Vec<&'static str> {
    house.rows().into_keys().map(|(name, _)| name).filter(|name| *name != "about").collect()
}

#[test]
fn a_backup_of_a_later_version_or_another_environment_is_named() {
    let bench = Bench::new(1, 2);
    let usb = bench.disk("usb");
    assert_eq!(bench.backs_up(&usb).why, None);
    let place = bench.place(&usb);
    let head = restore::find(&place, None).unwrap();
    let (key, folder) = (bench.store.vault.key(), bench.path("data"));
    let take = |options| Taken::open(&place, &head.name, &key, &folder, options, NAMED, &mut quiet());
    let older = Options::new(Environment::Development, Clock::System, &[]);
    let why = take(older).err().unwrap().to_string();
    assert!(why.contains("install that version or a later one"), "{why}");
    let other = Options::new(Environment::Production, Clock::System, wiring::MIGRATIONS);
    assert!(take(other).err().unwrap().to_string().contains("is of a store for development"));
    let taken = take(Options::new(Environment::Development, Clock::System, wiring::MIGRATIONS)).unwrap();
    hec::admin::bringing::must_know(&taken.tables, &head.version).unwrap();
    // A table that a later version has, without a migration.
    let mut more = taken.tables.clone();
    more[0].name = "telepathy".to_owned();
    let why = hec::admin::bringing::must_know(&more, "9.9.9").unwrap_err().to_string();
    assert!(why.contains("made by HEC 9.9.9"), "{why}");
    drop(taken);
    assert!(!folder.join("incoming").exists());
}

#[test]
fn a_wish_to_delete_that_stood_in_the_backup_is_taken_back() {
    let street = Street::new(3);
    let (bench, usb, family, owner) = (&street.bench, street.bench.disk("usb"), street.family, street.owner);
    let asked =
        bench.store.db.write_blocking(move |tx| families::deletion::ask(tx, &caller(owner, family), "Family 1"));
    assert!(asked.unwrap().is_some(), "two keep it: it waits");
    assert_eq!(bench.backs_up(&usb).why, None);
    street.deletes();
    let house = street.house("house");
    let done = house.restores(&["--family", "Family 1", "--yes"]).done();
    assert!(done.contains("that is taken back"), "{done}");
    house.look(|store| {
        store.db.write_blocking(families::deletion::shut_due).unwrap();
        assert!(store.db.read(|tx| families::get(tx, family)).unwrap().deletion.is_none());
        assert_eq!(super::role(store, "parent1@example.org", family), Some(Role::Owner));
        assert!(!rows(store).is_empty());
    });
}
