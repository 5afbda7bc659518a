//! The desk: the one place through which redemptions and credit change.
//!
//! A worker takes all commands that wait (no timer, at most [`MOST_AT_ONCE`]), runs them in one transaction, and
//! answers each after the commit. So a thousand people on one code cost a few commits and no lock waits, and whatever
//! was answered is on disk. A command alone is a batch of one.

mod batch;
mod book;
mod command;
mod grant;
mod lock;
mod reverse;

pub use command::{Command, Redeem, Reply, Reverse};

use crate::db::Db;
use crate::error::Error;
use anyhow::anyhow;
use std::sync::Arc;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

/// The most commands of one transaction.
const MOST_AT_ONCE: usize = 256;
/// How many commands may wait before others are told to come later.
const PLACES: usize = 4_096;

struct Waiting {
    command: Command,
    answer: oneshot::Sender<Result<Reply, Error>>,
}

/// A handle to the desk; clones share it.
#[derive(Clone, Debug)]
pub struct Desk {
    queue: mpsc::Sender<Waiting>,
    closing: Arc<Notify>,
    worker: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Desk {
    /// Opens a desk on this database, with a worker of its own.
    #[must_use]
    pub fn open(db: Db) -> Self {
        let (queue, waiting) = mpsc::channel(PLACES);
        let closing = Arc::new(Notify::new());
        let worker = tokio::spawn(work(db, waiting, closing.clone()));
        Self { queue, closing, worker: Arc::new(Mutex::new(Some(worker))) }
    }

    /// Applies a code to an organization. A refusal is an answer, not an error.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait, or when the database is away; nothing has changed then.
    pub async fn redeem(&self, redeem: Redeem) -> Result<Reply, Error> {
        self.ask(Command::Redeem(redeem)).await
    }

    /// Undoes a confirmed redemption.
    ///
    /// # Errors
    /// As [`Desk::redeem`].
    pub async fn reverse(&self, reverse: Reverse) -> Result<Reply, Error> {
        self.ask(Command::Reverse(reverse)).await
    }

    async fn ask(&self, command: Command) -> Result<Reply, Error> {
        let (answer, answered) = oneshot::channel();
        let full = |_| Error::Unavailable(anyhow!("the desk is full or closing"));
        self.queue.try_send(Waiting { command, answer }).map_err(full)?;
        answered.await.map_err(|_| Error::Unavailable(anyhow!("the desk closed")))?
    }

    /// Takes no more commands and ends those that wait.
    pub async fn close(&self) {
        self.closing.notify_one();
        if let Some(worker) = self.worker.lock().await.take()
            && let Err(error) = worker.await
        {
            tracing::error!(%error, "the desk's worker fell over");
        }
    }
}

async fn work(db: Db, mut waiting: mpsc::Receiver<Waiting>, closing: Arc<Notify>) {
    loop {
        tokio::select! {
            () = closing.notified() => waiting.close(),
            first = waiting.recv() => {
                let Some(first) = first else { break };
                let mut batch = vec![first];
                while batch.len() < MOST_AT_ONCE && let Ok(next) = waiting.try_recv() {
                    batch.push(next);
                }
                serve(&db, batch).await;
            }
        }
    }
}

/// Runs a batch. If its data breaks it, its commands are tried singly, so that a bad one never fails its neighbours.
async fn serve(db: &Db, batch: Vec<Waiting>) {
    let (commands, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.command, one.answer)).unzip();
    let results = match batch::run(db, &commands).await {
        Ok(results) => results,
        Err(Error::Unavailable(reason)) => unavailable(commands.len(), &reason),
        Err(error) if commands.len() == 1 => vec![Err(error)],
        Err(error) => {
            tracing::warn!(%error, commands = commands.len(), "a batch broke; its commands are tried singly");
            singly(db, &commands).await
        }
    };
    for (answer, result) in answers.into_iter().zip(results) {
        // Whoever asked may be gone; what was done stays done.
        drop(answer.send(result));
    }
}

async fn singly(db: &Db, commands: &[Command]) -> Vec<Result<Reply, Error>> {
    let mut results = Vec::with_capacity(commands.len());
    for command in commands {
        let result = batch::run(db, std::slice::from_ref(command)).await;
        let alone = result.map(|mut results| results.pop());
        results.push(match alone {
            Ok(Some(result)) => result,
            Ok(None) => Err(Error::Internal(anyhow!("a command got no answer"))),
            Err(error) => Err(error),
        });
    }
    results
}

fn unavailable(count: usize, reason: &anyhow::Error) -> Vec<Result<Reply, Error>> {
    (0..count).map(|_| Err(Error::Unavailable(anyhow!("{reason:#}")))).collect()
}
