//! A site to test, and people who use it.

mod ids;
mod log;
mod person;
mod picture;
mod reply;

use std::{collections::HashMap, path::Path, sync::LazyLock};

use hec::{
    accounts::{Email, Password, PasswordHash, RawRegistration, password},
    admin::{self, Household},
    app::App,
    config::{Config, PasswordCost, Registration},
    families,
    http::listener,
    learners, routes,
    store::{self, Environment, Write},
    types::{Caller, Clock, Role, Secret, Timestamp},
    wiring,
};

pub use ids::{Ids, UNKNOWN};
pub use log::Log;
pub use person::{Person, opens_admin};
pub use picture::{gif, jpeg, jpeg_of, png, webp};
pub use reply::{Reply, SendExt};

/// Everybody's password.
pub const PASSWORD: &str = "four unrelated words here";
/// The day on which every test begins: a Monday, ten in the morning.
pub const TODAY: &str = "2026-03-02";
const BEGIN: i64 = 1_772_445_600_000;

/// Hashed once: it is meant to be slow.
pub static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| password::hash(PasswordCost::FLOOR, &Password::attempt(PASSWORD)).unwrap());

/// A running site.
pub struct TestApp {
    pub app: App,
    pub url: String,
    pub client: reqwest::Client,
    folder: Option<tempfile::TempDir>,
}

impl TestApp {
    /// A site that nobody has set up yet. Its clock stands still.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = scratch();
        let mut config = config(folder.path());
        change(&mut config);
        let app = tokio::task::spawn_blocking(move || create(config)).await.unwrap();
        Self { folder: Some(folder), ..Self::over(app).await }
    }

    /// A site over a store that others use too.
    pub async fn over(app: App) -> Self {
        let (socket, address) = listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        tokio::spawn(listener::serve(socket, routes::site(&app), std::future::pending()));
        let client = client().build().unwrap();
        Self { app, url: format!("http://{address}"), client, folder: None }
    }

    pub fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Moves the clock on.
    pub fn days_pass(&self, days: u64) {
        self.app.clock().advance(std::time::Duration::from_hours(24 * days));
    }

    pub fn minutes_pass(&self, minutes: u64) {
        self.app.clock().advance(std::time::Duration::from_mins(minutes));
    }

    /// An owner with a family, its starter subjects and one learner.
    pub async fn parent(&self, name: &str) -> Person {
        let owned = name.to_owned();
        let caller = self.app.db.write(move |tx| join(tx, &owned)).await.unwrap();
        Person::new(self, name, caller).await
    }

    /// The same, who looks after the instance as well, and has just opened its pages.
    pub async fn operator(&self, name: &str) -> Person {
        let owned = name.to_owned();
        let caller = self.app.db.write(move |tx| join_as(tx, &owned, true)).await.unwrap();
        Person::new(self, name, caller).await.opens_admin().await
    }

    /// A session and a token for somebody who has an account.
    pub async fn person(&self, name: &str, caller: &Caller) -> Person {
        Person::new(self, name, caller.clone()).await
    }

    /// Somebody who may read what is not private.
    pub async fn viewer_of(&self, owner: &Person, name: &str) -> Person {
        self.member_of(owner, name, Role::Viewer).await
    }

    /// Somebody with an account and a role in a family.
    pub async fn member_of(&self, owner: &Person, name: &str, role: Role) -> Person {
        let (owned, family) = (name.to_owned(), owner.caller.family);
        let caller = self.app.db.write(move |tx| {
            let email = Email::parse(&format!("{owned}@example.org")).unwrap();
            let account = hec::accounts::register(tx, owned, &email, &HASH, false)?.id;
            families::join(tx, family, account, role);
            Ok(Caller { account, family, role, scopes: role.scopes(), learners: None })
        });
        Person::new(self, name, caller.await.unwrap()).await
    }

    /// A visitor without cookies: a page.
    pub async fn visit(&self, path: &str) -> Reply {
        self.client.get(format!("{}{path}", self.url)).reply().await
    }

    /// A visitor's form, from our own page.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let form = self.client.post(format!("{}{path}", self.url)).header("sec-fetch-site", "same-origin");
        form.form(fields).reply().await
    }

    /// A set-up link's secret.
    pub async fn setup_link(&self) -> String {
        let secret = Secret::random().unwrap();
        let hash = secret.hash();
        self.app.db.write(move |tx| hec::accounts::setup::make(tx, hash)).await.unwrap();
        secret.expose().to_owned()
    }

    /// The files that pictures are kept in.
    pub fn blobs(&self) -> usize {
        files_under(&self.folder().join("blobs")).len()
    }

    /// Flips a bit in the file of which this is a reply's tag.
    pub fn damage(&self, tag: &str, byte: usize) {
        let id = tag.trim_matches('"');
        let file = self.folder().join("blobs").join(&id[id.len() - 2..]).join(id);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[byte] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }

    /// Every byte of the store's folder, file by file.
    pub fn disk(&self) -> Vec<Vec<u8>> {
        files_under(self.folder()).iter().map(|file| std::fs::read(file).unwrap()).collect()
    }
}

