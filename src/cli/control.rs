//! `DATA/hec.sock`: how a verb reaches the store while a server holds it. A line of JSON asks; lines of JSON answer,
//! the last one with the end of it, those before with its progress.
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
    sync::mpsc,
};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

use super::verb::{Keeper, Verb};

/// The longest request, in bytes.
const MAX: u64 = 64 * 1024;
/// How long the server waits for a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    /// So much of so much is done; more follows.
    Progress(u64, u64),
    /// The words to print, and whether all is well.
    Done(String, bool),
    /// Why not.
    Refused(String),
    /// What went wrong.
    Failed(String),
}

/// What a control socket is served with: nothing, while the store is locked.
pub type Held = std::sync::Arc<std::sync::OnceLock<Keeper>>;

/// Asks the server that holds the store of a folder. None where none does.
///
/// # Errors
/// What the server says.
pub fn ask(folder: &Path, verb: &Verb, progress: &mut dyn FnMut(u64, u64)) -> Result<Option<(String, bool)>> {
    let stream = match Blocking::connect(socket(folder)) {
        Ok(stream) => stream,
        // A path that is too long for a socket has none.
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::InvalidInput) =>
        {
            return Ok(None);
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Err(Error::Refused(format!(
                "the server that holds {} belongs to another user: run this as that user, or as root",
                folder.display()
            )));
        }
        Err(error) => return Err(error.into()),
    };
    let mut line = Zeroizing::new(serde_json::to_string(verb).map_err(Error::internal)?);
    line.push('\n');
    (&stream).write_all(line.as_bytes())?;
    let mut reader = BufReader::new(&stream);
    loop {
        let mut reply = String::new();
        if reader.read_line(&mut reply)? == 0 {
            return Err(Error::broken("the server ended before it had answered"));
        }
        match serde_json::from_str(&reply).map_err(Error::internal)? {
            Answer::Progress(done, of) => progress(done, of),
            Answer::Done(words, well) => return Ok(Some((words, well))),
            Answer::Refused(why) => return Err(Error::Refused(why)),
            Answer::Failed(why) => return Err(Error::broken(why)),
        }
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
pub async fn serve(held: Held, listener: UnixListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(answer(held.clone(), stream));
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

async fn answer(held: Held, mut stream: UnixStream) {
    let ours = rustix::process::geteuid().as_raw();
    if !stream.peer_cred().is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0) {
        return;
    }
    let (reader, mut writer) = stream.split();
    let mut line = Zeroizing::new(String::new());
    let reading = async { tokio::io::BufReader::new(reader.take(MAX)).read_line(&mut line).await };
    if !matches!(tokio::time::timeout(PATIENCE, reading).await, Ok(Ok(_))) {
        return;
    }
    let (tell, mut told) = mpsc::unbounded_channel();
    tokio::task::spawn_blocking(move || {
        let progress = tell.clone();
        let last = perform(&held, &line, Box::new(move |done, of| drop(progress.send(Answer::Progress(done, of)))));
        drop(tell.send(last));
    });
    // The other side may have gone away: what was asked for is done all the same.
    while let Some(answer) = told.recv().await {
        let mut line = serde_json::to_string(&answer).unwrap_or_default();
        line.push('\n');
        if writer.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn perform(held: &Held, line: &str, progress: crate::store::Progress) -> Answer {
    let Some(keeper) = held.get() else {
        return Answer::Refused("the store is locked: unlock it on its page first".to_owned());
    };
    match serde_json::from_str::<Verb>(line) {
        Ok(verb) => match keeper.perform(verb, progress) {
            Ok((words, well)) => Answer::Done(words, well),
            Err(Error::Refused(why)) => Answer::Refused(why),
            Err(Error::Internal(cause)) => Answer::Failed(cause.to_string()),
            Err(error @ Error::Invalid(_)) => Answer::Failed(super::words(&error)),
            Err(error) => Answer::Failed(error.to_string()),
        },
        // Not the error of the parser: it may quote what was sent.
        Err(_) => Answer::Refused("this server does not know the request: is it of another version?".to_owned()),
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("hec.sock")
}
