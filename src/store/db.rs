//! The database: snapshots for readers, one writer thread that commits in groups.
//!
//! redb gives a handle up at the first error of its file. What was committed is in the file, so it is opened anew; where
//! that fails, reads and writes say [`Error::Unavailable`], and both have it tried again.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use redb::{Database, ReadableDatabase, StorageError, TableError, TransactionError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    error::{Error, Result},
    types::{Clock, Timestamp},
};

use super::{
    backend::Medium,
    sealed::{DataKey, SealedFile},
    tx::{Batch, Read, Write},
};

/// How many writers may wait before the next one waits for a place in the queue.
const QUEUE: usize = 1024;
/// The most closures that share one transaction and one sync.
const GROUP: usize = 512;
/// The part of a commit's time, one in so many, for which the next one waits for more company.
const PATIENCE: u32 = 8;
/// How long reads wait before they have a file that could not be opened tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The store's rows. Cheap to clone; the last one dropped ends the writer thread.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Task>,
}

pub(super) struct Shared {
    /// None between an error of the disk and the next successful opening. Whoever reads holds it, so that a file that
    /// was replaced meanwhile can be read to the end.
    redb: RwLock<Option<Arc<Database>>>,
    pub(super) medium: Medium,
    pub(super) clock: Clock,
    /// Whether it was closed on purpose.
    closed: AtomicBool,
    /// When a read last had the file opened anew.
    tried: Mutex<Option<Instant>>,
    rows_read: AtomicU64,
    commits: AtomicU64,
    /// The moment of the last closure, and how many ids were made at it. The writer's alone.
    ids: Mutex<(Timestamp, u32)>,
}

/// What the writer does.
enum Task {
    /// One closure of many in a transaction.
    Write(Box<dyn Job>),
    /// Work between two transactions, during which nobody writes.
    Alone(Box<dyn FnOnce(&Shared) + Send>),
}