/// Every key and value of a store's rows, as they stand under the encryption.
pub fn rows_of(vault: &hec::store::Vault) -> Vec<Vec<u8>> {
    use hec::store::sealed::{Controls, DiskFile, SealedFile};
    use redb::{ReadableDatabase, ReadableTable, TableHandle};
    let folder = scratch();
    let copy = folder.path().join("copy");
    vault.snapshot(&copy).unwrap();
    let disk = DiskFile::lock(std::fs::File::options().read(true).write(true).open(&copy).unwrap()).unwrap();
    let file = SealedFile::open(std::sync::Arc::new(disk), &vault.key(), Controls::default()).unwrap();
    let redb = redb::Builder::new().create_with_backend(file).unwrap();
    let tx = redb.begin_read().unwrap();
    let mut rows = Vec::new();
    for table in tx.list_tables().unwrap() {
        let table = tx.open_table(redb::TableDefinition::<&[u8], &[u8]>::new(table.name())).unwrap();
        for row in table.iter().unwrap() {
            let (key, value) = row.unwrap();
            rows.extend([key.value().to_vec(), value.value().to_vec()]);
        }
    }
    rows
}

/// A browser without a memory: it follows no redirect, keeps no cookie and asks no proxy.
pub fn client() -> reqwest::ClientBuilder {
    // reqwest takes TLS from what the process has chosen, though nothing here needs it; only the first one chooses.
    drop(rustls::crypto::CryptoProvider::install_default((*hec::http::tls::provider()).clone()));
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy()
}

/// A folder for a store: in memory where the system offers that, since no test here is about the disk.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn files_under(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_under(&path)) } else { files.push(path) }
    }
    files
}

/// Settings of a site whose passwords are cheap.
pub fn config(folder: &Path) -> Config {
    Config {
        file: folder.join("hec.toml"),
        says_address: false,
        data: folder.to_owned(),
        listen: vec![([127, 0, 0, 1], 0).into()],
        plain_listen: Vec::new(),
        tls: hec::config::Tls::Off,
        names: Vec::new(),
        public_port: None,
        mdns: false,
        proxies: Vec::new(),
        metrics: None,
        connections: 1024,
        limits: false,
        log_format: hec::config::LogFormat::Text,
        environment: Environment::Development,
        unlock: None,
        key_files: vec![store::development_key(folder)],
        passphrase_files: Vec::new(),
        backups: hec::config::Backups::default(),
        cache: store::CACHE,
        registration: Registration::Open,
        family_allowance: None,
        mail: None,
        password: PasswordCost::FLOOR,
        picture_places: 2,
        demo: false,
        values: hec::config::Values::default(),
    }
}

/// An instance over a new store. It blocks.
pub fn create(config: Config) -> App {
    let clock = Clock::manual(Timestamp::from_millis(BEGIN));
    let store = store::create_development(&config.data, clock, wiring::MIGRATIONS).unwrap();
    App::new(store, config, wiring::DOORS).unwrap()
}

/// A parent comes in, with a family and the learner "Wren of <name>".
pub fn join(tx: &mut Write, name: &str) -> hec::error::Result<Caller> {
    join_as(tx, name, false)
}

fn join_as(tx: &mut Write, name: &str, operator: bool) -> hec::error::Result<Caller> {
    let raw = RawRegistration {
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        password: PASSWORD.to_owned(),
        adult: true,
    };
    let household = Household { family: format!("Family of {name}"), learner: Some(format!("Wren of {name}")) };
    Ok(admin::join(tx, raw.parse(None)?, &HASH, &household, operator)?.1)
}

/// The ids of a family's learners and subjects.
fn belongings(app: &App, caller: &Caller) -> (Vec<String>, Vec<String>) {
    let everything = Caller { scopes: hec::types::Scopes::ALL, ..caller.clone() };
    let read = app.db.read(|tx| {
        let learners = learners::all(tx, &everything)?.iter().map(|learner| learner.id.to_string()).collect();
        let subjects = learners::subject::all(tx, &everything)?.iter().map(|one| one.id.to_string()).collect();
        Ok((learners, subjects))
    });
    read.unwrap()
}

/// The numbers of each named row of a format's page.
pub fn format_tables(page: &'static str) -> HashMap<&'static str, Vec<usize>> {
    let mut tables = HashMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let name = cells.next().unwrap().trim_matches('`');
        let old = tables.insert(name, cells.map_while(|cell| cell.parse().ok()).collect());
        assert!(old.is_none(), "{name} stands twice");
    }
    tables
}
