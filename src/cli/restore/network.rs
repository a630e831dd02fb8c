//! What is asked of a place in the network: the lines of the file of destinations that name it.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    backup::Destinations,
    cli::{init::line, say},
    error::{Error, Result},
};

/// A kind of place, with what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder of a WebDAV server.
    WebDav,
    /// A bucket.
    S3,
}

/// What was answered. What failed is asked again, and Enter alone leaves it as it was.
#[derive(Default)]
pub struct Answers(Vec<(&'static str, Zeroizing<String>)>);

/// A question: the key in the file, its words, what Enter alone means at first, and whether it is hidden.
type Question = (&'static str, &'static str, Option<&'static str>, bool);

const WEBDAV: [Question; 3] = [
    ("to", "Its address, as in https://nas.local/hec", None, false),
    ("user", "User", Some(""), false),
    ("password", "Password", Some(""), true),
];
const S3: [Question; 5] = [
    ("to", "The bucket, and the folder in it, as in s3://our-bucket/hec", None, false),
    ("endpoint", "The address of the service, as in https://s3.eu-west-2.amazonaws.com", None, false),
    ("region", "Its region", Some("us-east-1"), false),
    ("access_key_id", "Access key id", None, false),
    ("secret_access_key", "Secret access key", None, true),
];
/// Asked only of who has an authority of their own.
const ROOT: Question =
    ("root", "A file with the certificate of an authority of its own (Enter alone where it has none)", Some(""), false);

impl Answers {
    /// Asks for a place of this kind until what was typed can be one.
    ///
    /// # Errors
    /// `Refused` where the input ends.
    pub fn ask(&mut self, kind: Kind, name: &str) -> Result<Zeroizing<String>> {
        let questions = match kind {
            Kind::WebDav => &WEBDAV[..],
            Kind::S3 => &S3,
        };
        loop {
            for question in questions.iter().chain([&ROOT]) {
                self.one(question)?;
            }
            let block = self.block(name);
            match Destinations::parse(&block) {
                Ok(_) => return Ok(block),
                Err(why) => say(&format!("That is no place yet: {why}."))?,
            }
        }
    }

    fn one(&mut self, &(key, words, otherwise, is_hidden): &Question) -> Result<()> {
        let before = self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
        let offered = before.as_deref().map(String::as_str).or(otherwise);
        let offer = match offered {
            Some(_) if is_hidden => " [Enter alone: as before]".to_owned(),
            Some(offered) if !offered.is_empty() => format!(" [{offered}]"),
            _ => String::new(),
        };
        let offer = if before.is_none() && is_hidden { "" } else { &offer };
        let value = loop {
            let prompt = format!("{words}{offer}: ");
            let typed = if is_hidden { rpassword::prompt_password(prompt)? } else { line(&prompt)? };
            let typed = Zeroizing::new(typed);
            match (typed.trim(), offered) {
                ("", Some(offered)) => break Zeroizing::new(offered.to_owned()),
                ("", None) => {}
                (typed, _) => break Zeroizing::new(typed.to_owned()),
            }
        };
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, value));
        Ok(())
    }

    /// As it stands in the file of destinations.
    fn block(&self, name: &str) -> Zeroizing<String> {
        let mut block = Zeroizing::new(format!("[[destination]]\nname = \"{name}\"\n"));
        for (key, value) in self.0.iter().filter(|(_, value)| !value.is_empty()) {
            let value = Zeroizing::new(toml::Value::String(value.to_string()).to_string());
            for part in [key, " = ", &value, "\n"] {
                block.push_str(part);
            }
        }
        block
    }
}

/// The file of destinations with one more place, beside the one that holds until that place has proved right.
#[derive(Debug)]
pub struct Tried {
    file: PathBuf,
    tried: PathBuf,
}

impl Tried {
    /// Writes it: for who reads it, the owner of the record.
    ///
    /// # Errors
    /// `Refused` where it can't be written.
    pub fn write(file: &Path, block: &str, data: &Path) -> Result<Self> {
        let refused = |why: std::io::Error| Error::Refused(format!("{}: {why}", file.display()));
        let before = match fs::read_to_string(file) {
            Ok(before) => Zeroizing::new(before + "\n"),
            Err(error) if error.kind() == ErrorKind::NotFound => Zeroizing::default(),
            Err(error) => return Err(refused(error)),
        };
        let folder = file.parent().unwrap_or(Path::new("/"));
        // Where settings lie, as /etc/hec: the file has its mode, and others may know that the folder is there.
        fs::create_dir_all(folder).map_err(refused)?; // nosemgrep: files-have-a-mode
        let tried = file.with_extension("toml.tried");
        let written = || {
            drop(fs::remove_file(&tried));
            let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&tried)?;
            new.write_all(before.as_bytes())?;
            new.write_all(block.as_bytes())?;
            if let Ok(owner) = fs::metadata(data)
                && rustix::process::geteuid().is_root()
            {
                chown(&tried, None, Some(owner.gid()))?;
                new.set_permissions(Permissions::from_mode(0o640))?;
            }
            new.sync_all()
        };
        written().map_err(refused)?;
        Ok(Self { file: file.to_owned(), tried })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.tried
    }

    /// Keeps it: from now on it holds.
    ///
    /// # Errors
    /// `Internal` where it can't be.
    pub fn keep(self) -> Result<()> {
        Ok(fs::rename(&self.tried, &self.file)?)
    }
}

/// What was tried and not kept is gone.
impl Drop for Tried {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.tried));
    }
}
