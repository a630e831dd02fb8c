//! One family alone, out of a backup: beside those that live, or at another instance. The real binary does it, over a copy
//! of the store.

mod refusals;
mod tables;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use hec::{
    accounts::{self, Email, Password, bringing, log, password},
    admin::{
        deletion,
        tables::{Along, Class, TABLES},
    },
    config::PasswordCost,
    families, learners, oauth,
    store::{self, Plain, Read, Store, Table},
    types::{AccountId, Caller, Clock, FamilyId, Role, Scopes},
    wiring,
};
use serde_json::Value;

use super::{Bench, NAMED};
use crate::{
    process::{Answer, Server, answer, hec},
    support::{HASH, PASSWORD},
};

/// Every row of a store, by table and key.
type Rows = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

fn rows(store: &Store) -> Rows {
    let read = |tx: &Read| {
        let mut rows = Rows::new();
        for (name, _) in TABLES {
            let table: Table<Plain, Plain> = Table::new(name);
            for row in tx.under(&table, &()) {
                let (Plain(key), Plain(row)) = row?;
                rows.insert((*name, key), row);
            }
        }
        Ok(rows)
    };
    store.db.read(read).unwrap()
}

/// The rows of tables of some classes, whose key begins so.
fn part<'a>(
    rows: &'a Rows,
    which: impl Fn(Class) -> bool,
    begins: &[u8],
) -> BTreeMap<&'a (&'static str, Vec<u8>), &'a Vec<u8>> {
    let of = |name: &str| hec::admin::tables::class(name).is_some_and(&which);
    rows.iter().filter(|((name, key), _)| of(name) && key.starts_with(begins)).collect()
}

fn record(rows: &Rows, family: FamilyId) -> BTreeMap<&(&'static str, Vec<u8>), &Vec<u8>> {
    let mut record = part(rows, |class| class == Class::Family(Along::AsTheyAre), family.bytes());
    // It goes on with a line that tells of it.
    record.retain(|(name, _), _| *name != "family_log");
    record
}

/// The bytes of every photo that a family's rows name.
fn photos(store: &Store, family: FamilyId) -> Vec<(String, Vec<u8>)> {
    let (blobs, _) = store.db.read(|tx| hec::entries::blobs_of(tx, family)).unwrap();
    blobs.iter().map(|blob| (blob.id.to_string(), store.blobs.get(blob).unwrap())).collect()
}

fn caller(account: AccountId, family: FamilyId) -> Caller {
    Caller { account, family, role: Role::Owner, scopes: Scopes::ALL, learners: None }
}

fn account(store: &Store, email: &str) -> Option<accounts::Account> {
    store.db.read(|tx| accounts::by_email(tx, &Email::parse(email)?)).unwrap()
}

fn role(store: &Store, email: &str, family: FamilyId) -> Option<Role> {
    let account = account(store, email)?;
    store.db.read(|tx| families::membership(tx, account.id, family)).unwrap().map(|member| member.role)
}

/// A store with two families, of which the first has all that a family can have.
struct Street {
    bench: Bench,
    /// The first family, and its owner.
    family: FamilyId,
    owner: AccountId,
}

