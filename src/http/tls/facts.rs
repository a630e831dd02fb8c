//! What a certificate says of itself.

use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

/// Of the certificate at the front of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Who vouches for it.
    pub issuer: String,
    /// From when it holds.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// SHA-256 of the whole, in capital hexadecimal with colons.
    pub fingerprint: String,
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// `Refused` where it is no certificate.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self> {
        let refused = |why: String| Error::Refused(format!("the certificate can't be read: {why}"));
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|why| refused(why.to_string()))?;
        let names = parsed.subject_alternative_name().map_err(|why| refused(why.to_string()))?;
        let names = names.iter().flat_map(|names| &names.value.general_names);
        let name = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some(name.to_lowercase()),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        };
        let moment = |time: x509_parser::time::ASN1Time| Timestamp::from_millis(time.timestamp().saturating_mul(1000));
        Ok(Self {
            names: names.filter_map(name).collect(),
            issuer: parsed.issuer().to_string(),
            from: moment(parsed.validity().not_before),
            until: moment(parsed.validity().not_after),
            fingerprint: fingerprint(certificate),
        })
    }
}

/// SHA-256 of a certificate as people compare it.
pub fn fingerprint(certificate: &[u8]) -> String {
    let hash = Sha256::digest(certificate);
    hash.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(std::net::IpAddr::from);
    let v6 = <[u8; 16]>::try_from(bytes).ok().map(std::net::IpAddr::from);
    v4.or(v6).map(|address| address.to_string())
}
