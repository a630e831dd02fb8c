//! One typed configuration: flag, then environment, then file, then default; nothing else.
//!
//! `keys.rs` lists every setting, `values.rs` reads the sources, `explain.rs` tells what holds and why, `variables.rs`
//! which variables nobody reads.

pub mod backups;
pub mod explain;
pub mod keys;
pub mod mail;
mod values;
pub mod variables;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;

use crate::{
    error::{Error, Result},
    store::{self, CACHE, Environment},
};

pub use crate::types::{Amount, PasswordCost};
pub use backups::Backups;
pub use mail::Mail;
pub use values::{Origin, Settings, Values, is_host_name};

/// The public authority that is asked unless another is said.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Its directory for trying out.
const LETS_ENCRYPT_STAGING: &str = "https://acme-staging-v02.api.letsencrypt.org/directory";

/// The settings that tell how the server is reached.
const ADDRESS: [&str; 12] = [
    "listen",
    "plain_listen",
    "tls",
    "names",
    "certificate",
    "private_key",
    "acme_contact",
    "acme_directory",
    "acme_preflight",
    "acme_root",
    "mdns",
    "proxies",
];

/// Settings that were checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file of settings, whether it is there or not: where another line goes.
    pub file: PathBuf,
    /// Whether anything was said of how the server is reached.
    pub says_address: bool,
    /// The folder of the store.
    pub data: PathBuf,
    /// Where the server listens.
    pub listen: Vec<SocketAddr>,
    /// Where plain http is answered with the way to https.
    pub plain_listen: Vec<SocketAddr>,
    /// Where the certificate comes from.
    pub tls: Tls,
    /// The names under which people reach it, in small letters; the first stands in links.
    pub names: Vec<String>,
    /// The port under which people reach it, where that is another than those that it listens on.
    pub public_port: Option<u16>,
    /// Whether names that end with `.local` are announced.
    pub mdns: bool,
    /// Reverse proxies that are believed.
    pub proxies: Vec<IpNet>,
    /// Where Prometheus reads.
    pub metrics: Option<SocketAddr>,
    /// Most connections at a time.
    pub connections: usize,
    /// Whether this machine's own requests to a development store are limited as well.
    pub limits: bool,
    /// What the store is for.
    pub environment: Environment,
    /// How a new store is unlocked, where it was said.
    pub unlock: Option<Unlock>,
    /// Where the key file may lie: the first one that is there counts, and a new one is made at the last.
    pub key_files: Vec<PathBuf>,
    /// Where a passphrase may be read from, before anybody is asked for it.
    pub passphrase_files: Vec<PathBuf>,
    /// The file that says where backups go, as soon as there is one.
    pub backups: Backups,
    /// Memory for the store's pages, in bytes.
    pub cache: usize,
    /// Whether anybody who reaches the server may register.
    pub registration: Registration,
    /// How much room the photos of one family may take, unless an operator allowed it another amount.
    pub family_allowance: Option<Amount>,
    /// How messages are sent, where anybody said so.
    pub mail: Option<Mail>,
    /// How lines of the log look.
    pub log_format: LogFormat,
    /// What hashing a password costs.
    pub password: PasswordCost,
    /// How many pictures are worked on at a time; each may take 200 MB while it is.
    pub picture_places: usize,
    /// Whether this is the demo: pages say so.
    pub demo: bool,
    /// What was said, and where.
    pub values: Values,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// There is none: only this machine and configured proxies may connect.
    Off,
    /// An authority of this instance's own, for the home network.
    Local,
    /// Files that somebody else renews.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// Its key.
        private_key: PathBuf,
    },
    /// An authority that speaks ACME (RFC 8555).
    Acme(Acme),
}

/// Which authority is asked, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// Its directory.
    pub directory: String,
    /// A directory for trying out, which is asked first.
    pub preflight: Option<String>,
    /// Whom the authority may write to.
    pub contact: Option<String>,
    /// Whom to trust as the directory itself; the public authorities unless said.
    pub root: Option<PathBuf>,
}

