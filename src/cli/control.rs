//! `DATA/hec.sock`: how a verb reaches the store while a server holds it. One line of JSON each way.
//!
//! The socket lies in the store's own folder, is its owner's alone, and the peer's user is checked as well.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream as Blocking},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    runtime::Runtime,
};

use crate::{
    app::App,
    error::{Error, Result},
    store::Db,
};

use super::setup_link;

/// The longest request, in bytes.
const MAX: u64 = 64 * 1024;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(30);

/// What can be asked of a running server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verb {
    /// A new set-up link.
    SetupLink,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The words to print.
    Done(String),
    /// Why not.
    Refused(String),
    /// What went wrong.
    Failed(String),
}

/// Does a verb, here or in the server: both do the same.
pub fn perform(db: &Db, address: std::net::SocketAddr, verb: &Verb) -> Result<String> {
    match verb {
        Verb::SetupLink => setup_link::make(db, address),
    }
}

/// Asks the server that holds the store of a folder. None where none does.
///
/// # Errors
/// What the server says.
pub fn ask(folder: &Path, verb: &Verb) -> Result<Option<String>> {
    let stream = match Blocking::connect(socket(folder)) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_string(verb).map_err(Error::internal)?;
    line.push('\n');
    (&stream).write_all(line.as_bytes())?;
    let mut reply = String::new();
    BufReader::new(&stream).read_line(&mut reply)?;
    match serde_json::from_str(&reply).map_err(Error::internal)? {
        Answer::Done(words) => Ok(Some(words)),
        Answer::Refused(why) => Err(Error::Refused(why)),
        Answer::Failed(why) => Err(Error::broken(why)),
    }
}

/// Makes the socket of a folder, before anybody is told that the server is there. Without one (a path that is too
/// long) the server runs all the same.
pub fn open(runtime: &Runtime, folder: &Path) -> Option<UnixListener> {
    let _inside = runtime.enter();
    listen(&socket(folder))
        .inspect_err(|error| tracing::warn!(%error, "no control socket: verbs need the server stopped"))
        .ok()
}

/// Answers verbs until the future is dropped.
pub async fn serve(app: App, address: std::net::SocketAddr, listener: UnixListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(answer(app.clone(), address, stream));
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn listen(path: &Path) -> std::io::Result<UnixListener> {
    // Whoever holds the store may clear away what an earlier server left.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn answer(app: App, address: std::net::SocketAddr, mut stream: UnixStream) {
    let ours = rustix::process::geteuid().as_raw();
    if !stream.peer_cred().is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0) {
        return;
    }
    let mut line = String::new();
    let reading = async {
        let (reader, _) = stream.split();
        tokio::io::BufReader::new(reader.take(MAX)).read_line(&mut line).await
    };
    if !matches!(tokio::time::timeout(PATIENCE, reading).await, Ok(Ok(_))) {
        return;
    }
    let done = tokio::task::spawn_blocking(move || match serde_json::from_str(&line) {
        Ok(verb) => perform(&app.db, address, &verb),
        Err(error) => Err(Error::Refused(format!("this server does not know the request: {error}"))),
    });
    let answer = match done.await {
        Ok(Ok(words)) => Answer::Done(words),
        Ok(Err(Error::Refused(why))) => Answer::Refused(why),
        Ok(Err(error)) => Answer::Failed(error.to_string()),
        Err(error) => Answer::Failed(error.to_string()),
    };
    let mut line = serde_json::to_string(&answer).unwrap_or_default();
    line.push('\n');
    // The other side may have gone away: what was asked for is done all the same.
    drop(stream.write_all(line.as_bytes()).await);
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("hec.sock")
}
