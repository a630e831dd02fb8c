//! A destination that is open: objects with names, whole ones only. Blocks: for threads that may.

use std::{
    fmt,
    fs::DirBuilder,
    io::ErrorKind,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    http::HttpBuilder,
    local::LocalFileSystem,
    path::Path,
};
use secrecy::ExposeSecret;
use tokio::runtime::Handle;

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

use super::{
    connection::Connector,
    destinations::{Destination, To},
    refusal,
};

/// The longest object, in bytes: WebDAV has no other way than one request, and memory is small.
pub const PART: usize = 8 << 20;

/// What is known of an object without reading it.
#[derive(Debug, Clone)]
pub struct Object {
    /// The last part of its name.
    pub name: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// When it was written, by the destination's clock.
    pub written: Timestamp,
}

/// An open destination. Clones share it.
#[derive(Clone)]
pub struct Place {
    name: String,
    kind: &'static str,
    append_only: bool,
    folder: Option<PathBuf>,
    /// Where it is, as people say it.
    address: String,
    /// The machine that serves it, and the port.
    host: String,
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
    /// When its time is over.
    until: Option<Instant>,
    /// Whether a request failed: then what was not found may be there all the same.
    failed: Arc<AtomicBool>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Place {
    /// Opens a destination; nothing is asked of it yet, but that a folder is there. The folder itself is made, the one
    /// above it never: an unmounted disk must not be taken for an empty one.
    ///
    /// # Errors
    /// `Refused`, naming the destination and what is wrong with it.
    pub fn open(destination: &Destination, runtime: &Handle) -> Result<Self> {
        if let To::Disk(path) = &destination.to
            && !path.exists()
        {
            let made = DirBuilder::new().mode(0o700).create(path);
            made.map_err(|error| Error::Refused(format!("{}: {}", destination.name, unmade(path, &error))))?;
        }
        Self::open_as_is(destination, runtime)
    }

    /// The same where nothing is to be made: to look for what is there.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub fn open_as_is(destination: &Destination, runtime: &Handle) -> Result<Self> {
        let name = destination.name.clone();
        let refused = |why: String| Error::Refused(format!("{name}: {why}"));
        let mut folder = None;
        let store: Arc<dyn ObjectStore> = match &destination.to {
            To::Disk(path) => {
                if let Err(error) = std::fs::read_dir(path) {
                    return Err(refused(unread(path, &error)));
                }
                folder = Some(path.clone());
                let disk = LocalFileSystem::new_with_prefix(path).map_err(|error| refused(error.to_string()))?;
                Arc::new(disk.with_fsync(true))
            }
            To::S3 { prefix, .. } => {
                let bucket = bucket(&destination.to).map_err(refused)?;
                Arc::new(object_store::prefix::PrefixStore::new(bucket, prefix.as_str()))
            }
            To::WebDav { url, user, password, root } => {
                let login = (!user.is_empty()).then(|| (user.clone(), password.expose_secret().to_owned()));
                let built = HttpBuilder::new()
                    .with_url(url)
                    .with_client_options(options())
                    .with_retry(retry())
                    .with_http_connector(Connector::new(root.as_ref(), login).map_err(refused)?)
                    .build()
                    .map_err(|error| refused(error.to_string()))?;
                Arc::new(built)
            }
        };
        let Destination { to, append_only, .. } = destination;
        Ok(Self {
            name: name.clone(),
            kind: to.kind(),
            append_only: *append_only,
            folder,
            address: to.address(),
            host: to.host(),
            store,
            runtime: runtime.clone(),
            until: None,
            failed: Arc::default(),
        })
    }

    /// The same over objects of the caller's making: for tests.
    #[doc(hidden)]
    pub fn over(name: &str, store: Arc<dyn ObjectStore>, runtime: &Handle) -> Self {
        let runtime = runtime.clone();
        let (name, address, failed) = (name.to_owned(), name.to_owned(), Arc::default());
        let (folder, host) = (None, String::new());
        Self { name, kind: "disk", append_only: false, folder, address, host, store, runtime, until: None, failed }
    }

    /// The same with so much time for all that is asked of it.
    #[must_use]
    pub fn until(self, until: Option<Instant>) -> Self {
        Self { until, ..self }
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a request failed since it was opened.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether nothing is ever removed there.
    pub fn is_append_only(&self) -> bool {
        self.append_only
    }

    /// Where it is, as people say it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder, where it is one of this machine's.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_deref()
    }

