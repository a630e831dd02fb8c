//! How much may be asked: a budget for each visitor's network, and one for each account.
//!
//! | asked | costs |
//! |---|---|
//! | an asset, a health check | 0.1 |
//! | a page, a photo, a call | 1 |
//! | how strong a password is, while it is typed; what a passkey is to answer | 3 |
//! | a form or a call that writes, from nobody who is signed in: each may make the server hash a password | 10 |
//! | a path that there is not | 10, always of the network's budget |
//!
//! A network without an account has 300, and 10 more each second: a page with its assets and thirty photos is 35, and a
//! co-op of fifteen families can sign in at once, but whoever looks for `/wp-login.php` is out after thirty tries.
//! An account has 1,000, and 50 more each second: an app that syncs 200 entries one by one does not notice.
//! Who is signed in does not pay from the network's budget, so that nobody else in the house, the hall or behind the
//! same carrier's address can spend theirs; a stale link costs the network 10, which is back in a second.

use std::{
    collections::HashMap,
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};

use crate::types::{AccountId, Clock};

use super::{client::Client, ticks::Ticks};

/// What something costs, in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost(NonZeroU32);

impl Cost {
    /// What is in memory anyway.
    pub const LIGHT: Self = Self(NonZeroU32::MIN);
    /// As a rule.
    pub const PLAIN: Self = Self(NonZeroU32::MIN.saturating_add(9));
    /// What takes a moment of a processor.
    pub const MIDDLING: Self = Self(NonZeroU32::MIN.saturating_add(29));
    /// What is dear, or what no honest client asks.
    pub const HEAVY: Self = Self(NonZeroU32::MIN.saturating_add(99));
}

/// Networks that are remembered. Beyond, all others share one budget; who is signed in does not notice.
const NETWORKS: usize = 8_192;
/// Accounts that are remembered.
const ACCOUNTS: usize = 4_096;
/// Looking for budgets that are whole again goes through all of them, so it is done at most this often.
const SWEEP: Duration = Duration::from_secs(1);

/// The budgets.
pub struct Limits {
    networks: Budgets<Client>,
    accounts: Budgets<AccountId>,
    spares_loopback: bool,
}

impl Limits {
    /// Whole budgets. A development store may spare its own machine.
    pub fn new(clock: &Clock, spares_loopback: bool) -> Self {
        let tenths = |number: u32| NonZeroU32::MIN.saturating_add(number * 10 - 1);
        let quota = |burst, second| Quota::per_second(tenths(second)).allow_burst(tenths(burst));
        Self {
            networks: Budgets::new(quota(300, 10), NETWORKS, clock),
            accounts: Budgets::new(quota(1_000, 50), ACCOUNTS, clock),
            spares_loopback,
        }
    }

    /// Takes a cost off a network's budget.
    ///
    /// # Errors
    /// How long to wait, where there is not so much left; then nothing is taken.
    pub fn visitor(&self, client: Client, cost: Cost) -> Result<(), Duration> {
        if self.spares_loopback && client.is_loopback() { Ok(()) } else { self.networks.charge(&client, cost) }
    }

    /// Takes a cost off an account's budget.
    ///
    /// # Errors
    /// The same.
    pub fn account(&self, account: AccountId, client: Client, cost: Cost) -> Result<(), Duration> {
        if self.spares_loopback && client.is_loopback() { Ok(()) } else { self.accounts.charge(&account, cost) }
    }
}

struct Budgets<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, Bounded<K>, Ticks, NoOpMiddleware<Duration>>,
    most: usize,
    swept: AtomicU64,
}

impl<K: Hash + Eq + Clone> Budgets<K> {
    fn new(quota: Quota, most: usize, clock: &Clock) -> Self {
        let limiter = RateLimiter::new(quota, Bounded::new(most), Ticks::new(clock));
        Self { limiter, most, swept: AtomicU64::new(0) }
    }

    fn charge(&self, key: &K, cost: Cost) -> Result<(), Duration> {
        if self.limiter.len() >= self.most {
            self.sweep();
        }
        match self.limiter.check_key_n(key, cost.0) {
            Ok(outcome) => outcome.map_err(|until| until.wait_time_from(self.limiter.clock().now())),
            // More than a whole budget: no cost is.
            Err(_) => Err(Duration::from_mins(1)),
        }
    }

