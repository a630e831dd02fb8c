//! Long and scheduled work. It knows no room.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{
    app::App,
    error::{Error, Result},
};

/// Few threads for work that takes much memory, and a bounded queue before them.
#[derive(Clone)]
pub struct Pool {
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Pool {
    /// `places` at a time; `queue` may wait before the next is told to come back.
    pub fn new(places: usize, queue: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places.max(1))), waiting: Arc::new(Semaphore::new(queue)) }
    }

    /// Runs work on a thread of its own, once a place is free.
    ///
    /// # Errors
    /// `Busy` where too many wait already; `Internal` where the work panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _waiting = self.waiting.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let place = self.places.clone().acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await
        .map_err(Error::internal)
    }
}

/// Something that is done again and again while the server runs. Rooms' jobs are listed in `wiring`.
#[derive(Clone, Copy)]
pub struct Job {
    /// For the log.
    pub name: &'static str,
    /// The pause before the first run.
    pub after: Duration,
    /// The pause between two runs.
    pub every: Duration,
    /// Does it once, on a thread that may block.
    pub run: fn(&App) -> Result<()>,
}

/// Runs the jobs until the future is dropped, each at its pace.
pub fn run(app: &App, jobs: &'static [Job]) -> impl Future<Output = ()> + use<> {
    let app = app.clone();
    async move {
        let mut running = tokio::task::JoinSet::new();
        for job in jobs {
            let app = app.clone();
            running.spawn(async move {
                let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + job.after, job.every);
                loop {
                    ticks.tick().await;
                    let app = app.clone();
                    match tokio::task::spawn_blocking(move || (job.run)(&app)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::error!(job = job.name, %error, "a job failed"),
                        Err(error) => tracing::error!(job = job.name, %error, "a job panicked"),
                    }
                }
            });
        }
        while running.join_next().await.is_some() {}
    }
}
