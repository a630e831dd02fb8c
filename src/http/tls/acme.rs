//! Certificates of an authority that speaks ACME (RFC 8555), proved over TLS on the one port (TLS-ALPN-01, RFC 8737).
//!
//! rustls-acme carries out a single order; when there is one is decided here, since authorities count tries. Every try
//! is in the ledger of the store before it begins, so that no restart forgets it. The certificate that holds stays
//! until there is a better one.

mod order;

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use rustls::{ClientConfig, RootCertStore, ServerConfig, server::ClientHello};
use rustls_acme::is_tls_alpn_challenge;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

use crate::{
    config,
    error::{Error, Result},
    store::Db,
    types::{Clock, Timestamp},
};

use super::{
    Certificates, Facts, Held, Offer, built,
    files::certified,
    kept, provider, site,
    store::{self, KeyedRow, LedgerRow},
};

/// The least pause between two tries: Let's Encrypt allows five failures of a name in an hour.
pub const PAUSE: Duration = Duration::from_mins(15);
/// The longest one. Whoever has just opened a port does not want to wait till tomorrow.
const LONGEST: Duration = Duration::from_hours(1);
/// How often the calendar is looked at. A timer that was set for months stops while a machine sleeps.
pub const EVERY: Duration = Duration::from_hours(1);

/// Asks an authority, and serves what it gives.
pub struct Acme {
    db: Db,
    asked: config::Acme,
    names: Vec<String>,
    client: Arc<ClientConfig>,
    current: RwLock<Option<Current>>,
    /// While an order runs: what answers to the authority.
    challenge: Mutex<Option<Arc<ServerConfig>>>,
    keep: Option<PathBuf>,
    /// What is offered until there is a certificate.
    until: Arc<dyn Certificates>,
}

#[derive(Clone)]
struct Current {
    held: Arc<Held>,
    config: Arc<ServerConfig>,
}

/// What a look at the calendar led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The certificate holds for long enough.
    Fresh,
    /// There is a new one.
    Issued,
    /// A try is due, but not before this moment.
    TooEarly(Timestamp),
    /// The machine's clock is behind this program's making: no certificate would be right.
    ClockBehind,
    /// The authority refused, or could not be reached.
    Failed(String),
}

/// What the ledger says, for whoever looks after the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When the last try began.
    pub tried_at: Timestamp,
    /// How many failed since one succeeded.
    pub failures: u32,
    /// Why the last one failed.
    pub problem: Option<String>,
    /// When the next may begin.
    pub next: Timestamp,
}