impl Db {
    /// Starts the writer thread over an open redb.
    pub(super) fn start(redb: Database, medium: Medium, clock: Clock) -> Result<Self> {
        let redb = RwLock::new(Some(Arc::new(redb)));
        let shared = Arc::new(Shared {
            redb,
            medium,
            clock,
            closed: AtomicBool::new(false),
            tried: Mutex::default(),
            rows_read: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            ids: Mutex::new((Timestamp::from_millis(0), 0)),
        });
        let (queue, tasks) = mpsc::channel(QUEUE);
        let writer = Writer { shared: shared.clone(), tasks, last: 0, until: Instant::now() };
        thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run())?;
        Ok(Self { shared, queue })
    }

    /// Runs a closure on a snapshot. Short reads only: it runs on the caller's thread.
    ///
    /// # Errors
    /// What the closure says; `Internal` where the store can't be read.
    pub fn read<T>(&self, work: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        let redb = self.shared.redb().inspect_err(|_| self.revive())?;
        let result = redb.begin_read().map_err(Error::internal).and_then(|tx| {
            let tx = Read::snapshot(tx, self.shared.clock.now());
            let result = work(&tx);
            self.shared.rows_read.fetch_add(tx.rows_read(), Ordering::Relaxed);
            result
        });
        if result.as_ref().is_err_and(is_of_the_file) {
            self.suspect(redb);
        }
        result
    }

    /// Has the file opened anew, unless that was done since: redb reads nothing more after an error of its file.
    fn suspect(&self, redb: Arc<Database>) {
        self.once_in_a_while(move |shared| {
            if shared.is_current(&redb) {
                drop(redb);
                shared.reopen();
            }
        });
    }

    /// Has the file opened anew where it could not be before: the disk may be back.
    fn revive(&self) {
        self.once_in_a_while(|shared| {
            if shared.redb().is_err() {
                shared.reopen();
            }
        });
    }

    /// A block that stays bad must not keep everybody busy with openings.
    fn once_in_a_while(&self, work: impl FnOnce(&Shared) + Send + 'static) {
        let mut tried = self.shared.tried.lock().unwrap_or_else(PoisonError::into_inner);
        // Where the queue is full, the next one who reads will ask again.
        if tried.is_none_or(|tried| tried.elapsed() >= AGAIN)
            && self.queue.try_send(Task::Alone(Box::new(work))).is_ok()
        {
            *tried = Some(Instant::now());
        }
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
        answer.await.unwrap_or_else(|_| Err(ended()))
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
        self.queue.blocking_send(Task::Write(Box::new(job))).map_err(|_| ended())?;
        answer.blocking_recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Runs a closure in a transaction of its own, for more changes than memory should hold: it calls
    /// [`Write::settle`] now and then. All of it is kept or nothing; others wait meanwhile.
    ///
    /// # Errors
    /// What the closure says; `Full` and `Internal` where the commit fails, and then nothing was kept.
    pub fn write_much<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write) -> Result<T> + Send + 'static,
    {
        self.alone(move |shared| shared.write_much(work))
    }

    /// Runs work on the writer's thread between two transactions: nobody writes meanwhile, everybody reads.
    pub(super) fn alone<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Shared) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = move |shared: &Shared| {
            let done = catch_unwind(AssertUnwindSafe(|| work(shared)));
            drop(reply.send(done.unwrap_or_else(|_| Err(Error::broken("work on the store panicked")))));
        };
        self.queue.blocking_send(Task::Alone(Box::new(task))).map_err(|_| ended())?;
        answer.blocking_recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Ends reading and writing for good, and returns once the file is closed in good order.
    pub fn close(&self) {
        let closed = self.alone(|shared| {
            shared.closed.store(true, Ordering::Release);
            drop(shared.take());
            Ok(())
        });
        if let Err(error) = closed {
            tracing::warn!(%error, "the store was not closed in good order; it will be looked through at the next start");
        }
    }

    pub(super) fn redb(&self) -> Result<Arc<Database>> {
        self.shared.redb()
    }

    pub(super) fn key(&self) -> DataKey {
        self.shared.medium.key()
    }

    /// The sealed file below, for a check or a copy of it.
    ///
    /// # Errors
    /// `Unavailable` where it could not be opened after an error of the disk.
    pub fn sealed(&self) -> Result<SealedFile> {
        self.shared.medium.file()
    }

    async fn send<T, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed { work: Some(work), outcome: None, reply };
        self.queue.send(Task::Write(Box::new(job))).await.map_err(|_| ended())?;
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

/// Whether an error came from redb's file: then the handle is of no more use.
fn is_of_the_file(error: &Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = match error {
        Error::Internal(cause) => Some(cause.inner()),
        _ => None,
    };
    while let Some(error) = next {
        let storage = error.downcast_ref::<StorageError>().or_else(|| match error.downcast_ref::<TransactionError>() {
            Some(TransactionError::Storage(error)) => Some(error),
            _ => match error.downcast_ref::<TableError>() {
                Some(TableError::Storage(error)) => Some(error),
                _ => None,
            },
        });
        if storage.is_some() {
            return true;
        }
        next = error.source();
    }
    false
}

fn ended() -> Error {
    Error::broken("the writer has ended")
}

