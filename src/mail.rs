//! Hands messages to the mail server that the settings name (RFC 5321, 3207, 8314). It knows no room, and it blocks.
//!
//! What a server answers is kept as a word and a code: its own words may repeat addresses.

use std::{error::Error as _, fs, io, path::Path, time::Duration};

use lettre::{
    Address, Message, SmtpTransport, Transport,
    address::Envelope,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use zeroize::Zeroizing;

use crate::{
    config::{
        Config,
        mail::{Mail, Security},
    },
    types::Timestamp,
};

/// For the connection, and for each line that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same where somebody waits to hear whether it works.
const IMPATIENCE: Duration = Duration::from_secs(5);
/// The most of a password's file that is read, in bytes.
const PASSWORD_MAX: u64 = 4_096;

/// A message.
pub struct Letter {
    /// Names it: the same message, sent again, has the same name.
    pub id: String,
    /// To whom.
    pub to: String,
    /// The name that it comes from.
    pub from_name: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: Zeroizing<String>,
    /// When it was written.
    pub at: Timestamp,
}

/// Why a message did not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No server is set up.
    NotSetUp,
    /// Nothing answers there, or it fell silent.
    Unreachable,
    /// It could not prove who it is, or speaks no TLS.
    Tls,
    /// The file of the password, or of whom to trust, can't be read.
    File,
    /// User or password are not taken.
    SignIn,
    /// Not now, says the server.
    Later(u16),
    /// No, says the server.
    Refused(u16),
    /// No such address can be written to through this server.
    Address,
    /// What answers makes no sense.
    Odd,
}

impl Failure {
    /// Its name in the catalogue and in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSetUp => "not-set-up",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::File => "file",
            Self::SignIn => "sign-in",
            Self::Later(_) => "later",
            Self::Refused(_) => "refused",
            Self::Address => "address",
            Self::Odd => "odd",
        }
    }

    /// The server's code, where it gave one (RFC 5321, section 4.2).
    pub fn code(self) -> Option<u16> {
        match self {
            Self::Later(code) | Self::Refused(code) => Some(code),
            _ => None,
        }
    }

    /// Whether trying again can't help.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Refused(_) | Self::Address)
    }
}

/// Sends a message.
///
/// # Errors
/// Why it did not go.
pub fn send(config: &Config, letter: &Letter) -> Result<(), Failure> {
    let mail = config.mail.as_ref().ok_or(Failure::NotSetUp)?;
    let (envelope, message) = written(mail, letter)?;
    let sent = transport(config, mail, PATIENCE)?.send_raw(&envelope, &message);
    sent.map(drop).map_err(|error| failure(&error))
}

/// Signs in at the server and out again: nothing is sent.
///
/// # Errors
/// What does not work.
pub fn probe(config: &Config) -> Result<(), Failure> {
    let mail = config.mail.as_ref().ok_or(Failure::NotSetUp)?;
    match transport(config, mail, IMPATIENCE)?.test_connection() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Odd),
        Err(error) => Err(failure(&error)),
    }
}

/// The message as it goes out. Every address and name is parsed or encoded: none can begin another line.
fn written(mail: &Mail, letter: &Letter) -> Result<(Envelope, Zeroizing<Vec<u8>>), Failure> {
    let (from, to) = (address(&mail.from)?, address(&letter.to)?);
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]).map_err(|_| Failure::Address)?;
    let auto = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    let millis = u64::try_from(letter.at.millis()).unwrap_or_default();
    let message = Message::builder()
        .message_id(Some(format!("<{}@{}>", letter.id, from.domain())))
        .date(std::time::UNIX_EPOCH + Duration::from_millis(millis))
        .from(Mailbox::new(Some(letter.from_name.clone()), from))
        .to(Mailbox::new(None, to))
        .subject(letter.subject.clone())
        .raw_header(auto)
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.to_string())
        .map_err(|_| Failure::Odd)?;
    Ok((envelope, Zeroizing::new(message.formatted())))
}

/// An address; a domain in other letters is written as servers know it (IDNA).
fn address(text: &str) -> Result<Address, Failure> {
    let (local, domain) = text.rsplit_once('@').ok_or(Failure::Address)?;
    let domain = if domain.is_ascii() {
        domain.to_owned()
    } else {
        idna::domain_to_ascii(domain).map_err(|_| Failure::Address)?
    };
    Address::new(local, domain).map_err(|_| Failure::Address)
}

fn transport(config: &Config, mail: &Mail, patience: Duration) -> Result<SmtpTransport, Failure> {
    // In plain text, nothing is asked where this machine is.
    let plain = mail.server.security == Security::Plain;
    let host = if plain && mail.server.host == "localhost" { "127.0.0.1" } else { &mail.server.host };
    let tls = match mail.server.security {
        Security::Tls => Tls::Wrapper(trusted(mail)?),
        Security::StartTls => Tls::Required(trusted(mail)?),
        Security::Plain => Tls::None,
    };
    let mut builder = SmtpTransport::builder_dangerous(host).port(mail.server.port).tls(tls).timeout(Some(patience));
    if let Some(name) = config.names.first() {
        builder = builder.hello_name(ClientId::Domain(name.clone()));
    }
    if let Some(account) = &mail.account {
        let password = password(&account.password_file).map_err(|_| Failure::File)?;
        builder = builder.credentials(Credentials::new(account.user.clone(), password.to_string()));
    }
    Ok(builder.build())
}

/// Whom to take for the server.
fn trusted(mail: &Mail) -> Result<TlsParameters, Failure> {
    let builder = TlsParameters::builder(mail.server.host.clone());
    let builder = match &mail.root {
        None => builder.certificate_store(CertificateStore::WebpkiRoots),
        Some(path) => {
            let pem = fs::read(path).map_err(|_| Failure::File)?;
            let root = Certificate::from_pem(&pem).map_err(|_| Failure::File)?;
            builder.certificate_store(CertificateStore::None).add_root_certificate(root)
        }
    };
    builder.build().map_err(|_| Failure::Tls)
}

/// The first line of a file.
fn password(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    io::Read::read_to_string(&mut io::Read::take(fs::File::open(path)?, PASSWORD_MAX), &mut text)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn failure(error: &smtp::Error) -> Failure {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        return match code {
            // RFC 4954, section 6: user or password are wrong, or missing, or another mechanism is wanted.
            530 | 534 | 535 | 538 => Failure::SignIn,
            _ if error.is_permanent() => Failure::Refused(code),
            _ => Failure::Later(code),
        };
    }
    if error.is_tls() || names_tls(error) {
        return Failure::Tls;
    }
    if error.is_client() {
        let words = error.to_string();
        return if words.contains("SMTPUTF8") {
            Failure::Address
        } else if words.contains("STARTTLS") {
            Failure::Tls
        } else if words.contains("auth") {
            Failure::SignIn
        } else {
            Failure::Odd
        };
    }
    if error.is_response() { Failure::Odd } else { Failure::Unreachable }
}

/// Whether TLS is among the causes, however deep.
fn names_tls(error: &smtp::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        let within = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if cause.is::<rustls::Error>() || within.is_some_and(|within| within.is::<rustls::Error>()) {
            return true;
        }
        next = cause.source();
    }
    false
}
