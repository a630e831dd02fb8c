//! Certificates from files, and an authority of the instance's own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hec::{
    http::{
        listener::{self, Bounds, Server},
        tls::{Certificates, Facts, Tls, built, files::Files, local::Local},
    },
    store::{self, Db},
    types::{Clock, Timestamp},
    wiring,
};
use poem::endpoint::make_sync;
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::{super::support::scratch, certificate_for, offered, shake, trusting, write_certificate};

async fn serving(certificates: Arc<dyn Certificates>) -> SocketAddr {
    let (socket, address) = listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let server = Server::new(make_sync(|_| "well"), Bounds::default());
    tokio::spawn(server.over(Arc::new(Tls::new(certificates))).serve(vec![socket], std::future::pending()));
    address
}

#[tokio::test]
async fn files_are_read_again_when_both_have_changed_and_fit() {
    let folder = scratch();
    let (certificate, key) = write_certificate(folder.path(), &["hec.example.test"]);
    let first = CertificateDer::from_pem_file(&certificate).unwrap();
    let files = Arc::new(Files::open(&certificate, &key).unwrap());
    let address = serving(files.clone()).await;
    let client = trusting(std::slice::from_ref(&first), &[b"http/1.1"]);
    assert_eq!(offered(&shake(address, "hec.example.test", &client).await.unwrap()), first);
    assert!(!files.refresh().unwrap());

    // Half-way through a renewal the two do not fit: the old one stays.
    let (new, new_key) = certificate_for(&["hec.example.test", "www.example.test"]);
    std::fs::write(&certificate, &new).unwrap();
    let error = files.refresh().unwrap_err().to_string();
    assert!(error.contains("do not belong together"), "{error}");
    shake(address, "hec.example.test", &client).await.unwrap();
    std::fs::write(&key, new_key).unwrap();
    assert!(files.refresh().unwrap());
    let second = CertificateDer::from_pem_slice(new.as_bytes()).unwrap();
    let client = trusting(std::slice::from_ref(&second), &[]);
    assert_eq!(offered(&shake(address, "www.example.test", &client).await.unwrap()), second);
    std::fs::write(&certificate, "").unwrap();
    assert!(files.refresh().is_err());
    shake(address, "www.example.test", &client).await.unwrap();
}

#[test]
fn files_that_are_of_no_use_are_named() {
    let folder = scratch();
    let (certificate, key) = write_certificate(folder.path(), &["a.test"]);
    let gone = folder.path().join("gone.pem");
    let refusal = |certificate, key| match Files::open(certificate, key) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was taken"),
    };
    assert!(refusal(&gone, &key).contains("gone.pem"));
    assert!(refusal(&certificate, &gone).contains("gone.pem"));
    assert!(refusal(&key, &key).contains("no certificate"));
    assert!(refusal(&certificate, &certificate).contains("certificate.pem"));
}

fn store_at(folder: &std::path::Path, at: Timestamp) -> Db {
    let open = if store::exists(folder) { store::open_development } else { store::create_development };
    open(folder, Clock::manual(at), wiring::MIGRATIONS).unwrap().db
}

const NAME: &str = "kitchen.local";

#[tokio::test]
async fn a_device_that_trusts_the_house_reaches_it_by_name_and_by_address() {
    let folder = scratch();
    let data = folder.path().to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let db = store_at(&data, Clock::System.now());
        let open = || Local::open(&db, &[NAME.to_owned()], None).unwrap();
        (Arc::new(open()), open())
    });
    let (local, again) = opened.await.unwrap();
    let root = local.root().unwrap();
    let address = serving(local.clone()).await;
    let client = trusting(std::slice::from_ref(&root.der), &[b"h2"]);
    for name in [NAME, "localhost", "127.0.0.1"] {
        shake(address, name, &client).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    // It is the same authority after a restart, and another leaf.
    let leaf = local.facts().unwrap();
    assert_eq!(again.root().unwrap().fingerprint, root.fingerprint);
    assert_ne!(again.facts().unwrap().fingerprint, leaf.fingerprint);
    assert!(!leaf.names.iter().any(|name| name == "0.0.0.0"));
}

