//! The database: snapshots for readers, one writer thread that commits in groups.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use redb::{Database, ReadableDatabase};
use tokio::sync::{mpsc, oneshot};

use crate::{
    error::{Error, Result},
    types::Clock,
};

use super::{
    backend::Medium,
    tx::{Batch, Read, Write},
};

/// How many writers may wait before the next one waits for a place in the queue.
const QUEUE: usize = 1024;
/// The most closures that share one transaction and one sync.
const GROUP: usize = 512;

/// The store's rows. Cheap to clone; the last one dropped ends the writer thread.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Box<dyn Job>>,
}

struct Shared {
    /// None between an error of the disk and the next successful opening.
    redb: RwLock<Option<Database>>,
    medium: Medium,
    clock: Clock,
    rows_read: AtomicU64,
    commits: AtomicU64,
}

impl Db {
    /// Starts the writer thread over an open redb.
    pub(super) fn start(redb: Database, medium: Medium, clock: Clock) -> Result<Self> {
        let redb = RwLock::new(Some(redb));
        let shared = Arc::new(Shared { redb, medium, clock, rows_read: AtomicU64::new(0), commits: AtomicU64::new(0) });
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writer = Writer { shared: shared.clone(), jobs };
        thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run())?;
        Ok(Self { shared, queue })
    }

    /// Runs a closure on a snapshot. Short reads only: it runs on the caller's thread.
    ///
    /// # Errors
    /// What the closure says; `Internal` where the store can't be read.
    pub fn read<T>(&self, work: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        let tx = self.shared.with_redb(|redb| redb.begin_read().map_err(Error::internal))?;
        let tx = Read::snapshot(tx, self.shared.clock.now());
        let result = work(&tx);
        self.shared.rows_read.fetch_add(tx.rows_read(), Ordering::Relaxed);
        result
    }

    /// Runs a closure that may change rows, and answers once its changes are on the disk.
    ///
    /// Closures run one after another on the writer's thread; those that wait share one commit. A closure that fails
    /// or panics leaves nothing behind. Nothing slow belongs in here: no hashing, no pictures, no network.
    ///
    /// # Errors
    /// What the closure says; `Full` and `Internal` where the commit fails, and then nothing was kept.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write) -> Result<T> + Send + 'static,
    {
        let answer = self.send(work).await?;
        answer.await.unwrap_or_else(|_| Err(Error::broken("the writer has ended")))
    }

    /// [`Db::write`] for threads that are not async: the command line, tests.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed { work: Some(work), outcome: None, reply };
        self.queue.blocking_send(Box::new(job)).map_err(|_| Error::broken("the writer has ended"))?;
        answer.blocking_recv().unwrap_or_else(|_| Err(Error::broken("the writer has ended")))
    }

    async fn send<T, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed { work: Some(work), outcome: None, reply };
        self.queue.send(Box::new(job)).await.map_err(|_| Error::broken("the writer has ended"))?;
        Ok(answer)
    }

    /// How many rows all snapshots have read since the start.
    pub fn rows_read(&self) -> u64 {
        self.shared.rows_read.load(Ordering::Relaxed)
    }

    /// How many commits were made since the start: fewer than writes, where they came together.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// The clock that transactions take their moment from.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }
}

impl Shared {
    fn with_redb<T>(&self, work: impl FnOnce(&Database) -> Result<T>) -> Result<T> {
        let redb = self.redb.read().unwrap_or_else(PoisonError::into_inner);
        work(
            redb.as_ref()
                .ok_or_else(|| Error::broken("the store could not be opened again after an error of the disk"))?,
        )
    }

    fn is_closed(&self) -> bool {
        self.redb.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// redb gives a handle up at the first error of its file. What was committed is in the file, so it is opened anew;
    /// where that fails, the next write tries again.
    fn reopen(&self) {
        let mut redb = self.redb.write().unwrap_or_else(PoisonError::into_inner);
        // The old handle goes first: it holds the file's lock.
        drop(redb.take());
        match self.medium.open() {
            Ok(opened) => *redb = Some(opened),
            Err(error) => tracing::error!(%error, "the store could not be opened again"),
        }
    }
}

/// A closure that waits for the writer.
trait Job: Send {
    /// Runs the closure; its changes are merged if it succeeds. Fails only where the whole batch must fail.
    fn run(&mut self, batch: &Batch, shared: &Shared) -> Result<()>;
    /// Answers, once the commit is known to have succeeded or failed.
    fn answer(self: Box<Self>, committed: &Result<()>);
}

struct Typed<T, F> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Typed<T, F>
where
    T: Send,
    F: FnOnce(&mut Write) -> Result<T> + Send,
{
    fn run(&mut self, batch: &Batch, shared: &Shared) -> Result<()> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let mut tx = Write::new(batch, shared.clock.now());
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut tx)))
            .unwrap_or_else(|_| Err(Error::broken("a write panicked and was undone")));
        shared.rows_read.fetch_add(tx.rows_read(), Ordering::Relaxed);
        let merged = if outcome.is_ok() { batch.merge(tx.into_changes()) } else { Ok(()) };
        self.outcome = Some(outcome);
        merged
    }

    fn answer(self: Box<Self>, committed: &Result<()>) {
        let outcome = match (self.outcome, committed) {
            // What a closure saw of others in its group never happened either.
            (_, Err(error)) => Err(error.clone()),
            (Some(outcome), Ok(())) => outcome,
            (None, Ok(())) => Err(Error::broken("a write was not run")),
        };
        // Whoever asked may have gone away meanwhile; the change stands all the same.
        drop(self.reply.send(outcome));
    }
}

struct Writer {
    shared: Arc<Shared>,
    jobs: mpsc::Receiver<Box<dyn Job>>,
}

impl Writer {
    fn run(mut self) {
        let mut group = Vec::new();
        while let Some(first) = self.jobs.blocking_recv() {
            group.push(first);
            while group.len() < GROUP
                && let Ok(next) = self.jobs.try_recv()
            {
                group.push(next);
            }
            let committed = self.shared.medium.check_space().and_then(|()| self.commit(&mut group));
            for job in group.drain(..) {
                job.answer(&committed);
            }
        }
    }

    /// One transaction for the whole group. After an error of the disk the store is opened anew.
    fn commit(&self, group: &mut [Box<dyn Job>]) -> Result<()> {
        if self.shared.is_closed() {
            self.shared.reopen();
        }
        let committed = self.try_commit(group);
        if let Err(error) = &committed {
            tracing::error!(%error, cause = ?std::error::Error::source(error), "a commit failed");
            self.shared.reopen();
        }
        committed
    }

    fn try_commit(&self, group: &mut [Box<dyn Job>]) -> Result<()> {
        let mut tx = self.shared.with_redb(|redb| redb.begin_write().map_err(Error::internal))?;
        tx.set_quick_repair(true);
        {
            let batch = Batch::new(&tx);
            for job in group {
                job.run(&batch, &self.shared)?;
            }
        }
        tx.commit().map_err(Error::internal)?;
        self.shared.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
