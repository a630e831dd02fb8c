//! Any number of writers against a map: whatever fails leaves nothing, whatever is acknowledged stays.

use std::{
    collections::BTreeMap,
    ops::Bound,
    panic::resume_unwind,
    sync::{Arc, Mutex},
    thread,
};

use hec::{
    error::{Error, Result},
    store::{Db, Read, Table, Write},
};
use proptest::{collection::vec, prelude::*};

use super::{CELLS, Cell, cell, new, reopen};

type Map = BTreeMap<(u8, u64), u64>;

/// How many closures have succeeded so far.
const COUNT: Table<(), Cell> = Table::new("count");
const GROUPS: u8 = 3;

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u64, u64),
    Remove(u8, u64),
    Get(u8, u64),
    All,
    Under(u8),
    From(u8, u64),
    /// The first few only.
    Some(u8, u64, usize),
    Seek(u8, u64),
}

#[derive(Debug, Clone, Copy)]
enum End {
    Keep,
    Fail,
    Panic,
}

#[derive(Debug, Clone)]
struct Closure {
    steps: Vec<Step>,
    end: End,
}

fn step() -> impl Strategy<Value = Step> {
    let (group, number) = (0..GROUPS, 0..220u64);
    prop_oneof![
        5 => (group.clone(), number.clone(), any::<u64>()).prop_map(|(g, n, v)| Step::Put(g, n, v)),
        4 => (group.clone(), number.clone()).prop_map(|(g, n)| Step::Remove(g, n)),
        2 => (group.clone(), number.clone()).prop_map(|(g, n)| Step::Get(g, n)),
        1 => Just(Step::All),
        1 => group.clone().prop_map(Step::Under),
        1 => (group.clone(), number.clone()).prop_map(|(g, n)| Step::From(g, n)),
        1 => (group.clone(), number.clone(), 0..70usize).prop_map(|(g, n, few)| Step::Some(g, n, few)),
        1 => (group, number).prop_map(|(g, n)| Step::Seek(g, n)),
    ]
}

fn closure() -> impl Strategy<Value = Closure> {
    let end = prop_oneof![6 => Just(End::Keep), 2 => Just(End::Fail), 1 => Just(End::Panic)];
    (vec(step(), 0..24), end).prop_map(|(steps, end)| Closure { steps, end })
}

/// What should be in the store, and every state that it went through.
#[derive(Default)]
struct Truth {
    now: Map,
    states: Vec<Map>,
    mismatches: Vec<String>,
}

/// Takes some steps in a transaction and in the map alike.
fn apply(tx: &mut Write, map: &mut Map, steps: &[Step], mismatches: &mut Vec<String>) -> Result<()> {
    for step in steps {
        match *step {
            Step::Put(group, number, value) => {
                tx.put(&CELLS, &(group, number), &cell(value));
                map.insert((group, number), value);
            }
            Step::Remove(group, number) => {
                tx.remove(&CELLS, &(group, number));
                map.remove(&(group, number));
            }
            _ => mismatches.extend(compare(tx, map, step)?),
        }
    }
    Ok(())
}

fn compare(tx: &Read, map: &Map, step: &Step) -> Result<Option<String>> {
    let pair = |row: Result<((u8, u64), Cell)>| row.map(|(key, row)| (key, row.value));
    let range = |group: u8, from: u64| {
        let pairs = map.range((Bound::Included((group, from)), Bound::Excluded((group + 1, 0))));
        pairs.map(|(key, value)| (*key, *value)).collect::<Vec<_>>()
    };
    let (found, expected): (Vec<_>, Vec<_>) = match *step {
        Step::Get(group, number) => {
            let key = (group, number);
            let row = tx.get(&CELLS, &key)?;
            if tx.has(&CELLS, &key)? != row.is_some() {
                return Ok(Some(format!("{step:?}: has and get differ")));
            }
            (
                row.map(|row| (key, row.value)).into_iter().collect(),
                map.get_key_value(&key).map(|(k, v)| (*k, *v)).into_iter().collect(),
            )
        }
        Step::Under(group) => (tx.under(&CELLS, &(group,)).map(pair).collect::<Result<_>>()?, range(group, 0)),
        Step::From(group, from) => {
            (tx.from(&CELLS, &(group,), &(group, from)).map(pair).collect::<Result<_>>()?, range(group, from))
        }
        Step::Some(group, from, few) => (
            tx.from(&CELLS, &(group,), &(group, from)).take(few).map(pair).collect::<Result<_>>()?,
            range(group, from).into_iter().take(few).collect(),
        ),
        Step::Seek(group, from) => (
            tx.seek(&CELLS, &(group,), &(group, from))?.map(|(key, row)| (key, row.value)).into_iter().collect(),
            range(group, from).into_iter().take(1).collect(),
        ),
        _ => (tx.under(&CELLS, &()).map(pair).collect::<Result<_>>()?, map.iter().map(|(k, v)| (*k, *v)).collect()),
    };
    Ok((found != expected).then(|| format!("{step:?}: found {found:?}, expected {expected:?}")))
}

