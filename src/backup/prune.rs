//! Which backups are kept, and the removal of the others with every piece that no backup names any more.

use std::{collections::HashSet, time::Duration};

use jiff::{ToSpan, tz::TimeZone};

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

use super::{
    Place,
    destinations::Keep,
    format::{self, Head, blob_path, head_path, list_parts, pack_path, parts},
};

/// The newest ones are kept, whenever they were made: the last may turn out to be of something gone wrong.
const NEWEST: usize = 3;
/// What no backup names is left alone for so long: another run may be about to name it.
const YOUNG: Duration = Duration::from_hours(24);

/// What was removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// Backups.
    pub backups: usize,
    /// Objects that no backup names.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// The names of the backups that are kept, of all, the newest first: the three newest, and the newest of each of the last
/// days, weeks and months that have one (UTC). Which is newer is not asked of clocks: one may have stood in another year.
pub fn kept(newest_first: &[(String, Timestamp)], keep: Keep) -> HashSet<String> {
    let mut kept: HashSet<String> = newest_first.iter().take(NEWEST).map(|(name, _)| name.clone()).collect();
    let date = |at: Timestamp| at.date_in(&TimeZone::UTC).civil();
    type Span = fn(jiff::civil::Date) -> String;
    let spans: [(u32, Span); 3] = [
        (keep.days, |date| date.to_string()),
        (keep.weeks, |date| {
            let monday = date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
            monday.unwrap_or(date).to_string()
        }),
        (keep.months, |date| date.strftime("%Y-%m").to_string()),
    ];
    for (most, span) in spans {
        let mut seen = HashSet::new();
        for (name, at) in newest_first {
            let of = span(date(*at));
            if seen.len() < most as usize && seen.insert(of) {
                kept.insert(name.clone());
            }
        }
    }
    kept
}

/// Removes what is old. A head goes first, then what only it named; so a run that is cut off leaves pieces too many, and
/// never a backup with one too few. What is `pinned` stays. Where a list can't be read nothing is removed but heads: what
/// it names is not known.
///
/// # Errors
/// `Refused`, with the destination's name; also where a list or a head can't be read.
pub fn prune(place: &Place, keep: Keep, pinned: &HashSet<String>, now: Timestamp) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    if place.is_append_only() {
        return Ok(pruned);
    }
    let (heads, damaged) = format::heads(place)?;
    let made: Vec<_> = heads.iter().map(|head| (head.name.clone(), head.made)).collect();
    let mut kept = kept(&made, keep);
    kept.extend(pinned.iter().cloned());
    let (stays, goes): (Vec<Head>, Vec<Head>) = heads.into_iter().partition(|head| kept.contains(&head.name));
    for head in &goes {
        place.remove(&head_path(&head.name))?;
        for (path, _) in list_parts(head) {
            place.remove(&path)?;
        }
        pruned.backups += 1;
    }
    let mut wanted = HashSet::new();
    for head in &stays {
        let list = format::get_list(place, head)?;
        wanted.extend(list.packs.iter().map(|pack| pack_path(&pack.name)));
        wanted.extend(list.blobs.iter().flat_map(|blob| parts(&blob_path(blob.id), blob.bytes)).map(|(path, _)| path));
        wanted.extend(list_parts(head).into_iter().map(|(path, _)| path));
        wanted.insert(head_path(&head.name));
    }
    if let Some(one) = damaged.first() {
        return Err(Error::Refused(format!(
            "{}: the head of {one} can't be read, and what it names is not known. It is damaged, or of a later version of \
             HEC: remove backups/{one} by hand only where no later version made it",
            place.name()
        )));
    }
    let mut folders = vec!["packs".to_owned()];
    folders.extend(place.folders("blobs")?.into_iter().map(|shard| format!("blobs/{shard}")));
    folders.extend(place.folders("backups")?.into_iter().map(|name| format!("backups/{name}")));
    for folder in folders {
        for object in place.objects(&folder)? {
            let path = format!("{folder}/{}", object.name);
            if !wanted.contains(&path) && now.since(object.written) > YOUNG {
                place.remove(&path)?;
                pruned.objects += 1;
                pruned.bytes += object.bytes;
            }
        }
    }
    Ok(pruned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_days_weeks_and_months_are_kept() {
        let day = |number: i64| Timestamp::from_millis(1_772_445_600_000 + number * 86_400_000);
        // Two a day, for 400 days.
        let made: Vec<_> = (0..800).rev().map(|number| (format!("{number:04}"), day(number / 2))).collect();
        let kept = kept(&made, Keep { days: 7, weeks: 4, months: 6 });
        let mut names: Vec<_> = kept.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names.last(), Some(&"0799"), "the newest");
        let last_of_a_day = |name: &&&str| name.ends_with(['1', '3', '5', '7', '9']);
        assert_eq!(
            names.iter().filter(|name| !last_of_a_day(name)).collect::<Vec<_>>(),
            [&"0798"],
            "one of the newest"
        );
        // Seven days, three more weeks at least, and months before those.
        assert!((14..=18).contains(&names.len()), "{names:?}");
        assert!(names[0] > "0420", "nothing older than six months: {names:?}");
        assert_eq!(super::kept(&made[..1], Keep { days: 1, weeks: 0, months: 0 }).len(), 1);
        assert!(super::kept(&[], Keep::default()).is_empty());
    }

    #[test]
    fn a_clock_that_was_years_ahead_once_keeps_nothing_from_being_the_newest() {
        let day = |number: i64| Timestamp::from_millis(1_772_445_600_000 + number * 86_400_000);
        let made: Vec<_> = (0..20)
            .rev()
            .map(|number| (format!("{number:02}"), day(if number == 3 { 2_000 } else { number })))
            .collect();
        let kept = kept(&made, Keep { days: 5, weeks: 0, months: 0 });
        let mut names: Vec<_> = kept.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["15", "16", "17", "18", "19"]);
    }
}
