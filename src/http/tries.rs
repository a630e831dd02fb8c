//! Throttling of guesses: a pause that doubles with every wrong one. It knows nothing of what is guessed.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::firewall::Client;

/// So many wrong guesses cost nothing: people mistype.
const FREE: u32 = 3;
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(15);
/// How many clients are remembered. Beyond, all others share one account.
const CLIENTS: usize = 1024;

/// Wrong guesses by client.
#[derive(Debug, Default)]
pub struct Tries {
    wrong: HashMap<Client, Wrong>,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    until: Instant,
}

impl Tries {
    /// Counts a guess as wrong before it is made, so that guesses made at once are all counted.
    ///
    /// # Errors
    /// How long to wait, where it is too early.
    pub fn begin(&mut self, client: Client, now: Instant) -> Result<(), Duration> {
        let client = self.slot(client, now);
        let wrong = self.wrong.entry(client).or_insert(Wrong { count: 0, until: now });
        if wrong.until > now {
            return Err(wrong.until - now);
        }
        wrong.count = wrong.count.saturating_add(1);
        wrong.until = now + pause(wrong.count);
        Ok(())
    }

    /// Takes back a guess that was not made after all.
    pub fn undo(&mut self, client: Client, now: Instant) {
        if let Some(wrong) = self.wrong.get_mut(&client) {
            wrong.count = wrong.count.saturating_sub(1);
            wrong.until = now;
        }
    }

    /// Forgets what a client guessed before it was right.
    pub fn right(&mut self, client: Client) {
        self.wrong.remove(&client);
    }

    fn slot(&mut self, client: Client, now: Instant) -> Client {
        if self.wrong.len() >= CLIENTS && !self.wrong.contains_key(&client) {
            // What has long been quiet may be forgotten.
            self.wrong.retain(|_, wrong| now.saturating_duration_since(wrong.until) < LONGEST);
            if self.wrong.len() >= CLIENTS {
                return Client::OTHERS;
            }
        }
        client
    }
}

fn pause(count: u32) -> Duration {
    match count.checked_sub(FREE) {
        None | Some(0) => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << over.min(12)).min(LONGEST),
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn at(text: &str) -> Client {
        text.parse().map_or(Client::OTHERS, Client::at)
    }

    #[test]
    fn a_guess_costs_more_each_time_and_a_right_one_clears_it() {
        let (mut tries, mut now, who) = (Tries::default(), Instant::now(), at("192.0.2.1"));
        for _ in 0..FREE {
            assert_eq!(tries.begin(who, now), Ok(()));
        }
        let mut pauses = Vec::new();
        for _ in 0..14 {
            assert_eq!(tries.begin(who, now), Ok(()));
            let Err(wait) = tries.begin(who, now) else { panic!("no pause") };
            pauses.push(wait.as_secs());
            assert!(tries.begin(who, now + wait - Duration::from_millis(1)).is_err());
            now += wait;
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900]);
        tries.right(who);
        assert_eq!(tries.begin(who, now), Ok(()));
        assert_eq!(tries.begin(who, now), Ok(()));
    }

    #[test]
    fn one_address_does_not_pay_for_another_but_a_network_is_one() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        for _ in 0..=FREE {
            assert_eq!(tries.begin(at("2001:db8::1"), now), Ok(()));
        }
        assert!(tries.begin(at("2001:db8::2"), now).is_err(), "the same network");
        assert_eq!(tries.begin(at("2001:db8:0:1::1"), now), Ok(()));
        assert_eq!(tries.begin(at("192.0.2.1"), now), Ok(()));
    }

    #[test]
    fn a_crowd_of_addresses_takes_no_more_memory() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let mut waiting = 0;
        for number in 0..5_000_u32 {
            waiting += u32::from(tries.begin(Client::at(IpAddr::from(number.to_be_bytes())), now).is_err());
        }
        assert!(tries.wrong.len() <= CLIENTS + 1);
        assert!(waiting > 3_000, "those that are not remembered share one account");
    }
}
