//! A job as its kind and the pages see it.

use super::LEASE;
use super::kind::Failure;
use crate::db::tables::jobs::{ActiveModel, Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Deref;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs when its time comes and a worker is free.
    Waiting,
    /// A worker has it.
    Running,
    /// Nothing is left to do.
    Done,
    /// It was given up.
    Failed,
}

impl State {
    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Done, Self::Failed].into_iter().find(|state| state.word() == word)
    }
}

/// A job; it reads as its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Job(Model);

impl Deref for Job {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.0
    }
}

impl From<Model> for Job {
    fn from(row: Model) -> Self {
        Self(row)
    }
}

impl Job {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        // The schema allows no other word.
        State::from_word(&self.0.state).unwrap_or(State::Failed)
    }

    /// What it was asked to do.
    ///
    /// # Errors
    /// [`Failure::Final`] when the row holds something else.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_value(self.0.payload.clone()).map_err(|error| {
            tracing::error!(%error, job = %self.0.id, "a job cannot be read");
            Failure::Final("The job cannot be read by this version.".to_owned())
        })
    }

    /// How far it has come; `None` before the first step.
    ///
    /// # Errors
    /// As [`Job::payload`].
    pub fn place<T: DeserializeOwned>(&self) -> Result<Option<T>, Failure> {
        serde_json::from_value(self.0.place.clone()).map_err(|error| {
            tracing::error!(%error, job = %self.0.id, "the place of a job cannot be read");
            Failure::Final("The job cannot be read by this version.".to_owned())
        })
    }

    /// Notes in the transaction of a step where the next one begins, and how much of how much is done. It also extends
    /// the lease, and forgets earlier failures: a job that comes forward is not hopeless.
    ///
    /// # Errors
    /// [`Failure::Lost`] when another worker has the job now; the transaction must then be dropped.
    pub async fn keep(
        &self,
        tx: &DatabaseTransaction,
        place: &impl Serialize,
        (done, total): (i64, Option<i64>),
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let place = serde_json::to_value(place).map_err(|error| Error::Internal(anyhow!(error)))?;
        let moved = ActiveModel {
            place: Set(place),
            done: Set(done),
            total: Set(total),
            tries: Set(0),
            failure: Set(None),
            leased_until: Set(Some(now + LEASE)),
            updated_at: Set(now),
            ..Default::default()
        };
        // The row decides whose job it is.
        let mine = Entity::update_many().set(moved).filter(Column::Id.eq(self.id)).filter(self.is_leased());
        if mine.exec(tx).await?.rows_affected == 1 { Ok(()) } else { Err(Failure::Lost) }
    }

    /// Notes how much of a long step is done, for whoever watches it: nothing is kept of the step, and a job that only
    /// comes so far again and again is hopeless.
    ///
    /// # Errors
    /// [`Failure::Lost`] when another worker has the job now.
    pub async fn tell(&self, db: &Db, (done, total): (i64, Option<i64>)) -> Result<(), Failure> {
        let told = ActiveModel { done: Set(done), total: Set(total), ..Default::default() };
        let tx = db.begin().await?;
        let mine = Entity::update_many().set(told).filter(Column::Id.eq(self.id)).filter(self.is_leased());
        if mine.exec(&tx).await?.rows_affected == 0 {
            return Err(Failure::Lost);
        }
        Ok(db::commit(tx).await?)
    }

    /// The condition that it is still in the hands of who claimed it.
    pub(super) fn is_leased(&self) -> sea_orm::Condition {
        sea_orm::Condition::all()
            .add(Column::State.eq(State::Running.word()))
            .add(Column::LeasedBy.eq(self.leased_by.unwrap_or_default()))
    }

    /// What a progress bar shows.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            label: self.label.clone(),
            state: self.state(),
            done: self.done,
            total: self.total,
            failure: self.failure.clone(),
        }
    }
}

/// How far a job has come, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is about.
    pub label: String,
    /// Where it stands.
    pub state: State,
    /// So much is done.
    pub done: i64,
    /// Of so much, where that is known.
    pub total: Option<i64>,
    /// Why it failed, the last time.
    pub failure: Option<String>,
}

impl Progress {
    /// Whether it will move by itself.
    #[must_use]
    pub fn moves(&self) -> bool {
        matches!(self.state, State::Waiting | State::Running)
    }

    /// "34,000 of 100,000", or what can be said without a total.
    #[must_use]
    pub fn words(&self) -> String {
        let done = crate::money::grouped(self.done);
        match self.total {
            Some(total) => format!("{done} of {}", crate::money::grouped(total)),
            None if self.done > 0 => done,
            None => String::new(),
        }
    }

    /// The value and the maximum of a bar; none where no total is known.
    #[must_use]
    pub fn bar(&self) -> Option<(i64, i64)> {
        self.total.filter(|total| *total > 0).map(|total| (self.done.min(total), total))
    }
}
