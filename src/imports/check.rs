//! The job that tries every row of a file and writes down what would become of it.

use super::judge::{self, Import};
use super::reading::{Record, Spool, Unreadable};
use super::state::{Outcome, State};
use super::{judge_code, queries};
use crate::config::Config;
use crate::coupons::queries::Choices;
use crate::db::bulk;
use crate::db::tables::imports::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{import_rows, tenants};
use crate::db::{self, Db};
use crate::error::Error;
use crate::files;
use crate::jobs::{Failure, Job, Kind, Lane, Pace, Step, Stepping};
use crate::tenants::Tenant;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "import.check";
/// Old rows that one step removes.
const CLEARED_AT_ONCE: u64 = 2_000;
/// Files that are taken apart at once in one process.
const MOST_OPEN: usize = 4;

/// Tries rows.
#[derive(Debug)]
pub struct Check {
    db: Db,
    largest: u64,
    /// The files under way in this process, by job.
    open: Mutex<HashMap<Uuid, Spool>>,
    pace: Pace,
}

#[derive(Deserialize)]
pub(super) struct Payload {
    pub import: Uuid,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Place {
    cleared: bool,
    taken: i64,
}

impl Check {
    /// On this database.
    #[must_use]
    pub fn new(db: &Db, config: &Config) -> Self {
        let pace = Pace::from(200).at_most(1_000);
        Self { db: db.clone(), largest: config.largest_upload, open: Mutex::default(), pace }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let Some(import) = load(&self.db, job, State::Checking).await? else { return Ok(Step::Done) };
        let place: Place = job.place()?.unwrap_or_default();
        if !place.cleared {
            return self.clear(job, &import, now).await;
        }
        let mut spool = match self.spool(job, &import, now).await? {
            Ok(spool) => spool,
            Err(unreadable) => return self.give_up(job, &import, &unreadable, now).await,
        };
        let most = self.pace.rows(&self.db);
        let (spool, records) = blocking(move || -> std::io::Result<(Spool, Vec<Record>)> {
            spool.skip_to(place.taken)?;
            let records = spool.take(most)?;
            Ok((spool, records))
        })
        .await?
        .map_err(|error| Error::Internal(anyhow!(error)))?;
        if records.is_empty() {
            return self.end(job, &import, spool.rows, now).await;
        }
        let judged = self.judge(&import, (place.taken + 1, &records), now).await?;
        let (wrote, taken, rows) = (judged.len(), spool.taken, spool.rows);
        let judged = judged.into_iter().map(|row| row.into_active_model().reset_all()).collect();
        let tx = self.db.begin().await?;
        let began = Instant::now();
        bulk::insert::<import_rows::Entity>(&tx, judged).await?;
        job.keep(&tx, &Place { cleared: true, taken }, (taken, Some(rows)), now).await?;
        db::commit(tx).await?;
        self.pace.learn(&self.db, wrote, began.elapsed());
        self.put_back(job.id, spool);
        Ok(Step::More)
    }

    /// Removes what an earlier check wrote.
    async fn clear(&self, job: &Job, import: &Model, now: DateTime<Utc>) -> Result<Step, Failure> {
        let tx = self.db.begin().await?;
        let gone = queries::clear(&tx, import, CLEARED_AT_ONCE).await?;
        let place = Place { cleared: gone < CLEARED_AT_ONCE, taken: 0 };
        job.keep(&tx, &place, (0, job.total), now).await?;
        db::commit(tx).await?;
        Ok(Step::More)
    }

