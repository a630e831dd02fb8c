//! Every setting, what holds, and why.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::error::Result;

use super::{Config, LogFormat, Origin, Settings, Tls, Unlock, keys::KEYS, usual_file};

/// Every setting with its value, its origin and its meaning.
pub struct Explained(Vec<Line>);

struct Line {
    name: &'static str,
    value: Option<String>,
    origin: Origin,
    meaning: &'static str,
    otherwise: &'static str,
}

impl Explained {
    /// Of these settings, put together as a server would.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of(settings: &Settings) -> Result<Self> {
        Self::holding(&Config::load(settings)?)
    }

    /// Of settings that hold. Values that hold without having been said are told where there is one.
    ///
    /// # Errors
    /// As [`Values::all`].
    pub fn holding(config: &Config) -> Result<Self> {
        let line = |key: &super::keys::Key| -> Result<Line> {
            let said: Vec<String> = config.values.all(key.name)?;
            let value = if said.is_empty() { in_force(config, key.name) } else { Some(said.join(", ")) };
            let origin = config.values.origin(key.name);
            Ok(Line { name: key.name, value, origin, meaning: key.meaning, otherwise: key.otherwise })
        };
        KEYS.iter().map(line).collect::<Result<_>>().map(Self)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.0 {
            let value = line.value.as_deref().unwrap_or("-");
            // Writing to memory can't fail.
            let _ = writeln!(text, "{} = {value}", line.name);
            let otherwise = if line.origin == Origin::Otherwise { "" } else { line.otherwise };
            let otherwise = if otherwise.is_empty() { String::new() } else { format!(" (otherwise: {otherwise})") };
            let _ = writeln!(text, "    from: {}{otherwise}\n    {}\n", line.origin, line.meaning);
        }
        text.trim_end().to_owned()
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let line = |line: &Line| {
            json!({
                "name": line.name, "value": line.value, "origin": line.origin.to_string(), "meaning": line.meaning,
                "default": line.otherwise,
            })
        };
        self.0.iter().map(line).collect()
    }

    /// Names, values and origins alone.
    pub fn brief(&self) -> Value {
        let line = |line: &Line| json!({ "name": line.name, "value": line.value, "origin": line.origin.to_string() });
        self.0.iter().map(line).collect()
    }
}

/// What holds though nobody said it.
fn in_force(config: &Config, name: &str) -> Option<String> {
    let list =
        |addresses: &[std::net::SocketAddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let value = match name {
        "config" => usual_file().map(|path| path.display().to_string()).unwrap_or_default(),
        "data" => config.data.display().to_string(),
        "environment" => config.environment.as_str().to_owned(),
        "listen" => list(&config.listen),
        "tls" => config.tls.as_str().to_owned(),
        "names" => config.names.join(", "),
        "mdns" => config.mdns.to_string(),
        "limits" => config.limits.to_string(),
        "connections" => config.connections.to_string(),
        "cache" => (config.cache >> 20).to_string(),
        "password_memory" => (config.password.memory / 1024).to_string(),
        "password_passes" => config.password.passes.to_string(),
        "plain_listen" => list(&config.plain_listen),
        "proxies" => config.proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        "metrics" => config.metrics.map(|address| address.to_string()).unwrap_or_default(),
        "unlock" => match config.unlock {
            Some(Unlock::File) => "file".to_owned(),
            Some(Unlock::Passphrase) => "passphrase".to_owned(),
            None => String::new(),
        },
        "registration" => config.registration.as_str().to_owned(),
        "log_format" => if config.log_format == LogFormat::Json { "json" } else { "text" }.to_owned(),
        "certificate" | "private_key" => match &config.tls {
            Tls::Files { certificate, .. } if name == "certificate" => certificate.display().to_string(),
            Tls::Files { private_key, .. } => private_key.display().to_string(),
            _ => String::new(),
        },
        "mail_password_file" => {
            let account = config.mail.as_ref().and_then(|mail| mail.account.as_ref());
            account.map(|account| account.password_file.display().to_string()).unwrap_or_default()
        }
        "key_file" => config.key_files.last().map(|path| path.display().to_string()).unwrap_or_default(),
        "acme_directory" | "acme_preflight" => match &config.tls {
            Tls::Acme(acme) if name == "acme_directory" => acme.directory.clone(),
            Tls::Acme(acme) => acme.preflight.clone().unwrap_or_default(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    Some(value).filter(|value| !value.is_empty())
}
