//! The port: who may stay on it, how it is encrypted, where its certificates come from.

mod acme;
mod certificates;
mod connections;
mod crowd;
mod others;
pub mod pebble;
mod settings;
pub mod sockets;

use std::{net::SocketAddr, path::Path, sync::Arc};

use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A certificate for names and its key, in PEM, as an authority elsewhere would have made it: this one vouches for
/// itself.
fn certificate_for(names: &[&str]) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// Writes them where `tls = "files"` reads them.
fn write_certificate(folder: &Path, names: &[&str]) -> (std::path::PathBuf, std::path::PathBuf) {
    let (certificate, key) = certificate_for(names);
    let (at, key_at) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&at, certificate).unwrap();
    std::fs::write(&key_at, key).unwrap();
    (at, key_at)
}

/// A client that trusts these roots and nobody else.
fn trusting(roots: &[CertificateDer<'static>], protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let mut store = RootCertStore::empty();
    roots.iter().for_each(|root| store.add(root.clone()).unwrap());
    let builder = ClientConfig::builder_with_provider(hec::http::tls::provider());
    let mut config =
        builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(store).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

/// Shakes hands, naming whom it expects.
async fn shake(address: SocketAddr, name: &str, client: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(client.clone()).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

/// The certificate that a server offers for a name.
fn offered(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}