impl Street {
    fn new(entries: u32) -> Self {
        let bench = Bench::new(2, entries);
        let of = |name: &str| {
            let all = bench.store.db.read(families::all).unwrap();
            all.into_iter().find(|family| family.name == name).unwrap().id
        };
        let (family, other) = (of("Family 1"), of("Family 2"));
        let owner = account(&bench.store, "parent1@example.org").unwrap().id;
        let neighbour = account(&bench.store, "parent2@example.org").unwrap().id;
        let filled = bench.store.db.write_blocking(move |tx| {
            let caller = caller(owner, family);
            // A carer who belongs to the other family, too; and one whose own account goes.
            families::join(tx, family, neighbour, Role::Viewer);
            for (name, role) in [("cat", Role::Carer), ("vera", Role::Viewer)] {
                let email = Email::parse(&format!("{name}@example.org"))?;
                let account = accounts::register(tx, name.to_owned(), &email, &HASH, name == "cat")?;
                families::join(tx, family, account.id, role);
                families::join(tx, other, account.id, Role::Viewer);
                // Rows that go along with an account as they are.
                for table in ["recovery_codes", "short_passwords"] {
                    let table: Table<Plain, Plain> = Table::new(table);
                    let more: &[u8] = if table.name() == "recovery_codes" { &[7; 32] } else { &[] };
                    tx.put(&table, &Plain([account.id.bytes().as_slice(), more].concat()), &Plain(Vec::new()));
                }
            }
            // And what lets somebody in.
            families::invitations::invite(tx, &caller, Role::Carer, [3; 32])?;
            let wren = learners::all(tx, &caller)?[0].id;
            learners::sign_in::set(tx, &caller, wren, HASH.clone(), [4; 24])?;
            oauth::make(tx, &caller, oauth::Draft::parse("phone", &["records:read"], "30")?, [5; 32])?;
            Ok(())
        });
        filled.unwrap();
        Self { bench, family, owner }
    }

    /// The first family is deleted with the accounts that belong to it alone, its rows removed, its files swept.
    fn deletes(&self) {
        let (family, owner) = (self.family, self.owner);
        let store = &self.bench.store;
        let emptied = store.db.write_blocking(move |tx| {
            for member in families::members_of(tx, family)? {
                if member.account != owner {
                    families::members::remove(tx, &caller(owner, family), member.account)?;
                }
            }
            Ok(())
        });
        emptied.unwrap();
        // Whoever took the record from others waits; here the time is over.
        let shut = store.db.write_blocking(move |tx| {
            families::deletion::ask(tx, &caller(owner, family), "Family 1")?;
            tx.set_now(tx.now().plus(families::deletion::WAIT * 2));
            families::deletion::shut_due(tx)
        });
        shut.unwrap();
        while store.db.write_blocking(deletion::step).unwrap() {}
        let gone = ["parent1@example.org", "cat@example.org"].map(|email| account(store, email).unwrap().id);
        let forgotten = store.db.write_blocking(move |tx| {
            gone.into_iter().try_for_each(|account| {
                families::account::leave_all(tx, account)?;
                accounts::delete(tx, account)
            })
        });
        forgotten.unwrap();
        let named = || Ok(store.db.read(NAMED)?.iter().map(|blob| blob.id).collect());
        let swept = store.blobs.sweep(named, store.db.clock().now().plus(families::deletion::WAIT)).unwrap();
        assert!(swept >= 6, "the photos are gone: {swept}");
        let left = rows(store);
        assert!(part(&left, |class| matches!(class, Class::Family(_)), family.bytes()).is_empty(), "rows are left");
    }

    fn house(&self, name: &str) -> House {
        House::over(&self.bench, "data", name)
    }
}

/// A copy of a bench's store that a process of its own uses.
struct House {
    data: PathBuf,
    backups: PathBuf,
    folder: PathBuf,
}

impl House {
    fn over(bench: &Bench, of: &str, name: &str) -> Self {
        let data = bench.path(name);
        assert!(Command::new("cp").arg("-a").arg(bench.path(of)).arg(&data).status().unwrap().success());
        let backups = bench.path(&format!("{name}.toml"));
        fs::write(&backups, format!("[[destination]]\nname = \"usb\"\nto = {:?}\n", bench.path("usb"))).unwrap();
        Self { data, backups, folder: bench.path("") }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = hec(&[&"--environment", &"development", &"--data", &self.data, &"--backups", &self.backups]);
        command.arg("restore").args(args);
        command
    }

    fn restores(&self, args: &[&str]) -> Answer {
        answer(&mut self.command(args))
    }

