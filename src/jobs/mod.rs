//! Jobs: work that is done later, beside the requests, by whichever process has time.
//!
//! A job is a row. It is written in the transaction of the change that asks for it ([`enqueue`]), so it runs only if
//! that change was committed. A worker takes it with a lease that a heartbeat extends; a process that dies leaves a
//! lease that runs out, and another worker goes on where the last committed step stopped. What fails is tried again
//! after a growing while, and in the end stands on `/dashboard/jobs` with its reason, to be retried by hand.
//!
//! # A new kind of job
//! 1. Write a type that implements [`Kind`] in its slice; it owns what it needs (a [`crate::db::Db`], the
//!    configuration). `word` is what the rows say, `label` what people read, and `lane` says whether it may take long.
//! 2. Its [`Kind::step`] does one piece of work and returns [`Step::More`], until nothing is left: [`Step::Done`]. A step
//!    that writes opens one transaction, does its piece there and notes in it how far it has come with
//!    [`Job::keep`]; the next step, maybe of another process, reads that again with [`Job::place`]. `keep` refuses a
//!    worker that has lost its lease, and its transaction must then not be committed: so every piece is done once,
//!    however many processes believe that the job is theirs. On SQLite a piece holds up everybody else who writes: keep
//!    it below 20 ms.
//! 3. What cannot be put into the database's transaction (a mail, a webhook) may happen twice when a process dies
//!    between doing and noting it; give it a stable id, so that the receiver can tell.
//!    A step that takes long and cannot be cut into pieces says how far it is with [`Job::tell`], begins anew after a kill,
//!    and says with [`Kind::may_be_cut`] that a process which stops need not wait for it.
//! 4. [`Failure::Again`] is tried again, [`Failure::Final`] is not; both say a sentence for the admin who reads it. `?`
//!    on an [`crate::error::Error`] does the right thing and keeps its inner text in the log.
//! 5. Register it in `app::kinds`, and enqueue with [`New`]. A page of its own finds the job by [`queries::by_id`] and
//!    shows `jobs/_progress.html` with [`Job::progress`].
//! 6. Tests run what waits with `app.run_jobs()`; `tests/engine/jobs.rs` shows kills and second processes.

mod claim;
mod enqueue;
mod job;
mod kind;
mod pace;
pub mod pages;
pub mod queries;
mod runner;

pub use enqueue::{New, enqueue, enqueue_all, hurry};
pub use job::{Job, Progress, State};
pub use kind::{Failure, Feeding, Kind, Lane, Step, Stepping};
pub use pace::Pace;
pub use runner::Jobs;

/// How long a worker has a job to itself without a sign of life.
pub const LEASE: chrono::Duration = chrono::Duration::seconds(10);
