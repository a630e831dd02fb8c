//! Tries a server as a visitor would, with a limit for everything.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::http::tls::{Facts, provider};

/// For the connection, and for each byte that is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most that is read of an answer.
const MOST: u64 = 512;

/// What a server says.
pub struct Answer {
    /// The status of `/health/live`.
    pub status: u16,
    /// Its certificate, where it has one that can be read.
    pub facts: Option<Facts>,
}

/// Asks a server whether it lives. Whoever vouches for its certificate is not looked at: whom it is for is the caller's
/// question, and an own authority is as good here as any.
///
/// # Errors
/// Where it can't be reached, does not speak TLS, or no HTTP.
pub fn ask(address: SocketAddr, host: &str, encrypted: bool) -> io::Result<Answer> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let usual = if encrypted { 443 } else { 80 };
    let host_port = if address.port() == usual { host.to_owned() } else { format!("{host}:{}", address.port()) };
    let request = format!(
        "GET /health/live HTTP/1.1\r\nHost: {host_port}\r\nConnection: close\r\nUser-Agent: hec-doctor\r\n\r\n"
    );
    if !encrypted {
        return Ok(Answer { status: status(stream, &request)?, facts: None });
    }
    let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned());
    let name = name.map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(config().map_err(io::Error::other)?, name).map_err(io::Error::other)?;
    let mut stream = stream;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    let facts = connection.peer_certificates().and_then(|chain| Facts::of(chain.first()?).ok());
    Ok(Answer { status: status(StreamOwned::new(connection, stream), &request)?, facts })
}

fn status(mut stream: impl Read + Write, request: &str) -> io::Result<u16> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut line = String::new();
    BufReader::new(stream.take(MOST)).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    status
        .filter(|_| line.starts_with("HTTP/1."))
        .ok_or_else(|| io::Error::other("what answers there is no web server"))
}

fn config() -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let verifier = Arc::new(Anybody(provider));
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// Takes any certificate whose key the server has.
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