    /// With a recovery code on standard input.
    fn restores_with(&self, code: &str, args: &[&str]) -> Answer {
        let said = self.folder.join("said");
        fs::write(&said, code).unwrap();
        fs::set_permissions(&said, fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = self.command(args);
        answer(command.args(["--code-fd", "0"]).stdin(fs::File::open(&said).unwrap()))
    }

    fn look<T>(&self, work: impl FnOnce(&Store) -> T) -> T {
        let store = store::open_development(&self.data, Clock::System, wiring::MIGRATIONS).unwrap();
        let seen = work(&store);
        store.db.close();
        seen
    }

    fn rows(&self) -> Rows {
        self.look(rows)
    }
}

/// What must be as it was: everything but the family's own rows, who belongs to it, its accounts, and the logs.
fn others(rows: &Rows, family: FamilyId, came: &[AccountId]) -> Rows {
    let mut rows = rows.clone();
    rows.retain(|(name, key), row| {
        let of_it = key.windows(16).any(|part| part == family.bytes());
        let of_them =
            came.iter().any(|id| key.starts_with(id.bytes()) || row.windows(16).any(|part| part == id.bytes()));
        !of_it && !of_them && !["account_log", "instance_log"].contains(name)
    });
    rows
}

#[test]
fn a_deleted_family_comes_back_whole_beside_the_living_ones() {
    let street = Street::new(40);
    let (bench, family) = (&street.bench, street.family);
    let before = rows(&bench.store);
    let pictures = photos(&bench.store, family);
    assert!(pictures.len() >= 6 && record(&before, family).len() > 400, "there is something to lose");
    let usb = bench.disk("usb");
    let round = bench.backs_up(&usb);
    assert_eq!(round.why, None);
    street.deletes();
    let house = street.house("house");
    let deleted = house.rows();

    // First a look, which changes nothing.
    let looked = house.restores(&["--family", " family  1", "--dry-run"]).done();
    for word in [
        round.name.as_str(),
        "40 entries",
        "3 children",
        "parent1@example.org, owner: the account comes back, with its password",
        "cat@example.org, carer: the account comes back, with its password and second factor",
        "does not look after this HEC",
        "parent2@example.org, viewer: has the account here still",
        "sets new words for each child",
    ] {
        assert!(looked.contains(word), "{word}: {looked}");
    }
    assert!(!looked.contains("Family 1"), "names stay with the families");
    assert_eq!(house.rows(), deleted);

    let done = house.restores(&["--family", "Family 1", "--yes"]).done();
    assert!(done.contains("The family is back."), "{done}");
    let after = house.rows();
    assert_eq!(record(&after, family), record(&before, family), "every row, byte for byte");
    house.look(|store| {
        assert_eq!(photos(store, family), pictures, "and every photo");
        for (email, is) in [
            ("parent1@example.org", Role::Owner),
            ("cat@example.org", Role::Carer),
            ("vera@example.org", Role::Viewer),
            ("parent2@example.org", Role::Viewer),
        ] {
            assert_eq!(role(store, email, family), Some(is), "{email}");
        }
        let cat = account(store, "cat@example.org").unwrap();
        assert!(!cat.operator, "nobody looks after an instance by being brought back");
        let memberships = store.db.read(|tx| families::memberships(tx, cat.id)).unwrap();
        assert_eq!(memberships.len(), 1, "the other family is not brought along");
        let all = store.db.read(families::all).unwrap();
        let family = all.into_iter().find(|one| one.id == family).unwrap();
        assert!(family.deletion.is_none() && family.name == "Family 1");
        let lines = store.db.read(|tx| log::of_family(tx, family.id, 1)).unwrap();
        assert_eq!((lines[0].act, lines[0].about.as_str()), (log::Act::FamilyBroughtBack, round.name.as_str()));
        let lines = store.db.read(|tx| log::of_account(tx, cat.id, 1)).unwrap();
        assert_eq!(lines[0].act, log::Act::FamilyBroughtBack);
        // Whoever looks after the instance later finds it, too.
        let lines = store.db.read(|tx| log::of_operators(tx, None, 5)).unwrap();
        assert_eq!((lines[0].act, lines[0].by.as_str()), (log::Act::FamilyBroughtBack, ""));
        assert_eq!(lines[0].about, hec::types::reference(&family.id));
    });
    // The accounts came with what makes them safe, and nothing else of theirs.
    let cat = bench_account(&before, "cat@example.org");
    for table in ["recovery_codes", "short_passwords"] {
        let of = |rows: &Rows| rows.keys().filter(|(name, key)| *name == table && key.starts_with(cat.bytes())).count();
        assert_eq!((of(&before), of(&after)), (1, 1), "{table}");
    }
    // What lets somebody in stayed behind, table by table.
    let never = |class| class == Class::Family(Along::Never);
    assert!(part(&before, never, family.bytes()).len() >= 4, "there was something to let in");
    assert_eq!(part(&after, never, family.bytes()), BTreeMap::new());
    assert_eq!(
        part(&after, |class| class == Class::Passing, &[]),
        part(&deleted, |class| class == Class::Passing, &[])
    );
    // And everybody else's rows are as they were.
    let came = [street.owner, cat];
    assert_eq!(others(&after, family, &came), others(&deleted, family, &came));
    assert!(!house.data.join("incoming").exists());

    // It lives here now.
    let again = house.restores(&["--family", "Family 1", "--yes"]);
    again.refused("this family lives here: nothing was changed");
    assert_eq!(house.rows(), after);
}

/// The account of an email, as rows have it.
fn bench_account(rows: &Rows, email: &str) -> AccountId {
    let key = ("account_emails", [email.as_bytes(), &[0]].concat());
    // A row is a version, an array's head, a byte string's head, sixteen bytes.
    let row = &rows[&key];
    AccountId::from_bytes(row[row.len() - 16..].try_into().unwrap())
}

#[test]
fn it_is_looked_for_in_older_backups_and_its_name_is_told_to_nobody() {
    let street = Street::new(5);
    let (bench, usb) = (&street.bench, street.bench.disk("usb"));
    let first = bench.backs_up(&usb);
    street.deletes();
    let second = bench.backs_up(&usb);
    assert_eq!((first.why, second.why), (None, None));
    let house = street.house("house");
    let listed = house.restores(&["--list-families", "--backup", &first.name]).done();
    let lines: Vec<_> = listed.lines().filter(|line| line.contains("entries")).collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines.iter().any(|line| line.starts_with(&street.family.to_string()) && line.ends_with("is not here")));
    assert!(lines.iter().any(|line| line.ends_with("lives here")) && !listed.contains("Family 1"), "{listed}");
    let newest: Value = serde_json::from_str(&house.restores(&["--list-families", "--json"]).done()).unwrap();
    assert_eq!(
        (&newest["backup"]["name"], newest["families"].as_array().unwrap().len()),
        (&Value::from(second.name.as_str()), 1)
    );
    assert_eq!(newest["backup"]["proven"], true);
    let id = street.family.to_string();
    let done = house.restores(&["--family", &id, "--yes"]).done();
    let passed = done.find(&format!("{}: the family is not in it", second.name)).unwrap();
    let found = done.find(&format!("The backup {} at usb", first.name)).unwrap();
    assert!(passed < found, "{done}");
    house.look(|store| assert_eq!(photos(store, street.family).len(), 6));
}

