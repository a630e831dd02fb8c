//! What the photos of families take, and whether that is counted rightly.

use crate::{
    admin::families::{Seen, seen},
    config::Config,
    entries::space::{self, Level},
    error::Result,
    store::Store,
    types::{Amount, reference},
};

use super::Check;

/// The check's name.
const NAME: &str = "families";

/// How many families there are, how much their photos take, and whether one has no room left; where `counts`, the
/// counts are held against what the rows say, which reads all of them.
pub fn families(store: &Store, config: &Config, counts: bool) -> Check {
    let looked = store.db.read(|tx| {
        let wrong = if counts { space::miscounted(tx)?.into_iter().collect() } else { Vec::new() };
        Ok((seen(tx, config.family_allowance)?, wrong))
    });
    let all: Result<Vec<Seen>> = match looked {
        Ok((_, wrong)) if !wrong.is_empty() => {
            let named: Vec<String> = wrong.iter().take(8).map(reference).collect();
            return Check::fail(
                NAME,
                format!("what the photos of {} take is counted wrongly: {}", count(wrong.len()), named.join(", ")),
            )
            .mend("hec allowance recount; and tell whoever makes HEC, since it should not happen");
        }
        looked => looked.map(|(all, _)| all),
    };
    match all {
        Ok(all) => Check::ok(NAME, found(&all)),
        Err(error) => Check::fail(NAME, error.to_string()).mend("look at what is said of the store"),
    }
}

fn found(all: &[Seen]) -> String {
    let taken = Amount(all.iter().map(|seen| seen.space.used.0).sum());
    let full = all.iter().filter(|seen| seen.space.level() == Level::Full).count();
    let mut found = format!("{}, whose photos take {taken}", count(all.len()));
    if full > 0 {
        found.push_str(&format!("; {full} of them has no room left within its allowance"));
    } else if all.len() > 1 && all.iter().all(|seen| seen.space.allowance.is_none()) {
        found.push_str("; none has an allowance, so one could fill the disk for all");
    }
    found
}

fn count(families: usize) -> String {
    if families == 1 { "1 family".to_owned() } else { format!("{families} families") }
}
