//! The server of the package on this machine, which stands still while its record is brought back.

use std::{
    env,
    ffi::OsStr,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use rustix::process::Pid;
use tokio::sync::watch;

use crate::{
    cli::owner,
    config::Config,
    error::{Error, Result},
};

use super::stopping::Running;

/// What systemd knows of it: what listens, and what answers.
const UNITS: [&str; 3] = ["hec.socket", "hec-plain.socket", SERVER];
const SERVER: &str = "hec.service";

/// The server.
#[derive(Debug, Clone)]
pub struct Service {
    /// Whether it ran when it was looked at first.
    ran: bool,
    /// What is started: who masked a socket, for a proxy in front, wants none.
    units: Vec<&'static str>,
}

impl Service {
    /// The server whose record this configuration names, where systemd and root are here to stop and start it.
    pub fn of(config: &Config) -> Option<Self> {
        let is_ours = config.data == Path::new(owner::SERVICE) && Path::new("/run/systemd/system").is_dir();
        if !is_ours || !rustix::process::geteuid().is_root() {
            return None;
        }
        let is = |state, unit| asked("systemctl", &[state, "--quiet", unit]);
        let ran = UNITS.iter().any(|unit| is("is-active", unit));
        let units = UNITS.into_iter().filter(|unit| *unit == SERVER || is("is-active", unit) || is("is-enabled", unit));
        Some(Self { ran, units: units.collect() })
    }

    /// Stops it.
    ///
    /// # Errors
    /// `Refused` where systemd does not.
    pub fn stop(&self) -> Result<()> {
        run("systemctl", &[&["stop"], &self.units[..]].concat())
    }

    /// Starts it.
    ///
    /// # Errors
    /// `Refused` where systemd does not.
    pub fn start(&self) -> Result<()> {
        // A socket whose port another program has is no reason to say that the server does not run.
        run("systemctl", &[&["start"], &self.units[..]].concat())
            .or_else(|why| if asked("systemctl", &["is-active", "--quiet", SERVER]) { Ok(()) } else { Err(why) })
    }

    /// Starts it where it ran before.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub fn leave(&self) -> Result<()> {
        if self.ran { self.start() } else { Ok(()) }
    }
}

/// What a command of the system answers to a question: yes, or anything else.
fn asked(name: &str, args: &[&str]) -> bool {
    let quiet = Stdio::null;
    command(name).args(args).stdout(quiet()).stderr(quiet()).status().is_ok_and(|status| status.success())
}

/// Calls this machine by another name, for good.
///
/// # Errors
/// `Refused` where it does not take it.
pub fn call_machine(name: &str) -> Result<()> {
    run("hostnamectl", &["set-hostname", name])
}

/// Runs a command of the system; what it says is seen.
///
/// # Errors
/// `Refused` where it is not there, or fails.
pub fn run(command: &str, args: &[&str]) -> Result<()> {
    let refused = |why: &dyn std::fmt::Display| Error::Refused(format!("{command} {}: {why}", args.join(" ")));
    let status = self::command(command).args(args).status().map_err(|error| refused(&error))?;
    if status.success() { Ok(()) } else { Err(refused(&status)) }
}

/// Runs this command once more, with more said; what it says and asks is seen.
///
/// # Errors
/// `Internal` where it can't be begun.
pub fn again(more: &[&OsStr], running: &watch::Sender<Running>) -> Result<ExitStatus> {
    let mut child = Command::new(env::current_exe()?).args(env::args_os().skip(1)).args(more).spawn()?;
    running.send_modify(|running| running.pid = Pid::from_raw(child.id() as i32));
    let ended = child.wait();
    let is_back = ended.as_ref().is_ok_and(ExitStatus::success);
    running.send_modify(|running| *running = Running { pid: None, is_back });
    Ok(ended?)
}

/// A command of the system, wherever root's own path leads.
pub fn command(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}