impl Tls {
    /// Its name in settings.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Local => "local",
            Self::Files { .. } => "files",
            Self::Acme(_) => "acme",
        }
    }

    /// Whether connections are encrypted by this server itself.
    pub fn is_on(&self) -> bool {
        *self != Self::Off
    }

    /// Whether browsers may be told to never come without TLS again: not where the authority is our own, which a new
    /// phone does not know yet.
    pub fn is_strict(&self) -> bool {
        matches!(self, Self::Files { .. } | Self::Acme(_))
    }
}

/// What opens the store at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlock {
    /// A key file on the same machine: it starts by itself.
    File,
    /// A passphrase that somebody types: it starts locked.
    Passphrase,
}

/// Who may register once the instance is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Whoever holds an invitation of an operator's.
    Invite,
    /// Anybody who reaches the page.
    Open,
    /// Nobody.
    Off,
}

impl Registration {
    /// The word in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Open => "open",
            Self::Off => "off",
        }
    }
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

impl Config {
    /// Puts the sources together, the usual file of settings among them.
    ///
    /// # Errors
    /// `Refused`, naming the setting, where it was said and what it must be, or settings that don't go together.
    pub fn load(settings: &Settings) -> Result<Self> {
        Self::from_values(&Values::gather(settings, usual_file())?)
    }

    /// The same without the usual file of settings: for what has nothing to do with this machine's own instance.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_alone(settings: &Settings) -> Result<Self> {
        Self::from_values(&Values::gather(settings, None)?)
    }

    /// Settings that go together.
    ///
    /// # Errors
    /// `Refused`.
    pub fn from_values(values: &Values) -> Result<Self> {
        let environment = values.one("environment")?.unwrap_or(Environment::Production);
        let data = values.one("data")?.unwrap_or_else(default_data);
        let tls = tls(values)?;
        let proxies = networks(values)?;
        let config = Self {
            file: values.one("config")?.or_else(usual_file).unwrap_or_else(|| config_folder().join("hec/hec.toml")),
            says_address: ADDRESS.iter().any(|name| values.says(name)),
            listen: listen(values, &tls)?,
            // Without TLS there is no https to show the way to.
            plain_listen: if tls.is_on() { values.all("plain_listen")? } else { Vec::new() },
            names: names(values, &tls)?,
            public_port: values.one("public_port")?,
            mdns: values.one("mdns")?.unwrap_or(tls == Tls::Local),
            tls,
            proxies,
            metrics: values.one("metrics")?,
            connections: values.one("connections")?.unwrap_or(1024),
            limits: values.one("limits")?.unwrap_or(false),
            unlock: values.one::<String>("unlock")?.map(|word| match word.as_str() {
                "passphrase" => Unlock::Passphrase,
                _ => Unlock::File,
            }),
            key_files: key_files(values.one("key_file")?, environment, &data),
            backups: match values.one("backups")?.or_else(|| credential("hec.backups")) {
                Some(named) => Backups::from(named),
                None => Backups::usual(usual_places("backups.toml")),
            },
            passphrase_files: passphrase_files(values.one("passphrase_fd")?),
            cache: values.one("cache")?.map_or(CACHE, |megabytes: usize| megabytes << 20),
            registration: match values.one::<String>("registration")?.as_deref() {
                Some("open") => Registration::Open,
                Some("off") => Registration::Off,
                _ => Registration::Invite,
            },
            family_allowance: match values.one::<String>("family_allowance")?.as_deref() {
                None | Some("none") => None,
                Some(_) => values.one("family_allowance")?,
            },
            mail: mail::mail(values, credential("hec.mail-password"))?,
            log_format: match values.one::<String>("log_format")?.as_deref() {
                Some("json") => LogFormat::Json,
                _ => LogFormat::Text,
            },
            data,
            environment,
            password: PasswordCost {
                memory: values
                    .one("password_memory")?
                    .map_or(PasswordCost::STANDARD.memory, |mebibytes: u32| mebibytes * 1024),
                passes: values.one("password_passes")?.unwrap_or(PasswordCost::STANDARD.passes),
                ..PasswordCost::STANDARD
            },
            picture_places: 2,
            demo: false,
            values: values.clone(),
        };
        config.check()?;
        Ok(config)
    }

    /// What single settings can't tell.
    fn check(&self) -> Result<()> {
        let beyond = |addresses: &[SocketAddr]| addresses.iter().copied().find(|address| !address.ip().is_loopback());
        if let Some(address) = beyond(&self.listen).filter(|_| !self.tls.is_on() && self.proxies.is_empty()) {
            return Err(Error::Refused(format!(
                "listening on {address} would send the record in plain text. Choose where a certificate comes from \
                 (tls = \"local\", \"files\" or \"acme\"), name the reverse proxy that encrypts (proxies = [\"ADDRESS\"]), \
                 or listen on this machine's own address (127.0.0.1 or [::1])"
            )));
        }
        if let Some(address) = self.metrics.filter(|address| !address.ip().is_loopback()) {
            return Err(Error::Refused(format!(
                "metrics: {address} can be reached by others; figures are for this machine's own addresses \
                 (127.0.0.1 or [::1])"
            )));
        }
        if let Some(network) = self.proxies.iter().find(|network| network.prefix_len() < 8) {
            return Err(Error::Refused(format!(
                "proxies: {network} is no network of proxies: whoever is in it can say whom a request comes from"
            )));
        }
        Ok(())
    }

    /// Where people find it: by its first name, or by the address that it listens on; at the port that they use.
    pub fn url(&self, address: SocketAddr) -> String {
        let encrypted = self.tls.is_on() || !self.proxies.is_empty() && !self.names.is_empty();
        let (scheme, usual) = if encrypted { ("https", 443) } else { ("http", 80) };
        let own = if self.tls.is_on() || !encrypted { address.port() } else { usual };
        let port = self.public_port.unwrap_or(own);
        let host = match self.names.first() {
            Some(name) => name.clone(),
            None if address.ip().is_unspecified() => match address {
                SocketAddr::V4(_) => "127.0.0.1".to_owned(),
                SocketAddr::V6(_) => "localhost".to_owned(),
            },
            None => match address.ip() {
                IpAddr::V6(ip) => format!("[{ip}]"),
                IpAddr::V4(ip) => ip.to_string(),
            },
        };
        if port == usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") }
    }

    /// The first address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listen.first().copied().unwrap_or_else(|| ([127, 0, 0, 1], 8080).into())
    }

    /// Whether a peer is a reverse proxy that is believed.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.proxies.iter().any(|network| network.contains(&peer))
    }
}

