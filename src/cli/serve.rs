//! `hec serve`: the server.

use std::{io::IsTerminal, net::IpAddr, sync::Arc};

use clap::Args;
use poem::EndpointExt;

use crate::{
    config::{
        Config, Unlock,
        variables::{Stranger, strangers},
    },
    error::{Error, Invalid, Result},
    http::{
        listener::{Admission, Bounds},
        unlock::Gate,
    },
    store::{self, Environment, Locked, Store, slots::Kind},
    wiring,
};

use super::{
    asked_to_stop, init,
    instance::{self, Instance},
    opening::{self, Keys, is_attended},
    runtime,
    sockets::Sockets,
    verb,
};

/// Run the server. The first start makes the store
#[derive(Args)]
pub struct Serve {}

/// How long work that nobody waits for any more may go on at the end.
const LAST: std::time::Duration = std::time::Duration::from_secs(5);

/// What a start finds.
enum Found {
    Open(Box<Store>),
    Locked(Locked),
}

impl Serve {
    pub fn run(self, mut config: Config) -> Result<()> {
        tell_strangers();
        let runtime = runtime()?;
        raise_the_limit_of_files(&config);
        let opening = instance::keep_systemd_waiting();
        let found = {
            // A backup before an upgrade runs its requests here.
            let _inside = runtime.enter();
            find(&mut config)?
        };
        drop(opening);
        let stop = asked_to_stop(&runtime)?;
        let sockets = Sockets::take(&runtime, &config)?;
        let instance = Arc::new(Instance::new(config, &sockets, matches!(found, Found::Locked(_)), &runtime)?);
        let site = match found {
            Found::Open(store) => {
                greet(&instance, &store)?;
                instance.start(*store)?
            }
            Found::Locked(locked) => {
                let url = instance.url();
                tracing::info!(address = %sockets.address(), "listening, locked: the passphrase is typed at /unlock");
                if std::io::stdout().is_terminal() {
                    println!("HEC is locked. Unlock it at {url}/unlock");
                }
                let starting = instance.clone();
                let opening = move |typed: &str| {
                    let key = locked.unlock(&opening::opener(typed)).map_err(|error| opening::slip(typed, error))?;
                    let store = locked.open(key, opening::options(starting.config())).inspect_err(|error| {
                        tracing::error!(%error, "the store was unlocked but did not open");
                    });
                    // That it does not open is not the fault of what was typed.
                    let unopened = |_| Error::from(Invalid::new("password", "error-unlocked-unopened"));
                    let started = starting.start(store.map_err(unopened)?);
                    started.inspect_err(|error| tracing::error!(%error, "the site did not start")).map_err(unopened)
                };
                Gate::new(Arc::new(opening), instance.config(), instance.edge()).boxed()
            }
        };
        let served = runtime.block_on(instance.serve(sockets, site, stop));
        // Work on threads that block can't be broken off; the store is closed by then.
        runtime.shutdown_timeout(LAST);
        served
    }
}

/// Opens the store, or makes it; where only a person can unlock it, and nobody does, it stays locked.
fn find(config: &mut Config) -> Result<Found> {
    if !store::exists(&config.data) && is_attended() && config.passphrase_files.is_empty() {
        store::refuse_existing(&config.data)?;
        return init::guide(config).map(Box::new).map(Found::Open);
    }
    let keys = Keys::new(config);
    if !store::exists(&config.data) {
        store::refuse_existing(&config.data)?;
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

/// Warns of variables that look like settings and are none. Names alone: a value may be secret.
pub fn tell_strangers() {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for Stranger { name, nearest } in strangers(names) {
        let or = nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
        tracing::warn!("the variable {name} of the environment is no setting, and nobody reads it{or}");
    }
}

/// Whether the records are a family's own.
fn is_real(config: &Config) -> bool {
    config.environment != Environment::Development
}

/// On a terminal, and only there, a new instance's set-up link is shown: it never reaches a log.
fn greet(instance: &Instance, store: &Store) -> Result<()> {
    tracing::info!(address = %instance.address(), "listening");
    if !store.vault.slots()?.iter().any(|slot| slot.kind == Kind::Recovery) && is_real(instance.config()) {
        tracing::warn!("there is no recovery code: make one with `hec key add --recovery`");
    }
    if std::io::stdout().is_terminal() {
        println!("HEC is at {}/", instance.url());
        if !store.db.read(wiring::DOORS.is_set_up)? {
            println!("{}", verb::setup_link(store, instance.url())?);
        }
    }
    Ok(())
}

/// Connections are files to the system, which at first allows few.
fn raise_the_limit_of_files(config: &Config) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let allowed = maximum.or(current).unwrap_or(u64::MAX);
    let wanted = config.connections as u64 * 9 / 8 + 256;
    if allowed < wanted {
        tracing::warn!(allowed, wanted, "the system allows fewer open files than the connections may need");
    }
}

/// Who may connect, and how many.
pub fn bounds(config: &Config) -> (Bounds, impl Fn(IpAddr) -> Admission + Send + Sync + use<>) {
    let bounds = Bounds { connections: config.connections, ..Bounds::default() };
    let proxies = config.clone();
    let admits = move |peer: IpAddr| {
        if peer.is_loopback() || proxies.is_proxy(peer) {
            Admission::Trusted
        } else if proxies.tls.is_on() {
            Admission::Visitor
        } else {
            // In plain text others than the proxy would show the record to the network.
            Admission::Refused
        }
    };
    (bounds, admits)
}
