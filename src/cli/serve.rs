//! `hec serve`: the server.

use std::{io::IsTerminal, net::SocketAddr};

use clap::Args;
use tokio::net::{TcpListener, UnixListener};

use crate::{app::App, config::Config, error::Result, http::listener, jobs, routes, store, types::Clock, wiring};

use super::{asked_to_stop, control, runtime, setup_link};

/// Run the server. The first start makes the store
#[derive(Args)]
pub struct Serve {}

impl Serve {
    pub fn run(self, config: Config) -> Result<()> {
        let store = if store::exists(&config.data) {
            store::open(&config.data, config.environment, Clock::System, wiring::MIGRATIONS)?
        } else {
            store::create(&config.data, config.environment, Clock::System, wiring::MIGRATIONS)?
        };
        let app = App::new(store, config, wiring::DOORS)?;
        let runtime = runtime()?;
        let stop = asked_to_stop(&runtime)?;
        let (listener, address) = runtime.block_on(listener::bind(app.config.listen))?;
        let control = control::open(&runtime, &app.config.data);
        greet(&app, address)?;
        runtime.block_on(run(&app, listener, control, stop))
    }
}

/// Serves until `stop` is done.
pub async fn run(
    app: &App,
    listener: TcpListener,
    control: Option<UnixListener>,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let address = listener.local_addr()?;
    let jobs = tokio::spawn(jobs::run(app, wiring::JOBS));
    let control = control.map(|control| tokio::spawn(control::serve(app.clone(), address, control)));
    let served = listener::serve(listener, routes::site(app), stop).await;
    jobs.abort();
    if let Some(control) = control {
        control.abort();
    }
    served
}

/// On a terminal, and only there, a new instance's set-up link is shown: it never reaches a log.
fn greet(app: &App, address: SocketAddr) -> Result<()> {
    tracing::info!(%address, "listening");
    if std::io::stdout().is_terminal() {
        println!("HEC is at http://{address}/");
        if !app.is_set_up()? {
            println!("{}", setup_link::make(&app.db, address)?);
        }
    }
    Ok(())
}