#[test]
fn where_a_place_is_away_nobody_gets_an_older_state_unseen() {
    let street = Street::new(5);
    assert_eq!(street.bench.backs_up(&street.bench.disk("usb")).why, None);
    street.deletes();
    let house = street.house("house");
    let away = street.bench.path("unplugged").join("hec");
    let more = format!("\n[[destination]]\nname = \"attic\"\nto = {away:?}\n");
    fs::write(&house.backups, fs::read_to_string(&house.backups).unwrap() + &more).unwrap();
    let (id, before) = (street.family.to_string(), house.rows());
    let refused = house.restores(&["--family", &id, "--yes"]);
    assert!(refused.err.contains("attic: the folder") && refused.err.contains("--from"), "{}", refused.err);
    refused.refused("A newer backup may lie there: nothing was changed");
    assert_eq!(house.rows(), before);
    for look in [&["--family", &id, "--dry-run"] as &[&str], &["--list-families"]] {
        let said = house.restores(look).done();
        assert!(said.contains("attic: the folder"), "{said}");
    }
    house.restores(&["--family", &id, "--yes", "--from", "usb"]).done();
    house.look(|store| assert_eq!(photos(store, street.family).len(), 6));
}

#[test]
fn while_the_server_runs_the_family_comes_back_in_it() {
    let street = Street::new(20);
    let (bench, usb) = (&street.bench, street.bench.disk("usb"));
    let before = rows(&bench.store);
    assert_eq!(bench.backs_up(&usb).why, None);
    street.deletes();
    let house = street.house("house");
    let mut serve = hec(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data", &house.data, &"--backups", &house.backups]);
    let server = Server::serve_by(serve.env("HEC_ENVIRONMENT", "development"));
    let folder = bench.path("usb");
    let from = folder.to_str().unwrap();
    let list = || -> Value {
        serde_json::from_str(&house.restores(&["--list-families", "--from", from, "--json"]).done()).unwrap()
    };
    let lives =
        |said: &Value| said["families"].as_array().unwrap().iter().filter(|one| one["lives_here"] == true).count();
    assert_eq!(lives(&list()), 1);
    let done = house.restores(&["--family", "Family 1", "--yes", "--leave-out", "CAT@example.org"]).done();
    assert!(done.contains("cat@example.org, carer: does not come"), "{done}");
    assert_eq!(lives(&list()), 2);
    assert!(house.restores(&["--family", "Family 1", "--dry-run"]).err.contains("this family lives here"));
    let (status, _) = server.stop();
    assert!(status.success());
    let after = house.rows();
    assert_eq!(record(&after, street.family), record(&before, street.family));
    house.look(|store| {
        assert!(account(store, "cat@example.org").is_none(), "who was left out is not there");
        let family = store.db.read(|tx| families::get(tx, street.family)).unwrap();
        assert!(family.parted_at.is_some(), "and nobody deletes the record the next moment");
        assert_eq!(photos(store, street.family).len(), 6);
    });
}

#[test]
fn a_family_moves_to_another_instance_by_that_ones_recovery_code() {
    let street = Street::new(15);
    let (bench, usb) = (&street.bench, street.bench.disk("usb"));
    let cat = account(&bench.store, "cat@example.org").unwrap().id;
    assert_eq!(bench.backs_up(&usb).why, None);
    let (before, pictures) = (rows(&bench.store), photos(&bench.store, street.family));
    // Elsewhere there is another "parent2", and nobody else of them.
    let elsewhere = Bench::new(2, 3);
    let house = House::over(&elsewhere, "data", "house");
    let (living, from) = (house.rows(), bench.path("usb"));
    let from = from.to_str().unwrap();
    let code = &*bench.code.expose();
    let ask = |more: &[&str]| {
        let id = street.family.to_string();
        let args = [&["--from", from, "--family", &id], more].concat();
        house.restores_with(code, &args)
    };
    house.restores(&["--from", from, "--family", "Family 1", "--yes"]).refused("give what opens it with --code-fd");
    let wrong = elsewhere.code.expose();
    let refused = house.restores_with(&wrong, &["--from", from, "--list-families"]);
    assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{}", refused.err);
    let looked = ask(&["--dry-run"]).done();
    assert!(looked.contains("of another HEC") && looked.contains("NOBODY KNOWS WHETHER IT IS THE SAME"), "{looked}");
    ask(&["--yes"]).refused("another account here has the email parent1@example.org: nothing was changed");
    assert_eq!(house.rows(), living);
    // The owner is the same person; the other one is not.
    ask(&["--yes", "--same-email", "--leave-out", "parent2@example.org"]).done();
    let after = house.rows();
    assert_eq!(record(&after, street.family), record(&before, street.family));
    house.look(|store| {
        assert_eq!(photos(store, street.family), pictures);
        let parent = account(store, "parent1@example.org").unwrap();
        assert_ne!(parent.id, street.owner, "the account that was here");
        assert_eq!(role(store, "parent1@example.org", street.family), Some(Role::Owner));
        assert_eq!(role(store, "parent2@example.org", street.family), None);
        let back = account(store, "cat@example.org").unwrap();
        assert_eq!((back.id, back.operator, back.verified_at), (cat, false, None));
        let credentials = store.db.read(|tx| accounts::credentials(tx, &Email::parse("cat@example.org")?)).unwrap();
        let password = Password::attempt(PASSWORD);
        let right = password::verify(PasswordCost::FLOOR, &password, credentials.as_ref().map(|(_, hash)| hash));
        assert!(right.unwrap(), "they sign in with the password that they have");
    });
    let here = [bench_account(&living, "parent1@example.org")];
    assert_eq!(
        others(&after, street.family, &[cat, bench_account(&before, "vera@example.org"), here[0]]),
        others(&living, street.family, &here)
    );
}

#[test]
fn killed_anywhere_it_is_there_whole_or_not_at_all() {
    let kills: u32 = std::env::var("HEC_BACKUP_KILLS").map_or(5, |kills| kills.parse().unwrap());
    let street = Street::new(60);
    let (bench, usb, family) = (&street.bench, street.bench.disk("usb"), street.family);
    let (before, pictures) = (rows(&bench.store), photos(&bench.store, family));
    assert_eq!(bench.backs_up(&usb).why, None);
    street.deletes();
    let args = ["--family", "Family 1", "--yes"];
    let measured = street.house("measured");
    let began = std::time::Instant::now();
    measured.restores(&args).done();
    let whole = began.elapsed();
    let (mut there, mut not) = (0, 0);
    for kill in 0..=kills {
        let house = street.house(&format!("house-{kill}"));
        let deleted = house.rows();
        let mut child = house.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = std::time::Instant::now() + whole * kill / kills;
        // The last one is let be.
        while (kill == kills || std::time::Instant::now() < until) && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        drop(child.kill());
        child.wait().unwrap();
        let after = house.rows();
        assert!(!house.data.join("incoming").exists(), "the opening has cleared up");
        if after == deleted {
            not += 1;
            // What came of the photos is nobody's, and is swept.
            house.look(|store| {
                let named = || Ok(store.db.read(NAMED)?.iter().map(|blob| blob.id).collect());
                store.blobs.sweep(named, store.db.clock().now()).unwrap();
                assert!(
                    pictures
                        .iter()
                        .all(|(id, _)| { !store.blobs.sealed_file(hec::types::BlobId::parse(id).unwrap()).exists() })
                );
            });
            house.restores(&args).done();
        } else {
            there += 1;
        }
        assert_eq!(record(&house.rows(), family), record(&before, family), "kill {kill}");
        house.look(|store| assert_eq!(photos(store, family), pictures, "kill {kill}"));
        fs::remove_dir_all(&house.data).unwrap();
    }
    assert!(not > 0 && there > 0, "{there} there, {not} not");
}

#[test]
fn who_is_here_for_an_account_is_found_by_id_and_then_by_email() {
    let street = Street::new(2);
    let store = &street.bench.store;
    let found = |id| store.db.read(|tx| bringing::find(tx, tx, id)).unwrap().1;
    assert_eq!(found(street.owner), bringing::Here::Same);
    assert!(store.db.read(|tx| bringing::find(tx, tx, AccountId::from_bytes([9; 16]))).is_err());
}
