//! What a kind of job has to say of itself.

use super::job::Job;
use crate::error::Error;
use chrono::{DateTime, Duration, Utc};
use futures_util::future::BoxFuture;
use sea_orm::DbErr;

/// A step under way.
pub type Stepping<'a> = BoxFuture<'a, Result<Step, Failure>>;

/// A look under way.
pub type Feeding<'a> = BoxFuture<'a, Result<(), Error>>;

/// Which workers take a kind: a long job never keeps a short one waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Seconds at most: a mail.
    Short,
    /// As long as other people's systems take to answer, which must hold up nothing of ours.
    Outside,
    /// As long as it takes.
    Long,
}

/// A kind of job. `crate::jobs` says how to write one.
pub trait Kind: Send + Sync {
    /// The word in the rows; it never changes.
    fn word(&self) -> &'static str;

    /// What people read for it.
    fn label(&self) -> &'static str;

    /// Which workers take it.
    fn lane(&self) -> Lane;

    /// Does one piece of work.
    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a>;

    /// Turns what was left for it elsewhere into jobs; called before a worker looks for work. It costs one read where
    /// there is nothing.
    fn feed(&self, _now: DateTime<Utc>) -> Feeding<'_> {
        Box::pin(async { Ok(()) })
    }

    /// Whether a job that is done is removed at once, because what it did is on record elsewhere.
    fn leaves_no_trace(&self) -> bool {
        false
    }

    /// Whether a step may be dropped midway when the process stops, since the next one begins it anew. Others are waited
    /// for.
    fn may_be_cut(&self) -> bool {
        false
    }

    /// How often it is tried without coming any further, before it stands as failed.
    fn most_tries(&self) -> i64 {
        8
    }

    /// How long to wait after so many tries that failed, 1 or more: by default from 5 seconds to an hour.
    fn wait(&self, tries: i64) -> Duration {
        let doubled = 5_i64.saturating_mul(1 << tries.clamp(1, 20).saturating_sub(1).saturating_mul(2).min(20));
        Duration::seconds(doubled.min(3_600))
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is more to do.
    More,
    /// Nothing is left.
    Done,
}

/// Why a step failed, in a sentence for whoever looks after the jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may go better later.
    Again(String),
    /// It never will.
    Final(String),
    /// Another worker has the job now; nothing of the step was kept.
    Lost,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let fault = error.fault();
        match error {
            Error::Unavailable(_) | Error::Unknown(_) => Self::Again("The database did not answer.".to_owned()),
            Error::Internal(cause) => {
                tracing::error!(error = format!("{cause:#}"), "a job failed");
                Self::Again("The fault is ours; the log says more.".to_owned())
            }
            _ => Self::Final(fault.detail.to_string()),
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Error::from(error).into()
    }
}