impl Acme {
    /// Over an open store: what it holds is served at once; `until` then, what was before.
    ///
    /// # Errors
    /// `Refused` where the root that was said can't be read.
    pub fn open(
        db: &Db,
        asked: &config::Acme,
        names: &[String],
        keep: Option<PathBuf>,
        until: Arc<dyn Certificates>,
    ) -> Result<Self> {
        let client = Arc::new(client(asked.root.as_deref())?);
        let acme = Self {
            db: db.clone(),
            asked: asked.clone(),
            names: names.to_vec(),
            client,
            current: RwLock::default(),
            challenge: Mutex::default(),
            keep,
            until,
        };
        // What can't be read is asked for anew.
        match db.read(store::certificate) {
            Ok(Some(row)) => {
                if let Err(error) = acme.serve(&row) {
                    tracing::warn!(%error, "the certificate in the store is of no use: another is asked for");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the certificate in the store can't be read: another is asked for"),
        }
        Ok(acme)
    }

    fn serve(&self, row: &KeyedRow) -> Result<()> {
        let pem = row.certificate.as_ref().map(|pem| pem.to_vec()).unwrap_or_default();
        let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        let key = row.key();
        if let Some(path) = &self.keep
            && let Err(error) = kept::write(path, &chain, &key)
        {
            tracing::warn!(%error, "the certificate could not be kept for the page that unlocks");
        }
        let certified = certified(chain, PrivateKeyDer::try_from(key.to_vec()).map_err(Error::broken)?)?;
        let held = Held::new(certified);
        let config = site(held.clone())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Current { held, config });
        Ok(())
    }

    fn current(&self) -> Option<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn clock(&self) -> &Clock {
        self.db.clock()
    }

    /// Whether another certificate is needed: there is none, it is for other names, or two thirds of its life are over.
    fn is_due(&self, now: Timestamp) -> bool {
        let Some(facts) = self.facts() else { return true };
        let life = facts.until.since(facts.from);
        let renewal = facts.from.plus(life / 3 * 2);
        now >= renewal || self.names.iter().any(|name| !facts.names.contains(name))
    }

    /// Looks at the calendar, and asks the authority where that is due and allowed.
    ///
    /// # Errors
    /// Where the store can't be read or written; what the authority says is an [`Outcome`].
    pub async fn check(&self) -> Result<Outcome> {
        let now = self.clock().now();
        if now < built() {
            return Ok(Outcome::ClockBehind);
        }
        if !self.is_due(now) {
            return Ok(Outcome::Fresh);
        }
        let ledger = self.ledger().await?;
        if let Some(next) = ledger.as_ref().map(next).filter(|next| now < *next) {
            return Ok(Outcome::TooEarly(next));
        }
        let failures = ledger.map_or(0, |ledger| ledger.failures);
        // Before the try: should this process end in its middle, it counts.
        self.note(LedgerRow { tried_at: now, failures: failures.saturating_add(1), problem: None }).await?;
        let had = self.current().is_some();
        match self.order(!had).await {
            Ok(row) => {
                let kept = row.clone();
                self.db
                    .write(move |tx| {
                        store::put_certificate(tx, &kept);
                        store::put_ledger(tx, &LedgerRow { tried_at: now, failures: 0, problem: None });
                        Ok(())
                    })
                    .await?;
                self.serve(&row)?;
                Ok(Outcome::Issued)
            }
            Err(problem) => {
                let failures = failures.saturating_add(1);
                self.note(LedgerRow { tried_at: now, failures, problem: Some(problem.clone()) }).await?;
                Ok(Outcome::Failed(problem))
            }
        }
    }

    /// What the ledger says. A try from the future was noted by a clock that was wrong: it counts as one of now.
    async fn ledger(&self) -> Result<Option<LedgerRow>> {
        let now = self.clock().now();
        let Some(mut row) = self.db.read(store::ledger)? else { return Ok(None) };
        if row.tried_at > now.plus(EVERY) {
            row.tried_at = now;
            self.note(row.clone()).await?;
        }
        Ok(Some(row))
    }

    async fn note(&self, row: LedgerRow) -> Result<()> {
        self.db
            .write(move |tx| {
                store::put_ledger(tx, &row);
                Ok(())
            })
            .await
    }

    /// One order. The first one is tried out where trying costs nothing.
    async fn order(&self, first: bool) -> Result<KeyedRow, String> {
        if let Some(preflight) = self.asked.preflight.as_ref().filter(|_| first) {
            self.order_at(preflight).await.map_err(|problem| format!("when tried out: {problem}"))?;
        }
        self.order_at(&self.asked.directory).await
    }

    async fn order_at(&self, directory: &str) -> Result<KeyedRow, String> {
        let account = self.account(directory);
        let order = order::Order {
            directory,
            names: &self.names,
            contact: self.asked.contact.as_deref(),
            client: self.client.clone(),
            account,
        };
        let prove = |config| *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = config;
        let placed = order.place(prove).await;
        prove(None);
        if let Some(key) = placed.account {
            let directory = directory.to_owned();
            let row = KeyedRow::new(None, &key);
            let noted = self.db.write(move |tx| {
                store::put_account(tx, &directory, &row);
                Ok(())
            });
            noted.await.map_err(|error| error.to_string())?;
        }
        split(&placed.pem?)
    }

    /// The key of our account there; none where it can't be read, so that another is made.
    fn account(&self, directory: &str) -> Option<Zeroizing<Vec<u8>>> {
        let found = self.db.read(|tx| store::account(tx, directory));
        let key = match found {
            Ok(row) => row?.key(),
            Err(error) => {
                tracing::warn!(%error, "the key of the account with the authority can't be read: another is made");
                return None;
            }
        };
        if rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&key.as_slice().into(), &rcgen::PKCS_ECDSA_P256_SHA256).is_err()
        {
            tracing::warn!("the key of the account with the authority is damaged: another is made");
            return None;
        }
        Some(key)
    }

    /// What the ledger says, where a try was made.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn told(db: &Db) -> Result<Option<Told>> {
        Ok(db.read(store::ledger)?.map(|row| Told {
            next: next(&row),
            tried_at: row.tried_at,
            failures: row.failures,
            problem: row.problem,
        }))
    }
}

/// When the next try may begin: after a quarter of an hour, then half an hour, then an hour.
fn next(row: &LedgerRow) -> Timestamp {
    let pause = PAUSE * (1 << row.failures.saturating_sub(1).min(4));
    row.tried_at.plus(pause.min(LONGEST))
}

impl Certificates for Acme {
    fn offer(&self, hello: &ClientHello<'_>, local: IpAddr) -> Option<Offer> {
        if is_tls_alpn_challenge(hello) {
            return self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone().map(Offer::Prove);
        }
        match self.current() {
            Some(current) => Some(Offer::Serve(current.config)),
            None => self.until.offer(hello, local),
        }
    }

    fn facts(&self) -> Option<Facts> {
        Facts::of(self.current()?.held.get().cert.first()?).ok()
    }

    fn is_strict(&self) -> bool {
        self.current().is_some()
    }
}

/// The key and the chain of what an order gave.
fn split(pem: &[u8]) -> Result<KeyedRow, String> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|error| format!("the key that came: {error}"))?;
    let key = Zeroizing::new(key.secret_der().to_vec());
    let text = std::str::from_utf8(pem).map_err(|error| error.to_string())?;
    // The chain alone: it is public, the key is not.
    let chain = text.find("-----BEGIN CERTIFICATE").map(|at| &text[at..]).ok_or("no certificate came")?;
    Ok(KeyedRow::new(Some(chain.as_bytes()), &key))
}

/// Whom to trust as the directory.
fn client(root: Option<&std::path::Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match root {
        Some(path) => {
            let refused = |why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", path.display()));
            let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            for certificate in found.map_err(|why| refused(&why))? {
                roots.add(certificate).map_err(|why| refused(&why))?;
            }
            if roots.is_empty() {
                return Err(refused(&"there is no certificate in it"));
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    Ok(builder.map_err(Error::internal)?.with_root_certificates(roots).with_no_client_auth())
}
