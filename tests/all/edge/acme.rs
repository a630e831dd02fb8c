//! Certificates from an authority: asked for when they are due, never too often, never in vain.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use hec::{
    config,
    http::{
        listener::{self, Bounds, Server},
        tls::{
            Certificates, Pending, Tls,
            acme::{Acme, Outcome},
            built,
        },
    },
    row,
    store::{self, Db, Table},
    types::{Clock, Timestamp},
    wiring,
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use poem::endpoint::make_sync;
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::{
    super::{
        keys::{Machine, PASSPHRASE},
        support::{client, scratch},
    },
    offered,
    pebble::{BLOCKED, Pebble, free_port},
    shake, trusting,
};

const NAME: &str = "hec.example.test";
const QUARTER: Duration = Duration::from_mins(15);

/// A store with a clock of its own that shows the machine's time at first: Pebble's certificates begin now.
async fn store_at(folder: &Path, at: Timestamp) -> Db {
    let data = folder.join("data");
    let open = if store::exists(&data) { store::open_development } else { store::create_development };
    let opened = tokio::task::spawn_blocking(move || open(&data, Clock::manual(at), wiring::MIGRATIONS));
    opened.await.unwrap().unwrap().db
}

fn asked(directory: &str, root: Option<&Pebble>) -> config::Acme {
    config::Acme { directory: directory.to_owned(), preflight: None, contact: None, root: root.map(Pebble::root_file) }
}

fn acme(db: &Db, pebble: &Pebble, name: &str) -> Arc<Acme> {
    let asked = asked(&pebble.directory, Some(pebble));
    Arc::new(Acme::open(db, &asked, &[name.to_owned()], None, Arc::new(Pending)).unwrap())
}

