//! The file of destinations (TOML): where copies go, how often, how many are kept; with the credentials, so that it is
//! all that a restore needs beside the recovery code.

use std::{
    fs::{self, Metadata},
    io::{ErrorKind, Read as _},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::OFlags;
use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The most destinations.
const MOST: usize = 16;
/// The longest file, in bytes.
const MAX: u64 = 64 * 1024;

/// What the file says.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    /// How often a copy is made.
    pub every: Duration,
    /// Which copies are kept.
    pub keep: Keep,
    /// Where they go.
    pub all: Vec<Destination>,
}

/// Which copies are kept: the last of so many days, weeks and months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub days: u32,
    /// Weeks, which begin on Monday.
    pub weeks: u32,
    /// Months.
    pub months: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: 14, weeks: 8, months: 24 }
    }
}

/// One place for copies.
#[derive(Debug, Clone)]
pub struct Destination {
    /// What people call it: small letters, digits and dashes.
    pub name: String,
    /// Where it is.
    pub to: To,
    /// Whether nothing is ever removed there: for a place that refuses it, or should not be asked.
    pub append_only: bool,
}

/// Where a destination is.
#[derive(Debug, Clone)]
pub enum To {
    /// A folder, on another disk.
    Disk(PathBuf),
    /// A bucket of an S3 service, and a folder in it.
    S3 {
        /// The bucket.
        bucket: String,
        /// The folder in it; may be empty.
        prefix: String,
        /// The service's address.
        endpoint: String,
        /// Its region.
        region: String,
        /// The id of the access key.
        access_key_id: String,
        /// The key.
        secret_access_key: SecretString,
        /// Whom to trust beside the public authorities.
        root: Option<PathBuf>,
    },
    /// A folder of a WebDAV server.
    WebDav {
        /// Its address.
        url: String,
        /// The user; empty for none.
        user: String,
        /// Their password.
        password: SecretString,
        /// Whom to trust beside the public authorities.
        root: Option<PathBuf>,
    },
}

impl To {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Disk(_) => "disk",
            Self::S3 { .. } => "s3",
            Self::WebDav { .. } => "webdav",
        }
    }

    /// Where it is, as people say it; without credentials.
    pub fn address(&self) -> String {
        match self {
            Self::Disk(path) => path.display().to_string(),
            Self::S3 { bucket, prefix, endpoint, .. } if prefix.is_empty() => {
                format!("the bucket {bucket} at {endpoint}")
            }
            Self::S3 { bucket, prefix, endpoint, .. } => format!("{bucket}/{prefix} at {endpoint}"),
            Self::WebDav { url, .. } => url.clone(),
        }
    }

    /// The machine that serves it and the port, where that is another's matter: `nas.example:443`.
    pub(super) fn host(&self) -> String {
        let (Self::S3 { endpoint: url, .. } | Self::WebDav { url, .. }) = self else { return String::new() };
        let parsed = reqwest::Url::parse(url).ok();
        let host = parsed.and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
        host.unwrap_or_else(|| url.clone())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    every_hours: Option<u32>,
    keep_days: Option<u32>,
    keep_weeks: Option<u32>,
    keep_months: Option<u32>,
    #[serde(default)]
    destination: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    to: String,
    #[serde(default)]
    append_only: bool,
    endpoint: Option<String>,
    region: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<SecretString>,
    user: Option<String>,
    password: Option<SecretString>,
    root: Option<PathBuf>,
}

impl Destinations {
    /// Reads the file. It holds credentials, so nobody may read it but its owner and its group.
    ///
    /// # Errors
    /// `Refused`, naming the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self> {
        let refused = |why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", path.display()));
        let (text, about) = look(path)?;
        let read = Self::parse(&text).map_err(|why| refused(&why))?;
        let has_secrets = read.all.iter().any(|one| !matches!(one.to, To::Disk(_)));
        if has_secrets && about.permissions().mode() & 0o027 != 0 {
            return Err(refused(&"it holds credentials, and others can read or change it: chmod g-w,o="));
        }
        Ok(read)
    }

    /// The text of a file that [`Destinations::read`] has read, credentials included.
    ///
    /// # Errors
    /// `Refused`, naming the file.
    pub fn text(path: &Path) -> Result<Zeroizing<String>> {
        look(path).map(|(text, _)| text)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong in it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let number = |name: &str, said: Option<u32>, usual: u32, least: u32, most: u32| match said {
            Some(said) if !(least..=most).contains(&said) => Err(format!("{name} must be {least} to {most}")),
            said => Ok(said.unwrap_or(usual)),
        };
        let hours = number("every_hours", file.every_hours, 24, 1, 24 * 31)?;
        let usual = Keep::default();
        let keep = Keep {
            days: number("keep_days", file.keep_days, usual.days, 1, 366)?,
            weeks: number("keep_weeks", file.keep_weeks, usual.weeks, 0, 520)?,
            months: number("keep_months", file.keep_months, usual.months, 0, 240)?,
        };
        if file.destination.len() > MOST {
            return Err(format!("at most {MOST} destinations"));
        }
        let mut all: Vec<Destination> = Vec::new();
        for entry in file.destination {
            let one = entry.check()?;
            if all.iter().any(|other| other.name == one.name) {
                return Err(format!("two destinations are called {}", one.name));
            }
            all.push(one);
        }
        Ok(Self { every: Duration::from_hours(u64::from(hours)), keep, all })
    }

    /// The destination of this name.
    ///
    /// # Errors
    /// `Refused`, with the names that there are.
    pub fn named(&self, name: &str) -> Result<&Destination> {
        self.all.iter().find(|one| one.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.all.iter().map(|one| one.name.as_str()).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Error::Refused(format!("no destination is called {name}; there are: {names}"))
        })
    }
}

