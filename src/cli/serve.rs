//! `hec serve`: the server.

use std::{
    io::IsTerminal,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use clap::Args;
use poem::EndpointExt;
use tokio::{
    net::{TcpListener, UnixListener},
    runtime::{Handle, Runtime},
    task::JoinHandle,
};

use crate::{
    app::App,
    config::{Config, Unlock},
    error::{Error, Invalid, Result},
    http::{
        listener,
        unlock::{Gate, Site},
    },
    jobs, routes,
    store::{self, Environment, Locked, Store, slots::Kind},
    wiring,
};

use super::{
    asked_to_stop,
    control::{self, Held},
    init,
    opening::{self, Keys, is_attended},
    runtime,
    verb::{self, Keeper},
};

/// Run the server. The first start makes the store
#[derive(Args)]
pub struct Serve {}

/// What a start finds.
enum Found {
    Open(Box<Store>),
    Locked(Locked),
}

impl Serve {
    pub fn run(self, config: Config) -> Result<()> {
        let runtime = runtime()?;
        let found = find(&config)?;
        let stop = asked_to_stop(&runtime)?;
        let (listener, address) = runtime.block_on(listener::bind(config.listen))?;
        let instance = Arc::new(Instance::new(config, address, &runtime));
        let site = match found {
            Found::Open(store) => {
                instance.greet(&store)?;
                instance.start(*store)?
            }
            Found::Locked(locked) => {
                tracing::info!(%address, "listening, locked: the passphrase is typed at /unlock");
                if std::io::stdout().is_terminal() {
                    println!("HEC is locked. Unlock it at http://{address}/unlock");
                }
                let starting = instance.clone();
                let opening = move |typed: &str| {
                    let key = locked.unlock(&opening::opener(typed)).map_err(|error| opening::slip(typed, error))?;
                    let store = locked.open(key, opening::options(&starting.config)).inspect_err(|error| {
                        tracing::error!(%error, "the store was unlocked but did not open");
                    });
                    // That it does not open is not the fault of what was typed.
                    starting.start(store.map_err(|_| Invalid::new("password", "error-unlocked-unopened"))?)
                };
                Gate::new(Arc::new(opening)).boxed()
            }
        };
        runtime.block_on(instance.serve(listener, site, stop))
    }
}

/// Opens the store, or makes it; where only a person can unlock it, and nobody does, it stays locked.
fn find(config: &Config) -> Result<Found> {
    let keys = Keys::new(config);
    if !store::exists(&config.data) {
        store::refuse_existing(&config.data)?;
        if is_attended() && config.passphrase_files.is_empty() {
            return init::guide(config).map(Box::new).map(Found::Open);
        }
        let key = config.key_files.iter().find(|path| path.exists());
        if let Some(key) = key.filter(|_| !store::is_half_made(&config.data) && is_real(config)) {
            return Err(Error::Refused(format!(
                "there is no store in {}, but a key file in {}: is the store's disk mounted? \
                 To make a new store with that key: hec init",
                config.data.display(),
                key.display()
            )));
        }
        let store = keys.create(config.unlock.unwrap_or(Unlock::File), None)?;
        return Ok(Found::Open(Box::new(store)));
    }
    let locked = Locked::find(&config.data)?;
    match keys.unlock(&locked)? {
        Some(key) => locked.open(key, opening::options(config)).map(Box::new).map(Found::Open),
        None => Ok(Found::Locked(locked)),
    }
}

/// Whether the records are a family's own.
fn is_real(config: &Config) -> bool {
    config.environment != Environment::Development
}

/// A server, before and after its store is open.
pub struct Instance {
    config: Config,
    address: SocketAddr,
    runtime: Handle,
    held: Held,
    control: Mutex<Option<UnixListener>>,
    jobs: Mutex<Option<JoinHandle<()>>>,
}

impl Instance {
    /// A server at an address that was taken already. From now on verbs find it.
    pub fn new(config: Config, address: SocketAddr, runtime: &Runtime) -> Self {
        let control = Mutex::new(control::open(runtime, &config.data));
        let (runtime, held) = (runtime.handle().clone(), Arc::new(OnceLock::new()));
        Self { config, address, runtime, held, control, jobs: Mutex::default() }
    }

    /// Puts the site over an open store, and starts what goes on behind it.
    pub fn start(&self, store: Store) -> Result<Site> {
        let app = App::new(store.clone(), self.config.clone(), wiring::DOORS)?;
        let jobs = self.runtime.spawn(jobs::run(&app, wiring::JOBS));
        *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = Some(jobs);
        drop(self.held.set(Keeper { store, address: self.address }));
        Ok(routes::site(&app).boxed())
    }

    /// Serves until `stop` is done, then closes the store.
    pub async fn serve(&self, listener: TcpListener, site: Site, stop: impl Future<Output = ()>) -> Result<()> {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner).take();
        let control = control.map(|control| tokio::spawn(control::serve(self.held.clone(), control)));
        let served = listener::serve(listener, site, stop).await;
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        [jobs, control].into_iter().flatten().for_each(|task| task.abort());
        let held = self.held.clone();
        let closing = tokio::task::spawn_blocking(move || {
            if let Some(keeper) = held.get() {
                keeper.store.db.close();
            }
        });
        closing.await.map_err(Error::internal)?;
        served
    }

    /// On a terminal, and only there, a new instance's set-up link is shown: it never reaches a log.
    fn greet(&self, store: &Store) -> Result<()> {
        tracing::info!(address = %self.address, "listening");
        if !store.vault.slots()?.iter().any(|slot| slot.kind == Kind::Recovery) && is_real(&self.config) {
            tracing::warn!("there is no recovery code: make one with `hec key add --recovery`");
        }
        if std::io::stdout().is_terminal() {
            println!("HEC is at http://{}/", self.address);
            if !store.db.read(wiring::DOORS.is_set_up)? {
                println!("{}", verb::setup_link(store, self.address)?);
            }
        }
        Ok(())
    }
}
