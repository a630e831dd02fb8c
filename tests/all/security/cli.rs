//! `hec account`, beside a running server and without one.

use std::path::Path;

use hec::accounts::{
    self, Email,
    log::{self, Act},
};
use serde_json::Value;

use crate::process::{Answer, Server, run};

fn account(data: &Path, args: &[&str]) -> Answer {
    let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"account"];
    all.extend(args.iter().map(|arg| arg as &dyn AsRef<std::ffi::OsStr>));
    all.extend([&"--environment" as &dyn AsRef<std::ffi::OsStr>, &"development", &"--data", &data]);
    run(&all)
}

fn listed(data: &Path) -> Vec<Value> {
    let json: Value = serde_json::from_str(&account(data, &["list", "--json"]).done()).unwrap();
    json.as_array().unwrap().clone()
}

fn link(words: &str) -> String {
    let at = words.find("/reset?token=").expect("a link");
    words[at..].trim().to_owned()
}

#[tokio::test]
async fn accounts_are_looked_after_beside_a_running_server_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let server = Server::demo(&[&"--data", &data]);
    let client = crate::support::client().build().unwrap();
    let said =
        account(&data, &["create", "fern@example.org", "--name", "Fern", "--family", "Fern’s", "--adult"]).done();
    let page = format!("{}{}", server.url, link(&said));
    assert_eq!(client.get(&page).send().await.unwrap().status(), 200);
    assert!(account(&data, &["list"]).done().contains("fern@example.org"));

    // An operator takes a lost second factor away; the account's log tells of it.
    let operator = server.account("operator")["email"].as_str().unwrap().to_owned();
    let of = |all: &[Value], email: &str| all.iter().find(|one| one["email"] == email).cloned();
    assert_eq!(of(&listed(&data), &operator).unwrap()["second_factor"], true);
    account(&data, &["disable-2fa", &operator]).done();
    assert_eq!(of(&listed(&data), &operator).unwrap()["second_factor"], false);
    assert!(account(&data, &["disable-2fa", &operator]).done().contains("no second factor"));

    // A new password by a link; the earlier link ends with the next one.
    let old = link(&account(&data, &["reset-password", "FERN@example.org"]).done());
    let new = link(&account(&data, &["reset-password", "fern@example.org"]).done());
    assert_eq!(client.get(&page).send().await.unwrap().status(), 404);
    assert_eq!(client.get(format!("{}{old}", server.url)).send().await.unwrap().status(), 404);
    let token = new.strip_prefix("/reset?token=").unwrap();
    let form = client.post(format!("{}/reset", server.url)).header("origin", &server.url);
    let password = "spoons under every cloud";
    let sent = form.form(&[("token", token), ("password", password)]).send().await.unwrap();
    assert_eq!(sent.headers()["location"], "/sign-in?notice=password-set");
    let form = client.post(format!("{}/sign-in", server.url)).header("origin", &server.url);
    let signed_in = form.form(&[("email", "fern@example.org"), ("password", password)]).send().await.unwrap();
    assert_eq!(signed_in.status(), 303);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let log = client.get(format!("{}/account/security", server.url)).header("cookie", &cookie).send().await.unwrap();
    let log = log.text().await.unwrap();
    assert!(log.contains("made a link for a new password") && log.contains("If you did not ask for this"));

    // Nobody is left without an owner, and nothing is deleted by a slip.
    account(&data, &["delete", "fern@example.org"]).refused("say --yes");
    account(&data, &["delete", "fern@example.org", "--yes"]).refused("only owner of the family");
    account(&data, &["delete", "nobody@example.org", "--yes"]).refused("no account has the email");
    let viewer = server.account("viewer")["email"].as_str().unwrap().to_owned();
    let before = listed(&data).len();
    account(&data, &["delete", &viewer, "--yes"]).done();
    assert!(of(&listed(&data), &viewer).is_none());
    assert_eq!(listed(&data).len(), before - 1);

    let (status, _) = server.stop();
    assert!(status.success());
    assert_eq!(listed(&data).len(), before - 1, "the same without a server");
    account(&data, &["reset-password", "fern@example.org"]).done();
}

#[test]
fn a_password_comes_by_a_descriptor_and_is_checked_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("store");
    run(&[&"seed", &"--families", &"1", &"--entries", &"1", &"--data", &data]).done();
    let create = |password: &str| {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, password.as_bytes()).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let mut command = crate::process::hec(&[&"--environment", &"development", &"--data", &data]);
        let args = ["account", "create", "fern@example.org", "--name", "Fern", "--family", "F", "--adult"];
        crate::process::answer(command.stdin(file).args(args).args(["--password-fd", "0"]))
    };
    let weak = create("short\n");
    assert_eq!(weak.code, 1);
    assert!(weak.err.contains("password") && !weak.err.contains("short\n"), "{}", weak.err);
    let said = create("spoons under every cloud\n").done();
    assert!(said.contains("fern@example.org can sign in") && !said.contains("reset"), "{said}");
    let without_a_word = run(&[&"account", &"create", &"a@b.c", &"--name", &"A", &"--family", &"A", &"--data", &data]);
    assert_eq!(without_a_word.code, 2, "whoever makes an account says that its owner is an adult");
}