    /// The file, taken apart; it is begun anew where another process had it.
    async fn spool(&self, job: &Job, import: &Model, now: DateTime<Utc>) -> Result<Result<Spool, Unreadable>, Failure> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&job.id);
        if let Some(spool) = open {
            return Ok(Ok(spool));
        }
        let Some(mut file) = fetch(&self.db, import, now).await? else {
            return Err(Failure::Final("The file is not kept any more. Please upload it again.".to_owned()));
        };
        let Some(looked) = queries::looked(import) else {
            return Err(Failure::Final("The import cannot be read by this version.".to_owned()));
        };
        let largest = self.largest;
        Ok(blocking(move || {
            super::reading::look(&mut file, Some(looked.reading.clone()), largest)?;
            Spool::of(&mut file, &looked.reading)
        })
        .await?)
    }

    fn put_back(&self, job: Uuid, spool: Spool) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST_OPEN {
            open.clear();
        }
        open.insert(job, spool);
    }

    async fn judge(
        &self,
        import: &Model,
        (first, records): (i64, &[Record]),
        now: DateTime<Utc>,
    ) -> Result<Vec<import_rows::Model>, Error> {
        let tenant = tenant(self.db.read(), import.tenant_id).await?;
        let choices = Choices::load(self.db.read(), tenant.id).await?;
        let mapping = queries::mapping(import);
        let names = queries::looked(import).map(|looked| looked.columns).unwrap_or_default();
        let of = Import { row: import, mapping: &mapping, names: &names, tenant: &tenant, choices: &choices };
        match import.coupon_id {
            Some(coupon) => judge_code::codes(self.db.read(), of, coupon, (first, records)).await,
            None => judge::coupons(self.db.read(), of, (first, records), now).await,
        }
    }

    /// Every row was tried: the counts are those of the rows.
    async fn end(&self, job: &Job, import: &Model, rows: i64, now: DateTime<Utc>) -> Result<Step, Failure> {
        let tx = self.db.begin().await?;
        let (counts, warned) = queries::counts(&tx, import).await?;
        let of = |outcome: Outcome| Set(counts.get(outcome.word()).copied().unwrap_or_default());
        let ended = ActiveModel {
            state: Set(State::Checked.word().to_owned()),
            row_count: Set(rows),
            fresh: of(Outcome::New),
            same: of(Outcome::Same),
            duplicates: of(Outcome::Duplicate),
            rejected: of(Outcome::Rejected),
            warned: Set(warned),
            problem: Set(None),
            ..Default::default()
        };
        write(&tx, import, ended).await?;
        job.keep(&tx, &Place { cleared: true, taken: rows }, (rows, Some(rows)), now).await?;
        db::commit(tx).await?;
        Ok(Step::Done)
    }

    /// The file cannot be read as it was said to be: back to the columns, with the sentence.
    async fn give_up(&self, job: &Job, import: &Model, why: &Unreadable, now: DateTime<Utc>) -> Result<Step, Failure> {
        let tx = self.db.begin().await?;
        let state = Set(State::New.word().to_owned());
        write(&tx, import, ActiveModel { state, problem: Set(Some(why.to_string())), ..Default::default() }).await?;
        job.keep(&tx, &Place::default(), (0, None), now).await?;
        db::commit(tx).await?;
        Ok(Step::Done)
    }
}

impl Kind for Check {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Checking a file"
    }

    fn lane(&self) -> Lane {
        Lane::Long
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.piece(job, now))
    }
}

/// The import that a job works on, as long as it stands in this state; `None` once that is over, or when the job was given up
/// and another one took its place.
pub(super) async fn load(db: &Db, job: &Job, state: State) -> Result<Option<Model>, Failure> {
    let Payload { import } = job.payload()?;
    let found = queries::by_id(db.read(), job.tenant_id.unwrap_or_default(), import).await?;
    let import = found.ok_or_else(|| Failure::Final("The import is not there any more.".to_owned()))?;
    Ok(Some(import).filter(|import| State::of(&import.state) == state && import.job_id == Some(job.id)))
}

/// The tenant of an import.
pub(super) async fn tenant(connection: &impl ConnectionTrait, id: Uuid) -> Result<Tenant, Error> {
    let row = tenants::Entity::find_by_id(id).one(connection).await?;
    Tenant::try_from(row.ok_or_else(|| anyhow!("an import has no tenant"))?)
}

/// Writes columns of an import.
pub(super) async fn write(tx: &DatabaseTransaction, import: &Model, row: ActiveModel) -> Result<(), Error> {
    let this = Column::TenantId.eq(import.tenant_id).and(Column::Id.eq(import.id));
    Entity::update_many().set(row).filter(this).exec(tx).await?;
    Ok(())
}

/// A copy of the file on this machine's disk, which goes with the handle; `None` when it is no longer kept.
///
/// # Errors
/// When the database or the disk does not answer.
pub async fn fetch(db: &Db, import: &Model, now: DateTime<Utc>) -> Result<Option<File>, Error> {
    let Some(kept) = files::finished(db.read(), import.tenant_id, import.file_id, now).await? else { return Ok(None) };
    let disk = |error: std::io::Error| Error::Internal(anyhow!(error));
    let mut copy = blocking(tempfile::tempfile).await?.map_err(disk)?;
    let mut chunks = std::pin::pin!(files::content(db, &kept));
    while let Some(chunk) = chunks.try_next().await? {
        copy = blocking(move || copy.write_all(&chunk).map(|()| copy)).await?.map_err(disk)?;
    }
    Ok(Some(copy))
}

/// Work that takes the processor or waits for the disk, away from those who answer requests.
///
/// # Errors
/// When it panics.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(anyhow!(error)))
}