impl Shared {
    /// The open database.
    pub(super) fn redb(&self) -> Result<Arc<Database>> {
        self.redb.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Error::Unavailable)
    }

    /// Goes over to another database; the earlier one ends with its last reader.
    pub(super) fn put(&self, redb: Database) {
        *self.redb.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(redb));
    }

    fn take(&self) -> Option<Arc<Database>> {
        self.redb.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_current(&self, redb: &Arc<Database>) -> bool {
        self.redb().is_ok_and(|current| Arc::ptr_eq(&current, redb))
    }

    fn write_much<T>(&self, work: impl FnOnce(&mut Write) -> Result<T>) -> Result<T> {
        self.medium.check_space()?;
        if self.redb().is_err() {
            self.reopen();
        }
        let redb = self.redb()?;
        let written = (|| {
            let mut tx = redb.begin_write().map_err(Error::internal)?;
            tx.set_quick_repair(true);
            let outcome = {
                let batch = Batch::new(&tx);
                let now = self.clock.now();
                let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
                let mut write = Write::alone(&batch, now, if ids.0 == now { ids.1 } else { 0 });
                let outcome = work(&mut write);
                *ids = (now, write.ids());
                let changes = write.into_changes();
                outcome.and_then(|outcome| batch.merge(changes).map(|()| outcome))
            };
            match outcome {
                Ok(outcome) => tx.commit().map_err(Error::internal).map(|()| outcome),
                Err(error) => {
                    tx.abort().map_err(Error::internal)?;
                    Err(error)
                }
            }
        })();
        drop(redb);
        match &written {
            Ok(_) => drop(self.commits.fetch_add(1, Ordering::Relaxed)),
            Err(error) if is_of_the_file(error) => {
                tracing::error!(%error, cause = ?std::error::Error::source(error), "a commit failed");
                self.reopen();
            }
            Err(_) => {}
        }
        written
    }

    fn reopen(&self) {
        drop(self.take());
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        // redb may panic on what it meets in a damaged file.
        let opened = catch_unwind(AssertUnwindSafe(|| self.medium.open()));
        match opened.unwrap_or_else(|_| Err(Error::broken("opening panicked"))) {
            Ok(opened) => {
                self.put(opened);
                tracing::warn!("the store was opened again after an error");
            }
            Err(error) => tracing::error!(%error, "the store could not be opened again: look with `hec doctor`"),
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
        let now = shared.clock.now();
        let mut ids = shared.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tx = Write::new(batch, now, if ids.0 == now { ids.1 } else { 0 });
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut tx)))
            .unwrap_or_else(|_| Err(Error::broken("a write panicked and was undone")));
        shared.rows_read.fetch_add(tx.rows_read(), Ordering::Relaxed);
        *ids = (now, tx.ids());
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
    tasks: mpsc::Receiver<Task>,
    /// How many closures the last commit answered, and until when the next one waits for as many.
    last: usize,
    until: Instant,
}

impl Writer {
    fn run(mut self) {
        let mut group = Vec::new();
        let mut next = self.tasks.blocking_recv();
        while let Some(task) = next.take() {
            match task {
                Task::Alone(work) => work(&self.shared),
                Task::Write(first) => {
                    group.push(first);
                    next = self.gather(&mut group);
                    let began = Instant::now();
                    let committed = self.shared.medium.check_space().and_then(|()| self.commit(&mut group));
                    self.last = group.len();
                    for job in group.drain(..) {
                        job.answer(&committed);
                    }
                    self.until = Instant::now() + began.elapsed() / PATIENCE;
                }
            }
            if next.is_none() {
                next = self.tasks.blocking_recv();
            }
        }
    }

    /// Takes every closure that waits. What is none of them comes next.
    ///
    /// Those who were just answered often write again at once. Where the first of them did not wait for the others, two
    /// half groups would take turns, and everybody would wait for two syncs.
    fn gather(&mut self, group: &mut Vec<Box<dyn Job>>) -> Option<Task> {
        while group.len() < GROUP {
            match self.tasks.try_recv() {
                Ok(Task::Write(job)) => group.push(job),
                Ok(other) => return Some(other),
                Err(_) if group.len() < self.last && Instant::now() < self.until => thread::yield_now(),
                Err(_) => return None,
            }
        }
        None
    }

    /// One transaction for the whole group. After an error of the disk the store is opened anew.
    fn commit(&self, group: &mut [Box<dyn Job>]) -> Result<()> {
        if self.shared.redb().is_err() {
            self.shared.reopen();
        }
        let committed = catch_unwind(AssertUnwindSafe(|| self.try_commit(group)))
            .unwrap_or_else(|_| Err(Error::broken("a commit panicked")));
        // Whoever writes after the end is told so, and nothing is wrong.
        if let Err(error) = &committed
            && !self.shared.closed.load(Ordering::Acquire)
        {
            tracing::error!(%error, cause = ?std::error::Error::source(error), "a commit failed");
            self.shared.reopen();
        }
        committed
    }

    fn try_commit(&self, group: &mut [Box<dyn Job>]) -> Result<()> {
        let redb = self.shared.redb()?;
        let mut tx = redb.begin_write().map_err(Error::internal)?;
        // After a power cut the store opens at once, whatever its size.
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