#[test]
fn what_is_said_when_a_second_factor_is_taken_away() {
    use hec::{
        accounts::{
            self, factor,
            log::{self, Act},
            passkey::{self, Seen},
        },
        store,
        types::Clock,
        wiring,
    };
    let folder = crate::support::scratch();
    let data = folder.path();
    let cases = [
        ("ana", 0, false, ""),
        ("ben", 1, false, "\nThe account's passkey is gone too."),
        ("cleo", 3, false, "\nThe account's 3 passkeys are gone too."),
        ("dan", 0, true, "they choose a longer one first."),
    ];
    let app = crate::support::create(crate::support::config(data));
    let joining = app.db.write_blocking(move |tx| {
        let mut all = Vec::new();
        for (who, passkeys, short, _) in cases {
            let account = crate::support::join(tx, who)?.account;
            for number in 0..passkeys {
                let id = passkey::id_of(&[account.bytes().as_slice(), &[number]].concat());
                let key = Seen { id, counter: 0, backed_up: false, credential: Vec::new() };
                passkey::add(tx, account, format!("Number {number}"), "localhost", key)?;
            }
            factor::set(tx, account, &factor::Seed::random()?, None, &factor::new_codes()?)?;
            if short {
                accounts::note_short(tx, account);
            }
            all.push(account);
        }
        Ok(all)
    });
    let all = joining.unwrap();
    app.db.close();
    drop(app);
    for (who, _, short, more) in cases {
        let email = format!("{who}@example.org");
        let told = format!("{email} signs in with the password alone now. Their log tells of it.");
        let said = account(data, &["disable-2fa", &email]).done();
        assert!(said.starts_with(&told) && said.trim_end().ends_with(more), "{said}");
        assert_eq!(said.contains("fewer than 15 characters"), short, "{said}");
        assert_eq!(said.contains("passkey"), more.contains("passkey"), "{said}");
        let again = account(data, &["disable-2fa", &email]).done();
        assert_eq!(again.trim_end(), format!("{email} has no second factor."));
    }
    account(data, &["disable-2fa", "nobody@example.org"]).refused("no account has the email nobody@example.org");
    let store = store::open_development(data, Clock::System, wiring::MIGRATIONS).unwrap();
    for account in all {
        let (stands, keys, lines) = store
            .db
            .read(|tx| {
                Ok((factor::stands(tx, account)?, passkey::any(tx, account)?, log::of_account(tx, account, 10)?))
            })
            .unwrap();
        assert_eq!((stands, keys), (false, false), "not even a recovery code is asked for");
        assert_eq!(lines.iter().filter(|line| line.act == Act::OperatorFactorRemoved).count(), 1);
    }
}

#[tokio::test]
async fn an_account_is_let_look_after_hec_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let server = Server::demo(&[&"--data", &data]);
    let first = server.account("operator")["email"].as_str().unwrap().to_owned();
    let keeps = |email: &str| listed(&data).iter().any(|one| one["email"] == email && one["operator"] == true);
    account(&data, &["create", "fern@example.org", "--name", "Fern", "--family", "Fern’s", "--adult"]).done();
    assert!(keeps(&first) && !keeps("fern@example.org"));
    // Somebody must look after it.
    account(&data, &["operator", &first, "--off"]).refused("nobody would look after this HEC");
    assert!(keeps(&first));
    let said = account(&data, &["operator", "FERN@example.org"]).done();
    assert!(said.contains("once the account has a second factor"), "{said}");
    assert!(account(&data, &["operator", &first]).done().contains("already"));
    let said = account(&data, &["operator", &first, "--off"]).done();
    assert!(said.contains("no longer. Its families are as they were"), "{said}");
    assert!(account(&data, &["operator", &first, "--off"]).done().contains("does not look after"));
    assert!(!keeps(&first) && keeps("fern@example.org"));
    account(&data, &["operator", "nobody@example.org"]).refused("no account has the email nobody@example.org");
    assert!(server.stop().0.success());
    // Both logs tell of it: that of the instance, and the account's own.
    let store = hec::store::open_development(&data, hec::types::Clock::System, hec::wiring::MIGRATIONS).unwrap();
    let lines = store.db.read(|tx| log::of_operators(tx, None, 10)).unwrap();
    let told: Vec<_> = lines.iter().map(|line| (line.act, line.by.as_str())).collect();
    assert_eq!(told[..2], [(Act::OperatorRemoved, ""), (Act::OperatorAdded, "")]);
    let of = |email: &str| {
        store.db.read(|tx| {
            let account = accounts::by_email(tx, &Email::parse(email)?)?.unwrap();
            Ok(log::of_account(tx, account.id, 1)?.remove(0).act)
        })
    };
    assert_eq!((of(&first).unwrap(), of("fern@example.org").unwrap()), (Act::OperatorRemoved, Act::OperatorAdded));
}
