//! How often a password or a code may be tried, so that guessing is slow and whoever has signed in on a device before
//! is never locked out by others who guess.
//!
//! | counted against | passwords | codes | a child's words |
//! |---|---|---|---|
//! | what is guessed at, by strangers in all | 20, and one more each 10 s | 6, and one more each 10 min | 30, and one more each 2 min |
//! | the same, by one network | 6, and one more each 30 s | 3, and one more each 10 min | 10, and one more each 15 min |
//! | one network, whatever it guesses at | 40, and one more each 2 s | the same | the same |
//! | a device that has signed in there before | 10, and one more each 30 s | 6, and one more each 5 min | 10, and one more each 2 min |
//!
//! A try is counted before it is made, so that many at once are all counted, and given back where it was right. A known
//! device pays from its own budget; once that is spent it counts as a stranger. An address that has no account is
//! counted like one that has. What nobody knows is remembered in bounded tables; what finds no room shares one budget.
//!
//! Strangers leave a place for known devices where passwords are hashed: these wait for one hash at most.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    error::{Error, Result},
    types::Clock,
};

use super::firewall::{Client, Ticks};

/// What is guessed at, as far as anybody can tell who reads the memory: a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target([u8; 32]);

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A password: dear to check.
    Password,
    /// A code of six digits: cheap to check, and there are few.
    Code,
    /// The words that a child signs in with: dear to check, and a parent may have chosen easy ones.
    Words,
}

/// Who tries what.
#[derive(Debug, Clone, Copy)]
pub struct Guess {
    /// What is tried.
    pub kind: Kind,
    /// What it is guessed at.
    pub target: Target,
    /// From where.
    pub client: Client,
    /// The device, where it has signed in there before.
    pub device: Option<[u8; 32]>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was right; nothing is counted.
    Right,
    /// It was wrong.
    Wrong,
    /// It was not tried: so long to wait.
    Wait(Duration),
}

/// How much there is, and how soon one more.
#[derive(Debug, Clone, Copy)]
struct Quota {
    burst: u32,
    every: Duration,
}

const fn quota(burst: u32, seconds: u64) -> Quota {
    Quota { burst, every: Duration::from_secs(seconds) }
}

/// One network, whatever it guesses at.
const NETWORK: Quota = quota(40, 2);
/// Lines of a log for one account: who guesses must not be able to fill it.
const LINES: Quota = quota(5, 12 * 60);
/// How many of each are remembered.
const REMEMBERED: usize = 8_192;
/// Strangers who wait for a place; the next one is told to come back.
const WAITING: usize = 48;
/// When those come back.
const BUSY: Duration = Duration::from_secs(5);

impl Kind {
    const fn in_all(self) -> Quota {
        match self {
            Self::Password => quota(20, 10),
            Self::Code => quota(6, 600),
            Self::Words => quota(30, 120),
        }
    }

    const fn of_one_network(self) -> Quota {
        match self {
            Self::Password => quota(6, 30),
            Self::Code => quota(3, 600),
            Self::Words => quota(10, 900),
        }
    }

    const fn of_a_device(self) -> Quota {
        match self {
            Self::Password => quota(10, 30),
            Self::Code => quota(6, 300),
            Self::Words => quota(10, 120),
        }
    }
}

/// The budgets.
pub struct Guesses {
    key: [u8; 32],
    ticks: Ticks,
    budgets: Mutex<Budgets>,
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    tried: AtomicU64,
}

#[derive(Default)]
struct Budgets {
    targets: Budget<Target>,
    pairs: Budget<(Target, Client)>,
    networks: Budget<Client>,
    devices: Budget<(Target, [u8; 32])>,
    lines: Budget<Target>,
}

