//! The desk: the one place through which redemptions change, and with them the limits and the credit that they give.
//! (Credit that is spent or put right without a code moves in `organizations`, under the lock of the organization that the
//! desk takes too.)
//!
//! Its worker takes all commands that wait (no timer, at most [`MOST_AT_ONCE`]), runs them in one transaction, and
//! answers each after the commit. So a thousand people on one code cost a few commits and no lock waits, and whatever
//! was answered is on disk. A command alone is a batch of one. Other processes on the same PostgreSQL have desks of their
//! own; row locks keep them exact.

mod askers;
mod batch;
mod book;
mod command;
mod effects;
mod enter;
mod leaks;
mod life;
pub(super) mod lock;
mod reply;

pub use command::{Asker, Beside, Change, Command, Enter, Event, Mode, Order, Place};
pub use reply::{Receipt, Reply, Told};

use crate::db::Db;
use crate::error::Error;
use anyhow::anyhow;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The most commands of one transaction.
const MOST_AT_ONCE: usize = 256;
/// How often a batch is run that met another writer.
const MOST_TRIES: usize = 3;
/// How long a batch may take: more than any request waits, so that nobody is told that nothing happened.
const LONGEST_BATCH: Duration = Duration::from_secs(10);
/// How many commands may wait before others are told to come later.
const PLACES: usize = 4_096;

struct Waiting {
    command: Command,
    answer: oneshot::Sender<Result<Told, Error>>,
}

/// A handle to the desk; clones share it.
#[derive(Clone, Debug)]
pub struct Desk {
    queue: mpsc::Sender<Waiting>,
    closing: CancellationToken,
    worker: TaskTracker,
}

impl Desk {
    /// Opens a desk on this database, with a worker of its own.
    #[must_use]
    pub fn open(db: Db) -> Self {
        Self::in_groups(db, MOST_AT_ONCE)
    }

    /// A desk that never takes more commands than this into one transaction: to measure what the groups bring.
    #[must_use]
    pub fn in_groups(db: Db, most: usize) -> Self {
        let (closing, worker) = (CancellationToken::new(), TaskTracker::new());
        let (queue, waiting) = mpsc::channel(PLACES);
        // One, also on PostgreSQL: two would wait for each other's locks, with batches of half the size.
        worker.spawn(work(db, waiting, closing.clone(), most));
        worker.close();
        Self { queue, closing, worker }
    }

    /// Enters a code. A refusal is an answer, not an error.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait, or when the database is away; nothing has changed then.
    pub async fn enter(&self, enter: Enter) -> Result<Reply, Error> {
        Ok(self.ask(Command::Enter(Box::new(enter))).await?.reply)
    }

    /// Moves a redemption along.
    ///
    /// # Errors
    /// As [`Desk::enter`].
    pub async fn change(&self, change: Change) -> Result<Reply, Error> {
        Ok(self.ask(Command::Change(Box::new(change))).await?.reply)
    }

    /// Does what the command says, and tells whether the same request had its reply before.
    ///
    /// # Errors
    /// As [`Desk::enter`].
    pub async fn ask(&self, command: Command) -> Result<Told, Error> {
        let (answer, answered) = oneshot::channel();
        let full = |_| Error::Unavailable(anyhow!("the desk is full or closing"));
        self.queue.try_send(Waiting { command, answer }).map_err(full)?;
        answered.await.map_err(|_| Error::Unavailable(anyhow!("the desk closed")))?
    }

    /// Takes no more commands and ends those that wait.
    pub async fn close(&self) {
        self.closing.cancel();
        self.worker.wait().await;
    }
}

async fn work(db: Db, mut waiting: mpsc::Receiver<Waiting>, closing: CancellationToken, most: usize) {
    loop {
        tokio::select! {
            () = closing.cancelled(), if !waiting.is_closed() => waiting.close(),
            first = waiting.recv() => {
                let Some(first) = first else { break };
                let mut batch = vec![first];
                while batch.len() < most && let Ok(next) = waiting.try_recv() {
                    batch.push(next);
                }
                // Whoever was told that the answer takes too long is not surprised by it later.
                batch.retain(|waiting| !waiting.answer.is_closed());
                if !batch.is_empty() {
                    serve(&db, batch).await;
                }
            }
        }
    }
}

/// Runs a batch and answers after its commit.
async fn serve(db: &Db, batch: Vec<Waiting>) {
    let (commands, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.command, one.answer)).unzip();
    let results = decide(db, &commands).await;
    for (answer, result) in answers.into_iter().zip(results) {
        // Whoever asked may be gone; what was done stays done.
        drop(answer.send(result));
    }
}

/// If its data breaks a batch, its commands are tried singly, so that a bad one never fails its neighbours; if the database
/// is away, all of them are told so.
async fn decide(db: &Db, commands: &[Command]) -> Vec<Result<Told, Error>> {
    match patiently(db, commands).await {
        Ok(results) => results,
        Err(Error::Unavailable(reason)) => all(commands.len(), || Error::Unavailable(anyhow!("{reason:#}"))),
        // Never once more: it may be there.
        Err(Error::Unknown(reason)) => all(commands.len(), || Error::Unknown(anyhow!("{reason:#}"))),
        Err(error) if commands.len() == 1 => vec![Err(error)],
        Err(error) => {
            tracing::warn!(%error, commands = commands.len(), "a batch broke; its commands are tried singly");
            let mut results = Vec::with_capacity(commands.len());
            for command in commands {
                let alone = patiently(db, std::slice::from_ref(command)).await;
                let nothing = || Err(Error::Internal(anyhow!("a command got no answer")));
                results.push(alone.and_then(|mut results| results.pop().unwrap_or_else(nothing)));
            }
            results
        }
    }
}

/// Runs a batch once more when the database undid it for the sake of another writer, or when another process took an
/// order's reference in the same moment: the second look sees what that one did.
async fn patiently(db: &Db, commands: &[Command]) -> Result<Vec<Result<Told, Error>>, Error> {
    for _ in 1..MOST_TRIES {
        match in_time(db, commands).await {
            Err(error) if error.is_worth_another_try() => {
                tracing::debug!(%error, commands = commands.len(), "a batch is run again");
            }
            other => return other,
        }
    }
    in_time(db, commands).await
}

/// A database that neither answers nor fails must not keep all who come after: after [`LONGEST_BATCH`] its connection is
/// given up. Once the commit is on its way, nobody knows whether it happened.
async fn in_time(db: &Db, commands: &[Command]) -> Result<Vec<Result<Told, Error>>, Error> {
    let committing = AtomicBool::new(false);
    let given_up = |_| {
        let reason = anyhow!("a batch took too long");
        Err(if committing.load(Ordering::Relaxed) { Error::Unknown(reason) } else { Error::Unavailable(reason) })
    };
    let batch = tokio::time::timeout(LONGEST_BATCH, batch::run(db, commands, &committing));
    // A worker that dies of one command would serve nobody any more.
    let broken = |_| Err(Error::Internal(anyhow!("a batch panicked")));
    AssertUnwindSafe(batch).catch_unwind().await.map_or_else(broken, |done| done.unwrap_or_else(given_up))
}

fn all(count: usize, error: impl Fn() -> Error) -> Vec<Result<Told, Error>> {
    (0..count).map(|_| Err(error())).collect()
}