#[test]
fn the_authority_can_vouch_for_nothing_but_this_house() {
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
    let folder = scratch();
    let db = store_at(folder.path(), Clock::System.now());
    let root = Local::open(&db, &["home.example.org".to_owned()], None).unwrap().root().unwrap();
    let (_, parsed) = X509Certificate::from_der(&root.der).unwrap();
    let constraints = parsed.name_constraints().unwrap().unwrap();
    assert!(constraints.critical);
    let permitted = constraints.value.permitted_subtrees.as_ref().unwrap();
    let names: Vec<&str> = permitted
        .iter()
        .filter_map(|tree| match &tree.base {
            GeneralName::DNSName(name) => Some(*name),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["local", "localhost", "home.example.org"]);
    // Addresses are constrained as well: without a tree of their kind any would do (RFC 5280, section 4.2.1.10).
    let networks = permitted.iter().filter(|tree| matches!(tree.base, GeneralName::IPAddress(_))).count();
    assert_eq!(networks, 9);
    let basic = parsed.basic_constraints().unwrap().unwrap().value;
    assert!(basic.ca && basic.path_len_constraint == Some(0));
}

#[test]
fn a_leaf_is_made_anew_before_it_ends_and_a_new_name_needs_a_new_authority() {
    let folder = scratch();
    let db = store_at(folder.path(), Clock::System.now());
    let local = Local::open(&db, &[NAME.to_owned()], None).unwrap();
    let first = local.facts().unwrap();
    assert!(!local.refresh().unwrap());
    db.clock().advance(Duration::from_hours(24 * 330));
    assert!(!local.refresh().unwrap());
    db.clock().advance(Duration::from_hours(24 * 10));
    assert!(local.refresh().unwrap());
    let second = local.facts().unwrap();
    assert!(second.until > first.until);
    let days = second.until.since(second.from).as_secs() / 86_400;
    assert!(days <= 398, "{days}");

    // Another machine name in the same house: the same authority.
    let root = local.root().unwrap().fingerprint;
    assert_eq!(Local::open(&db, &["study.local".to_owned()], None).unwrap().root().unwrap().fingerprint, root);
    let elsewhere = Local::open(&db, &["hec.example.org".to_owned()], None).unwrap();
    assert_ne!(elsewhere.root().unwrap().fingerprint, root);
    assert!(elsewhere.facts().unwrap().names.contains(&"hec.example.org".to_owned()));
}

#[test]
fn a_clock_that_was_never_set_makes_certificates_of_today_all_the_same() {
    let folder = scratch();
    let db = store_at(folder.path(), Timestamp::from_millis(0));
    let local = Local::open(&db, &[NAME.to_owned()], None).unwrap();
    let now = built();
    let root = Facts::of(&local.root().unwrap().der).unwrap();
    for facts in [local.facts().unwrap(), root] {
        assert!(facts.from <= now && now < facts.until, "{facts:?}");
    }
    // Once the clock has been set, all is as it should be.
    db.clock().advance(Duration::from_millis(now.millis().unsigned_abs()));
    assert!(!local.refresh().unwrap());
}

#[test]
fn a_store_that_is_opened_by_hand_leaves_a_certificate_outside_and_one_that_is_not_does_not() {
    use hec::http::tls::kept::{self, Kept};
    let folder = scratch();
    let db = store_at(folder.path(), Clock::System.now());
    let path = kept::path(folder.path(), &hec::config::Tls::Local);
    Local::open(&db, &[NAME.to_owned()], None).unwrap();
    assert!(!path.exists());
    let local = Local::open(&db, &[NAME.to_owned()], Some(path.clone())).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let kept = Kept::open(&path, &[NAME.to_owned()], db.clock(), false).unwrap();
    assert_eq!(kept.facts(), local.facts());
    assert_eq!(kept.root().unwrap().fingerprint, local.root().unwrap().fingerprint);
    // Torn or ended: one that nobody vouches for, which stays the same.
    std::fs::write(&path, "-----BEGIN").unwrap();
    let own = Kept::open(&path, &[NAME.to_owned()], db.clock(), true).unwrap();
    assert!(own.root().is_none() && !own.is_strict());
    assert_eq!(Kept::open(&path, &[NAME.to_owned()], db.clock(), true).unwrap().facts(), own.facts());
    kept::forget_others(folder.path(), &hec::config::Tls::Local, true).unwrap();
    assert!(path.exists());
    for _ in 0..2 {
        kept::forget_others(folder.path(), &hec::config::Tls::Local, false).unwrap();
        assert!(!path.exists());
    }
}