impl Guesses {
    /// Whole budgets; `places` passwords are hashed at a time.
    ///
    /// # Errors
    /// `Internal` where the system has no randomness to give.
    pub fn new(clock: &Clock, places: usize) -> Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(Error::internal)?;
        Ok(Self {
            key,
            ticks: Ticks::new(clock),
            budgets: Mutex::default(),
            places: Arc::new(Semaphore::new(places.saturating_sub(1).max(1))),
            waiting: Arc::new(Semaphore::new(WAITING)),
            tried: AtomicU64::new(0),
        })
    }

    /// Names what is guessed at, whether there is such a thing or not.
    pub fn target(&self, kind: &str, name: &str) -> Target {
        let mut hash = Sha256::new();
        for part in [&self.key, kind.as_bytes(), b"\0", name.as_bytes()] {
            hash.update(part);
        }
        Target(hash.finalize().into())
    }

    /// Has a try made, if there is leave for it.
    ///
    /// # Errors
    /// What `work` says.
    pub async fn ask(&self, guess: Guess, work: impl Future<Output = Result<bool>>) -> Result<Outcome> {
        let charged = match self.charge(guess) {
            Ok(charged) => charged,
            Err(wait) => return Ok(told(Outcome::Wait(wait))),
        };
        let busy = || {
            self.give_back(guess, charged);
            Ok(told(Outcome::Wait(BUSY)))
        };
        let _place = match charged {
            Charged::Device => None,
            Charged::Stranger => {
                let Ok(_waiting) = self.waiting.try_acquire() else { return busy() };
                Some(self.places.acquire().await.map_err(Error::internal)?)
            }
        };
        self.tried.fetch_add(1, Ordering::Relaxed);
        match work.await {
            Ok(true) => {
                self.give_back(guess, charged);
                Ok(told(Outcome::Right))
            }
            Ok(false) => Ok(told(Outcome::Wrong)),
            Err(Error::Busy) => busy(),
            Err(error) => Err(error),
        }
    }

    /// Whether a line about a wrong try is still to be written: a few an hour for each.
    pub fn leaves_a_line(&self, target: Target) -> bool {
        self.budgets().lines.charge(target, LINES, self.ticks.now()).is_ok()
    }

    /// How many tries were made since the start.
    pub fn tried(&self) -> u64 {
        self.tried.load(Ordering::Relaxed)
    }

    /// How many things are remembered, in all.
    pub fn remembered(&self) -> usize {
        let budgets = self.budgets();
        let (targets, pairs, networks) = (&budgets.targets.known, &budgets.pairs.known, &budgets.networks.known);
        targets.len() + pairs.len() + networks.len() + budgets.devices.known.len() + budgets.lines.known.len()
    }

    /// The most things that are ever remembered.
    pub const fn most() -> usize {
        5 * REMEMBERED
    }

    fn charge(&self, guess: Guess) -> Result<Charged, Duration> {
        let (now, kind) = (self.ticks.now(), guess.kind);
        let mut budgets = self.budgets();
        if let Some(device) = guess.device
            && budgets.devices.charge((guess.target, device), kind.of_a_device(), now).is_ok()
        {
            return Ok(Charged::Device);
        }
        // All of them or none: who is turned away by one has not spent the others.
        let pair = (guess.target, guess.client);
        let waits = [
            budgets.targets.wait(&guess.target, kind.in_all(), now),
            budgets.pairs.wait(&pair, kind.of_one_network(), now),
            budgets.networks.wait(&guess.client, NETWORK, now),
        ];
        if let Some(wait) = waits.into_iter().filter(|wait| !wait.is_zero()).max() {
            return Err(wait);
        }
        budgets.targets.charge(guess.target, kind.in_all(), now)?;
        budgets.pairs.charge(pair, kind.of_one_network(), now)?;
        budgets.networks.charge(guess.client, NETWORK, now)?;
        Ok(Charged::Stranger)
    }

    fn give_back(&self, guess: Guess, charged: Charged) {
        let (kind, mut budgets) = (guess.kind, self.budgets());
        match (charged, guess.device) {
            (Charged::Device, Some(device)) => {
                budgets.devices.give_back(&(guess.target, device), kind.of_a_device());
            }
            _ => {
                budgets.targets.give_back(&guess.target, kind.in_all());
                budgets.pairs.give_back(&(guess.target, guess.client), kind.of_one_network());
                budgets.networks.give_back(&guess.client, NETWORK);
            }
        }
    }

    fn budgets(&self) -> std::sync::MutexGuard<'_, Budgets> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From which budget a try was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charged {
    Device,
    Stranger,
}

