//! The job that makes what an import found to be new, piece by piece.

use super::check::{load, tenant, write};
use super::judge::Import;
use super::make::{self, Settled};
use super::queries;
use super::state::{Outcome, State};
use crate::audit::{self, Actor, ActorKind, Change, Entry};
use crate::coupons::queries::Choices;
use crate::coupons::rows;
use crate::db::tables::import_rows;
use crate::db::tables::imports::{ActiveModel, Column, Entity, Model};
use crate::db::{self, Db, search};
use crate::files;
use crate::jobs::{Failure, Job, Kind, Lane, Pace, Step, Stepping};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use std::time::Instant;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "import.run";

/// Makes codes or coupons.
#[derive(Debug)]
pub struct Run {
    db: Db,
    codes: Pace,
    coupons: Pace,
}

impl Run {
    /// On this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), codes: Pace::from(200).at_most(1_000), coupons: Pace::from(50).at_most(500) }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let Some(import) = load(&self.db, job, State::Running).await? else { return Ok(Step::Done) };
        let pace = if import.coupon_id.is_some() { &self.codes } else { &self.coupons };
        let last: i64 = job.place()?.unwrap_or_default();
        let most = u64::try_from(pace.rows(&self.db)).unwrap_or(1);
        let rows = queries::next(self.db.read(), &import, &[Outcome::New], (last, most)).await?;
        let Some(end) = rows.last().map(|row| row.number) else { return self.end(job, &import, now).await };
        let tx = self.db.begin().await?;
        let began = Instant::now();
        let settled = self.make(&tx, &import, &rows, now).await?;
        make::settle(&tx, (import.tenant_id, import.id), &settled).await?;
        let count = |outcome: Outcome| count(settled.iter().filter(|row| row.is(outcome)).count());
        let (made, late) = (count(Outcome::Made), count(Outcome::Duplicate));
        let refused = count(Outcome::Rejected);
        noted(&tx, &import, made, late, refused).await?;
        job.keep(&tx, &end, (job.done + count_of(&rows), job.total), now).await?;
        search::merge_after(&tx, &[search::CODES, search::COUPONS], rows.len()).await?;
        db::commit(tx).await?;
        pace.learn(&self.db, rows.len(), began.elapsed());
        pace.rest().await;
        Ok(Step::More)
    }

    async fn make(
        &self,
        tx: &DatabaseTransaction,
        import: &Model,
        piece: &[import_rows::Model],
        now: DateTime<Utc>,
    ) -> Result<Vec<Settled>, Failure> {
        let tenant = tenant(tx, import.tenant_id).await?;
        let choices = Choices::load(tx, tenant.id).await?;
        let mapping = queries::mapping(import);
        let names = queries::looked(import).map(|looked| looked.columns).unwrap_or_default();
        let of = Import { row: import, mapping: &mapping, names: &names, tenant: &tenant, choices: &choices };
        let Some(coupon) = import.coupon_id else {
            return Ok(make::coupons(tx, &ran_by(import), of, piece, now).await?);
        };
        let found = rows::load(tx, tenant.id, &[coupon]).await?.remove(&coupon);
        if found.is_none_or(|coupon| coupon.deleted_at.is_some()) {
            return Err(Failure::Final("The coupon is deleted. Restore it, and try again.".to_owned()));
        }
        Ok(make::codes(tx, of, coupon, piece, now).await?)
    }

    /// Nothing new is left: the outcome goes on record, and the file goes.
    async fn end(&self, job: &Job, import: &Model, now: DateTime<Utc>) -> Result<Step, Failure> {
        let tx = self.db.begin().await?;
        let done = ActiveModel {
            state: Set(State::Done.word().to_owned()),
            finished_at: Set(Some(now)),
            ..Default::default()
        };
        write(&tx, import, done).await?;
        let entry = Entry { action: "import.finished", changes: outcome(import), ..subject(import) };
        audit::record(&tx, &ran_by(import), import.tenant_id, entry, now).await?;
        job.keep(&tx, &i64::MAX, (job.done, job.total), now).await?;
        db::commit(tx).await?;
        files::remove(&self.db, import.tenant_id, import.file_id).await?;
        Ok(Step::Done)
    }
}

impl Kind for Run {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Importing"
    }

    fn lane(&self) -> Lane {
        Lane::Long
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.piece(job, now))
    }
}

/// Adds to the counts of an import; what was new and is none moves to where it belongs.
async fn noted(
    tx: &DatabaseTransaction,
    import: &Model,
    made: i64,
    late: i64,
    refused: i64,
) -> Result<(), crate::error::Error> {
    let add = |column: Column, more: i64| (column, Expr::col(column).add(more));
    let mut update = Entity::update_many();
    for (column, value) in [
        add(Column::Made, made),
        add(Column::Duplicates, late),
        add(Column::Rejected, refused),
        add(Column::Fresh, -late - refused),
    ] {
        update = update.col_expr(column, value);
    }
    let this = Column::TenantId.eq(import.tenant_id).and(Column::Id.eq(import.id));
    update.filter(this).exec(tx).await?;
    Ok(())
}

/// Who said yes to it.
pub(super) fn ran_by(import: &Model) -> Actor {
    let label = import.ran_by.clone().unwrap_or_else(|| import.created_by.clone());
    Actor { kind: ActorKind::User, id: import.ran_by_id, label, request_id: String::new() }
}

/// An entry about an import, known by its file.
pub(super) fn subject(import: &Model) -> Entry {
    Entry {
        subject_kind: "import",
        subject_id: import.id.to_string(),
        subject_label: import.file_name.clone(),
        coupon_id: import.coupon_id,
        ..Entry::default()
    }
}

fn outcome(import: &Model) -> Vec<Change> {
    let what = if import.coupon_id.is_some() { "codes imported" } else { "coupons imported" };
    let counts = [
        (what, import.made),
        ("rows that were the same", import.same),
        ("duplicates", import.duplicates),
        ("rows rejected", import.rejected),
    ];
    counts.into_iter().map(|(field, count)| Change::new(field, (), count)).collect()
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn count_of(rows: &[import_rows::Model]) -> i64 {
    count(rows.len())
}

/// The id in a job's payload.
pub(super) fn payload(import: Uuid) -> serde_json::Value {
    serde_json::json!({ "import": import })
}