/// What stands in the file, and what is known of it. Whoever made it, it is read to its bound and no further.
fn look(path: &Path) -> Result<(Zeroizing<String>, Metadata)> {
    let refused = |why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", path.display()));
    let closed = || {
        refused(&format!(
            "it is closed to the user that HEC runs as; where that is hec: sudo chgrp hec {0} && sudo chmod 640 {0}",
            path.display()
        ))
    };
    // What somebody has to write to first would be waited for.
    let at_once = OFlags::NONBLOCK.bits() as i32;
    let file = fs::File::options().read(true).custom_flags(at_once).open(path).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => closed(),
        _ => refused(&error),
    })?;
    let about = file.metadata().map_err(|error| refused(&error))?;
    if !about.is_file() {
        return Err(refused(&"it is no file"));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX + 1).read_to_string(&mut text).map_err(|error| refused(&error))?;
    if text.len() as u64 > MAX {
        return Err(refused(&format!("it is longer than {MAX} bytes")));
    }
    Ok((text, about))
}

impl Entry {
    fn check(self) -> Result<Destination, String> {
        let name = self.name;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
            return Err(format!("name {name:?} must be 1 to 40 small letters, digits and dashes"));
        }
        let wrong = |why: &str| format!("destination {name}: {why}");
        let needs = |what: &str| wrong(&format!("{what} is missing"));
        let to = if let Some(rest) = self.to.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(wrong("to must be s3://BUCKET or s3://BUCKET/FOLDER"));
            }
            let region = self.region.unwrap_or_else(|| "us-east-1".to_owned());
            let endpoint = self.endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
            To::S3 {
                bucket: bucket.to_owned(),
                prefix: prefix.trim_matches('/').to_owned(),
                endpoint: encrypted(&endpoint).map_err(|why| wrong(&format!("endpoint {why}")))?,
                region,
                access_key_id: self.access_key_id.ok_or_else(|| needs("access_key_id"))?,
                secret_access_key: self.secret_access_key.ok_or_else(|| needs("secret_access_key"))?,
                root: self.root,
            }
        } else if self.to.contains("://") {
            To::WebDav {
                url: encrypted(&self.to).map_err(|why| wrong(&format!("to {why}")))?,
                user: self.user.unwrap_or_default(),
                password: self.password.unwrap_or_default(),
                root: self.root,
            }
        } else {
            let path = PathBuf::from(&self.to);
            if !path.is_absolute() {
                return Err(wrong("to must be a folder from the root (/…), s3://BUCKET/FOLDER or https://…"));
            }
            To::Disk(path)
        };
        Ok(Destination { name, to, append_only: self.append_only })
    }
}

/// An address that is encrypted on the way, or does not leave this machine.
fn encrypted(url: &str) -> Result<String, String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| format!("is no address: {error}"))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("must not hold a password: it has its own line".to_owned());
    }
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match parsed.scheme() {
        "https" => Ok(url.trim_end_matches('/').to_owned()),
        "http" if here => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err("must begin with https:// (http:// only for this machine itself)".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        every_hours = 12
        keep_days = 7
        [[destination]]
        name = "usb"
        to = "/mnt/usb/hec"
        [[destination]]
        name = "cloud"
        to = "s3://bucket/folder/"
        endpoint = "https://s3.example.org"
        access_key_id = "id"
        secret_access_key = "secret"
        append_only = true
        [[destination]]
        name = "nas"
        to = "http://127.0.0.1:8080/dav/"
    "#;

    #[test]
    fn three_kinds_are_read() {
        let read = Destinations::parse(FILE).unwrap();
        assert_eq!((read.every, read.keep.days, read.keep.weeks), (Duration::from_hours(12), 7, 8));
        let kinds: Vec<_> = read.all.iter().map(|one| (one.name.as_str(), one.to.kind(), one.append_only)).collect();
        assert_eq!(kinds, [("usb", "disk", false), ("cloud", "s3", true), ("nas", "webdav", false)]);
        assert!(matches!(&read.all[1].to, To::S3 { prefix, .. } if prefix == "folder"));
        assert!(!format!("{read:?}").contains("secret\""), "credentials are not printed");
    }

    #[test]
    fn an_address_is_told_as_people_say_it() {
        let read = Destinations::parse(FILE).unwrap();
        let told: Vec<_> = read.all.iter().map(|one| (one.to.address(), one.to.host())).collect();
        let told: Vec<_> = told.iter().map(|(address, host)| (address.as_str(), host.as_str())).collect();
        assert_eq!(
            told,
            [
                ("/mnt/usb/hec", ""),
                ("bucket/folder at https://s3.example.org", "s3.example.org:443"),
                ("http://127.0.0.1:8080/dav", "127.0.0.1:8080"),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, why) in [
            ("every_hours = 0", "every_hours must be 1 to 744"),
            ("keep_dys = 1", "keep_dys"),
            ("[[destination]]\nname = \"A B\"\nto = \"/x\"", "small letters"),
            ("[[destination]]\nname = \"a\"\nto = \"x\"", "from the root"),
            ("[[destination]]\nname = \"a\"\nto = \"s3://b\"", "access_key_id is missing"),
            ("[[destination]]\nname = \"a\"\nto = \"http://nas.example/dav\"", "https://"),
            ("[[destination]]\nname = \"a\"\nto = \"https://u:p@nas.example/dav\"", "its own line"),
            (
                "[[destination]]\nname = \"a\"\nto = \"/x\"\n[[destination]]\nname = \"a\"\nto = \"/y\"",
                "two destinations",
            ),
        ] {
            let said = Destinations::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
