//! Through which server messages go, where anybody said so.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use crate::error::{Error, Result};

use super::values::{Values, is_host_name};

/// The settings that mean nothing without a server.
const OTHERS: [&str; 4] = ["mail_from", "mail_user", "mail_password_file", "mail_root"];

/// How messages are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The server that takes them.
    pub server: Server,
    /// The address that they come from.
    pub from: String,
    /// Who signs in there; nobody where the server asks for nothing.
    pub account: Option<Account>,
    /// Whom to trust as the server itself (PEM); the public authorities unless said.
    pub root: Option<PathBuf>,
}

/// What the server knows us by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: String,
    /// The file with the password. It is read anew for each message, and its first line counts.
    pub password_file: PathBuf,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// How what goes there is kept from others.
    pub security: Security,
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From its first byte (RFC 8314).
    Tls,
    /// From STARTTLS on, without which nothing is sent (RFC 3207).
    StartTls,
    /// Not at all: to this machine itself only.
    Plain,
}

impl Security {
    const ALL: [(&str, Self, u16); 3] =
        [("smtps", Self::Tls, 465), ("smtp+starttls", Self::StartTls, 587), ("smtp", Self::Plain, 25)];

    fn scheme(self) -> &'static str {
        match self {
            Self::Tls => "smtps",
            Self::StartTls => "smtp+starttls",
            Self::Plain => "smtp",
        }
    }
}

impl FromStr for Server {
    type Err = String;

    /// `smtps://HOST`, `smtp+starttls://HOST` or, to this machine only, `smtp://127.0.0.1`; each perhaps with a port.
    fn from_str(text: &str) -> Result<Self, String> {
        let must = || "must be smtps://HOST, smtp+starttls://HOST or, on this machine, smtp://127.0.0.1".to_owned();
        let (scheme, rest) = text.split_once("://").ok_or_else(must)?;
        let (_, security, usual) = Security::ALL.into_iter().find(|(name, ..)| *name == scheme).ok_or_else(must)?;
        if rest.contains('@') {
            return Err("holds a user or a password: they belong into mail_user and mail_password_file".to_owned());
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        if !is_host_name(host) && host.parse::<IpAddr>().is_err() {
            return Err(must());
        }
        let port = port.map_or(Ok(usual), |port| port.parse().map_err(|_| must()))?;
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if security == Security::Plain && !here {
            return Err(format!(
                "would send messages and links in plain text: only this machine itself may be reached so \
                 (smtp://127.0.0.1). Use smtps://{host}, or smtp+starttls://{host}"
            ));
        }
        Ok(Self { security, host: host.to_owned(), port })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{}://{host}:{}", self.security.scheme(), self.port)
    }
}

/// What the settings say of mail; `credential` is the password that systemd hands over.
///
/// # Errors
/// `Refused` where something is missing, or stands without a server.
pub(super) fn mail(values: &Values, credential: Option<PathBuf>) -> Result<Option<Mail>> {
    let Some(server) = values.one("mail_server")? else {
        return match OTHERS.iter().find(|name| values.says(name)) {
            Some(name) => Err(Error::Refused(format!("{name} belongs to mail_server, which is not said"))),
            None => Ok(None),
        };
    };
    let missing = |name: &str, why: &str| Error::Refused(format!("{name}: {why}"));
    let from = values.one("mail_from")?;
    let from = from.ok_or_else(|| missing("mail_from", "mail_server needs the address that messages come from"))?;
    let said: Option<PathBuf> = values.one("mail_password_file")?;
    let account = match values.one("mail_user")? {
        Some(user) => {
            let file = said.or(credential);
            let file =
                file.ok_or_else(|| missing("mail_password_file", "mail_user needs a password to sign in with"))?;
            Some(Account { user, password_file: file })
        }
        None if said.is_some() => return Err(missing("mail_user", "mail_password_file is of no use without it")),
        None => None,
    };
    Ok(Some(Mail { server, from, account, root: values.one("mail_root")? }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_with_its_security() {
        for (text, told) in [
            ("smtps://mail.example.org", "smtps://mail.example.org:465"),
            ("smtps://mail.example.org:2465/", "smtps://mail.example.org:2465"),
            ("smtp+starttls://mail.example.org", "smtp+starttls://mail.example.org:587"),
            ("smtp+starttls://[2001:db8::1]:25", "smtp+starttls://[2001:db8::1]:25"),
            ("smtp://127.0.0.1", "smtp://127.0.0.1:25"),
            ("smtp://[::1]:2525", "smtp://[::1]:2525"),
            ("smtp://localhost", "smtp://localhost:25"),
        ] {
            assert_eq!(text.parse::<Server>().unwrap().to_string(), told);
        }
    }

    #[test]
    fn plain_text_beyond_this_machine_and_what_is_no_server_are_refused() {
        for text in ["smtp://mail.example.org", "smtp://192.168.1.9:25", "smtp://[2001:db8::1]"] {
            let why = text.parse::<Server>().unwrap_err();
            assert!(why.contains("in plain text") && why.contains("smtps://"), "{text}: {why}");
        }
        for text in [
            "",
            "mail.example.org",
            "https://mail.example.org",
            "smtps://",
            "smtps://a b",
            "smtps://a:b",
            "smtps://a:99999",
            "smtps://a/b",
        ] {
            let why = text.parse::<Server>().unwrap_err();
            assert!(why.starts_with("must be"), "{text}: {why}");
        }
        let why = "smtps://ana:secret@mail.example.org".parse::<Server>().unwrap_err();
        assert!(why.contains("mail_password_file") && !why.contains("secret"), "{why}");
    }
}
