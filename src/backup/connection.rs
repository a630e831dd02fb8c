//! How another machine is asked: whom its certificate may be of, who asks, and how long it may take.

use std::{fmt, fs, io::ErrorKind, path::PathBuf, sync::Arc, time::Duration};

use object_store::{
    ClientOptions,
    client::{HttpClient, HttpConnector},
};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};

/// How long one request may take.
const REQUEST: Duration = Duration::from_mins(10);
/// How long until a connection stands.
const CONNECT: Duration = Duration::from_secs(20);

/// The certificates in a file.
///
/// # Errors
/// Why it holds none.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found =
        CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Err("there is no certificate in it (PEM, which begins with -----BEGIN CERTIFICATE-----)".to_owned());
    }
    Ok(found)
}

/// Connections as this house makes them: one TLS, no proxy from the environment, no redirection to elsewhere.
#[derive(Debug)]
pub(super) struct Connector {
    tls: ClientConfig,
    login: Option<String>,
}

impl Connector {
    /// One that trusts the authorities of a file, too, and says who asks.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do about it.
    pub(super) fn new(root: Option<&PathBuf>, login: Option<(String, String)>) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = root {
            let unfit = |why: &dyn fmt::Display| format!("root {}: {why}", path.display());
            let pem = fs::read(path).map_err(|error| match error.kind() {
                ErrorKind::NotFound => unfit(
                    &"this file is not there. It is to be the certificate of the authority that vouches for the server: \
                      copy it there, or mend the line root in the file of destinations",
                ),
                ErrorKind::PermissionDenied => unfit(&format!(
                    "this file is closed to the user that HEC runs as. It holds nothing secret: sudo chmod a+r {}, and \
                     the folders that it lies in must be open, too",
                    path.display()
                )),
                _ => unfit(&error),
            })?;
            for certificate in certificates(&pem).map_err(|why| unfit(&why))? {
                roots.add(certificate).map_err(|error| unfit(&error))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = builder.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
        let basic = |(user, password): (String, String)| {
            format!("Basic {}", data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes()))
        };
        Ok(Self { tls, login: login.map(basic) })
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic { store: "HTTP", source };
        let mut headers = reqwest::header::HeaderMap::new();
        if let Some(login) = &self.login {
            let mut value = reqwest::header::HeaderValue::try_from(login).map_err(|error| failed(error.into()))?;
            value.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .default_headers(headers)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .build();
        client.map(HttpClient::new).map_err(|error| failed(error.into()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Connector, PathBuf};

    #[test]
    fn a_root_that_holds_no_certificate_is_refused() {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let why = Connector::new(Some(&path), None).unwrap_err();
        assert!(why.contains("Cargo.toml: there is no certificate in it"), "{why}");
    }
}