/// The closure that a writer hands in. The map follows in the order in which closures run.
fn work(closure: Closure, truth: Arc<Mutex<Truth>>) -> impl FnOnce(&mut Write) -> Result<u64> + Send + 'static {
    move |tx| {
        let mut map = truth.lock().unwrap().now.clone();
        let mut mismatches = Vec::new();
        apply(tx, &mut map, &closure.steps, &mut mismatches)?;
        mismatches.extend(compare(tx, &map, &Step::All)?);
        let mut truth = truth.lock().unwrap();
        truth.mismatches.append(&mut mismatches);
        match closure.end {
            End::Fail => return Err(Error::Stale),
            End::Panic => {
                drop(truth);
                // As a panic, but without its words on standard error.
                resume_unwind(Box::new("on purpose"));
            }
            End::Keep => {}
        }
        truth.now = map.clone();
        truth.states.push(map);
        let count = truth.states.len() as u64 - 1;
        tx.put(&COUNT, &(), &cell(count));
        Ok(count)
    }
}

/// The answer fits the closure's end; what was acknowledged is seen by every later snapshot.
fn check(db: &Db, end: End, answer: &Result<u64>) -> Result<(), String> {
    match (end, answer) {
        (End::Keep, Ok(count)) => {
            let seen = db.read(|tx| Ok(tx.get(&COUNT, &())?.map(|row| row.value))).map_err(|e| e.to_string())?;
            if seen < Some(*count) { Err(format!("{count} is acknowledged, and {seen:?} is seen")) } else { Ok(()) }
        }
        (End::Fail, Err(Error::Stale)) | (End::Panic, Err(Error::Internal(_))) => Ok(()),
        (end, answer) => Err(format!("{end:?} was answered with {answer:?}")),
    }
}

/// One snapshot, read twice: the same state both times, and one that the store was in.
fn look(db: &Db, truth: &Mutex<Truth>) -> Result<(), String> {
    let all =
        |tx: &Read| tx.under(&CELLS, &()).map(|row| row.map(|(key, row)| (key, row.value))).collect::<Result<Map>>();
    let (count, first, second) = db
        .read(|tx| {
            let first = all(tx)?;
            thread::yield_now();
            Ok((tx.get(&COUNT, &())?.map_or(0, |row| row.value), first, all(tx)?))
        })
        .map_err(|error| error.to_string())?;
    if first != second {
        return Err("a snapshot changed while it was read".to_owned());
    }
    let truth = truth.lock().unwrap();
    if truth.states[count as usize] == first { Ok(()) } else { Err(format!("a snapshot differs from state {count}")) }
}

/// A store with some rows in it, and the same in a map.
fn filled(db: &Db, rows: u64) -> Arc<Mutex<Truth>> {
    let map: Map = (0..rows).map(|number| ((1, number), number)).collect();
    let given = map.clone();
    db.write_blocking(move |tx| {
        given.iter().for_each(|(key, value)| tx.put(&CELLS, key, &cell(*value)));
        tx.put(&COUNT, &(), &cell(0));
        Ok(())
    })
    .unwrap();
    Arc::new(Mutex::new(Truth { now: map.clone(), states: vec![map], mismatches: Vec::new() }))
}

/// Nothing differed on the way, and after the store was closed and opened it holds what the map holds.
fn settle(folder: &tempfile::TempDir, truth: &Mutex<Truth>, errors: Vec<String>) -> Result<(), TestCaseError> {
    let truth = truth.lock().unwrap();
    prop_assert_eq!(&errors, &Vec::<String>::new());
    prop_assert_eq!(&truth.mismatches, &Vec::<String>::new());
    let store = reopen(folder.path(), &[]).unwrap();
    let found = store.db.read(|tx| compare(tx, &truth.now, &Step::All)).unwrap();
    prop_assert_eq!(found, None);
    let count = store.db.read(|tx| tx.get(&COUNT, &())).unwrap();
    prop_assert_eq!(count, Some(cell(truth.states.len() as u64 - 1)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn threads_that_write_together_agree_with_a_map(writers in vec(vec(closure(), 1..10), 2..6), rows in 0..200u64) {
        let (folder, store) = new();
        let truth = filled(&store.db, rows);
        let errors: Vec<String> = thread::scope(|scope| {
            let readers = [0; 2].map(|_| scope.spawn(|| (0..8).filter_map(|_| look(&store.db, &truth).err()).collect::<Vec<_>>()));
            let writers: Vec<_> = writers
                .into_iter()
                .map(|closures| {
                    let (db, truth) = (&store.db, &truth);
                    scope.spawn(move || {
                        let done = closures.into_iter().filter_map(|closure| {
                            let end = closure.end;
                            check(db, end, &db.write_blocking(work(closure, truth.clone()))).err()
                        });
                        done.collect::<Vec<_>>()
                    })
                })
                .collect();
            writers.into_iter().chain(readers).flat_map(|thread| thread.join().unwrap()).collect()
        });
        drop(store);
        settle(&folder, &truth, errors)?;
    }

    #[test]
    fn tasks_that_write_together_agree_with_a_map(closures in vec(closure(), 1..60), rows in 0..200u64) {
        let (folder, store) = new();
        let truth = filled(&store.db, rows);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let errors: Vec<String> = runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for closure in closures {
                let (db, truth) = (store.db.clone(), truth.clone());
                tasks.spawn(async move {
                    let end = closure.end;
                    let answer = db.write(work(closure, truth.clone())).await;
                    check(&db, end, &answer).and_then(|()| look(&db, &truth)).err()
                });
            }
            tasks.join_all().await.into_iter().flatten().collect()
        });
        drop((runtime, store));
        settle(&folder, &truth, errors)?;
    }
}
