//! Certificates that somebody else renews: read from files, and again when these change.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use rustls::{ServerConfig, server::ClientHello, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::error::{Error, Result};

use super::{Certificates, Facts, Held, Offer, provider, site};

/// A certificate and its key, in files.
pub struct Files {
    certificate: PathBuf,
    private_key: PathBuf,
    held: Arc<Held>,
    config: Arc<ServerConfig>,
    seen: Mutex<Option<Stamps>>,
}

/// When and how long both files were.
type Stamps = [(SystemTime, u64); 2];

impl Files {
    /// Reads them.
    ///
    /// # Errors
    /// `Refused`, naming the file and what is wrong with it.
    pub fn open(certificate: &Path, private_key: &Path) -> Result<Self> {
        let seen = stamps(certificate, private_key);
        let held = Held::new(read(certificate, private_key)?);
        let config = site(held.clone())?;
        let (certificate, private_key) = (certificate.to_owned(), private_key.to_owned());
        Ok(Self { certificate, private_key, held, config, seen: Mutex::new(seen) })
    }

    /// Reads them again where they changed since; gives whether they did. What can't be read changes nothing: the
    /// certificate that holds stays until both files fit each other.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn refresh(&self) -> Result<bool> {
        let now = stamps(&self.certificate, &self.private_key);
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == now {
            return Ok(false);
        }
        self.held.replace(read(&self.certificate, &self.private_key)?);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(true)
    }
}

impl Certificates for Files {
    fn offer(&self, _: &ClientHello<'_>, _: IpAddr) -> Option<Offer> {
        Some(Offer::Serve(self.config.clone()))
    }

    fn facts(&self) -> Option<Facts> {
        Facts::of(self.held.get().cert.first()?).ok()
    }

    fn is_strict(&self) -> bool {
        true
    }
}

fn stamps(certificate: &Path, private_key: &Path) -> Option<Stamps> {
    let stamp = |path: &Path| {
        let about = fs::metadata(path).ok()?;
        Some((about.modified().ok()?, about.len()))
    };
    Some([stamp(certificate)?, stamp(private_key)?])
}

fn read(certificate: &Path, private_key: &Path) -> Result<Arc<CertifiedKey>> {
    let refused = |path: &Path, why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", path.display()));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|why| refused(certificate, &why))?;
    if chain.is_empty() {
        return Err(refused(certificate, &"there is no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_file(private_key).map_err(|why| refused(private_key, &why))?;
    certified(chain, key).map_err(|why| refused(private_key, &why))
}

/// A chain with its key.
///
/// # Errors
/// `Refused` where they don't belong together.
pub fn certified(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<CertifiedKey>> {
    CertifiedKey::from_der(chain, key, &provider())
        .map(Arc::new)
        .map_err(|why| Error::Refused(format!("the certificate and the key do not belong together ({why})")))
}