    /// Forgets budgets that are whole: they are as good as new.
    fn sweep(&self) {
        let now = u64::try_from(self.limiter.clock().now().as_millis()).unwrap_or(u64::MAX);
        let due = |swept: u64| now.saturating_sub(swept) >= SWEEP.as_millis() as u64;
        let swept = self.swept.load(Ordering::Relaxed);
        if due(swept) && self.swept.compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

/// Budgets by key, so many and no more: a key that finds no room shares one budget with all others that found none.
#[derive(Debug)]
struct Bounded<K> {
    rows: Mutex<Rows<K>>,
    most: usize,
}

#[derive(Debug)]
struct Rows<K> {
    known: HashMap<K, Nanos>,
    others: Option<Nanos>,
}

impl<K> Bounded<K> {
    fn new(most: usize) -> Self {
        Self { rows: Mutex::new(Rows { known: HashMap::new(), others: None }), most }
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Rows<K>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut rows = self.rows();
        if let Some(standing) = rows.known.get_mut(key) {
            let (outcome, next) = measure(Some(*standing))?;
            *standing = next;
            return Ok(outcome);
        }
        if rows.known.len() < self.most {
            let (outcome, next) = measure(None)?;
            rows.known.insert(key.clone(), next);
            return Ok(outcome);
        }
        let (outcome, next) = measure(rows.others)?;
        rows.others = Some(next);
        Ok(outcome)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Bounded<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.rows().known.retain(|_, standing| *standing > drop_below);
    }

    fn shrink_to_fit(&self) {
        self.rows().known.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.rows().known.len()
    }

    fn is_empty(&self) -> bool {
        self.rows().known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::types::Timestamp;

    fn limits() -> (Limits, Clock) {
        let clock = Clock::manual(Timestamp::from_millis(1_772_445_600_000));
        (Limits::new(&clock, true), clock)
    }

    fn client(number: u32) -> Client {
        Client::at(IpAddr::from((number + 0x0a00_0000).to_be_bytes()))
    }

    /// How often something can be asked at once.
    fn times(limits: &Limits, client: Client, cost: Cost) -> usize {
        (0..20_000).take_while(|_| limits.visitor(client, cost).is_ok()).count()
    }

    #[test]
    fn a_budget_is_spent_and_comes_back() {
        let (limits, clock) = limits();
        assert_eq!(times(&limits, client(1), Cost::PLAIN), 300);
        assert_eq!(limits.visitor(client(1), Cost::PLAIN), Err(Duration::from_millis(100)));
        assert_eq!(limits.visitor(client(1), Cost::HEAVY), Err(Duration::from_secs(1)), "the wait is the whole wait");
        assert_eq!(limits.visitor(client(2), Cost::PLAIN), Ok(()), "another network is not concerned");
        clock.advance(Duration::from_secs(3));
        assert_eq!(times(&limits, client(1), Cost::PLAIN), 30);
        clock.advance(Duration::from_hours(1));
        assert_eq!(times(&limits, client(1), Cost::HEAVY), 30, "never more than a whole budget");
        clock.advance(Duration::from_hours(1));
        assert_eq!(times(&limits, client(1), Cost::LIGHT), 3_000);
    }

    #[test]
    fn an_account_has_its_own() {
        let (limits, clock) = limits();
        let account = AccountId::new(clock.now());
        let asked = (0..20_000).take_while(|_| limits.account(account, client(1), Cost::PLAIN).is_ok()).count();
        assert_eq!(asked, 1_000);
        assert_eq!(limits.visitor(client(1), Cost::PLAIN), Ok(()));
    }

    #[test]
    fn a_development_store_spares_its_own_machine_only() {
        let (limits, clock) = limits();
        for here in [[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()] {
            assert_eq!(times(&limits, Client::at(here), Cost::HEAVY), 20_000);
        }
        let strict = Limits::new(&clock, false);
        assert_eq!(times(&strict, Client::at([127, 0, 0, 1].into()), Cost::HEAVY), 30);
    }

    #[test]
    fn a_crowd_takes_no_more_memory_and_leaves_those_who_were_there_alone() {
        let (limits, clock) = limits();
        assert_eq!(times(&limits, client(0), Cost::PLAIN), 300);
        let refused = (1..100_000).filter(|number| limits.visitor(client(*number), Cost::HEAVY).is_err()).count();
        assert_eq!(limits.networks.limiter.len(), NETWORKS);
        assert_eq!(refused, 99_999 - (NETWORKS - 1) - 30, "those that find no room share one budget");
        assert_eq!(limits.visitor(client(5), Cost::PLAIN), Ok(()));
        clock.advance(Duration::from_secs(31));
        assert_eq!(limits.visitor(client(200_000), Cost::PLAIN), Ok(()));
        assert_eq!(limits.networks.limiter.len(), 1, "whole budgets are forgotten");
        assert!(limits.networks.limiter.into_state_store().rows().known.capacity() < 100);
    }
}