/// Where settings are read where no file is named: `~/.config/hec/hec.toml`, then `/etc/hec/hec.toml`.
pub fn usual_file() -> Option<PathBuf> {
    usual_places("hec.toml").into_iter().find(|path| path.exists())
}

/// Where files of settings lie, the first place first.
fn usual_places(name: &str) -> Vec<PathBuf> {
    let own = config_folder().join("hec").join(name);
    let system = Path::new("/etc/hec").join(name);
    // A folder of settings that was named leaves no other.
    if absolute("XDG_CONFIG_HOME").is_some() { vec![own] } else { vec![own, system] }
}

fn tls(values: &Values) -> Result<Tls> {
    let mode: Option<String> = values.one("tls")?;
    let mode = mode.as_deref().unwrap_or("off");
    let only = |names: &[&str], wanted: &str| match names.iter().find(|name| values.says(name)) {
        Some(name) if mode != wanted => {
            Err(Error::Refused(format!("{name} belongs to tls = \"{wanted}\", and tls is {mode}")))
        }
        _ => Ok(()),
    };
    only(&["certificate", "private_key"], "files")?;
    only(&["acme_contact", "acme_directory", "acme_preflight", "acme_root"], "acme")?;
    Ok(match mode {
        "local" => Tls::Local,
        "files" => {
            let file = |name: &str, kept: &str| {
                let said = values.one(name)?.or_else(|| credential(kept));
                said.ok_or_else(|| Error::Refused(format!("{name}: tls = \"files\" needs it")))
            };
            Tls::Files {
                certificate: file("certificate", "hec.certificate")?,
                private_key: file("private_key", "hec.private-key")?,
            }
        }
        "acme" => {
            let directory: Option<String> = values.one("acme_directory")?;
            let preflight: Option<String> = values.one("acme_preflight")?;
            let usual = directory.as_deref().is_none_or(|directory| directory == LETS_ENCRYPT);
            Tls::Acme(Acme {
                preflight: preflight.or_else(|| usual.then(|| LETS_ENCRYPT_STAGING.to_owned())),
                directory: directory.unwrap_or_else(|| LETS_ENCRYPT.to_owned()),
                contact: values.one("acme_contact")?,
                root: values.one("acme_root")?,
            })
        }
        _ => Tls::Off,
    })
}

