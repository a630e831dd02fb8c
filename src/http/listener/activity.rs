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
    replying: usize,
    quiet_since: Instant,
    /// When a part of a reply was last taken.
    moved_at: Instant,
}

impl Activity {
    /// Nothing yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            running: 0,
            replying: 0,
            quiet_since: Instant::now(),
            moved_at: Instant::now(),
        })))
    }

    /// A request begins; it ends when the guard is dropped, which is when its reply is out.
    pub fn begin(self: &Arc<Self>) -> Running {
        self.state().running += 1;
        Running { activity: self.clone(), replying: false }
    }

    /// Since when a reply waits to be taken; none where none does.
    pub fn stuck_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.replying > 0).then_some(state.moved_at)
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
pub struct Running {
    activity: Arc<Activity>,
    replying: bool,
}

impl Running {
    /// Its reply goes out from now on.
    #[must_use]
    pub fn replies(mut self) -> Self {
        let mut state = self.activity.state();
        if state.replying == 0 {
            state.moved_at = Instant::now();
        }
        state.replying += 1;
        drop(state);
        self.replying = true;
        self
    }

    /// A part of its reply was taken.
    pub fn moves(&self) {
        self.activity.state().moved_at = Instant::now();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.running = state.running.saturating_sub(1);
        state.replying = state.replying.saturating_sub(usize::from(self.replying));
        state.quiet_since = Instant::now();
    }
}
