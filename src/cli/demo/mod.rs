//! `hec demo`: an instance with made-up families.

pub mod family;
pub mod fill;
pub mod pictures;
mod welcome;
pub mod words;

use std::path::PathBuf;

use clap::Args;

use crate::{
    config::{Config, PasswordCost, Settings},
    error::{Error, Result},
    store::{self, Environment, Store},
    types::Clock,
    wiring,
};

use super::{asked_to_stop, instance::Instance, runtime, serve::tell_strangers, sockets::Sockets};

pub use welcome::welcome;

/// Try HEC with made-up families. Without --data everything vanishes at the end
#[derive(Args)]
pub struct Demo {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Print one line of JSON once it is ready
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub fn run(self, settings: &Settings) -> Result<()> {
        tell_strangers();
        let runtime = runtime()?;
        // Before there is anything that must vanish at the end.
        let stop = asked_to_stop(&runtime)?;
        let vanishing = if settings.says("data") { None } else { Some(tempfile::tempdir()?) };
        let config = config(settings, vanishing.as_ref().map(|folder| folder.path().join("demo")), self.port)?;
        // The address first: one that is taken should be told at once.
        let sockets = Sockets::take(&runtime, &config).map_err(|error| match error {
            Error::Refused(why) => Error::Refused(format!("{why}: choose another with --port, or --port 0")),
            other => other,
        })?;
        let store = open(&config)?;
        let instance = Instance::new(config, &sockets, false, &runtime)?;
        let welcome = welcome(&store.db, Some(instance.url()))?;
        let site = instance.start(store)?;
        if self.json {
            welcome.print_json()?
        } else {
            welcome.print()
        }
        runtime.block_on(instance.serve(sockets, site, stop))
    }
}

/// Opens the store, or makes it; fills one that is new, or whose filling was cut off.
fn open(config: &Config) -> Result<Store> {
    let store = if store::exists(&config.data) {
        store::open_development(&config.data, Clock::System, wiring::MIGRATIONS)?
    } else {
        store::create_development(&config.data, Clock::System, wiring::MIGRATIONS)?
    };
    if store.db.read(fill::is_due)? {
        fill::families(&store)?;
    }
    Ok(store)
}

/// A development instance on this machine's own address.
pub fn config(settings: &Settings, data: Option<PathBuf>, port: u16) -> Result<Config> {
    let mut settings = settings.clone().with("environment", Environment::Development.as_str());
    settings = settings.with("listen", format!("127.0.0.1:{port}"));
    if let Some(data) = data {
        settings = settings.with("data", data.to_string_lossy());
    }
    // To made-up people nothing is sent.
    Ok(Config { demo: true, mail: None, password: PasswordCost::FLOOR, ..Config::load_alone(&settings)? })
}
