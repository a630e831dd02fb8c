//! What a first start asks of address and TLS, and the file of settings that keeps the answers.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::{
    config::{Config, Settings, keys::Kind, own_name},
    error::Result,
};

use super::{init::line, say};

/// Everybody may read it: no secret stands in it.
const MODE: u32 = 0o644;

const HEAD: &str = "\
# Settings of HEC, as its first start asked for them. Change them as you like, then start HEC again.
# `hec config explain` tells every setting, what holds, and why.
";

/// A setting that was answered: what stands above it in the file, its name, its value, and whether that is a list.
struct Answer {
    about: &'static str,
    name: &'static str,
    value: String,
    is_list: bool,
}

/// What was answered.
pub struct Answers(Vec<Answer>);

impl Answers {
    fn one(mut self, about: &'static str, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push(Answer { about, name, value: value.into(), is_list: false });
        self
    }

    fn list(mut self, about: &'static str, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push(Answer { about, name, value: value.into(), is_list: true });
        self
    }

    /// As they stand in a file.
    fn text(&self) -> String {
        let setting = |answer: &Answer| {
            let value = toml::Value::String(answer.value.clone());
            let value = if answer.is_list { format!("[{value}]") } else { value.to_string() };
            format!("\n# {}\n{} = {value}\n", answer.about, answer.name)
        };
        self.0.iter().map(setting).fold(HEAD.to_owned(), |text, setting| text + &setting)
    }

    /// Writes them into the file of settings, which is not there yet, and goes on with them. A file that can't be
    /// written is no reason to stop: somebody may be allowed to who reads what should stand in it.
    ///
    /// # Errors
    /// `Refused` where the settings don't go together.
    pub fn keep(&self, config: &mut Config) -> Result<()> {
        let settings =
            self.0.iter().fold(Settings::default(), |settings, answer| settings.with(answer.name, &*answer.value));
        let Config { listen, plain_listen, tls, names, mdns, .. } = Config::load_alone(&settings)?;
        *config = Config { listen, plain_listen, tls, names, mdns, ..config.clone() };
        match write_new(&config.file, &self.text()) {
            Ok(()) => say(&format!("The settings are in {}", config.file.display())),
            Err(why) => say(&format!(
                "The settings could not be written to {} ({why}). Put them there yourself:\n\n{}",
                config.file.display(),
                self.text()
            )),
        }
    }
}

