//! One case: cut the power somewhere, open what is left, compare, work on. Sometimes cut it again meanwhile.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use hec::store::sealed::Controls;

use super::{
    disk::{CUTS, Disk, Image, Op, Replay},
    rng::Rng,
    workload::{self, Change, Mix, Recorded, Rows},
};

/// Cuts of one workload.
const CUTS_EACH: usize = 40;

pub struct Campaign {
    pub seed: u64,
    pub cases: usize,
    pub mix: Mix,
    pub controls: Controls,
    /// Stop at this many failures.
    pub enough: usize,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub cases: usize,
    pub twice: usize,
    pub failures: Vec<String>,
}

impl Campaign {
    pub fn run(&self) -> Outcome {
        let mut outcome = Outcome::default();
        for nth in 0.. {
            if outcome.cases >= self.cases || outcome.failures.len() >= self.enough {
                break;
            }
            let seed = self.seed + nth;
            let recorded = quietly(|| workload::record(seed, self.mix, self.controls));
            match recorded {
                Ok(recorded) => self.cuts(seed, &recorded, &mut outcome),
                Err(error) => {
                    outcome.cases += 1;
                    outcome.failures.push(format!("HEC_CRASH_SEED={seed}: the workload itself: {error}"));
                }
            }
        }
        outcome
    }

    fn cuts(&self, seed: u64, recorded: &Recorded, outcome: &mut Outcome) {
        let mut rng = Rng::new(!seed);
        let mut places: Vec<usize> = (0..CUTS_EACH).map(|_| place(&recorded.log, &recorded.deaths, &mut rng)).collect();
        places.sort_unstable();
        let mut replay = Replay::new(recorded.start.clone(), &recorded.log);
        for at in places {
            if outcome.cases >= self.cases || outcome.failures.len() >= self.enough {
                return;
            }
            let cut = *rng.pick(&CUTS);
            let image = replay.cut(at, cut, &mut rng);
            outcome.cases += 1;
            let told = |error: io::Error| format!("HEC_CRASH_SEED={seed}: {cut:?} before operation {at}: {error}");
            match quietly(|| survive(image.clone(), &recorded.allowed(at), self.controls)) {
                Err(error) => outcome.failures.push(told(error)),
                Ok(recovery) if rng.one_in(3) => {
                    outcome.twice += 1;
                    if let Err(error) = self.cut_again(&image, &recovery, &mut rng) {
                        outcome.failures.push(told(error));
                    }
                }
                Ok(_) => {}
            }
        }
    }

    /// Power fails again, in the middle of opening or of the first write.
    fn cut_again(&self, image: &Image, recovery: &Recovery, rng: &mut Rng) -> io::Result<()> {
        let at = place(&recovery.log, &[], rng);
        let cut = *rng.pick(&CUTS);
        let again = Replay::new(image.clone(), &recovery.log).cut(at, cut, rng);
        let allowed = match at {
            _ if at < recovery.opened => recovery.allowed.clone(),
            _ if at < recovery.written => vec![recovery.found.clone(), recovery.more.clone()],
            _ => vec![recovery.more.clone()],
        };
        quietly(|| survive(again, &allowed, self.controls))
            .map(drop)
            .map_err(|error| io::Error::other(format!("then {cut:?} before operation {at} of the recovery: {error}")))
    }
}

/// Half of all cuts are at syncs, where the most is pending; some soon after a process died.
fn place(log: &[Op], deaths: &[usize], rng: &mut Rng) -> usize {
    if rng.one_in(2) {
        let syncs: Vec<usize> = (0..log.len()).filter(|at| matches!(log[*at], Op::Sync)).collect();
        if !syncs.is_empty() {
            return *rng.pick(&syncs);
        }
    }
    if !deaths.is_empty() && rng.one_in(4) {
        return (rng.pick(deaths) + rng.below(30)).min(log.len());
    }
    rng.below(log.len() + 1)
}

/// What surviving one cut wrote.
struct Recovery {
    log: Vec<Op>,
    allowed: Vec<Arc<Rows>>,
    found: Arc<Rows>,
    opened: usize,
    more: Arc<Rows>,
    written: usize,
}

/// Opens an image, which must hold exactly one of the allowed rows, whole and sound, and take another write.
fn survive(image: Image, allowed: &[Arc<Rows>], controls: Controls) -> io::Result<Recovery> {
    let disk = Disk::with(image);
    let mut db = workload::open(&disk, controls)?;
    let rows = workload::rows(&db)?;
    let found = allowed.iter().find(|allowed| ***allowed == rows).cloned();
    let found = found.ok_or_else(|| io::Error::other("an acknowledged commit is lost, or half a commit is there"))?;
    let opened = disk.now();
    if !db.check_integrity().map_err(io::Error::other)? {
        return Err(io::Error::other("redb had to repair it"));
    }
    let change: Change = ((0, u64::MAX), Some(vec![1; 700]));
    workload::write(&db, std::slice::from_ref(&change), true, true)?;
    let written = disk.now();
    let more = Arc::new(workload::apply(&found, &[change]));
    workload::same(&workload::rows(&db)?, &more, "the write after is not there")?;
    drop(db);
    Ok(Recovery { log: disk.log(), allowed: allowed.to_vec(), found, opened, more, written })
}

/// Runs something that may panic, where that is a failure like any other.
pub fn quietly<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(io::Error::other("it panicked")))
}

/// A number from the environment.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect(name))
}