fn listen(values: &Values, tls: &Tls) -> Result<Vec<SocketAddr>> {
    let said = values.all("listen")?;
    if !said.is_empty() {
        return Ok(said);
    }
    let usual: SocketAddr = if tls.is_on() { ([0_u16; 8], 443).into() } else { ([127, 0, 0, 1], 8080).into() };
    Ok(vec![usual])
}

fn names(values: &Values, tls: &Tls) -> Result<Vec<String>> {
    let mut names: Vec<String> = values.all::<String>("names")?.iter().map(|name| name.to_lowercase()).collect();
    if let Tls::Acme(_) = tls {
        if names.is_empty() {
            return Err(Error::Refused(
                "names: tls = \"acme\" needs the public name, as in names = [\"hec.example.org\"]".to_owned(),
            ));
        }
        if let Some(name) = names.iter().find(|name| !name.contains('.') || name.ends_with(".local")) {
            return Err(Error::Refused(format!(
                "names: no public authority certifies {name}; it takes a public name, or tls = \"local\""
            )));
        }
    }
    if *tls == Tls::Local && names.is_empty() {
        names.push(own_name());
    }
    Ok(names)
}

/// This machine's name in the home network.
pub fn own_name() -> String {
    let uname = rustix::system::uname();
    let name = uname.nodename().to_string_lossy().to_lowercase();
    let name = name.split('.').next().unwrap_or_default();
    if values::is_host_name(name) && name != "localhost" { format!("{name}.local") } else { "hec.local".to_owned() }
}

fn networks(values: &Values) -> Result<Vec<IpNet>> {
    let said: Vec<String> = values.all("proxies")?;
    Ok(said.iter().filter_map(|text| values::network(text)).collect())
}

/// What was said, and nothing else; otherwise the credential that systemd hands over, then the usual place.
fn key_files(said: Option<PathBuf>, environment: Environment, data: &Path) -> Vec<PathBuf> {
    if let Some(said) = said {
        return vec![said];
    }
    let usual = match environment {
        Environment::Development => store::development_key(data),
        Environment::Production | Environment::Staging => config_folder().join("hec/hec.key"),
    };
    credential("hec.key").into_iter().chain([usual]).collect()
}

fn passphrase_files(descriptor: Option<u32>) -> Vec<PathBuf> {
    let descriptor = descriptor.map(|number| PathBuf::from(format!("/dev/fd/{number}")));
    descriptor.into_iter().chain(credential("hec.passphrase")).collect()
}

/// A file in the folder of systemd credentials.
fn credential(name: &str) -> Option<PathBuf> {
    let file = absolute("CREDENTIALS_DIRECTORY")?.join(name);
    file.exists().then_some(file)
}

/// `$XDG_CONFIG_HOME`, `~/.config`, or `/etc`. Not the folder of the data: who takes that away, or a copy of it, should
/// not take the key as well.
fn config_folder() -> PathBuf {
    let home = absolute("HOME").map(|home| home.join(".config"));
    absolute("XDG_CONFIG_HOME").or(home).unwrap_or_else(|| PathBuf::from("/etc"))
}

/// A folder that the environment names; what is empty or relative counts as not said (XDG Base Directory).
fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// `$XDG_DATA_HOME/hec`, `~/.local/share/hec`, or `./hec-data`.
fn default_data() -> PathBuf {
    let home = absolute("HOME").map(|home| home.join(".local/share"));
    absolute("XDG_DATA_HOME").or(home).map_or_else(|| PathBuf::from("hec-data"), |base| base.join("hec"))
}
