//! Group commit: writers that wait share one sync, and nothing else.

use std::sync::mpsc;

use futures_util::future::{join_all, poll_immediate};
use hec::error::{Error, Result};

use super::{CELLS, cell, new};

/// Waits for a future, as a request does.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(tokio::task::unconstrained(future))
}

/// Hands in `count` writes while the writer's thread is held up, so that all of them wait; then lets it go.
/// Returns their answers, and how many commits they took.
async fn together(
    db: &hec::store::Db,
    count: u64,
    work: impl Fn(u64, &mut hec::store::Write) -> Result<u64> + Clone + Send + 'static,
) -> (Vec<Result<u64>>, u64) {
    let (started, running) = mpsc::channel();
    let (release, held) = mpsc::channel::<()>();
    let mut first = Box::pin(db.write(move |_| {
        started.send(()).unwrap();
        held.recv().unwrap();
        Ok(())
    }));
    assert!(poll_immediate(&mut first).await.is_none());
    running.recv().unwrap();
    let before = db.commits();
    let mut waiting: Vec<_> = (0..count)
        .map(|number| {
            let work = work.clone();
            Box::pin(db.write(move |tx| work(number, tx)))
        })
        .collect();
    for write in &mut waiting {
        assert!(poll_immediate(write).await.is_none());
    }
    release.send(()).unwrap();
    first.await.unwrap();
    let answers = join_all(waiting).await;
    // The one that held the writer up is a commit of its own.
    (answers, db.commits() - before - 1)
}

#[test]
fn a_hundred_that_wait_share_one_commit() {
    let (_folder, store) = new();
    let (answers, commits) = wait(together(&store.db, 100, |number, tx| {
        tx.put(&CELLS, &(1, number), &cell(number));
        Ok(number)
    }));
    assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    assert_eq!(commits, 1);
    assert_eq!(store.db.read(|tx| Ok(tx.under(&CELLS, &()).count())).unwrap(), 100);
}

#[test]
fn a_group_is_bounded() {
    let (_folder, store) = new();
    let (answers, commits) = wait(together(&store.db, 700, |number, _| Ok(number)));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(commits, 2);
}

#[test]
fn who_fails_in_a_group_leaves_nothing_and_harms_nobody() {
    let (_folder, store) = new();
    let (answers, commits) = wait(together(&store.db, 90, |number, tx| {
        // Everybody sees what those before have kept, and nothing of those that failed.
        let seen = tx.under(&CELLS, &(1u8,)).count() as u64;
        tx.put(&CELLS, &(1, number), &cell(seen));
        tx.put(&CELLS, &(2, number), &cell(seen));
        tx.remove(&CELLS, &(3, 0));
        match number % 3 {
            0 => Ok(seen),
            1 => Err(Error::Stale),
            _ => std::panic::resume_unwind(Box::new("on purpose")),
        }
    }));
    assert_eq!(commits, 1);
    for (number, answer) in answers.iter().enumerate() {
        match number % 3 {
            0 => assert_eq!(*answer.as_ref().unwrap(), number as u64 / 3),
            1 => assert!(matches!(answer, Err(Error::Stale))),
            _ => assert!(matches!(answer, Err(Error::Internal(_)))),
        }
    }
    let kept = store.db.read(|tx| tx.under(&CELLS, &()).map(|row| Ok(row?.0)).collect::<Result<Vec<_>>>()).unwrap();
    let thirds = |group| (0..90).step_by(3).map(move |number| (group, number));
    assert_eq!(kept, thirds(1).chain(thirds(2)).collect::<Vec<_>>());
}

#[test]
fn a_write_stands_when_whoever_asked_has_gone() {
    let (_folder, store) = new();
    let (release, held) = mpsc::channel::<()>();
    wait(async {
        let mut asked = Box::pin(store.db.write(move |tx| {
            held.recv().unwrap();
            tx.put(&CELLS, &(1, 1), &cell(1));
            Ok(())
        }));
        assert!(poll_immediate(&mut asked).await.is_none());
    });
    release.send(()).unwrap();
    // The next write waits for the commit before it.
    store.db.write_blocking(|_| Ok(())).unwrap();
    assert!(store.db.read(|tx| tx.has(&CELLS, &(1, 1))).unwrap());
}

#[test]
fn the_moment_is_one_for_a_whole_transaction() {
    let (_folder, store) = new();
    let clock = store.db.clock().clone();
    let (before, after) = store
        .db
        .write_blocking(move |tx| {
            let before = tx.now();
            clock.advance(std::time::Duration::from_secs(5));
            Ok((before, tx.now()))
        })
        .unwrap();
    assert_eq!(before, after);
    assert_eq!(store.db.read(|tx| Ok(tx.now())).unwrap(), before.plus(std::time::Duration::from_secs(5)));
}

#[test]
fn a_write_of_more_than_memory_should_hold_is_kept_whole_or_not_at_all() {
    const MANY: u64 = 80_000;
    let (folder, store) = new();
    let first = store.db.write_blocking(|tx| {
        tx.put(&CELLS, &(9, 9), &cell(9));
        Ok(())
    });
    first.unwrap();
    let fill = |tx: &mut hec::store::Write| {
        for number in 0..MANY {
            tx.put(&CELLS, &(1, number), &cell(number));
            tx.settle()?;
        }
        // What was handed on is seen like what was not.
        assert!(tx.has(&CELLS, &(1, 0))? && tx.has(&CELLS, &(1, MANY - 1))?);
        Ok(())
    };
    let count = |store: &hec::store::Store| store.db.read(|tx| Ok(tx.under(&CELLS, &()).count() as u64)).unwrap();
    let refused: Result<()> = store.db.write_much(move |tx| {
        fill(tx)?;
        Err(Error::NotFound("cell"))
    });
    assert!(matches!(refused, Err(Error::NotFound("cell"))));
    let panicked: Result<()> = store.db.write_much(move |tx| {
        fill(tx)?;
        panic!("in the middle of it")
    });
    assert!(panicked.is_err());
    assert_eq!(count(&store), 1);
    store.db.write_much(fill).unwrap();
    assert_eq!(count(&store), MANY + 1);
    store.db.write_blocking(|tx| tx.remove_under(&CELLS, &(1_u8,), 10).map(|removed| assert_eq!(removed, 10))).unwrap();
    store.db.close();
    drop(store);
    assert_eq!(count(&super::reopen(folder.path(), &[]).unwrap()), MANY - 9);
}
