//! So many connections at a time, in all and from one network. When all places are taken, whoever has been waiting
//! longest without asking for anything makes room: a crowd of silent connections keeps nobody out. Where everybody is
//! busy, the network that has most places gives up its oldest.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::activity::Activity;

/// The places of a server.
#[derive(Debug)]
pub struct Places {
    most: usize,
    per_network: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    by_id: HashMap<u64, Holder>,
    by_network: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Holder {
    network: Option<IpAddr>,
    activity: Arc<Activity>,
    leave: CancellationToken,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    id: u64,
    places: Arc<Places>,
    /// What happens on the connection.
    pub activity: Arc<Activity>,
    /// Cancelled when the place is needed.
    pub leave: CancellationToken,
}

impl Places {
    /// So many in all; so many from one network.
    pub fn new(most: usize, per_network: usize) -> Self {
        Self { most, per_network, taken: Mutex::default() }
    }

    /// A place for a connection; none where every other is busy. Without a network it counts in all only.
    pub fn take(places: &Arc<Self>, network: Option<IpAddr>) -> Option<Place> {
        let mut taken = places.taken();
        let crowded = network.filter(|one| taken.by_network.get(one).is_some_and(|&count| count >= places.per_network));
        if crowded.is_some() || taken.by_id.len() >= places.most {
            taken.make_room(crowded, network)?;
        }
        let (activity, leave) = (Activity::new(), CancellationToken::new());
        let id = taken.next;
        taken.next += 1;
        if let Some(network) = network {
            *taken.by_network.entry(network).or_default() += 1;
        }
        taken.by_id.insert(id, Holder { network, activity: activity.clone(), leave: leave.clone() });
        metrics::gauge!("hec_connections").increment(1.0);
        drop(taken);
        Some(Place { id, places: places.clone(), activity, leave })
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Sends away who has been quiet longest, of this network or of all; where everybody is busy, the oldest of the
    /// network that has most. None where that is the newcomer's own, or has no more than the newcomer's would.
    fn make_room(&mut self, of: Option<IpAddr>, newcomer: Option<IpAddr>) -> Option<()> {
        let quiet = self.by_id.iter().filter(|(_, holder)| of.is_none() || holder.network == of);
        let quiet = quiet.filter_map(|(id, holder)| holder.activity.quiet_since().map(|since| (since, *id)));
        let longest = match quiet.min() {
            Some((_, longest)) => longest,
            None if of.is_some() => return None,
            None => self.oldest_of_most(newcomer)?,
        };
        let holder = self.remove(longest)?;
        holder.leave.cancel();
        metrics::counter!("hec_connections_evicted_total").increment(1);
        Some(())
    }

    fn oldest_of_most(&self, newcomer: Option<IpAddr>) -> Option<u64> {
        let (most, &count) = self.by_network.iter().max_by_key(|(_, count)| **count)?;
        let own = newcomer.and_then(|network| self.by_network.get(&network)).copied().unwrap_or_default();
        let theirs = self.by_id.iter().filter(|(_, holder)| holder.network == Some(*most)).map(|(id, _)| *id);
        // Numbers are given in order.
        theirs.min().filter(|_| count > own + 1)
    }

    fn remove(&mut self, id: u64) -> Option<Holder> {
        let holder = self.by_id.remove(&id)?;
        metrics::gauge!("hec_connections").decrement(1.0);
        if let Some(network) = holder.network
            && let Some(count) = self.by_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.by_network.remove(&network);
            }
        }
        Some(holder)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().remove(self.id);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ANA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const BEN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn whoever_was_quiet_longest_makes_room() {
        let places = Arc::new(Places::new(3, 3));
        let held: Vec<Place> = (0..3).map(|_| Places::take(&places, Some(ANA)).unwrap()).collect();
        let running = held[0].activity.begin();
        let newcomer = Places::take(&places, Some(BEN)).unwrap();
        let left: Vec<bool> = held.iter().map(|place| place.leave.is_cancelled()).collect();
        assert_eq!(left, [false, true, false], "the first one is busy");
        assert_eq!(places.taken().by_network[&ANA], 2);
        drop((held, newcomer, running));
        assert!(places.taken().by_id.is_empty() && places.taken().by_network.is_empty());
    }

    #[test]
    fn who_is_served_is_sent_away_only_where_a_network_has_most_places() {
        let places = Arc::new(Places::new(3, 3));
        let held: Vec<Place> = (0..3).map(|_| Places::take(&places, Some(ANA)).unwrap()).collect();
        let _running: Vec<_> = held.iter().map(|place| place.activity.begin()).collect();
        assert!(Places::take(&places, Some(ANA)).is_none(), "its own places are full");
        let ben = Places::take(&places, Some(BEN)).unwrap();
        let _busy = ben.activity.begin();
        let left: Vec<bool> = held.iter().map(|place| place.leave.is_cancelled()).collect();
        assert_eq!(left, [true, false, false], "the oldest of those who have most");
        assert!(Places::take(&places, Some(BEN)).is_none(), "two and two would be no fairer");
    }

    #[test]
    fn a_network_fills_only_its_own_places() {
        let places = Arc::new(Places::new(8, 2));
        let ben = Places::take(&places, Some(BEN)).unwrap();
        let crowd: Vec<Place> = (0..5).map(|_| Places::take(&places, Some(ANA)).unwrap()).collect();
        assert!(!ben.leave.is_cancelled());
        assert_eq!(crowd.iter().filter(|place| !place.leave.is_cancelled()).count(), 2);
        let proxy: Vec<Place> = (0..5).map(|_| Places::take(&places, None).unwrap()).collect();
        assert!(proxy.iter().all(|place| !place.leave.is_cancelled()), "many may stand behind a trusted one");
    }
}
