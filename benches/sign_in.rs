//! Measures how long a wrong sign-in takes, for addresses that have an account and for addresses that have none:
//! `cargo bench --bench sign_in`. Whoever asks should not be able to tell the two apart by the time.
//!
//! Both are asked in turn in one run, each of 200 addresses once, so that nothing is turned away for too many tries.
//! Passwords cost what they cost by default; `HEC_BENCH_SIGN_INS` changes how many are asked.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use hec::{
    accounts::{self, Email, Password, password},
    app::App,
    config::{Config, LogFormat, PasswordCost, Registration, Tls, Values},
    http::listener,
    routes,
    store::{self, Environment},
    types::Clock,
    wiring,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn main() {
    // `cargo bench` says so; `cargo test --benches` does not, and a test run is no time to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let number = std::env::var("HEC_BENCH_SIGN_INS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run(number));
}

async fn run(number: usize) {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let app = tokio::task::spawn_blocking(move || open(config, number)).await.unwrap();
    let mut all = [Vec::with_capacity(number), Vec::with_capacity(number)];
    for at in 0..number {
        // Each pair from a server whose budgets are whole: what is measured is a try, not a refusal.
        let app = App::new(
            store::Store { db: app.db.clone(), blobs: app.blobs.clone(), vault: app.vault.clone() },
            (*app.config).clone(),
            wiring::DOORS,
        );
        let (socket, address) = listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let serving = tokio::spawn(listener::serve(socket, routes::site(&app.unwrap()), std::future::pending()));
        let host = address.to_string();
        for turn in [at % 2, 1 - at % 2] {
            all[turn].push(guess(&host, ["known", "unknown"][turn], at).await);
        }
        serving.abort();
    }
    let [known, unknown] = all.map(median);
    let apart = (known.as_secs_f64() / unknown.as_secs_f64() - 1.0) * 100.0;
    println!(
        "{number} sign-ins each, medians: {known:.1?} with an account, {unknown:.1?} without: {apart:+.1} % apart"
    );
    assert!(apart.abs() < 5.0, "the time tells who has an account");
}

/// A wrong password; the time until the whole reply is there.
async fn guess(host: &str, kind: &str, at: usize) -> Duration {
    let body = format!("email={kind}{at}%40example.org&password=not+the+right+one+at+all");
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let began = Instant::now();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let took = began.elapsed();
    assert!(reply.starts_with("HTTP/1.1 422"), "{}", reply.lines().next().unwrap_or_default());
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn open(config: Config, number: usize) -> App {
    let store = store::create_development(&config.data, Clock::System, wiring::MIGRATIONS).unwrap();
    let hash = password::hash(config.password, &Password::attempt("four unrelated words here")).unwrap();
    let filled = store.db.write_blocking(move |tx| {
        for at in 0..number {
            let email = Email::parse(&format!("known{at}@example.org"))?;
            accounts::register(tx, "Ana".to_owned(), &email, &hash, false)?;
        }
        Ok(())
    });
    filled.unwrap();
    App::new(store, config, wiring::DOORS).unwrap()
}

fn config(folder: &std::path::Path) -> Config {
    Config {
        file: folder.join("hec.toml"),
        says_address: false,
        data: folder.join("store"),
        listen: vec![([127, 0, 0, 1], 0).into()],
        plain_listen: Vec::new(),
        tls: Tls::Off,
        names: Vec::new(),
        public_port: None,
        mdns: false,
        proxies: Vec::new(),
        metrics: None,
        connections: 1024,
        limits: false,
        family_allowance: None,
        mail: None,
        log_format: LogFormat::Text,
        environment: Environment::Development,
        unlock: None,
        key_files: vec![store::development_key(folder)],
        passphrase_files: Vec::new(),
        backups: hec::config::Backups::default(),
        cache: store::CACHE,
        registration: Registration::Open,
        password: PasswordCost::STANDARD,
        picture_places: 2,
        demo: false,
        values: Values::default(),
    }
}