    /// Writes an object, whole or not at all; whatever was there under that name is gone.
    ///
    /// # Errors
    /// `Refused`, with the destination's name.
    pub fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        if let Some(folder) = &self.folder {
            let room = crate::store::leave_room(folder, bytes.len() as u64);
            room.map_err(|error| Error::Refused(format!("{}: {error}", self.name)))?;
        }
        self.wait(self.store.put(&Path::from(path), bytes.into())).map(drop)
    }

    /// Reads an object; none where there is none.
    ///
    /// # Errors
    /// `Refused`, with the destination's name.
    pub fn get(&self, path: &str) -> Result<Option<Bytes>> {
        let path = Path::from(path);
        let reading = async {
            match self.store.get(&path).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.wait(reading)
    }

    /// The objects right below a name.
    ///
    /// # Errors
    /// `Refused`, with the destination's name.
    pub fn objects(&self, below: &str) -> Result<Vec<Object>> {
        let Some(found) = self.list(below)? else { return Ok(Vec::new()) };
        let last = |path: &Path| path.filename().map(str::to_owned);
        let object = |meta: object_store::ObjectMeta| {
            let written = Timestamp::from_millis(meta.last_modified.timestamp_millis());
            Some(Object { name: last(&meta.location)?, bytes: meta.size, written })
        };
        Ok(found.objects.into_iter().filter_map(object).collect())
    }

    /// The folders right below a name.
    ///
    /// # Errors
    /// `Refused`, with the destination's name.
    pub fn folders(&self, below: &str) -> Result<Vec<String>> {
        let Some(found) = self.list(below)? else { return Ok(Vec::new()) };
        Ok(found.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
    }

    /// Removes an object; one that is gone already is no error.
    ///
    /// # Errors
    /// `Refused`, with the destination's name.
    pub fn remove(&self, path: &str) -> Result<()> {
        let path = Path::from(path);
        let removing = async {
            match self.store.delete(&path).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                other => other,
            }
        };
        self.wait(removing)
    }

    fn list(&self, below: &str) -> Result<Option<object_store::ListResult>> {
        let path = Path::from(below);
        let listing = async {
            match self.store.list_with_delimiter(Some(&path)).await {
                Ok(found) => Ok(Some(found)),
                // A bucket that holds nothing of that name lists nothing: only a bucket that is not there is not found.
                Err(object_store::Error::NotFound { .. }) if self.kind != "s3" => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.wait(listing)
    }

    /// Runs one request.
    fn wait<T>(&self, asked: impl Future<Output = object_store::Result<T>>) -> Result<T> {
        let asked = async {
            match self.until {
                None => asked.await.map_err(|error| refusal::words(self.kind, &self.host, &error)),
                Some(until) => match tokio::time::timeout_at(until.into(), asked).await {
                    Ok(answered) => answered.map_err(|error| refusal::words(self.kind, &self.host, &error)),
                    Err(_) => Err("it took too long".to_owned()),
                },
            }
        };
        self.runtime.block_on(asked).map_err(|why| {
            self.failed.store(true, Ordering::Relaxed);
            Error::Refused(format!("{}: {why}", self.name))
        })
    }
}

/// Why the folder of a destination can't be made.
fn unmade(path: &std::path::Path, error: &std::io::Error) -> String {
    let (folder, above) = (path.display(), path.parent().unwrap_or(path).display());
    match error.kind() {
        ErrorKind::NotFound => format!(
            "the folder {folder} can't be made: is the disk plugged in and mounted? The folder {above} is not there"
        ),
        ErrorKind::PermissionDenied => format!(
            "the folder {folder} can't be made: {above} is closed to the user that HEC runs as; where that is hec: \
             sudo install -d -m 700 -o hec -g hec {folder}"
        ),
        _ => format!("the folder {folder} can't be made: {error}"),
    }
}

/// Why a folder can't be read, and what to do.
fn unread(path: &std::path::Path, error: &std::io::Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!("the folder {path} is not there: plug the disk in, and mount it"),
        ErrorKind::PermissionDenied => format!(
            "the folder {path} is closed to the user that HEC runs as; where that is hec: sudo chown -R hec:hec {path}"
        ),
        _ => format!("the folder {path} can't be read: {error}"),
    }
}

/// A bucket. It stands in the path of every address: all that speak S3 take that, and names with dots stay under the
/// certificate.
fn bucket(to: &To) -> Result<AmazonS3, String> {
    let To::S3 { bucket, endpoint, region, access_key_id, secret_access_key, root, .. } = to else {
        return Err("this is no bucket".to_owned());
    };
    AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_endpoint(endpoint)
        .with_region(region)
        .with_access_key_id(access_key_id)
        .with_secret_access_key(secret_access_key.expose_secret())
        .with_virtual_hosted_style_request(false)
        .with_allow_http(true)
        .with_client_options(options())
        .with_retry(retry())
        .with_http_connector(Connector::new(root.as_ref(), None)?)
        .build()
        .map_err(|error| error.to_string())
}

fn options() -> ClientOptions {
    ClientOptions::new().with_allow_http(true)
}

fn retry() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 3, retry_timeout: Duration::from_mins(3) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use object_store::{path::Path, signer::Signer};
    use reqwest::Method;

    use super::{Destination, Duration, PathBuf, Place, To, bucket};
    use crate::backup::Destinations;

    #[tokio::test]
    async fn the_bucket_is_part_of_every_address() {
        for (said, address) in [
            ("region = \"eu-west-2\"", "https://s3.eu-west-2.amazonaws.com/our-bucket/hec/head"),
            ("endpoint = \"https://objects.example.org\"", "https://objects.example.org/our-bucket/hec/head"),
            ("endpoint = \"http://127.0.0.1:9000\"", "http://127.0.0.1:9000/our-bucket/hec/head"),
        ] {
            let text = format!(
                "[[destination]]\nname = \"cloud\"\nto = \"s3://our-bucket/hec\"\naccess_key_id = \"a\"\n\
                 secret_access_key = \"b\"\n{said}\n"
            );
            let all = Destinations::parse(&text).unwrap();
            let bucket = bucket(&all.all[0].to).unwrap();
            let asked = bucket.signed_url(Method::GET, &Path::from("hec/head"), Duration::from_mins(1)).await.unwrap();
            assert_eq!(asked.as_str().split('?').next(), Some(address));
        }
    }

    /// What is said where a destination is opened, or nothing is asked of it but what is there.
    fn said(to: To) -> String {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let destination = Destination { name: "nas".to_owned(), to, append_only: false };
        let place = Place::open(&destination, runtime.handle());
        place.and_then(|place| places_none(&place)).unwrap_err().to_string()
    }

    fn places_none(place: &Place) -> crate::error::Result<()> {
        let folders = place.folders("backups")?;
        assert!(folders.is_empty());
        Err(super::super::places::none(place))
    }

    fn webdav(url: &str, root: Option<PathBuf>) -> To {
        To::WebDav { url: url.to_owned(), user: String::new(), password: String::new().into(), root }
    }

    #[test]
    fn a_certificate_that_is_not_there_is_told_with_what_to_do() {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().join("nas.pem");
        let why = said(webdav("https://nas.example/dav", Some(root.clone())));
        assert!(why.starts_with(&format!("nas: root {}: this file is not there", root.display())), "{why}");
        assert!(why.contains("mend the line root in the file of destinations"), "{why}");
    }

    #[test]
    fn a_disk_that_is_not_there_is_asked_for() {
        let top = tempfile::tempdir().unwrap();
        let (usb, hec) = (top.path().join("usb"), top.path().join("usb/hec"));
        let why = said(To::Disk(hec.clone()));
        let words = format!(
            "nas: the folder {} can't be made: is the disk plugged in and mounted? The folder {} is not there",
            hec.display(),
            usb.display()
        );
        assert_eq!(why, words);
        assert!(!usb.exists());
        std::fs::create_dir(&usb).unwrap();
        let why = said(To::Disk(hec.clone()));
        assert!(why.starts_with(&format!("nas: there is no backup in {}. Is that", hec.display())), "{why}");
    }

    #[test]
    fn a_server_that_is_off_is_told_with_its_name_and_port() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let bucket = To::S3 {
            bucket: "b".to_owned(),
            prefix: String::new(),
            endpoint: format!("http://127.0.0.1:{port}"),
            region: "us-east-1".to_owned(),
            access_key_id: "a".to_owned(),
            secret_access_key: "s".to_owned().into(),
            root: None,
        };
        for to in [webdav(&format!("http://127.0.0.1:{port}/dav"), None), bucket] {
            let why = said(to);
            let words = format!("nas: nobody answers at 127.0.0.1:{port}: is it switched on");
            assert!(why.starts_with(&words) && why.contains("Connection refused"), "{why}");
        }
    }
}
