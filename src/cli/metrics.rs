//! Figures for Prometheus, on a listener of their own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    admin::figures,
    config::Config,
    error::{Error, Result},
    http::{
        edge::Edge,
        listener::{self, Admission, Bounds, Server},
        metrics::{Figures, describe, recorder},
        tls::built,
    },
    types::{Clock, Timestamp},
};

use super::control::Held;

/// How often measured times are put into their places.
const UPKEEP: Duration = Duration::from_secs(15);

/// A socket, and what is told there.
pub struct Metrics {
    socket: TcpListener,
    handle: PrometheusHandle,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Metrics {
    /// Takes the address, where the settings have one, and keeps figures from now on.
    ///
    /// # Errors
    /// `Refused` where it is taken.
    pub fn open(runtime: &Runtime, config: &Config) -> Result<Option<Self>> {
        let Some(address) = config.metrics else { return Ok(None) };
        let (socket, address) = runtime.block_on(listener::bind(address))?;
        let recorder = recorder().map_err(Error::internal)?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| Error::broken("figures are kept already"))?;
        describe();
        Ok(Some(Self { socket, handle, address }))
    }

    /// Serves until `stop` is done.
    pub async fn serve(self, held: Held, edge: Arc<Edge>, stop: impl Future<Output = ()>) {
        let upkeep = {
            let handle = self.handle.clone();
            async move {
                let mut ticks = tokio::time::interval(UPKEEP);
                loop {
                    ticks.tick().await;
                    handle.run_upkeep();
                }
            }
        };
        let since = Clock::System.now();
        let page = Figures::new(self.handle, move || collect(&held, &edge, since));
        let bounds = Bounds { connections: 16, ..Bounds::default() };
        let only_here = |peer: std::net::IpAddr| {
            if peer.is_loopback() { Admission::Trusted } else { Admission::Refused }
        };
        let server = Server::new(page, bounds).admitting(only_here).serve(vec![self.socket], stop);
        tokio::select! {
            served = server => {
                if let Err(error) = served {
                    tracing::error!(%error, "figures are no longer told");
                }
            }
            () = upkeep => {}
        }
    }
}

/// Sets what changes by itself.
fn collect(held: &Held, edge: &Edge, since: Timestamp) {
    let now = Clock::System.now();
    metrics::gauge!("hec_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    metrics::gauge!("hec_build_age_seconds").set(seconds(built(), now));
    metrics::gauge!("hec_uptime_seconds").set(seconds(since, now));
    if let Some(facts) = edge.tls.as_ref().and_then(|tls| tls.facts()) {
        metrics::gauge!("hec_certificate_expiry_seconds").set(seconds(now, facts.until));
    }
    let keeper = held.get();
    metrics::gauge!("hec_unlocked").set(f64::from(u8::from(keeper.is_some())));
    let Some(keeper) = keeper else { return };
    metrics::counter!("hec_commits_total").absolute(keeper.store.db.commits());
    // What can't be read now stands as it was, and `hec_check_state` says why.
    let Ok(figures) = figures::of(&keeper.store) else { return };
    metrics::gauge!("hec_store_bytes").set(figures.bytes as f64);
    metrics::gauge!("hec_families").set(figures.families as f64);
    if let Some(free) = figures.free {
        metrics::gauge!("hec_disk_free_bytes").set(free as f64);
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    (to.millis() - from.millis()) as f64 / 1e3
}
