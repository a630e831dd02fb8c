//! The command line: one file per verb.

mod account;
mod address;
mod allowance;
mod app;
mod backup;
mod config;
mod control;
mod demo;
mod doctor;
mod family;
mod healthcheck;
mod init;
mod instance;
mod key;
mod log;
mod mail;
mod man;
mod metrics;
mod openapi;
mod opening;
mod owner;
mod portfolio;
mod restore;
mod seed;
mod serve;
mod setup_link;
mod sheet;
mod sockets;
mod support;
mod upgrade;
mod verb;

use std::{io::Write, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::{Config, Settings},
    error::{Error, Result},
};

/// A private record of home education, kept by the family itself.
#[derive(Parser)]
#[command(name = "hec", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Seed(seed::Seed),
    Init(init::Init),
    SetupLink(setup_link::SetupLink),
    #[command(subcommand)]
    Account(account::Verbs),
    #[command(subcommand)]
    Allowance(allowance::Allowance),
    #[command(subcommand)]
    App(app::App),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Backup(backup::Backup),
    Restore(restore::Restore),
    Upgrade(upgrade::Upgrade),
    #[command(subcommand)]
    Mail(mail::Mail),
    Sheet(sheet::Sheet),
    Doctor(doctor::Doctor),
    Support(support::Support),
    Healthcheck(healthcheck::Healthcheck),
    #[command(subcommand)]
    Config(config::Verb),
    #[command(subcommand)]
    Portfolio(portfolio::Portfolio),
    Openapi(openapi::Openapi),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    Man(man::Man),
}

/// Runs the command line. Exit codes: 0 done, 1 failed, 2 usage, 3 refused.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log::log(&cli.settings);
    match cli.run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // Where nobody reads it, the exit code tells.
            drop(writeln!(std::io::stderr(), "hec: {}", plainly(&words(&error))));
            ExitCode::from(if matches!(error, Error::Refused(_)) { 3 } else { 1 })
        }
    }
}

impl Cli {
    /// Gives whether all is well: `hec doctor` may find that it is not.
    fn run(self) -> Result<bool> {
        let settings = &self.settings;
        match self.verb {
            Verb::Serve(serve) => serve.run(first(settings, opening::is_attended())?),
            Verb::Demo(demo) => demo.run(settings),
            Verb::Seed(seed) => seed.run(settings),
            Verb::Init(init) => init.run(settings),
            Verb::SetupLink(link) => link.run(&owned(settings)?),
            Verb::Account(account) => account.run(&owned(settings)?),
            Verb::Allowance(allowance) => allowance.run(&owned(settings)?),
            Verb::App(app) => app.run(&owned(settings)?),
            Verb::Key(key) => key.run(&owned(settings)?),
            Verb::Backup(backup) => return backup.run(&owned(settings)?),
            Verb::Restore(restore) => restore.run(settings),
            Verb::Upgrade(upgrade) => upgrade.run(&owned(settings)?),
            Verb::Mail(mail) => mail.run(&owned(settings)?),
            Verb::Sheet(sheet) => sheet.run(&owned(settings)?),
            Verb::Doctor(doctor) => return doctor.run(settings),
            Verb::Support(support) => support.run(&owned(settings)?),
            Verb::Config(verb) => verb.run(settings),
            Verb::Healthcheck(healthcheck) => return healthcheck.run(settings),
            Verb::Portfolio(portfolio) => portfolio.run(),
            Verb::Openapi(openapi) => openapi.run(),
            Verb::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), "hec", &mut std::io::stdout());
                Ok(())
            }
            Verb::Man(man) => man.run(),
        }
        .map(|()| true)
    }
}

/// The settings of a verb that opens the store; it runs as the store's owner.
fn owned(settings: &Settings) -> Result<Config> {
    let config = Config::load(settings)?;
    owner::take_on(&config.data)?;
    Ok(config)
}

/// The same of a start that may be the first one; where `asks`, it may ask for what is not there yet.
fn first(settings: &Settings, asks: bool) -> Result<Config> {
    let config = address::load(settings, asks)?;
    owner::take_on(&config.data)?;
    Ok(config)
}

/// An error as a person at a terminal reads it: with its cause.
fn words(error: &Error) -> String {
    match error {
        Error::Invalid(invalid) => {
            let words = invalid.iter().map(|one| format!("{}: {}", one.field, crate::http::messages::complaint(one)));
            words.collect::<Vec<_>>().join("\n     ")
        }
        Error::Internal(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// Prints a line. A pipe that was closed is an error like any other.
fn say(words: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", plainly(words))?)
}

/// Words without what a terminal would act on, but for ends of lines, and without what turns their order round: names on a
/// disk, and what a server answers, may be anybody's.
fn plainly(words: &str) -> String {
    let acts = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    words.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
}

/// The runtime that a server runs on.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Done when the process is asked to end. It listens from now on: what is asked meanwhile is not missed.
fn asked_to_stop(runtime: &tokio::runtime::Runtime) -> Result<impl Future<Output = ()> + use<>> {
    let _inside = runtime.enter();
    let (mut interrupted, mut ended) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = ended.recv() => {}
        }
    })
}
