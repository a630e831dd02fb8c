//! Time that only goes on, whatever happens to the machine's clock.

use std::time::{Duration, Instant};

use crate::types::Clock;

/// Counts from its making. Over a clock that a test owns it follows that one.
#[derive(Debug, Clone)]
pub struct Ticks {
    clock: Clock,
    begin: Instant,
}

impl Ticks {
    /// Counts from now.
    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), begin: Instant::now() }
    }

    /// How long it has been.
    pub fn now(&self) -> Duration {
        match &self.clock {
            Clock::System => self.begin.elapsed(),
            manual @ Clock::Manual(_) => Duration::from_millis(manual.now().millis().max(0).unsigned_abs()),
        }
    }
}

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Self::now(self)
    }
}
