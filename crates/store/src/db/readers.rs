//! Threads that read SQLite, each with a connection of its own. Whoever was busy last gets the next job: its page cache and its
//! part of the heap are warm, and those that are not needed stay small.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use tokio::sync::oneshot;

use super::sqlite::{Access, block_on_ready, open};
use super::{BoxFuture, Tx};
use crate::error::{Result, StoreError};

/// What a reader is given to do.
pub(crate) type ReadJob = Box<dyn for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, ()> + Send>;

/// A bounded queue of jobs, and the readers that wait for one. The threads end when the pool is dropped.
#[derive(Clone, Debug)]
pub(crate) struct ReaderPool {
    queue: Arc<Mutex<Queue>>,
    waiting_max: usize,
}

/// At least one of the two is empty.
#[derive(Default)]
struct Queue {
    jobs: VecDeque<ReadJob>,
    /// Those who wait, the last to have come at the end.
    idle: Vec<oneshot::Sender<ReadJob>>,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("jobs", &self.jobs.len()).field("idle", &self.idle.len()).finish()
    }
}

impl ReaderPool {
    /// Starts `threads` readers with a queue of at most `waiting_max` jobs.
    pub(crate) fn start(path: &Path, threads: usize, waiting_max: usize) -> Result<Self> {
        let queue = Arc::default();
        for number in 0..threads {
            let mut tx = open(path, Access::Read)?;
            let queue = Arc::downgrade(&queue);
            thread::Builder::new()
                .name(format!("sqlite-reader-{number}"))
                .spawn(move || {
                    while let Some(job) = next(&queue) {
                        if let Err(error) = block_on_ready(job(&mut tx)) {
                            tracing::error!(%error, "a read was given up");
                        }
                    }
                })
                .map_err(|error| StoreError::Internal(format!("can't start a thread: {error}")))?;
        }
        Ok(Self { queue, waiting_max })
    }

    /// Gives a job to whoever waits, or queues it; full is busy.
    pub(crate) fn send(&self, mut job: ReadJob) -> Result<()> {
        let mut queue = lock(&self.queue);
        while let Some(reader) = queue.idle.pop() {
            match reader.send(job) {
                Ok(()) => return Ok(()),
                Err(back) => job = back,
            }
        }
        if self.waiting_max <= queue.jobs.len() {
            return Err(StoreError::Busy("too many reads wait"));
        }
        queue.jobs.push_back(job);
        Ok(())
    }

    /// How many jobs wait.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.queue).jobs.len()
    }
}

/// The next job, once there is one; `None` when the pool is gone.
fn next(queue: &Weak<Mutex<Queue>>) -> Option<ReadJob> {
    let given = {
        let queue = queue.upgrade()?;
        let mut queue = lock(&queue);
        if let Some(job) = queue.jobs.pop_front() {
            return Some(job);
        }
        let (wake, given) = oneshot::channel();
        queue.idle.push(wake);
        given
    };
    given.blocking_recv().ok()
}

/// Nothing can be half done under this lock, so a panic leaves nothing wrong behind.
fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::testing::{Guard, file};

    const LONG: Duration = Duration::from_secs(20);

    fn pool(threads: usize, waiting_max: usize) -> (Guard, ReaderPool) {
        let (guard, path) = file();
        drop(open(&path, Access::Write).unwrap());
        let pool = ReaderPool::start(&path, threads, waiting_max).unwrap();
        (guard, pool)
    }

    /// A job that says who does it, and then waits until the other channel is closed.
    fn job(who: mpsc::Sender<String>, until: mpsc::Receiver<()>) -> ReadJob {
        Box::new(move |_| {
            Box::pin(async move {
                who.send(thread::current().name().unwrap().to_owned()).unwrap();
                assert!(until.recv().is_err());
            })
        })
    }

    #[test]
    fn whoever_was_busy_last_is_next() {
        let (_folder, pool) = pool(4, 4);
        let all_idle = || while lock(&pool.queue).idle.len() < 4 {};
        let mut names = std::collections::BTreeSet::new();
        for _ in 0..50 {
            all_idle();
            let (who, says) = mpsc::channel();
            let (done, until) = mpsc::channel();
            pool.send(job(who, until)).unwrap();
            names.insert(says.recv_timeout(LONG).unwrap());
            drop(done);
        }
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn all_of_them_work_and_a_full_queue_is_busy() {
        let (_folder, pool) = pool(3, 2);
        let (who, says) = mpsc::channel();
        let mut running = Vec::new();
        for _ in 0..3 {
            let (done, until) = mpsc::channel();
            // Those who have only just started may not wait yet.
            while pool.waiting() > 0 {}
            pool.send(job(who.clone(), until)).unwrap();
            running.push(done);
        }
        let busy: std::collections::BTreeSet<String> = (0..3).map(|_| says.recv_timeout(LONG).unwrap()).collect();
        assert_eq!(busy.len(), 3, "{busy:?}");
        for waiting in 1..=2 {
            let (done, until) = mpsc::channel();
            pool.send(job(who.clone(), until)).unwrap();
            assert_eq!(pool.waiting(), waiting);
            running.push(done);
        }
        let (_done, until) = mpsc::channel();
        assert!(matches!(pool.send(job(who, until)), Err(StoreError::Busy(_))));
        drop(running);
        assert_eq!((0..2).filter(|_| says.recv_timeout(LONG).is_ok()).count(), 2);
    }

    #[test]
    fn they_end_with_the_pool() {
        let queue: Arc<Mutex<Queue>> = Arc::default();
        let seen = Arc::downgrade(&queue);
        let reader = thread::spawn(move || next(&seen).is_none());
        while lock(&queue).idle.is_empty() {}
        drop(queue);
        assert!(reader.join().unwrap());
        assert!(next(&Weak::new()).is_none());
    }
}
