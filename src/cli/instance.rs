//! A server, before and after its store is open: what `serve` and `demo` run.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use poem::EndpointExt;
use sd_notify::NotifyState;
use tokio::{
    net::UnixListener,
    runtime::{Handle, Runtime},
    task::JoinHandle,
};

use crate::{
    admin::doctor::Patient,
    app::App,
    config::{Config, Tls as Mode, Unlock},
    error::{Error, Result},
    http::{
        edge::Edge,
        listener::{Bounds, Server},
        mdns, plain,
        tls::{
            Certificates, Pending, Tls,
            acme::{self, Acme, Outcome},
            files::Files,
            kept::{self, Kept},
            local::Local,
        },
        unlock::Site,
    },
    jobs, routes,
    store::{Store, slots::Kind},
    types::Clock,
    wiring,
};

use super::{
    control::{self, Held},
    metrics::Metrics,
    serve::bounds,
    sockets::Sockets,
    verb::Keeper,
};

/// A server, before and after its store is open.
pub struct Instance {
    config: Config,
    edge: Arc<Edge>,
    url: String,
    runtime: Handle,
    held: Held,
    control: Mutex<Option<UnixListener>>,
    metrics: Mutex<Option<Metrics>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Instance {
    /// A server on sockets that were taken already. From now on verbs find it.
    ///
    /// # Errors
    /// `Refused` where the certificate's files can't be used, or the address for figures is taken.
    pub fn new(mut config: Config, sockets: &Sockets, is_locked: bool, runtime: &Runtime) -> Result<Self> {
        let metrics = Metrics::open(runtime, &config)?;
        let control = Mutex::new(control::open(runtime, &config.data));
        let mut tasks = Vec::new();
        let first: Option<Arc<dyn Certificates>> = match &config.tls {
            Mode::Off => None,
            Mode::Files { certificate, private_key } => {
                let files = Arc::new(Files::open(certificate, private_key)?);
                let refreshed = files.clone();
                tasks.push(runtime.spawn(again_and_again(move || refreshed.refresh())));
                Some(files)
            }
            Mode::Local | Mode::Acme(_) if !is_locked => Some(Arc::new(Pending)),
            Mode::Local | Mode::Acme(_) => {
                let path = kept::path(&config.data, &config.tls);
                Some(Arc::new(Kept::open(&path, &config.names, &Clock::System, config.tls.is_strict())?))
            }
        };
        let tls = first.map(|first| Arc::new(Tls::new(first)));
        if config.names.is_empty()
            && let Some(facts) = tls.as_ref().and_then(|tls| tls.facts())
        {
            let plain_names = facts.names.into_iter().filter(|name| name.parse::<std::net::IpAddr>().is_err());
            config.names = plain_names.filter(|name| !name.starts_with('*')).collect();
            if config.names.is_empty() {
                return Err(Error::Refused(
                    "names: the certificate is for no single name, so say under which people come, \
                     as in names = [\"hec.example.org\"]"
                        .to_owned(),
                ));
            }
        }
        let plain = sockets.plain.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        let url = config.url(sockets.address());
        let figures = metrics.as_ref().map(|metrics| metrics.address);
        let edge = Arc::new(Edge { tls, addresses: sockets.addresses.clone(), url: url.clone(), plain, figures });
        let (runtime, held) = (runtime.handle().clone(), Arc::new(OnceLock::new()));
        Ok(Self { config, edge, url, runtime, held, control, metrics: Mutex::new(metrics), tasks: Mutex::new(tasks) })
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How it is reached.
    pub fn edge(&self) -> Arc<Edge> {
        self.edge.clone()
    }

    /// Where people find it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.edge.addresses.first().copied().unwrap_or_else(|| ([127, 0, 0, 1], 0).into())
    }

    /// Puts the site over an open store, and starts what goes on behind it.
    ///
    /// # Errors
    /// `Internal` where the store can't be read.
    pub fn start(&self, store: Store) -> Result<Site> {
        let app = App::new(store.clone(), self.config.clone(), wiring::DOORS)?.behind(self.edge.clone());
        if let Some(tls) = &self.edge.tls {
            self.change_certificates(tls, &store)?;
        }
        self.keep(self.runtime.spawn(jobs::run(&app, wiring::JOBS)));
        if app.config.mail.is_some() {
            self.keep(self.runtime.spawn(jobs::run(&app, wiring::MAIL)));
        }
        let patient = Patient::served(&app);
        drop(self.held.set(Keeper { store, url: self.url.clone(), patient }));
        Ok(routes::site(&app).boxed())
    }

    /// Serves until `stop` is done, then closes the store.
    ///
    /// # Errors
    /// `Internal` where a socket can't be used at all.
    pub async fn serve(&self, sockets: Sockets, site: Site, stop: impl Future<Output = ()>) -> Result<()> {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(control) = control {
            self.keep(tokio::spawn(control::serve(self.held.clone(), control)));
        }
        let (limits, admits) = bounds(&self.config);
        let mut server = Server::new(site, limits.clone()).admitting(admits);
        if let Some(tls) = &self.edge.tls {
            server = server.over(tls.clone());
        }
        let stopping = tokio_util::sync::CancellationToken::new();
        let plain = {
            let stopped = stopping.clone().cancelled_owned();
            let limits = Bounds { connections: (limits.connections / 8).max(16), ..limits };
            let way = Server::new(plain::site(&self.config, self.edge.clone()), limits)
                .admitting(|_| crate::http::listener::Admission::Visitor);
            tokio::spawn(way.serve(sockets.plain, stopped))
        };
        let metrics = self.metrics.lock().unwrap_or_else(PoisonError::into_inner).take();
        let metrics = metrics.map(|metrics| {
            tracing::info!(address = %metrics.address, "figures are told at /metrics");
            tokio::spawn(metrics.serve(self.held.clone(), self.edge.clone(), stopping.clone().cancelled_owned()))
        });
        self.keep(tokio::spawn(watchdog()));
        let _announced = self.announce();
        tell(&[NotifyState::Ready, NotifyState::Status(if self.held.get().is_some() { "open" } else { "locked" })]);
        let served = server
            .serve(sockets.site, async {
                stop.await;
                tell(&[NotifyState::Stopping]);
                stopping.cancel();
            })
            .await;
        stopping.cancel();
        drop(plain.await);
        if let Some(metrics) = metrics {
            drop(metrics.await);
        }
        std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
            .iter()
            .for_each(|task| task.abort());
        let held = self.held.clone();
        let closing = tokio::task::spawn_blocking(move || {
            if let Some(keeper) = held.get() {
                keeper.store.db.close();
            }
        });
        closing.await.map_err(Error::internal)?;
        served
    }

    /// Says in the home network which name is ours.
    fn announce(&self) -> Option<mdns::Announced> {
        if !self.config.mdns {
            return None;
        }
        let announced = mdns::announce(&self.config.names, self.address().port());
        announced.unwrap_or_else(|error| {
            tracing::warn!(%error, "the name could not be announced in the home network: the address does as well");
            None
        })
    }

    /// With the store open, certificates come from it.
    fn change_certificates(&self, tls: &Arc<Tls>, store: &Store) -> Result<()> {
        let by_itself = self.config.unlock != Some(Unlock::Passphrase)
            && store.vault.slots()?.iter().any(|slot| slot.kind == Kind::KeyFile);
        kept::forget_others(&self.config.data, &self.config.tls, !by_itself)?;
        let keep = (!by_itself).then(|| kept::path(&self.config.data, &self.config.tls));
        match &self.config.tls {
            Mode::Local => {
                let local = Arc::new(Local::open(&store.db, &self.config.names, keep)?);
                tls.change(local.clone());
                self.keep(self.runtime.spawn(again_and_again(move || local.refresh())));
            }
            Mode::Acme(asked) => {
                let acme = Acme::open(&store.db, asked, &self.config.names, keep, tls.current())?;
                let acme = Arc::new(acme);
                tls.change(acme.clone());
                self.keep(self.runtime.spawn(look_at_the_calendar(acme, store.db.clock().clone())));
            }
            Mode::Off | Mode::Files { .. } => {}
        }
        Ok(())
    }

    fn keep(&self, task: JoinHandle<()>) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }
}

