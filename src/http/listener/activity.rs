//! Whether somebody is being served on a connection, and since when not.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Of one connection.
#[derive(Debug)]
pub struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    running: usize,
    quiet_since: Instant,
}

impl Activity {
    /// Nothing yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { running: 0, quiet_since: Instant::now() })))
    }

    /// A request begins; it ends when the guard is dropped, which is when its reply is out.
    pub fn begin(self: &Arc<Self>) -> Running {
        self.state().running += 1;
        Running(self.clone())
    }

    /// Since when nothing runs; none while something does.
    pub fn quiet_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.running == 0).then_some(state.quiet_since)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that runs.
#[derive(Debug)]
pub struct Running(Arc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running = state.running.saturating_sub(1);
        state.quiet_since = Instant::now();
    }
}
