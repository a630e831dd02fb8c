//! Makes a golden folder: a store in which every feature was used, so that every table has a row. Whoever adds a table
//! uses it here, and makes a new archive (CONTRIBUTING.md says how).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use hec::{
    accounts::{Email, change, device, factor, log, reset, waiting},
    admin::doctor::backups::Trouble,
    app::App,
    backup::{Destinations, before, round::Keeper},
    config::{
        self,
        mail::{Mail, Security, Server},
    },
    families::allowance::{self, Own},
    http::{
        listener::{self, Bounds},
        tls::{
            Pending, Tls,
            acme::{Acme, Outcome},
            local::Local,
        },
    },
    store::{
        self, Environment, Locked, Options, Store, Upgrade,
        slots::{Cost, KeyFile, Opener, RecoveryCode},
    },
    types::{Clock, Secret},
    wiring,
};
use poem::endpoint::make_sync;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{EARLIER, NAMED};
use crate::{
    edge::pebble::{Pebble, free_port},
    oauth::{self, SITE, asks, lets_in},
    security::authenticator,
    support::{PASSWORD, SendExt, TODAY, TestApp, config, jpeg_of, png, scratch},
};

/// What is asked of the API, and must be answered in every later version as it was.
const ASKED: [&str; 6] = ["/me", "/learners", "/subjects", "/entries?limit=100", "/portfolios", "/search?q=leaf"];

/// What a golden folder says of itself.
#[derive(Serialize, Deserialize)]
pub struct Told {
    pub version: String,
    pub schema: u32,
    /// When it was made, in milliseconds since 1970: the clock that it is opened by.
    pub made: i64,
    pub recovery_code: String,
    pub email: String,
    pub password: String,
    pub token: String,
    /// How many rows each table has.
    pub tables: BTreeMap<String, u64>,
    /// Replies of the API by what was asked.
    pub replies: BTreeMap<String, Value>,
    /// Files by the path under which the API gives them: their SHA-256.
    pub files: BTreeMap<String, String>,
}

/// Makes one in a folder that is not there yet.
pub async fn make(data: &Path) -> Told {
    let clock = Clock::manual(Clock::System.now());
    let code = RecoveryCode::random().unwrap();
    let (folder, at, typed) = (data.to_owned(), clock.clone(), code.clone());
    let store = tokio::task::spawn_blocking(move || upgraded(&folder, &at, &typed)).await.unwrap();
    certificates(&store).await;
    let made = clock.now();
    let settings = config::Config {
        mail: Some(Mail {
            server: Server { security: Security::Tls, host: "mail.example.org".to_owned(), port: 465 },
            from: "hec@example.org".to_owned(),
            account: None,
            root: None,
        }),
        ..config(data)
    };
    let app = App::new(store.clone(), settings, wiring::DOORS).unwrap();
    let site = TestApp::over(app).await;
    let (token, files) = people(&site).await;
    let mut told = Told {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: u32::try_from(wiring::MIGRATIONS.len()).unwrap(),
        made: made.millis(),
        recovery_code: code.expose().to_string(),
        email: "ana@example.org".to_owned(),
        password: PASSWORD.to_owned(),
        token,
        tables: BTreeMap::new(),
        replies: BTreeMap::new(),
        files,
    };
    for asked in ASKED {
        told.replies.insert(asked.to_owned(), ask(&site, &told.token, asked).await);
    }
    tokio::task::spawn_blocking(move || {
        backed_up(&store);
        store.vault.compact(Box::new(|_, _| {})).unwrap();
        told.tables = store.vault.sums().unwrap().into_iter().map(|table| (table.name, table.rows)).collect();
        store.db.close();
        told
    })
    .await
    .unwrap()
}

/// What the API answers.
pub async fn ask(site: &TestApp, token: &str, asked: &str) -> Value {
    let asked = site.client.get(format!("{}/api/v1{asked}", site.url)).bearer_auth(token);
    asked.reply().await.assert(200).json()
}