fn told(outcome: Outcome) -> Outcome {
    let word = match outcome {
        Outcome::Right => "right",
        Outcome::Wrong => "wrong",
        Outcome::Wait(_) => "wait",
    };
    metrics::counter!("hec_guesses_total", "outcome" => word).increment(1);
    outcome
}

/// Budgets by key: when each is whole again (the generic cell rate algorithm), for so many keys and no more.
struct Budget<K> {
    known: HashMap<K, Duration>,
    others: Duration,
    swept: Duration,
}

impl<K> Default for Budget<K> {
    fn default() -> Self {
        Self { known: HashMap::new(), others: Duration::ZERO, swept: Duration::ZERO }
    }
}

impl<K: Hash + Eq> Budget<K> {
    /// How long until there is one; zero where there is one now.
    fn wait(&self, key: &K, quota: Quota, now: Duration) -> Duration {
        let shared = if self.known.len() < REMEMBERED { Duration::ZERO } else { self.others };
        let whole = self.known.get(key).copied().unwrap_or(shared).max(now);
        (whole + quota.every).saturating_sub(now + quota.every * quota.burst)
    }

    fn charge(&mut self, key: K, quota: Quota, now: Duration) -> Result<(), Duration> {
        self.sweep(now);
        let wait = self.wait(&key, quota, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        let full = self.known.len() >= REMEMBERED && !self.known.contains_key(&key);
        let whole = if full { &mut self.others } else { self.known.entry(key).or_default() };
        *whole = (*whole).max(now) + quota.every;
        Ok(())
    }

    fn give_back(&mut self, key: &K, quota: Quota) {
        if let Some(whole) = self.known.get_mut(key) {
            *whole = whole.saturating_sub(quota.every);
        }
    }

    /// Forgets what is whole again, once there is no room left; at most once a second, since it looks at all.
    fn sweep(&mut self, now: Duration) {
        if self.known.len() >= REMEMBERED && now.saturating_sub(self.swept) >= Duration::from_secs(1) {
            self.known.retain(|_, whole| *whole > now);
            self.swept = now;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::types::Timestamp;

    fn guesses() -> (Guesses, Clock) {
        let clock = Clock::manual(Timestamp::from_millis(1_772_445_600_000));
        (Guesses::new(&clock, 2).unwrap(), clock)
    }

    fn from(number: u32) -> Client {
        Client::at(IpAddr::from((0x0a00_0000 + number).to_be_bytes()))
    }

    fn guess(guesses: &Guesses, at: &str, number: u32, device: Option<[u8; 32]>) -> Guess {
        Guess { kind: Kind::Password, target: guesses.target("account", at), client: from(number), device }
    }

    /// How many of so many networks may guess, one guess each.
    fn admitted(guesses: &Guesses, at: &str, networks: std::ops::Range<u32>) -> usize {
        networks.filter(|number| guesses.charge(guess(guesses, at, *number, None)).is_ok()).count()
    }

    #[test]
    fn many_networks_together_guess_no_more_than_a_few_times_a_minute() {
        let (guesses, clock) = guesses();
        let mut hashed = 0;
        for second in 0..60 {
            hashed += admitted(&guesses, "ana", second * 2_000..(second + 1) * 2_000);
            clock.advance(Duration::from_secs(1));
        }
        assert!((20..=26).contains(&hashed), "{hashed}");
        assert_eq!(admitted(&guesses, "ben", 0..1), 1, "another account is not concerned");
    }

    #[test]
    fn one_network_does_not_spend_what_others_have() {
        let (guesses, clock) = guesses();
        let one =
            |guesses: &Guesses| (0..100).filter(|_| guesses.charge(guess(guesses, "ana", 1, None)).is_ok()).count();
        assert_eq!(one(&guesses), 6);
        assert_eq!(guesses.charge(guess(&guesses, "ana", 1, None)), Err(Duration::from_secs(30)));
        assert_eq!(guesses.charge(guess(&guesses, "ana", 2, None)), Ok(Charged::Stranger));
        clock.advance(Duration::from_secs(61));
        assert_eq!(one(&guesses), 2);
        let spread = (0..1_000).filter(|at| guesses.charge(guess(&guesses, &at.to_string(), 3, None)).is_ok()).count();
        assert_eq!(spread, 40, "whatever it guesses at");
    }

    #[test]
    fn a_known_device_gets_in_whoever_guesses() {
        let (guesses, _) = guesses();
        admitted(&guesses, "ana", 0..2_000);
        assert!(guesses.charge(guess(&guesses, "ana", 5_000, None)).is_err());
        let known = guess(&guesses, "ana", 1, Some([7; 32]));
        for _ in 0..10 {
            assert_eq!(guesses.charge(known), Ok(Charged::Device));
        }
        assert!(guesses.charge(known).is_err(), "its own budget is small");
        guesses.give_back(known, Charged::Device);
        assert_eq!(guesses.charge(known), Ok(Charged::Device));
    }

    #[tokio::test]
    async fn a_right_try_costs_nothing_and_a_full_queue_neither() {
        let (guesses, _) = guesses();
        for _ in 0..100 {
            let right = guesses.ask(guess(&guesses, "ana", 1, None), async { Ok(true) }).await.unwrap();
            assert_eq!(right, Outcome::Right);
            let busy = guesses.ask(guess(&guesses, "ana", 1, None), async { Err(Error::Busy) }).await.unwrap();
            assert_eq!(busy, Outcome::Wait(BUSY));
        }
        for _ in 0..6 {
            let wrong = guesses.ask(guess(&guesses, "ana", 1, None), async { Ok(false) }).await.unwrap();
            assert_eq!(wrong, Outcome::Wrong);
        }
        let late = guesses.ask(guess(&guesses, "ana", 1, None), async { Ok(true) }).await.unwrap();
        assert_eq!(late, Outcome::Wait(Duration::from_secs(30)), "too late, even if it is right");
    }

    #[test]
    fn a_crowd_takes_no_more_memory_than_the_bound() {
        let (guesses, clock) = guesses();
        for number in 0..100_000_u32 {
            let device = Some([number.to_be_bytes()[3]; 32]);
            let _ = guesses.charge(guess(&guesses, &number.to_string(), number, device));
            let _ = guesses.leaves_a_line(guesses.target("account", &number.to_string()));
            let _ = guesses.charge(guess(&guesses, &number.to_string(), number, None));
        }
        assert!(guesses.remembered() <= Guesses::most());
        assert!(guesses.budgets().targets.known.len() == REMEMBERED, "the bound was reached");
        clock.advance(Duration::from_hours(24));
        assert_eq!(guesses.charge(guess(&guesses, "ana", 1, None)), Ok(Charged::Stranger));
        assert_eq!(guesses.budgets().targets.known.len(), 1, "whole budgets are forgotten");
    }

    #[test]
    fn a_log_of_one_account_gets_a_few_lines_an_hour() {
        let (guesses, clock) = guesses();
        let ana = guesses.target("account", "ana");
        let lines = |guesses: &Guesses| (0..1_000).filter(|_| guesses.leaves_a_line(ana)).count();
        assert_eq!(lines(&guesses), 5);
        clock.advance(Duration::from_hours(1));
        assert_eq!(lines(&guesses), 5);
    }
}