/// Asks how HEC is reached, where nothing was said of it and no file of settings is there.
///
/// # Errors
/// `Refused` where the input ends.
pub fn ask(config: &Config) -> Result<Option<Answers>> {
    if config.says_address || config.file.exists() {
        return Ok(None);
    }
    say("\
Where will you use this HEC?

  1  On this machine only, to try it out: http://127.0.0.1:8080
  2  At home. Phones and computers in the house reach it, encrypted. HEC vouches for itself,
     and each device is told once that it may trust it.
  3  Under a public name, with a certificate that another program keeps in files.
  4  Under a public name, on a machine that the internet reaches at port 443.
     HEC gets its certificate by itself, from Let's Encrypt, whose terms you accept with it.

Behind a reverse proxy: choose 1, then see `proxies` in `hec config explain`.
")?;
    let none = Answers(Vec::new());
    loop {
        return Ok(Some(match line("1, 2, 3 or 4: ")?.trim() {
            "1" => none.one(CERTIFICATE, "tls", "off").list(
                "Where the server listens: on this machine only",
                "listen",
                "127.0.0.1:8080",
            ),
            "2" => {
                let name = answer("Its name in the home network", Kind::Name, Some(&own_name()))?;
                ports(none.one(CERTIFICATE, "tls", "local").list(NAMES, "names", name))?
            }
            "3" => {
                let name = answer("Its public name, as in hec.example.org", Kind::Name, None)?;
                let certificate = file("The file with the certificate and those that vouch for it (fullchain.pem)")?;
                let key = file("The file with its private key (privkey.pem)")?;
                let named = none.one(CERTIFICATE, "tls", "files").list(NAMES, "names", name);
                let named = named.one("The certificate, read again when it changes", "certificate", certificate);
                ports(named.one("Its key", "private_key", key))?
            }
            "4" => {
                let name = public_name()?;
                let contact = answer("An email address to which Let's Encrypt may write", Kind::Email, None)?;
                let named = none.one(CERTIFICATE, "tls", "acme").list(NAMES, "names", name);
                ports(named.one("Whom the authority may write to", "acme_contact", contact))?
            }
            _ => continue,
        }));
    }
}

const CERTIFICATE: &str = "Where the certificate comes from: off, local, files or acme";
const NAMES: &str = "The names under which people reach it; the first one stands in links";

/// The usual ports, or where this user may not take those, others.
fn ports(answers: Answers) -> Result<Answers> {
    if may_take_low_ports() {
        let answers = answers.list("Where the server listens", "listen", "[::]:443");
        return Ok(answers.list("Where plain http is answered with the way to https", "plain_listen", "[::]:80"));
    }
    say("Ports 443 and 80 are not for this user, so it will be 8443 and 8080.")?;
    let answers = answers.list(
        "Where the server listens. The usual port is 443, which only root and systemd may take",
        "listen",
        "[::]:8443",
    );
    Ok(answers.list("Where plain http is answered with the way to https; usually 80", "plain_listen", "[::]:8080"))
}

fn may_take_low_ports() -> bool {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok();
    let first = first.and_then(|text| text.trim().parse::<u16>().ok());
    rustix::process::geteuid().is_root() || first.is_some_and(|first| first <= 80)
}

/// Asks until what was typed is what it must be. Nothing typed is what was offered.
fn answer(question: &str, kind: Kind, offered: Option<&str>) -> Result<String> {
    let offer = offered.map(|offered| format!(" [{offered}]")).unwrap_or_default();
    loop {
        let typed = line(&format!("{question}{offer}: "))?;
        let typed = match typed.trim() {
            "" => offered.unwrap_or_default(),
            typed => typed,
        };
        match kind.check(typed) {
            Ok(()) => return Ok(typed.to_owned()),
            Err(why) => say(&format!("It {why}."))?,
        }
    }
}

fn public_name() -> Result<String> {
    loop {
        let name = answer("Its public name, as in hec.example.org", Kind::Name, None)?;
        if name.contains('.') && !name.ends_with(".local") {
            return Ok(name);
        }
        say("No public authority certifies that: it takes a public name with a dot.")?;
    }
}

/// A file that is there. The server may start in another folder, so its path is a whole one.
fn file(question: &str) -> Result<String> {
    loop {
        let path = answer(question, Kind::Path, None)?;
        match fs::canonicalize(Path::new(&path)) {
            // Where it is a link, the link stays: a renewal changes where it leads.
            Ok(_) => match std::path::absolute(&path)?.to_str() {
                Some(path) => return Ok(path.to_owned()),
                None => say("Its path is not UTF-8.")?,
            },
            Err(why) => say(&format!("{path}: {why}."))?,
        }
    }
}

/// Never in place of a file that is there.
fn write_new(path: &Path, text: &str) -> Result<(), std::io::Error> {
    if let Some(folder) = path.parent() {
        // Where settings lie, as /etc/hec: the file has its mode, and others may know that the folder is there.
        fs::create_dir_all(folder)?; // nosemgrep: files-have-a-mode
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Settings for a start that may be the first: a file that was named and is not there yet will be written.
///
/// # Errors
/// As [`Config::load`]; also where the file is missing though there is a store already, or nobody to ask.
pub fn load(settings: &Settings, asks: bool) -> Result<Config> {
    let named = settings.named_file().filter(|path| asks && !path.exists());
    if let Some(file) = named {
        let config = Config::load_alone(&settings.clone().without("config"))?;
        if !crate::store::exists(&config.data) {
            return Ok(Config { file, ..config });
        }
    }
    Config::load(settings)
}

/// What to type to start the server with these settings.
pub fn start(settings: &Settings) -> String {
    format!("Now start it: hec serve{}", settings.typed())
}