/// The SHA-256 of a file that the API gives.
pub async fn file(site: &TestApp, token: &str, path: &str) -> String {
    use sha2::Digest;
    let asked = site.client.get(format!("{}/api/v1{path}", site.url)).bearer_auth(token);
    let bytes = asked.send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(&bytes))
}

/// A store that an earlier version has begun, and this one brought up to date.
fn upgraded(data: &Path, clock: &Clock, code: &RecoveryCode) -> Store {
    let store = store::create_development(data, clock.clone(), EARLIER).unwrap();
    store.vault.add_slot(&Opener::Recovery(code.clone()), Cost::FLOOR).unwrap();
    super::shut(store);
    let locked = Locked::find(data).unwrap();
    let file = KeyFile::read(&store::development_key(data)).unwrap();
    let copying: store::Copying = Arc::new(|store, due| {
        let copy = store::aside::set_aside(store, due)?;
        Ok(copy.display().to_string())
    });
    let options = Options::new(Environment::Development, clock.clone(), wiring::MIGRATIONS);
    let options = Options { upgrade: Upgrade::After(copying), ..options };
    let store = locked.open(locked.unlock(&Opener::KeyFile(file)).unwrap(), options).unwrap();
    clock.advance(before::KEPT);
    assert_eq!(before::sweep(&store, None).unwrap(), 1, "its own copies are no part of a golden folder");
    store
}

/// An authority of the house, and one of others that certifies the house's name. Made-up keys, and good for nothing.
async fn certificates(store: &Store) {
    let db = store.db.clone();
    let names = ["den.local".to_owned()];
    let opened = db.clone();
    tokio::task::spawn_blocking(move || Local::open(&opened, &names, None).map(drop)).await.unwrap().unwrap();
    let port = free_port();
    let pebble = Pebble::start(([127, 0, 0, 1], port).into());
    let asked = config::Acme {
        directory: pebble.directory.clone(),
        preflight: None,
        contact: None,
        root: Some(pebble.root_file()),
    };
    let acme = Acme::open(&db, &asked, &["hec.example.test".to_owned()], None, Arc::new(Pending)).unwrap();
    let acme = Arc::new(acme);
    let (socket, _) = listener::bind(([127, 0, 0, 1], port).into()).await.unwrap();
    let server = listener::Server::new(make_sync(|_| "well"), Bounds::default());
    let serving =
        tokio::spawn(server.over(Arc::new(Tls::new(acme.clone()))).serve(vec![socket], std::future::pending()));
    assert_eq!(acme.check().await.unwrap(), Outcome::Issued);
    serving.abort();
}

