//! Every setting that there is: its name, what it may be, what it means. Flags, environment and file are made of this.

use std::{net::SocketAddr, str::FromStr};

use crate::types::{Amount, PasswordCost};

use super::{mail::Server, values};

/// A setting. Its name in a file; the flag has dashes for underscores, the variable is `HEC_` and the name in capitals.
#[derive(Debug)]
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// What stands for its value in help.
    pub value: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it is a list; flags and variables separate with commas.
    pub many: bool,
    /// Whether a file may say it.
    pub in_file: bool,
    /// What it does.
    pub meaning: &'static str,
    /// What holds where nothing was said, in words.
    pub otherwise: &'static str,
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A file or a folder.
    Path,
    /// An address with a port.
    Address,
    /// A network, or a single address.
    Network,
    /// A host name.
    Name,
    /// An email address.
    Email,
    /// An `https` address.
    Url,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number between these, both included.
    Number(u32, u32),
    /// An amount of bytes, or `none`.
    Room,
    /// Yes or no.
    Switch,
    /// A mail server with its security.
    MailServer,
    /// A line of any characters.
    Line,
}

impl Kind {
    /// Whether a value is one of these.
    ///
    /// # Errors
    /// What it must be.
    pub fn check(self, text: &str) -> Result<(), String> {
        let parsed = |fits: bool, what: &str| if fits { Ok(()) } else { Err(format!("must be {what}")) };
        match self {
            Self::Path => parsed(!text.contains('\0'), "a path"),
            Self::Address => parsed(SocketAddr::from_str(text).is_ok(), "ADDRESS:PORT, as in 0.0.0.0:443 or [::]:443"),
            Self::Network => parsed(values::network(text).is_some(), "an address or a network, as in 10.0.0.0/8"),
            Self::Name => parsed(values::is_host_name(text), "a host name, as in hec.example.org"),
            Self::Email => {
                let whole = text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
                parsed(whole && !text.contains(|c: char| c.is_control() || c.is_whitespace()), "an email")
            }
            Self::Url => {
                parsed(text.starts_with("https://") && !text.contains(char::is_whitespace), "an https:// address")
            }
            Self::Choice(words) => parsed(words.contains(&text), &list(words)),
            Self::Number(least, most) => parsed(
                text.parse().is_ok_and(|number: u32| (least..=most).contains(&number)),
                &format!("a number from {least} to {most}"),
            ),
            Self::Room if text == "none" => Ok(()),
            Self::Room => text.parse::<Amount>().map(drop).map_err(|why| format!("{why}, or none")),
            Self::Switch => parsed(matches!(text, "true" | "false"), "true or false"),
            Self::MailServer => text.parse::<Server>().map(drop),
            Self::Line => parsed(!text.contains(char::is_control) && text.len() <= 254, "one line"),
        }
    }
}

/// "a, b or c".
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

impl Key {
    const fn new(name: &'static str, value: &'static str, kind: Kind) -> Self {
        Self { name, value, kind, many: false, in_file: true, meaning: "", otherwise: "" }
    }

    const fn many(self) -> Self {
        Self { many: true, ..self }
    }

    const fn not_in_file(self) -> Self {
        Self { in_file: false, ..self }
    }

    const fn means(self, meaning: &'static str, otherwise: &'static str) -> Self {
        Self { meaning, otherwise, ..self }
    }

    /// The flag without its dashes.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The environment variable.
    pub fn variable(&self) -> String {
        format!("HEC_{}", self.name.to_uppercase())
    }

    /// The setting of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }
}

