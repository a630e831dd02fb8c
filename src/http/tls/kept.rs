//! The certificate of a locked store: its key lies in the store, so the page that unlocks it needs a copy outside.
//!
//! A thief of the disk gains a certificate that can be revoked, and nothing of the record.

use std::{
    fs,
    io::Write,
    net::IpAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::KeyPair;
use rustls::{ServerConfig, server::ClientHello};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{
    config::Tls,
    error::{Error, Result},
    types::{Clock, Timestamp},
};

use super::{
    Certificates, Facts, Held, Offer,
    files::certified,
    local::{Root, leaf_params, own_addresses},
    site,
};

/// Where it is kept in a store's folder: for each way to a certificate, since none stands in for another.
pub fn path(data: &Path, way: &Tls) -> PathBuf {
    data.join(format!("tls/{}.pem", way.as_str()))
}

/// Forgets what is kept for other ways than this one, and for this one as well unless it is needed: a store that opens
/// by itself needs no copy outside.
///
/// # Errors
/// `Internal` where something can't be removed.
pub fn forget_others(data: &Path, way: &Tls, needed: bool) -> Result<()> {
    for name in ["local", "acme"].into_iter().filter(|name| !needed || *name != way.as_str()) {
        forget(&data.join(format!("tls/{name}.pem")))?;
    }
    Ok(())
}

/// Keeps a chain and its key, for the owner alone.
///
/// # Errors
/// `Internal` where the folder can't be written.
pub fn write(path: &Path, chain: &[CertificateDer<'_>], key: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::broken("no folder for the certificate"))?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let pem = |label: &str, bytes: &[u8]| pem::encode(&pem::Pem::new(label, bytes));
    let mut text = zeroize::Zeroizing::new(pem("PRIVATE KEY", key));
    chain.iter().for_each(|certificate| text.push_str(&pem("CERTIFICATE", certificate)));
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    Ok(())
}

fn forget(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A certificate that stands outside the store.
pub struct Kept {
    held: Arc<Held>,
    config: Arc<ServerConfig>,
    strict: bool,
}

impl Kept {
    /// The one that is kept; one that nobody vouches for, where none is, or it has ended. It is kept as well, so that
    /// whoever has compared its fingerprint once meets it again.
    ///
    /// # Errors
    /// `Internal` where none can be made.
    pub fn open(path: &Path, names: &[String], clock: &Clock, strict: bool) -> Result<Self> {
        let now = clock.now().max(super::built());
        let usable = |(chain, _): &(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)| {
            let facts = chain.first().and_then(|first| Facts::of(first).ok());
            facts.is_some_and(|facts| now < facts.until && names.iter().all(|name| facts.names.contains(name)))
        };
        let (chain, key) = match read(path).filter(usable) {
            Some(kept) => kept,
            None => make(path, names, now)?,
        };
        // Its chain ends with nobody else where nobody vouches for it.
        let strict = strict && chain.len() > 1;
        let held = Held::new(certified(chain, key)?);
        let config = site(held.clone())?;
        Ok(Self { held, config, strict })
    }
}

impl Certificates for Kept {
    fn offer(&self, _: &ClientHello<'_>, _: IpAddr) -> Option<Offer> {
        Some(Offer::Serve(self.config.clone()))
    }

    fn facts(&self) -> Option<Facts> {
        Facts::of(self.held.get().cert.first()?).ok()
    }

    fn is_strict(&self) -> bool {
        self.strict
    }

    fn root(&self) -> Option<Root> {
        let held = self.held.get();
        held.cert.get(1).cloned().filter(|_| !self.strict).map(Root::new)
    }
}

fn read(path: &Path) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect).ok()?;
    Some((chain, PrivateKeyDer::from_pem_file(path).ok()?))
}

fn make(
    path: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(Error::internal)?;
    let certificate = leaf_params(names, &own_addresses(), now)?.self_signed(&key).map_err(Error::internal)?;
    let chain = vec![certificate.der().clone()];
    let pkcs8 = zeroize::Zeroizing::new(key.serialize_der());
    if let Err(error) = write(path, &chain, &pkcs8) {
        tracing::warn!(%error, "the certificate of the page that unlocks could not be kept");
    }
    let fingerprint = super::facts::fingerprint(&chain[0]);
    tracing::warn!(%fingerprint, "no authority vouches for the page that unlocks: compare this in the browser");
    Ok((chain, PrivateKeyDer::try_from(pkcs8.to_vec()).map_err(Error::broken)?))
}