/// Two families, and all that people do. Gives a token that reads Ana's record, and the files that it reads.
async fn people(site: &TestApp) -> (String, BTreeMap<String, String>) {
    drop(site.setup_link().await);
    let ana = site.operator("ana").await;
    let ben = site.parent("ben").await;
    // The record.
    let leaf = ana.adds(
        "Leaf rubbings",
        json!({ "text": "A *birch* leaf", "kind": "activity", "minutes": 40,
        "place": "Mill lane", "resources": ["Crayons"], "subjects": [ana.subjects[0]], "starred": true,
        "voices": [{ "learner": ana.learner, "words": "It has veins like my hand", "feeling": "good" }] }),
    );
    let leaf = id(&leaf.await);
    let mut files = BTreeMap::new();
    for (name, bytes) in [("leaf.jpg", jpeg_of(320, 240, 3)), ("map.png", png(4))] {
        let reply = if name.ends_with("png") {
            let path = format!("/entries/{leaf}/attachments");
            let ask = ana.ask(reqwest::Method::POST, &path).query(&[("filename", name)]);
            ask.header("content-type", "image/png").body(bytes).reply().await
        } else {
            ana.upload(&leaf, name, bytes).await
        };
        let id = id(&reply.assert(201).json());
        for size in ["thumb", "screen", "original"] {
            files.insert(format!("/attachments/{id}?size={size}"), String::new());
        }
    }
    ana.adds("A private worry", json!({ "private": true })).await;
    ana.adds("The museum", json!({ "state": "planned", "date": "2026-04-01" })).await;
    let gone = ana.notes("Written by mistake").await;
    ana.delete(&format!("/entries/{gone}")).await.assert(204);
    ana.has_child("Robin").await;
    ana.makes_portfolio(json!({})).await;
    ana.child().await;
    ana.writes_on_page("/entries/new", &[("title", "On the page"), ("date", TODAY), ("learners", &ana.learner)]).await;
    // Who may come in.
    ben.submit("/family/invitations", &[("role", "viewer"), ("email", "gran@example.org")]).await.assert(200);
    ana.submit("/admin/invitations", &[("whom", "A neighbour"), ("email", "")]).await.assert(200);
    site.submit("/sign-in", &[("email", "ben@example.org"), ("password", PASSWORD)]).await.assert(303);
    // Apps.
    let client = oauth::app(site, "Garden diary", &[SITE]).await;
    ana.submit("/account/apps", &[("name", "My own"), ("redirect", SITE)]).await.assert(303);
    let about = json!({ "client_name": "Somebody's", "redirect_uris": [SITE], "token_endpoint_auth_method": "none" });
    site.client.post(format!("{}/oauth/register", site.url)).json(&about).reply().await.assert(201);
    oauth::Held::by(site, &ben, &client, "records:read").await;
    lets_in(&ben, &asks(&client, SITE, "records:read")).await;
    // How people sign in, and what waits for them.
    let sam = site.parent("sam").await;
    authenticator::adds(site, &sam, "My phone").await.0.assert(200);
    let family = ben.caller.family;
    let accounts = (ana.caller.account, ben.caller.account, sam.caller.account);
    let secret = |word: &str| hec::types::hash_secret(word);
    let write = site.app.db.write(move |tx| {
        let (ana, ben, sam) = accounts;
        hec::admin::instance::rename(tx, "HEC of the lane")?;
        hec::admin::drill::note(tx);
        hec::admin::settings::note(tx, vec![("listen".to_owned(), [7; 32])])?;
        hec::admin::alarm::tell(tx, &BTreeSet::from([Trouble::Late]))?;
        allowance::set(tx, log::Operator::Account(ana), family, Some(Own::Of("2 GB".parse().unwrap())))?;
        hec::accounts::note_short(tx, sam);
        device::remember(tx, sam, secret("a device"))?;
        factor::begin(tx, ben, &factor::Seed::random()?);
        factor::renew_codes(tx, ana, &factor::new_codes()?)?;
        waiting::begin(tx, ana, secret("a sign-in that waits"));
        reset::make(tx, ben, secret("a link for a new password"))?;
        let mailed = Secret::random().map_err(hec::error::Error::internal)?;
        let (sams, proof) =
            (Email::parse("sam@example.org").unwrap(), Secret::random().map_err(hec::error::Error::internal)?);
        change::begin(tx, sam, &sams, &proof)?;
        change::confirm(tx, sam, proof.hash(), true, "")?;
        reset::send(tx, &sams, &mailed, "")?;
        let changed = Secret::random().map_err(hec::error::Error::internal)?;
        change::begin(tx, ben, &Email::parse("benedict@example.org").unwrap(), &changed)?;
        let noted = log::Noted { account: Some(ana), ..log::Noted::default() };
        log::note(tx, log::Act::NameChanged, &noted);
        Ok(())
    });
    write.await.unwrap();
    for (path, sum) in &mut files {
        *sum = file(site, &ana.token, path).await;
    }
    (ana.token, files)
}

/// A backup, so that the store remembers one.
fn backed_up(store: &Store) {
    let (folder, runtime) = (scratch(), tokio::runtime::Runtime::new().unwrap());
    let text = format!("[[destination]]\nname = \"usb\"\nto = \"{}\"\n", folder.path().join("usb").display());
    let all = Destinations::parse(&text).unwrap();
    let keeper = Keeper { store, named: NAMED, runtime: runtime.handle().clone() };
    let round = keeper.back_up(&all.all[0], &all, &mut (Box::new(|_, _| {}) as _)).unwrap();
    assert_eq!(round.why, None);
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}
