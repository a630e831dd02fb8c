//! One typed configuration: flag, then environment, then file, then default.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    error::{Error, Result},
    store::{self, CACHE, Environment},
};

pub use crate::types::PasswordCost;

/// Settings that were checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of the store.
    pub data: PathBuf,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// What the store is for.
    pub environment: Environment,
    /// How a new store is unlocked, where it was said.
    pub unlock: Option<Unlock>,
    /// Where the key file may lie: the first one that is there counts, and a new one is made at the last.
    pub key_files: Vec<PathBuf>,
    /// Where a passphrase may be read from, before anybody is asked for it.
    pub passphrase_files: Vec<PathBuf>,
    /// Memory for the store's pages, in bytes.
    pub cache: usize,
    /// Whether anybody who reaches the server may register.
    pub registration: Registration,
    /// What hashing a password costs.
    pub password: PasswordCost,
    /// How many pictures are worked on at a time; each may take 200 MB while it is.
    pub picture_places: usize,
    /// Whether this is the demo: pages say so.
    pub demo: bool,
}

/// What opens the store at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Unlock {
    /// A key file on the same machine: it starts by itself.
    File,
    /// A passphrase that somebody types: it starts locked.
    Passphrase,
}

/// Who may register once the instance is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody who reaches the page.
    Open,
    /// Nobody.
    Off,
}

/// What may be said on the command line, in the environment or in a file; nothing is required.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Settings {
    /// The folder of the record
    #[arg(long, env = "HEC_DATA", value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// A file of settings (TOML)
    #[arg(long, env = "HEC_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, env = "HEC_LISTEN", value_name = "ADDR:PORT", global = true)]
    pub listen: Option<SocketAddr>,
    /// production, staging or development
    #[arg(long, env = "HEC_ENVIRONMENT", value_name = "NAME", global = true)]
    pub environment: Option<Environment>,
    /// What opens a new store at each start
    #[arg(long, env = "HEC_UNLOCK", value_enum, global = true)]
    pub unlock: Option<Unlock>,
    /// The key file (made by the first start; ~/.config/hec/hec.key unless said)
    #[arg(long, env = "HEC_KEY_FILE", value_name = "FILE", global = true)]
    pub key_file: Option<PathBuf>,
    /// Read the passphrase from this open file descriptor
    #[arg(long, env = "HEC_PASSPHRASE_FD", value_name = "N", global = true)]
    pub passphrase_fd: Option<u32>,
    /// Memory for the store's pages, in megabytes (4 to 4096)
    #[arg(long, env = "HEC_CACHE", value_name = "MB", global = true, value_parser = clap::value_parser!(u32).range(4..=4096))]
    pub cache: Option<u32>,
    /// Who may register: open or off
    #[arg(long, env = "HEC_REGISTRATION", value_enum, global = true)]
    pub registration: Option<Registration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    environment: Option<String>,
    unlock: Option<Unlock>,
    key_file: Option<PathBuf>,
    cache: Option<u32>,
    registration: Option<Registration>,
}

impl Config {
    /// Puts the sources together.
    ///
    /// # Errors
    /// `Refused`, naming the file and what is wrong in it, or an address that only TLS may use.
    pub fn load(settings: &Settings) -> Result<Self> {
        let file = settings.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let environment = match (settings.environment, file.environment) {
            (Some(environment), _) => environment,
            (None, Some(word)) => word.parse().map_err(|why| Error::Refused(format!("environment {why}")))?,
            (None, None) => Environment::Production,
        };
        let listen = settings.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        if !is_loopback(listen.ip()) {
            return Err(Error::Refused(format!(
                "listening on {listen} would send the record in plain text: \
                 this version has no TLS yet, so it listens on this machine's own address only (127.0.0.1 or [::1])"
            )));
        }
        let data = settings.data.clone().or(file.data).unwrap_or_else(default_data);
        let cache = settings.cache.or(file.cache);
        if let Some(cache) = cache
            && !(4..=4096).contains(&cache)
        {
            return Err(Error::Refused(format!("cache: 4 to 4096 megabytes, and this is {cache}")));
        }
        let said = settings.key_file.clone().or(file.key_file);
        Ok(Self {
            unlock: settings.unlock.or(file.unlock),
            key_files: key_files(said, environment, &data),
            passphrase_files: passphrase_files(settings.passphrase_fd),
            cache: cache.map_or(CACHE, |megabytes| (megabytes as usize) << 20),
            data,
            listen,
            environment,
            registration: settings.registration.or(file.registration).unwrap_or(Registration::Off),
            password: PasswordCost::STANDARD,
            picture_places: 2,
            demo: false,
        })
    }
}

fn read(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path).map_err(|why| Error::Refused(format!("{}: {why}", path.display())))?;
    toml::from_str(&text).map_err(|why| Error::Refused(format!("{}: {why}", path.display())))
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

fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

/// `$XDG_DATA_HOME/hec`, `~/.local/share/hec`, or `./hec-data`.
fn default_data() -> PathBuf {
    let home = absolute("HOME").map(|home| home.join(".local/share"));
    absolute("XDG_DATA_HOME").or(home).map_or_else(|| PathBuf::from("hec-data"), |base| base.join("hec"))
}