/// Looks after a certificate once a minute, on a thread that may block.
async fn again_and_again(refresh: impl Fn() -> Result<bool> + Clone + Send + 'static) {
    let mut ticks = tokio::time::interval(Duration::from_mins(1));
    loop {
        ticks.tick().await;
        let refresh = refresh.clone();
        match tokio::task::spawn_blocking(refresh).await {
            Ok(Ok(true)) => tracing::info!("the certificate was changed"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the certificate stays as it was"),
            Err(error) => tracing::error!(%error, "looking after the certificate failed"),
        }
    }
}

/// Asks an authority for certificates whenever one is due.
async fn look_at_the_calendar(acme: Arc<Acme>, clock: Clock) {
    loop {
        let pause = match acme.check().await {
            Ok(Outcome::Fresh) => acme::EVERY,
            Ok(Outcome::Issued) => {
                tracing::info!("the authority has issued a certificate");
                acme::EVERY
            }
            Ok(Outcome::TooEarly(next)) => next.since(clock.now()).clamp(Duration::from_secs(1), acme::EVERY),
            Ok(Outcome::ClockBehind) => {
                tracing::warn!("no certificate is asked for: the clock of this machine is behind");
                Duration::from_mins(1)
            }
            Ok(Outcome::Failed(problem)) => {
                tracing::warn!(
                    problem,
                    "no certificate: `hec doctor` says what to look at; the next try is in a while"
                );
                acme::PAUSE
            }
            Err(error) => {
                tracing::error!(%error, "the certificate could not be looked after");
                acme::PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Tells systemd, where it started us.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

/// Tells systemd that the server lives, twice in the time that it allows.
async fn watchdog() {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(allowed / 2);
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// While the store is opened, repaired or brought up to date, systemd waits on.
pub struct Opening(#[expect(dead_code, reason = "its drop is the sign")] std::sync::mpsc::Sender<()>);

/// Asks systemd for more time, again and again until this is dropped.
pub fn keep_systemd_waiting() -> Opening {
    /// How often it is asked, and for how much.
    const STEP: Duration = Duration::from_secs(10);
    let (end, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut seconds = 0;
        while ended.recv_timeout(STEP) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            seconds += STEP.as_secs();
            let status = format!("opening the store for {seconds} s: it is checked, repaired or brought up to date");
            tell(&[NotifyState::ExtendTimeoutUsec(60_000_000), NotifyState::Status(&status)]);
        }
    });
    Opening(end)
}
