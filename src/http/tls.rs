//! TLS: one provider (ring), versions 1.2 and 1.3, and a certificate that may change while the server runs.
//!
//! `files.rs` reads certificates from files, `acme.rs` asks an authority for them, `local.rs` is one; `kept.rs` serves
//! the page that unlocks the store. `facts.rs` tells what a certificate says of itself, `store.rs` holds the rows.

pub mod acme;
pub mod facts;
pub mod files;
pub mod kept;
pub mod local;
mod store;

use std::{
    fmt, io,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig, crypto::CryptoProvider, server::ClientHello, server::ResolvesServerCert, sign::CertifiedKey,
};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

pub use facts::Facts;

/// Where certificates come from.
pub trait Certificates: Send + Sync {
    /// What a client is offered; none where there is no certificate for what it asks for.
    fn offer(&self, hello: &ClientHello<'_>, local: IpAddr) -> Option<Offer>;

    /// What the certificate that is offered now says of itself; none where there is none.
    fn facts(&self) -> Option<Facts>;

    /// Whether browsers may be told to never come without TLS again.
    fn is_strict(&self) -> bool;

    /// The certificate of an own authority, which devices have to be given.
    fn root(&self) -> Option<local::Root> {
        None
    }
}

/// What a client is offered.
pub enum Offer {
    /// The site.
    Serve(Arc<ServerConfig>),
    /// An answer to an authority that checks whether a name is ours (RFC 8737), and nothing else.
    Prove(Arc<ServerConfig>),
}

/// How a handshake ended.
pub enum Handshake {
    /// A client came in.
    Done {
        /// What it says.
        stream: Box<TlsStream<TcpStream>>,
        /// Whether it speaks HTTP/2.
        is_http2: bool,
    },
    /// An authority has seen what it wanted to.
    Proved,
    /// There is no certificate for the name that was asked for.
    Unknown,
}

/// The certificates of a server. They change when a locked store is opened.
pub struct Tls(RwLock<Arc<dyn Certificates>>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(…)")
    }
}

impl Tls {
    /// From here.
    pub fn new(certificates: Arc<dyn Certificates>) -> Self {
        Self(RwLock::new(certificates))
    }

    /// From now on from there.
    pub fn change(&self, certificates: Arc<dyn Certificates>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certificates;
    }

    /// Where they come from now.
    pub fn current(&self) -> Arc<dyn Certificates> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the certificate that is offered now says of itself.
    pub fn facts(&self) -> Option<Facts> {
        self.current().facts()
    }

    /// Whether browsers may be told to never come without TLS again.
    pub fn is_strict(&self) -> bool {
        self.current().is_strict()
    }

    /// The certificate of an own authority, which devices have to be given.
    pub fn root(&self) -> Option<local::Root> {
        self.current().root()
    }

    /// Shakes hands with a client.
    ///
    /// # Errors
    /// Where the client does not speak TLS, or nothing that we do.
    pub async fn accept(&self, stream: TcpStream, local: IpAddr) -> io::Result<Handshake> {
        let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
        let offer = self.current().offer(&start.client_hello(), local);
        match offer {
            Some(Offer::Serve(config)) => {
                let stream = start.into_stream(config).await?;
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                Ok(Handshake::Done { stream: Box::new(stream), is_http2 })
            }
            Some(Offer::Prove(config)) => {
                let mut stream = start.into_stream(config).await?;
                stream.shutdown().await?;
                Ok(Handshake::Proved)
            }
            None => Ok(Handshake::Unknown),
        }
    }
}

/// When this program was built. No clock of a machine that runs it is behind that, unless it was never set.
pub fn built() -> Timestamp {
    Timestamp::from_millis(env!("HEC_BUILT").parse::<i64>().unwrap_or_default().saturating_mul(1000))
}

/// The one provider of ciphers.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What the site is served with. What rustls speaks is what Mozilla calls intermediate: TLS 1.2 with forward secrecy
/// and authenticated encryption only, and TLS 1.3.
///
/// # Errors
/// `Internal` where the system gives no randomness.
pub fn site(resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>> {
    let mut config = bare(resolver)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Phones come back often: a ticket spares them a round trip, and the server a memory of each.
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(Error::internal)?;
    Ok(Arc::new(config))
}

/// A configuration that negotiates no protocol yet.
///
/// # Errors
/// `Internal` where the provider lacks the versions: a mistake of ours.
pub fn bare(resolver: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider());
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    Ok(builder.map_err(Error::internal)?.with_no_client_auth().with_cert_resolver(resolver))
}

/// None: nobody is let in yet.
pub struct Pending;

impl Certificates for Pending {
    fn offer(&self, _: &ClientHello<'_>, _: IpAddr) -> Option<Offer> {
        None
    }

    fn facts(&self) -> Option<Facts> {
        None
    }

    fn is_strict(&self) -> bool {
        false
    }
}

/// One certificate for everybody, which may be replaced.
#[derive(Debug)]
pub struct Held(RwLock<Arc<CertifiedKey>>);

impl Held {
    /// This one.
    pub fn new(key: Arc<CertifiedKey>) -> Arc<Self> {
        Arc::new(Self(RwLock::new(key)))
    }

    /// From now on this one.
    pub fn replace(&self, key: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = key;
    }

    /// The one that holds.
    pub fn get(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Held {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}
