//! The workers of one process.

use super::claim;
use super::job::Job;
use super::kind::{Failure, Kind, Lane, Step};
use super::queries;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::Error;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often a worker with nothing to do looks again.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often a worker says that it lives; well within the lease.
const BEAT_EVERY: Duration = Duration::from_secs(3);
/// Workers of each lane in one process.
const WORKERS: [(Lane, usize); 3] = [(Lane::Short, 2), (Lane::Outside, 4), (Lane::Long, 2)];

/// The jobs of a process; clones are the same ones.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    kinds: Vec<Box<dyn Kind>>,
    closing: CancellationToken,
    workers: TaskTracker,
}

impl Jobs {
    /// Knows these kinds; nothing runs before [`Jobs::start`].
    #[must_use]
    pub fn new(db: Db, clock: Clock, kinds: Vec<Box<dyn Kind>>) -> Self {
        Self(Arc::new(Inner { db, clock, kinds, closing: CancellationToken::new(), workers: TaskTracker::new() }))
    }

    /// Sets the workers to work.
    pub fn start(&self) {
        for (lane, count) in WORKERS {
            for turn in 0..count {
                self.0.workers.spawn(self.clone().work(lane, turn));
            }
        }
        self.0.workers.close();
    }

    /// Takes no more jobs and ends the step under way of each; what is left of a job is for the next worker.
    pub async fn close(&self) {
        self.0.closing.cancel();
        self.0.workers.close();
        self.0.workers.wait().await;
    }

    /// What people read for a kind.
    #[must_use]
    pub fn label(&self, kind: &str) -> &'static str {
        self.0.kinds.iter().find(|known| known.word() == kind).map_or("Job", |known| known.label())
    }

    /// Runs whatever is due, one after the other, and waits for what runs elsewhere; how many were run here. For tests,
    /// and for commands that must not leave work behind.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_due(&self) -> Result<usize, Error> {
        let kinds: Vec<&str> = self.0.kinds.iter().map(|kind| kind.word()).collect();
        let mut ran = 0;
        loop {
            while self.one(None, ran).await? {
                ran += 1;
            }
            if !queries::is_any_left(self.0.db.read(), &kinds, self.0.clock.now()).await? {
                return Ok(ran);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn work(self, lane: Lane, first: usize) {
        let mut turn = first;
        while !self.0.closing.is_cancelled() {
            turn = turn.wrapping_add(1);
            match self.one(Some(lane), turn).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "cannot look for jobs"),
            }
            tokio::select! {
                () = self.0.closing.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Runs one job of the lane, if one is due.
    async fn one(&self, lane: Option<Lane>, turn: usize) -> Result<bool, Error> {
        let mut kinds: Vec<&dyn Kind> = self.0.kinds.iter().map(AsRef::as_ref).collect();
        kinds.retain(|kind| lane.is_none_or(|lane| kind.lane() == lane));
        // Each time another kind comes first, so that none starves.
        let first = turn.checked_rem(kinds.len()).unwrap_or_default();
        kinds.rotate_left(first);
        for kind in &kinds {
            if let Err(error) = kind.feed(self.0.clock.now()).await {
                tracing::warn!(%error, kind = kind.word(), "cannot look for what is to become jobs");
            }
        }
        let Some(job) = claim::claim(&self.0.db, &kinds, self.0.clock.now()).await? else { return Ok(false) };
        let Some(kind) = kinds.into_iter().find(|kind| kind.word() == job.kind) else { return Ok(false) };
        self.run(kind, job).await?;
        Ok(true)
    }

    async fn run(&self, kind: &dyn Kind, mut job: Job) -> Result<(), Error> {
        let db = &self.0.db;
        let _beat = self.beat(&job);
        if job.tries >= kind.most_tries() {
            let reason = "The process that worked on it stopped without a word, again and again.";
            claim::fail(db, &job, reason, None, self.0.clock.now()).await?;
            return Ok(());
        }
        loop {
            if self.0.closing.is_cancelled() {
                claim::give_back(db, &job, self.0.clock.now()).await?;
                return Ok(());
            }
            let now = self.0.clock.now();
            let step = AssertUnwindSafe(kind.step(&job, now)).catch_unwind();
            let stepped = if kind.may_be_cut() {
                tokio::select! {
                    stepped = step => stepped,
                    () = self.0.closing.cancelled() => continue,
                }
            } else {
                step.await
            };
            let stepped = stepped.unwrap_or_else(|_| Err(Error::Internal(anyhow!("a step panicked")).into()));
            let now = self.0.clock.now();
            match stepped {
                Ok(Step::More) => match again(db, &job).await? {
                    Some(next) => job = next,
                    None => return Ok(()),
                },
                Ok(Step::Done) => {
                    match kind.leaves_no_trace() {
                        true => claim::remove(db, &job).await?,
                        false => claim::finish(db, &job, now).await?,
                    };
                    return Ok(());
                }
                Err(failure) => return failed(db, kind, &job, failure, now).await,
            }
        }
    }

    /// Extends the lease until it is dropped. A task of its own: the step may hold the one connection that writes.
    fn beat(&self, job: &Job) -> Beat {
        let (jobs, job) = (self.clone(), job.clone());
        Beat(tokio::spawn(async move {
            loop {
                tokio::time::sleep(BEAT_EVERY).await;
                match claim::extend(&jobs.0.db, &job, jobs.0.clock.now()).await {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => tracing::warn!(%error, job = %job.id, "a job's lease was not extended"),
                }
            }
        }))
    }
}

struct Beat(JoinHandle<()>);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The job as its last step left it; nothing when it is in other hands.
async fn again(db: &Db, job: &Job) -> Result<Option<Job>, Error> {
    let found = queries::anywhere(db.read(), job.id).await?;
    Ok(found.filter(|next| next.leased_by == job.leased_by))
}

async fn failed(db: &Db, kind: &dyn Kind, job: &Job, failure: Failure, now: DateTime<Utc>) -> Result<(), Error> {
    // An earlier step may have come forward since it was claimed.
    let Some(job) = again(db, job).await? else { return Ok(()) };
    let tries = job.tries + 1;
    let (reason, hopeless) = match failure {
        Failure::Lost => return Ok(()),
        Failure::Again(reason) => (reason, tries >= kind.most_tries()),
        Failure::Final(reason) => (reason, true),
    };
    tracing::warn!(job = %job.id, kind = kind.word(), tries, reason, hopeless, "a job failed");
    let next = (!hopeless).then(|| now + kind.wait(tries));
    claim::fail(db, &job, &reason, next, now).await?;
    Ok(())
}