/// A server with these certificates.
async fn serving(certificates: Arc<Acme>) -> (Arc<Tls>, SocketAddr) {
    let (socket, address) = listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let tls = Arc::new(Tls::new(certificates));
    let server = Server::new(make_sync(|_| "well"), Bounds::default()).over(tls.clone());
    tokio::spawn(server.serve(vec![socket], std::future::pending()));
    (tls, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_certifies_the_running_server_over_its_one_port() {
    let port = free_port();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let pebble = Pebble::start(address);
    let machine = Machine::new();
    machine.init();
    let mut serve =
        machine.command(&[&"serve", &"--tls", &"acme", &"--names", &NAME, &"--listen", &address.to_string()]);
    serve.args(["--acme-directory", &pebble.directory, "--acme-root"]).arg(pebble.root_file());
    let server = super::sockets::Logged::start(&mut serve);
    server.wait_for("has issued a certificate");
    let client = trusting(&[pebble.issuing_root().await], &[b"h2", b"http/1.1"]);
    let stream = shake(address, NAME, &client).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let first = offered(&stream);
    // A restart asks for no other one.
    server.stop();
    let server = super::sockets::Logged::start(&mut serve);
    server.wait_for("listening");
    loop {
        // The port is open before the store is.
        if let Ok(stream) = shake(address, NAME, &client).await {
            assert_eq!(offered(&stream), first);
            break;
        }
    }
    let log = server.stop();
    assert!(!log.contains("has issued"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_after_two_thirds_of_its_life_and_the_old_one_serves_till_then() {
    let folder = scratch();
    let db = store_at(folder.path(), Clock::System.now()).await;
    let port = free_port();
    let pebble = Pebble::start(([127, 0, 0, 1], port).into());
    let acme = acme(&db, &pebble, NAME);
    let (socket, address) = listener::bind(([127, 0, 0, 1], port).into()).await.unwrap();
    let server = Server::new(make_sync(|_| "well"), Bounds::default()).over(Arc::new(Tls::new(acme.clone())));
    tokio::spawn(server.serve(vec![socket], std::future::pending()));
    let client = trusting(&[pebble.issuing_root().await], &[]);
    assert!(shake(address, NAME, &client).await.is_err(), "there is none yet");
    assert_eq!(acme.check().await.unwrap(), Outcome::Issued);
    let first = offered(&shake(address, NAME, &client).await.unwrap());
    assert_eq!(acme.check().await.unwrap(), Outcome::Fresh);

    db.clock().advance(Duration::from_hours(24 * 59));
    assert_eq!(acme.check().await.unwrap(), Outcome::Fresh);
    db.clock().advance(Duration::from_hours(24 * 2));
    assert_eq!(offered(&shake(address, NAME, &client).await.unwrap()), first);
    assert_eq!(acme.check().await.unwrap(), Outcome::Issued);
    let second = offered(&shake(address, NAME, &client).await.unwrap());
    assert_ne!(second, first);

    // The new one is in the store; for another name it is none.
    let reopened = self::acme(&db, &pebble, NAME);
    assert!(reopened.facts().is_some_and(|facts| facts.names == [NAME]));
    db.clock().advance(QUARTER);
    let other = self::acme(&db, &pebble, "other.example.test");
    let (tls, _) = serving(other.clone()).await;
    assert!(tls.facts().is_some_and(|facts| facts.names == [NAME]), "the old one serves until there is a better one");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_refuses_is_asked_four_times_an_hour_at_most_whatever_restarts() {
    let folder = scratch();
    let mut now = Clock::System.now();
    let pebble = Pebble::start(([127, 0, 0, 1], free_port()).into());
    let mut tries: Vec<Timestamp> = Vec::new();
    // Every twenty minutes the process ends and starts again; every minute somebody looks.
    for _ in 0..15 {
        let db = store_at(folder.path(), now).await;
        let acme = acme(&db, &pebble, BLOCKED);
        for _ in 0..20 {
            match acme.check().await.unwrap() {
                Outcome::Failed(problem) => {
                    assert!(problem.contains("rejectedIdentifier") || problem.contains("blocklist"), "{problem}");
                    tries.push(db.clock().now());
                }
                Outcome::TooEarly(next) => assert!(next > db.clock().now()),
                other => panic!("{other:?}"),
            }
            db.clock().advance(Duration::from_mins(1));
        }
        now = db.clock().now();
        tokio::task::spawn_blocking(move || db.close()).await.unwrap();
    }
    assert!(tries.len() >= 5, "{tries:?}");
    for pair in tries.windows(2) {
        assert!(pair[1].since(pair[0]) >= QUARTER, "{tries:?}");
    }
    for begin in &tries {
        let within = tries.iter().filter(|at| **at >= *begin && at.since(*begin) < Duration::from_hours(1));
        assert!(within.count() <= 4, "{tries:?}");
    }
    let told = Acme::told(&store_at(folder.path(), now).await).unwrap().unwrap();
    assert_eq!(told.failures as usize, tries.len());
    assert!(told.problem.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumped_blocks_no_try_for_years() {
    let folder = scratch();
    let now = Clock::System.now();
    let pebble = Pebble::start(([127, 0, 0, 1], free_port()).into());
    let db = store_at(folder.path(), now.plus(Duration::from_hours(24 * 3650))).await;
    assert!(matches!(acme(&db, &pebble, BLOCKED).check().await.unwrap(), Outcome::Failed(_)));
    tokio::task::spawn_blocking(move || db.close()).await.unwrap();
    let db = store_at(folder.path(), now).await;
    let acme = acme(&db, &pebble, BLOCKED);
    let Outcome::TooEarly(next) = acme.check().await.unwrap() else { panic!("a try was noted") };
    assert!(next.since(now) <= QUARTER, "{next}");
    db.clock().advance(QUARTER);
    assert!(matches!(acme.check().await.unwrap(), Outcome::Failed(_)));
}

#[tokio::test]
async fn nobody_is_asked_while_the_clock_is_behind() {
    let folder = scratch();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    nobody.set_nonblocking(true).unwrap();
    let directory = format!("https://{}/dir", nobody.local_addr().unwrap());
    let behind = Timestamp::from_millis(built().millis() - 1_000);
    let db = store_at(folder.path(), behind).await;
    let acme = Acme::open(&db, &asked(&directory, None), &[NAME.to_owned()], None, Arc::new(Pending)).unwrap();
    assert_eq!(acme.check().await.unwrap(), Outcome::ClockBehind);
    assert_eq!(nobody.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert!(Acme::told(&db).unwrap().is_none(), "that was no try");
}

/// The row of an account, as it lies in the store.
#[derive(Encode, Decode)]
struct AccountRow {
    #[n(0)]
    certificate: Option<ByteVec>,
    #[n(1)]
    key: ByteVec,
}
row!(AccountRow, version 1);

/// The same table with rows of no version that there is.
#[derive(Encode, Decode)]
struct Garbled {
    #[n(0)]
    what: u8,
}
row!(Garbled, version 99);

const ACCOUNTS: Table<(String,), AccountRow> = Table::new("tls_acme_accounts");
const GARBLED: Table<(String,), Garbled> = Table::new("tls_acme_accounts");

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_account_key_is_made_anew() {
    let folder = scratch();
    let db = store_at(folder.path(), Clock::System.now()).await;
    let port = free_port();
    let pebble = Pebble::start(([127, 0, 0, 1], port).into());
    let key = (pebble.directory.clone(),);
    let torn = rcgen::KeyPair::generate().unwrap().serialize_der()[..40].to_vec();
    let (at, row) = (key.clone(), AccountRow { certificate: None, key: torn.clone().into() });
    db.write(move |tx| {
        tx.put(&ACCOUNTS, &at, &row);
        Ok(())
    })
    .await
    .unwrap();
    let acme = acme(&db, &pebble, NAME);
    let (socket, _) = listener::bind(([127, 0, 0, 1], port).into()).await.unwrap();
    let server = Server::new(make_sync(|_| "well"), Bounds::default()).over(Arc::new(Tls::new(acme.clone())));
    tokio::spawn(server.serve(vec![socket], std::future::pending()));
    assert_eq!(acme.check().await.unwrap(), Outcome::Issued);
    let kept = db.read(|tx| tx.get(&ACCOUNTS, &key)).unwrap().unwrap();
    assert!(kept.key.len() > 100 && kept.key.to_vec() != torn);

    // A row that can't even be read is no better.
    let at = key.clone();
    db.write(move |tx| {
        tx.put(&GARBLED, &at, &Garbled { what: 7 });
        Ok(())
    })
    .await
    .unwrap();
    db.clock().advance(Duration::from_hours(24 * 61));
    assert_eq!(acme.check().await.unwrap(), Outcome::Issued);
    assert!(db.read(|tx| tx.get(&ACCOUNTS, &key)).unwrap().unwrap().key.len() > 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_locked_nobody_is_asked_and_the_page_is_served_all_the_same() {
    let directory = TcpListener::bind("127.0.0.1:0").unwrap();
    directory.set_nonblocking(true).unwrap();
    let machine = Machine::new();
    machine.init_with_passphrase();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut serve =
        machine.command(&[&"serve", &"--tls", &"acme", &"--names", &NAME, &"--listen", &address.to_string()]);
    serve.args(["--acme-directory", &format!("https://{}/dir", directory.local_addr().unwrap())]);
    let server = super::sockets::Logged::start(&mut serve);
    server.wait_for("listening, locked");
    let kept = CertificateDer::from_pem_file(machine.data().join("tls/acme.pem")).unwrap();
    let tls = trusting(&[kept], &[]);
    let client = client().tls_backend_preconfigured((*tls).clone()).resolve(NAME, address);
    let client = client.build().unwrap();
    let url = format!("https://{NAME}:{}", address.port());
    let page = client.get(format!("{url}/unlock")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(directory.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "the store is locked");

    let unlock = client.post(format!("{url}/unlock")).header("origin", &url);
    assert_eq!(unlock.form(&[("password", PASSPHRASE)]).send().await.unwrap().status(), 303);
    directory.set_nonblocking(false).unwrap();
    // Now the authority is asked.
    tokio::task::spawn_blocking(move || directory.accept().unwrap()).await.unwrap();
    assert_eq!(client.get(format!("{url}/health/ready")).send().await.unwrap().status(), 200);
    server.stop();
}
