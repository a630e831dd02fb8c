//! How a restore that asks is stopped: the other process ends first, whoever was told to.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::error::{Error, Result};

/// So long it is waited for the other process, which was told to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked, until it is done or somebody wants it to stop: by Ctrl-C, by ending this process, by closing the
/// terminal. The other process has ended then.
pub async fn until_stopped(
    mut asked: JoinHandle<Result<()>>,
    mut seen: watch::Receiver<Running>,
    stopped: impl Future<Output = ()>,
) -> Result<()> {
    tokio::select! {
        done = &mut asked => return done.map_err(Error::internal).flatten(),
        () = stopped => {}
    }
    if let Some(pid) = seen.borrow().pid {
        // Ctrl-C reaches it by itself; the others do not. It may have ended just now.
        kill_process(pid, Signal::TERM).unwrap_or_default();
    }
    // What waits for a disk can't be ended; what waits for an answer never ends.
    drop(timeout(PATIENCE, seen.wait_for(|running| running.pid.is_none())).await);
    match timeout(Duration::from_secs(1), asked).await {
        // It came to its end all the same.
        Ok(Ok(Ok(()))) => Ok(()),
        _ => Err(Error::Refused("stopped".to_owned())),
    }
}

/// The other process, and what has come of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Running {
    /// While it runs.
    pub pid: Option<Pid>,
    /// Whether the record has come back.
    pub is_back: bool,
}
