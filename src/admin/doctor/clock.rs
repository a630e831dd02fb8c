//! The time: whether the machine's clock can be right, and how old this program is.

use std::{path::Path, time::Duration};

use jiff::tz::TimeZone;

use crate::types::Timestamp;

use super::{Check, days};

const DAY: Duration = Duration::from_hours(24);
/// No build is used for longer than this; a clock that says so is more likely wrong.
const AHEAD: Duration = Duration::from_hours(24 * 365 * 3);
/// Corrections come at least this often.
const OLD: u64 = 90;
/// What nobody should run.
const VERY_OLD: u64 = 365;

/// Whether systemd has set the clock by the network; none where it is not the one that does.
pub fn synchronised() -> Option<bool> {
    let state = Path::new("/run/systemd/timesync");
    state.is_dir().then(|| state.join("synchronized").exists())
}

/// Whether the clock can be right.
pub fn clock(now: Timestamp, built: Timestamp, synchronised: Option<bool>) -> Check {
    let (says, made) = (day(now), day(built));
    let mend = "set it, or have it set by the network: timedatectl set-ntp true";
    if now < built {
        return Check::fail("clock", format!("it says {says}, which is before this program was built ({made})"))
            .mend(mend);
    }
    if is_dated(built) && now.since(built) > AHEAD {
        return Check::warn("clock", format!("it says {says}, years after this program was built ({made})"))
            .mend(format!("look whether that is right; if it is not, {mend}"));
    }
    match synchronised {
        Some(false) => Check::warn("clock", format!("it says {now}, but the network has not set it yet"))
            .mend(format!("compare it with another clock; {mend}")),
        Some(true) => Check::ok("clock", format!("it says {now}, and is set by the network")),
        None => Check::ok("clock", format!("it says {now}")),
    }
}

/// Whether the build says when it was; one that was made without a date says 1970.
fn is_dated(built: Timestamp) -> bool {
    built.millis() > 0
}

/// For how many days this program has been too old to be left alone; none while it is young enough, or where that can't
/// be told.
pub fn overdue(now: Timestamp, built: Timestamp) -> Option<u64> {
    let age = if is_dated(built) && now >= built { now.since(built).as_secs() / DAY.as_secs() } else { 0 };
    (age > OLD).then_some(age)
}

/// How old this program is. It says so by itself, since it asks nobody whether there is a newer one.
pub fn age(now: Timestamp, built: Timestamp) -> Check {
    if !is_dated(built) {
        let found = format!("version {}, built without a date: how old it is can't be told", env!("CARGO_PKG_VERSION"));
        return Check::warn("build", found)
            .mend("use a build that knows when it was made, or look for a newer version yourself");
    }
    let made = format!("version {}, built on {}", env!("CARGO_PKG_VERSION"), day(built));
    if now < built {
        return Check::ok("build", made);
    }
    let age = now.since(built).as_secs() / DAY.as_secs();
    let found = format!("{made}, {} ago", days(age));
    let mend = "look whether there is a newer version: weaknesses that became known since are mended there";
    if age > VERY_OLD {
        Check::warn("build", format!("{found}: more than a year is too old for what can be reached by others"))
            .mend(mend)
    } else if age > OLD {
        Check::warn("build", found).mend(mend)
    } else {
        Check::ok("build", found)
    }
}

fn day(at: Timestamp) -> String {
    at.date_in(&TimeZone::UTC).to_string()
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    const BUILT: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn after(days: u64) -> Timestamp {
        BUILT.plus(DAY * u32::try_from(days).unwrap_or(u32::MAX))
    }

    #[test]
    fn a_clock_before_the_build_is_wrong_and_one_years_after_it_suspicious() {
        let before = Timestamp::from_millis(BUILT.millis() - 1);
        let state = |now, synchronised| clock(now, BUILT, synchronised).state;
        assert_eq!(state(before, Some(true)), State::Fail);
        assert_eq!(state(BUILT, None), State::Ok);
        assert_eq!(state(after(1), Some(true)), State::Ok);
        assert_eq!(state(after(1), Some(false)), State::Warn);
        assert_eq!(state(after(3 * 365), Some(true)), State::Ok);
        assert_eq!(state(after(3 * 365 + 1), Some(true)), State::Warn);
    }

    #[test]
    fn a_build_tells_its_age() {
        let state = |days| age(after(days), BUILT).state;
        assert_eq!([state(0), state(90), state(91), state(366)], [State::Ok, State::Ok, State::Warn, State::Warn]);
        assert!(age(after(91), BUILT).found.ends_with("91 days ago"));
        assert!(age(after(366), BUILT).found.contains("more than a year"));
        let unknown = age(Timestamp::from_millis(0), BUILT);
        assert_eq!((unknown.state, unknown.found.contains("ago")), (State::Ok, false), "the clock has its own check");
    }

    #[test]
    fn a_build_without_a_date_says_that_its_age_is_not_known() {
        let undated = Timestamp::from_millis(0);
        let check = age(after(10), undated);
        assert_eq!((check.state, check.found.contains("1970")), (State::Warn, false), "{}", check.found);
        assert_eq!(overdue(after(10), undated), None);
        assert_eq!(clock(after(10), undated, None).state, State::Ok, "the clock can't be judged by it");
    }

    #[test]
    fn a_build_is_overdue_after_ninety_days() {
        assert_eq!([overdue(after(90), BUILT), overdue(after(91), BUILT)], [None, Some(91)]);
        assert_eq!(overdue(Timestamp::from_millis(0), BUILT), None, "a clock that was never set");
    }
}