/// Every setting, as `hec config explain` lists them.
pub const KEYS: &[Key] = &[
    Key::new("config", "FILE", Kind::Path)
        .not_in_file()
        .means("A file of settings (TOML)", "~/.config/hec/hec.toml or /etc/hec/hec.toml, where there is one"),
    Key::new("data", "DIR", Kind::Path).means("The folder of the record", "~/.local/share/hec"),
    Key::new("environment", "NAME", Kind::Choice(&["production", "staging", "development"]))
        .means("What the store is for; made-up families live in development stores only", "production"),
    Key::new("listen", "ADDR:PORT", Kind::Address).many().means(
        "Where the server listens; sockets that systemd hands over take its place",
        "127.0.0.1:8080 without TLS, [::]:443 with it",
    ),
    Key::new("plain_listen", "ADDR:PORT", Kind::Address)
        .many()
        .means("Where plain http is answered with the way to https; in local mode also with /trust", "nowhere"),
    Key::new("tls", "MODE", Kind::Choice(&["off", "local", "files", "acme"])).means(
        "Where the certificate comes from: an own authority, files, or an ACME authority such as Let's Encrypt",
        "off",
    ),
    Key::new("names", "NAME", Kind::Name).many().means(
        "The host names under which people reach it; the first one stands in links",
        "in local mode this machine's name with .local, with files those of the certificate",
    ),
    Key::new("certificate", "FILE", Kind::Path).means(
        "tls = files: the certificate and those that vouch for it (PEM); read again when it changes",
        "the credential hec.certificate",
    ),
    Key::new("private_key", "FILE", Kind::Path)
        .means("tls = files: the certificate's key (PEM)", "the credential hec.private-key"),
    Key::new("acme_contact", "EMAIL", Kind::Email)
        .means("tls = acme: where the authority writes to when something is wrong", "nobody is told"),
    Key::new("acme_directory", "URL", Kind::Url).means("tls = acme: the authority's directory", "Let's Encrypt"),
    Key::new("acme_preflight", "URL", Kind::Url).means(
        "tls = acme: a directory for trying out, asked before the first certificate",
        "Let's Encrypt's staging, where Let's Encrypt is asked; otherwise none",
    ),
    Key::new("acme_root", "FILE", Kind::Path)
        .means("tls = acme: whom to trust as the directory itself (PEM)", "the public authorities"),
    Key::new("mdns", "BOOL", Kind::Switch)
        .means("Whether names that end with .local are announced in the home network", "true in local mode"),
    Key::new("proxies", "NET", Kind::Network)
        .many()
        .means("Reverse proxies that are believed when they say whom a request comes from", "none"),
    Key::new("metrics", "ADDR:PORT", Kind::Address)
        .means("Where Prometheus reads figures; this machine's own addresses only", "nowhere"),
    Key::new("connections", "N", Kind::Number(16, 65_536)).means("Most connections at a time", "1024"),
    Key::new("limits", "BOOL", Kind::Switch)
        .means("Whether this machine's own requests to a development store are limited as well", "false"),
    Key::new("unlock", "WAY", Kind::Choice(&["file", "passphrase"]))
        .means("What opens a new store at each start", "asked, or file"),
    Key::new("key_file", "FILE", Kind::Path)
        .means("The key file; made by the first start", "the credential hec.key, or ~/.config/hec/hec.key"),
    Key::new("passphrase_fd", "N", Kind::Number(0, 1_048_576))
        .not_in_file()
        .means("Read the passphrase from this open file descriptor", "the credential hec.passphrase, or asked"),
    Key::new("backups", "FILE", Kind::Path).means(
        "The file that says where backups go, and how often (TOML)",
        "the credential hec.backups, ~/.config/hec/backups.toml or /etc/hec/backups.toml, where there is one",
    ),
    Key::new("cache", "MB", Kind::Number(4, 4096)).means("Memory for the store's pages, in megabytes", "32"),
    Key::new("registration", "WHO", Kind::Choice(&["invite", "open", "off"]))
        .means("Who may register: by an operator's invitation, anybody, or nobody", "invite"),
    Key::new("family_allowance", "SIZE", Kind::Room).means(
        "How much room the photos of one family may take, as in 5 GB; an operator can allow a family another amount",
        "none: as much as the disk has",
    ),
    Key::new("password_memory", "MIB", Kind::Number(PasswordCost::FLOOR.memory.div_ceil(1024), 1024)).means(
        "Memory that hashing one password takes, in mebibytes (Argon2id); stored hashes follow at sign-in",
        "64",
    ),
    Key::new("password_passes", "N", Kind::Number(PasswordCost::FLOOR.passes, 16))
        .means("Passes over that memory", "3"),
    Key::new("mail_server", "URL", Kind::MailServer).means(
        "Through which server messages go: smtps://HOST, smtp+starttls://HOST, or smtp://127.0.0.1 on this machine",
        "none: nothing is sent, and nothing needs it",
    ),
    Key::new("mail_from", "EMAIL", Kind::Email).means("The address that messages come from", "needed with mail_server"),
    Key::new("mail_user", "USER", Kind::Line).means("Who signs in at the mail server", "nobody does"),
    Key::new("mail_password_file", "FILE", Kind::Path).means(
        "The file whose first line is the mail user's password; read anew for each message",
        "the credential hec.mail-password",
    ),
    Key::new("mail_root", "FILE", Kind::Path).means("Whom to trust as the mail server (PEM)", "the public authorities"),
    Key::new("log_format", "FORMAT", Kind::Choice(&["text", "json"])).means("How lines of the log look", "text"),
];
