//! What is asked of a place in the network: the lines of the file of destinations that name it.

use std::{
    fmt::Display,
    fs::{self, OpenOptions, Permissions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

use data_encoding::BASE64_MIME;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::{
    backup::{Destinations, certificates},
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

impl Kind {
    /// How its addresses begin.
    fn begins(self) -> &'static [&'static str] {
        match self {
            Self::WebDav => &["https://", "http://"],
            Self::S3 => &["s3://"],
        }
    }
}

/// A longer certificate is none, in bytes.
const LONGEST: u64 = 256 * 1024;

/// What was answered of each kind. What failed is asked again, and Enter alone leaves it as it was.
#[derive(Default)]
pub struct Answers(Vec<(Kind, &'static str, Zeroizing<String>)>);

/// A question: the key in the file, its words, what Enter alone means at first, and whether it is hidden.
type Question = (&'static str, &'static str, Option<&'static str>, bool);

const WEBDAV: [Question; 3] = [
    ("to", "Its address, as in https://192.168.1.10/hec (Enter alone: back)", None, false),
    ("user", "User", Some(""), false),
    ("password", "Password", Some(""), true),
];
const S3: [Question; 5] = [
    ("to", "The bucket, and the folder in it, as in s3://our-bucket/hec (Enter alone: back)", None, false),
    ("endpoint", "The address of the service, as in https://s3.eu-west-2.amazonaws.com", None, false),
    ("region", "Its region", Some("us-east-1"), false),
    ("access_key_id", "Access key id", None, false),
    ("secret_access_key", "Secret access key", None, true),
];
/// Asked only of who has an authority of their own.
const ROOT: Question =
    ("root", "A file with the certificate of an authority of its own (- for none)", Some("-"), false);

impl Answers {
    /// Asks for a place of this kind until what was typed can be one.
    ///
    /// # Errors
    /// `Refused` where the input ends.
    pub fn ask(&mut self, kind: Kind, name: &str, certificate: &Path) -> Result<Zeroizing<String>> {
        let questions = match kind {
            Kind::WebDav => &WEBDAV[..],
            Kind::S3 => &S3,
        };
        loop {
            for question in questions.iter().chain([&ROOT]) {
                self.one(kind, question)?;
            }
            let block = self.block(kind, name, None);
            match Destinations::parse(&block) {
                Ok(_) => return Ok(self.block(kind, name, self.root(kind, certificate)?.as_deref())),
                Err(why) => say(&format!("That is no place yet: {why}."))?,
            }
        }
    }

    fn one(&mut self, kind: Kind, &(key, words, otherwise, is_hidden): &Question) -> Result<()> {
        let before = self.0.iter().find(|(of, known, _)| (*of, *known) == (kind, key)).map(|(.., value)| value.clone());
        let offered = before.as_deref().map(String::as_str).or(otherwise);
        let offer = match offered {
            Some(_) if is_hidden => " [Enter alone: as before]".to_owned(),
            Some(offered) if !offered.is_empty() => format!(" [{offered}]"),
            _ => String::new(),
        };
        let offer = if before.is_none() && is_hidden { "" } else { &offer };
        let value = loop {
            let prompt = format!("{words}{offer}: ");
            let hidden = |_| Error::Refused("no answer".to_owned());
            let typed = if is_hidden { rpassword::prompt_password(prompt).map_err(hidden)? } else { line(&prompt)? };
            let typed = Zeroizing::new(typed);
            match (typed.trim(), offered) {
                ("" | "-", Some("-")) => break Zeroizing::default(),
                ("", Some(offered)) => break Zeroizing::new(offered.to_owned()),
                ("", None) if key == "to" => return Err(Error::Refused("no address was given".to_owned())),
                ("", None) => {}
                (typed, _) if key == "to" && !kind.begins().iter().any(|begin| typed.starts_with(begin)) => {
                    say(&format!("It must begin with {}.", kind.begins()[0]))?;
                }
                ("-", _) => break Zeroizing::default(),
                (typed, _) => break Zeroizing::new(typed.to_owned()),
            }
        };
        self.0.retain(|(of, known, _)| (*of, *known) != (kind, key));
        self.0.push((kind, key, value));
        Ok(())
    }

    /// The certificates that were named, copied to where the server can read them as well. What is no certificate stays
    /// where it is: whoever may write there must not have root read for them.
    fn root(&self, kind: Kind, copy: &Path) -> Result<Option<PathBuf>> {
        let named = self.0.iter().find(|(of, key, value)| (*of, *key) == (kind, ROOT.0) && !value.is_empty());
        let Some((.., named)) = named else { return Ok(None) };
        let refused = |why: &dyn Display| Error::Refused(format!("{}: {why}", named.as_str()));
        let at_once = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits() as i32;
        let opened = fs::File::options().read(true).custom_flags(at_once).open(named.as_str());
        let file = opened.map_err(|error| refused(&error))?;
        if !file.metadata().is_ok_and(|about| about.is_file() && about.len() <= LONGEST) {
            return Err(refused(&format!("it is no file of at most {LONGEST} bytes")));
        }
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text).map_err(|error| refused(&error))?;
        let found = certificates(&text).map_err(|why| refused(&why))?;
        let written = || {
            let mut new = OpenOptions::new().write(true).create_new(true).mode(0o644).open(copy)?;
            new.set_permissions(Permissions::from_mode(0o644))?;
            for certificate in &found {
                let text = BASE64_MIME.encode(certificate);
                write!(new, "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", text.trim_end())?;
            }
            new.sync_all()
        };
        make_folder(copy)?;
        written().map_err(|why: io::Error| Error::Refused(format!("{}: {why}", copy.display())))?;
        Ok(Some(copy.to_owned()))
    }

    /// As it stands in the file of destinations.
    fn block(&self, kind: Kind, name: &str, root: Option<&Path>) -> Zeroizing<String> {
        let mut block = Zeroizing::new(format!("\n[[destination]]\nname = \"{name}\"\n"));
        let root = root.map(|root| (kind, ROOT.0, Zeroizing::new(root.display().to_string())));
        let said = self.0.iter().filter(|(of, key, value)| *of == kind && *key != ROOT.0 && !value.is_empty());
        for (_, key, value) in said.chain(&root) {
            let value = Zeroizing::new(toml::Value::String(value.to_string()).to_string());
            for part in [key, " = ", &value, "\n"] {
                block.push_str(part);
            }
        }
        block
    }
}

/// A place in a file of its own, beside the file of destinations, until it has proved right.
///
/// Root writes there what the owner of the record is to read, in a folder where that user may make files as well: so no
/// link is followed, and nothing is read and written elsewhere.
#[derive(Debug)]
pub struct Tried {
    file: PathBuf,
    tried: PathBuf,
    block: Zeroizing<String>,
    /// The certificate that came along.
    certificate: Option<PathBuf>,
}

impl Tried {
    /// Writes it: for who reads it, the owner of the record.
    ///
    /// # Errors
    /// `Refused` where it can't be written.
    pub fn write(file: &Path, block: &str, certificate: PathBuf, data: &Path) -> Result<Self> {
        make_folder(file)?;
        Self::forget(file);
        let this = Self {
            file: file.to_owned(),
            tried: Self::beside(file),
            block: Zeroizing::new(block.to_owned()),
            certificate: Some(certificate),
        };
        let written = || {
            let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&this.tried)?;
            new.write_all(block.as_bytes())?;
            if let Ok(owner) = fs::metadata(data)
                && rustix::process::geteuid().is_root()
            {
                fchown(&new, None, Some(owner.gid()))?;
                new.set_permissions(Permissions::from_mode(0o640))?;
            }
            new.sync_all()
        };
        written().map_err(|why: io::Error| Error::Refused(format!("{}: {why}", this.tried.display())))?;
        Ok(this)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.tried
    }

    /// Keeps it: as the file of destinations, or at the end of the one that is there.
    ///
    /// # Errors
    /// `Refused` where it can't be.
    pub fn keep(mut self) -> Result<()> {
        if self.file.exists() {
            let text = Zeroizing::new(Destinations::text(&self.file)?.to_string() + &self.block);
            let refused = |why| Error::Refused(format!("{}: {why}", self.file.display()));
            Destinations::parse(&text).map_err(refused)?;
        }
        let kept = || match fs::symlink_metadata(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => fs::rename(&self.tried, &self.file),
            Err(error) => Err(error),
            Ok(_) => {
                let no_link = OFlags::NOFOLLOW.bits() as i32;
                let mut file = OpenOptions::new().append(true).custom_flags(no_link).open(&self.file)?;
                file.write_all(self.block.as_bytes())?;
                file.sync_all()
            }
        };
        kept().map_err(|why| Error::Refused(format!("{}: {why}", self.file.display())))?;
        self.certificate = None;
        Ok(())
    }

    /// Removes what was tried and not kept.
    pub fn forget(file: &Path) {
        drop(fs::remove_file(Self::beside(file)));
    }

    fn beside(file: &Path) -> PathBuf {
        file.with_extension("toml.tried")
    }
}

/// Makes the folder of a file of settings, where there is none.
fn make_folder(file: &Path) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    // Where settings lie, as /etc/hec: the file has its mode, and others may know that the folder is there.
    let made = fs::create_dir_all(folder); // nosemgrep: files-have-a-mode
    made.map_err(|why| Error::Refused(format!("{}: {why}", folder.display())))
}

impl Drop for Tried {
    fn drop(&mut self) {
        Self::forget(&self.file);
        if let Some(certificate) = &self.certificate {
            drop(fs::remove_file(certificate));
        }
    }
}
