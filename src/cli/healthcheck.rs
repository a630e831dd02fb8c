//! `hec healthcheck`: whether the server answers.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use poem::http::Uri;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::{
    config::{Config, Settings},
    error::{Error, Result},
};

use super::say;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is asked.
const LIVE: &str = "/health/live";

/// Ask the running server whether it lives. Exit code 1 where it does not
#[derive(Args)]
pub struct Healthcheck {
    /// Ask this address, not the configured one
    #[arg(long, value_name = "URL")]
    url: Option<Uri>,
}

impl Healthcheck {
    pub fn run(self, settings: &Settings) -> Result<bool> {
        let question = match &self.url {
            Some(url) => Question::at(url)?,
            None => Question::here(&Config::load(settings)?),
        };
        match question.ask() {
            Ok(200) => say("It lives.").map(|()| true),
            Ok(status) => say(&format!("It answers with status {status}.")).map(|()| false),
            Err(why) => say(&format!("No answer from {}: {why}", question.place())).map(|()| false),
        }
    }
}

struct Question {
    tls: bool,
    /// Who is asked for, in the handshake and in the `Host` header.
    host: String,
    port: u16,
    path: String,
    /// Where that is.
    places: io::Result<Vec<SocketAddr>>,
}

impl Question {
    /// # Errors
    /// `Refused` where it is no address of a web server.
    fn at(url: &Uri) -> Result<Self> {
        let refused = || Error::Refused(format!("{url}: an address looks like https://name:port{LIVE}"));
        let tls = match url.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(refused()),
        };
        let host = url.host().ok_or_else(refused)?.to_owned();
        let port = url.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = if url.path() == "/" { LIVE } else { url.path() }.to_owned();
        let places = (bare(&host), port).to_socket_addrs().map(Iterator::collect);
        Ok(Self { tls, host, port, path, places })
    }

    /// The server of this configuration, over the loopback address where it listens on all.
    fn here(config: &Config) -> Self {
        let address = config.address();
        let places = near(address);
        let host = match (config.names.first(), places.first()) {
            (Some(name), _) => name.clone(),
            (None, Some(SocketAddr::V6(place))) => format!("[{}]", place.ip()),
            (None, place) => place.unwrap_or(&address).ip().to_string(),
        };
        let (tls, port, path) = (config.tls.is_on(), address.port(), LIVE.to_owned());
        Self { tls, host, port, path, places: Ok(places) }
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The status of the reply.
    fn ask(&self) -> io::Result<u16> {
        let stream = self.connect()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        if !self.tls {
            return self.talk(stream);
        }
        let name = ServerName::try_from(bare(&self.host).to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(anybody().map_err(io::Error::other)?), name);
        self.talk(StreamOwned::new(session.map_err(io::Error::other)?, stream))
    }

    /// The first place that answers.
    fn connect(&self) -> io::Result<TcpStream> {
        let places = self.places.as_ref().map_err(|why| io::Error::other(why.to_string()))?;
        let mut last = io::Error::other("the name has no address");
        for place in places {
            match TcpStream::connect_timeout(place, PATIENCE) {
                Ok(stream) => return Ok(stream),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn talk(&self, mut stream: impl Read + Write) -> io::Result<u16> {
        let (path, host) = (&self.path, self.place());
        let question = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes())?;
        stream.flush()?;
        let mut line = [0; 12];
        stream.read_exact(&mut line)?;
        let status = str::from_utf8(&line).ok().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.parse().ok());
        status.ok_or_else(|| io::Error::other("this is not HTTP"))
    }
}

/// Where a server is met, from its own machine.
fn near(listen: SocketAddr) -> Vec<SocketAddr> {
    let four = SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port()));
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => vec![four],
        IpAddr::V6(ip) if ip.is_unspecified() => vec![(Ipv6Addr::LOCALHOST, listen.port()).into(), four],
        _ => vec![listen],
    }
}

/// An address without the brackets that it has in a URL.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

/// TLS with whoever answers.
fn anybody() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    Ok(versions.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))).with_no_client_auth())
}

/// Takes every certificate: nothing is told and nothing believed but that somebody answers, and a certificate that has
/// ended is no reason to start a server anew.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
